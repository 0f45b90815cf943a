/* toy_told.h: "told", a node that does what it is told, for tests of the world
 * around it.
 *
 * A script is a row of steps, each an effect or a look at something, with ';'
 * between them; {...} is a script inside of one:
 *
 *     put K V     del K       reply [TEXT]    note TEXT
 *     send N {…}              a message "store" to node N, which runs the script
 *     back {…}                the same, to whom the script's message came from
 *     say N KIND VERSION [V]  a message of any kind
 *     timer MS {…}            runs the script then; cancel T forgets timer T
 *     every MS {…}            runs it again and again
 *     times N {…}             runs it N times at once
 *     count                   notes how often this was done since the open
 *     now, random             notes env_now_ms, env_random
 *     dump                    notes what the store holds: "K=V K=V"
 *     garble                  a reply that no client can read
 *     forget                  a block that is never freed
 *
 * Scripts are the values of puts and what is stored under "boot", which open
 * runs. `reply` answers the request that the script came with or from: a message
 * carries its number, so that a script may travel and come back. A get is
 * answered with what the store holds under its key. A config with f > 0 is
 * refused. */
#ifndef WORLD_TOY_TOLD_H
#define WORLD_TOY_TOLD_H

#include "dynamo/program.h"

extern const struct program told_program;

#endif
