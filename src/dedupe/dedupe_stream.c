#include "dedupe/dedupe_parts.h"

#include "base/threads.h"
#include "dedupe/gather.h"

#include <pthread.h>
#include <stdlib.h>

/* What resolving takes beside the tuples, a tuple: clusters, facts, records, ranks and
 * the entries of one key; and with probabilities the traits' rows and text, where the tuple
 * is in the blocks of each rule, half a pair for some of these. */
enum { RESOLVE_BYTES = 56, MATCH_BYTES = 270 };

uint64_t dedupe_memory_for_rows(const struct dedupe *d)
{
	uint64_t all = d->options->memory;
	uint64_t resolving = RESOLVE_BYTES + (d->options->match.on ? MATCH_BYTES : 0);
	uint64_t identity = tuples_bytes(&d->tuples) + d->tuples.count * resolving;

	if (d->options->registry)
		identity += registry_bytes(d->options->registry, d->tuples.count);
	if (d->options->recall)
		identity += recall_bytes(d->options->recall, d->tuples.count) +
			    carry_bytes(&d->options->recall->carry);

	return identity > all - all / 4 ? all / 4 : all - identity;
}

static enum so1_status put_anonymous(struct dedupe *d, const struct row *row,
				     struct slice *fields, struct arena *a, struct so1_error *e)
{
	d->counts->anonymous++;
	if (!d->anonymous)
		return SO1_OK;
	row_split(row, d->plan.delimiter, fields, d->plan.count, a);
	for (size_t i = 0; i < d->plan.count; i++) {
		int role = d->plan.role[i];
		writer_put_field(d->anonymous, role < IDENTITY_FIELDS
				 ? tuple_text(&d->tuples, row->tuple, role) : fields[i]);
	}
	arena_reset(a);
	return writer_end_record(d->anonymous, e);
}

enum so1_status dedupe_walk(struct dedupe *d, take_row *take, void *context, struct so1_error *e)
{
	struct slice *fields = xmalloc((d->plan.count + 1) * sizeof *fields);
	struct arena a = {0};
	char *bytes;
	size_t len;

	while (e->status == SO1_OK && spool_read(&d->spool, &bytes, &len, e) == SO1_OK && len > 0) {
		for (char *p = bytes; p < bytes + len && e->status == SO1_OK;) {
			const struct row *row = (const struct row *)p;
			uint32_t rank = d->customers.rank[row->tuple];
			p += row_size(row);
			if (registry_drops(d->options->registry, row->tuple)) {
				d->counts->erased++;
				continue;
			}
			d->erasures += row->kind == ROW_ERASE;
			if (rank == TUPLE_NONE) {
				put_anonymous(d, row, fields, &a, e);
				continue;
			}
			addresses_see(&d->addresses, &d->tuples, row);
			take(context, rank, row, e);
		}
	}
	free(fields);
	arena_free(&a);
	return e->status;
}

static enum so1_status put_on_shelf(void *context, uint32_t rank, const struct row *row,
				    struct so1_error *e)
{
	return shelves_put(context, rank, row, e);
}

/* Rows in memory, taken to their shelves by several threads. */
struct shelving {
	struct dedupe *d;
	struct shelving_room *rooms; /* by thread */
	pthread_mutex_t rare;        /* for what few rows touch, and the sums */
};

/* What a row changes beside its shelf. */
static void take_note(struct shelving *s, const struct row *row)
{
	struct dedupe *d = s->d;
	struct registry *registry = d->options->registry;
	bool erased = registry && registry->erased[row->tuple];

	if (!erased && (row->no == 0 || d->addresses.count == 0) && row->kind != ROW_ERASE)
		return;
	pthread_mutex_lock(&s->rare);
	if (erased) {
		registry_drops(registry, row->tuple);
		d->counts->erased++;
	} else {
		d->erasures += row->kind == ROW_ERASE;
		if (d->customers.rank[row->tuple] != TUPLE_NONE)
			addresses_see(&d->addresses, &d->tuples, row);
	}
	pthread_mutex_unlock(&s->rare);
}

static void shelve_chunks(void *context, size_t begin, size_t end, int thread)
{
	struct shelving *s = context;
	struct dedupe *d = s->d;
	const struct registry *registry = d->options->registry;
	uint64_t anonymous = 0;

	for (size_t i = begin; i < end; i++) {
		struct spool_chunk chunk = spool_chunk(&d->spool, i);
		for (const char *p = chunk.bytes; p < chunk.bytes + chunk.len;) {
			const struct row *row = (const struct row *)p;
			p += row_size(row);
			take_note(s, row);
			anonymous += d->customers.rank[row->tuple] == TUPLE_NONE &&
				     !(registry && registry->erased[row->tuple]);
		}
		shelves_arrange(&d->shelves, i, d->customers.rank, &s->rooms[thread]);
	}
	pthread_mutex_lock(&s->rare);
	d->counts->anonymous += d->anonymous ? 0 : anonymous;
	pthread_mutex_unlock(&s->rare);
}

/* Touchpoints of nobody, in the order of the input. */
static enum so1_status write_anonymous(struct dedupe *d, struct so1_error *e)
{
	const struct registry *registry = d->options->registry;
	struct slice *fields = xmalloc((d->plan.count + 1) * sizeof *fields);
	struct arena a = {0};

	for (size_t i = 0; i < d->spool.count && e->status == SO1_OK; i++) {
		struct spool_chunk chunk = spool_chunk(&d->spool, i);
		for (const char *p = chunk.bytes; p < chunk.bytes + chunk.len && e->status == SO1_OK;) {
			const struct row *row = (const struct row *)p;
			p += row_size(row);
			if (d->customers.rank[row->tuple] == TUPLE_NONE &&
			    !(registry && registry->erased[row->tuple]))
				put_anonymous(d, row, fields, &a, e);
		}
	}
	free(fields);
	arena_free(&a);
	return e->status;
}

/* All rows to their shelves. */
static enum so1_status fill_shelves(struct dedupe *d, struct so1_error *e)
{
	int threads = d->options->threads > 0 ? d->options->threads : 1;
	struct shelving s = {d, NULL, PTHREAD_MUTEX_INITIALIZER};

	if (spool_on_disk(&d->spool))
		return dedupe_walk(d, put_on_shelf, &d->shelves, e);
	if (d->anonymous && write_anonymous(d, e))
		return e->status;
	s.rooms = xcalloc((size_t)threads, sizeof *s.rooms);
	threads_for(d->spool.count, 1, threads, shelve_chunks, &s);
	for (int i = 0; i < threads; i++)
		shelving_room_free(&s.rooms[i]);
	free(s.rooms);
	return e->status;
}

/* In memory shelves are as small as keeps a processor's cache warm; on disk as large as
 * the threads can hold at a time, each with its rows, their order and the output. */
static enum so1_status open_shelves(struct dedupe *d, uint64_t budget, struct so1_error *e)
{
	enum { ON_DISK_LEAST = 256 << 10, ON_DISK_MOST = 64 << 20 };
	size_t chunks = spool_chunks(&d->spool, e);
	uint64_t *bytes = xcalloc(d->customers.count + (size_t)1, sizeof *bytes);
	uint64_t size = budget / (3 * (uint64_t)d->options->threads + 1);
	struct spool *memory = spool_on_disk(&d->spool) ? NULL : &d->spool;

	if (e->status)
		return free(bytes), e->status;
	size = size < ON_DISK_LEAST ? ON_DISK_LEAST : size > ON_DISK_MOST ? ON_DISK_MOST : size;
	for (size_t i = 0; i < d->tuples.count; i++)
		if (d->customers.rank[i] != TUPLE_NONE)
			bytes[d->customers.rank[i]] += (uint64_t)d->tuples.row_units[i] * ROW_ALIGNMENT;
	enum so1_status status = shelves_open(&d->shelves, bytes, d->customers.count,
					      memory ? shelves_size_in_memory(d->spool.total, chunks)
						     : size, budget / 2, memory,
					      d->options->tmpdir, e);
	free(bytes);
	return status;
}

enum so1_status dedupe_write_stream(struct dedupe *d, struct so1_error *e)
{
	uint64_t budget = dedupe_memory_for_rows(d);
	struct carried *carried;

	times_enter(d->options->times, "shelving");
	if (open_shelves(d, budget, e) || fill_shelves(d, e) ||
	    shelves_finish(&d->shelves, e) || dedupe_carry_begin(d, &carried, e))
		return e->status;
	d->merged_of = xcalloc(d->tuples.text[T_SOURCE].count, sizeof *d->merged_of);
	struct gather g = {
		.shelves = &d->shelves, .tuples = &d->tuples, .identity = &d->identity,
		.customers = &d->customers, .addresses = &d->addresses,
		.keepsakes = &d->keepsakes, .priority = d->priority,
		.plan = &d->plan, .writer = d->writer, .keep_repeats = d->options->keep_repeats,
		.carried = carried,
		.sorter_memory = budget / 2, .tmpdir = d->options->tmpdir,
		.threads = d->options->threads, .merged_of = d->merged_of,
	};
	times_enter(d->options->times, "writing");
	if (gather_run(&g, e) || dedupe_carry_end(d, e))
		return e->status;
	d->counts->rows = g.rows;
	d->counts->merged = g.merged;
	return SO1_OK;
}
