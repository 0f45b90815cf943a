/* wire.h: messages, requests and replies as bytes: MessagePack, by msgpuck.
 *
 * Encoding writes maps from field numbers to values (message.def), in ascending
 * order of the numbers; the same value always gives the same bytes. Decoding
 * takes any bytes: it checks everything, allocates nothing, and the slices of
 * what it returns point into the bytes that it was given. Fields that the kind
 * does not have are skipped.
 *
 *     request  {0: kind, 1: key, 2: value, 3: context, 4: node, 5: weight}, of
 *              which a get has the key, a put 1 to 3, a join 4 and 5, a leave 4
 *     reply    {0: code, 1: [value, ...], 2: context} */
#ifndef WIRE_WIRE_H
#define WIRE_WIRE_H

#include "dynamo/err.h"
#include "dynamo/message.h"

/* Each returns the length of the encoded form, and writes it if `capacity`
 * suffices (nothing otherwise). `room` may be NULL when capacity is 0.
 * What is out of range is encoded too, so that whoever gets it can say so: of
 * an unknown kind the kind alone, and of bytes or values that are too many, one
 * more than the limit. */
size_t message_encode(const struct message *message, uint8_t *room,
                      size_t capacity);
size_t request_encode(const struct request *request, uint8_t *room,
                      size_t capacity);
size_t reply_encode(const struct reply *reply, uint8_t *room, size_t capacity);

/* DYN_OK; DYN_ECORRUPT for bytes that no encoder wrote (not MessagePack,
 * something left over, a field missing, twice, out of order or of a wrong type,
 * a size out of range); DYN_EUNKNOWN for a well-formed message or request of an unknown kind.
 * Only DYN_OK writes to the result. */
int message_decode(struct message *message, struct slice bytes);
int request_decode(struct request *request, struct slice bytes);

/* A reply's values are written to `values`, which has room for
 * REPLY_VALUES_MAX, and to which reply->values then points. */
int reply_decode(struct reply *reply, struct slice *values, struct slice bytes);

/* "store", or "?" for an unknown kind. A constant string. */
const char *message_label(enum message_kind kind);

#endif
