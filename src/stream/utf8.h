/* UTF-8 as in RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef SO1_STREAM_UTF8_H
#define SO1_STREAM_UTF8_H

#include "base/slice.h"

bool utf8_is_valid(struct slice s);

#endif
