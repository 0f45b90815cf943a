/* err.c: names and sentences of the errors. */
#include "dynamo/err.h"

const char *dyn_error_name(int code)
{
    switch (code) {
    case DYN_OK:
        return "DYN_OK";
#define DYN_ERROR_NAME(name, number, text)                                     \
    case name:                                                                 \
        return #name;
        DYN_ERRORS(DYN_ERROR_NAME)
#undef DYN_ERROR_NAME
    default:
        return "DYN_E?";
    }
}

const char *dyn_error_text(int code)
{
    switch (code) {
    case DYN_OK:
        return "no error";
#define DYN_ERROR_TEXT(name, number, text)                                     \
    case name:                                                                 \
        return text;
        DYN_ERRORS(DYN_ERROR_TEXT)
#undef DYN_ERROR_TEXT
    default:
        return "an unknown error";
    }
}
