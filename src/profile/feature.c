#include "profile/feature.h"

#include "base/datetime.h"
#include "base/number.h"
#include "stream/cells.h"
#include "stream/dialect.h"

enum { SIGNIFICANT_DIGITS = 10 };

const struct feature_group feature_groups[FEATURE_GROUPS] = {
	{"value", "Value", feature_value_table},
	{"rhythm", "Rhythm", feature_rhythm_table},
	{"interest", "Interest", feature_interest_table},
	{"response", "Response", feature_response_table},
	{"moment", "Moment", feature_moment_table},
	{"maps", "Maps", feature_map_table},
	{"labels", "Labels", feature_label_table},
};

void feature_put_name(struct buffer *b, const struct feature *f, uint32_t days,
		      enum key_space key)
{
	struct slice name = slice_of(f->name);

	switch (f->scope) {
	case SCOPE_ONCE:
		buffer_put_slice(b, name);
		break;
	case SCOPE_WINDOW: /* ends in Wd */
		buffer_put(b, name.ptr, name.len - 2);
		buffer_printf(b, "%ud", days);
		break;
	case SCOPE_KEY: /* ends in K */
		buffer_put(b, name.ptr, name.len - 1);
		buffer_put_text(b, key_space_names[key]);
		break;
	}
}

void feature_put_value(struct buffer *b, const struct feature_value *v)
{
	switch (v->kind) {
	case VALUE_UNKNOWN:
		break;
	case VALUE_COUNT:
	case VALUE_FLAG:
		number_put_int(b, v->i);
		break;
	case VALUE_MONEY:
		decimal_put(b, v->i, 2);
		break;
	case VALUE_DECIMAL:
		decimal_put(b, v->i, 0);
		break;
	case VALUE_NUMBER:
		number_put_rounded(b, v->x, SIGNIFICANT_DIGITS);
		break;
	case VALUE_DATE:
		date_put(b, v->i);
		break;
	case VALUE_TEXT:
		buffer_put_slice(b, v->text);
		break;
	case VALUE_CELL:
		buffer_put_slice(b, buffer_slice(v->cell));
		break;
	}
}

void feature_put_catalogue(struct buffer *b)
{
	struct slice header[] = {SLICE("feature"), SLICE("group"), SLICE("unit"),
				 SLICE("definition"), SLICE("source")};

	csv_put_record(b, header, 5, ',');
	for (int g = 0; g < FEATURE_GROUPS; g++) {
		for (const struct feature *f = feature_groups[g].features; f->name; f++) {
			struct slice row[] = {slice_of(f->name), slice_of(feature_groups[g].name),
					      slice_of(f->unit), slice_of(f->definition),
					      slice_of(f->source)};
			csv_put_record(b, row, 5, ',');
		}
	}
}

void value_count(struct feature_value *v, uint64_t n)
{
	v->kind = VALUE_COUNT;
	v->i = (int64_t)n;
}

void value_flag(struct feature_value *v, bool yes)
{
	v->kind = VALUE_FLAG;
	v->i = yes;
}

void value_number(struct feature_value *v, double x)
{
	v->kind = VALUE_NUMBER;
	v->x = x;
}

void value_money(struct feature_value *v, const struct money_sum *m)
{
	if (money_known(m, &v->i))
		v->kind = VALUE_MONEY;
}

void value_share(struct feature_value *v, double part, double whole)
{
	if (whole > 0)
		value_number(v, part / whole);
}

void value_key(struct feature_value *v, struct slice name)
{
	v->kind = VALUE_CELL;
	if (v->cell->len)
		buffer_put_byte(v->cell, ';');
	cell_put_escaped(v->cell, name);
	buffer_put_byte(v->cell, '=');
}

void value_days_since(struct feature_value *v, const struct snapshot *s, int64_t day)
{
	if (day != DAY_NONE)
		value_count(v, (uint64_t)(s->day - day));
}
