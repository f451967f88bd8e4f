#include "dedupe/dedupe.h"

#include "base/threads.h"
#include "dedupe/crosswalk.h"
#include "dedupe/digest.h"
#include "dedupe/erase.h"
#include "dedupe/explain.h"
#include "dedupe/gather.h"
#include "dedupe/intake.h"

#include <pthread.h>
#include <stdlib.h>

/* One run. */
struct dedupe {
	const struct dedupe_options *options;
	struct reader *reader;
	struct writer *writer;
	struct writer *links, *anonymous, *review, *fitted; /* NULL: not wanted */
	struct distrust distrust;
	struct row_plan plan;
	struct tuples tuples;
	struct spool spool;
	struct identity identity;
	struct match match;
	struct standing standing;
	bool compared;            /* match_compare is done */
	struct customers customers;
	struct members members;
	struct addresses addresses;
	struct shelves shelves;
	uint32_t *priority;       /* by source id */
	uint64_t *merged_of;
	uint64_t erasures;
	struct dedupe_counts *counts;
};

/* What resolving takes beside the tuples, a tuple: clusters, facts, records, ranks and
 * the entries of one key; and with probabilities the traits' rows and text, where the tuple
 * is in the blocks of each rule, half a pair for some of these. */
enum { RESOLVE_BYTES = 56, MATCH_BYTES = 270 };

/* Below this the first pass keeps few batches under way. */
enum { SMALL_MEMORY = 256 << 20 };

static uint64_t memory_for_rows(const struct dedupe *d)
{
	uint64_t all = d->options->memory;
	uint64_t resolving = RESOLVE_BYTES + (d->options->match.on ? MATCH_BYTES : 0);
	uint64_t identity = tuples_bytes(&d->tuples) + d->tuples.count * resolving;

	if (d->options->registry)
		identity += registry_bytes(d->options->registry, d->tuples.count);

	return identity > all - all / 4 ? all / 4 : all - identity;
}

static enum so1_status open_side_file(struct writer **w, const char *path, bool seal,
				      struct so1_error *e)
{
	struct writer_options options = {.path = path, .delimiter = ',', .seal = seal};

	return path ? writer_open(w, &options, e) : SO1_OK;
}

/* Everything that can be wrong before a byte is read, and the header to be written. */
static enum so1_status prepare(struct dedupe *d, struct so1_error *e)
{
	const struct dedupe_options *o = d->options;
	const struct header *input = reader_header(d->reader);
	struct header h = {0};

	if (row_plan_make(&d->plan, d->reader, o->explain ? ',' : writer_delimiter(d->writer), e) ||
	    distrust_open(&d->distrust, o->distrust_path, e) ||
	    open_side_file(&d->links, o->links_path, false, e) ||
	    open_side_file(&d->review, o->match.review_path, false, e) ||
	    open_side_file(&d->fitted, o->match.fit_model_path, false, e) ||
	    open_side_file(&d->anonymous, o->anonymous_path, o->seal, e))
		return e->status;
	if (d->anonymous && writer_put_header(d->anonymous, input, e))
		return e->status;
	if (o->explain)
		return SO1_OK;
	header_add(&h, SLICE("customer_id"));
	for (size_t i = 0; i < input->count; i++)
		header_add(&h, input->names[i]);
	enum so1_status status = writer_put_header(d->writer, &h, e);
	header_free(&h);
	return status;
}

static void lower_limit(void *context)
{
	struct dedupe *d = context;

	d->spool.limit = memory_for_rows(d);
}

static void take_erase_event(void *context, uint32_t tuple)
{
	struct dedupe *d = context;

	erasures_add_tuple(d->options->registry->erasures, tuple);
}

/* Whether a touchpoint may ask for erasure: there must be a way to keep it up. */
static bool erases(const struct dedupe *d)
{
	return d->options->registry && d->options->registry->key.len > 0;
}

static enum so1_status read_all(struct dedupe *d, struct so1_error *e)
{
	struct intake in = {
		.reader = d->reader, .plan = &d->plan, .tuples = &d->tuples, .spool = &d->spool,
		.threads = d->options->threads, .small = d->options->memory < SMALL_MEMORY,
		.on_batch = lower_limit, .context = d,
		.on_erase = erases(d) ? take_erase_event : NULL,
	};
	times_enter(d->options->times, "reading");
	enum so1_status status = intake_run(&in, e);

	if (!d->options->registry) /* which looks values up */
		tuples_freeze(&d->tuples);
	return status;
}

/* --source-priority: position in the list by source id, the rest behind it alike. */
static void make_priority(struct dedupe *d)
{
	const struct strings *sources = &d->tuples.text[T_SOURCE];
	struct slice rest = slice_of(d->options->source_priority), name;
	uint32_t position = 0;

	d->priority = xmalloc(sources->count * sizeof *d->priority);
	memset(d->priority, 0xff, sources->count * sizeof *d->priority);
	while (d->options->source_priority && slice_split(&rest, ',', &name)) {
		uint32_t source = strings_find(sources, slice_trim(name));
		if (source != STRINGS_NONE && d->priority[source] == UINT32_MAX)
			d->priority[source] = position;
		position++;
	}
}

/* True when somebody who seemed settled is not: then keys have to link them as well. */
static bool unsettle_reached(struct dedupe *d)
{
	struct registry *r = d->options->registry;

	if (d->match.standing == NULL || r->settled == NULL)
		return false;
	bool *reached = xcalloc(d->tuples.count + 1, sizeof *reached);
	bool any = match_reach(&d->match, reached) > 0 &&
		   registry_unsettle(r, reached, &d->match.error) == SO1_OK;
	free(reached);
	return any;
}

static bool match_middle(void *context)
{
	struct dedupe *d = context;
	struct match *m = &d->match;
	bool again = false;

	if (!d->compared) {
		match_compare(m);
		d->compared = true;
		again = m->error.status == SO1_OK && unsettle_reached(d);
	}
	if (!again && m->error.status == SO1_OK)
		match_link(m);
	times_enter(m->times, "keys");
	return again;
}

/* What FILE.prints may be used for, and whether it serves probabilities too. */
static void set_rules(struct dedupe *d)
{
	const struct dedupe_options *o = d->options;

	/* An account shows every link. */
	o->registry->rules = o->explain ? 0 : digest_settings(&o->limits, &d->distrust, &o->match,
							      &d->match.nicknames);
	if (o->match.on && o->registry->rules)
		o->registry->standing = d->match.standing = &d->standing;
}

static void borrow_standing(struct dedupe *d)
{
	const struct registry *r = d->options->registry;

	d->standing.settled = r->settled;
	if (r->prints.bytes == NULL)
		return;
	d->standing.group = r->print_group;
	d->standing.margin = r->print_margin;
	d->standing.past = r->prints.past;
}

/* How settled tuples came together when they did. */
static void note_settled(struct identity *id, const struct registry *r, size_t tuples)
{
	for (size_t i = 0; r->settled && i < tuples; i++)
		if (r->settled[i])
			id->clusters.layer[i] = r->settled_layer[i];
}

static enum so1_status resolve(struct dedupe *d, struct so1_error *e)
{
	struct registry *registry = d->options->registry;

	d->match = (struct match){
		.options = &d->options->match, .tuples = &d->tuples, .identity = &d->identity,
		.threads = d->options->threads, .times = d->options->times,
		.review = d->review, .fitted = d->fitted,
	};
	if (nicknames_open(&d->match.nicknames, d->options->match.nicknames_path, e))
		return e->status;
	d->identity.facts.nicknames = &d->match.nicknames;
	if (registry)
		set_rules(d);
	if (registry && registry_scan(registry, &d->tuples, d->options->threads, e))
		return e->status;
	if (d->match.standing)
		borrow_standing(d);
	d->identity.threads = d->options->threads;
	d->identity.keep_links = d->options->explain != NULL;
	d->identity.settled = registry ? registry->settled : NULL;
	if (d->options->match.on) {
		d->identity.middle = match_middle;
		d->identity.middle_context = d;
	}
	times_enter(d->options->times, "keys");
	identity_resolve(&d->identity, &d->tuples, &d->options->limits, &d->distrust);
	if (d->match.error.status) {
		*e = d->match.error;
		return e->status;
	}
	times_enter(d->options->times, "naming");
	if (registry) {
		note_settled(&d->identity, registry, d->tuples.count);
		registry_link(registry, &d->identity);
	}
	d->customers.salt = d->options->salt;
	customers_make(&d->customers, &d->tuples, &d->identity, d->options->threads);
	if (registry && (registry_name(registry, &d->identity, &d->customers,
				       d->options->threads, e) ||
			 registry_prepare(registry, &d->identity, e)))
		return e->status;
	if (registry)
		tuples_freeze(&d->tuples);
	addresses_init(&d->addresses, &d->tuples, &d->customers);
	make_priority(d);
	d->counts->golden = d->customers.count;
	return SO1_OK;
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

/* Calls take for every row in the spool that belongs to a customer. */
static enum so1_status walk_spool(struct dedupe *d, enum so1_status (*take)(void *context,
				  uint32_t rank, const struct row *row, struct so1_error *e),
				  void *context, struct so1_error *e)
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
		return walk_spool(d, put_on_shelf, &d->shelves, e);
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

static enum so1_status write_stream(struct dedupe *d, struct so1_error *e)
{
	uint64_t budget = memory_for_rows(d);

	times_enter(d->options->times, "shelving");
	if (open_shelves(d, budget, e) || fill_shelves(d, e) ||
	    shelves_finish(&d->shelves, e))
		return e->status;
	d->merged_of = xcalloc(d->tuples.text[T_SOURCE].count, sizeof *d->merged_of);
	struct gather g = {
		.shelves = &d->shelves, .tuples = &d->tuples, .identity = &d->identity,
		.customers = &d->customers, .addresses = &d->addresses, .priority = d->priority,
		.plan = &d->plan, .writer = d->writer, .keep_repeats = d->options->keep_repeats,
		.sorter_memory = budget / 2, .tmpdir = d->options->tmpdir,
		.threads = d->options->threads, .merged_of = d->merged_of,
	};
	times_enter(d->options->times, "writing");
	if (gather_run(&g, e))
		return e->status;
	d->counts->rows = g.rows;
	d->counts->merged = g.merged;
	return SO1_OK;
}

/* The customers that --explain is about. */
struct accounts {
	uint32_t *ranks;
	size_t count;
	struct golden *golden;
};

static enum so1_status see_for_account(void *context, uint32_t rank, const struct row *row,
				       struct so1_error *e)
{
	struct accounts *a = context;

	(void)e;
	for (size_t i = 0; i < a->count; i++)
		if (a->ranks[i] == rank)
			golden_see(&a->golden[i], row);
	return SO1_OK;
}

static enum so1_status write_accounts(struct dedupe *d, struct so1_error *e)
{
	struct slice what = slice_of(d->options->explain);
	struct explanation x = {&d->tuples, &d->identity, &d->customers, &d->members,
				&d->options->limits, &d->match};
	uint32_t *place = xcalloc(d->tuples.count + 1, sizeof *place);
	struct accounts a = {0};
	struct buffer out = {0};
	char now[CUSTOMER_ID_LENGTH];

	if (d->options->registry)
		what = registry_follow(d->options->registry, what, now);
	a.count = explain_find(&d->tuples, &d->customers, what, &a.ranks);
	a.golden = xcalloc(a.count + 1, sizeof *a.golden);
	for (size_t i = 0; i < a.count; i++)
		golden_init(&a.golden[i], &d->tuples, &d->identity, &d->addresses, d->priority, place);
	if (a.count == 0) {
		error_set(e, SO1_FAILED, "no customer has this id");
		error_value(e, what);
	} else {
		walk_spool(d, see_for_account, &a, e);
	}
	for (size_t i = 0; i < a.count && e->status == SO1_OK; i++) {
		if (i > 0)
			buffer_put_byte(&out, '\n');
		explain_put(&x, a.ranks[i], &a.golden[i], &out);
	}
	if (e->status == SO1_OK)
		writer_put_bytes(d->writer, buffer_slice(&out), 0, e);
	for (size_t i = 0; i < a.count; i++)
		golden_free(&a.golden[i]);
	free(a.golden);
	free(a.ranks);
	free(place);
	buffer_free(&out);
	return e->status;
}

static void note_refusals(const struct dedupe *d, struct buffer *b)
{
	static const char *const what[][2] = {
		[REFUSED_CONTRADICTS] = {"links refused", "two birth dates and two first names"},
		[REFUSED_CLUSTER] = {"links refused", "too many first names in one customer"},
		[REFUSED_GENERATIONS] = {"links refused", "a junior and a senior"},
		[REFUSED_DISAGREES] = {"links refused", "clearly another first name or birth date"},
		[REFUSED_PEOPLE] = {"values not used", "shared by too many people"},
		[REFUSED_IDS] = {"values not used", "shared by too many ids of one source"},
		[REFUSED_DISTRUST] = {"values not used", "never to trust"},
		[REFUSED_AMBIGUOUS] = {"visits left anonymous", "a device of several customers"},
	};
	uint64_t n[REFUSED_REASONS][LAYER_COUNT] = {0};

	for (size_t i = 0; i < d->identity.refused_count; i++)
		n[d->identity.refused[i].reason][d->identity.refused[i].layer]++;
	for (int reason = REFUSED_CONTRADICTS; reason < REFUSED_REASONS; reason++)
		for (int l = 0; l < LAYER_COUNT; l++)
			if (n[reason][l])
				buffer_printf(b, "%s: %llu by %s: %s\n",
					      reason < REFUSED_PARTED ? what[reason][0] : "links refused",
					      (unsigned long long)n[reason][l], layer_name((enum layer)l),
					      reason < REFUSED_PARTED ? what[reason][1]
								      : match_refusal_text(reason));
}

static void make_notes(const struct dedupe *d)
{
	struct buffer *b = &d->counts->notes;

	buffer_printf(b, "customers: %llu, from %llu distinct identities\n",
		      (unsigned long long)d->customers.count, (unsigned long long)d->tuples.count);
	if (d->options->registry)
		registry_put_notes(d->options->registry, b);
	match_notes(&d->match, b);
	note_refusals(d, b);
	for (size_t s = 0; d->merged_of && s < d->tuples.text[T_SOURCE].count; s++) {
		struct slice name = strings_get(&d->tuples.text[T_SOURCE], (uint32_t)s);
		if (d->merged_of[s])
			buffer_printf(b, "exact repeats merged: %llu from %.*s\n",
				      (unsigned long long)d->merged_of[s], SLICE_ARGS(name));
	}
	if (d->erasures)
		buffer_printf(b, "erase requests passed on, all permissions 0: %llu\n",
			      (unsigned long long)d->erasures);
	if (spool_on_disk(&d->spool))
		buffer_printf(b, "spilled to disk: %llu MiB\n",
			      (unsigned long long)(d->spool.total >> 20));
}

static enum so1_status run(struct dedupe *d, struct so1_error *e)
{
	if (prepare(d, e) || read_all(d, e) || resolve(d, e))
		return e->status;
	times_enter(d->options->times, "links");
	if (d->links || d->options->explain)
		members_make(&d->members, &d->tuples, &d->customers, d->options->threads);
	if (d->links && crosswalk_write(d->links, &d->tuples, &d->identity, &d->customers,
					&d->members, d->options->threads, e))
		return e->status;
	if (d->options->explain ? write_accounts(d, e) : write_stream(d, e))
		return e->status;
	times_enter(d->options->times, "committing");
	/* Nothing appears before all is done. */
	if ((d->links && writer_commit(d->links, e)) || (d->anonymous && writer_commit(d->anonymous, e)) ||
	    (d->review && writer_commit(d->review, e)) || (d->fitted && writer_commit(d->fitted, e)))
		return e->status;
	if (d->options->registry && !d->options->explain &&
	    registry_write_side_files(d->options->registry, e))
		return e->status;
	make_notes(d);
	return SO1_OK;
}

enum so1_status dedupe_run(const struct dedupe_options *options, struct reader *r,
			   struct writer *w, struct dedupe_counts *counts, struct so1_error *e)
{
	struct dedupe d = {.options = options, .reader = r, .writer = w, .counts = counts};

	e->status = SO1_OK;
	d.shelves.fd = -1;
	tuples_init(&d.tuples);
	spool_init(&d.spool, options->memory, options->tmpdir);
	enum so1_status status = run(&d, e);
	times_enter(options->times, "freeing");
	writer_free(d.links);
	writer_free(d.anonymous);
	writer_free(d.review);
	writer_free(d.fitted);
	match_free(&d.match);
	standing_free(&d.standing);
	distrust_free(&d.distrust);
	row_plan_free(&d.plan);
	tuples_free(&d.tuples);
	spool_free(&d.spool);
	identity_free(&d.identity);
	customers_free(&d.customers);
	members_free(&d.members);
	addresses_free(&d.addresses);
	shelves_free(&d.shelves);
	free(d.priority);
	free(d.merged_of);
	return status;
}
