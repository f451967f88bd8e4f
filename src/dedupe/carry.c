#include "dedupe/carry.h"

#include "stream/seal.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct carry_head {
	char magic[8];  /* the last two digits: the version of the format */
	uint32_t order; /* reads otherwise on a machine of another byte order */
	uint32_t line_size;
};

struct carry_seal {
	uint64_t text, customers, lines; /* bytes; how many; how many */
	struct carry_key key;
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

static bool lay_out(struct carry *c, const struct carry_seal *s)
{
	uint64_t size = sizeof head + filled_up(s->text) + sizeof *s, most = c->mapped;

	if (s->text > most || s->customers > most / sizeof *c->customers ||
	    s->lines > most / sizeof *c->lines || s->lines >= CARRY_NONE || s->customers >= CARRY_NONE)
		return false;
	c->text = c->bytes + sizeof head;
	c->customers = (const struct carry_customer *)(c->text + filled_up(s->text));
	c->lines = (const struct carry_line *)(c->customers + s->customers + 1);
	c->count = (size_t)s->customers;
	c->line_count = (size_t)s->lines;
	return size + (s->customers + 1) * sizeof *c->customers + s->lines * sizeof *c->lines == most;
}

static bool is_good(struct carry *c, const struct carry_key *key)
{
	struct carry_seal s;

	if (c->mapped < sizeof head + sizeof s || memcmp(c->bytes, &head, sizeof head) != 0)
		return false;
	memcpy(&s, c->bytes + c->mapped - sizeof s, sizeof s);
	if (s.key.known != key->known || s.key.settings != key->settings || !lay_out(c, &s))
		return false;
	struct seal_hash *hash = seal_hash_new();
	seal_hash_add(hash, c->bytes, c->mapped - sizeof s.hash);
	bool same = seal_hash_value(hash) == s.hash;
	seal_hash_free(hash);
	return same;
}

static void make_slots(struct carry *c)
{
	for (c->mask = 1023; c->mask < c->line_count * 2; c->mask = c->mask * 2 + 1)
		;
	c->slots = xcalloc(c->mask + 1, sizeof *c->slots);
	for (size_t i = 0; i < c->line_count; i++) {
		enum { FAR = 16 };
		size_t at = c->lines[i].hash & c->mask;
		if (i + FAR < c->line_count)
			prefetch_write(&c->slots[c->lines[i + FAR].hash & c->mask]);
		while (c->slots[at].line)
			at = (at + 1) & c->mask;
		c->slots[at] = (struct carry_slot){c->lines[i].tag, (uint32_t)i + 1};
	}
}

void carry_open(struct carry *c, const char *path, const struct carry_key *key)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	*c = (struct carry){0};
	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0) {
		void *bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
		if (bytes != MAP_FAILED) {
			c->bytes = bytes;
			c->mapped = (size_t)st.st_size;
		}
	}
	close(fd);
	if (c->bytes == NULL)
		return;
	if (!is_good(c, key)) {
		carry_close(c);
		return;
	}
	make_slots(c);
	c->taken = xcalloc(c->line_count + 1, sizeof *c->taken);
	c->state = xcalloc(c->count + 1, sizeof *c->state);
}

uint32_t carry_find(const struct carry *c, struct tuple_key key)
{
	for (size_t at = key.hash & c->mask; c->slots[at].line; at = (at + 1) & c->mask) {
		uint32_t line = c->slots[at].line - 1;
		if (c->slots[at].tag == key.tag && c->lines[line].hash == key.hash)
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
		size_t n = c->customers[i + 1].first - c->customers[i].first, taken = 0;
		for (size_t k = 0; k < n; k++)
			taken += c->taken[c->customers[i].first + k] != 0;
		c->state[i] = taken == 0 ? CARRY_AWAY : taken == n ? CARRY_KEPT : CARRY_MADE;
	}
}

void carry_touch(struct carry *c, const bool *items)
{
	c->kept = c->kept_lines = 0;
	for (size_t i = 0; i < c->count; i++) {
		for (size_t k = c->customers[i].first; k < c->customers[i + 1].first; k++)
			if (c->state[i] == CARRY_KEPT && items[c->lines[k].item])
				c->state[i] = CARRY_MADE;
		if (c->state[i] != CARRY_KEPT)
			continue;
		c->kept++;
		c->kept_lines += c->customers[i + 1].first - c->customers[i].first;
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

struct slice carry_row(const struct carry *c, size_t customer, size_t *at)
{
	const struct carry_customer *x = &c->customers[customer];
	struct slice rest = slice_make(c->text + x->text, x->len);

	if (*at == 0)
		*at = record_end(rest);
	rest = slice_make(rest.ptr + *at, rest.len - *at);
	size_t n = record_end(rest);
	*at += n;
	return slice_make(rest.ptr + CUSTOMER_ID_LENGTH + 1, n - CUSTOMER_ID_LENGTH - 1);
}

uint64_t carry_bytes(const struct carry *c)
{
	return c->bytes ? (c->mask + 1) * sizeof *c->slots + c->line_count * sizeof *c->taken + c->count : 0;
}

void carry_close(struct carry *c)
{
	if (c->bytes)
		munmap((void *)(uintptr_t)c->bytes, c->mapped);
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

enum so1_status carry_output_seal(struct carry_output *o, const struct carry_key *key,
				  struct so1_error *e)
{
	static const char zero[ALIGNMENT];
	struct carry_seal s = {.text = o->text, .customers = o->count, .lines = o->line_count, .key = *key};

	GROW(o->customers, o->cap, o->count + 1);
	o->customers[o->count] = (struct carry_customer){o->text, 0, (uint32_t)o->line_count};
	if (put(o, zero, (size_t)(filled_up(o->text) - o->text), e) ||
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
