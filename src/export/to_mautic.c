/* --for mautic: a contact import by field alias. From the product's source: tags with '|'
 * between, one that starts with '-' removes; a backslash escapes the quote behind it; values
 * are trimmed; doNotEmail is 1 or 0, and both 0 and a blank cell remove every reason not to
 * mail, bounces too. Therefore only the file of those who opted out has that column, 1 in
 * every row. Read there, not run. From memory: dates as PHP reads them, ISO among them, and
 * the aliases of fields. */
#include "export/sheet.h"

static const char *const first[] = {"email", NULL};
static const char *const columns[] = {
	"first_name", "last_name", "phone", "street", "city", "postcode", "country", "language",
	"birth_date", "customer_id", "tags", "segments", NULL,
};

static const struct sheet_name names[] = {
	{"first_name", "firstname"}, {"last_name", "lastname"}, {"phone", "mobile"},
	{"street", "address1"}, {"postcode", "zipcode"}, {"language", "preferred_locale"},
	{NULL, NULL},
};

static const struct sheet sheet = {
	.names = names, .letters = SHEET_LOWER, .yes = "1", .no = "0", .dates = SHEET_ISO,
	.separator = "|", .tags = "tags", .tag_separator = "|", .tag_refused = "|",
	.tag_no_minus = true,
};

static void put_header(const struct layout *l, size_t state, char delimiter, struct buffer *out)
{
	bool first_cell = true;

	(void)delimiter;
	sheet_put_names(&sheet, l, &first_cell, out);
	if (state == EMAIL_UNSUBSCRIBED)
		destination_put_cell(out, &first_cell, SLICE("doNotEmail"));
	destination_end_row(out);
}

/* Where a cell must be quoted, a blank behind each backslash that a quote would follow: at
 * the end Mautic trims it away again. */
static struct slice disarm(struct slice cell, struct buffer *scratch)
{
	bool quoted = false;

	if (slice_find_byte(cell, '\\') == cell.len)
		return cell;
	for (size_t i = 0; i < cell.len; i++)
		quoted |= memchr(",\"\r\n", cell.ptr[i], 4) != NULL;
	if (!quoted)
		return cell;
	buffer_clear(scratch);
	for (size_t i = 0; i < cell.len; i++) {
		buffer_put_byte(scratch, cell.ptr[i]);
		if (cell.ptr[i] == '\\' && (i + 1 == cell.len || cell.ptr[i + 1] == '"'))
			buffer_put_byte(scratch, ' ');
	}
	return buffer_slice(scratch);
}

static void put_row(const struct destination_row *row, struct buffer *out)
{
	struct buffer scratch = {0}, safe = {0};
	bool first_cell = true;

	for (size_t i = 0; i < row->layout->count; i++) {
		if (!sheet_has_cell(&sheet, row->layout, i))
			continue;
		struct slice cell = sheet_cell(&sheet, row, i, &scratch);
		destination_put_cell(out, &first_cell, disarm(cell, &safe));
	}
	if (row->state == EMAIL_UNSUBSCRIBED)
		destination_put_cell(out, &first_cell, SLICE("1"));
	destination_end_row(out);
	buffer_free(&scratch);
	buffer_free(&safe);
}

static enum so1_status check(const struct layout *l, struct so1_error *e)
{
	return sheet_check(&sheet, l, "doNotEmail", e);
}

const struct destination destination_mautic = {
	.name = "mautic",
	.file = "mautic.csv",
	.is_by_address = true,
	.channels = CHANNEL_BIT(CHANNEL_EMAIL),
	.implied = CHANNEL_BIT(CHANNEL_EMAIL),
	.needs = {T_EMAIL, TOUCHPOINT_COLUMNS},
	.first = first,
	.offers = columns,
	.audience = columns,
	.states = email_states,
	.state = email_state_of,
	.check = check,
	.put_header = put_header,
	.put_row = put_row,
};
