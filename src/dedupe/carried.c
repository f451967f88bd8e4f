#include "dedupe/carried.h"

#include <stdlib.h>

/* Kept customers whose rows stand side by side. */
struct stretch {
	const char *begin, *end;
	uint64_t rows;
};

void carried_begin(struct carried *c)
{
	c->stands = xcalloc((c->carry ? c->carry->part[0].count : 0) + 1, sizeof *c->stands);
}

static enum so1_status put_stretch(struct carried *c, struct stretch *s, struct so1_error *e)
{
	struct slice text = slice_make(s->begin, (size_t)(s->end - s->begin));
	enum so1_status status = text.len ? writer_put_bytes(c->writer, text, s->rows, e) : SO1_OK;

	c->rows += s->rows;
	*s = (struct stretch){NULL, NULL, 0};
	return status;
}

/* For the next run: a customer and its text. */
static enum so1_status put_customer(struct carried *c, struct slice text, const struct carry_line *lines,
				    size_t n, struct so1_error *e)
{
	carry_output_customer(c->output, c->output->text, text.len, lines, n);
	return carry_output_text(c->output, text, e);
}

static enum so1_status put_kept(struct carried *c, struct stretch *s, struct so1_error *e)
{
	const struct carried_customer *x = &c->carry->customers[c->next];

	if (s->end != x->text && put_stretch(c, s, e))
		return e->status;
	if (s->begin == NULL)
		s->begin = x->text;
	s->end = x->text + x->len;
	s->rows += x->count + UINT64_C(1);
	if (x->base != CARRY_NONE)
		c->stands[x->base] = true;
	if (c->adds && x->base != CARRY_NONE)
		return SO1_OK;
	/* Lines of one customer are in one file. */
	return put_customer(c, slice_make(x->text, x->len), carry_line_at(c->carry, x->first), x->count, e);
}

static bool is_before(const struct carried *c, const char *id)
{
	return c->carry && c->next < c->carry->count &&
	       (id == NULL || memcmp(c->carry->customers[c->next].text, id, CUSTOMER_ID_LENGTH) < 0);
}

/* Kept customers before this one, after the text from *from to `to` of those who are made. */
static enum so1_status put_before(struct carried *c, const char *id, struct slice made, size_t *from,
				  size_t to, struct so1_error *e)
{
	struct stretch s = {NULL, NULL, 0};

	for (; is_before(c, id) && e->status == SO1_OK; c->next++) {
		if (c->carry->state[c->next] != CARRY_KEPT)
			continue;
		if (*from < to && writer_put_bytes(c->writer, slice_make(made.ptr + *from, to - *from), 0, e))
			return e->status;
		*from = to;
		put_kept(c, &s, e);
	}
	return e->status ? e->status : put_stretch(c, &s, e);
}

enum so1_status carried_put_before(struct carried *c, const struct customer_id *id,
				   struct so1_error *e)
{
	char text[CUSTOMER_ID_LENGTH];
	size_t from = 0;

	e->status = SO1_OK;
	if (id)
		customer_id_put(*id, text);
	return put_before(c, id ? text : NULL, SLICE(""), &from, 0, e);
}

static bool same_lines(const struct carry_line *a, const struct carry_line *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (a[i].hash != b[i].hash || a[i].tag != b[i].tag)
			return false;
	return true;
}

/* Whether it was made as it stands in FILE.rows, which many are whom something came near. */
static bool stands(struct carried *c, struct slice text, const struct carry_line *lines, size_t n)
{
	if (!c->adds || c->next == c->carry->count)
		return false;
	const struct carried_customer *x = &c->carry->customers[c->next];
	bool same = x->base != CARRY_NONE && x->len == text.len && x->count == n &&
		    memcmp(x->text, text.ptr, text.len) == 0 &&
		    same_lines(lines, carry_line_at(c->carry, x->first), n);
	if (same)
		c->stands[x->base] = true;
	return same;
}

enum so1_status carried_put(struct carried *c, struct slice text, uint64_t rows,
			    const struct carried_made *made, size_t n,
			    const struct carry_line *lines, struct so1_error *e)
{
	size_t from = 0;

	e->status = SO1_OK;
	for (size_t i = 0; i < n; i++) {
		const struct carried_made *x = &made[i];
		struct slice own = slice_make(text.ptr + x->begin, x->end - x->begin);
		if (put_before(c, own.ptr, text, &from, x->begin, e))
			return e->status;
		if (x->lasts && !stands(c, own, lines + x->first, x->count) &&
		    put_customer(c, own, lines + x->first, x->count, e))
			return e->status;
	}
	return writer_put_bytes(c->writer, slice_make(text.ptr + from, text.len - from), rows, e);
}

enum so1_status carried_end(struct carried *c, const struct carry_key *key, struct so1_error *e)
{
	const struct carry_part *base = c->adds ? &c->carry->part[0] : NULL;
	size_t count = base ? base->count : 0, n = 0;
	uint32_t *gone = xmalloc((count + 1) * sizeof *gone);

	for (size_t i = 0; i < count; i++)
		if (!c->stands[i])
			gone[n++] = (uint32_t)i;
	carry_output_seal(c->output, key, base ? base->seal : 0, gone, n, e);
	free(gone);
	return e->status;
}

void carried_free(struct carried *c)
{
	free(c->stands);
}
