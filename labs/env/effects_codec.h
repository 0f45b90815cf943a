/* effects_codec.h: effects as bytes, for a world whose nodes live in processes
 * of their own.
 *
 * An array of effects, each an array: its kind, then those of to, id, after_ms,
 * timer_kind, arg, key and bytes that effects.h names for the kind, in this
 * order. */
#ifndef ENV_EFFECTS_CODEC_H
#define ENV_EFFECTS_CODEC_H

#include "env/effects.h"

/* Returns the length of the encoded form, and writes it if `capacity` suffices
 * (nothing otherwise). `room` may be NULL when capacity is 0. */
size_t effects_encode(const struct effect *effects, size_t count, uint8_t *room,
                      size_t capacity);

/* Room for what is decoded, used again and again. All zero: none yet. Whoever
 * has it frees it by effect_list_free. */
struct effect_list {
    struct effect *list;
    size_t capacity;
};
void effect_list_free(struct effect_list *effects);

/* Reads any bytes, trusting none, into the list, which grows as needed. The
 * slices in it point into `bytes`; what is sent and replied is any bytes, for
 * message_decode and reply_decode to look at.
 * DYN_ECORRUPT: not what env_effects and effects_encode make: another form, a
 * number or a size out of its range, more than EFFECTS_MAX. DYN_ENOMEM. After
 * an error the list holds anything, and *count is untouched. */
int effects_decode(struct slice bytes, struct effect_list *effects,
                   size_t *count);

#endif
