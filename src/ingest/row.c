#include "ingest/row.h"

#include "base/number.h"

#include "ingest/normal_country.h"
#include "ingest/normal_email.h"
#include "ingest/normal_phone.h"
#include "ingest/normal_postcode.h"
#include "ingest/normal_social.h"
#include "ingest/normal_word.h"
#include "ingest/text.h"

#include <stdlib.h>

enum { MEMO_LONGEST = 40 };

struct pending {
	uint8_t column, verdict;
};

/* The last value of a column that has few different ones, and what became of it. */
struct memo {
	bool valid, standard_event;
	uint8_t raw_len, out_len, verdict;
	char raw[MEMO_LONGEST], out[MEMO_LONGEST];
};

struct row_worker {
	struct arena arena;       /* one row's */
	struct counts counts;
	struct date_cache dates;
	struct decoding decoding;
	struct slice *decoded;    /* as many as the header, when the source needs it */
	struct cell_builder cells;
	struct buffer cell_text;
	struct buffer map_text;
	struct memo memos[TOUCHPOINT_COLUMNS];
	/* A row's findings count only when the row is accepted. */
	struct pending *pending;
	size_t pending_count, pending_cap;
};

/* A row on its way. */
struct row {
	const struct row_context *context;
	const struct recipe *recipe;
	struct row_worker *w;
	const struct slice *fields;
	struct slice out[TOUCHPOINT_COLUMNS];
	int64_t ts;               /* INT64_MAX: unknown */
	bool standard_event, unknown_sku;
	bool odd_country;         /* states a country nobody knows: not the map's */
};

void *row_worker_new(void *context)
{
	const struct row_context *c = context;
	struct row_worker *w = xcalloc(1, sizeof *w);

	if (!c->recipe->decoder.is_utf8)
		w->decoded = xcalloc(c->recipe->header.count, sizeof *w->decoded);
	return w;
}

void row_worker_free(void *context, void *worker)
{
	const struct row_context *c = context;
	struct row_worker *w = worker;

	counts_add(c->totals, &w->counts);
	counts_free(&w->counts);
	decoding_close(&w->decoding);
	cell_free(&w->cells);
	buffer_free(&w->cell_text);
	buffer_free(&w->map_text);
	arena_free(&w->arena);
	free(w->decoded);
	free(w->pending);
	free(w);
}

static enum so1_status decode_fields(const struct recipe *recipe, struct row_worker *w,
				     const struct record *rec, struct so1_error *e)
{
	for (size_t i = 0; i < recipe->used_count; i++) {
		size_t at = recipe->used[i];
		if (decoder_decode(&recipe->decoder, &w->decoding, rec->fields[at], &w->arena,
				   &w->decoded[at]))
			continue;
		error_set(e, SO1_FAILED, "not %s", recipe->decoder.name);
		char name[sizeof e->column];
		struct slice n = recipe->header.names[at];
		size_t len = n.len < sizeof name ? n.len : sizeof name - 1;
		memcpy(name, n.ptr, len);
		name[len] = '\0';
		error_at(e, NULL, 0, name);
		return error_value(e, rec->fields[at]);
	}
	return SO1_OK;
}

/* The value as text; an expression that fails is an error of the record. */
static enum so1_status get_value(struct row *r, const struct recipe_value *v, struct slice *out,
				 struct so1_error *e)
{
	struct expr_value result;

	switch (v->kind) {
	case RECIPE_NOTHING:
		*out = SLICE("");
		break;
	case RECIPE_FIELD:
		*out = r->fields[v->field];
		break;
	case RECIPE_CONSTANT:
		*out = v->constant;
		break;
	case RECIPE_EXPRESSION:
		if (expr_eval(v->expr, r->fields, &result, &r->w->arena, e) != SO1_OK)
			return e->status;
		*out = expr_value_text(&result, &r->w->arena);
		break;
	}
	return SO1_OK;
}

static void count_later(struct row *r, enum touchpoint_column c, enum verdict v)
{
	struct row_worker *w = r->w;

	GROW(w->pending, w->pending_cap, w->pending_count + 1);
	w->pending[w->pending_count++] = (struct pending){(uint8_t)c, (uint8_t)v};
}

static struct slice country_of(const struct row *r)
{
	if (r->out[T_COUNTRY].len || r->odd_country)
		return r->out[T_COUNTRY];
	return r->recipe->defaults[T_COUNTRY];
}

static enum verdict normalise(struct row *r, enum touchpoint_column c, struct slice s,
			      struct slice *out)
{
	struct arena *a = &r->w->arena;

	switch (c) {
	case T_EMAIL:
		return normal_email(s, a, out);
	case T_PHONE:
		return normal_phone(s, country_of(r), a, out);
	case T_SOCIAL:
		return normal_social(s, r->recipe->network, a, out);
	case T_BIRTH_DATE:
		return normal_birth_date(&r->recipe->dates, s, r->ts, a, out);
	case T_GENDER:
		return normal_gender(s, a, out);
	case T_POSTCODE:
		return normal_postcode(s, country_of(r), a, out);
	case T_COUNTRY:
		return normal_country(s, a, out);
	case T_LANGUAGE:
		return normal_language(s, a, out);
	case T_OPTIN_EMAIL:
	case T_OPTIN_SMS:
	case T_OPTIN_PHONE:
	case T_OPTIN_POST:
		return normal_flag(s, a, out);
	case T_TS:
		return normal_time(&r->recipe->dates, s, &r->w->dates, a, out, &r->ts);
	case T_EVENT:
		return normal_event(s, a, out, &r->standard_event);
	case T_QTY:
		return normal_decimal(s, r->recipe->decimal, 0, a, out);
	case T_AMOUNT:
		return normal_decimal(s, r->recipe->decimal, 2, a, out);
	case T_CURRENCY:
		return normal_currency(s, a, out);
	case T_FIRST_NAME:
	case T_LAST_NAME:
	case T_STREET:
	case T_CITY:
	case T_CATEGORY:
	case T_BRAND:
	case T_CHANNEL:
		*out = text_collapse(s, a);
		return VERDICT_OK;
	default:
		*out = s;
		return VERDICT_OK;
	}
}

/* Columns whose result hangs on the value alone, and whose values repeat. */
static bool is_repetitive(enum touchpoint_column c)
{
	switch (c) {
	case T_GENDER:
	case T_COUNTRY:
	case T_LANGUAGE:
	case T_OPTIN_EMAIL:
	case T_OPTIN_SMS:
	case T_OPTIN_PHONE:
	case T_OPTIN_POST:
	case T_EVENT:
	case T_CURRENCY:
		return true;
	default:
		return false;
	}
}

static enum verdict judge(struct row *r, enum touchpoint_column c, struct slice s)
{
	if (placeholder_is(r->context->placeholders, c, s, &r->w->arena))
		return VERDICT_PLACEHOLDER;
	return normalise(r, c, s, &r->out[c]);
}

static enum verdict judge_with_memo(struct row *r, enum touchpoint_column c, struct slice s)
{
	struct memo *m = &r->w->memos[c];

	if (m->valid && s.len == m->raw_len && memcmp(s.ptr, m->raw, s.len) == 0) {
		r->out[c] = slice_make(m->out, m->out_len);
		if (c == T_EVENT)
			r->standard_event = m->standard_event;
		return (enum verdict)m->verdict;
	}
	enum verdict v = judge(r, c, s);
	m->valid = s.len <= sizeof m->raw && r->out[c].len <= sizeof m->out;
	if (m->valid) {
		m->raw_len = (uint8_t)s.len;
		m->out_len = (uint8_t)r->out[c].len;
		m->verdict = (uint8_t)v;
		m->standard_event = r->standard_event;
		memcpy(m->raw, s.ptr, s.len);
		memcpy(m->out, r->out[c].len ? r->out[c].ptr : "", r->out[c].len);
	}
	return v;
}

static enum so1_status take_column(struct row *r, enum touchpoint_column c, struct so1_error *e)
{
	struct slice s;

	if (r->recipe->columns[c].kind == RECIPE_NOTHING)
		return SO1_OK;
	if (get_value(r, &r->recipe->columns[c], &s, e) != SO1_OK)
		return error_at(e, NULL, 0, touchpoint_table[c].name);
	s = text_clean(s, &r->w->arena);
	if (s.len == 0)
		return SO1_OK;
	enum verdict v = is_repetitive(c) ? judge_with_memo(r, c, s) : judge(r, c, s);
	if (v == VERDICT_OK)
		return SO1_OK;
	if (verdict_rejects(v)) {
		error_set(e, SO1_FAILED, "%s", verdict_text(v));
		error_at(e, NULL, 0, touchpoint_table[c].name);
		return error_value(e, s);
	}
	if (!verdict_keeps(v))
		r->out[c] = SLICE("");
	r->odd_country = r->odd_country || (c == T_COUNTRY && v == VERDICT_NOT_RECOGNISED);
	count_later(r, c, v);
	return SO1_OK;
}

static enum so1_status take_columns(struct row *r, struct so1_error *e)
{
	/* Phones and postcodes go by the country, birthdays by the event's time. */
	if (take_column(r, T_COUNTRY, e) != SO1_OK || take_column(r, T_TS, e) != SO1_OK)
		return e->status;
	for (enum touchpoint_column c = 0; c < T_TAGS; c++)
		if (c != T_COUNTRY && c != T_TS && take_column(r, c, e) != SO1_OK)
			return e->status;
	return SO1_OK;
}

/* qty × price, half away from zero, as far as an int64 goes. */
static bool line_value(const struct product *p, struct slice qty, int64_t *amount)
{
	int64_t n = DECIMAL_ONE;

	if (qty.len > 0 && !decimal_parse(qty, &n))
		return false;
	__int128 product = (__int128)n * p->price;
	__int128 half = product < 0 ? -DECIMAL_ONE / 2 : DECIMAL_ONE / 2;
	product = (product + half) / DECIMAL_ONE;
	*amount = (int64_t)product;
	return product == *amount;
}

static bool has_line_value(struct slice event)
{
	return slice_is(event, "purchase") || slice_is(event, "return");
}

static void fill_product(struct row *r)
{
	const struct products *list = r->context->products;
	int64_t amount;

	if (list == NULL || r->out[T_SKU].len == 0)
		return;
	const struct product *p = products_find(list, r->out[T_SKU], &r->w->arena);
	r->unknown_sku = p == NULL;
	if (p == NULL)
		return;
	if (r->out[T_CATEGORY].len == 0)
		r->out[T_CATEGORY] = p->category;
	if (r->out[T_BRAND].len == 0)
		r->out[T_BRAND] = p->brand;
	if (r->out[T_AMOUNT].len == 0 && p->has_price && has_line_value(r->out[T_EVENT]) &&
	    line_value(p, r->out[T_QTY], &amount)) {
		r->out[T_AMOUNT] = decimal_text(amount, 2, &r->w->arena);
		if (r->out[T_CURRENCY].len == 0)
			r->out[T_CURRENCY] = p->currency;
	}
}

static void fill_defaults(struct row *r)
{
	const struct slice *defaults = r->recipe->defaults;

	if (r->out[T_SOURCE].len == 0)
		r->out[T_SOURCE] = defaults[T_SOURCE];
	if (r->out[T_LANGUAGE].len == 0)
		r->out[T_LANGUAGE] = defaults[T_LANGUAGE];
	if (r->out[T_COUNTRY].len == 0 && !r->odd_country &&
	    (r->out[T_STREET].len || r->out[T_CITY].len || r->out[T_POSTCODE].len))
		r->out[T_COUNTRY] = defaults[T_COUNTRY];
	if (r->out[T_CURRENCY].len == 0 && r->out[T_AMOUNT].len > 0)
		r->out[T_CURRENCY] = defaults[T_CURRENCY];
}

static enum so1_status take_tags(struct row *r, struct so1_error *e)
{
	struct row_worker *w = r->w;

	cell_clear(&w->cells);
	for (size_t i = 0; i < r->recipe->tag_count; i++) {
		struct slice cell, tag, value;
		if (get_value(r, &r->recipe->tags[i], &cell, e) != SO1_OK)
			return error_at(e, NULL, 0, "tags");
		cell = text_clean(cell, &w->arena);
		while (cell.len > 0 && cell_next(&cell, &tag, &value, &w->arena)) {
			tag = text_collapse(tag, &w->arena);
			if (tag.len > 0)
				cell_add(&w->cells, tag, SLICE(""));
		}
	}
	buffer_clear(&w->cell_text);
	if (w->cells.count > 0)
		cell_put_list(&w->cells, &w->cell_text);
	r->out[T_TAGS] = buffer_slice(&w->cell_text);
	return SO1_OK;
}

static void add_cell(struct row *r, struct slice cell)
{
	struct slice key, value;

	while (cell.len > 0 && cell_next(&cell, &key, &value, &r->w->arena)) {
		/* What was percent-encoded may be a line break. */
		key = text_clean(key, &r->w->arena);
		value = text_clean(value, &r->w->arena);
		if (key.len > 0 && value.len > 0)
			cell_add(&r->w->cells, key, value);
	}
}

static enum so1_status take_attrs(struct row *r, struct so1_error *e)
{
	struct row_worker *w = r->w;

	cell_clear(&w->cells);
	for (size_t i = 0; i < r->recipe->attr_count; i++) {
		const struct recipe_attr *attr = &r->recipe->attrs[i];
		struct slice value;
		if (get_value(r, &attr->value, &value, e) != SO1_OK)
			return error_at(e, NULL, 0, "attrs");
		value = text_clean(value, &w->arena);
		if (value.len == 0)
			continue;
		if (attr->key.len == 0)
			add_cell(r, value);
		else if (placeholder_is(r->context->placeholders, T_ATTRS, value, &w->arena))
			count_later(r, T_ATTRS, VERDICT_PLACEHOLDER);
		else
			cell_add(&w->cells, attr->key, value);
	}
	buffer_clear(&w->map_text);
	if (w->cells.count > 0)
		cell_put_map(&w->cells, &w->map_text);
	r->out[T_ATTRS] = buffer_slice(&w->map_text);
	return SO1_OK;
}

static void count_row(struct row *r)
{
	struct row_worker *w = r->w;

	for (size_t i = 0; i < w->pending_count; i++)
		w->counts.verdicts[w->pending[i].column][w->pending[i].verdict]++;
	if (!r->standard_event && r->out[T_EVENT].len > 0)
		counts_event(&w->counts, r->out[T_EVENT]);
	w->counts.unknown_skus += r->unknown_sku;
}

/* csv_put_record for rows that are mostly empty and hardly ever quoted. */
static void put_row(struct buffer *b, const struct slice *fields, char delimiter)
{
	size_t most = 2 * TOUCHPOINT_COLUMNS;

	for (size_t c = 0; c < TOUCHPOINT_COLUMNS; c++)
		most += fields[c].len;
	char *to = buffer_reserve(b, most);
	for (size_t c = 0; c < TOUCHPOINT_COLUMNS; c++) {
		if (c > 0)
			*to++ = delimiter;
		for (size_t i = 0; i < fields[c].len; i++) {
			char x = fields[c].ptr[i];
			if (x == delimiter || x == '"' || x == '\n' || x == '\r') {
				csv_put_record(b, fields, TOUCHPOINT_COLUMNS, delimiter);
				return;
			}
			*to++ = x;
		}
	}
	*to++ = '\n';
	b->len = (size_t)(to - b->ptr);
}

enum so1_status row_make(void *context, void *worker, const struct record *rec,
			 struct pipeline_output *out, bool *reject, struct so1_error *e)
{
	const struct row_context *c = context;
	struct row_worker *w = worker;
	struct row r = {.context = c, .recipe = c->recipe, .w = w, .fields = rec->fields,
			.ts = INT64_MAX};

	arena_reset(&w->arena);
	w->pending_count = 0;
	/* Whatever is wrong from here on is wrong with the record. */
	*reject = true;
	if (!c->recipe->decoder.is_utf8) {
		if (decode_fields(c->recipe, w, rec, e) != SO1_OK)
			return e->status;
		r.fields = w->decoded;
	}
	if (take_columns(&r, e) != SO1_OK)
		return e->status;
	fill_product(&r);
	fill_defaults(&r);
	if ((c->recipe->tag_count > 0 && take_tags(&r, e) != SO1_OK) ||
	    (c->recipe->attr_count > 0 && take_attrs(&r, e) != SO1_OK))
		return e->status;
	*reject = false;
	count_row(&r);
	put_row(&out->bytes, r.out, c->delimiter);
	out->rows++;
	return SO1_OK;
}
