/* What the customer base models read of a row. */
#include "predict/clv.h"

#include "base/number.h"

#include <math.h>

enum so1_status clv_columns_find(struct clv_columns *c, const struct header *h,
				 struct so1_error *e)
{
	const struct {
		const char *name;
		size_t *index;
	} needed[] = {
		{"repeat_orders", &c->repeats},
		{"last_repeat_days", &c->last},
		{"observed_days", &c->end},
		{"repeat_spend", &c->spend},
	};

	enum so1_status s = SO1_OK;

	for (size_t i = 0; i < sizeof needed / sizeof *needed && s == SO1_OK; i++)
		s = columns_need(h, slice_of(needed[i].name), needed[i].index, e);
	c->as_of = header_find(h, SLICE("as_of"));
	return s;
}

static enum so1_status refuse(const char *column, const char *reason, struct slice value,
			      struct so1_error *e)
{
	error_set(e, SO1_FAILED, "%s", reason);
	error_at(e, NULL, 0, column);
	return error_value(e, value);
}

static enum so1_status read_number(struct slice field, const char *column, double *x,
				   struct so1_error *e)
{
	if (field.len == 0)
		return refuse(column, "unknown, though the customer has an order", field, e);
	if (!number_parse_double(field, x))
		return refuse(column, "not a number", field, e);
	if (*x < 0)
		return refuse(column, "negative", field, e);
	return SO1_OK;
}

enum so1_status clv_row_read(struct clv_row *row, const struct clv_columns *c,
			     const struct slice *fields, struct so1_error *e)
{
	struct slice repeats = fields[c->repeats], last = fields[c->last], end = fields[c->end];
	double x, t, T, spend = 0;

	row->known = repeats.len || last.len || end.len;
	if (!row->known)
		return SO1_OK;
	enum so1_status s = read_number(repeats, "repeat_orders", &x, e);
	if (s == SO1_OK)
		s = read_number(last, "last_repeat_days", &t, e);
	if (s == SO1_OK)
		s = read_number(end, "observed_days", &T, e);
	if (s != SO1_OK)
		return s;
	if (x != floor(x) || x > BUYER_REPEATS_MOST)
		return refuse("repeat_orders", "not a whole number up to a million", repeats, e);
	if (t > T)
		return refuse("last_repeat_days", "more than observed_days", last, e);
	if (x == 0 && t > 0)
		return refuse("last_repeat_days", "not 0, though repeat_orders is", last, e);
	if (x > 0 && t == 0)
		return refuse("last_repeat_days", "0, though repeat_orders is not", last, e);
	if (T > 1e6)
		return refuse("observed_days", "more than a million days", end, e);
	if (fields[c->spend].len && !number_parse_double(fields[c->spend], &spend))
		return refuse("repeat_spend", "not a number", fields[c->spend], e);
	row->buyer = (struct buyer){(uint32_t)x, t / DAYS_A_WEEK, T / DAYS_A_WEEK};
	row->spend = x > 0 && spend > 0 ? fmin(spend, 1e15) : 0;
	return SO1_OK;
}
