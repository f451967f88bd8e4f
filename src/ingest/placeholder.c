#include "ingest/placeholder.h"

#include "ingest/text.h"
#include "stream/reader.h"

enum { BUILT_IN_LONGEST = 24 };

/* Lower case, sorted: bsearch in is_listed. */
static const char *const everywhere[] = {
	"#n/a", "#na", "#ref!", "#value!", "(keine)", "(leer)", "(none)", "(null)",
	"(unbekannt)", "(unknown)", "<leer>", "<none>", "<null>", "\\n", "empty",
	"entfällt", "k. a", "k.a", "k/a", "kein", "keine", "keine angabe", "keine angaben",
	"leer", "missing", "n. a", "n.a", "n.n", "n.v", "n/a", "n/v", "nicht angegeben",
	"nicht bekannt", "nicht vorhanden", "nil", "none", "not applicable",
	"not available", "not given", "not known", "not provided", "not set", "nothing",
	"null", "ohne angabe", "tba", "tbd", "unbekannt", "undefined", "unknown",
	"unspecified",
};

static const char *const in_names[] = {
	"anonym", "anonymous", "asdf", "dummy", "first name", "firstname", "gast", "guest",
	"last name", "lastname", "max mustermann", "mustermann", "nachname", "test",
	"test test", "tester", "testuser", "vorname",
};

static bool is_listed(const char *const *list, size_t count, struct slice s)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t mid = (low + high) / 2;
		int order = slice_compare(s, slice_of(list[mid]));
		if (order == 0)
			return true;
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return false;
}

/* First bytes of anything below; most values are done with after one look. */
static bool may_begin(char c)
{
	static const bool begins[256] = {
		['#'] = true, ['('] = true, ['<'] = true, ['\\'] = true, ['-'] = true, ['.'] = true,
		['?'] = true, ['_'] = true, ['*'] = true, ['/'] = true, ['+'] = true, [' '] = true,
		['0'] = true, ['1'] = true, ['3'] = true, ['9'] = true, ['\xe2' & 0xff] = true,
		['a'] = true, ['d'] = true, ['e'] = true, ['f'] = true, ['g'] = true, ['k'] = true,
		['l'] = true, ['m'] = true, ['n'] = true, ['o'] = true, ['t'] = true, ['u'] = true,
		['v'] = true, ['x'] = true,
		['A'] = true, ['D'] = true, ['E'] = true, ['F'] = true, ['G'] = true, ['K'] = true,
		['L'] = true, ['M'] = true, ['N'] = true, ['O'] = true, ['T'] = true, ['U'] = true,
		['V'] = true, ['X'] = true,
	};

	return begins[(unsigned char)c];
}

/* Nothing but bytes of `set`; all bytes of one kind or several. */
static bool is_only(struct slice s, const char *set)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] == '\0' || !strchr(set, s.ptr[i]))
			return false;
	return true;
}

/* "x", "xx", "XXX", "--", "...", "?", en and em dashes. One letter x may be a yes, a gender
 * or a size, so the columns that take words are asked elsewhere. */
static bool is_filler(struct slice s)
{
	if (strchr("-.?_*/", s.ptr[0]) && is_only(s, (const char[]){s.ptr[0], '\0'}))
		return true;
	if (s.len >= 2 && is_only(s, "xX"))
		return true;
	return s.len == 3 && (memcmp(s.ptr, "\xe2\x80\x93", 3) == 0 ||
			      memcmp(s.ptr, "\xe2\x80\x94", 3) == 0);
}

static bool is_identifier(enum touchpoint_column c)
{
	return c == T_SOURCE_ID || c == T_LOYALTY_ID || c == T_DEVICE_ID || c == T_PHONE;
}

static bool is_name(enum touchpoint_column c)
{
	return c == T_FIRST_NAME || c == T_LAST_NAME || c == T_STREET || c == T_CITY;
}

/* Years nobody was born in and nothing happened in, in the usual notations. */
static bool is_no_date(struct slice s)
{
	static const char *const heads[] = {"0000-00-00", "00.00.0000", "00/00/0000", "0001-01-01",
		"01.01.0001", "1900-01-01", "01.01.1900", "01/01/1900", "1/1/1900", "1.1.1900",
		"9999-12-31", "31.12.9999", "12/31/9999", "31/12/9999", "00.00.00", "19000101",
		"99991231", "00000000"};

	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
		if (s.ptr[0] != heads[i][0])
			continue;
		size_t n = strlen(heads[i]);
		if (s.len >= n && memcmp(s.ptr, heads[i], n) == 0 &&
		    (s.len == n || s.ptr[n] == ' ' || s.ptr[n] == 'T'))
			return true;
	}
	return false;
}

static bool is_built_in(enum touchpoint_column c, struct slice s)
{
	char low[BUILT_IN_LONGEST];

	if (s.len == 0 || s.len > BUILT_IN_LONGEST || !may_begin(s.ptr[0]))
		return false;
	if (is_filler(s))
		return true;
	bool digit = byte_is_digit(s.ptr[0]);
	if (is_identifier(c) && is_only(s, "0-. /+()") && memchr(s.ptr, '0', s.len))
		return true;
	if ((c == T_BIRTH_DATE || c == T_TS) && is_no_date(s))
		return true;
	if (digit)
		return false;
	if ((slice_is(s, "NA") && c != T_COUNTRY) || slice_is(s, "NaN") || slice_is(s, "nan"))
		return true;
	for (size_t i = 0; i < s.len; i++)
		low[i] = s.ptr[i] >= 'A' && s.ptr[i] <= 'Z' ? (char)(s.ptr[i] + 32) : s.ptr[i];
	struct slice key = slice_make(low, s.len);
	/* "n.a." and "k. A." */
	while (key.len > 1 && key.ptr[key.len - 1] == '.')
		key.len--;
	return is_listed(everywhere, sizeof everywhere / sizeof *everywhere, key) ||
	       (is_name(c) && is_listed(in_names, sizeof in_names / sizeof *in_names, key));
}

static struct slice make_key(struct slice column, struct slice value, struct arena *a)
{
	struct slice key = text_key(value, a);

	if (key.len == 0)
		key = value;
	char *p = arena_bytes(a, column.len + 1 + key.len);
	memcpy(p, column.ptr, column.len);
	p[column.len] = '\0';
	memcpy(p + column.len + 1, key.ptr, key.len);
	return slice_make(p, column.len + 1 + key.len);
}

bool placeholder_is(const struct placeholders *p, enum touchpoint_column c, struct slice s,
		    struct arena *a)
{
	if (is_built_in(c, s))
		return true;
	if (p == NULL || p->values.count == 0)
		return false;
	struct slice own = make_key(slice_of(touchpoint_table[c].name), s, a);
	if (dictionary_find(&p->values, own) != DICTIONARY_NONE)
		return true;
	return dictionary_find(&p->values, make_key(SLICE(""), s, a)) != DICTIONARY_NONE;
}

struct loading {
	struct placeholders *p;
	size_t column, value;
};

static enum so1_status load_header(void *context, const struct header *h, struct so1_error *e)
{
	struct loading *l = context;

	l->column = header_find(h, SLICE("column"));
	l->value = header_find(h, SLICE("value"));
	if (l->column == COLUMN_NONE || l->value == COLUMN_NONE)
		return error_set(e, SO1_USAGE, "placeholders need the columns 'column' and 'value'");
	return SO1_OK;
}

static enum so1_status load_row(void *context, const struct record *rec, struct so1_error *e)
{
	struct loading *l = context;
	struct slice column = slice_trim(rec->fields[l->column]);
	struct slice value = text_clean(rec->fields[l->value], &l->p->scratch);

	if (column.len > 0 && touchpoint_column_of(column) == TOUCHPOINT_COLUMNS) {
		error_set(e, SO1_USAGE, "no touchpoint column");
		error_at(e, rec->file, rec->line, "column");
		return error_value(e, column);
	}
	dictionary_add(&l->p->values, make_key(column, value, &l->p->scratch), NULL);
	return SO1_OK;
}

enum so1_status placeholders_load(struct placeholders *p, const char *file, struct so1_error *e)
{
	struct loading l = {.p = p};

	return csv_read_file(file, load_header, load_row, &l, e);
}

void placeholders_free(struct placeholders *p)
{
	dictionary_free(&p->values);
	arena_free(&p->scratch);
}
