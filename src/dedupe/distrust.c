#include "dedupe/distrust.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>

static bool is_one_of(struct slice value, const char *const *names)
{
	/* Asked of every value: most differ in the first letter. */
	for (; value.len > 0 && *names; names++)
		if ((*value.ptr | 0x20) == (**names | 0x20) &&
		    slice_equal_nocase(value, slice_of(*names)))
			return true;
	return false;
}

static const char *const nothing[] = {
	"0", "-1", "n/a", "na", "none", "null", "nil", "nan", "-", "--", "?", "x", "xx", "xxx",
	"unknown", "unbekannt", "anonymous", "anonym", "guest", "gast", "test", "undefined",
	"keine", "kein", "default", NULL,
};

static const char *const nobodies_mailbox[] = {
	"test", "tests", "testing", "noreply", "no-reply", "no_reply", "donotreply",
	"do-not-reply", "anonymous", "anonym", "nobody", "none", "null", "na", "unknown",
	"unbekannt", "keine", "kein", "nomail", "noemail", "no-email", "keineemail",
	"mailer-daemon", "postmaster", "abuse", "guest", "gast", "asdf", "qwertz", "qwerty",
	"xxx", NULL,
};

/* 000000, +49 1111111, +49 1234567: digits that somebody typed to get past a form. Alike: the
 * last `tail`. Counting up: `tail` or more, and all but `code` digits of a country code: the
 * line +49 170 1234567 exists, and somebody may have opted out by it. */
static bool is_typed_past(struct slice value, size_t tail, size_t code)
{
	char digits[32];
	size_t n = 0, alike = 1, counting = 1;

	for (size_t i = value.len; i > 0 && n < sizeof digits; i--)
		if (value.ptr[i - 1] >= '0' && value.ptr[i - 1] <= '9')
			digits[n++] = value.ptr[i - 1];
	if (n < tail)
		return false;
	while (alike < n && digits[alike] == digits[0])
		alike++;
	while (counting < n &&
	       (digits[counting] - '0' + 1) % 10 == digits[counting - 1] - '0')
		counting++;
	return alike >= tail || (counting >= tail && counting + code >= n);
}

static size_t digit_count(struct slice s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		n += s.ptr[i] >= '0' && s.ptr[i] <= '9';
	return n;
}

static bool is_zeros(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] != '0' && s.ptr[i] != '-')
			return false;
	return s.len > 0;
}

bool distrust_is_placeholder(enum layer layer, struct slice value)
{
	enum { PHONE_SHORTEST = 7, TAIL = 7, COUNTRY_CODE = 2 };

	if (is_one_of(value, nothing) || is_zeros(value))
		return true;
	switch (layer) {
	case LAYER_EMAIL: {
		size_t at = slice_find_byte(value, '@');
		return at == 0 || at + 1 >= value.len ||
		       is_one_of(slice_make(value.ptr, at), nobodies_mailbox);
	}
	case LAYER_PHONE:
		return digit_count(value) < PHONE_SHORTEST ||
		       is_typed_past(value, TAIL, COUNTRY_CODE);
	case LAYER_LOYALTY_ID: {
		size_t n = digit_count(value);
		return n == value.len && n >= TAIL && n < 32 && is_typed_past(value, n, 0);
	}
	case LAYER_SOCIAL: {
		size_t colon = slice_find_byte(value, ':');
		if (colon == value.len)
			return false;
		return is_one_of(slice_make(value.ptr + colon + 1, value.len - colon - 1), nothing);
	}
	default:
		return false;
	}
}

/* One line of the user's list. */
static void add_line(struct distrust *d, struct slice line)
{
	enum layer layer = LAYER_COUNT;
	size_t colon = slice_find_byte(line, ':');

	/* twitter:joe is a value, email:joe@… a key and a value. */
	if (colon < line.len && layer_of_name(line.ptr, colon) != LAYER_COUNT) {
		layer = layer_of_name(line.ptr, colon);
		line = slice_trim(slice_make(line.ptr + colon + 1, line.len - colon - 1));
	}
	if (line.len == 0)
		return;
	char *text = xstrndup(line.ptr, line.len);
	for (char *c = text; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c + 32);
	if (strpbrk(text, "*?[")) {
		GROW(d->patterns, d->cap, d->count + 1);
		d->patterns[d->count++] = (struct distrust_pattern){text, layer};
		return;
	}
	dictionary_add(&d->values[layer], slice_of(text), NULL);
	free(text);
}

enum so1_status distrust_open(struct distrust *d, const char *path, struct so1_error *e)
{
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	*d = (struct distrust){0};
	if (!path)
		return SO1_OK;
	FILE *f = fopen(path, "re");
	if (!f)
		return error_set_errno(e, path, "cannot open");
	while (errno = 0, (n = getline(&line, &cap, f)) >= 0) {
		struct slice s = slice_trim(slice_make(line, (size_t)n));
		if (s.len > 0 && *s.ptr != '#')
			add_line(d, s);
	}
	bool bad = ferror(f);
	if (bad)
		error_set_errno(e, path, "cannot read");
	free(line);
	fclose(f);
	return bad ? e->status : SO1_OK;
}

bool distrust_has(const struct distrust *d, enum layer layer, struct slice value)
{
	bool found = false;

	if (distrust_is_placeholder(layer, value))
		return true;
	if (d->count == 0 && d->values[layer].count == 0 && d->values[LAYER_COUNT].count == 0)
		return false;
	char *text = xstrndup(value.ptr, value.len);
	for (char *c = text; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c + 32);
	struct slice lower = slice_make(text, value.len);
	found = dictionary_find(&d->values[layer], lower) != DICTIONARY_NONE ||
		dictionary_find(&d->values[LAYER_COUNT], lower) != DICTIONARY_NONE;
	for (size_t i = 0; i < d->count && !found; i++)
		if (d->patterns[i].layer == layer || d->patterns[i].layer == LAYER_COUNT)
			found = fnmatch(d->patterns[i].text, text, 0) == 0;
	free(text);
	return found;
}

uint64_t distrust_digest(const struct distrust *d)
{
	uint64_t sum = 0; /* of hashes: no matter in which order */

	for (uint64_t l = 0; l <= LAYER_COUNT; l++)
		for (uint32_t i = 0; i < d->values[l].count; i++)
			sum += slice_hash(dictionary_item(&d->values[l], i), l);
	for (size_t i = 0; i < d->count; i++)
		sum += slice_hash(slice_of(d->patterns[i].text), 1000 + (uint64_t)d->patterns[i].layer);
	return sum;
}

void distrust_free(struct distrust *d)
{
	for (int l = 0; l <= LAYER_COUNT; l++)
		dictionary_free(&d->values[l]);
	for (size_t i = 0; i < d->count; i++)
		free((char *)d->patterns[i].text);
	free(d->patterns);
	*d = (struct distrust){0};
}
