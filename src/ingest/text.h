/* Text from the outside world made fit for the stream: UTF-8 in, UTF-8 out.
 * Results are borrowed from the input where nothing had to change, else they live in
 * the arena. What is not UTF-8 is passed through (the reader has checked before). */
#ifndef SO1_INGEST_TEXT_H
#define SO1_INGEST_TEXT_H

#include "base/memory.h"

/* Blanks of all kinds trimmed at both ends (no-break space, byte order mark and
 * zero-width space too), each run of line breaks inside becomes one blank. For
 * identifiers and free text. */
struct slice text_clean(struct slice s, struct arena *a);
/* text_clean, plus NFC, every run of blanks one blank, control and zero-width characters
 * dropped. For names. Case and accents stay. */
struct slice text_collapse(struct slice s, struct arena *a);
/* What equal words share: case folded, accents stripped (Unicode full case folding and
 * compatibility decomposition without marks: "Straße" → "strasse", "Müller" →
 * "muller"), words of letters and digits joined by one blank, everything else gone; an
 * emoji is a word. For looking up, never for output. */
struct slice text_key(struct slice s, struct arena *a);
bool text_is_ascii(struct slice s);
/* ASCII letters in lower or upper case; other bytes as they are. */
struct slice text_ascii_lower(struct slice s, struct arena *a);
struct slice text_ascii_upper(struct slice s, struct arena *a);
/* Full lower case of any script, and NFC. */
struct slice text_lower(struct slice s, struct arena *a);

static inline bool byte_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool byte_is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

#endif
