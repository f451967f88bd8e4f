/* What people and forms write where they know nothing: "n/a", "0000000", "01.01.1900". */
#ifndef SO1_INGEST_PLACEHOLDER_H
#define SO1_INGEST_PLACEHOLDER_H

#include "base/error.h"
#include "base/table.h"
#include "stream/touchpoint.h"

/* Values of the user's own: a CSV with the columns `column` (a touchpoint column, or empty
 * for all) and `value`. Zero-initialise; read-only once loaded. */
struct placeholders {
	struct dictionary values; /* "column\0key" */
	struct arena scratch;
};

enum so1_status placeholders_load(struct placeholders *p, const char *file, struct so1_error *e);
void placeholders_free(struct placeholders *p);

/* Whether the trimmed, non-empty value s says nothing in column c. Built in, for all columns
 * (case, blanks and trailing dots do not matter): n/a k.a. null none nil unknown unbekannt
 * undefined, keine, "keine Angabe" and the like, "not provided", #N/A, \N, x's, dots, dashes
 * and question marks alone; NA and NaN as written so (NA not in country). Identifiers and
 * phone also: nothing but zeros (and dashes, blanks, dots between). Names and street: test,
 * dummy, anonymous, guest, Gast. Dates: 01.01.1900, 1900-01-01 and whatever has year 0, 1 or
 * 9999. */
bool placeholder_is(const struct placeholders *p, enum touchpoint_column c, struct slice s,
		    struct arena *a);

#endif
