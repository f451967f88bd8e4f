/* Conditions in words: expressions and names. */
#include "segment/discover_condition.h"

#include "base/number.h"

static bool is_name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static void put_quoted(struct buffer *b, char quote, struct slice s)
{
	buffer_put_byte(b, quote);
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == quote)
			buffer_put_byte(b, quote);
		buffer_put_byte(b, s.ptr[i]);
	}
	buffer_put_byte(b, quote);
}

/* A bare word where it cannot be taken for a number or a keyword. */
static bool is_plain_word(struct slice s)
{
	static const char *const keywords[] = {"and", "or", "not", "in", "has", "matches", "is",
					       "true", "false", "unknown", "known"};
	double x;

	for (size_t i = 0; i < s.len; i++)
		if (!is_name_byte(s.ptr[i]))
			return false;
	for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
		if (slice_equal_nocase(s, slice_of(keywords[i])))
			return false;
	return s.len > 0 && !number_parse_double(s, &x);
}

static void put_column(struct buffer *b, struct slice name)
{
	if (is_plain_word(name))
		buffer_put_slice(b, name);
	else
		put_quoted(b, '`', name);
}

static void put_key(struct buffer *b, struct slice key)
{
	bool plain = key.len > 0;

	for (size_t i = 0; i < key.len; i++)
		plain = plain && (is_name_byte(key.ptr[i]) || key.ptr[i] == '-');
	buffer_put_byte(b, '[');
	if (plain)
		buffer_put_slice(b, key);
	else
		put_quoted(b, '"', key);
	buffer_put_byte(b, ']');
}

/* key NUL value, or key alone. */
static struct slice split_key(struct slice s, struct slice *value)
{
	size_t n = slice_find_byte(s, '\0');

	*value = n < s.len ? slice_make(s.ptr + n + 1, s.len - n - 1) : slice_make("", 0);
	return slice_make(s.ptr, n);
}

static struct slice key_of(const struct discover_column *column, const struct condition *c,
			   struct slice *value)
{
	*value = slice_make("", 0);
	switch (c->kind) {
	case CONDITION_TEXT:
	case CONDITION_HAS:
	case CONDITION_ANY: return dictionary_item(&column->keys, c->key);
	case CONDITION_VALUE: return split_key(dictionary_item(&column->keys, c->key), value);
	default: return *value;
	}
}

void condition_put_expression(const struct condition_set *set, const struct condition *c,
			      struct buffer *b)
{
	const struct discover_column *column = &set->table->columns[c->column];
	struct slice value, key = key_of(column, c, &value);

	put_column(b, column->name);
	switch (c->kind) {
	case CONDITION_FROM: buffer_put_text(b, " >= "); break;
	case CONDITION_BELOW: buffer_put_text(b, " < "); break;
	case CONDITION_NUMBER:
	case CONDITION_TEXT: buffer_put_text(b, " = "); break;
	case CONDITION_HAS: buffer_put_text(b, " has "); break;
	case CONDITION_UNKNOWN: buffer_put_text(b, " is unknown"); return;
	case CONDITION_ANY:
		put_key(b, key);
		buffer_put_text(b, " > 0");
		return;
	case CONDITION_VALUE:
		put_key(b, key);
		buffer_put_text(b, " = ");
		put_quoted(b, '"', value);
		return;
	}
	if (c->kind == CONDITION_TEXT || c->kind == CONDITION_HAS)
		put_quoted(b, '"', key);
	else
		number_put_double(b, c->number);
}

/* What is no letter or digit becomes '_', one for several; none at the ends. */
static void put_word(struct buffer *b, struct slice s)
{
	bool gap = b->len > 0;

	for (size_t i = 0; i < s.len; i++) {
		if (!is_name_byte(s.ptr[i]) || s.ptr[i] == '_') {
			gap = b->len > 0;
			continue;
		}
		if (gap)
			buffer_put_byte(b, '_');
		gap = false;
		buffer_put_byte(b, s.ptr[i]);
	}
}

static void put_number_word(struct buffer *b, double x)
{
	struct buffer text = {0};

	if (x < 0)
		put_word(b, SLICE("minus"));
	number_put_double(&text, x < 0 ? -x : x);
	put_word(b, buffer_slice(&text));
	buffer_free(&text);
}

void condition_put_name(const struct condition_set *set, const struct condition *c,
			struct buffer *b)
{
	static const char *const words[] = {
		[CONDITION_FROM] = "from", [CONDITION_BELOW] = "below", [CONDITION_NUMBER] = "is",
		[CONDITION_TEXT] = "is", [CONDITION_HAS] = "", [CONDITION_ANY] = "",
		[CONDITION_VALUE] = "", [CONDITION_UNKNOWN] = "unknown",
	};
	const struct discover_column *column = &set->table->columns[c->column];
	struct slice value, key = key_of(column, c, &value);

	put_word(b, column->name);
	put_word(b, slice_of(words[c->kind]));
	put_word(b, key);
	put_word(b, value);
	if (c->kind == CONDITION_FROM || c->kind == CONDITION_BELOW || c->kind == CONDITION_NUMBER)
		put_number_word(b, c->number);
}
