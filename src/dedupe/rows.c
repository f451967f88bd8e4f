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
	size_t n = sizeof(struct row) + sizeof(uint64_t) + sizeof(struct row_attrs) + ROW_LINE_SIZE +
		   ROW_ALIGNMENT;

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
static uint64_t repeat_of_line(const struct row_plan *p, const struct record *rec,
			       struct buffer *scratch)
{
	static const int columns[] = {T_SOURCE, T_ORDER_ID, T_SKU, T_EVENT};
	struct slice amount = field_at(rec->fields, p->column[T_AMOUNT]);
	int64_t millionths;

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

uint64_t row_repeat(const struct row *r, uint64_t hash)
{
	uint64_t repeat;

	if (!(r->has & ROW_HAS_REPEAT))
		return XXH3_64bits_withSeed(row_text(r), r->kept + (size_t)r->gaps * ROW_GAP_SIZE, hash) | 1;
	memcpy(&repeat, r + 1, sizeof repeat);
	return repeat;
}

struct slice row_attrs(const struct row *r)
{
	struct row_attrs where;

	if (!(r->has & ROW_HAS_ATTRS))
		return slice_make("", 0);
	memcpy(&where, row_text(r) - sizeof where, sizeof where);
	return slice_make(row_text(r) + where.at, where.len);
}

/* A row's text being written: `text` up to `out`, the piece since the last gap from
 * `piece`; `empty` columns are still to be written. */
struct draft {
	const struct row_plan *plan;
	char *text, *out, *piece;
	size_t empty;
	unsigned gaps;
	char gap[UINT8_MAX * ROW_GAP_SIZE];
};

/* Shorter runs take less room than a gap, or little more. */
enum { GAP_LEAST = 5 };

static void draft_put_empty(struct draft *d, size_t n)
{
	for (; n >= GAP_LEAST && d->gaps < UINT8_MAX && d->out - d->piece <= UINT16_MAX; ) {
		uint16_t piece = (uint16_t)(d->out - d->piece);
		uint8_t delimiters = n > UINT8_MAX ? UINT8_MAX : (uint8_t)n;
		char *gap = d->gap + ROW_GAP_SIZE * d->gaps++;
		memcpy(gap, &piece, sizeof piece);
		gap[2] = (char)delimiters;
		d->piece = d->out;
		n -= delimiters;
	}
	memset(d->out, d->plan->delimiter, n);
	d->out += n;
}

/* The bytes of some more columns, delimiters between them but not behind. */
static char *draft_put(struct draft *d, const char *bytes, size_t n)
{
	char *at = d->out;

	if (d->empty) {
		draft_put_empty(d, d->empty);
		d->empty = 0;
		at = d->out;
	}
	memcpy(at, bytes, n);
	d->out = at + n;
	*d->out++ = d->plan->delimiter;
	return at;
}

static void note_attrs(const struct draft *d, struct row_attrs *where, const char *at, size_t len)
{
	where->at = (uint32_t)(at - d->text);
	where->len = (uint32_t)len;
}

/* Copies runs of kept columns that say something as they stand in the record. */
static void encode_verbatim(struct draft *d, const struct record *rec, struct row *row,
			    struct row_attrs *where)
{
	const struct row_plan *p = d->plan;
	size_t ts = p->column[T_TS], attrs = p->column[T_ATTRS];
	const struct slice *f = rec->fields;

	for (size_t i = 0, end; i < p->count; i = end) {
		end = i + 1;
		if (p->blank[i] || f[i].len == 0) {
			d->empty++;
			continue;
		}
		while (end < p->count && !p->blank[end] && f[end].len > 0)
			end++;
		size_t n = (size_t)(f[end - 1].ptr + f[end - 1].len - f[i].ptr);
		char *at = draft_put(d, f[i].ptr, n);
		if (ts >= i && ts < end)
			row->ts_at = (uint32_t)(at + (f[ts].ptr - f[i].ptr) - d->text);
		if (attrs >= i && attrs < end)
			note_attrs(d, where, at + (f[attrs].ptr - f[i].ptr), f[attrs].len);
	}
}

static void encode_fields(struct draft *d, const struct record *rec, struct row *row,
			  struct row_attrs *where)
{
	const struct row_plan *p = d->plan;
	struct buffer field = {0};

	for (size_t i = 0; i < p->count; i++) {
		buffer_clear(&field);
		if (!p->blank[i])
			csv_put_field(&field, rec->fields[i], p->delimiter);
		if (field.len == 0) {
			d->empty++;
			continue;
		}
		const char *at = draft_put(d, field.ptr, field.len);
		if (i == p->column[T_TS])
			row->ts_at = (uint32_t)(at - d->text);
		if (i == p->column[T_ATTRS])
			note_attrs(d, where, at, field.len);
	}
	buffer_free(&field);
}

/* What the record has beside its text; returns where the text begins. */
static char *encode_extras(const struct row_plan *p, const struct record *rec, struct row *row,
			   struct buffer *scratch)
{
	char *out = (char *)(row + 1);

	row->has = 0;
	if (field_at(rec->fields, p->column[T_ORDER_ID]).len > 0) {
		uint64_t repeat = repeat_of_line(p, rec, scratch);
		memcpy(out, &repeat, sizeof repeat);
		out += sizeof repeat;
		row->has |= ROW_HAS_REPEAT;
	}
	if (field_at(rec->fields, p->column[T_ATTRS]).len > 0) {
		out += sizeof(struct row_attrs);
		row->has |= ROW_HAS_ATTRS;
	}
	return out;
}

void row_encode(const struct row_plan *p, const struct record *rec, struct row *row,
		struct buffer *scratch)
{
	char *text = encode_extras(p, rec, row, scratch);
	struct draft d;
	struct row_attrs where = {0, 0};

	d.plan = p;
	d.text = d.piece = d.out = text;
	d.empty = d.gaps = 0;
	row->tuple = TUPLE_NONE;
	row->ts_len = (uint8_t)field_at(rec->fields, p->column[T_TS]).len;
	row->ts_at = 0;
	if (is_verbatim(p, rec, p->delimiter))
		encode_verbatim(&d, rec, row, &where);
	else
		encode_fields(&d, rec, row, &where);
	/* The last column ends the record, not itself. */
	if (d.empty)
		draft_put_empty(&d, d.empty - 1);
	else
		d.out--;
	*d.out++ = '\n';
	row->kept = row->len = (uint32_t)(d.out - text);
	row->gaps = (uint8_t)d.gaps;
	for (unsigned i = 0; i < d.gaps; i++)
		row->len += (uint8_t)d.gap[ROW_GAP_SIZE * i + 2];
	memcpy(d.out, d.gap, d.gaps * (size_t)ROW_GAP_SIZE);
	if (row->has & ROW_HAS_ATTRS)
		memcpy(text - sizeof where, &where, sizeof where);
	char *end = d.out + d.gaps * (size_t)ROW_GAP_SIZE;
	memset(end, 0, (size_t)((char *)row + row_size(row) - end));
}

static char *line_at(const struct row *r)
{
	return (char *)(uintptr_t)row_text(r) + r->kept + (size_t)r->gaps * ROW_GAP_SIZE;
}

void row_set_line(struct row *r, struct tuple_key line)
{
	char *at = line_at(r);

	r->has |= ROW_HAS_LINE;
	memcpy(at, &line.hash, sizeof line.hash);
	memcpy(at + sizeof line.hash, &line.tag, sizeof line.tag);
	at += ROW_LINE_SIZE;
	memset(at, 0, (size_t)((char *)r + row_size(r) - at));
}

struct tuple_key row_line(const struct row *r)
{
	const char *at = line_at(r);
	struct tuple_key line;

	memcpy(&line.hash, at, sizeof line.hash);
	memcpy(&line.tag, at + sizeof line.hash, sizeof line.tag);
	return line;
}

static struct row_gap gap_at(const struct row *r, unsigned i)
{
	const char *p = row_text(r) + r->kept + (size_t)i * ROW_GAP_SIZE;
	struct row_gap gap = {.delimiters = (uint8_t)p[2]};

	memcpy(&gap.piece, p, sizeof gap.piece);
	return gap;
}

void row_put_text(const struct row *r, char delimiter, char *out)
{
	const char *text = row_text(r), *end = text + r->kept;

	for (unsigned i = 0; i < r->gaps; i++) {
		struct row_gap gap = gap_at(r, i);
		memcpy(out, text, gap.piece);
		memset(out + gap.piece, delimiter, gap.delimiters);
		text += gap.piece;
		out += gap.piece + gap.delimiters;
	}
	memcpy(out, text, (size_t)(end - text));
}

/* A walk over a row's text, stretch by stretch: `left` bytes from `text`, or that many
 * delimiters where in_gap. */
struct walk {
	const struct row *row;
	const char *text;
	size_t left;
	unsigned gap; /* the next */
	bool in_gap;
};

static void walk_next(struct walk *w)
{
	const char *end = row_text(w->row) + w->row->kept;

	while (w->left == 0) {
		if (!w->in_gap && w->gap < w->row->gaps) {
			w->in_gap = true;
			w->left = gap_at(w->row, w->gap++).delimiters;
		} else {
			w->in_gap = false;
			w->left = w->gap < w->row->gaps ? gap_at(w->row, w->gap).piece
							: (size_t)(end - w->text);
			if (w->left == 0 && w->gap == w->row->gaps)
				return;
		}
	}
}

static struct walk walk_start(const struct row *r)
{
	struct walk w = {.row = r, .text = row_text(r), .in_gap = true};

	walk_next(&w);
	return w;
}

static int compare_stretch(const struct walk *a, const struct walk *b, size_t n, char delimiter)
{
	if (!a->in_gap && !b->in_gap)
		return memcmp(a->text, b->text, n);
	for (size_t i = 0; i < n; i++) {
		unsigned char x = (unsigned char)(a->in_gap ? delimiter : a->text[i]);
		unsigned char y = (unsigned char)(b->in_gap ? delimiter : b->text[i]);
		if (x != y)
			return x < y ? -1 : 1;
	}
	return 0;
}

static void walk_skip(struct walk *w, size_t n)
{
	if (!w->in_gap)
		w->text += n;
	w->left -= n;
	walk_next(w);
}

int row_compare(const struct row *a, const struct row *b, char delimiter)
{
	struct walk x = walk_start(a), y = walk_start(b);

	while (x.left > 0 && y.left > 0) {
		size_t n = x.left < y.left ? x.left : y.left;
		int c = compare_stretch(&x, &y, n, delimiter);
		if (c)
			return c;
		walk_skip(&x, n);
		walk_skip(&y, n);
	}
	return (x.left > 0) - (y.left > 0);
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
	char *text = arena_bytes(a, row->len);
	const char *p = text;
	struct buffer scratch = {0};

	row_put_text(row, delimiter, text);
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
