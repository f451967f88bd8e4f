#include "ingest/normal_word.h"

#include "ingest/text.h"

enum { GENDER, FLAG, LANGUAGE, CURRENCY };

static const char *look_up(int table, struct slice key)
{
	const struct word_table *t = &word_tables[table];
	size_t low = 0, high = t->count;

	while (low < high) {
		size_t mid = (low + high) / 2;
		int order = slice_compare(key, slice_of(t->words[mid].key));
		if (order == 0)
			return t->words[mid].value;
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

/* The word as a whole, or a bare sign. */
static const char *find_word(int table, struct slice s, struct arena *a)
{
	struct slice key = text_key(s, a);

	return look_up(table, key.len ? key : s);
}

enum verdict normal_gender(struct slice s, struct arena *a, struct slice *out)
{
	const char *value = find_word(GENDER, s, a);

	if (value == NULL) {
		/* "Herr Dr. Prof.": the form of address comes first. */
		struct slice rest = text_key(s, a), first;
		slice_split(&rest, ' ', &first);
		if (first.len < 2 || (value = look_up(GENDER, first)) == NULL || !*value)
			return VERDICT_NOT_RECOGNISED;
	}
	if (*value == '\0')
		return VERDICT_PLACEHOLDER;
	*out = slice_make(value, 1);
	return VERDICT_OK;
}

enum verdict normal_flag(struct slice s, struct arena *a, struct slice *out)
{
	if (s.len == 1 && (s.ptr[0] == '1' || s.ptr[0] == '0')) {
		*out = s;
		return VERDICT_OK;
	}
	const char *value = find_word(FLAG, s, a);
	if (value == NULL)
		return VERDICT_NOT_YES_NO;
	*out = slice_make(value, 1);
	return VERDICT_OK;
}

enum verdict normal_language(struct slice s, struct arena *a, struct slice *out)
{
	struct slice key = text_key(s, a);
	const char *value = look_up(LANGUAGE, key);

	if (value == NULL) {
		/* A locale: language, then script, country, encoding. */
		struct slice rest = key, first;
		slice_split(&rest, ' ', &first);
		if ((first.len != 2 && first.len != 3) ||
		    (value = look_up(LANGUAGE, first)) == NULL)
			return VERDICT_NOT_RECOGNISED;
	}
	*out = slice_make(value, 2);
	return VERDICT_OK;
}

enum verdict normal_currency(struct slice s, struct arena *a, struct slice *out)
{
	const char *value = find_word(CURRENCY, s, a);

	if (value == NULL)
		return VERDICT_NOT_RECOGNISED;
	*out = slice_make(value, 3);
	return VERDICT_OK;
}

static bool is_standard(struct slice s)
{
	/* DESIGN section 2 */
	static const char *const events[] = {"contact", "view", "search", "cart", "purchase",
		"return", "visit", "chat", "send", "open", "click", "redeem", "optin", "optout",
		"erase"};

	for (size_t i = 0; i < sizeof events / sizeof *events; i++)
		if (slice_is(s, events[i]))
			return true;
	return false;
}

enum verdict normal_event(struct slice s, struct arena *a, struct slice *out, bool *standard)
{
	*out = text_lower(text_collapse(s, a), a);
	*standard = is_standard(*out);
	return slice_is(*out, "golden") ? VERDICT_RESERVED : VERDICT_OK;
}
