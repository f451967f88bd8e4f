#include "stream/order.h"

static enum so1_status out_of_order(const struct record *rec, const char *column,
				    const char *reason, struct slice value, struct so1_error *e)
{
	error_set(e, SO1_FAILED, "%s; pipe through so1-dedupe", reason);
	error_at(e, rec->file, rec->line, column);
	return error_value(e, value);
}

static void remember(struct buffer *b, struct slice s)
{
	buffer_clear(b);
	buffer_put_slice(b, s);
}

static enum so1_status start_customer(struct order *o, struct slice customer_id, struct slice ts)
{
	o->any = true;
	remember(&o->last_id, customer_id);
	remember(&o->last_ts, ts);
	return SO1_OK;
}

enum so1_status order_check(struct order *o, const struct record *rec, struct slice customer_id,
			    struct slice event, struct slice ts, bool unique, bool *new_customer,
			    struct so1_error *e)
{
	int compared = o->any ? slice_compare(customer_id, buffer_slice(&o->last_id)) : 1;

	if (new_customer)
		*new_customer = compared > 0;
	if (customer_id.len == 0)
		return out_of_order(rec, "customer_id", "a row without customer_id", customer_id, e);
	if (compared < 0)
		return out_of_order(rec, "customer_id", "out of order", customer_id, e);
	if (compared > 0)
		return start_customer(o, customer_id, ts);
	if (unique)
		return out_of_order(rec, "customer_id", "a second row of the same customer",
				    customer_id, e);
	if (slice_is(event, "golden"))
		return out_of_order(rec, "event", "a golden row that is not the customer's first",
				    customer_id, e);
	if (slice_compare(ts, buffer_slice(&o->last_ts)) < 0)
		return out_of_order(rec, "ts", "out of order", ts, e);
	remember(&o->last_ts, ts);
	return SO1_OK;
}

void order_free(struct order *o)
{
	buffer_free(&o->last_id);
	buffer_free(&o->last_ts);
	*o = (struct order){0};
}
