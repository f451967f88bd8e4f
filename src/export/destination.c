#include "export/destination.h"

#include "base/datetime.h"
#include "base/number.h"
#include "export/sheet.h"
#include "stream/cells.h"

#define DECLARE(id, text) extern const struct destination destination_##id;
DESTINATIONS(DECLARE, DECLARE)

#define ADDRESS(id, text) &destination_##id,
const struct destination *const destination_table[] = {DESTINATIONS(ADDRESS, ADDRESS)};
const size_t destination_count = sizeof destination_table / sizeof *destination_table;

enum so1_status destination_check(const struct destination *d, const struct layout *l,
				  struct so1_error *e)
{
	if (d->check)
		return d->check(l, e);
	return d->sheet ? sheet_check(d->sheet, l, NULL, e) : SO1_OK;
}

void destination_put_header(const struct destination *d, const struct layout *l, size_t state,
			    char delimiter, struct buffer *out)
{
	bool first_cell = true;

	if (d->put_header) {
		d->put_header(l, state, delimiter, out);
		return;
	}
	sheet_put_names(d->sheet, l, &first_cell, out);
	destination_end_row(out);
}

void destination_put_row(const struct destination *d, const struct destination_row *row,
			 struct buffer *out)
{
	bool first_cell = true;

	if (d->put_row) {
		d->put_row(row, out);
		return;
	}
	sheet_put_cells(d->sheet, row, &first_cell, out);
	destination_end_row(out);
}

/* What OWASP lists as the start of a formula. */
static bool is_trigger(char c)
{
	return memchr("=+-@\t\r\n", c, 7) != NULL;
}

static size_t count_of(struct slice s, const char *set)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		n += s.ptr[i] && strchr(set, s.ptr[i]) != NULL;
	return n;
}

/* -12.5, -10 %, +49 (170) 111-0001, @joe_x: a sign that belongs to the value. */
static bool is_signed(struct slice s)
{
	static const char handle[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "0123456789_.";
	struct slice rest = slice_make(s.ptr + 1, s.len - 1);
	size_t digits = count_of(rest, "0123456789");

	if (s.ptr[0] == '@') {
		for (size_t i = 0; i < rest.len; i++)
			if (!memchr(handle, rest.ptr[i], sizeof handle - 1))
				return false;
		return rest.len > 0;
	}
	double x;
	if (s.ptr[0] == '+' && digits >= 6 && digits + count_of(rest, " ()-./") == rest.len)
		return true;
	return (s.ptr[0] == '-' && number_parse_double(s, &x)) ||
	       ((s.ptr[0] == '+' || s.ptr[0] == '-') && digits &&
		digits + count_of(rest, "., %") == rest.len);
}

bool destination_is_formula(struct slice text)
{
	return text.len && is_trigger(text.ptr[0]) && !is_signed(text);
}

bool destination_is_free(const struct layout_column *c, struct slice cell)
{
	double x;
	int64_t t;

	switch (c->kind) {
	case CELL_TEXT: return false;
	case CELL_NUMBER: return !number_parse_double(cell, &x);
	case CELL_DATE: return !datetime_parse_iso(cell, &t, NULL, NULL);
	case CELL_BOOL: case CELL_FREE: case CELL_LIST: case CELL_MAP: break;
	}
	return true;
}

struct slice destination_text(const struct layout_column *c, struct slice cell,
			      struct destination_counts *counts)
{
	if (!destination_is_formula(cell) || !destination_is_free(c, cell))
		return cell;
	counts->formulas++;
	/* "= =x" is no better than "=x". */
	while (cell.len && (destination_is_formula(cell) || cell.ptr[0] == ' '))
		cell = slice_make(cell.ptr + 1, cell.len - 1);
	return cell;
}

const char *const email_states[] = {"subscribed", "unsubscribed", "nonsubscribed", NULL};

size_t email_state_of(const struct permission *p, enum consent_policy policy)
{
	channel_set email = CHANNEL_BIT(CHANNEL_EMAIL);

	if (p->optout & email)
		return EMAIL_UNSUBSCRIBED;
	return (policy == CONSENT_STRICT ? p->optin : p->consented) & email ? EMAIL_SUBSCRIBED
									    : EMAIL_NONSUBSCRIBED;
}

struct slice destination_cell(const struct destination_row *row, const char *name)
{
	size_t i = layout_find(row->layout, name);

	return i == COLUMN_NONE ? slice_make("", 0) : row->cells[i];
}

enum so1_status destination_check_columns(const struct layout *l, const char *const *known,
					  struct so1_error *e)
{
	for (size_t i = 0; i < l->person_count; i++) {
		const char *const *name = known;
		while (*name && strcmp(*name, l->columns[i].name) != 0)
			name++;
		if (*name)
			continue;
		error_set(e, SO1_USAGE, "the destination has no place for it");
		error_value(e, slice_of(l->columns[i].name));
		return error_at(e, NULL, 0, "--columns");
	}
	return SO1_OK;
}

void destination_put_cell(struct buffer *out, bool *first, struct slice cell)
{
	if (!*first)
		buffer_put_byte(out, ',');
	*first = false;
	csv_put_field(out, cell, ',');
}

void destination_end_row(struct buffer *out)
{
	buffer_put_byte(out, '\n');
}

void destination_put_json(struct buffer *out, struct slice text)
{
	size_t done = 0;

	buffer_put_byte(out, '"');
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];
		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		buffer_put(out, text.ptr + done, i - done);
		done = i + 1;
		if (c == '"' || c == '\\')
			buffer_printf(out, "\\%c", c);
		else
			buffer_printf(out, "\\u%04x", c);
	}
	buffer_put(out, text.ptr + done, text.len - done);
	buffer_put_byte(out, '"');
}

void destination_put_json_list(struct buffer *out, struct slice cell)
{
	struct arena arena = {0};
	struct slice rest = cell, item, value;
	bool first = true;

	buffer_put_byte(out, '[');
	while (cell_next(&rest, &item, &value, &arena)) {
		if (!first)
			buffer_put_byte(out, ',');
		first = false;
		destination_put_json(out, item);
	}
	buffer_put_byte(out, ']');
	arena_free(&arena);
}

static bool is_digit(struct slice s, size_t i)
{
	return i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9';
}

/* JSON's grammar is narrower than ours: 007 and .5 are no numbers there. */
static bool is_json_number(struct slice s)
{
	size_t i = s.len && s.ptr[0] == '-';
	double x;

	if (!is_digit(s, i) || (s.ptr[i] == '0' && is_digit(s, i + 1)))
		return false;
	while (is_digit(s, i))
		i++;
	if (i < s.len && s.ptr[i] == '.' && !is_digit(s, i + 1))
		return false;
	return number_parse_double(s, &x);
}

static void put_map(struct buffer *out, struct slice cell)
{
	struct arena arena = {0};
	struct slice rest = cell, key, value;
	bool more = false;

	buffer_put_byte(out, '{');
	while (cell_next(&rest, &key, &value, &arena)) {
		if (more)
			buffer_put_byte(out, ',');
		more = true;
		destination_put_json(out, key);
		buffer_put_byte(out, ':');
		if (is_json_number(value))
			buffer_put_slice(out, value);
		else
			destination_put_json(out, value);
	}
	buffer_put_byte(out, '}');
	arena_free(&arena);
}

void destination_put_json_cell(struct buffer *out, enum cell_kind kind, struct slice cell)
{
	if (kind == CELL_LIST)
		destination_put_json_list(out, cell);
	else if (kind == CELL_MAP)
		put_map(out, cell);
	else if (cell.len == 0)
		buffer_put_text(out, "null");
	else if (kind == CELL_BOOL)
		buffer_put_text(out, slice_is(cell, "1") ? "true" : "false");
	else if (kind == CELL_NUMBER && is_json_number(cell))
		buffer_put_slice(out, cell);
	else
		destination_put_json(out, cell);
}
