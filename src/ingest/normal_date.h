/* Dates and times of a source to UTC. */
#ifndef SO1_INGEST_NORMAL_DATE_H
#define SO1_INGEST_NORMAL_DATE_H

#include "base/error.h"
#include "base/memory.h"
#include "base/timezone.h"
#include "ingest/verdict.h"

enum date_kind { DATE_ISO, DATE_EPOCH, DATE_EPOCH_MS, DATE_FORMAT };

struct date_format {
	enum date_kind kind;
	const char *text;      /* strptime-like, DATE_FORMAT only */
	const char *date_part; /* its part before the first time field, or NULL when it has none */
	bool short_year;       /* has %y */
};

/* How one source writes its times; in the arena given to date_style_parse. */
struct date_style {
	struct date_format *formats;
	size_t count;
	const struct timezone_rules *zone;
};

/* `text`: "iso", "epoch" (seconds, with or without fraction), "epoch_ms", strptime-like
 * formats (datetime_parse_format), several parted by "|". zone: timezone_load's. SO1_USAGE
 * for a format that is none. */
enum so1_status date_style_parse(struct date_style *style, struct slice text,
				 const struct timezone_rules *zone, struct arena *a,
				 struct so1_error *e);

/* One worker's memory of the last local day and its offset: a day without a change of
 * clocks needs one look at the zone. Zero-initialise. */
struct date_cache {
	int64_t day;
	int32_t offset;
	bool valid;
};

/* The first format that fits all of s decides; ISO 8601 is always tried last. A time
 * without zone is local time of the style's zone; a mere date is local midnight. */
bool date_read_time(const struct date_style *style, struct slice s, struct date_cache *cache,
		    int64_t *t);
/* The calendar date s states, as days since 1970-01-01, whatever the zone. A two-digit year
 * from 30 on is of the 1900s (these are birthdays). Epoch formats are not tried. */
bool date_read_day(const struct date_style *style, struct slice s, int64_t *days);

/* ts: 2026-11-01T09:30:00Z, or VERDICT_NOT_DATE. */
enum verdict normal_time(const struct date_style *style, struct slice s, struct date_cache *cache,
			 struct arena *a, struct slice *out, int64_t *t);
/* The year from which on a birth date is taken for one: of older ones a digit is missing. */
enum { EARLIEST_BIRTH = 1000 };

/* birth_date: 1984-05-31. VERDICT_NOT_DATE; VERDICT_PLACEHOLDER for the days from which forms,
 * spreadsheets, SQL Server and Windows count (1900-01-01, 1899-12-30 and 31, 1753-01-01,
 * 1601-01-01); VERDICT_NOT_RECOGNISED before EARLIEST_BIRTH; VERDICT_AFTER_EVENT when later than
 * `event_time` (INT64_MAX: not known); VERDICT_BEFORE_1900, *out set. */
enum verdict normal_birth_date(const struct date_style *style, struct slice s, int64_t event_time,
			       struct arena *a, struct slice *out);

#endif
