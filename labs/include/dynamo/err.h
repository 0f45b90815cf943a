/* err.h: the results that every function of the contracts returns.
 *
 * A function that can fail returns an int: DYN_OK (0), or one of the negative
 * codes below. After an error nothing has changed, and what the caller passed
 * to be written to is untouched, unless the function's own comment says more. */
#ifndef DYNAMO_ERR_H
#define DYNAMO_ERR_H

#define DYN_ERRORS(X)                                                          \
    X(DYN_EINVAL, -1, "an argument is outside the range its contract states")  \
    X(DYN_ENOMEM, -2, "no memory could be had")                                \
    X(DYN_EEXIST, -3, "it is there already")                                   \
    X(DYN_ENOENT, -4, "there is no such member, or no such key")               \
    X(DYN_ERANGE, -5, "more was asked for than there is room or nodes for")    \
    X(DYN_ECORRUPT, -6, "the encoded bytes are damaged or inconsistent")       \
    X(DYN_ETODO, -7, "the function is not written yet")                        \
    X(DYN_EUNAVAILABLE, -8, "too few nodes answered in time")                  \
    X(DYN_EUNKNOWN, -9, "it is of a kind that is not known here")              \
    X(DYN_EIO, -10, "the store could not be read or written")

enum dyn_error {
    DYN_OK = 0,
#define DYN_ERROR_ENTRY(name, code, text) name = code,
    DYN_ERRORS(DYN_ERROR_ENTRY)
#undef DYN_ERROR_ENTRY
};

/* The name of an error ("DYN_EINVAL") and its sentence. Both are constant
 * strings; an unknown code gives "DYN_E?" and "an unknown error". */
const char *dyn_error_name(int code);
const char *dyn_error_text(int code);

#endif
