/* Short forms of given names: which two names may be one person's.
 *
 * The table is a CSV with the columns name,short_forms: "robert,bob;rob;bobby". Two names
 * go together when they stand in one line; so Chris goes with Christine and with
 * Christopher, but Christine does not go with Christopher. */
#ifndef SO1_DEDUPE_NICKNAMES_H
#define SO1_DEDUPE_NICKNAMES_H

#include "dedupe/strings.h"
#include "base/error.h"

struct nickname_entry {
	uint32_t name, line;
	bool heads; /* the line */
};

struct nicknames {
	struct strings names;           /* folded */
	struct nickname_entry *entries; /* by name, then line, once open is done */
	size_t count, cap;
	uint32_t lines;
};

/* data/nicknames.csv, a line each, without the header; NULL ends it. */
extern const char *const nicknames_builtin[];

/* Fails when the file cannot be read or lacks a column. NULL: the built-in table.
 * nicknames_free when done, also
 * after a failure. */
enum so1_status nicknames_open(struct nicknames *n, const char *path, struct so1_error *e);
/* Whether two folded names stand in one line; the same name does not count. */
bool nicknames_match(const struct nicknames *n, struct slice a, struct slice b);
/* Whether a folded name stands first in a line: a name of its own, no short form. */
bool nicknames_has_name(const struct nicknames *n, struct slice name);
/* Of what the table says: another table, most likely another digest. */
uint64_t nicknames_digest(const struct nicknames *n);
void nicknames_free(struct nicknames *n);

#endif
