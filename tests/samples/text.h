/* text.h: a growing line of bytes, and the dirt that people leave in it.
 *
 * All text inside the generator is UTF-8; a text owns its bytes, text_free releases them. */
#ifndef SAMPLES_TEXT_H
#define SAMPLES_TEXT_H
#include <stddef.h>
#include <stdint.h>
#include "rng.h"

struct text { char *data; size_t len, room; };

void text_free(struct text *t);
void text_bytes(struct text *t, const char *bytes, size_t n);
void text_put(struct text *t, const char *s);
void text_char(struct text *t, char c);
void text_number(struct text *t, int64_t n);
void text_digits(struct text *t, uint64_t n, int width); /* zero-padded to width */
void text_cents(struct text *t, int64_t cents, char point); /* 1299,00 */

/* Days since 1970-01-01 of a proleptic Gregorian date, and back. */
int64_t day_of(int year, int month, int day);
void day_split(int64_t day, int *year, int *month, int *dom);

/* Seconds that Berlin is ahead of UTC at a UTC time: 3600, or 7200 from the last Sunday of
 * March 01:00 UTC to the last Sunday of October 01:00 UTC. */
int berlin_offset(int64_t utc);

enum time_style {
	TIME_ZULU,      /* 2026-03-04T09:15:22Z */
	TIME_OFFSET,    /* 2026-03-04T10:15:22+01:00, Berlin */
	TIME_GERMAN,    /* 04.03.2026 10:15, Berlin */
	TIME_LOCAL,     /* 2026-03-04 10:15:22, Berlin */
	TIME_MILLIS,    /* 1772615722000 */
};
void text_time(struct text *t, int64_t utc, enum time_style style);

/* Copies of s into to (room n, cut to fit) with … */
void dirt_copy(char *to, size_t n, const char *s);
void dirt_typo(char *to, size_t n, const char *s, struct rng *r); /* one slip of the finger */
void dirt_upper(char *to, size_t n, const char *s);  /* upper case, Latin-1 letters too */
void dirt_lower(char *to, size_t n, const char *s);
void dirt_ascii(char *to, size_t n, const char *s);  /* ü → ue, é → e, ł → l: for e-mail */
void dirt_latin1(char *to, size_t n, const char *s); /* only letters Windows-1252 lacks: ł → l */
#endif
