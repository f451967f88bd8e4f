/* Which columns of a training table may be features, told by their names. */
#ifndef SO1_STREAM_COLUMNS_H
#define SO1_STREAM_COLUMNS_H

#include "base/error.h"
#include "stream/dialect.h"
#include "stream/summary.h"

enum column_role {
	COLUMN_FEATURE,
	COLUMN_TARGET,
	COLUMN_IDENTIFIER, /* customer_id, the touchpoint's identifiers, names, id, *_id */
	COLUMN_GOLDEN,     /* person, consent, attrs: where there is a customer_id column */
	COLUMN_LABEL,      /* label, label_* */
	COLUMN_MAP,        /* WHAT_by_KEY, and the lists tags and segments */
	COLUMN_DATE,       /* as_of, ts */
	COLUMN_IGNORED,    /* --ignore */
	COLUMN_UNUSED,     /* not asked for */
};

/* Lists are column names with commas between them; NULL is none. */
struct column_options {
	const char *target;
	const char *ignore;      /* never features */
	const char *include;     /* features whatever their name (not the target) */
	const char *categorical; /* taken as categories even if all values are numbers */
	bool only_included;      /* no others are features */
};

/* roles: h->count of them. A name in the options that is no column: SO1_FAILED, with the
 * nearest name there is; one that is the target: SO1_USAGE. */
enum so1_status columns_choose(const struct header *h, const struct column_options *options,
			       enum column_role *roles, struct so1_error *e);
/* Where a column is that a model needs; SO1_FAILED when the stream lacks it. */
enum so1_status columns_need(const struct header *h, struct slice name, size_t *index,
			     struct so1_error *e);
/* Whether `name` stands in a list. */
bool columns_listed(const char *list, struct slice name);
/* "identifiers", "map columns" … for "left out …"; NULL for features and the target. */
const char *column_role_text(enum column_role role);
/* A note "left out, identifiers: customer_id email" for each role with a text that occurs. */
void columns_note_left_out(const struct header *h, const enum column_role *roles,
			   struct summary *summary);

#endif
