/* --for excel: a file to open in a spreadsheet, not to import anywhere. With a byte order
 * mark, without which Excel takes UTF-8 for the system's code page; identifiers that it would
 * turn into numbers (postcodes with a leading 0, phone numbers) as ="…"; free text that it
 * would run with a ' in front (OWASP, CSV injection). */
#include "base/number.h"
#include "export/destination.h"

static const char *const first[] = {"customer_id", NULL};
static const char *const with_offers[] = {
	"email", "phone", "loyalty_id", "first_name", "last_name", "street", "city", "postcode",
	"country", "language", NULL,
};
static const char *const audience[] = {
	"email", "phone", "social", "loyalty_id", "first_name", "last_name", "birth_date", "gender",
	"street", "city", "postcode", "country", "language", "optin_email", "optin_sms",
	"optin_phone", "optin_post", "tags", "segments", NULL,
};

static void put_header(const struct layout *l, size_t state, char delimiter, struct buffer *out)
{
	(void)state;
	buffer_put_text(out, "\xef\xbb\xbf");
	for (size_t i = 0; i < l->count; i++) {
		if (i)
			buffer_put_byte(out, delimiter);
		csv_put_field(out, slice_of(l->columns[i].name), delimiter);
	}
	destination_end_row(out);
}

/* MAR-5, 1sep26: letters, digits and separators with the start of a month's name in English
 * or German become a day. */
static bool is_month_like(struct slice s)
{
	static const char months[] = "jan feb mar apr may jun jul aug sep oct nov dec mai okt dez ";
	bool digit = false, month = false, in_word = false;

	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		if (!letter && !memchr("0123456789-/. ", c, 14))
			return false;
		digit |= c >= '0' && c <= '9';
		for (const char *m = months; letter && !in_word && i + 3 <= s.len && *m; m += 4)
			month |= slice_equal_nocase(slice_make(s.ptr + i, 3), slice_make(m, 3));
		in_word = letter;
	}
	return digit && month;
}

/* Whether Excel shows something else than the text: a number, a date, a formula. What has a
 * letter other than an exponent's and does not start like a formula it leaves alone. */
static bool is_changed(struct slice s)
{
	if (s.len == 0)
		return false;
	if (memchr("=+-@\t\r\n ", s.ptr[0], 8) || is_month_like(s))
		return true;
	for (size_t i = 0; i < s.len; i++)
		if (!memchr("0123456789.,:/- eE", s.ptr[i], i == 0 ? 16 : 18))
			return false;
	/* A plain number of up to 15 digits without leading zeros stays what it is. */
	if (s.len > 15 || (s.ptr[0] == '0' && s.len > 1))
		return true;
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] < '0' || s.ptr[i] > '9')
			return true;
	return false;
}

/* ="01067": a formula that is nothing but a text. */
static void put_constant(struct slice s, struct buffer *scratch)
{
	buffer_put_text(scratch, "=\"");
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == '"')
			buffer_put_byte(scratch, '"');
		buffer_put_byte(scratch, s.ptr[i]);
	}
	buffer_put_byte(scratch, '"');
}

/* A ' in front, and behind each separator or quote, where a spreadsheet set to another
 * separator would begin a cell. */
static void put_free(struct slice s, struct destination_counts *counts, struct buffer *scratch)
{
	bool start = true, defended = false;

	for (size_t i = 0; i < s.len; i++) {
		struct slice rest = slice_make(s.ptr + i, s.len - i);
		if (start && destination_is_formula(rest)) {
			buffer_put_byte(scratch, '\'');
			defended = true;
		}
		start = memchr(",;\t\"", s.ptr[i], 4) != NULL;
		buffer_put_byte(scratch, s.ptr[i]);
	}
	counts->formulas += defended;
}

static void put_number(struct slice s, bool comma, struct buffer *scratch)
{
	for (size_t i = 0; i < s.len; i++)
		buffer_put_byte(scratch, comma && s.ptr[i] == '.' ? ',' : s.ptr[i]);
}

/* -5 or 12.5: Excel reads it as it is meant, where its decimal sign is ours. */
static bool is_plain_number(struct slice s, bool comma)
{
	size_t digits = s.ptr[0] == '-';
	double x;

	return s.ptr[0] != '+' && number_parse_double(s, &x) && slice_find_byte(s, 'e') == s.len &&
	       slice_find_byte(s, 'E') == s.len && s.len <= 15 &&
	       !(comma && slice_find_byte(s, '.') < s.len) &&
	       !(s.len > digits + 1 && s.ptr[digits] == '0' && s.ptr[digits + 1] != '.');
}

/* 0815, 1-2, +49 170 1110001: text that would not stay what it is, formulas aside. */
static bool needs_constant(const struct layout_column *c, struct slice cell, bool comma)
{
	if (!is_changed(cell))
		return false;
	return c->kind == CELL_TEXT || (c->kind == CELL_FREE && !destination_is_formula(cell) &&
					!is_plain_number(cell, comma));
}

static void put_row(const struct destination_row *row, struct buffer *out)
{
	struct buffer scratch = {0};

	for (size_t i = 0; i < row->layout->count; i++) {
		const struct layout_column *c = &row->layout->columns[i];
		struct slice cell = row->cells[i];
		buffer_clear(&scratch);
		if (needs_constant(c, cell, row->delimiter == ';'))
			put_constant(cell, &scratch);
		else if (destination_is_free(c, cell))
			put_free(cell, row->counts, &scratch);
		else if (c->kind == CELL_NUMBER)
			put_number(cell, row->delimiter == ';', &scratch);
		else
			buffer_put_slice(&scratch, cell);
		if (i)
			buffer_put_byte(out, row->delimiter);
		csv_put_field(out, buffer_slice(&scratch), row->delimiter);
	}
	destination_end_row(out);
	buffer_free(&scratch);
}

const struct destination destination_excel = {
	.name = "excel",
	.file = "excel.csv",
	.channels = CHANNELS_ALL,
	.needs = {TOUCHPOINT_COLUMNS},
	.first = first,
	.offers = with_offers,
	.audience = audience,
	.max_rows = 1048575, /* a sheet's rows without the header's */
	.put_header = put_header,
	.put_row = put_row,
};
