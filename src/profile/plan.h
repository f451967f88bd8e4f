/* What a run of so1-profile is to compute: the dates, windows, keys and labels. */
#ifndef SO1_PROFILE_PLAN_H
#define SO1_PROFILE_PLAN_H

#include "base/error.h"
#include "base/timezone.h"

/* What maps are keyed by. */
enum key_space { KEY_CATEGORY, KEY_BRAND, KEY_SKU, KEY_SPACES };
extern const char *const key_space_names[KEY_SPACES];

enum {
	WINDOWS_MAX = 16,
	SPANS_MAX = WINDOWS_MAX + 3,
	WINDOW_LONGEST = 36525, /* days: a century */
	AS_OF_MAX = 10000,
	HORIZON_DEFAULT = 28,   /* days, of spend_same_last_year without --label, --horizon */
	YEAR_DAYS = 365,
};

struct plan {
	int64_t *as_of; /* days since 1970-01-01, ascending, each once */
	size_t as_of_count, as_of_cap;
	uint32_t windows[WINDOWS_MAX]; /* days, ascending, each once */
	size_t window_count;
	bool by[KEY_SPACES];
	bool partial;         /* write states, not features */
	uint32_t label_days; /* 0: no labels */
	uint32_t horizon_days; /* 0: of the label */
	struct slice currency; /* the only one wanted; empty: any */
	const struct timezone_rules *zone; /* of customers whose own is unknown */
	struct slice zone_name; /* empty: none was given and times count in UTC */
	/* What plan_finish derives: every length of window any feature asks for, ascending,
	 * and where among them the user's and the fixed ones are. */
	uint32_t spans[SPANS_MAX];
	size_t span_count;
	size_t window_span[WINDOWS_MAX];
	size_t span_28, span_91, span_182;
};

/* Zero-initialise, then set; texts are borrowed. Every setter fails with SO1_USAGE, the
 * reason and value filled, and leaves the plan as it was.
 * Dates: one or several with commas, adding to those there are. */
enum so1_status plan_add_as_of(struct plan *p, const char *dates, struct so1_error *e);
/* Days with commas, replacing those there are. */
enum so1_status plan_set_windows(struct plan *p, const char *days, struct so1_error *e);
/* Names of key spaces with commas, adding to those there are. */
enum so1_status plan_add_by(struct plan *p, const char *names, struct so1_error *e);
enum so1_status plan_set_label(struct plan *p, const char *days, struct so1_error *e);
enum so1_status plan_set_horizon(struct plan *p, const char *days, struct so1_error *e);
enum so1_status plan_set_currency(struct plan *p, const char *code, struct so1_error *e);
enum so1_status plan_set_zone(struct plan *p, const char *name, struct so1_error *e);
/* Fills in the defaults (windows 7, 28, 91, 182 and 365, by category, UTC) and derives
 * the spans. */
enum so1_status plan_finish(struct plan *p, struct so1_error *e);
/* Days of spend_same_last_year: as set, else those of the label, else the default. */
uint32_t plan_horizon(const struct plan *p);
void plan_free(struct plan *p);

#endif
