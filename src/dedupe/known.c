#include "dedupe/known.h"

#include "stream/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct known_head {
	char magic[8];  /* the last two digits: the version of the format */
	uint32_t order; /* reads otherwise on a machine of another byte order */
	uint32_t columns;
	uint64_t registry_hash, registry_rows;
	uint64_t rules, items, values, text; /* bytes; how many; how many; bytes */
	uint64_t known[TRAIT_COUNT];
};

static const char MAGIC[8] = {'s', 'o', '1', 'k', 'n', 'o', '0', '4'};

/* MAGIC_NAME: bytes of it that all versions have. */
enum { MAGIC_NAME = 6, BYTE_ORDER_MARK = 0x01020304, ALIGNMENT = 8, PIECE = 1 << 20, LONG_FIELD = 255 };

static uint64_t filled_up(uint64_t bytes)
{
	return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* False when the parts that the head names do not make `size` bytes. */
static bool lay_out(struct known *k, const struct known_head *h, size_t size)
{
	const uint64_t most = size;
	uint64_t at = sizeof *h;

	if (h->rules > most || h->items > most / sizeof *k->items || h->values > most / sizeof *k->values ||
	    h->text > most || h->columns > 64)
		return false;
	k->rules = slice_make(k->bytes + at, (size_t)h->rules);
	at += filled_up(h->rules);
	k->items = (const struct known_item *)(k->bytes + at);
	at += h->items * sizeof *k->items;
	k->keys = (const uint32_t *)(k->bytes + at);
	at += filled_up(h->items * h->columns * sizeof *k->keys);
	k->values = (const struct known_value *)(k->bytes + at);
	at += h->values * sizeof *k->values;
	k->text = k->bytes + at;
	k->text_len = (size_t)h->text;
	k->count = (size_t)h->items;
	k->columns = h->columns;
	k->value_count = (size_t)h->values;
	k->known = ((const struct known_head *)k->bytes)->known;
	return at + filled_up(h->text) + sizeof(uint64_t) == most;
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

static enum so1_status verify(struct known *k, const char *path, const struct known_key *registry,
			      struct so1_error *e)
{
	const struct known_head *h = (const struct known_head *)k->bytes;
	uint64_t sealed;

	if (k->mapped < sizeof *h + sizeof sealed || memcmp(h->magic, MAGIC, MAGIC_NAME) != 0)
		return refuse_stranger(e, path);
	if (memcmp(h->magic, MAGIC, sizeof MAGIC) != 0)
		return known_refuse(e, path, "written by another version");
	if (h->order != BYTE_ORDER_MARK)
		return known_refuse(e, path, "written by a machine of another byte order");
	memcpy(&sealed, k->bytes + k->mapped - sizeof sealed, sizeof sealed);
	struct seal_hash *hash = seal_hash_new();
	seal_hash_add(hash, k->bytes, k->mapped - sizeof sealed);
	bool whole = seal_hash_value(hash) == sealed && lay_out(k, h, k->mapped);
	k->seal = sealed;
	seal_hash_free(hash);
	if (!whole)
		return known_refuse(e, path, "damaged or cut short");
	if (h->registry_hash != registry->hash || h->registry_rows != registry->rows)
		return known_refuse(e, path, "not of this registry as it is now");
	return SO1_OK;
}

enum so1_status known_open(struct known *k, const char *path, const struct known_key *registry,
			   struct so1_error *e)
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
			k->bytes = bytes;
			k->mapped = (size_t)st.st_size;
			verify(k, path, registry, e);
		}
	}
	close(fd);
	return e->status;
}

void known_read(const struct known *k, size_t item, struct slice fields[IDENTITY_FIELDS],
		struct sighting *seen)
{
	const unsigned char *p = (const unsigned char *)k->text + k->items[item].text;

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
	if (k->bytes)
		munmap((void *)(uintptr_t)k->bytes, k->mapped);
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

static bool is_dropped(const struct known_change *c, size_t item)
{
	return c->dropped && c->dropped[item];
}

static uint64_t text_end(const struct known *k, size_t item)
{
	return item + 1 < k->count ? k->items[item + 1].text : k->text_len;
}

/* Items with the places of their texts in the new file. */
static enum so1_status put_items(struct known_output *o, const struct known *before,
				 const struct known_change *c, struct so1_error *e)
{
	uint64_t at = 0;

	for (size_t i = 0; i < before->count; i++) {
		struct known_item item = before->items[i];
		if (is_dropped(c, i))
			continue;
		if (c->has_changed && c->has_changed[i]) {
			item.id_high = c->changed[i].id_high;
			item.id_low = c->changed[i].id_low;
			item.layer = c->changed[i].layer;
		}
		item.text = at;
		at += text_end(before, i) - before->items[i].text;
		if (put(o, &item, sizeof item, PIECE, e))
			return e->status;
	}
	for (size_t i = 0; i < c->count; i++) {
		struct known_item item = c->items[i];
		item.text += at;
		if (put(o, &item, sizeof item, PIECE, e))
			return e->status;
	}
	return SO1_OK;
}

/* The keys, or else the texts, of the items that stay, run by run. */
static enum so1_status put_runs(struct known_output *o, const struct known *before,
				const struct known_change *c, bool keys, struct so1_error *e)
{
	for (size_t i = 0, end; i < before->count; i = end + 1) {
		for (end = i; end < before->count && !is_dropped(c, end); end++)
			;
		if (end == i)
			continue;
		const char *from = keys ? (const char *)(before->keys + i * before->columns)
					: before->text + before->items[i].text;
		const char *to = keys ? (const char *)(before->keys + end * before->columns)
				      : before->text + text_end(before, end - 1);
		if (put(o, from, (size_t)(to - from), PIECE, e))
			return e->status;
	}
	return SO1_OK;
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

enum so1_status known_output_write(struct known_output *o, const char *path, const char *like_path,
				   const struct known *before, const struct known_change *c,
				   const struct known_key *registry, struct so1_error *e)
{
	struct known_head h = {
		.order = BYTE_ORDER_MARK, .columns = (uint32_t)c->columns, .registry_hash = registry->hash,
		.registry_rows = registry->rows, .rules = c->rules.len, .items = c->count,
		.values = c->value_count, .text = c->text.len,
	};

	memcpy(h.magic, MAGIC, sizeof MAGIC);
	memcpy(h.known, c->known, sizeof h.known);
	for (size_t i = 0; i < before->count; i++) {
		if (is_dropped(c, i))
			continue;
		h.items++;
		h.text += text_end(before, i) - before->items[i].text;
	}
	uint64_t key_bytes = h.items * c->columns * sizeof *c->keys;
	if (open_output(o, path, like_path, e) || put(o, &h, sizeof h, PIECE, e) ||
	    put(o, c->rules.ptr, c->rules.len, PIECE, e) || fill_up(o, h.rules, e) ||
	    put_items(o, before, c, e) || put_runs(o, before, c, true, e) ||
	    put(o, c->keys, c->count * c->columns * sizeof *c->keys, PIECE, e) ||
	    fill_up(o, key_bytes, e) ||
	    put(o, c->values, c->value_count * sizeof *c->values, PIECE, e) ||
	    put_runs(o, before, c, false, e) || put(o, c->text.ptr, c->text.len, PIECE, e) ||
	    fill_up(o, h.text, e) || put(o, NULL, 0, 0, e))
		return e->status;
	o->seal = seal_hash_value(o->hash);
	return sink_write(&o->sink, (const char *)&o->seal, sizeof o->seal, e);
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
