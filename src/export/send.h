/* When a customer is to be met: the best weekday and hour of so1-profile, in the
 * customer's time zone, outside of quiet hours, while the offers given are live.
 * man/so1-export.1, SEND TIMES, is the user's side of this file. */
#ifndef SO1_EXPORT_SEND_H
#define SO1_EXPORT_SEND_H

#include "base/buffer.h"
#include "base/table.h"
#include "base/timezone.h"
#include "stream/dialect.h"

enum { SEND_HOUR_DEFAULT = 10, SEND_DAYS = 7 };

/* How a customer's time zone was found. */
enum send_source {
	SEND_UNPLANNED,  /* no send times are wanted */
	SEND_BY_COLUMN, SEND_BY_COUNTRY, SEND_BY_OPTION,
	SEND_BY_DEFAULT, /* nothing says: UTC */
	SEND_SOURCES,
};
/* "column", "country" …: what stands in the column tz_source. */
extern const char *const send_source_names[SEND_SOURCES];

/* Hours of the day, local, in which nothing is sent: from <= hour < to, over midnight when
 * from > to, none when they are equal. */
struct quiet_hours {
	int from, to; /* 0 … 23 */
};

/* What the command line says, as typed; NULL where it says nothing. */
struct send_options {
	const char *quiet_hours; /* "21-8", "none" */
	const char *hour;        /* for customers without best_hour */
	const char *timezone;    /* for customers without one */
	const char *from;        /* a date (its 00:00 UTC) or a time */
};

struct send_plan {
	struct quiet_hours quiet;
	int hour;
	const struct timezone_rules *zone; /* of those whose own is unknown */
	bool has_zone;                     /* --timezone named it */
	int64_t from;                      /* where has_from */
	bool has_from;
	/* Filled by send_bind: indices in the stream, or COLUMN_NONE. */
	size_t best_weekday, best_hour, timezone, country;
};

/* What a row says about its time. Goes through the spool: no padding. */
struct send_wish {
	const struct timezone_rules *zone; /* lives until timezone_free_all */
	int32_t minute;   /* of the day */
	uint8_t weekday;  /* 1 … 7, Monday 1; 0: any */
	uint8_t source;   /* enum send_source */
	uint8_t is_own;   /* the hour is the customer's, not the default */
	uint8_t in_utc;   /* weekday and minute are UTC, whatever the zone */
};

/* Zones met, a thread's own; zero-initialise. */
struct send_zones {
	struct dictionary names;
	const struct timezone_rules **items;
	size_t cap;
};

/* How near to the wish the time is. */
enum send_fit {
	SEND_AT_BEST,     /* weekday and hour */
	SEND_OTHER_DAY,   /* the hour, on the first day that has it */
	SEND_EARLIEST,    /* the first time allowed at all */
	SEND_NEVER,       /* there is none */
	SEND_FITS,
};

/* Fills *p from the options. SO1_USAGE with the option as the column. */
enum so1_status send_plan_parse(struct send_plan *p, const struct send_options *o,
				struct so1_error *e);
void send_bind(struct send_plan *p, const struct header *h);
/* What the row wishes. SO1_FAILED with column and value for a weekday, an hour or a time
 * zone that is none; an empty cell is unknown. */
enum so1_status send_read(const struct send_plan *p, struct send_zones *zones,
			  const struct slice *fields, struct send_wish *out, struct so1_error *e);
/* The instant to send at: the first that fits best in the SEND_DAYS days from `from` on,
 * whose local day is in [first_day, last_day] (days since 1970-01-01) and whose local hour
 * is not quiet. A wish in quiet hours moves to their nearer end: the hour before them or
 * the hour they end, the later of two as near. A local time that does not exist becomes the
 * first that does, of one that comes twice the first is taken. *at is not touched where
 * SEND_NEVER comes back. */
enum send_fit send_choose(const struct send_plan *p, const struct send_wish *wish, int64_t from,
			  int64_t first_day, int64_t last_day, int64_t *at);
/* 2026-11-01T10:30:00+01:00 */
void send_put_local(struct buffer *b, const struct timezone_rules *zone, int64_t t);
void send_zones_free(struct send_zones *z);

#endif
