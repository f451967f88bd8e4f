#include "dedupe/carry.h"

#include "base/mapped.h"
#include "stream/seal.h"

#include <stdlib.h>
#include <sys/stat.h>

struct carry_head {
	char magic[8];  /* the last two digits: the version of the format */
	uint32_t order; /* reads otherwise on a machine of another byte order */
	uint32_t line_size;
};

struct carry_seal {
	uint64_t text, gone, customers, lines; /* bytes; how many of each */
	struct carry_key key;
	uint64_t base; /* seal of the file it adds to; 0: none */
	uint64_t hash; /* of all bytes before it */
};

static const struct carry_head head = {
	.magic = {'s', 'o', '1', 'r', 'o', 'w', '0', '1'}, .order = 0x01020304,
	.line_size = sizeof(struct carry_line),
};

enum { ALIGNMENT = 8, PIECE = 1 << 20 };

static uint64_t filled_up(uint64_t bytes)
{
	return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* False when the parts that the seal names do not make the file. */
static bool lay_out(struct carry_part *p, const struct carry_seal *s)
{
	uint64_t most = p->mapped, gone = s->gone * sizeof *p->gone;

	if (s->text > most || s->gone > most / sizeof *p->gone || s->customers > most / sizeof *p->customers ||
	    s->lines > most / sizeof *p->lines)
		return false;
	p->text = p->bytes + sizeof head;
	p->gone = (const uint32_t *)(p->text + filled_up(s->text));
	p->customers = (const struct carry_customer *)(p->text + filled_up(s->text) + filled_up(gone));
	p->lines = (const struct carry_line *)(p->customers + s->customers + 1);
	p->gone_count = (size_t)s->gone;
	p->count = (size_t)s->customers;
	p->line_count = (size_t)s->lines;
	p->key = s->key;
	p->base = s->base;
	p->seal = s->hash;
	return sizeof head + filled_up(s->text) + filled_up(gone) + (s->customers + 1) * sizeof *p->customers +
	       s->lines * sizeof *p->lines + sizeof *s == most;
}

static bool is_whole(struct carry_part *p)
{
	struct carry_seal s;

	if (p->mapped < sizeof head + sizeof s || memcmp(p->bytes, &head, sizeof head) != 0)
		return false;
	memcpy(&s, p->bytes + p->mapped - sizeof s, sizeof s);
	if (!lay_out(p, &s))
		return false;
	struct seal_hash *hash = seal_hash_new();
	seal_hash_add(hash, p->bytes, p->mapped - sizeof s.hash);
	bool same = seal_hash_value(hash) == s.hash;
	seal_hash_free(hash);
	return same;
}

static void part_close(struct carry_part *p)
{
	unmap_file(p->bytes, p->mapped);
	*p = (struct carry_part){0};
}

static void part_open(struct carry_part *p, const char *path)
{
	p->bytes = map_file(path, &p->mapped);
	if (p->bytes && !is_whole(p))
		part_close(p);
}

/* The second stands on the first. */
static bool are_good(struct carry *c)
{
	if (c->part[0].bytes == NULL || c->part[0].base != 0)
		return false;
	if (c->part[1].bytes && c->part[1].base != c->part[0].seal)
		part_close(&c->part[1]);
	return c->part[0].line_count + c->part[1].line_count < CARRY_NONE;
}

static struct carried_customer customer_of(const struct carry *c, int part, size_t i)
{
	const struct carry_part *p = &c->part[part];
	const struct carry_customer *x = &p->customers[i];
	uint32_t before = part ? (uint32_t)c->part[0].line_count : 0;

	return (struct carried_customer){p->text + x->text, x->len, before + x->first, x[1].first - x->first,
					 part ? CARRY_NONE : (uint32_t)i};
}

/* Of both files, by id, which is what a customer's text begins with. */
static void merge_customers(struct carry *c)
{
	const struct carry_part *p = &c->part[0], *q = &c->part[1];
	size_t i = 0, k = 0, gone = 0;

	c->customers = xmalloc((p->count + q->count + 1) * sizeof *c->customers);
	while (i < p->count || k < q->count) {
		if (gone < q->gone_count && q->gone[gone] == i) {
			gone++;
			i++;
		} else if (k == q->count || (i < p->count && memcmp(p->text + p->customers[i].text,
				q->text + q->customers[k].text, CUSTOMER_ID_LENGTH) < 0)) {
			c->customers[c->count++] = customer_of(c, 0, i++);
		} else {
			c->customers[c->count++] = customer_of(c, 1, k++);
		}
	}
}

static void put_slot(struct carry *c, uint32_t line)
{
	const struct carry_line *x = carry_line_at(c, line);
	size_t at = x->hash & c->mask;

	while (c->slots[at].line)
		at = (at + 1) & c->mask;
	c->slots[at] = (struct carry_slot){x->tag, line + 1};
}

static void make_slots(struct carry *c)
{
	enum { FAR = 16 };
	size_t lines = c->part[0].line_count + c->part[1].line_count;

	for (c->mask = 1023; c->mask < lines * 2; c->mask = c->mask * 2 + 1)
		;
	c->slots = xcalloc(c->mask + 1, sizeof *c->slots);
	for (size_t i = 0; i < c->count; i++)
		for (uint32_t k = c->customers[i].first; k < c->customers[i].first + c->customers[i].count; k++) {
			if (k + FAR < lines)
				prefetch_write(&c->slots[carry_line_at(c, k + FAR)->hash & c->mask]);
			put_slot(c, k);
		}
	c->taken = xcalloc(lines + 1, sizeof *c->taken);
}

void carry_open(struct carry *c, const char *path, const char *more_path)
{
	part_open(&c->part[0], path);
	if (c->part[0].bytes)
		part_open(&c->part[1], more_path);
	if (!are_good(c)) {
		carry_close(c);
		return;
	}
	merge_customers(c);
	make_slots(c);
	c->state = xcalloc(c->count + 1, sizeof *c->state);
}

void carry_check(struct carry *c, const struct carry_key *key)
{
	const struct carry_key *own = &c->part[c->part[1].bytes != NULL].key;

	if (own->known != key->known || own->settings != key->settings)
		carry_close(c);
}

uint32_t carry_find(const struct carry *c, struct tuple_key key)
{
	for (size_t at = key.hash & c->mask; c->slots[at].line; at = (at + 1) & c->mask) {
		uint32_t line = c->slots[at].line - 1;
		if (c->slots[at].tag == key.tag && carry_line_at(c, line)->hash == key.hash)
			return line;
	}
	return CARRY_NONE;
}

bool carry_take(struct carry *c, uint32_t line, uint64_t place)
{
	if (c->taken[line])
		return false;
	c->taken[line] = place;
	return true;
}

void carry_settle(struct carry *c)
{
	for (size_t i = 0; i < c->count; i++) {
		const struct carried_customer *x = &c->customers[i];
		size_t taken = 0;
		for (size_t k = 0; k < x->count; k++)
			taken += c->taken[x->first + k] != 0;
		c->state[i] = taken == 0 ? CARRY_AWAY : taken == x->count ? CARRY_KEPT : CARRY_MADE;
	}
}

void carry_touch(struct carry *c, bool (*touches)(void *context, const struct carry_line *line),
		 void *context)
{
	c->made = c->kept = c->kept_lines = 0;
	for (size_t i = 0; i < c->count; i++) {
		const struct carried_customer *x = &c->customers[i];
		for (size_t k = x->first; k < x->first + (size_t)x->count; k++)
			if (c->state[i] == CARRY_KEPT && touches(context, carry_line_at(c, k)))
				c->state[i] = CARRY_MADE;
		c->made += c->state[i] == CARRY_MADE;
		if (c->state[i] != CARRY_KEPT)
			continue;
		c->kept++;
		c->kept_lines += x->count;
	}
}

/* Where the record that begins here ends, its LF included: one within quotes does not count. */
static size_t record_end(struct slice text)
{
	bool quoted = false;

	for (size_t i = 0; i < text.len; i++) {
		quoted ^= text.ptr[i] == '"';
		if (text.ptr[i] == '\n' && !quoted)
			return i + 1;
	}
	return text.len;
}

struct slice carry_row(const struct carried_customer *x, size_t *at)
{
	struct slice rest = slice_make(x->text, x->len);

	if (*at == 0)
		*at = record_end(rest);
	rest = slice_make(rest.ptr + *at, rest.len - *at);
	size_t n = record_end(rest);
	*at += n;
	return slice_make(rest.ptr + CUSTOMER_ID_LENGTH + 1, n - CUSTOMER_ID_LENGTH - 1);
}

uint64_t carry_bytes(const struct carry *c)
{
	size_t lines = c->part[0].line_count + c->part[1].line_count;

	return c->customers ? (c->mask + 1) * sizeof *c->slots + lines * sizeof *c->taken +
			      c->count * (1 + sizeof *c->customers) : 0;
}

void carry_close(struct carry *c)
{
	part_close(&c->part[0]);
	part_close(&c->part[1]);
	free(c->customers);
	free(c->slots);
	free(c->taken);
	free(c->state);
	*c = (struct carry){0};
}

static enum so1_status put(struct carry_output *o, const char *bytes, size_t n, struct so1_error *e)
{
	if (o->out.len + n < PIECE) {
		buffer_put(&o->out, bytes, n);
		return SO1_OK;
	}
	seal_hash_add(o->hash, o->out.ptr, o->out.len);
	if (sink_write(&o->sink, o->out.ptr, o->out.len, e))
		return e->status;
	buffer_clear(&o->out);
	seal_hash_add(o->hash, bytes, n);
	return sink_write(&o->sink, bytes, n, e);
}

enum so1_status carry_output_open(struct carry_output *o, const char *path, const char *like_path,
				  struct so1_error *e)
{
	struct stat st;

	*o = (struct carry_output){.hash = seal_hash_new()};
	if (sink_open(&o->sink, path, e))
		return e->status;
	if (stat(like_path, &st) == 0 && fchmod(o->sink.fd, st.st_mode & 07777) != 0)
		return error_set_errno(e, path, "cannot set permissions");
	return put(o, (const char *)&head, sizeof head, e);
}

enum so1_status carry_output_text(struct carry_output *o, struct slice text, struct so1_error *e)
{
	o->text += text.len;
	return put(o, text.ptr, text.len, e);
}

void carry_output_customer(struct carry_output *o, uint64_t text, size_t len,
			   const struct carry_line *lines, size_t n)
{
	if (len > UINT32_MAX || o->line_count + n >= CARRY_NONE)
		return; /* made anew by the next run */
	GROW(o->customers, o->cap, o->count + 2);
	GROW(o->lines, o->line_cap, o->line_count + n);
	o->customers[o->count++] = (struct carry_customer){text, (uint32_t)len, (uint32_t)o->line_count};
	memcpy(o->lines + o->line_count, lines, n * sizeof *lines);
	o->line_count += n;
}

static enum so1_status fill_up(struct carry_output *o, uint64_t bytes, struct so1_error *e)
{
	static const char zero[ALIGNMENT];

	return put(o, zero, (size_t)(filled_up(bytes) - bytes), e);
}

enum so1_status carry_output_seal(struct carry_output *o, const struct carry_key *key, uint64_t base,
				  const uint32_t *gone, size_t gone_count, struct so1_error *e)
{
	struct carry_seal s = {
		.text = o->text, .gone = gone_count, .customers = o->count, .lines = o->line_count,
		.key = *key, .base = base,
	};

	GROW(o->customers, o->cap, o->count + 1);
	o->customers[o->count] = (struct carry_customer){o->text, 0, (uint32_t)o->line_count};
	if (fill_up(o, o->text, e) || put(o, (const char *)gone, gone_count * sizeof *gone, e) ||
	    fill_up(o, gone_count * sizeof *gone, e) ||
	    put(o, (const char *)o->customers, (o->count + 1) * sizeof *o->customers, e) ||
	    put(o, (const char *)o->lines, o->line_count * sizeof *o->lines, e) ||
	    put(o, (const char *)&s, offsetof(struct carry_seal, hash), e))
		return e->status;
	seal_hash_add(o->hash, o->out.ptr, o->out.len);
	s.hash = seal_hash_value(o->hash);
	buffer_put(&o->out, &s.hash, sizeof s.hash);
	return sink_write(&o->sink, o->out.ptr, o->out.len, e);
}

enum so1_status carry_output_commit(struct carry_output *o, struct so1_error *e)
{
	return sink_commit(&o->sink, e);
}

void carry_output_close(struct carry_output *o)
{
	if (o->hash == NULL)
		return;
	sink_close(&o->sink);
	seal_hash_free(o->hash);
	buffer_free(&o->out);
	free(o->customers);
	free(o->lines);
	*o = (struct carry_output){0};
}
