#include "export/segment.h"

#include "stream/cells.h"

#include <stdio.h>
#include <stdlib.h>

enum { SUGGESTIONS = 1000 };

static bool is_word_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_word_byte(char c)
{
	return is_word_start(c) || (c >= '0' && c <= '9') || c == '.';
}

/* The next word of an expression that could name a segment: outside quotes and brackets,
 * no keyword, no function. */
static bool next_word(struct slice *rest, struct slice *word)
{
	static const char *const keywords[] = {"and", "or", "not", "in", "has", "matches", "is",
					       "unknown", "known", "true", "false"};

	while (rest->len) {
		char c = rest->ptr[0];
		char close = c == '[' ? ']' : c == '\'' || c == '"' || c == '`' ? c : '\0';
		size_t n = 1;
		if (close) {
			while (n < rest->len && rest->ptr[n] != close)
				n++;
			n += n < rest->len;
		} else if (is_word_byte(c)) {
			while (n < rest->len && is_word_byte(rest->ptr[n]))
				n++;
		}
		*word = slice_make(rest->ptr, n);
		*rest = slice_make(rest->ptr + n, rest->len - n);
		if (!is_word_start(c))
			continue;
		bool keyword = false;
		for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
			keyword |= slice_equal_nocase(*word, slice_of(keywords[i]));
		struct slice after = slice_trim(*rest);
		if (!keyword && !(after.len && (after.ptr[0] == '(' || after.ptr[0] == '[')))
			return true;
	}
	return false;
}

static bool is_in_scope(const struct segments *s, struct slice word)
{
	for (size_t i = 0; i < s->scope_count; i++)
		if (slice_equal(s->scope[i].name, word))
			return true;
	return false;
}

static void add_to_scope(struct segments *s, struct slice name, const struct expr *expr)
{
	GROW(s->scope, s->scope_cap, s->scope_count + 1);
	s->scope[s->scope_count++] = (struct expr_named){name, expr};
}

/* Makes `word` mean: the list column holds it. An empty list holds nothing, it is not
 * unknown; "not lapsing" is true for a customer without any segment. */
static enum so1_status add_name(struct segments *s, const struct header *h, struct slice word,
				uint64_t line, struct so1_error *e)
{
	struct buffer text = {0};
	struct expr_scope scope = {.dialect = EXPR_RULE, .columns = h->names,
				   .column_count = h->count};
	uint32_t id = dictionary_add(&s->names, word, NULL);

	GROW(s->lines, s->line_cap, s->names.count);
	GROW(s->meanings, s->meaning_cap, s->names.count);
	s->lines[id] = line;
	s->meanings[id] = NULL;
	buffer_printf(&text, "segments is known and segments has \"%.*s\"", SLICE_ARGS(word));
	enum so1_status status = expr_compile(&s->meanings[id], buffer_slice(&text), &scope, e);
	buffer_free(&text);
	if (status == SO1_OK)
		add_to_scope(s, dictionary_item(&s->names, id), s->meanings[id]);
	return status;
}

static enum so1_status add_names(struct segments *s, const struct header *h,
				 const struct offer *o, struct so1_error *e)
{
	struct slice rest = o->segment, word;

	while (next_word(&rest, &word)) {
		if (is_in_scope(s, word) || header_find(h, word) != COLUMN_NONE)
			continue;
		if (s->column != COLUMN_NONE) {
			if (add_name(s, h, word, o->line, e) != SO1_OK)
				return e->status;
			continue;
		}
		struct slice *known = xcalloc(s->scope_count + h->count, sizeof *known);
		for (size_t i = 0; i < s->scope_count; i++)
			known[i] = s->scope[i].name;
		for (size_t i = 0; i < h->count; i++)
			known[s->scope_count + i] = h->names[i];
		struct slice near = nearest_name(word, known, s->scope_count + h->count);
		free(known);
		if (near.len)
			error_set(e, SO1_USAGE, "no such rule or column (did you mean '%.*s'?)",
				  SLICE_ARGS(near));
		else
			error_set(e, SO1_USAGE, "no such rule or column, and the stream has no "
				  "column 'segments' (pipe through so1-segment or give --rules)");
		return error_value(e, word);
	}
	return SO1_OK;
}

static enum so1_status bind_offer(struct segments *s, const struct header *h, size_t offer,
				  const struct offer *o, struct so1_error *e)
{
	s->of_offer[offer] = SEGMENT_EVERYBODY;
	if (o->segment.len == 0)
		return SO1_OK;
	for (size_t i = 0; i < s->count; i++)
		if (slice_equal(s->tests[i].text, o->segment)) {
			s->of_offer[offer] = (uint32_t)i;
			return SO1_OK;
		}
	if (add_names(s, h, o, e) != SO1_OK)
		return e->status;
	struct expr_scope scope = {.dialect = EXPR_RULE, .columns = h->names,
				   .column_count = h->count, .named = s->scope,
				   .named_count = s->scope_count};
	GROW(s->tests, s->cap, s->count + 1);
	s->tests[s->count] = (struct segment_test){.text = o->segment};
	s->of_offer[offer] = (uint32_t)s->count;
	/* By far the most frequent: one look at the list answers for all such offers. */
	s->tests[s->count].name = dictionary_find(&s->names, o->segment);
	if (s->tests[s->count].name != DICTIONARY_NONE) {
		s->count++;
		return SO1_OK;
	}
	return expr_compile(&s->tests[s->count++].expr, o->segment, &scope, e);
}

enum so1_status segments_bind(struct segments *s, const struct catalogue *c,
			      const struct header *h, const struct expr_named *rules,
			      size_t rule_count, struct so1_error *e)
{
	s->file = c->file;
	s->column = header_find(h, SLICE("segments"));
	s->of_offer = xcalloc(c->count, sizeof *s->of_offer);
	for (size_t i = 0; i < rule_count; i++)
		add_to_scope(s, rules[i].name, rules[i].expr);
	for (size_t i = 0; i < c->count; i++) {
		if (bind_offer(s, h, i, &c->items[i], e) == SO1_OK)
			continue;
		/* The compiler's place within the expression goes into the reason's column. */
		char place[sizeof e->column + 16];
		snprintf(place, sizeof place, "segment%s%s", e->column[0] ? ", " : "", e->column);
		if (!e->has_value)
			error_value(e, c->items[i].segment);
		return error_at(e, c->file, c->items[i].line, place);
	}
	return SO1_OK;
}

void segments_scratch_init(const struct segments *s, struct segments_scratch *scratch)
{
	*scratch = (struct segments_scratch){
		.held = xmalloc(s->count),
		.listed = xcalloc(s->names.count, sizeof *scratch->listed),
		.seen = xcalloc(s->names.count, sizeof *scratch->seen),
		.unseen = s->names.count,
	};
}

void segments_row(const struct segments *s, struct segments_scratch *scratch,
		  const struct slice *fields, struct arena *a)
{
	memset(scratch->held, -1, s->count);
	if (s->names.count == 0)
		return;
	memset(scratch->listed, 0, s->names.count);
	struct slice rest = fields[s->column], item, value;
	while (cell_next(&rest, &item, &value, a)) {
		uint32_t id = dictionary_find(&s->names, item);
		if (id == DICTIONARY_NONE) {
			if (scratch->unseen && scratch->other.count < SUGGESTIONS)
				dictionary_add(&scratch->other, item, NULL);
			continue;
		}
		scratch->listed[id] = true;
		scratch->unseen -= !scratch->seen[id];
		scratch->seen[id] = true;
	}
}

enum so1_status segments_hold(const struct segments *s, struct segments_scratch *scratch,
			      size_t offer, const struct slice *fields, bool *holds,
			      struct arena *a, struct so1_error *e)
{
	uint32_t test = s->of_offer[offer];
	struct expr_value v;

	*holds = true;
	if (test == SEGMENT_EVERYBODY)
		return SO1_OK;
	if (s->tests[test].expr == NULL) {
		*holds = scratch->listed[s->tests[test].name];
		return SO1_OK;
	}
	if (scratch->held[test] < 0) {
		if (expr_eval(s->tests[test].expr, fields, &v, a, e) != SO1_OK)
			return e->status;
		scratch->held[test] = expr_is_true(&v, NULL);
	}
	*holds = scratch->held[test] > 0;
	return SO1_OK;
}

void segments_merge(const struct segments *s, struct segments_scratch *into,
		    const struct segments_scratch *from)
{
	for (size_t i = 0; i < s->names.count; i++)
		into->seen[i] |= from->seen[i];
	for (size_t i = 0; i < from->other.count && into->other.count < SUGGESTIONS; i++)
		dictionary_add(&into->other, from->other.items[i], NULL);
}

/* Whether an offer's cell is this name and nothing more: then it means a segment, which may
 * be empty today, whatever columns are called. */
static bool is_whole_cell(const struct segments *s, uint32_t name)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->tests[i].expr == NULL && s->tests[i].name == name)
			return true;
	return false;
}

enum so1_status segments_check(const struct segments *s, const struct segments_scratch *all,
			       const struct header *h, struct buffer *nobody,
			       struct so1_error *e)
{
	for (size_t i = 0; i < s->names.count; i++) {
		struct slice name = s->names.items[i];
		if (all->seen[i])
			continue;
		struct slice near = nearest_name(name, all->other.items, all->other.count);
		if (near.len == 0 && !is_whole_cell(s, (uint32_t)i))
			near = nearest_name(name, h->names, h->count);
		if (near.len == 0) {
			buffer_printf(nobody, "%llu: %.*s\n", (unsigned long long)s->lines[i],
				      SLICE_ARGS(name));
			continue;
		}
		error_set(e, SO1_USAGE, "no customer is in the segment (did you mean '%.*s'?)",
			  SLICE_ARGS(near));
		error_value(e, name);
		return error_at(e, s->file, s->lines[i], "segment");
	}
	return SO1_OK;
}

void segments_scratch_free(struct segments_scratch *scratch)
{
	free(scratch->held);
	free(scratch->listed);
	free(scratch->seen);
	dictionary_free(&scratch->other);
	*scratch = (struct segments_scratch){0};
}

void segments_free(struct segments *s)
{
	for (size_t i = 0; i < s->count; i++)
		expr_free(s->tests[i].expr);
	for (size_t i = 0; i < s->names.count; i++)
		expr_free(s->meanings[i]);
	free(s->tests);
	free(s->of_offer);
	free(s->lines);
	free(s->meanings);
	free(s->scope);
	dictionary_free(&s->names);
	*s = (struct segments){0};
}
