#include "export/allot.h"

#include "base/memory.h"
#include "base/threads.h"
#include "stream/spill.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

/* Numbers, then offers, then counts, in one piece of memory or of the file. */
struct stored_block {
	uint32_t pairs, customers;
	char *bytes;    /* NULL: in the file */
	uint64_t place; /* in the file */
};

struct allot_store {
	uint64_t memory, used;
	const char *tmpdir;
	int threads, fd;
	uint64_t file_size;
	struct stored_block *blocks;
	size_t count, cap, spilled;
	uint64_t pairs, customers;
	double largest;
	/* The block that is being filled. */
	double *x;
	uint16_t *offers, *counts;
	size_t x_cap, offer_cap, count_cap;
	uint32_t new_pairs, new_customers;
};

struct allot_store *pairstore_new(uint64_t memory, const char *tmpdir, int threads)
{
	struct allot_store *s = xcalloc(1, sizeof *s);

	s->memory = memory;
	s->tmpdir = tmpdir;
	s->threads = threads;
	s->fd = -1;
	return s;
}

static size_t block_size(const struct stored_block *b)
{
	return (size_t)b->pairs * (sizeof(double) + sizeof(uint16_t)) +
	       (size_t)b->customers * sizeof(uint16_t);
}

static enum so1_status write_block(struct allot_store *s, struct stored_block *b, const char *bytes,
				   struct so1_error *e)
{
	size_t size = block_size(b);

	if ((s->fd < 0 && spool_create(s->tmpdir, &s->fd, e) != SO1_OK) ||
	    spool_write_at(s->fd, s->tmpdir, bytes, size, s->file_size, e) != SO1_OK)
		return e->status;
	b->place = s->file_size;
	s->file_size += size;
	s->spilled++;
	return SO1_OK;
}

static enum so1_status close_block(struct allot_store *s, struct so1_error *e)
{
	struct stored_block b = {.pairs = s->new_pairs, .customers = s->new_customers};
	size_t size = block_size(&b), numbers = b.pairs * sizeof *s->x,
	       offers = b.pairs * sizeof *s->offers;
	enum so1_status status = SO1_OK;

	if (b.customers == 0)
		return SO1_OK;
	char *bytes = xmalloc(size);
	memcpy(bytes, s->x, numbers);
	memcpy(bytes + numbers, s->offers, offers);
	memcpy(bytes + numbers + offers, s->counts, b.customers * sizeof *s->counts);
	if (s->used + size > s->memory) {
		status = write_block(s, &b, bytes, e);
		free(bytes);
	} else {
		b.bytes = bytes;
		s->used += size;
	}
	GROW(s->blocks, s->cap, s->count + 1);
	s->blocks[s->count++] = b;
	s->new_pairs = s->new_customers = 0;
	return status;
}

enum so1_status pairstore_add(struct allot_store *s, const double *x, const uint16_t *offers,
			  size_t n, struct so1_error *e)
{
	if (s->new_pairs + n > STORE_BLOCK && close_block(s, e) != SO1_OK)
		return e->status;
	GROW(s->x, s->x_cap, s->new_pairs + n);
	GROW(s->offers, s->offer_cap, s->new_pairs + n);
	GROW(s->counts, s->count_cap, s->new_customers + 1);
	memcpy(s->x + s->new_pairs, x, n * sizeof *x);
	memcpy(s->offers + s->new_pairs, offers, n * sizeof *offers);
	for (size_t i = 0; i < n; i++)
		s->largest = x[i] > s->largest ? x[i] : s->largest;
	s->counts[s->new_customers++] = (uint16_t)n;
	s->new_pairs += (uint32_t)n;
	s->pairs += n;
	s->customers++;
	return SO1_OK;
}

enum so1_status pairstore_finish(struct allot_store *s, struct so1_error *e)
{
	enum so1_status status = close_block(s, e);

	free(s->x);
	free(s->offers);
	free(s->counts);
	s->x = NULL;
	s->offers = s->counts = NULL;
	s->x_cap = s->offer_cap = s->count_cap = 0;
	return status;
}

size_t pairstore_blocks(const struct allot_store *s)
{
	return s->count;
}

uint32_t pairstore_block_pairs(const struct allot_store *s, size_t block)
{
	return s->blocks[block].pairs;
}

uint64_t pairstore_pairs(const struct allot_store *s)
{
	return s->pairs;
}

double pairstore_largest(const struct allot_store *s)
{
	return s->largest;
}

uint64_t pairstore_customers(const struct allot_store *s)
{
	return s->customers;
}

size_t pairstore_spilled(const struct allot_store *s)
{
	return s->spilled;
}

struct visit {
	struct allot_store *store;
	pairstore_visitor *visit;
	void *context;
	char **rooms; /* by thread: a block read from the file */
	atomic_int failure;
};

static bool read_block(const struct allot_store *s, const struct stored_block *b, char *to,
		       atomic_int *failure)
{
	size_t size = block_size(b), done = 0;

	while (done < size) {
		ssize_t n = pread(s->fd, to + done, size - done, (off_t)(b->place + done));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			atomic_store(failure, n < 0 ? errno : EIO);
			return false;
		}
		done += (size_t)n;
	}
	return true;
}

static void visit_blocks(void *context, size_t begin, size_t end, int thread)
{
	struct visit *v = context;

	for (size_t i = begin; i < end && !atomic_load(&v->failure); i++) {
		const struct stored_block *b = &v->store->blocks[i];
		const char *bytes = b->bytes;
		if (bytes == NULL) {
			if (v->rooms[thread] == NULL)
				v->rooms[thread] = xmalloc((size_t)STORE_BLOCK * 12);
			if (!read_block(v->store, b, v->rooms[thread], &v->failure))
				return;
			bytes = v->rooms[thread];
		}
		size_t numbers = b->pairs * sizeof(double), offers = b->pairs * sizeof(uint16_t);
		struct allot_block block = {
			.index = i, .pairs = b->pairs, .customers = b->customers,
			.x = (const double *)(const void *)bytes,
			.offers = (const uint16_t *)(const void *)(bytes + numbers),
			.counts = (const uint16_t *)(const void *)(bytes + numbers + offers),
		};
		v->visit(v->context, &block, thread);
	}
}

static enum so1_status visit_all(struct allot_store *s, int threads, pairstore_visitor *visit,
				 void *context, struct so1_error *e)
{
	struct visit v = {.store = s, .visit = visit, .context = context,
			  .rooms = xcalloc((size_t)threads, sizeof *v.rooms)};

	threads_for(s->count, 1, threads, visit_blocks, &v);
	for (int t = 0; t < threads; t++)
		free(v.rooms[t]);
	free(v.rooms);
	if (v.failure == 0)
		return SO1_OK;
	errno = v.failure;
	return spool_failed(s->tmpdir, SPOOL_READ, e);
}

enum so1_status pairstore_visit(struct allot_store *s, pairstore_visitor *visit, void *context,
			    struct so1_error *e)
{
	return visit_all(s, s->threads < 1 ? 1 : s->threads, visit, context, e);
}

enum so1_status pairstore_walk(struct allot_store *s, pairstore_visitor *visit, void *context,
			   struct so1_error *e)
{
	return visit_all(s, 1, visit, context, e);
}

void pairstore_free(struct allot_store *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->count; i++)
		free(s->blocks[i].bytes);
	if (s->fd >= 0)
		close(s->fd);
	free(s->blocks);
	free(s->x);
	free(s->offers);
	free(s->counts);
	free(s);
}
