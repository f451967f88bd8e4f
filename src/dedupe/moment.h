/* A touchpoint's ts as a number that orders like its text. */
#ifndef SO1_DEDUPE_MOMENT_H
#define SO1_DEDUPE_MOMENT_H

#include "base/slice.h"

/* When a touchpoint has no ts: older than any. */
#define MOMENT_UNKNOWN UINT64_C(0)

/* "2026-11-01T09:30:00Z" (also with a fraction of a second, which is not kept, or as a
 * mere date) as fourteen decimal digits, four bits each. False for anything else and
 * for what is no date. The empty text is MOMENT_UNKNOWN. */
bool moment_parse(struct slice text, uint64_t *moment);
/* The same for text that moment_parse accepted, without looking again. */
uint64_t moment_of(struct slice text);

#endif
