#include "dedupe/known.h"

#include "dedupe/known_format.h"
#include "stream/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

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

	if (p->mapped < sizeof *h + sizeof p->seal || memcmp(h->magic, KNOWN_MAGIC, MAGIC_NAME) != 0)
		return refuse_stranger(e, path);
	if (memcmp(h->magic, KNOWN_MAGIC, sizeof h->magic) != 0)
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

void known_close(struct known *k)
{
	close_part(&k->part[0]);
	close_part(&k->part[1]);
	free(k->own);
	free(k->row);
	*k = (struct known){0};
}
