/* Dates and times: seconds since 1970-01-01T00:00:00Z in an int64_t, proleptic
 * Gregorian, no leap seconds, years 0001 to 9999. */
#ifndef SO1_BASE_DATETIME_H
#define SO1_BASE_DATETIME_H

#include "base/buffer.h"

#define DAY_SECONDS INT64_C(86400)

struct civil {
	int year, month, day;     /* 1..12, 1..31 */
	int hour, minute, second; /* 0..23, 0..59, 0..59 (60 reads as 59) */
};

bool civil_is_valid(const struct civil *c);
/* Days since 1970-01-01. */
int64_t days_from_civil(int year, int month, int day);
void civil_from_days(int64_t days, int *year, int *month, int *day);
int64_t time_from_civil(const struct civil *c);
void civil_from_time(int64_t t, struct civil *c);
/* Monday 1 … Sunday 7 (ISO 8601). */
int weekday_of_days(int64_t days);

/* ISO 8601: 2026-11-01, 2026-11-01T09:30[:00[.fff]][Z|±HH[:MM]], blank for T. What
 * bears no zone is UTC and *has_zone is false (may be NULL). *has_time (may be NULL)
 * is false for a mere date. False for what is not a date, 2026-02-30 included. */
bool datetime_parse_iso(struct slice s, int64_t *t, bool *has_time, bool *has_zone);
/* 2026-11-01T09:30:00Z */
void datetime_put(struct buffer *b, int64_t t);
/* 2026-11-01 */
void date_put(struct buffer *b, int64_t days);
/* A mere date, days since 1970-01-01. */
bool date_parse(struct slice s, int64_t *days);

/* A strptime-like format: %Y %y (00-68 are 20xx) %m %d %e %H %I %p %M %S %f
 * (fraction) %b %B (English and German month names) %z %Z(Z only) %% %j %a %A
 * (skipped); blanks match any blanks; other bytes themselves. The whole of s must match.
 * Fields absent from the format are zero or 1. False when s does not match or is
 * no date. *zone_seconds is the offset read by %z, *has_zone says whether. */
bool datetime_parse_format(struct slice s, const char *format, struct civil *c,
			   int *zone_seconds, bool *has_zone);
/* Whether the format is one that datetime_parse_format knows. */
bool datetime_format_is_valid(const char *format);

#endif
