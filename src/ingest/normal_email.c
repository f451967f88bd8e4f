#include "ingest/normal_email.h"

#include "ingest/text.h"

#include <idn2.h>
#include <stdlib.h>

enum { LOCAL_LONGEST = 64, DOMAIN_LONGEST = 253, LABEL_LONGEST = 63, EMAIL_LONGEST = 254 };

static struct slice unwrap(struct slice s)
{
	size_t open = slice_find_byte(s, '<');

	if (open < s.len) {
		struct slice inner = slice_make(s.ptr + open + 1, s.len - open - 1);
		size_t close = slice_find_byte(inner, '>');
		if (close < inner.len)
			s = slice_trim(slice_make(inner.ptr, close));
	}
	if (s.len > 7 && slice_equal_nocase(slice_make(s.ptr, 7), SLICE("mailto:")))
		s = slice_make(s.ptr + 7, s.len - 7);
	if (s.len > 2 && (s.ptr[0] == '\'' || s.ptr[0] == '"') && s.ptr[s.len - 1] == s.ptr[0])
		s = slice_make(s.ptr + 1, s.len - 2);
	/* The subject and the like of a mailto link. */
	size_t query = slice_find_byte(s, '?');
	if (query < s.len && slice_find_byte(s, '@') < query)
		s.len = query;
	/* A comma, semicolon or dot that belonged to the sentence around it. */
	while (s.len > 0 && strchr(".,;:", s.ptr[s.len - 1]))
		s.len--;
	return slice_trim(s);
}

/* RFC 5322 atext, and any byte of a UTF-8 character (RFC 6531). */
static bool is_atom_byte(char c)
{
	static const char signs[256] = {
		['!'] = 1, ['#'] = 1, ['$'] = 1, ['%'] = 1, ['&'] = 1, ['\''] = 1, ['*'] = 1,
		['+'] = 1, ['-'] = 1, ['/'] = 1, ['='] = 1, ['?'] = 1, ['^'] = 1, ['_'] = 1,
		['`'] = 1, ['{'] = 1, ['|'] = 1, ['}'] = 1, ['~'] = 1,
	};

	return byte_is_alpha(c) || byte_is_digit(c) || (c & 0x80) || signs[(unsigned char)c];
}

static bool local_is_valid(struct slice local)
{
	if (local.len == 0 || local.len > LOCAL_LONGEST || local.ptr[local.len - 1] == '.')
		return false;
	for (size_t i = 0; i < local.len; i++)
		if (local.ptr[i] == '.' ? i == 0 || local.ptr[i - 1] == '.'
					: !is_atom_byte(local.ptr[i]))
			return false;
	return true;
}

static bool label_is_valid(struct slice label)
{
	if (label.len == 0 || label.len > LABEL_LONGEST || label.ptr[0] == '-' ||
	    label.ptr[label.len - 1] == '-')
		return false;
	for (size_t i = 0; i < label.len; i++)
		if (!byte_is_alpha(label.ptr[i]) && !byte_is_digit(label.ptr[i]) &&
		    label.ptr[i] != '-')
			return false;
	return true;
}

static bool domain_is_valid(struct slice domain)
{
	struct slice rest = domain, label;
	size_t labels = 0;

	if (domain.len > DOMAIN_LONGEST)
		return false;
	while (slice_split(&rest, '.', &label)) {
		if (!label_is_valid(label))
			return false;
		labels++;
	}
	/* No top-level domain is shorter than two letters or begins with a digit. */
	return labels >= 2 && label.len >= 2 && byte_is_alpha(label.ptr[0]);
}

static bool domain_to_ascii(struct slice domain, struct arena *a, struct slice *out)
{
	uint8_t *ascii = NULL;
	struct slice z = arena_copy(a, domain);

	if (idn2_lookup_u8((const uint8_t *)z.ptr, &ascii,
			   IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK)
		return false;
	*out = arena_copy(a, slice_of((char *)ascii));
	idn2_free(ascii);
	return true;
}

static bool is_one_of(struct slice s, const char *const *names)
{
	for (; *names; names++)
		if (s.len > 0 && s.ptr[0] == **names && slice_is(s, *names))
			return true;
	return false;
}

/* Nobody's address. example.com and its kin are left alone: they are in use wherever data
 * has been made anonymous. */
static bool is_made_up(struct slice local, struct slice domain)
{
	static const char *const never[] = {"noemail", "no-email", "no.email", "no_email",
		"nomail", "no-mail", "no.mail", "keinemail", "keine-email", "keine.email",
		"keinemailadresse", "keine-angabe", "keineangabe", "noreply", "no-reply",
		"donotreply", "do-not-reply", "notprovided", NULL};
	static const char *const locals[] = {"test", "none", "no", "na", "n", "a", "x", "xx",
		"xxx", "asdf", "abc", "aaa", "kein", "keine", "unknown", "unbekannt", "null",
		"dummy", "fake", "mail", "email", "nobody", "noone", "123", NULL};
	static const char *const domains[] = {"test", "none", "no", "na", "n", "a", "x", "xx",
		"xxx", "asdf", "abc", "aaa", "kein", "keine", "unknown", "unbekannt", "null",
		"dummy", "fake", "mail", "email", "noemail", "nomail", "nowhere", "example",
		"123", NULL};
	size_t dot = slice_find_byte(domain, '.');
	struct slice tail = slice_make(domain.ptr + dot, domain.len - dot);

	/* RFC 2606: never a real domain. */
	if (domain.len >= 8 && slice_is(slice_make(domain.ptr + domain.len - 8, 8), ".invalid"))
		return true;
	if (is_one_of(local, never))
		return true;
	return slice_find_byte(slice_make(tail.ptr + 1, tail.len - 1), '.') == tail.len - 1 &&
	       is_one_of(local, locals) && is_one_of(slice_make(domain.ptr, dot), domains);
}

enum verdict normal_email(struct slice s, struct arena *a, struct slice *out)
{
	s = unwrap(slice_trim(s));
	bool ascii = text_is_ascii(s);
	s = ascii ? text_ascii_lower(s, a) : text_lower(text_collapse(s, a), a);
	size_t at = slice_find_byte(s, '@');
	if (at == s.len)
		return VERDICT_NOT_ADDRESS;
	struct slice local = slice_make(s.ptr, at);
	struct slice domain = slice_make(s.ptr + at + 1, s.len - at - 1);
	bool converted = !text_is_ascii(domain);
	if (converted && !domain_to_ascii(domain, a, &domain))
		return VERDICT_NOT_ADDRESS;
	if (!local_is_valid(local) || !domain_is_valid(domain) ||
	    local.len + 1 + domain.len > EMAIL_LONGEST)
		return VERDICT_NOT_ADDRESS;
	if (is_made_up(local, domain))
		return VERDICT_PLACEHOLDER;
	if (!converted) {
		*out = s;
		return VERDICT_OK;
	}
	char *joined = arena_bytes(a, at + 1 + domain.len);
	memcpy(joined, s.ptr, at + 1);
	memcpy(joined + at + 1, domain.ptr, domain.len);
	*out = slice_make(joined, at + 1 + domain.len);
	return VERDICT_OK;
}
