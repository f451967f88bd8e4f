/* Values that name nobody in particular: never link by them, never keep them as an
 * address. A built-in list, and the user's own. */
#ifndef SO1_DEDUPE_DISTRUST_H
#define SO1_DEDUPE_DISTRUST_H

#include "base/error.h"
#include "base/table.h"
#include "dedupe/layers.h"

struct distrust_pattern {
	const char *text; /* fnmatch(3), owned */
	enum layer layer; /* LAYER_COUNT: any */
};

struct distrust {
	struct dictionary values[LAYER_COUNT + 1]; /* by layer; the last: any */
	struct distrust_pattern *patterns;
	size_t count, cap;
};

/* Reads a list (path may be NULL: none): a value a line, "#" starts a comment, blank
 * lines are skipped; "email:info@*" holds for one key only, "*", "?" and "[…]" as in the
 * shell; case does not matter. Fails with SO1_FAILED when it cannot be read. Zero-
 * initialise *d; distrust_free when done. */
enum so1_status distrust_open(struct distrust *d, const char *path, struct so1_error *e);
bool distrust_has(const struct distrust *d, enum layer layer, struct slice value);
/* Of the user's part: equal for lists that distrust the same, whatever their order. */
uint64_t distrust_digest(const struct distrust *d);
void distrust_free(struct distrust *d);

/* The built-in part alone: placeholders such as test@…, noreply@…, n/a, guest, 0, -1, a
 * phone or card that repeats one digit or counts up, a phone of fewer than seven digits. */
bool distrust_is_placeholder(enum layer layer, struct slice value);

#endif
