#include "profile/card.h"

#include "base/datetime.h"
#include "stream/cells.h"

enum {
	CARD_WIDTH = 80,
	LABEL_WIDTH = 16,  /* of the person's lines */
	COLUMN_WIDTH = 40, /* two features side by side */
	NAME_WIDTH = 24,
	PHONE_DIGITS_MIN = 6,
};

/* The digits of s, at most size of them. */
static size_t digits_of(struct slice s, char *digits, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len && n < size; i++)
		if (s.ptr[i] >= '0' && s.ptr[i] <= '9')
			digits[n++] = s.ptr[i];
	return n;
}

static bool looks_like_phone(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (memchr("0123456789+-/(). ", s.ptr[i], 17) == NULL)
			return false;
	return s.len > 0;
}

static bool same_phone(struct slice phone, struct slice wanted)
{
	char have[32], want[32];
	size_t n = digits_of(phone, have, sizeof have), from = 0;
	size_t m = digits_of(wanted, want, sizeof want);

	if (phone.len == 0 || !looks_like_phone(wanted))
		return false;
	while (from < m && want[from] == '0')
		from++;
	m -= from;
	bool whole = wanted.ptr[0] == '+' || from >= 2;
	if (m < PHONE_DIGITS_MIN || m > n || (whole && m != n))
		return false;
	return memcmp(have + n - m, want + from, m) == 0;
}

static bool same_handle(struct slice social, struct slice wanted)
{
	if (social.len == 0)
		return false;
	if (slice_equal_nocase(social, wanted))
		return true;
	size_t colon = slice_find_byte(social, ':');
	if (colon == social.len)
		return false;
	struct slice handle = slice_make(social.ptr + colon + 1, social.len - colon - 1);
	if (wanted.len && wanted.ptr[0] == '@')
		wanted = slice_make(wanted.ptr + 1, wanted.len - 1);
	return slice_equal_nocase(handle, wanted);
}

/* An address or number that the golden row has only in its attrs. */
static bool same_other(struct slice attrs, struct slice wanted)
{
	struct slice rest = attrs, key, value;
	struct arena text = {0};
	bool same = false;

	while (!same && cell_next(&rest, &key, &value, &text)) {
		enum touchpoint_column c = touchpoint_other_of(key);
		same = (c == T_EMAIL && slice_equal_nocase(value, wanted)) ||
		       (c == T_PHONE && same_phone(value, wanted));
	}
	arena_free(&text);
	return same;
}

bool card_matches(
const struct history *h, struct slice wanted)
{
	wanted = slice_trim(wanted);
	if (wanted.len == 0)
		return false;
	return slice_equal(buffer_slice(&h->customer_id), wanted) ||
	       slice_equal_nocase(h->golden[GOLDEN_EMAIL], wanted) ||
	       same_phone(h->golden[GOLDEN_PHONE], wanted) ||
	       same_handle(h->golden[GOLDEN_SOCIAL], wanted) ||
	       slice_equal(h->golden[GOLDEN_LOYALTY_ID], wanted) ||
	       same_other(h->golden[GOLDEN_ATTRS], wanted);
}

/* Columns a text takes on a terminal, were every character one wide. */
static size_t width_of(struct slice s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		n += ((unsigned char)s.ptr[i] & 0xc0) != 0x80;
	return n;
}

/* The text without what could play with the terminal. */
static void put_clean(struct buffer *b, struct slice s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];
		buffer_put_byte(b, c < 0x20 || c == 0x7f ? ' ' : (char)c);
	}
}

static void put_padded(struct buffer *b, struct slice s, size_t width)
{
	put_clean(b, s);
	for (size_t n = width_of(s); n < width; n++)
		buffer_put_byte(b, ' ');
}

/* Puts "label   text", folded at items (a ';' may end a line) to the card's width. */
static void put_folded(struct buffer *b, const char *label, size_t label_width, struct slice text)
{
	struct slice rest = text, item;
	size_t at = label_width;
	bool first = true;

	put_padded(b, slice_of(label), label_width);
	while (slice_split(&rest, ';', &item)) {
		size_t width = width_of(item) + 2;
		if (!first) {
			buffer_put_byte(b, ';');
			at++;
			if (at + width > CARD_WIDTH) {
				buffer_put_byte(b, '\n');
				put_padded(b, SLICE(""), label_width);
				at = label_width;
			} else {
				buffer_put_byte(b, ' ');
				at++;
			}
		}
		put_clean(b, item);
		at += width - 2;
		first = false;
	}
	buffer_put_byte(b, '\n');
}

static void put_golden(struct buffer *b, const struct maker *m)
{
	const struct history *h = &m->history;
	const struct header *names = &m->layout->header;

	/* The row's first column is customer_id, the golden ones follow. */
	for (size_t i = 0; i < m->layout->at.golden_count; i++) {
		if (h->golden[i].len == 0)
			continue;
		char label[LABEL_WIDTH];
		size_t n = names->names[i + 1].len;
		if (n > sizeof label - 2)
			n = sizeof label - 2;
		memcpy(label, names->names[i + 1].ptr, n);
		label[n] = '\0';
		put_folded(b, label, LABEL_WIDTH, h->golden[i]);
	}
}

static void end_line(struct buffer *b, size_t *column)
{
	if (*column)
		buffer_put_byte(b, '\n');
	*column = 0;
}

/* One feature: short ones two to a line, maps on lines of their own. */
static void put_feature(struct buffer *b, const struct maker *m, const struct feature_column *c,
			struct buffer *cell, size_t *column)
{
	struct feature_value v = {.kind = VALUE_UNKNOWN, .cell = cell};
	struct buffer name = {0}, text = {0};

	buffer_clear(cell);
	c->feature->compute(&m->snapshot, c->part, &v);
	feature_put_name(&name, c->feature, c->days, c->part.key);
	feature_put_value(&text, &v);
	size_t width = width_of(buffer_slice(&text));
	if (v.kind == VALUE_CELL) {
		end_line(b, column);
		buffer_put_byte(&name, ' ');
		put_folded(b, buffer_text(&name), NAME_WIDTH, buffer_slice(&text));
	} else if (v.kind != VALUE_UNKNOWN) {
		if (*column && width > COLUMN_WIDTH - NAME_WIDTH)
			end_line(b, column);
		put_padded(b, buffer_slice(&name), NAME_WIDTH - 1);
		buffer_put_byte(b, ' ');
		if (*column || width >= COLUMN_WIDTH - NAME_WIDTH) {
			put_clean(b, buffer_slice(&text));
			buffer_put_byte(b, '\n');
			*column = 0;
		} else {
			put_padded(b, buffer_slice(&text), COLUMN_WIDTH - NAME_WIDTH);
			*column = 1;
		}
	}
	buffer_free(&name);
	buffer_free(&text);
}

static void trim_lines(struct buffer *b, size_t from)
{
	size_t to = from;

	for (size_t i = from; i < b->len; i++) {
		if (b->ptr[i] == '\n')
			while (to > from && b->ptr[to - 1] == ' ')
				to--;
		b->ptr[to++] = b->ptr[i];
	}
	b->len = to;
}

static void put_card(struct buffer *b, struct maker *m)
{
	const struct row_layout *l = m->layout;
	size_t from = b->len, column = 0, at = 0;

	put_padded(b, SLICE("customer_id"), LABEL_WIDTH);
	put_clean(b, buffer_slice(&m->history.customer_id));
	buffer_put_text(b, "\nas_of           ");
	date_put(b, m->snapshot.day);
	buffer_put_byte(b, '\n');
	put_golden(b, m);
	for (int g = 0; g < FEATURE_GROUPS; g++) {
		size_t heading = b->len;
		buffer_printf(b, "\n%s\n", feature_groups[g].title);
		size_t body = b->len;
		for (const struct feature *f = feature_groups[g].features; f->name; f++)
			for (; at < l->column_count && l->columns[at].feature == f; at++)
				put_feature(b, m, &l->columns[at], &m->cell, &column);
		end_line(b, &column);
		if (b->len == body)
			b->len = heading; /* nothing known: no heading either */
	}
	buffer_put_byte(b, '\n');
	trim_lines(b, from);
}

/* The day after the last event, so that all of them are before it. */
static int64_t day_after(const struct history *h)
{
	int64_t ts = h->count ? h->events[h->count - 1].ts : TIME_NONE;

	if (ts == TIME_NONE)
		return 0;
	return (ts >= 0 ? ts / DAY_SECONDS : -((-ts + DAY_SECONDS - 1) / DAY_SECONDS)) + 1;
}

void card_emit(struct maker *m, struct product *p)
{
	const struct plan *plan = m->layout->plan;
	const struct timezone_rules *zone;
	struct slice zone_name;
	int64_t last = day_after(&m->history);
	const int64_t *days = plan->as_of_count ? plan->as_of : &last;
	size_t n = plan->as_of_count ? plan->as_of_count : 1;
	uint64_t before = p->rows;

	if (!card_matches(&m->history, slice_of(m->emit_context)))
		return;
	row_zone(plan, &m->history, &zone, &zone_name);
	for (size_t i = 0; i < n; i++) {
		if (!snapshot_take(&m->snapshot, plan, &m->history, days[i], zone, zone_name))
			continue;
		put_card(&p->out, m);
		p->rows++;
	}
	p->customers += p->rows > before;
}
