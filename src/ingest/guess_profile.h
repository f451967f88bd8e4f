/* What the values of a source's columns look like. */
#ifndef SO1_INGEST_GUESS_PROFILE_H
#define SO1_INGEST_GUESS_PROFILE_H

#include "base/error.h"
#include "base/table.h"

enum { GUESS_FORMATS = 32, GUESS_DISTINCT = 30 };

/* The names of date formats tried, as a map's `dates` setting takes them, in the order of
 * preference; NULL ends. */
extern const char *const guess_formats[GUESS_FORMATS + 1];

struct guess_column {
	struct slice name, key;      /* in UTF-8; guess_key */
	uint32_t values;             /* non-empty, no placeholders */
	uint32_t tested;             /* of these, looked at in full */
	/* How many of the tested are … */
	uint32_t email, phone, number, comma_number, negative, flag, gender, country, language,
		currency, handle, with_digit;
	uint32_t formats[GUESS_FORMATS];
	bool zoned;                  /* dates that bear their zone */
	struct dictionary distinct;  /* the first GUESS_DISTINCT different values */
	bool more;                   /* there are others */
	uint32_t longest;
};

struct guess_profile {
	struct arena text;
	struct guess_column *columns;
	size_t count;
	uint32_t rows;
	bool not_utf8;               /* some text is no UTF-8: read as windows-1252 */
	uint32_t calling_codes[1000]; /* of numbers written internationally */
};

/* Zero-initialise; guess_profile_free when done. Reads at most 20,000 records of file;
 * *delimiter: 0 to detect, then what was found. Records that are broken are passed over. */
enum so1_status guess_profile_read(struct guess_profile *p, const char *file, char *delimiter,
				   struct so1_error *e);
/* The format most values of a column have, at least 19 in 20; GUESS_FORMATS for none.
 * *ambiguous: another one, day and month swapped, fits as many. */
size_t guess_best_format(const struct guess_column *c, bool *ambiguous);
void guess_profile_free(struct guess_profile *p);

#endif
