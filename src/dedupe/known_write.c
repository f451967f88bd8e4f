/* What is known from now on. */
#include "dedupe/known.h"

#include "dedupe/known_format.h"
#include "stream/seal.h"

#include <stdlib.h>
#include <sys/stat.h>

enum { PIECE = 1 << 20 };

void known_put(struct buffer *b, const struct slice fields[IDENTITY_FIELDS],
	       const struct sighting *seen)
{
	for (int f = 0; f < IDENTITY_FIELDS; f++) {
		uint32_t len = (uint32_t)fields[f].len;
		buffer_put_byte(b, (char)(len < LONG_FIELD ? len : LONG_FIELD));
		if (len >= LONG_FIELD)
			buffer_put(b, (const char *)&len, sizeof len);
		buffer_put_slice(b, fields[f]);
	}
	sighting_put(seen, b);
}

/* What is in o->out goes out when it is `least` bytes or more. */
static enum so1_status put(struct known_output *o, const void *bytes, size_t n, size_t least,
			   struct so1_error *e)
{
	if (n && n < PIECE)
		buffer_put(&o->out, bytes, n);
	if (n < PIECE && o->out.len < least)
		return SO1_OK;
	seal_hash_add(o->hash, o->out.ptr, o->out.len);
	if (sink_write(&o->sink, o->out.ptr, o->out.len, e))
		return e->status;
	buffer_clear(&o->out);
	if (n < PIECE)
		return SO1_OK;
	seal_hash_add(o->hash, bytes, n); /* too much to copy once more */
	return sink_write(&o->sink, bytes, n, e);
}

static enum so1_status fill_up(struct known_output *o, uint64_t bytes, struct so1_error *e)
{
	static const char zero[ALIGNMENT];

	return put(o, zero, (size_t)(filled_up(bytes) - bytes), PIECE, e);
}

/* What of the identities before stays, or is written. */
struct selection {
	const struct known *before;
	const struct known_change *change;
	bool adds;
	uint32_t *items; /* that are written, by their numbers before */
	size_t count;
	uint64_t text;   /* bytes of these */
	uint32_t *gone;  /* of FILE, where it stays */
	struct known_item *changed;
	size_t gone_count, changed_count;
};

static struct known_item item_now(const struct selection *s, size_t i)
{
	const struct known_change *c = s->change;
	struct known_item item = s->before->items[i];

	if (c->changed && c->change_of[i]) {
		const struct known_item *now = &c->changed[c->change_of[i] - 1];
		item.id_high = now->id_high;
		item.id_low = now->id_low;
		item.layer = now->layer;
	}
	return item;
}

static struct slice text_of(const struct known *k, size_t item)
{
	size_t at;
	const struct known_part *p = known_part_of(k, item, &at);
	uint64_t end = at + 1 < p->count ? p->items[at + 1].text : p->text_len;

	return slice_make(p->text + p->items[at].text, (size_t)(end - p->items[at].text));
}

/* An item of FILE, which stays: told of where it is another customer's than there. */
static void select_change(struct selection *s, size_t i, size_t row)
{
	struct known_item now = item_now(s, i), then = s->before->part[0].items[row];

	if (now.id_high == then.id_high && now.id_low == then.id_low && now.layer == then.layer)
		return;
	now.text = row;
	s->changed[s->changed_count++] = now;
}

static void select_items(struct selection *s)
{
	const struct known *k = s->before;
	size_t next = 0; /* row of FILE */

	s->count = s->gone_count = s->changed_count = 0;
	s->text = 0;
	for (size_t i = 0; i < k->count; i++) {
		size_t row = k->row ? k->row[i] : i;
		if (s->change->dropped && s->change->dropped[i])
			continue;
		if (s->adds && row < k->part[0].count) {
			while (next < row)
				s->gone[s->gone_count++] = (uint32_t)next++;
			next = row + 1;
			select_change(s, i, row);
			continue;
		}
		s->items[s->count++] = (uint32_t)i;
		s->text += text_of(k, i).len;
	}
	while (s->adds && next < k->part[0].count)
		s->gone[s->gone_count++] = (uint32_t)next++;
}

/* Little is what is a quarter of FILE at most. */
static void selection_make(struct selection *s, const struct known *before, const struct known_change *c)
{
	size_t rows = before->part[0].count;

	*s = (struct selection){
		.before = before, .change = c, .adds = before->last && !c->rewrite,
		.items = xmalloc((before->count + 1) * sizeof *s->items),
		.gone = xmalloc((rows + 1) * sizeof *s->gone), .changed = xmalloc((rows + 1) * sizeof *s->changed),
	};
	select_items(s);
	if (s->adds && 4 * (s->count + c->count + s->gone_count + s->changed_count) > rows) {
		s->adds = false;
		select_items(s);
	}
}

static void selection_free(struct selection *s)
{
	free(s->items);
	free(s->gone);
	free(s->changed);
}

static enum so1_status put_part(struct known_output *o, const void *bytes, uint64_t n, struct so1_error *e)
{
	if (put(o, bytes, (size_t)n, PIECE, e))
		return e->status;
	return fill_up(o, n, e);
}

/* Items with the places of their texts in the new file. */
static enum so1_status put_items(struct known_output *o, const struct selection *s, struct so1_error *e)
{
	uint64_t at = 0;

	for (size_t i = 0; i < s->count; i++) {
		struct known_item item = item_now(s, s->items[i]);
		item.text = at;
		at += text_of(s->before, s->items[i]).len;
		if (put(o, &item, sizeof item, PIECE, e))
			return e->status;
	}
	for (size_t i = 0; i < s->change->count; i++) {
		struct known_item item = s->change->items[i];
		item.text += at;
		if (put(o, &item, sizeof item, PIECE, e))
			return e->status;
	}
	return SO1_OK;
}

static enum so1_status put_keys(struct known_output *o, const struct selection *s, struct so1_error *e)
{
	const struct known_change *c = s->change;
	size_t size = c->columns * sizeof *c->keys;

	for (size_t i = 0; i < s->count; i++)
		if (put(o, known_keys_of(s->before, s->items[i]), size, PIECE, e))
			return e->status;
	if (put(o, c->keys, c->count * size, PIECE, e))
		return e->status;
	return fill_up(o, (s->count + c->count) * size, e);
}

static enum so1_status put_texts(struct known_output *o, const struct selection *s, struct so1_error *e)
{
	for (size_t i = 0; i < s->count; i++) {
		struct slice text = text_of(s->before, s->items[i]);
		if (put(o, text.ptr, text.len, PIECE, e))
			return e->status;
	}
	if (put(o, s->change->text.ptr, s->change->text.len, PIECE, e))
		return e->status;
	return fill_up(o, s->text + s->change->text.len, e);
}

static enum so1_status open_output(struct known_output *o, const char *path, const char *like_path,
				   struct so1_error *e)
{
	struct stat st;

	*o = (struct known_output){.hash = seal_hash_new()};
	if (sink_open(&o->sink, path, e))
		return e->status;
	if (stat(like_path, &st) == 0 && fchmod(o->sink.fd, st.st_mode & 07777) != 0)
		return error_set_errno(e, path, "cannot set permissions");
	return SO1_OK;
}

static enum so1_status put_all(struct known_output *o, const struct selection *s,
			       const struct known_key *registry, struct so1_error *e)
{
	const struct known_change *c = s->change;
	struct known_head h = {
		.order = BYTE_ORDER_MARK, .columns = (uint32_t)c->columns, .registry_hash = registry->hash,
		.registry_rows = registry->rows, .base = s->adds ? s->before->part[0].seal : 0,
		.rules = c->rules.len, .gone = s->gone_count, .changed = s->changed_count,
		.items = s->count + c->count, .values = c->value_count, .text = s->text + c->text.len,
	};

	memcpy(h.magic, KNOWN_MAGIC, sizeof h.magic);
	memcpy(h.known, c->known, sizeof h.known);
	if (put(o, &h, sizeof h, PIECE, e) || put_part(o, c->rules.ptr, h.rules, e) ||
	    put_part(o, s->gone, h.gone * sizeof *s->gone, e) ||
	    put_part(o, s->changed, h.changed * sizeof *s->changed, e) || put_items(o, s, e) ||
	    put_keys(o, s, e) || put_part(o, c->values, h.values * sizeof *c->values, e) ||
	    put_texts(o, s, e) || put(o, NULL, 0, 0, e))
		return e->status;
	o->seal = seal_hash_value(o->hash);
	return sink_write(&o->sink, (const char *)&o->seal, sizeof o->seal, e);
}

enum so1_status known_output_write(struct known_output *o, const char *path, const char *like_path,
				   const struct known *before, const struct known_change *c,
				   const struct known_key *registry, struct so1_error *e)
{
	struct selection s;

	if (open_output(o, path, like_path, e))
		return e->status;
	selection_make(&s, before, c);
	o->adds = s.adds;
	put_all(o, &s, registry, e);
	selection_free(&s);
	return e->status;
}

enum so1_status known_output_commit(struct known_output *o, struct so1_error *e)
{
	return sink_commit(&o->sink, e);
}

void known_output_close(struct known_output *o)
{
	if (o->hash == NULL)
		return;
	sink_close(&o->sink);
	seal_hash_free(o->hash);
	buffer_free(&o->out);
	*o = (struct known_output){0};
}
