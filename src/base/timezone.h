/* Time zones from the system's TZif files (RFC 8536), thread-safe once loaded and
 * without the process-wide TZ variable. */
#ifndef SO1_BASE_TIMEZONE_H
#define SO1_BASE_TIMEZONE_H

#include "base/error.h"

struct timezone_rules;

/* Loads "Europe/Berlin" ("UTC" and "" need no file). The same name twice gives the
 * same object; objects live until timezone_free_all. Names with ".." or a leading
 * "/" are refused. Fails with SO1_USAGE for a name that is not known. */
enum so1_status timezone_load(const char *name, const struct timezone_rules **zone,
			      struct so1_error *e);
/* Seconds east of UTC at instant t. */
int32_t timezone_offset(const struct timezone_rules *zone, int64_t t);
/* The instant of a local time (seconds as if it were UTC). A time in a gap moves
 * forward by the gap's length, an ambiguous one is the earlier instant. */
int64_t timezone_to_utc(const struct timezone_rules *zone, int64_t local);
/* The same for an appointment: a time in a gap becomes the end of the gap, the first
 * local time that exists from there on. */
int64_t timezone_to_utc_from(const struct timezone_rules *zone, int64_t local);
/* The usual zone of a country (ISO 3166 alpha-2): the most populous one where there
 * are several; NULL when unknown. */
const char *timezone_of_country(struct slice country);
void timezone_free_all(void);

#endif
