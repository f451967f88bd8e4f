#include "ingest/map.h"

#include "base/buffer.h"
#include "base/table.h"
#include "stream/touchpoint.h"
#include "stream/utf8.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const setting_names[MAP_SETTINGS] = {
	[SETTING_ENCODING] = "encoding",
	[SETTING_DATES] = "dates",
	[SETTING_TIMEZONE] = "timezone",
	[SETTING_DELIMITER] = "delimiter",
	[SETTING_DECIMAL] = "decimal",
	[SETTING_NETWORK] = "network",
};

static const char attrs_prefix[] = "attrs.";

bool map_is_dual(struct slice name)
{
	return slice_is(name, "source") || slice_is(name, "country") ||
	       slice_is(name, "currency") || slice_is(name, "language");
}

/* A quote opens only where a word could begin: d'Or is a word. */
static bool may_open(struct slice s, size_t i)
{
	return i == 0 || strchr(" \t(,=+-*/<>!", s.ptr[i - 1]);
}

static struct slice cut_comment(struct slice s)
{
	char quote = '\0';

	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];
		if (quote) {
			if (c == quote)
				quote = '\0';
		} else if ((c == '\'' || c == '"' || c == '`') && may_open(s, i)) {
			quote = c;
		} else if (c == '#' && (i == 0 || s.ptr[i - 1] == ' ' || s.ptr[i - 1] == '\t')) {
			return slice_make(s.ptr, i);
		}
	}
	return s;
}

static struct slice without_quotes(struct slice s)
{
	if (s.len >= 2 && (s.ptr[0] == '\'' || s.ptr[0] == '"') && s.ptr[s.len - 1] == s.ptr[0])
		return slice_make(s.ptr + 1, s.len - 2);
	return s;
}

static enum so1_status map_error(const struct map *m, uint64_t line, struct slice value,
				 struct so1_error *e)
{
	error_at(e, m->file, line, NULL);
	return error_value(e, value);
}

static enum so1_status unknown_name(const struct map *m, uint64_t line, struct slice name,
				    struct so1_error *e)
{
	struct slice names[MAP_SETTINGS + TOUCHPOINT_COLUMNS];
	size_t n = 0;

	for (size_t i = 0; i < TOUCHPOINT_COLUMNS; i++)
		names[n++] = slice_of(touchpoint_table[i].name);
	for (size_t i = 0; i < MAP_SETTINGS; i++)
		names[n++] = slice_of(setting_names[i]);
	struct slice nearest = nearest_name(name, names, n);
	if (nearest.len)
		error_set(e, SO1_USAGE, "no setting or touchpoint column (did you mean '%.*s'?)",
			  SLICE_ARGS(nearest));
	else
		error_set(e, SO1_USAGE, "no setting or touchpoint column (what else there is to "
			  "know goes to attrs.NAME)");
	return map_error(m, line, name, e);
}

static bool take_setting(struct map *m, uint64_t line, struct slice name, struct slice text,
			 enum so1_status *status, struct so1_error *e)
{
	for (size_t i = 0; i < MAP_SETTINGS; i++) {
		if (!slice_is(name, setting_names[i]))
			continue;
		*status = SO1_OK;
		if (m->settings[i].text.ptr != NULL) {
			*status = error_set(e, SO1_USAGE, "set before, in line %llu",
					    (unsigned long long)m->settings[i].line);
			map_error(m, line, name, e);
		}
		m->settings[i] = (struct map_setting_value){without_quotes(text), line};
		return true;
	}
	return false;
}

static bool name_is_known(struct slice name)
{
	size_t n = sizeof attrs_prefix - 1;

	if (slice_starts_with(name, SLICE(attrs_prefix)))
		return name.len > n;
	return touchpoint_column_of(name) != TOUCHPOINT_COLUMNS;
}

/* tags and attrs add up; a dual may have a default and a column (recipe.c counts them). */
static bool may_repeat(struct slice name)
{
	return slice_is(name, "tags") || slice_is(name, "attrs") || map_is_dual(name);
}

static enum so1_status take_line(struct map *m, uint64_t number, struct slice line,
				 struct so1_error *e)
{
	struct slice rest = cut_comment(line);
	size_t equals = slice_find_byte(rest, '=');
	enum so1_status status;

	if (slice_trim(rest).len == 0)
		return SO1_OK;
	if (equals == rest.len) {
		error_set(e, SO1_USAGE, "not of the form name = expression");
		return map_error(m, number, slice_trim(rest), e);
	}
	struct slice name = slice_trim(slice_make(rest.ptr, equals));
	struct slice text = slice_trim(slice_make(rest.ptr + equals + 1, rest.len - equals - 1));
	if (text.len == 0) {
		error_set(e, SO1_USAGE, "nothing behind the '='");
		return map_error(m, number, name, e);
	}
	if (take_setting(m, number, name, text, &status, e))
		return status;
	if (!name_is_known(name))
		return unknown_name(m, number, name, e);
	for (size_t i = 0; i < m->count; i++) {
		if (may_repeat(name) || !slice_equal(m->lines[i].name, name))
			continue;
		error_set(e, SO1_USAGE, "mapped before, in line %llu",
			  (unsigned long long)m->lines[i].line);
		return map_error(m, number, name, e);
	}
	GROW(m->lines, m->cap, m->count + 1);
	m->lines[m->count++] = (struct map_line){
		name, text, number, (size_t)(text.ptr - line.ptr) + 1,
	};
	return SO1_OK;
}

/* What a line of a map must not hold would end up in the stream: keys of attrs, literals. */
static enum so1_status check_text(const struct map *m, uint64_t number, struct slice line,
				  struct so1_error *e)
{
	const char *reason = NULL;

	if (line.len > 0 && line.ptr[line.len - 1] == '\r')
		line.len--;
	for (size_t i = 0; i < line.len && !reason; i++) {
		if (line.ptr[i] == '\0')
			reason = "not a text file";
		else if (line.ptr[i] == '\r')
			reason = "a carriage return within a line (end lines with a line feed)";
		else if (((unsigned char)line.ptr[i] < 0x20 && line.ptr[i] != '\t') || line.ptr[i] == 0x7f)
			reason = "a control character";
	}
	if (!reason && !utf8_is_valid(line))
		reason = "not UTF-8 (save the map as UTF-8; 'encoding' is that of the export)";
	if (!reason)
		return SO1_OK;
	error_set(e, SO1_USAGE, "%s", reason);
	return error_at(e, m->file, number, NULL);
}

enum so1_status map_parse(struct map *m, const char *file, struct slice text, struct so1_error *e)
{
	const char *slash = strrchr(file, '/');
	uint64_t number = 0;
	struct slice line;

	m->file = arena_copy(&m->text, slice_of(file)).ptr;
	m->directory = arena_copy(&m->text, slice_make(file, slash ? (size_t)(slash - file) + 1
								    : 0)).ptr;
	struct slice rest = arena_copy(&m->text, text);
	if (slice_starts_with(rest, SLICE("\xef\xbb\xbf")))
		rest = slice_make(rest.ptr + 3, rest.len - 3);
	while (slice_split(&rest, '\n', &line)) {
		number++;
		enum so1_status status = check_text(m, number, line, e);
		if (status == SO1_OK)
			status = take_line(m, number, line, e);
		if (status != SO1_OK)
			return status;
	}
	return SO1_OK;
}

enum so1_status map_load(struct map *m, const char *file, struct so1_error *e)
{
	enum { MAP_LONGEST = 16 << 20 };
	struct buffer text = {0};
	FILE *f = fopen(file, "re");
	size_t n;

	if (f == NULL)
		return error_set_errno(e, file, "cannot open");
	do {
		buffer_reserve(&text, 65536);
		n = fread(text.ptr + text.len, 1, 65536, f);
		text.len += n;
	} while (n > 0 && text.len <= MAP_LONGEST);
	enum so1_status status = SO1_OK;
	if (ferror(f)) {
		status = error_set_errno(e, file, "cannot read");
	} else if (text.len > MAP_LONGEST) {
		error_set(e, SO1_USAGE, "too long for a map file");
		status = error_at(e, file, 0, NULL);
	} else {
		status = map_parse(m, file, buffer_slice(&text), e);
	}
	fclose(f);
	buffer_free(&text);
	return status;
}

void map_free(struct map *m)
{
	free(m->lines);
	arena_free(&m->text);
	*m = (struct map){0};
}
