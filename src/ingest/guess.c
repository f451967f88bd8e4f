#include "ingest/guess.h"

#include "base/timezone.h"
#include "ingest/guess_assign.h"
#include "ingest/normal_country.h"
#include "ingest/normal_word.h"
#include "ingest/text.h"

#include <ctype.h>
#include <stdlib.h>

struct draft {
	struct buffer *out;
	struct guess_profile profile;
	struct guess_assignment choice;
	struct arena text;
	char delimiter;
	bool asked_delimiter;
	const char *file;
};

static const struct guess_column *column_of(const struct draft *d, int meaning)
{
	size_t at = d->choice.of[meaning].column;

	return at == COLUMN_NONE ? NULL : &d->profile.columns[at];
}

/* One line, aligned, with a comment (may be NULL). */
static void put_line(struct draft *d, const char *name, struct slice value, const char *comment)
{
	buffer_printf(d->out, "%-12s = %.*s", name, SLICE_ARGS(value));
	if (comment)
		buffer_printf(d->out, "  # %s", comment);
	buffer_put_byte(d->out, '\n');
}

/* A column's name as an expression needs it: within one, anything but a plain word is
 * quoted. */
static struct slice reference(struct draft *d, size_t column, bool nested)
{
	struct slice name = d->profile.columns[column].name;
	bool plain = name.len > 0 && !byte_is_digit(name.ptr[0]);

	for (size_t i = 0; i < name.len && plain; i++) {
		char c = name.ptr[i];
		bool word = byte_is_alpha(c) || byte_is_digit(c) || (c & 0x80) || c == '_' ||
			    c == '-' || c == '.';
		plain = word || (!nested && (c == ' ' || c == '/' || c == ':'));
	}
	if (plain)
		return name;
	struct buffer quoted = {0};
	buffer_printf(&quoted, "`%.*s`", SLICE_ARGS(name));
	struct slice out = arena_copy(&d->text, buffer_slice(&quoted));
	buffer_free(&quoted);
	return out;
}

static struct slice whole(struct draft *d, int meaning)
{
	return reference(d, d->choice.of[meaning].column, false);
}

static struct slice nested(struct draft *d, int meaning)
{
	return reference(d, d->choice.of[meaning].column, true);
}

/* "exports/crm-2026.csv.gz" → "crm-2026"; lower case, what a source's name may hold. */
static void put_source(struct draft *d)
{
	const char *slash = strrchr(d->file, '/');
	struct slice base = slice_of(slash ? slash + 1 : d->file);
	struct buffer name = {0};

	for (size_t i = 0; i < base.len && base.ptr[i] != '.'; i++) {
		unsigned char c = (unsigned char)base.ptr[i];
		buffer_put_byte(&name, isalnum(c) || c >= 0x80 ? (char)tolower(c) : '-');
	}
	/* Not a column's name by accident: that would be read as the column. */
	bool stdin_or_column = name.len == 0 || slice_is(base, "-");
	for (size_t i = 0; i < d->profile.count && !stdin_or_column; i++)
		stdin_or_column = slice_equal(d->profile.columns[i].name, buffer_slice(&name));
	if (stdin_or_column)
		put_line(d, "source", SLICE("'source'"), "? give it a name");
	else
		put_line(d, "source", buffer_slice(&name), NULL);
	buffer_free(&name);
}

/* Formats of ts and birth_date; the date part of one that is there need not be said. */
static void put_dates(struct draft *d)
{
	static const int meanings[] = {T_TS, T_BIRTH_DATE};
	struct buffer dates = {0};
	bool unsure = false, ambiguous;

	for (size_t i = 0; i < 2; i++) {
		const struct guess_column *c = column_of(d, meanings[i]);
		size_t f = c && c->tested ? guess_best_format(c, &ambiguous) : GUESS_FORMATS;
		if (f == GUESS_FORMATS)
			continue;
		unsure = unsure || ambiguous;
		if (dates.len > 0 && (f == 0 || strstr(buffer_text(&dates), guess_formats[f])))
			continue;
		buffer_printf(&dates, "%s%s", dates.len ? " | " : "", guess_formats[f]);
	}
	if (dates.len > 0)
		put_line(d, "dates", buffer_slice(&dates),
			 unsure ? "? day and month could be the other way round" : NULL);
	buffer_free(&dates);
}

static const char *country_of_code(unsigned code)
{
	if (code == 1)
		return "US";
	if (code == 7)
		return "RU";
	if (code == 44)
		return "GB";
	if (code == 39)
		return "IT";
	if (code == 47)
		return "NO";
	if (code == 61)
		return "AU";
	for (size_t i = 0; i < country_count; i++)
		if (country_table[i].calling_code == code)
			return country_table[i].alpha2;
	return NULL;
}

static uint64_t phone_values(const struct draft *d)
{
	const struct guess_column *c = column_of(d, T_PHONE);
	uint64_t n = c ? c->tested : 0;

	for (size_t i = 0; i < d->choice.phone_count; i++)
		n += d->profile.columns[d->choice.phones[i]].tested;
	return n;
}

/* Where most international phone numbers are from, else what language the header speaks. */
static const char *guess_country(const struct draft *d, const char **why)
{
	unsigned best = 0;

	for (unsigned code = 1; code < 1000; code++)
		if (d->profile.calling_codes[code] > d->profile.calling_codes[best])
			best = code;
	/* A few foreign numbers are no home. */
	if ((uint64_t)d->profile.calling_codes[best] * 5 >= phone_values(d) && best > 0) {
		*why = "? from the calling codes";
		return country_of_code(best);
	}
	bool ambiguous;
	const struct guess_column *ts = column_of(d, T_TS);
	size_t f = ts ? guess_best_format(ts, &ambiguous) : GUESS_FORMATS;
	bool dotted = f < GUESS_FORMATS && guess_formats[f][0] == '%' && guess_formats[f][2] == '.';
	*why = "? from the language of the header";
	return d->choice.german || dotted ? "DE" : NULL;
}

static bool needs_country(const struct draft *d)
{
	return guess_has(&d->choice, T_PHONE) || guess_has(&d->choice, T_POSTCODE);
}

static void put_place(struct draft *d)
{
	const char *why;
	const char *country = guess_country(d, &why);
	const struct guess_column *ts = column_of(d, T_TS);
	const char *zone = country ? timezone_of_country(slice_of(country)) : NULL;

	if (ts != NULL && ts->tested > 0 && !ts->zoned)
		put_line(d, zone ? "timezone" : "# timezone", slice_of(zone ? zone : "UTC"),
			 "? the times bear no zone");
	if (needs_country(d) || (country && guess_has(&d->choice, T_CITY)))
		put_line(d, country ? "country" : "# country", slice_of(country ? country : "DE"),
			 country ? why : "? for phones and postcodes without one");
}

static void put_numbers(struct draft *d)
{
	static const int meanings[] = {T_QTY, T_AMOUNT, MEANS_UNIT_PRICE};

	for (size_t i = 0; i < 3; i++) {
		const struct guess_column *c = column_of(d, meanings[i]);
		if (c != NULL && c->comma_number > 0) {
			put_line(d, "decimal", SLICE(","), NULL);
			return;
		}
	}
}

static void put_settings(struct draft *d)
{
	put_source(d);
	if (d->profile.not_utf8)
		put_line(d, "encoding", SLICE("windows-1252"), "? it is not UTF-8");
	if (d->asked_delimiter)
		put_line(d, "delimiter", d->delimiter == '\t' ? SLICE("tab") : slice_make(&d->delimiter, 1),
			 NULL);
	put_dates(d);
	put_place(d);
	put_numbers(d);
	if (guess_has(&d->choice, T_SOCIAL) && column_of(d, T_SOCIAL)->handle > 0)
		put_line(d, "network", SLICE("twitter"), "? where the bare @handles are from");
}

/* map(action, 'sent', 'send', …) over the names the column has. */
static void put_event_names(struct draft *d)
{
	const struct guess_column *c = column_of(d, T_EVENT);
	struct slice name = nested(d, T_EVENT);
	struct buffer text = {0}, unknown = {0};
	bool same = true;

	buffer_printf(&text, "map(%.*s", SLICE_ARGS(name));
	for (uint32_t i = 0; i < c->distinct.count; i++) {
		struct slice value = dictionary_item(&c->distinct, i);
		const char *event = guess_event(value, &d->text);
		bool quotable = slice_find_byte(value, '\'') == value.len;
		if (event == NULL || !quotable) {
			buffer_printf(&unknown, "%s%.*s", unknown.len ? ", " : "? not known: ",
				      SLICE_ARGS(value));
			continue;
		}
		same = same && slice_is(value, event);
		buffer_printf(&text, ", '%.*s', '%s'", SLICE_ARGS(value), event);
	}
	if (unknown.len > 0)
		buffer_printf(&text, ", %.*s", SLICE_ARGS(name));
	buffer_put_byte(&text, ')');
	put_line(d, "event", same ? whole(d, T_EVENT) : buffer_slice(&text),
		 unknown.len ? buffer_text(&unknown) : NULL);
	buffer_free(&text);
	buffer_free(&unknown);
}

/* Without a column that says: what the others speak of. */
static void put_event(struct draft *d)
{
	const struct guess_assignment *a = &d->choice;
	const struct guess_column *qty = column_of(d, T_QTY), *amount = column_of(d, T_AMOUNT);
	bool money = amount || guess_has(a, MEANS_UNIT_PRICE);

	if (guess_has(a, T_EVENT)) {
		put_event_names(d);
	} else if (money && (guess_has(a, T_ORDER_ID) || guess_has(a, T_SKU) || guess_has(a, T_TS))) {
		const struct guess_column *sign = qty && qty->negative ? qty
						  : amount && amount->negative ? amount : NULL;
		struct buffer text = {0};
		if (sign)
			buffer_printf(&text, "if(%.*s < 0, 'return', 'purchase')",
				      SLICE_ARGS(nested(d, sign == qty ? T_QTY : T_AMOUNT)));
		else
			buffer_put_text(&text, "'purchase'");
		put_line(d, "event", buffer_slice(&text), sign ? "? negative ones are returns" : NULL);
		buffer_free(&text);
	} else if (guess_has(a, MEANS_TEXT) && column_of(d, MEANS_TEXT)->longest > 80) {
		put_line(d, "event", SLICE("'chat'"), NULL);
	} else if (guess_has(a, T_DEVICE_ID) || guess_has(a, T_SKU)) {
		put_line(d, "event", SLICE("'view'"), "? or 'visit', 'cart', 'purchase' …");
	} else {
		put_line(d, "event", SLICE("'contact'"), NULL);
	}
}

static void put_phone(struct draft *d)
{
	struct buffer text = {0};

	if (d->choice.phone_count == 0) {
		put_line(d, "phone", whole(d, T_PHONE), NULL);
		return;
	}
	buffer_printf(&text, "coalesce(known(%.*s)", SLICE_ARGS(nested(d, T_PHONE)));
	for (size_t i = 0; i < d->choice.phone_count; i++)
		buffer_printf(&text, i + 1 < d->choice.phone_count ? ", known(%.*s)" : ", %.*s",
			      SLICE_ARGS(reference(d, d->choice.phones[i], true)));
	buffer_put_byte(&text, ')');
	put_line(d, "phone", buffer_slice(&text), NULL);
	buffer_free(&text);
}

static void put_full_name(struct draft *d)
{
	struct slice name = nested(d, MEANS_FULL_NAME);
	struct buffer text = {0};

	buffer_printf(&text, "part(%.*s, ' ', 1)", SLICE_ARGS(name));
	put_line(d, "first_name", buffer_slice(&text), "? first and last name in one column");
	buffer_clear(&text);
	buffer_printf(&text, "if(contains(%.*s, ' '), part(%.*s, ' ', -1))",
		      SLICE_ARGS(name), SLICE_ARGS(name));
	put_line(d, "last_name", buffer_slice(&text), NULL);
	buffer_free(&text);
}

static void put_street(struct draft *d)
{
	struct buffer text = {0};

	if (!guess_has(&d->choice, MEANS_HOUSE_NUMBER)) {
		put_line(d, "street", whole(d, T_STREET), NULL);
		return;
	}
	/* "12 High Street", but "Hauptstr. 12". */
	int first = d->choice.german ? T_STREET : MEANS_HOUSE_NUMBER;
	int second = d->choice.german ? MEANS_HOUSE_NUMBER : T_STREET;
	buffer_printf(&text, "concat(%.*s, ' ', %.*s)", SLICE_ARGS(nested(d, first)),
		      SLICE_ARGS(nested(d, second)));
	put_line(d, "street", buffer_slice(&text), NULL);
	buffer_free(&text);
}

static void put_amount(struct draft *d)
{
	struct buffer text = {0};
	const struct guess_column *price = column_of(d, MEANS_UNIT_PRICE);

	if (guess_has(&d->choice, T_AMOUNT)) {
		put_line(d, "amount", whole(d, T_AMOUNT), NULL);
	} else if (price && guess_has(&d->choice, T_QTY)) {
		bool comma = price->comma_number > 0;
		buffer_printf(&text, comma ? "decimal(%.*s) * decimal(%.*s)" : "%.*s * %.*s",
			      SLICE_ARGS(nested(d, T_QTY)),
			      SLICE_ARGS(nested(d, MEANS_UNIT_PRICE)));
		put_line(d, "amount", buffer_slice(&text), "? the whole line: quantity × unit price");
	} else if (price) {
		put_line(d, "amount", whole(d, MEANS_UNIT_PRICE), NULL);
	}
	buffer_free(&text);
}

/* Who subscribes has said yes, and who unsubscribes no. */
static void put_consent_events(struct draft *d)
{
	const struct guess_column *c = column_of(d, T_EVENT);
	struct buffer text = {0};
	bool any = false;

	if (c == NULL || !guess_has(&d->choice, T_EMAIL) || guess_has(&d->choice, T_OPTIN_EMAIL))
		return;
	buffer_printf(&text, "map(%.*s", SLICE_ARGS(nested(d, T_EVENT)));
	for (uint32_t i = 0; i < c->distinct.count; i++) {
		struct slice value = dictionary_item(&c->distinct, i);
		const char *event = guess_event(value, &d->text);
		bool in = event && strcmp(event, "optin") == 0;
		bool out = event && strcmp(event, "optout") == 0;
		if ((!in && !out) || slice_find_byte(value, '\'') < value.len)
			continue;
		any = true;
		buffer_printf(&text, ", '%.*s', '%d'", SLICE_ARGS(value), in);
	}
	buffer_put_byte(&text, ')');
	if (any)
		put_line(d, "optin_email", buffer_slice(&text), "? consent to e-mail");
	buffer_free(&text);
}

static void put_column(struct draft *d, enum touchpoint_column c)
{
	const struct guess_choice *choice = &d->choice.of[c];

	if (c == T_EVENT) {
		put_event(d);
	} else if (c == T_AMOUNT) {
		put_amount(d);
	} else if (c == T_FIRST_NAME && guess_has(&d->choice, MEANS_FULL_NAME)) {
		put_full_name(d);
	} else if (choice->column == COLUMN_NONE) {
		if (c == T_OPTIN_EMAIL)
			put_consent_events(d);
	} else if (c == T_PHONE) {
		put_phone(d);
	} else if (c == T_STREET) {
		put_street(d);
	} else {
		put_line(d, touchpoint_table[c].name, whole(d, c),
			 choice->unsure ? "? by its values" : NULL);
	}
}

static void put_keywords(struct draft *d)
{
	struct buffer text = {0};

	if (!guess_has(&d->choice, MEANS_TEXT))
		return;
	buffer_printf(&text, "keywords(%.*s, keywords.csv)", SLICE_ARGS(nested(d, MEANS_TEXT)));
	put_line(d, "# tags", buffer_slice(&text), "? with a CSV keyword,tag beside this map");
	buffer_free(&text);
}

/* A column's name as a key of attrs. */
static void put_attr(struct draft *d, size_t column)
{
	struct slice key = d->profile.columns[column].key;
	struct buffer name = {0};

	buffer_put_text(&name, "# attrs.");
	for (size_t i = 0; i < key.len; i++)
		buffer_put_byte(&name, key.ptr[i] == ' ' ? '_' : key.ptr[i]);
	put_line(d, buffer_text(&name), reference(d, column, false), NULL);
	buffer_free(&name);
}

static void put_rest(struct draft *d)
{
	bool any = false;

	for (size_t i = 0; i < d->profile.count; i++) {
		bool amount_known = guess_has(&d->choice, T_AMOUNT);
		bool price = i == d->choice.of[MEANS_UNIT_PRICE].column;
		bool text = i == d->choice.of[MEANS_TEXT].column;
		if ((d->choice.used[i] && !(price && amount_known)) || text ||
		    d->profile.columns[i].key.len == 0)
			continue;
		if (!any)
			buffer_put_text(d->out, "\n# What else the file holds; without the # it goes to "
					"attrs.\n");
		any = true;
		put_attr(d, i);
	}
}

static void put_draft(struct draft *d)
{
	buffer_printf(d->out, "# Drafted from %u records of %s; check the lines with a question "
		      "mark.\n", d->profile.rows,
		      strcmp(d->file, "-") == 0 ? "standard input" : d->file);
	put_settings(d);
	buffer_put_byte(d->out, '\n');
	/* Events first: they say what the file is about. */
	put_column(d, T_EVENT);
	if (guess_has(&d->choice, T_TS))
		put_column(d, T_TS);
	for (enum touchpoint_column c = T_SOURCE_ID; c < T_TAGS; c++)
		if (c != T_EVENT && c != T_TS)
			put_column(d, c);
	put_keywords(d);
	put_rest(d);
}

enum so1_status guess_map(struct buffer *out, const char *file, char delimiter,
			  struct so1_error *e)
{
	struct draft d = {.out = out, .delimiter = delimiter, .asked_delimiter = delimiter, .file = file};
	enum so1_status status = guess_profile_read(&d.profile, file, &d.delimiter, e);

	if (status == SO1_OK && d.profile.rows == 0) {
		error_set(e, SO1_FAILED, "no records to guess from");
		status = error_at(e, strcmp(file, "-") == 0 ? "(standard input)" : file, 0, NULL);
	}
	if (status == SO1_OK) {
		guess_assign(&d.profile, &d.choice);
		put_draft(&d);
		guess_assignment_free(&d.choice);
	}
	guess_profile_free(&d.profile);
	arena_free(&d.text);
	return status;
}
