/* Map files: how one source's columns become touchpoint columns.
 *
 * A line is `name = value`; `#` at the start of a line, or after a blank outside quotes,
 * begins a comment. Names are settings, touchpoint columns or attrs.NAME. source, country,
 * currency and language are both: what they mean is decided with the file's header
 * (recipe.h). tags may stand on several lines. */
#ifndef SO1_INGEST_MAP_H
#define SO1_INGEST_MAP_H

#include "base/error.h"
#include "base/memory.h"

enum map_setting {
	SETTING_ENCODING,
	SETTING_DATES,
	SETTING_TIMEZONE,
	SETTING_DELIMITER,
	SETTING_DECIMAL,
	SETTING_NETWORK,
	MAP_SETTINGS
};

struct map_setting_value {
	struct slice text; /* without quotes around it; ptr NULL when not set */
	uint64_t line;
};

struct map_line {
	struct slice name;     /* a touchpoint column, or attrs.NAME */
	struct slice text;     /* the expression */
	uint64_t line;
	size_t position;       /* of text in its line, bytes from 1 */
};

struct map {
	struct arena text;
	const char *file;      /* as given, for messages */
	const char *directory; /* "" or with a slash at the end: files it names lie there */
	struct map_setting_value settings[MAP_SETTINGS];
	struct map_line *lines;
	size_t count, cap;
};

/* Zero-initialise; map_free when done. SO1_FAILED when it cannot be read, SO1_USAGE with
 * file, line and, for a name that is not known, the nearest one. Columns are not looked
 * at yet. */
enum so1_status map_load(struct map *m, const char *file, struct so1_error *e);
/* The same from memory, `file` only for messages and the directory; text is copied. */
enum so1_status map_parse(struct map *m, const char *file, struct slice text,
			  struct so1_error *e);
void map_free(struct map *m);

/* Whether a touchpoint column may also be given a plain word for a default. */
bool map_is_dual(struct slice name);

#endif
