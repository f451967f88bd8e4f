#include "dedupe/compare.h"

#include "dedupe/similar.h"
#include "dedupe/sketch.h"

#include <stdlib.h>

/* The priors are round figures of how records of one person agree where sources are
 * typed by hand; they carry the weight of a few matches (em.c), so that data decide where
 * there are any and small files do not run wild. What strangers agree by is as round: names
 * as if they were common ones, for a small file cannot tell which are. */
const struct comparison comparisons[TRAIT_COUNT] = {
	[TRAIT_FIRST] = {8, {"", "same", "short_form", "close", "near", "similar", "initial", "reversed",
			     "different"},
			 {0, .79, .04, .07, .02, .01, .02, .01, .04}, false, .05},
	[TRAIT_LAST] = {6, {"", "same", "close", "near", "similar", "part", "different"},
			{0, .83, .07, .02, .01, .02, .05}, true, .03},
	[TRAIT_BIRTH] = {6, {"", "same", "typo", "two_parts", "one_year", "ten_years", "different"},
			 {0, .86, .07, .03, .01, .01, .02}, false, .001},
	[TRAIT_STREET] = {5, {"", "same", "close", "other_number", "similar", "different"},
			  {0, .68, .12, .04, .04, .12}, true, .001},
	[TRAIT_POSTCODE] = {4, {"", "same", "typo", "area", "different"}, {0, .82, .06, .03, .09}, true, .001},
	[TRAIT_CITY] = {4, {"", "same", "close", "similar", "different"}, {0, .82, .08, .02, .08}, true, .02},
	[TRAIT_EMAIL] = {4, {"", "same", "typo", "near", "different"}, {0, .72, .09, .06, .13}, true, .001},
	[TRAIT_PHONE] = {3, {"", "same", "typo", "different"}, {0, .80, .05, .15}, true, .001},
	[TRAIT_NUMBER] = {4, {"", "same", "typo", "near", "different"}, {0, .88, .06, .02, .04}, false, .001},
	[TRAIT_MIDDLE] = {2, {"", "same", "different"}, {0, .85, .15}, false, .02},
	[TRAIT_GENDER] = {2, {"", "same", "different"}, {0, .97, .03}, false, .5},
};

enum { CLOSE = 920000, NEAR = 880000, SIMILAR = 800000 };

/* Names, places and streets come together again and again; what is nearly everyone's own
 * (addresses, numbers) has sketches instead. An entry is the two ids, thirty bits each, and
 * the level; small enough to stay in a processor's second cache. */
enum { CACHE_BITS = 14, LEVEL_BITS = 4, CACHE_ID_MOST = (1 << 30) - 1 };
enum { CACHE_FIRST, CACHE_LAST, CACHE_CITY, CACHE_STREET, CACHES };

struct comparer {
	const struct traits *traits;
	const struct nicknames *nicknames;
	uint64_t *cache[CACHES];
	uint8_t known[TRAIT_COUNT]; /* traits that at least two tuples have … */
	int known_count;            /* … and how many there are */
};

struct comparer *comparer_new(const struct traits *t, const struct nicknames *nicknames)
{
	struct comparer *c = xcalloc(1, sizeof *c);

	c->traits = t;
	c->nicknames = nicknames;
	for (int i = 0; i < CACHES; i++)
		c->cache[i] = xcalloc(1 << CACHE_BITS, sizeof *c->cache[i]);
	for (int i = 0; i < TRAIT_COUNT; i++)
		if (t->known[i] >= 2)
			c->known[c->known_count++] = (uint8_t)i;
	return c;
}

void comparer_free(struct comparer *c)
{
	if (!c)
		return;
	for (int i = 0; i < CACHES; i++)
		free(c->cache[i]);
	free(c);
}

static struct slice first_word(struct slice s)
{
	return slice_make(s.ptr, slice_find_byte(s, ' '));
}

/* Whether a word of one is the other, or (double names) a word of the other. */
static bool share_word(struct slice a, struct slice b)
{
	struct slice rest = a, x, y;

	while (slice_split(&rest, ' ', &x)) {
		struct slice other = b;
		while (slice_split(&other, ' ', &y))
			if (x.len > 2 && slice_equal(x, y))
				return true;
	}
	return false;
}

static bool is_close(struct slice a, struct slice b)
{
	size_t shorter = a.len < b.len ? a.len : b.len;

	/* One edit makes "jo" of "bo": names that short have to be the same. */
	return (shorter > 2 && similar_edits(a, b, 1) <= 1) || similar_jaro_winkler(a, b) >= CLOSE;
}

/* Long enough for two edits to be a misspelling, wherever they are: Winkler's bonus wants the
 * first letter right, which Katherine and Cathrine do not have. */
static bool is_long(struct slice a, struct slice b)
{
	return a.len >= 6 && b.len >= 6;
}

/* "Ken" is short for "Kenneth", in whatever language; "Anna" is a name of its own, not
 * short for "Annabelle". */
static bool is_short_form(const struct nicknames *n, struct slice a, struct slice b)
{
	return a.len >= 3 && b.len >= a.len + 2 && memcmp(a.ptr, b.ptr, a.len) == 0 &&
	       !(n && nicknames_has_name(n, a));
}

static uint8_t grade_first(const struct nicknames *n, struct slice a, struct slice b)
{
	struct slice x = first_word(a), y = first_word(b);

	if (x.len == 1 || y.len == 1)
		return x.ptr[0] == y.ptr[0] ? FIRST_INITIAL : FIRST_DIFFERENT;
	if (slice_equal(x, y))
		return 2;
	if (is_short_form(n, x, y) || is_short_form(n, y, x))
		return 2;
	if (n && (nicknames_match(n, a, b) || nicknames_match(n, x, y)))
		return 2;
	/* Winkler's bonus for a common beginning finds "Darla" close to "Darletta": more than
	 * two letters apart is more than misspelt. */
	bool near = similar_edits(a, b, 2) <= 2 || similar_edits(x, y, 2) <= 2;
	if (near && (is_close(a, b) || is_close(x, y)))
		return 3;
	/* Of two given names one may be in use. */
	if ((x.len < a.len || y.len < b.len) && share_word(a, b))
		return 2;
	uint32_t whole = similar_jaro_winkler(a, b), words = similar_jaro_winkler(x, y);
	uint32_t best = whole > words ? whole : words;
	if (near && best >= NEAR)
		return 4;
	return best >= SIMILAR || (near && is_long(x, y)) ? FIRST_SIMILAR : FIRST_DIFFERENT;
}

static uint8_t grade_last(struct slice a, struct slice b)
{
	if (is_close(a, b))
		return 2;
	uint32_t alike = similar_jaro_winkler(a, b);
	if (alike >= SIMILAR || (is_long(a, b) && similar_edits(a, b, 2) <= 2))
		return alike >= NEAR ? 3 : 4;
	return share_word(a, b) ? 5 : 6;
}

struct date {
	int year, month, day;
};

static uint8_t grade_dates(struct date a, struct date b, bool slip)
{
	bool year = a.year == b.year, month = a.month == b.month, day = a.day == b.day;
	int days = (a.year - b.year) * 372 + (a.month - b.month) * 31 + a.day - b.day;

	days = days < 0 ? -days : days;
	if (slip || (year && a.month == b.day && a.day == b.month))
		return 2;
	if (year + month + day >= 2)
		return 3;
	return days <= 372 ? BIRTH_ONE_YEAR : days <= 3720 ? BIRTH_TEN_YEARS : BIRTH_DIFFERENT;
}

static int digits(struct slice s, size_t at, size_t n)
{
	int value = 0;

	for (size_t i = at; i < at + n && i < s.len; i++)
		value = value * 10 + (s.ptr[i] - '0');
	return value;
}

static struct date date_of_text(struct slice s)
{
	return (struct date){digits(s, 0, 4), digits(s, 5, 2), digits(s, 8, 2)};
}

static uint8_t grade_birth(struct slice a, struct slice b)
{
	return grade_dates(date_of_text(a), date_of_text(b), similar_edits(a, b, 1) <= 1);
}

bool compare_firsts_differ(const struct nicknames *n, struct slice a, struct slice b)
{
	uint8_t level = grade_first(n, a, b);

	return level == FIRST_SIMILAR || level == FIRST_DIFFERENT;
}

uint8_t compare_births(struct slice a, struct slice b)
{
	return grade_birth(a, b);
}

/* Whether all words of b are in a: the same house with the flat, or with the postcode that
 * somebody wrote behind it. */
static bool has_words(struct slice a, struct slice b)
{
	struct slice x;

	while (slice_split(&b, ' ', &x)) {
		struct slice rest = a, y;
		bool found = false;
		while (!found && slice_split(&rest, ' ', &y))
			found = slice_equal(x, y);
		if (!found)
			return false;
	}
	return true;
}

static uint8_t grade_street(struct slice a, struct slice b)
{
	size_t bar_a = slice_find_byte(a, '|'), bar_b = slice_find_byte(b, '|');
	struct slice x = slice_make(a.ptr, bar_a), y = slice_make(b.ptr, bar_b);
	struct slice m = slice_make(a.ptr + bar_a + 1, a.len - bar_a - 1);
	struct slice n = slice_make(b.ptr + bar_b + 1, b.len - bar_b - 1);
	bool same = slice_equal(x, y), near = same || is_close(x, y);

	if ((near && m.len > 0 && n.len > 0 && (has_words(m, n) || has_words(n, m))) ||
	    (near && slice_equal(m, n)) ||
	    (same && (m.len == 0 || n.len == 0 || similar_edits(m, n, 1) <= 1)))
		return 2;
	if (near)
		return 3;
	return (x.len > 0 && y.len > 0 && similar_jaro_winkler(x, y) >= SIMILAR) ||
	       (share_word(x, y) && m.len > 0 && slice_equal(m, n)) ? 4 : 5;
}

static uint8_t grade_postcode(struct slice a, struct slice b)
{
	size_t half = (a.len < b.len ? a.len : b.len) / 2;

	if (similar_edits(a, b, 1) <= 1)
		return 2;
	return half > 0 && memcmp(a.ptr, b.ptr, half) == 0 ? 3 : 4;
}

static uint8_t grade_city(struct slice a, struct slice b)
{
	if (is_close(a, b))
		return 2;
	return similar_jaro_winkler(a, b) >= SIMILAR || share_word(a, b) ? 3 : 4;
}

/* The next digit of *s from *at on, 0 at the end. */
static char next_digit(struct slice s, size_t *at)
{
	while (*at < s.len) {
		char c = s.ptr[(*at)++];
		if (c >= '0' && c <= '9')
			return c;
	}
	return 0;
}

/* smith51@ and smith52@ are two people, smith51@ and smiht51@ hardly. */
static bool same_digits(struct slice a, struct slice b)
{
	size_t i = 0, j = 0;
	char x, y;

	do {
		x = next_digit(a, &i);
		y = next_digit(b, &j);
	} while (x && x == y);
	return x == y;
}

static uint8_t grade_email(struct slice a, struct slice b)
{
	struct slice x = slice_make(a.ptr, slice_find_byte(a, '@'));
	struct slice y = slice_make(b.ptr, slice_find_byte(b, '@'));
	bool digits_agree = same_digits(a, b);

	if (digits_agree && similar_edits(a, b, 1) <= 1)
		return 2;
	if ((x.len > 3 && slice_equal(x, y)) || (digits_agree && similar_edits(a, b, 2) <= 2))
		return 3;
	return 4;
}

static uint8_t grade_number(struct slice a, struct slice b)
{
	int edits = similar_edits(a, b, 2);

	return edits <= 1 ? 2 : edits == 2 ? 3 : 4;
}

static uint8_t grade(const struct comparer *c, enum trait trait, struct slice a, struct slice b)
{
	switch (trait) {
	case TRAIT_FIRST: return grade_first(c->nicknames, a, b);
	case TRAIT_LAST: return grade_last(a, b);
	case TRAIT_BIRTH: return grade_birth(a, b);
	case TRAIT_STREET: return grade_street(a, b);
	case TRAIT_POSTCODE: return grade_postcode(a, b);
	case TRAIT_CITY: return grade_city(a, b);
	case TRAIT_EMAIL: return grade_email(a, b);
	case TRAIT_PHONE: return similar_edits(a, b, 1) <= 1 ? 2 : 3;
	case TRAIT_NUMBER: return grade_number(a, b);
	default: return 2;
	}
}

static uint8_t grade_ids(const struct comparer *c, enum trait trait, uint32_t a, uint32_t b)
{
	return grade(c, trait, trait_text(c->traits, trait, a), trait_text(c->traits, trait, b));
}

/* How two street names compare whatever the numbers. */
enum { STREETS_NEAR = 1, STREETS_SIMILAR, STREETS_SHARE_WORD, STREETS_DIFFERENT };

static uint8_t grade_street_names(const struct comparer *c, uint32_t a, uint32_t b)
{
	struct slice x = strings_get(&c->traits->street_names, a);
	struct slice y = strings_get(&c->traits->street_names, b);

	if (is_close(x, y))
		return STREETS_NEAR;
	if (x.len > 0 && y.len > 0 && similar_jaro_winkler(x, y) >= SIMILAR)
		return STREETS_SIMILAR;
	return share_word(x, y) ? STREETS_SHARE_WORD : STREETS_DIFFERENT;
}

/* The level of two different ids, from memory or by text. */
static uint8_t recall(struct comparer *c, int cache, enum trait trait, uint32_t a, uint32_t b)
{
	if (b < a) {
		uint32_t t = a;
		a = b;
		b = t;
	}
	bool fits = b <= CACHE_ID_MOST;
	uint64_t pair = ((uint64_t)a << 30 | b) << LEVEL_BITS;
	uint64_t *slot = &c->cache[cache][pair * UINT64_C(0x9e3779b97f4a7c15) >> (64 - CACHE_BITS)];
	if (fits && (*slot ^ pair) < 1 << LEVEL_BITS)
		return *slot & ((1 << LEVEL_BITS) - 1);
	uint8_t level = cache == CACHE_STREET ? grade_street_names(c, a, b) : grade_ids(c, trait, a, b);
	if (fits)
		*slot = pair | level;
	return level;
}

static uint8_t level_of_streets(struct comparer *c, uint32_t a, uint32_t b)
{
	uint32_t x = c->traits->street_name[a], y = c->traits->street_name[b];

	if (x == y)
		return grade_ids(c, TRAIT_STREET, a, b);
	switch (recall(c, CACHE_STREET, TRAIT_STREET, x, y)) {
	case STREETS_SIMILAR: return STREET_SIMILAR;
	case STREETS_DIFFERENT: return STREET_DIFFERENT;
	default: return grade_ids(c, TRAIT_STREET, a, b);
	}
}

static struct date date_of_sketch(uint32_t s)
{
	int d[8];

	for (int i = 7; i >= 0; i--, s >>= 4)
		d[i] = (int)(s & 15);
	return (struct date){d[0] * 1000 + d[1] * 100 + d[2] * 10 + d[3], d[4] * 10 + d[5], d[6] * 10 + d[7]};
}

/* What similar_edits finds within one edit of each other: one digit differs, or two
 * neighbours within year, month or day have changed places. */
static bool is_slip(uint32_t a, uint32_t b)
{
	enum { DAY_MONTH = 4, MONTH_YEAR = 12 };
	int low = __builtin_ctz(a ^ b) & ~3;
	uint32_t rest = (a ^ b) >> low;

	if (rest < 0x10)
		return true;
	if (rest > 0xff || low == DAY_MONTH || low == MONTH_YEAR)
		return false;
	a = a >> low & 0xff;
	b = b >> low & 0xff;
	return a == ((b << 4 | b >> 4) & 0xff);
}

static uint8_t level_of_births(const struct comparer *c, const struct trait_row *x,
			       const struct trait_row *y)
{
	if (x->birth == 0 || y->birth == 0 || x->birth == y->birth)
		return grade_ids(c, TRAIT_BIRTH, x->id[TRAIT_BIRTH], y->id[TRAIT_BIRTH]);
	return grade_dates(date_of_sketch(x->birth), date_of_sketch(y->birth), is_slip(x->birth, y->birth));
}

static uint8_t level_of(struct comparer *c, enum trait trait, const struct trait_row *x,
			const struct trait_row *y)
{
	uint32_t a = x->id[trait], b = y->id[trait];

	if (a == 0 || b == 0)
		return LEVEL_UNKNOWN;
	if (a == b)
		return LEVEL_SAME;
	switch (trait) {
	case TRAIT_FIRST: return recall(c, CACHE_FIRST, trait, a, b);
	case TRAIT_LAST: return recall(c, CACHE_LAST, trait, a, b);
	case TRAIT_CITY: return recall(c, CACHE_CITY, trait, a, b);
	case TRAIT_STREET: return level_of_streets(c, a, b);
	case TRAIT_BIRTH: return level_of_births(c, x, y);
	case TRAIT_EMAIL:
		if (sketch_emails_differ(x->email, y->email))
			return 4;
		break;
	case TRAIT_PHONE:
		if (sketch_distance(x->phone, y->phone) > 2)
			return 3;
		break;
	case TRAIT_NUMBER:
		if (sketch_distance(x->number, y->number) > 4)
			return 4;
		break;
	default:
		break;
	}
	return grade_ids(c, trait, a, b);
}

/* First name in the place of the surname and the other way round. */
static bool is_reversed(const struct comparer *c, uint32_t a, uint32_t b)
{
	const struct traits *t = c->traits;
	const struct trait_row *r = &t->rows[a], *q = &t->rows[b];
	uint32_t fa = r->id[TRAIT_FIRST], fb = q->id[TRAIT_FIRST];
	uint32_t la = r->id[TRAIT_LAST], lb = q->id[TRAIT_LAST];

	if (r->first != q->last || r->last != q->first || !fa || !fb || !la || !lb || fa == fb || la == lb)
		return false;
	struct slice x = trait_text(t, TRAIT_FIRST, fa), y = trait_text(t, TRAIT_LAST, lb);
	struct slice v = trait_text(t, TRAIT_LAST, la), w = trait_text(t, TRAIT_FIRST, fb);
	return is_close(x, y) && is_close(v, w);
}

static bool has_two_names(const struct traits *t, uint32_t tuple)
{
	struct slice first = trait_text(t, TRAIT_FIRST, trait_of(t, tuple, TRAIT_FIRST));

	return slice_find_byte(first, ' ') < first.len;
}

/* Whether what stands before the @ is made of the record's name: then the same before
 * another @ says no more than the names do. */
static bool is_named_after(const struct traits *t, uint32_t tuple, struct slice local)
{
	static const enum trait names[] = {TRAIT_FIRST, TRAIT_LAST};

	for (size_t i = 0; i < local.len; i++)
		if (local.ptr[i] >= '0' && local.ptr[i] <= '9')
			return false;
	for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
		struct slice name = first_word(trait_text(t, names[n], trait_of(t, tuple, names[n])));
		for (size_t at = 0; name.len > 2 && at + name.len <= local.len; at++)
			if (memcmp(local.ptr + at, name.ptr, name.len) == 0)
				return true;
	}
	return false;
}

static bool is_named_address(const struct traits *t, uint32_t a, uint32_t b)
{
	struct slice x = trait_text(t, TRAIT_EMAIL, trait_of(t, a, TRAIT_EMAIL));
	struct slice y = trait_text(t, TRAIT_EMAIL, trait_of(t, b, TRAIT_EMAIL));

	x.len = slice_find_byte(x, '@');
	y.len = slice_find_byte(y, '@');
	return slice_equal(x, y) && (is_named_after(t, a, x) || is_named_after(t, b, x));
}

void comparer_run(struct comparer *c, uint32_t a, uint32_t b, uint8_t level[TRAIT_COUNT])
{
	memset(level, LEVEL_UNKNOWN, TRAIT_COUNT);
	for (int i = 0; i < c->known_count; i++) {
		enum trait t = (enum trait)c->known[i];
		level[t] = level_of(c, t, &c->traits->rows[a], &c->traits->rows[b]);
	}
	/* Where both have a second name the first name's comparison has seen it. */
	if (level[TRAIT_MIDDLE] != LEVEL_UNKNOWN && (has_two_names(c->traits, a) && has_two_names(c->traits, b)))
		level[TRAIT_MIDDLE] = LEVEL_UNKNOWN;
	if (level[TRAIT_EMAIL] == EMAIL_NEAR && is_named_address(c->traits, a, b))
		level[TRAIT_EMAIL] = LEVEL_UNKNOWN;
	/* Postcodes that agree by and large are one place: the city would only say it again, and
	 * where few records are matches EM would take namesakes of a city for them. */
	if (level[TRAIT_POSTCODE] != LEVEL_UNKNOWN && level[TRAIT_POSTCODE] < POSTCODE_DIFFERENT)
		level[TRAIT_CITY] = LEVEL_UNKNOWN;
	if (level[TRAIT_FIRST] > LEVEL_SAME && level[TRAIT_LAST] > LEVEL_SAME && is_reversed(c, a, b)) {
		level[TRAIT_FIRST] = FIRST_REVERSED;
		level[TRAIT_LAST] = level[TRAIT_MIDDLE] = LEVEL_UNKNOWN;
	}
}

uint32_t patterns_possible(void)
{
	uint32_t n = 1;

	for (int t = 0; t < TRAIT_COUNT; t++)
		n *= comparisons[t].levels + 1u;
	return n;
}

uint32_t pattern_of(const uint8_t level[TRAIT_COUNT])
{
	uint32_t pattern = 0;

	for (int t = 0; t < TRAIT_COUNT; t++)
		pattern = pattern * (comparisons[t].levels + 1u) + level[t];
	return pattern;
}

void pattern_levels(uint32_t pattern, uint8_t level[TRAIT_COUNT])
{
	for (int t = TRAIT_COUNT - 1; t >= 0; t--) {
		level[t] = (uint8_t)(pattern % (comparisons[t].levels + 1u));
		pattern /= comparisons[t].levels + 1u;
	}
}

static bool same_number(const uint8_t level[TRAIT_COUNT])
{
	return level[TRAIT_NUMBER] == LEVEL_SAME || level[TRAIT_NUMBER] == 2;
}

/* By surname and address, of whatever kind. */
static bool live_together(const uint8_t level[TRAIT_COUNT])
{
	uint8_t last = level[TRAIT_LAST], street = level[TRAIT_STREET];

	return (last == LEVEL_SAME || last == 2) &&
	       (street == LEVEL_SAME || street == 2 || street == STREET_SIMILAR ||
		level[TRAIT_EMAIL] == LEVEL_SAME ||
		level[TRAIT_PHONE] == LEVEL_SAME);
}

bool compare_contradicts(const uint8_t level[TRAIT_COUNT])
{
	bool two_names = level[TRAIT_FIRST] == FIRST_DIFFERENT && level[TRAIT_BIRTH] >= BIRTH_ONE_YEAR;
	bool namesakes = level[TRAIT_BIRTH] == BIRTH_DIFFERENT && live_together(level);

	return (two_names || namesakes) && !same_number(level);
}

bool compare_twins(const uint8_t level[TRAIT_COUNT])
{
	uint8_t first = level[TRAIT_FIRST];

	return (first == FIRST_SIMILAR || first == FIRST_DIFFERENT) &&
	       level[TRAIT_BIRTH] == LEVEL_SAME && live_together(level) && !same_number(level);
}
