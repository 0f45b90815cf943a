/* progress.h: a line a second for who watches. */
#ifndef LOAD_PROGRESS_H
#define LOAD_PROGRESS_H

#include "load/options.h"
#include "load/tally.h"

/* Shows the last second on standard error, if that is a terminal or it is
 * wanted anyway. */
void progress_show(const struct load_options *options,
                   const struct tally *tally);

/* What is printed next begins on a line of its own. */
void progress_end(void);

#endif
