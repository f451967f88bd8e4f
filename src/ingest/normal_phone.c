#include "ingest/normal_phone.h"

#include "ingest/normal_country.h"
#include "ingest/text.h"

enum { E164_LONGEST = 15, DIGITS_LONGEST = 32 };

struct digits {
	char text[DIGITS_LONGEST];
	size_t count;
	bool plus;     /* a plus stands before the first digit */
	bool too_many;
};

static const struct dial_plan *plan_of_code(unsigned code)
{
	size_t low = 0, high = dial_plan_count;

	while (low < high) {
		size_t mid = (low + high) / 2;
		if (dial_plans[mid].code == code)
			return &dial_plans[mid];
		if (code < dial_plans[mid].code)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

/* Calling codes are free of prefixes of each other: the first hit is the one. */
static const struct dial_plan *plan_of_number(struct slice number, size_t *code_length)
{
	unsigned code = 0;

	for (size_t i = 0; i < number.len && i < 3; i++) {
		code = code * 10 + (unsigned)(number.ptr[i] - '0');
		const struct dial_plan *plan = plan_of_code(code);
		if (plan != NULL) {
			*code_length = i + 1;
			return plan;
		}
	}
	return NULL;
}

/* The part before an extension. */
static struct slice cut_extension(struct slice s)
{
	static const char *const marks[] = {"ext", "extn", "extension", "x", "durchwahl", "dw",
					    "app", "apparat", "poste", "int"};

	for (size_t i = 1; i < s.len; i++) {
		if (s.ptr[i] == '#' || s.ptr[i] == ';')
			return slice_make(s.ptr, i);
		if (!byte_is_alpha(s.ptr[i]) || byte_is_alpha(s.ptr[i - 1]))
			continue;
		size_t end = i;
		while (end < s.len && byte_is_alpha(s.ptr[end]))
			end++;
		for (size_t m = 0; m < sizeof marks / sizeof *marks; m++)
			if (slice_equal_nocase(slice_make(s.ptr + i, end - i), slice_of(marks[m])))
				return slice_make(s.ptr, i);
	}
	return s;
}

/* "tel:", "Tel. ", "Fax:" and the like in front. */
static struct slice cut_label(struct slice s)
{
	static const char *const labels[] = {"tel", "telefon", "phone", "mobil", "mobile",
					     "handy", "mob", "fon", "t", "m", "p"};
	size_t end = 0;

	while (end < s.len && byte_is_alpha(s.ptr[end]))
		end++;
	for (size_t i = 0; end > 0 && i < sizeof labels / sizeof *labels; i++)
		if (slice_equal_nocase(slice_make(s.ptr, end), slice_of(labels[i])))
			return slice_make(s.ptr + end, s.len - end);
	return s;
}

/* Skips "(0)" at s[i], blanks inside allowed: its length, or 0. */
static size_t trunk_in_brackets(struct slice s, size_t i)
{
	size_t start = i;

	if (s.ptr[i++] != '(')
		return 0;
	while (i < s.len && s.ptr[i] == ' ')
		i++;
	if (i == s.len || s.ptr[i++] != '0')
		return 0;
	while (i < s.len && s.ptr[i] == ' ')
		i++;
	return i < s.len && s.ptr[i] == ')' ? i + 1 - start : 0;
}

/* Digits of s; anything but ASCII letters may stand between them. False: a letter. */
static bool read_digits(struct slice s, struct digits *d)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];
		if (byte_is_alpha(c))
			return false;
		if (c == '+' && d->count == 0)
			d->plus = true;
		/* U+FF0B, the full-width plus of East Asian forms */
		if (d->count == 0 && i + 3 <= s.len && memcmp(s.ptr + i, "\xef\xbc\x8b", 3) == 0)
			d->plus = true;
		bool foreign = d->plus || (d->count > 2 && memcmp(d->text, "00", 2) == 0);
		size_t skip = foreign && d->count > 0 ? trunk_in_brackets(s, i) : 0;
		if (skip > 0) {
			i += skip - 1;
			continue;
		}
		if (!byte_is_digit(c))
			continue;
		if (d->count == DIGITS_LONGEST)
			d->too_many = true;
		else
			d->text[d->count++] = c;
	}
	return true;
}

/* All the same, or each one more than the one before (0 after 9). */
static bool is_made_up(struct slice n)
{
	bool same = true, run = true;

	for (size_t i = 1; i < n.len; i++) {
		same = same && n.ptr[i] == n.ptr[0];
		run = run && (n.ptr[i] - n.ptr[i - 1] + 10) % 10 == 1;
	}
	return n.len == 0 || same || (run && n.len >= 6);
}

static struct slice without_trunk(const struct dial_plan *plan, struct slice number)
{
	struct slice trunk = slice_of(plan->trunk);

	if (trunk.len == 0 || !slice_starts_with(number, trunk))
		return number;
	/* A trunk prefix of 1, 8 or 06 may also be how the number itself begins. */
	if (trunk.ptr[0] != '0' && number.len <= plan->longest)
		return number;
	if (trunk.len > 1 && number.len <= plan->longest)
		return number;
	number = slice_make(number.ptr + trunk.len, number.len - trunk.len);
	/* Where 0 is the trunk prefix no number begins with one, however often it was dialled. */
	while (trunk.ptr[0] == '0' && trunk.len == 1 && number.len > 0 && number.ptr[0] == '0')
		number = slice_make(number.ptr + 1, number.len - 1);
	return number;
}

static enum verdict check_length(const struct dial_plan *plan, struct slice number)
{
	if (number.len < plan->shortest)
		return VERDICT_TOO_SHORT;
	return number.len > plan->longest ? VERDICT_TOO_LONG : VERDICT_OK;
}

static enum verdict put_number(const struct dial_plan *plan, struct slice number, struct arena *a,
			       struct slice *out)
{
	char code[3];
	size_t n = 0;

	number = without_trunk(plan, number);
	if (is_made_up(number))
		return VERDICT_PLACEHOLDER;
	enum verdict v = check_length(plan, number);
	if (v != VERDICT_OK)
		return v;
	for (unsigned c = plan->code; c > 0; c /= 10)
		code[n++] = (char)('0' + c % 10);
	if (n + number.len > E164_LONGEST)
		return VERDICT_TOO_LONG;
	char *text = arena_bytes(a, 1 + n + number.len);
	text[0] = '+';
	for (size_t i = 0; i < n; i++)
		text[1 + i] = code[n - 1 - i];
	memcpy(text + 1 + n, number.ptr, number.len);
	*out = slice_make(text, 1 + n + number.len);
	return VERDICT_OK;
}

static enum verdict put_foreign(struct slice number, struct arena *a, struct slice *out)
{
	size_t length = 0;
	const struct dial_plan *plan = plan_of_number(number, &length);

	if (plan == NULL)
		return number.len < 4 ? VERDICT_TOO_SHORT : VERDICT_NOT_PHONE;
	return put_number(plan, slice_make(number.ptr + length, number.len - length), a, out);
}

static enum verdict put_national(const struct dial_plan *plan, struct slice number,
				 struct arena *a, struct slice *out)
{
	/* The plus was lost when the country's own code stands in front and what follows
	 * is long enough to be a whole number: no area's numbers have eleven digits without
	 * their trunk prefix. */
	if (number.len >= 11 && number.ptr[0] != plan->trunk[0]) {
		size_t length = 0;
		if (plan_of_number(number, &length) == plan &&
		    put_foreign(number, a, out) == VERDICT_OK)
			return VERDICT_OK;
	}
	return put_number(plan, number, a, out);
}

enum verdict normal_phone(struct slice s, struct slice country, struct arena *a,
			  struct slice *out)
{
	struct digits d = {.count = 0};

	s = cut_extension(cut_label(slice_trim(s)));
	if (!read_digits(s, &d))
		return VERDICT_NOT_PHONE;
	struct slice number = slice_make(d.text, d.count);
	if (d.too_many)
		return VERDICT_TOO_LONG;
	if (is_made_up(number))
		return VERDICT_PLACEHOLDER;
	/* "+0049…": the plus adds nothing to the prefix. */
	if (slice_starts_with(number, SLICE("00")) && number.len > 2)
		return put_foreign(slice_make(number.ptr + 2, number.len - 2), a, out);
	if (d.plus)
		return put_foreign(number, a, out);
	const struct country *home = country_find(country);
	if (home == NULL)
		return VERDICT_NO_COUNTRY;
	const struct dial_plan *plan = plan_of_code(home->calling_code);
	if (plan == NULL)
		return VERDICT_NO_COUNTRY;
	struct slice away = slice_of(plan->international);
	if (slice_starts_with(number, away) && number.len > away.len + plan->longest)
		return put_foreign(slice_make(number.ptr + away.len, number.len - away.len), a,
				   out);
	return put_national(plan, number, a, out);
}
