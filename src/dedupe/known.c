#include "dedupe/known.h"

#include "stream/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct known_head {
	char magic[8];  /* the last two digits: the version of the format */
	uint32_t order; /* reads otherwise on a machine of another byte order */
	uint32_t columns;
	uint64_t registry_hash, registry_rows;
	uint64_t base;  /* seal of the file that it adds to; 0: none */
	uint64_t rules, gone, changed, items, values, text; /* bytes; how many …; bytes */
	uint64_t known[TRAIT_COUNT];
};

static const char MAGIC[8] = {'s', 'o', '1', 'k', 'n', 'o', '0', '4'};

/* MAGIC_NAME: bytes of it that all versions have. */
enum { MAGIC_NAME = 6, BYTE_ORDER_MARK = 0x01020304, ALIGNMENT = 8, PIECE = 1 << 20, LONG_FIELD = 255 };

static uint64_t filled_up(uint64_t bytes)
{
	return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* The next part of the file, which is `bytes` long. */
static const char *take(const struct known_part *p, uint64_t *at, uint64_t bytes)
{
	const char *begin = p->bytes + *at;

	*at += filled_up(bytes);
	return begin;
}

/* False when the parts that the head names do not make the file. */
static bool lay_out(struct known_part *p, const struct known_head *h)
{
	const uint64_t most = p->mapped, items = most / sizeof *p->items;
	uint64_t at = sizeof *h;

	if (h->rules > most || h->gone > most / sizeof *p->gone || h->changed > items || h->items > items ||
	    h->values > most / sizeof *p->values || h->text > most || h->columns > 64)
		return false;
	p->registry = (struct known_key){h->registry_hash, h->registry_rows};
	p->base = h->base;
	p->rules = slice_make(take(p, &at, h->rules), (size_t)h->rules);
	p->gone = (const uint32_t *)take(p, &at, h->gone * sizeof *p->gone);
	p->changed = (const struct known_item *)take(p, &at, h->changed * sizeof *p->changed);
	p->items = (const struct known_item *)take(p, &at, h->items * sizeof *p->items);
	p->keys = (const uint32_t *)take(p, &at, h->items * h->columns * sizeof *p->keys);
	p->values = (const struct known_value *)take(p, &at, h->values * sizeof *p->values);
	p->text = take(p, &at, h->text);
	p->text_len = (size_t)h->text;
	p->gone_count = (size_t)h->gone;
	p->changed_count = (size_t)h->changed;
	p->count = (size_t)h->items;
	p->columns = h->columns;
	p->value_count = (size_t)h->values;
	p->known = ((const struct known_head *)p->bytes)->known;
	return at + sizeof(uint64_t) == most;
}

/* Perhaps the registry, by mistake: nothing that the user should remove. */
static enum so1_status refuse_stranger(struct so1_error *e, const char *path)
{
	error_set(e, SO1_FAILED, "not a file that --known has written");
	return error_at(e, path, 0, NULL);
}

enum so1_status known_refuse(struct so1_error *e, const char *path, const char *why)
{
	error_set(e, SO1_FAILED, "%s: remove it, and give all records once more", why);
	return error_at(e, path, 0, NULL);
}

static enum so1_status verify(struct known_part *p, const char *path, struct so1_error *e)
{
	const struct known_head *h = (const struct known_head *)p->bytes;

	if (p->mapped < sizeof *h + sizeof p->seal || memcmp(h->magic, MAGIC, MAGIC_NAME) != 0)
		return refuse_stranger(e, path);
	if (memcmp(h->magic, MAGIC, sizeof MAGIC) != 0)
		return known_refuse(e, path, "written by another version");
	if (h->order != BYTE_ORDER_MARK)
		return known_refuse(e, path, "written by a machine of another byte order");
	memcpy(&p->seal, p->bytes + p->mapped - sizeof p->seal, sizeof p->seal);
	struct seal_hash *hash = seal_hash_new();
	seal_hash_add(hash, p->bytes, p->mapped - sizeof p->seal);
	bool whole = seal_hash_value(hash) == p->seal && lay_out(p, h);
	seal_hash_free(hash);
	return whole ? SO1_OK : known_refuse(e, path, "damaged or cut short");
}

static enum so1_status open_part(struct known_part *p, const char *path, struct so1_error *e)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	e->status = SO1_OK;
	if (fd < 0)
		return errno == ENOENT ? SO1_OK : error_set_errno(e, path, "cannot open");
	if (fstat(fd, &st) != 0) {
		error_set_errno(e, path, "cannot read");
	} else if (!S_ISREG(st.st_mode) || st.st_size == 0) {
		refuse_stranger(e, path);
	} else {
		void *bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
		if (bytes == MAP_FAILED) {
			error_set_errno(e, path, "cannot read");
		} else {
			p->bytes = bytes;
			p->mapped = (size_t)st.st_size;
			verify(p, path, e);
		}
	}
	close(fd);
	return e->status;
}

static void close_part(struct known_part *p)
{
	if (p->bytes)
		munmap((void *)(uintptr_t)p->bytes, p->mapped);
	*p = (struct known_part){0};
}

static bool is_of(const struct known_part *p, const struct known_key *registry)
{
	return p->registry.hash == registry->hash && p->registry.rows == registry->rows;
}

/* FILE.more, where it adds to this FILE. */
static enum so1_status open_more(struct known *k, const char *path, struct so1_error *e)
{
	if (open_part(&k->part[1], path, e) == SO1_OK && k->part[1].bytes &&
	    k->part[1].base == k->part[0].seal && k->part[1].columns == k->part[0].columns)
		return SO1_OK;
	close_part(&k->part[1]);
	return e->status;
}

/* The items of both files, those of FILE first, but for those that are gone. */
static void join_items(struct known *k)
{
	const struct known_part *p = &k->part[0], *q = &k->part[1];
	size_t n = 0, gone = 0, changed = 0;

	k->own = xmalloc((p->count + q->count + 1) * sizeof *k->own);
	k->row = xmalloc((p->count + q->count + 1) * sizeof *k->row);
	for (size_t i = 0; i < p->count; i++) {
		if (gone < q->gone_count && q->gone[gone] == i) {
			gone++;
			continue;
		}
		k->own[n] = p->items[i];
		if (changed < q->changed_count && q->changed[changed].text == i)
			k->own[n] = q->changed[changed++];
		k->row[n++] = (uint32_t)i;
	}
	for (size_t i = 0; i < q->count; i++) {
		k->own[n] = q->items[i];
		k->row[n++] = (uint32_t)(p->count + i);
	}
	k->items = k->own;
	k->count = n;
}

enum so1_status known_open(struct known *k, const char *path, const char *more_path,
			   const struct known_key *registry, struct so1_error *e)
{
	struct so1_error more = {0};

	if (open_part(&k->part[0], path, e) || k->part[0].bytes == NULL)
		return e->status;
	if (k->part[0].base != 0)
		return refuse_stranger(e, path);
	if (more_path)
		open_more(k, more_path, &more);
	k->last = &k->part[k->part[1].bytes && is_of(&k->part[1], registry)];
	if (!is_of(k->last, registry)) {
		if (more.status)
			*e = more;
		return more.status ? more.status : known_refuse(e, path, "not of this registry as it is now");
	}
	if (k->last == &k->part[0])
		close_part(&k->part[1]);
	k->items = k->part[0].items;
	k->count = k->part[0].count;
	if (k->part[1].bytes)
		join_items(k);
	return SO1_OK;
}

uint64_t known_bytes(const struct known *k)
{
	return k->own ? (k->part[0].count + k->part[1].count) * (sizeof *k->own + sizeof *k->row) : 0;
}

void known_read(const struct known *k, size_t item, struct slice fields[IDENTITY_FIELDS],
		struct sighting *seen)
{
	size_t at;
	const struct known_part *part = known_part_of(k, item, &at);
	const unsigned char *p = (const unsigned char *)part->text + part->items[at].text;

	for (int f = 0; f < IDENTITY_FIELDS; f++) {
		uint32_t len = *p++;
		if (len == LONG_FIELD) {
			memcpy(&len, p, sizeof len);
			p += sizeof len;
		}
		fields[f] = slice_make((const char *)p, len);
		p += len;
	}
	sighting_get(seen, p);
}

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

void known_close(struct known *k)
{
	close_part(&k->part[0]);
	close_part(&k->part[1]);
	free(k->own);
	free(k->row);
	*k = (struct known){0};
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

	if (c->has_changed && c->has_changed[i]) {
		item.id_high = c->changed[i].id_high;
		item.id_low = c->changed[i].id_low;
		item.layer = c->changed[i].layer;
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

	memcpy(h.magic, MAGIC, sizeof MAGIC);
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
