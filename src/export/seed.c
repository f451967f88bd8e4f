#include "export/seed.h"

#include "base/table.h"
#include "stream/reader.h"

#include <stdio.h>
#include <stdlib.h>

/* Where the file's columns go: seed field by file column. */
struct seed_columns {
	const struct layout *layout;
	size_t email, customer_id;
	bool plain; /* one address a line */
};

static bool is_address(struct slice s)
{
	size_t at = slice_find_byte(s, '@');

	return at > 0 && at + 1 < s.len && slice_find_byte(s, ' ') == s.len;
}

static void set_by_name(const struct layout *l, struct slice *row, const char *name,
			struct slice value)
{
	size_t i = layout_find(l, name);

	if (i < l->person_count)
		row[i + 1] = value;
}

/* One seed; cells are those of the record, names those of the file's header. */
static enum so1_status add_seed(struct seeds *s, const struct seed_columns *c,
				const struct header *h, const struct slice *cells,
				const char *file, uint64_t line, struct so1_error *e)
{
	struct slice email = slice_trim(cells[c->email]);
	char id[32];

	if (!is_address(email)) {
		error_set(e, SO1_FAILED, "not an e-mail address");
		error_value(e, email);
		return error_at(e, file, line, "email");
	}
	GROW(s->fields, s->cap, (s->count + 1) * s->width);
	struct slice *row = s->fields + s->count++ * s->width;
	for (size_t i = 0; i < s->width; i++)
		row[i] = slice_make("", 0);
	set_by_name(c->layout, row, "optin_email", SLICE("1"));
	for (size_t i = 0; !c->plain && i < h->count; i++) {
		char *name = xstrndup(h->names[i].ptr, h->names[i].len);
		set_by_name(c->layout, row, name, arena_copy(&s->text, cells[i]));
		free(name);
	}
	set_by_name(c->layout, row, "email", arena_copy(&s->text, email));
	snprintf(id, sizeof id, "~seed-%03zu", s->count);
	bool named = c->customer_id != COLUMN_NONE && cells[c->customer_id].len;
	row[0] = arena_copy(&s->text, named ? cells[c->customer_id] : slice_of(id));
	set_by_name(c->layout, row, "customer_id", row[0]);
	return SO1_OK;
}

/* A file of one column whose first line is an address has no header. */
static enum so1_status find_columns(struct seeds *s, struct seed_columns *c,
				    const struct header *h, const char *file, struct so1_error *e)
{
	c->email = header_find(h, SLICE("email"));
	c->customer_id = header_find(h, SLICE("customer_id"));
	if (c->email != COLUMN_NONE)
		return SO1_OK;
	c->plain = h->count == 1 && is_address(slice_trim(h->names[0]));
	if (c->plain) {
		c->email = 0;
		return add_seed(s, c, h, h->names, file, 1, e);
	}
	error_set(e, SO1_FAILED, "no column 'email'");
	return error_at(e, file, 1, NULL);
}

enum so1_status seeds_read(struct seeds *s, const char *file, const struct layout *l,
			   struct so1_error *e)
{
	struct reader_options options = {.allow_empty = true, .threads = 1};
	struct seed_columns c = {.layout = l};
	struct reader *r = NULL;
	struct record rec;
	bool more = true;
	enum so1_status status = reader_open(&r, &file, 1, &options, e);

	s->width = 1 + l->person_count + l->top;
	if (status != SO1_OK)
		goto out;
	const struct header *h = reader_header(r);
	if (h->count)
		status = find_columns(s, &c, h, file, e);
	while (status == SO1_OK && h->count) {
		status = reader_next(r, &rec, &more, e);
		if (status != SO1_OK || !more)
			break;
		status = add_seed(s, &c, h, rec.fields, file, rec.line, e);
	}
	if (status == SO1_OK && s->count == 0) {
		status = error_set(e, SO1_FAILED, "no seed address");
		error_at(e, file, 0, NULL);
	}
out:
	reader_close(r);
	return status;
}

struct parcel seeds_parcel(const struct seeds *s, size_t i, channel_set optin)
{
	return (struct parcel){
		.permission = {.optin = optin, .consented = optin, .reachable = optin},
		.fields = s->fields + i * s->width,
		.field_count = s->width,
		.seed = true,
		.send_at = PARCEL_NO_TIME,
	};
}

void seeds_free(struct seeds *s)
{
	arena_free(&s->text);
	free(s->fields);
	*s = (struct seeds){0};
}
