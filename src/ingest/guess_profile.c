#include "ingest/guess_profile.h"

#include "base/datetime.h"
#include "base/number.h"
#include "ingest/decode.h"
#include "ingest/guess_names.h"
#include "ingest/normal_country.h"
#include "ingest/normal_email.h"
#include "ingest/normal_number.h"
#include "ingest/normal_phone.h"
#include "ingest/normal_word.h"
#include "ingest/placeholder.h"
#include "ingest/text.h"
#include "stream/reader.h"

#include <stdlib.h>
#include <utf8proc.h>

enum { RECORDS_MOST = 20000, TESTED_MOST = 2000 };

const char *const guess_formats[GUESS_FORMATS + 1] = {
	"iso", "epoch", "epoch_ms",
	"%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%d.%m.%Y", "%d.%m.%y %H:%M", "%d.%m.%y",
	"%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y", "%d/%m/%y",
	"%m/%d/%Y %H:%M", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %I:%M %p", "%m/%d/%Y", "%m/%d/%y",
	"%d-%m-%Y %H:%M:%S", "%d-%m-%Y", "%m-%d-%Y",
	"%Y/%m/%d %H:%M:%S", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y%m%d%H%M%S",
	"%d %b %Y %H:%M:%S", "%d %b %Y", "%b %d, %Y", "%d. %B %Y", "%d-%b-%Y", "%d-%b-%y",
	"%a, %d %b %Y %H:%M:%S %z", NULL,
};

/* Seconds (or thousandths) since 1970 that fall into 1990 to 2100. */
static bool is_epoch(struct slice s, int64_t unit)
{
	int64_t t;

	return number_parse_int(s, &t) && t / unit >= INT64_C(631152000) &&
	       t / unit < INT64_C(4102444800);
}

static bool fits_format(struct slice s, size_t f, bool *zoned)
{
	struct civil c;
	int zone;
	int64_t t;
	bool has_zone = false, fits;

	if (f == 0)
		fits = datetime_parse_iso(s, &t, NULL, &has_zone);
	else if (f <= 2)
		fits = has_zone = is_epoch(s, f == 1 ? 1 : 1000);
	else
		/* Years of the future or of the Middle Ages are numbers that look like dates. */
		fits = datetime_parse_format(s, guess_formats[f], &c, &zone, &has_zone) &&
		       c.year >= 1800 && c.year < 2200;
	*zoned = fits && has_zone;
	return fits;
}

static void test_dates(struct guess_column *c, struct slice s)
{
	bool zoned;

	for (size_t f = 0; f < GUESS_FORMATS; f++) {
		if (!fits_format(s, f, &zoned))
			continue;
		c->formats[f]++;
		c->zoned = c->zoned || zoned;
	}
}

static void test_phone(struct guess_profile *p, struct guess_column *c, struct slice s)
{
	struct slice out = SLICE("");
	bool foreign = s.ptr[0] == '+' || slice_starts_with(s, SLICE("00"));

	if (normal_phone(s, SLICE("DE"), &p->text, &out) != VERDICT_OK)
		return;
	c->phone++;
	if (!foreign)
		return;
	unsigned code = 0;
	for (size_t i = 1; i < out.len && i <= 3; i++) {
		code = code * 10 + (unsigned)(out.ptr[i] - '0');
		for (size_t k = 0; k < dial_plan_count; k++) {
			if (dial_plans[k].code == code) {
				p->calling_codes[code]++;
				return;
			}
		}
	}
}

static void test_number(struct guess_column *c, struct slice s)
{
	int64_t millionths;

	if (normal_number(s, DECIMAL_AUTO, &millionths) == VERDICT_NOT_NUMBER)
		return;
	c->number++;
	c->negative += millionths < 0;
	/* "12,5" and "1.234,50", but not "1,234". */
	size_t comma = s.len;
	while (comma > 0 && s.ptr[comma - 1] != ',')
		comma--;
	size_t behind = comma > 0 ? s.len - comma : 0;
	c->comma_number += behind > 0 && behind != 3 && slice_find_byte(s, '.') < s.len
				   ? slice_find_byte(s, '.') < comma
				   : behind > 0 && behind != 3;
}

static bool has_digit(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (byte_is_digit(s.ptr[i]))
			return true;
	return false;
}

static void test_value(struct guess_profile *p, struct guess_column *c, struct slice s)
{
	struct slice out;
	struct arena *a = &p->text;

	c->tested++;
	c->email += normal_email(s, a, &out) == VERDICT_OK;
	c->flag += normal_flag(s, a, &out) == VERDICT_OK;
	c->gender += normal_gender(s, a, &out) == VERDICT_OK;
	c->country += normal_country(s, a, &out) == VERDICT_OK;
	c->language += normal_language(s, a, &out) == VERDICT_OK;
	c->currency += normal_currency(s, a, &out) == VERDICT_OK;
	c->handle += s.ptr[0] == '@';
	c->with_digit += has_digit(s);
	test_phone(p, c, s);
	test_number(c, s);
	test_dates(c, s);
}

static bool is_utf8(struct slice s)
{
	utf8proc_int32_t c;

	for (size_t i = 0; i < s.len;) {
		utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)s.ptr + i,
						      (utf8proc_ssize_t)(s.len - i), &c);
		if (n <= 0)
			return false;
		i += (size_t)n;
	}
	return true;
}

/* UTF-8 as it is, anything else as the encoding exports of this part of the world have. */
static struct slice to_utf8(struct guess_profile *p, const struct decoder *western,
			    struct slice s)
{
	struct decoding own = {.open = false};
	struct slice out = s;

	if (text_is_ascii(s) || is_utf8(s))
		return s;
	p->not_utf8 = true;
	if (!decoder_decode(western, &own, s, &p->text, &out))
		out = SLICE("");
	decoding_close(&own);
	return out;
}

static void take_value(struct guess_profile *p, struct guess_column *c, struct slice s)
{
	bool added;

	s = text_clean(s, &p->text);
	/* T_TAGS: no column has the kinds of placeholder that only some columns have. */
	if (s.len == 0 || placeholder_is(NULL, T_TAGS, s, &p->text))
		return;
	c->values++;
	if (s.len > c->longest)
		c->longest = (uint32_t)s.len;
	if (c->distinct.count < GUESS_DISTINCT)
		dictionary_add(&c->distinct, s, &added);
	else if (!c->more)
		c->more = dictionary_find(&c->distinct, s) == DICTIONARY_NONE;
	if (c->tested < TESTED_MOST)
		test_value(p, c, s);
}

static void take_header(struct guess_profile *p, const struct header *h,
			const struct decoder *western)
{
	p->count = h->count;
	p->columns = xcalloc(h->count ? h->count : 1, sizeof *p->columns);
	for (size_t i = 0; i < h->count; i++) {
		struct slice name = to_utf8(p, western, h->names[i]);
		p->columns[i].name = arena_copy(&p->text, name);
		p->columns[i].key = guess_key(p->columns[i].name, &p->text);
	}
}

static enum so1_status read_records(struct guess_profile *p, struct reader *r,
				    const struct decoder *western, struct so1_error *e)
{
	struct record rec;
	bool more = true;

	while (p->rows < RECORDS_MOST) {
		enum so1_status status = reader_next(r, &rec, &more, e);
		if (status != SO1_OK || !more)
			return status;
		p->rows++;
		for (size_t i = 0; i < p->count; i++)
			take_value(p, &p->columns[i], to_utf8(p, western, rec.fields[i]));
	}
	return SO1_OK;
}

enum so1_status guess_profile_read(struct guess_profile *p, const char *file, char *delimiter,
				   struct so1_error *e)
{
	struct rejects_options lenient = {.limit = "100%"};
	struct rejects *rejects = NULL;
	struct reader *r = NULL;
	struct decoder western;
	enum so1_status status = rejects_open(&rejects, &lenient, e);

	if (status == SO1_OK)
		status = decoder_open(&western, SLICE("windows-1252"), e);
	struct reader_options options = {
		.delimiter = *delimiter, .allow_bad_utf8 = true, .number_repeats = true,
		.rejects = rejects,
	};
	if (status == SO1_OK)
		status = reader_open(&r, &file, 1, &options, e);
	if (status == SO1_OK) {
		*delimiter = reader_delimiter(r);
		take_header(p, reader_header(r), &western);
		status = read_records(p, r, &western, e);
	}
	reader_close(r);
	rejects_free(rejects);
	return status;
}

/* The format with day and month in the other order, or itself. */
static size_t swapped(size_t f)
{
	char text[32];
	size_t n = strlen(guess_formats[f]);

	if (n < 5 || n >= sizeof text || guess_formats[f][0] != '%')
		return f;
	memcpy(text, guess_formats[f], n + 1);
	text[1] = guess_formats[f][4];
	text[4] = guess_formats[f][1];
	for (size_t i = 0; i < GUESS_FORMATS; i++)
		if (strcmp(guess_formats[i], text) == 0)
			return i;
	return f;
}

size_t guess_best_format(const struct guess_column *c, bool *ambiguous)
{
	size_t best = 0;

	*ambiguous = false;
	for (size_t f = 1; f < GUESS_FORMATS; f++)
		if (c->formats[f] > c->formats[best])
			best = f;
	if (c->tested == 0 || c->formats[best] * 20 < c->tested * 19)
		return GUESS_FORMATS;
	size_t other = swapped(best);
	*ambiguous = other != best && c->formats[other] == c->formats[best];
	return best;
}

void guess_profile_free(struct guess_profile *p)
{
	for (size_t i = 0; i < p->count; i++)
		dictionary_free(&p->columns[i].distinct);
	free(p->columns);
	arena_free(&p->text);
	*p = (struct guess_profile){0};
}
