/* From the columns of the stream to those of a profile: customer_id, the golden columns,
 * columns we do not know (of the golden row), tags, as_of, features. */
#ifndef SO1_PROFILE_ROW_H
#define SO1_PROFILE_ROW_H

#include "profile/feature.h"

/* history.golden[i]: the touchpoint columns e-mail to optin_post in their order, then
 * attrs, then the columns we do not know. */
enum {
	GOLDEN_EMAIL = 0,
	GOLDEN_PHONE = T_PHONE - T_EMAIL,
	GOLDEN_SOCIAL = T_SOCIAL - T_EMAIL,
	GOLDEN_LOYALTY_ID = T_LOYALTY_ID - T_EMAIL,
	GOLDEN_FIRST_NAME = T_FIRST_NAME - T_EMAIL,
	GOLDEN_LAST_NAME = T_LAST_NAME - T_EMAIL,
	GOLDEN_BIRTH_DATE = T_BIRTH_DATE - T_EMAIL,
	GOLDEN_COUNTRY = T_COUNTRY - T_EMAIL,
	GOLDEN_OPTIN_EMAIL = T_OPTIN_EMAIL - T_EMAIL,
	GOLDEN_OPTIN_POST = T_OPTIN_POST - T_EMAIL,
	GOLDEN_ATTRS,
	GOLDEN_KNOWN,
};

/* One column that a feature fills. */
struct feature_column {
	const struct feature *feature;
	struct feature_part part;
	uint32_t days; /* SCOPE_WINDOW */
};

struct row_layout {
	const struct plan *plan; /* borrowed, finished */
	struct history_columns at;
	size_t *golden;          /* what at.golden points to */
	struct feature_column *columns;
	size_t column_count, column_cap;
	struct header header;    /* of the output */
	char delimiter;          /* of the output */
};

/* Works out the columns. Fails when the stream has no customer_id, ts or event column
 * (with the nearest name), or a column of a name that a feature writes. */
enum so1_status row_layout_init(struct row_layout *l, const struct plan *plan,
				const struct reader *r, char delimiter, struct so1_error *e);
/* The same for a stream of this header, which has the columns it needs. */
enum so1_status row_layout_of(struct row_layout *l, const struct plan *plan,
			      const struct header *in, char delimiter, struct so1_error *e);
void row_layout_free(struct row_layout *l);

/* Appends one encoded record. cell is scratch. */
void row_put(struct buffer *b, const struct row_layout *l, const struct snapshot *s,
	     struct buffer *cell);

/* The zone of a finished history by attribute, country, plan; *name is empty when it is
 * none of these. Never fails: a name that no one knows counts as none. */
void row_zone(const struct plan *plan, const struct history *h,
	      const struct timezone_rules **zone, struct slice *name);

#endif
