/* What a clerk knows: pairs of records that are one person, or are not.
 *
 * A CSV with the columns source,source_id,other_source,other_source_id. Where it has a
 * column label as well (--review writes one), rows whose label is empty are skipped, 1
 * or yes says one person, 0 or no two: the same file then serves as both lists. */
#ifndef SO1_DEDUPE_MARKS_H
#define SO1_DEDUPE_MARKS_H

#include "base/error.h"
#include "dedupe/keys.h"

struct mark {
	uint32_t a, b; /* numbers of records (identity.record), a < b */
};

/* Ascending by a, then b. */
struct marks {
	struct mark *items;
	size_t count, cap;
};

/* Adds the pairs of the file that are of the wanted kind (same: must-link) and whose
 * records are in the input; *unknown counts those that are not. Sorted when done.
 * marks_free, also after a failure. */
enum so1_status marks_read(struct marks *m, const char *path, bool same, const struct tuples *t,
			   const struct identity *id, uint64_t *unknown, struct so1_error *e);
/* Calls take for each record that the file names, whatever it says of it. Nothing when it is no
 * regular file, which can be read but once. */
enum so1_status marks_each(const char *path, void (*take)(void *context, struct slice source,
			   struct slice source_id), void *context, struct so1_error *e);
bool marks_have(const struct marks *m, uint32_t a, uint32_t b);
void marks_free(struct marks *m);

#endif
