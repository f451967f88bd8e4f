#include "dedupe/carried.h"

#include <stdlib.h>

/* Kept customers whose rows stand side by side. */
struct stretch {
	size_t begin, end; /* in the carry's text */
	uint64_t rows;
};

static enum so1_status put_text(struct carried *c, struct slice text, uint64_t rows,
				struct so1_error *e)
{
	if (text.len == 0 && rows == 0)
		return SO1_OK;
	if (writer_put_bytes(c->writer, text, rows, e))
		return e->status;
	return carry_output_text(c->output, text, e);
}

static enum so1_status put_stretch(struct carried *c, struct stretch *s, struct so1_error *e)
{
	struct slice text = slice_make(c->carry->text + s->begin, s->end - s->begin);
	enum so1_status status = put_text(c, text, s->rows, e);

	c->rows += s->rows;
	*s = (struct stretch){0, 0, 0};
	return status;
}

/* For the next run. False when an identity of theirs is gone from FILE. */
static bool keep_on(struct carried *c, const struct carry_customer *x, size_t n, uint64_t text)
{
	const struct carry_line *before = c->carry->lines + x->first;

	GROW(c->lines, c->line_cap, n);
	for (size_t i = 0; i < n; i++) {
		c->lines[i] = before[i];
		c->lines[i].item = c->item_now[before[i].item];
		if (c->lines[i].item == UINT32_MAX)
			return false;
	}
	carry_output_customer(c->output, text, x->len, c->lines, n);
	return true;
}

static enum so1_status put_kept(struct carried *c, struct stretch *s, struct so1_error *e)
{
	const struct carry_customer *x = &c->carry->customers[c->next];
	size_t n = x[1].first - x->first;

	if (s->end != x->text && put_stretch(c, s, e))
		return e->status;
	if (s->end == s->begin)
		s->begin = x->text;
	keep_on(c, x, n, c->output->text + (x->text - s->begin));
	s->end = x->text + x->len;
	s->rows += n + 1;
	return SO1_OK;
}

enum so1_status carried_put_before(struct carried *c, const struct customer_id *id,
				   struct so1_error *e)
{
	struct stretch s = {0, 0, 0};
	char text[CUSTOMER_ID_LENGTH];

	e->status = SO1_OK;
	if (c->carry == NULL)
		return SO1_OK;
	if (id)
		customer_id_put(*id, text);
	for (; c->next < c->carry->count && e->status == SO1_OK; c->next++) {
		const char *kept = c->carry->text + c->carry->customers[c->next].text;
		if (id && memcmp(kept, text, sizeof text) >= 0)
			break;
		if (c->carry->state[c->next] == CARRY_KEPT)
			put_kept(c, &s, e);
	}
	return e->status ? e->status : put_stretch(c, &s, e);
}

/* Whether some customer of the carry, kept or not, comes before this one. */
static bool is_due(const struct carried *c, struct customer_id id)
{
	char text[CUSTOMER_ID_LENGTH];

	if (c->carry == NULL || c->next == c->carry->count)
		return false;
	customer_id_put(id, text);
	return memcmp(c->carry->text + c->carry->customers[c->next].text, text, sizeof text) < 0;
}

enum so1_status carried_put(struct carried *c, struct slice text, uint64_t rows,
			    const struct carried_made *made, size_t n,
			    const struct carry_line *lines, struct so1_error *e)
{
	size_t from = 0;

	e->status = SO1_OK;
	for (size_t i = 0; i < n && e->status == SO1_OK; i++) {
		const struct carried_made *x = &made[i];
		if (is_due(c, x->id)) {
			if (put_text(c, slice_make(text.ptr + from, x->begin - from), 0, e))
				break;
			from = x->begin;
			carried_put_before(c, &x->id, e);
		}
		if (x->lasts)
			carry_output_customer(c->output, c->output->text + (x->begin - from),
					      x->end - x->begin, lines + x->first, x->count);
	}
	return e->status ? e->status
			 : put_text(c, slice_make(text.ptr + from, text.len - from), rows, e);
}

void carried_free(struct carried *c)
{
	free(c->lines);
}
