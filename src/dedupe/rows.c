#include "dedupe/rows.h"

#include "base/number.h"
#include "dedupe/consent.h"

#include <stdlib.h>
#include <xxhash.h>

enum so1_status row_plan_make(struct row_plan *p, const struct reader *r, char delimiter,
			      struct so1_error *e)
{
	const struct header *h = reader_header(r);
	size_t identities = 0, unused;

	*p = (struct row_plan){.count = h->count, .delimiter = delimiter};
	if (header_find(h, SLICE("customer_id")) != COLUMN_NONE)
		return error_set(e, SO1_FAILED, "the stream has a customer_id already: so1-dedupe "
				 "reads what so1-ingest writes");
	if (reader_need(r, "ts", &unused, e) || reader_need(r, "event", &unused, e))
		return e->status;
	touchpoint_find(h, p->column);
	p->blank = xcalloc(h->count ? h->count : 1, sizeof *p->blank);
	p->role = xmalloc(h->count ? h->count : 1);
	memset(p->role, TOUCHPOINT_COLUMNS, h->count);
	for (int c = 0; c < TOUCHPOINT_COLUMNS; c++)
		if (p->column[c] != COLUMN_NONE)
			p->role[p->column[c]] = (uint8_t)c;
	p->identity_is_one_run = p->column[0] != COLUMN_NONE;
	for (int c = 0; c < IDENTITY_FIELDS; c++) {
		size_t i = p->column[c];
		p->identity_is_one_run &= i == p->column[0] + (size_t)c;
		if (i == COLUMN_NONE)
			continue;
		identities += c != T_SOURCE;
		p->blank[i] = touchpoint_table[c].group == GROUP_IDENTIFIER ||
			      touchpoint_table[c].group == GROUP_PERSON;
	}
	if (identities == 0)
		return error_set(e, SO1_FAILED, "no column that could name a person (source_id, "
				 "email, phone …)");
	return SO1_OK;
}

void row_plan_free(struct row_plan *p)
{
	free(p->blank);
	free(p->role);
	*p = (struct row_plan){0};
}

/* Whether the fields first..last lie in the record's bytes just as CSV with `delimiter`
 * would have them. */
static bool is_verbatim(const struct row_plan *p, const struct record *rec, char delimiter)
{
	if (!rec->raw_is_canonical || rec->delimiter != delimiter)
		return false;
	const char *begin = rec->raw.ptr, *end = begin + rec->raw.len;
	const struct slice *last = &rec->fields[p->count - 1];
	return rec->fields[0].ptr == begin && last->ptr + last->len == end &&
	       !memchr(begin, '"', rec->raw.len);
}

struct slice row_identity(const struct row_plan *p, const struct record *rec,
			  struct slice fields[IDENTITY_FIELDS], struct buffer *scratch)
{
	for (int c = 0; c < IDENTITY_FIELDS; c++)
		fields[c] = field_at(rec->fields, p->column[c]);
	if (p->identity_is_one_run && is_verbatim(p, rec, ',')) {
		const struct slice *last = &fields[IDENTITY_FIELDS - 1];
		return slice_make(fields[0].ptr, (size_t)(last->ptr + last->len - fields[0].ptr));
	}
	buffer_clear(scratch);
	for (int c = 0; c < IDENTITY_FIELDS; c++) {
		if (c)
			buffer_put_byte(scratch, ',');
		csv_put_field(scratch, fields[c], ',');
	}
	return buffer_slice(scratch);
}

size_t row_size_bound(const struct row_plan *p, const struct record *rec)
{
	size_t n = sizeof(struct row) + 8;

	/* Every byte may be a quote to double; every field may need its two and a delimiter. */
	if (memchr(rec->raw.ptr, '"', rec->raw.len) || !rec->raw_is_canonical) {
		for (size_t i = 0; i < p->count; i++)
			n += 2 * rec->fields[i].len + 3;
		return n;
	}
	return n + rec->raw.len + 3 * p->count + 1;
}

static enum so1_status check_consent(const struct row_plan *p, const struct record *rec,
				     struct row *row, struct so1_error *e)
{
	for (int ch = 0; ch < CONSENT_CHANNELS; ch++) {
		struct slice v = field_at(rec->fields, p->column[T_OPTIN_EMAIL + ch]);
		if (v.len == 0)
			continue;
		if (v.len != 1 || (*v.ptr != '0' && *v.ptr != '1')) {
			error_set(e, SO1_FAILED, "not 1 or 0");
			error_at(e, NULL, 0, touchpoint_table[T_OPTIN_EMAIL + ch].name);
			return error_value(e, v);
		}
		if (*v.ptr == '1')
			row->yes |= 1u << ch;
		else
			row->no |= 1u << ch;
	}
	return SO1_OK;
}

/* open, optin, optout */
static void check_answer(const struct row_plan *p, const struct record *rec, struct slice event,
			 struct row *row)
{
	if (slice_is(event, "open")) {
		row->kind = ROW_RESPONSE;
		return;
	}
	unsigned named = consent_channels_named(field_at(rec->fields, p->column[T_CHANNEL]));
	if (slice_is(event, "optin")) {
		row->kind = ROW_RESPONSE;
		row->yes |= named & 15;
	} else if (slice_is(event, "optout")) {
		/* A refusal that does not say of what is a refusal of everything. */
		row->no |= (named ? named : CONSENT_ALL) & 15;
	}
}

enum so1_status row_check(const struct row_plan *p, const struct record *rec, struct row *row,
			  struct so1_error *e)
{
	struct slice ts = field_at(rec->fields, p->column[T_TS]);
	struct slice event = field_at(rec->fields, p->column[T_EVENT]);
	uint64_t moment;

	row->yes = row->no = 0;
	row->kind = ROW_OTHER;
	if (!moment_parse(ts, &moment) || ts.len > UINT8_MAX) {
		error_set(e, SO1_FAILED, "not a time such as 2026-11-01T09:30:00Z");
		error_at(e, NULL, 0, "ts");
		return error_value(e, ts);
	}
	if (check_consent(p, rec, row, e))
		return e->status;
	if (event.len == 0)
		return SO1_OK;
	switch (*event.ptr) {
	case 'o':
		check_answer(p, rec, event, row);
		break;
	case 'c':
	case 'r':
		if (slice_is(event, "click") || slice_is(event, "redeem"))
			row->kind = ROW_RESPONSE;
		break;
	case 'e':
		if (slice_is(event, "erase")) {
			row->kind = ROW_ERASE;
			row->no = CONSENT_ALL & 15;
		}
		break;
	case 'g':
		if (!slice_is(event, "golden"))
			break;
		error_set(e, SO1_FAILED, "a golden row is so1-dedupe's to make, not to read");
		return error_at(e, NULL, 0, "event");
	}
	return SO1_OK;
}

/* Lines of an order are the same when source, order_id, sku, event, amount (and ts, which
 * the caller compares) are; any other touchpoint when all of it is. Never 0. */
static uint64_t repeat_of(const struct row_plan *p, const struct record *rec,
			  const struct row *row, uint64_t hash, struct buffer *scratch)
{
	static const int columns[] = {T_SOURCE, T_ORDER_ID, T_SKU, T_EVENT};
	struct slice amount = field_at(rec->fields, p->column[T_AMOUNT]);
	int64_t millionths;

	if (field_at(rec->fields, p->column[T_ORDER_ID]).len == 0)
		return XXH3_64bits_withSeed(row_text(row), row->len, hash) | 1;
	buffer_clear(scratch);
	for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
		buffer_put_slice(scratch, field_at(rec->fields, p->column[columns[i]]));
		buffer_put_byte(scratch, '\0');
	}
	/* Amounts that are the same number are the same amount: 12.5 and 12.50. */
	if (decimal_parse(amount, &millionths))
		buffer_put(scratch, &millionths, sizeof millionths);
	else
		buffer_put_slice(scratch, amount);
	return XXH3_64bits(scratch->ptr, scratch->len) | 1;
}

/* Copies runs of kept columns as they stand in the record. */
static char *encode_verbatim(const struct row_plan *p, const struct record *rec, struct row *row,
			     char *out)
{
	const struct slice *f = rec->fields;
	char *start = out;

	for (size_t i = 0; i < p->count;) {
		size_t end = i;
		if (p->blank[i]) {
			*out++ = p->delimiter;
			i++;
			continue;
		}
		while (end + 1 < p->count && !p->blank[end + 1])
			end++;
		size_t n = (size_t)(f[end].ptr + f[end].len - f[i].ptr);
		memcpy(out, f[i].ptr, n);
		if (p->column[T_TS] >= i && p->column[T_TS] <= end)
			row->ts_at = (uint32_t)(out + (f[p->column[T_TS]].ptr - f[i].ptr) - start);
		size_t attrs = p->column[T_ATTRS];
		if (attrs != COLUMN_NONE && attrs >= i && attrs <= end) {
			row->attrs_at = (uint32_t)(out + (f[attrs].ptr - f[i].ptr) - start);
			row->attrs_len = (uint32_t)f[attrs].len;
		}
		out += n;
		*out++ = p->delimiter;
		i = end + 1;
	}
	out[-1] = '\n';
	return out;
}

static char *encode_fields(const struct row_plan *p, const struct record *rec, struct row *row,
			   char *out)
{
	struct buffer field = {0};
	char *start = out;

	for (size_t i = 0; i < p->count; i++) {
		if (!p->blank[i]) {
			buffer_clear(&field);
			csv_put_field(&field, rec->fields[i], p->delimiter);
			if (i == p->column[T_TS])
				row->ts_at = (uint32_t)(out - start);
			if (i == p->column[T_ATTRS]) {
				row->attrs_at = (uint32_t)(out - start);
				row->attrs_len = (uint32_t)field.len;
			}
			if (field.len)
				memcpy(out, field.ptr, field.len);
			out += field.len;
		}
		*out++ = i + 1 < p->count ? p->delimiter : '\n';
	}
	buffer_free(&field);
	return out;
}

void row_encode(const struct row_plan *p, const struct record *rec, uint64_t hash, struct row *row,
		struct buffer *scratch)
{
	char *text = (char *)(row + 1), *end;

	row->tuple = TUPLE_NONE;
	row->ts_len = (uint8_t)field_at(rec->fields, p->column[T_TS]).len;
	row->ts_at = row->attrs_at = row->attrs_len = 0;
	row->spare = 0;
	if (is_verbatim(p, rec, p->delimiter))
		end = encode_verbatim(p, rec, row, text);
	else
		end = encode_fields(p, rec, row, text);
	row->len = (uint32_t)(end - text);
	row->repeat = repeat_of(p, rec, row, hash, scratch);
	memset(end, 0, (char *)row + row_size(row) - end);
}

struct slice row_unquote(struct slice encoded, struct buffer *scratch)
{
	if (encoded.len < 2 || encoded.ptr[0] != '"')
		return encoded;
	struct slice inner = slice_make(encoded.ptr + 1, encoded.len - 2);
	if (!memchr(inner.ptr, '"', inner.len))
		return inner;
	buffer_clear(scratch);
	for (size_t i = 0; i < inner.len; i++) {
		buffer_put_byte(scratch, inner.ptr[i]);
		i += inner.ptr[i] == '"';
	}
	return buffer_slice(scratch);
}

void row_split(const struct row *row, char delimiter, struct slice *fields, size_t count,
	       struct arena *a)
{
	const char *p = row_text(row);
	struct buffer scratch = {0};

	for (size_t i = 0; i < count; i++) {
		const char *end = p;
		if (*p == '"') {
			for (end++; *end != '"' || end[1] == '"'; end++)
				end += *end == '"';
			end++;
		} else {
			while (*end != delimiter && *end != '\n')
				end++;
		}
		struct slice encoded = slice_make(p, (size_t)(end - p));
		fields[i] = row_unquote(encoded, &scratch);
		if (fields[i].ptr == scratch.ptr && scratch.len)
			fields[i] = arena_copy(a, fields[i]);
		p = end + 1;
	}
	buffer_free(&scratch);
}
