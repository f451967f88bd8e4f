/* --for pos: coupons for a till system: who (by loyalty id), which coupon, what the slip
 * says, from when to when. No vendor's format but the least any till reads: one row a
 * coupon, dates YYYY-MM-DD, empty where the offer has no first or last day. */
#include "export/destination.h"

static const char *const first[] = {"loyalty_id", NULL};
static const char *const none[] = {NULL};

static const struct offer_column coupon[] = {
	{"offer_id", PART_ID, CELL_TEXT}, {"coupon_code", PART_CODE, CELL_TEXT},
	{"text", PART_NAME, CELL_FREE}, {"valid_from", PART_STARTS, CELL_DATE},
	{"valid_to", PART_ENDS, CELL_DATE}, {NULL, PART_NONE, CELL_TEXT},
};

static const char header[] = "loyalty_id,coupon_code,text,valid_from,valid_to\n";

static void put_header(const struct layout *l, size_t state, char delimiter, struct buffer *out)
{
	(void)l, (void)state, (void)delimiter;
	buffer_put_text(out, header);
}

/* An offer without code or name goes by its id: the clerk must have something to key in. */
static void put_row(const struct destination_row *row, struct buffer *out)
{
	static const struct layout_column text = {.kind = CELL_FREE};
	struct slice id = destination_cell(row, "offer_id");
	struct slice code = destination_cell(row, "coupon_code");
	struct slice name = destination_cell(row, "text");
	bool first_cell = true;

	destination_put_cell(out, &first_cell, destination_cell(row, "loyalty_id"));
	destination_put_cell(out, &first_cell, code.len ? code : id);
	destination_put_cell(out, &first_cell,
			     destination_text(&text, name.len ? name : id, row->counts));
	destination_put_cell(out, &first_cell, destination_cell(row, "valid_from"));
	destination_put_cell(out, &first_cell, destination_cell(row, "valid_to"));
	destination_end_row(out);
}

static enum so1_status check(const struct layout *l, struct so1_error *e)
{
	return destination_check_columns(l, first, e);
}

const struct destination destination_pos = {
	.name = "pos",
	.file = "pos.csv",
	.channels = CHANNEL_BIT(CHANNEL_POS),
	.needs = {T_LOYALTY_ID, TOUCHPOINT_COLUMNS},
	.first = first,
	.offers = none,
	.audience = none,
	.coupon = coupon,
	.needs_offers = true,
	.check = check,
	.put_header = put_header,
	.put_row = put_row,
};
