#include "expr/rulefile.h"

#include "base/number.h"
#include "expr/lex.h"

#include <stdio.h>
#include <stdlib.h>
#include <utf8proc.h>

struct reading {
	const char *file;
	uint64_t line;
	struct arena *arena;
	struct rule_lines rule; /* the one being put together */
	bool open;              /* there is one */
	bool continued;         /* the line before ended in a backslash */
	struct so1_error *error;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

void rule_lines_free(struct rule_lines *rule)
{
	buffer_free(&rule->text);
	free(rule->stretches);
	*rule = (struct rule_lines){0};
}

static enum so1_status fail_at(struct reading *r, struct slice line, size_t offset)
{
	char column[32];

	snprintf(column, sizeof column, "column %zu", lexer_column(line, offset));
	return error_at(r->error, r->file, r->line, column);
}

/* Where the line's comment begins, or its length. A quote may stand for itself in a
 * comment but not before one. */
static size_t comment_start(struct slice line)
{
	char quote = '\0';

	for (size_t i = 0; i < line.len; i++) {
		char c = line.ptr[i];
		if (quote) {
			quote = c == quote ? '\0' : quote;
		} else if (c == '\'' || c == '"' || c == '`') {
			quote = c;
		} else if (c == '#' && (i == 0 || is_blank(line.ptr[i - 1]))) {
			return i;
		}
	}
	return line.len;
}

static bool is_name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

static enum so1_status check_name(struct reading *r, struct slice line, struct slice name)
{
	static const char *const keywords[] = {"and", "or", "not", "in", "has", "matches", "is",
					       "true", "false", "unknown", "known"};
	size_t offset = (size_t)(name.ptr - line.ptr);
	double number;

	for (size_t i = 0; i < name.len; i++)
		if (!is_name_byte(name.ptr[i])) {
			error_set(r->error, SO1_USAGE,
				  "a rule's name is made of letters, digits and '_', not");
			error_value(r->error, name);
			return fail_at(r, line, offset + i);
		}
	bool taken = number_parse_double(name, &number);
	for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
		taken = taken || slice_equal_nocase(name, slice_of(keywords[i]));
	if (!taken)
		return SO1_OK;
	error_set(r->error, SO1_USAGE, "a rule cannot be called");
	error_value(r->error, name);
	return fail_at(r, line, offset);
}

/* Adds line[start, end) to the open rule. */
static void add_stretch(struct reading *r, struct slice line, size_t start, size_t end)
{
	struct rule_lines *rule = &r->rule;

	while (start < end && is_blank(line.ptr[start]))
		start++;
	while (end > start && is_blank(line.ptr[end - 1]))
		end--;
	if (start == end && rule->stretch_count > 0)
		return;
	if (rule->text.len > 0)
		buffer_put_byte(&rule->text, ' ');
	GROW(rule->stretches, rule->stretch_cap, rule->stretch_count + 1);
	rule->stretches[rule->stretch_count++] = (struct rule_stretch){
		.offset = rule->text.len, .line = r->line, .column = lexer_column(line, start)};
	buffer_put(&rule->text, line.ptr + start, end - start);
}

static enum so1_status begin_rule(struct reading *r, struct slice line, size_t end)
{
	size_t colon = slice_find_byte(slice_make(line.ptr, end), ':');
	struct slice name = slice_trim(slice_make(line.ptr, colon));

	if (colon == end || name.len == 0) {
		error_set(r->error, SO1_USAGE, "no rule ('name: expression')");
		error_value(r->error, slice_trim(slice_make(line.ptr, end)));
		return fail_at(r, line, 0);
	}
	if (check_name(r, line, name) != SO1_OK)
		return r->error->status;
	r->rule = (struct rule_lines){.name = arena_copy(r->arena, name), .line = r->line,
				      .name_column = lexer_column(line, (size_t)(name.ptr - line.ptr))};
	r->open = true;
	add_stretch(r, line, colon + 1, end);
	return SO1_OK;
}

static enum so1_status check_utf8(struct reading *r, struct slice line)
{
	for (size_t i = 0; i < line.len;) {
		utf8proc_int32_t code;
		utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)line.ptr + i,
						      (utf8proc_ssize_t)(line.len - i), &code);
		if (n < 1 || code == 0) {
			error_set(r->error, SO1_USAGE, n < 1 ? "bad UTF-8" : "NUL byte");
			return fail_at(r, line, i);
		}
		i += (size_t)n;
	}
	return SO1_OK;
}

static enum so1_status end_rule(struct reading *r,
				enum so1_status (*take)(void *, struct rule_lines *,
							struct so1_error *), void *context)
{
	if (!r->open)
		return SO1_OK;
	r->open = false;
	enum so1_status status = take(context, &r->rule, r->error);
	r->rule = (struct rule_lines){0};
	return status;
}

static enum so1_status read_line(struct reading *r, struct slice line,
				 enum so1_status (*take)(void *, struct rule_lines *,
							 struct so1_error *), void *context)
{
	enum so1_status status = check_utf8(r, line);
	size_t end = comment_start(line);
	bool has_comment = end < line.len;
	bool continues = r->continued || (line.len > 0 && is_blank(line.ptr[0]));

	if (status != SO1_OK)
		return status;
	while (end > 0 && is_blank(line.ptr[end - 1]))
		end--;
	bool backslash = !has_comment && end > 0 && line.ptr[end - 1] == '\\';
	end -= backslash;
	/* A comment between two lines of a rule does not part them. */
	if (!(has_comment && end == 0))
		r->continued = backslash;
	if (end == 0 || slice_trim(slice_make(line.ptr, end)).len == 0)
		return SO1_OK;
	if (continues) {
		if (r->open) {
			add_stretch(r, line, 0, end);
			return SO1_OK;
		}
		error_set(r->error, SO1_USAGE, "indented line, but no rule before it to continue");
		return fail_at(r, line, 0);
	}
	status = end_rule(r, take, context);
	return status == SO1_OK ? begin_rule(r, line, end) : status;
}

enum so1_status rulefile_read(const char *file, struct slice bytes, struct arena *arena,
			      enum so1_status (*take)(void *context, struct rule_lines *rule,
						      struct so1_error *e),
			      void *context, struct so1_error *e)
{
	static const struct slice bom = {"\xef\xbb\xbf", 3};
	struct reading r = {.file = file, .arena = arena, .error = e};
	struct slice line;
	enum so1_status status = SO1_OK;

	if (slice_starts_with(bytes, bom))
		bytes = slice_make(bytes.ptr + bom.len, bytes.len - bom.len);
	while (status == SO1_OK && slice_split(&bytes, '\n', &line)) {
		r.line++;
		if (line.len > 0 && line.ptr[line.len - 1] == '\r')
			line.len--;
		status = read_line(&r, line, take, context);
	}
	if (status == SO1_OK)
		status = end_rule(&r, take, context);
	rule_lines_free(&r.rule);
	return status;
}
