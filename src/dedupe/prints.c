#include "dedupe/prints.h"

#include "base/mapped.h"
#include "stream/seal.h"

#include <stddef.h>

enum { PRINTS_NOBODY = 2, PRINTS_PROBABLE = 4, PIECE = 256 << 10 };

struct prints_head {
	char magic[8];  /* the last two digits: the version of the format */
	uint32_t order; /* reads otherwise on a machine of another byte order */
	uint32_t print_size;
	uint64_t rules;
	uint64_t past; /* bytes */
};

struct prints_mark {
	uint64_t high;
	uint32_t low; /* of the id, and flags */
	uint32_t count;
};

struct prints_seal {
	uint64_t registry_hash, registry_rows;
	uint64_t hash; /* of all bytes before it */
};

static const struct prints_head head = {
	.magic = {'s', 'o', '1', 'p', 'r', 'i', '0', '2'}, .order = 0x01020304,
	.print_size = sizeof(struct print),
};

/* What makes a file another one's leaves no room for what a reader would have to check. */
static bool is_good(const char *bytes, size_t size, const struct prints_key *key)
{
	struct prints_head h = head;
	struct prints_seal seal;

	h.rules = key->rules;
	if (size < sizeof h + sizeof seal || memcmp(bytes, &h, offsetof(struct prints_head, past)) != 0)
		return false;
	memcpy(&seal, bytes + size - sizeof seal, sizeof seal);
	if (seal.registry_hash != key->registry_hash || seal.registry_rows != key->registry_rows)
		return false;
	struct seal_hash *hash = seal_hash_new();
	seal_hash_add(hash, bytes, size - sizeof seal.hash);
	bool same = seal_hash_value(hash) == seal.hash;
	seal_hash_free(hash);
	return same;
}

void prints_open(struct prints *p, const char *path, const struct prints_key *key)
{
	*p = (struct prints){0};
	p->bytes = map_file(path, &p->mapped);
	if (p->bytes && !is_good(p->bytes, p->mapped, key))
		prints_close(p);
	if (p->bytes == NULL)
		return;
	struct prints_head h;
	memcpy(&h, p->bytes, sizeof h);
	p->past = slice_make(p->bytes + sizeof h, (size_t)h.past);
}

bool prints_next(const struct prints *p, size_t *at, struct prints_group *group)
{
	size_t end = p->mapped - sizeof(struct prints_seal);

	if (p->bytes == NULL)
		return false;
	if (*at == 0)
		*at = sizeof(struct prints_head) + p->past.len;
	if (*at + sizeof(struct prints_mark) > end)
		return false;
	/* Aligned: head, marks and prints are multiples of 8 bytes. */
	const struct prints_mark *mark = (const struct prints_mark *)(p->bytes + *at);
	*group = (struct prints_group){
		.id = {mark->high, mark->low & 1}, .nobody = mark->low & PRINTS_NOBODY,
		.probable = mark->low & PRINTS_PROBABLE,
		.items = (const struct print *)(mark + 1), .count = mark->count,
		.raw = slice_make(p->bytes + *at, sizeof *mark + mark->count * sizeof(struct print)),
	};
	*at += group->raw.len;
	return true;
}

void prints_close(struct prints *p)
{
	unmap_file(p->bytes, p->mapped);
	*p = (struct prints){0};
}

int print_compare(const void *x, const void *y)
{
	const struct print *a = x, *b = y;

	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	return (a->tag > b->tag) - (a->tag < b->tag);
}

static enum so1_status put_bytes(struct prints_output *o, const void *bytes, size_t n,
				 size_t least, struct so1_error *e)
{
	if (n)
		buffer_put(&o->out, bytes, n);
	if (o->out.len < least)
		return SO1_OK;
	seal_hash_add(o->hash, o->out.ptr, o->out.len);
	enum so1_status status = sink_write(&o->sink, o->out.ptr, o->out.len, e);
	buffer_clear(&o->out);
	return status;
}

enum so1_status prints_output_open(struct prints_output *o, const char *path, uint64_t rules,
				   struct slice past, struct so1_error *e)
{
	struct prints_head h = head;

	h.rules = rules;
	h.past = past.len;
	*o = (struct prints_output){.hash = seal_hash_new(), .rules = rules};
	if (sink_open(&o->sink, path, e))
		return e->status;
	buffer_put(&o->out, (const char *)&h, sizeof h);
	return put_bytes(o, past.ptr, past.len, PIECE, e);
}

enum so1_status prints_output_put(struct prints_output *o, const struct prints_group *group,
				  struct so1_error *e)
{
	struct prints_mark mark = {
		.high = group->id.high, .count = group->count,
		.low = group->id.low | (group->nobody ? PRINTS_NOBODY : 0u) |
		       (group->probable ? PRINTS_PROBABLE : 0u),
	};

	buffer_put(&o->out, (const char *)&mark, sizeof mark);
	return put_bytes(o, group->items, group->count * sizeof *group->items, PIECE, e);
}

enum so1_status prints_output_copy(struct prints_output *o, struct slice raw, struct so1_error *e)
{
	return put_bytes(o, raw.ptr, raw.len, PIECE, e);
}

enum so1_status prints_output_seal(struct prints_output *o, const struct prints_key *key,
				   struct so1_error *e)
{
	struct prints_seal seal = {key->registry_hash, key->registry_rows, 0};

	if (put_bytes(o, &seal, sizeof seal - sizeof seal.hash, 0, e))
		return e->status;
	seal.hash = seal_hash_value(o->hash);
	return sink_write(&o->sink, (const char *)&seal.hash, sizeof seal.hash, e);
}

enum so1_status prints_output_commit(struct prints_output *o, struct so1_error *e)
{
	return sink_commit(&o->sink, e);
}

void prints_output_close(struct prints_output *o)
{
	if (o->hash == NULL)
		return;
	sink_close(&o->sink);
	seal_hash_free(o->hash);
	buffer_free(&o->out);
	*o = (struct prints_output){0};
}
