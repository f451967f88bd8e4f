#include "dedupe/dedupe_parts.h"

#include "dedupe/crosswalk.h"
#include "dedupe/digest.h"
#include "dedupe/erase.h"

#include <stdlib.h>

/* Below this the first pass keeps few batches under way. */
enum { SMALL_MEMORY = 256 << 20 };

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
	if (nicknames_open(&d->match.nicknames, o->match.nicknames_path, e))
		return e->status;
	dedupe_carry_open(d);
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

	d->spool.limit = dedupe_memory_for_rows(d);
}

static void take_erase_event(void *context, uint32_t tuple)
{
	struct dedupe *d = context;

	erasures_add_tuple(d->options->registry->erasures, tuple);
}

static void take_sighting(void *context, const struct row *row, uint64_t place)
{
	struct dedupe *d = context;

	recall_see(d->options->recall, row, place);
}

/* Whether a touchpoint may ask for erasure: there must be a way to keep it up. */
static bool erases(const struct dedupe *d)
{
	return d->options->registry && d->options->registry->key.len > 0;
}

static enum so1_status read_all(struct dedupe *d, struct so1_error *e)
{
	struct recall *r = d->options->recall;

	d->intake = (struct intake){
		.reader = d->reader, .plan = &d->plan, .tuples = &d->tuples, .spool = &d->spool,
		.threads = d->options->threads, .small = d->options->memory < SMALL_MEMORY,
		.on_batch = lower_limit, .context = d,
		.on_erase = erases(d) ? take_erase_event : NULL,
		.on_row = r ? take_sighting : NULL,
		.keep_lines = d->carry_settings != 0, .carry = r && r->carry.customers ? &r->carry : NULL,
	};
	times_enter(d->options->times, "reading");
	enum so1_status status = intake_run(&d->intake, e);

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
	o->registry->rules = o->explain || o->recall ? 0
			     : digest_settings(&o->limits, &d->distrust, &o->match, &d->match.nicknames);
	if (o->match.on && o->registry->rules)
		o->registry->standing = d->match.standing = &d->standing;
}

/* Those who joined the input were compared with each other when they came. */
static void borrow_recalled(struct dedupe *d)
{
	const struct registry *r = d->options->registry;
	uint32_t *group = xcalloc(d->tuples.count + 1, sizeof *group);

	for (size_t i = 0; i < r->recalled_count; i++)
		group[r->recalled[i].tuple] = r->settled_of[r->recalled[i].tuple] + 1;
	d->recalled_group = group;
	d->standing.group = group;
	d->standing.settled = r->settled;
	d->standing.recalled = true;
	d->match.standing = &d->standing;
}

static void borrow_standing(struct dedupe *d)
{
	const struct registry *r = d->options->registry;

	if (r->recalled_count)
		return borrow_recalled(d);
	if (d->match.standing == NULL)
		return;
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

static void take_marked(void *context, struct slice source, struct slice source_id)
{
	recall_mark(context, source, source_id);
}

static enum so1_status mark_records(struct recall *r, const struct match_options *o, struct so1_error *e)
{
	const char *const paths[] = {o->must_path, o->cannot_path};

	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		if (paths[i] && marks_each(paths[i], take_marked, r, e))
			return e->status;
	return e->status = SO1_OK;
}

static enum so1_status recall(struct dedupe *d, struct so1_error *e)
{
	struct recall *r = d->options->recall;
	struct registry *registry = d->options->registry;

	times_enter(d->options->times, "recalling");
	if (mark_records(r, &d->options->match, e) || dedupe_carry_settle(d, e) ||
	    recall_find(r, &d->tuples, d->options->threads, e))
		return e->status;
	registry->recalled = r->items;
	registry->recalled_count = r->count;
	registry->input = r->input;
	return SO1_OK;
}

/* What lasts beyond the run. */
static enum so1_status prepare_registry(struct dedupe *d, struct so1_error *e)
{
	const struct dedupe_options *o = d->options;

	if (registry_name(o->registry, &d->identity, &d->customers, o->threads, e) ||
	    registry_prepare(o->registry, &d->identity, e))
		return e->status;
	if (o->recall && !o->explain &&
	    recall_prepare(o->recall, &d->match.traits, &d->match.rules, &d->identity, o->registry,
			   o->threads, e))
		return e->status;
	tuples_freeze(&d->tuples);
	return SO1_OK;
}

/* A refusal that came with an address holds for all who have it, also of earlier runs. */
static void know_refusals(struct dedupe *d)
{
	const struct recall *r = d->options->recall;

	for (size_t i = 0; i < r->count; i++)
		if (r->before[i].consent.no)
			addresses_know(&d->addresses, &d->tuples, r->items[i].tuple,
				       &r->before[i].consent);
}

/* The customers of the input alone are written, and of theirs what is in it. */
static void forget_recalled(struct dedupe *d)
{
	const struct recall *r = d->options->recall;
	struct customers *c = &d->customers;
	bool *absent = xmalloc(c->count + (size_t)1);

	memset(absent, true, c->count + (size_t)1);
	for (uint32_t i = 0; i < d->tuples.count; i++)
		if (c->rank[i] != TUPLE_NONE && d->tuples.row_units[i])
			absent[c->rank[i]] = false;
	customers_rename(c, c->ids, absent, d->tuples.count);
	free(absent);
	keepsakes_make(&d->keepsakes, r, c);
	for (size_t i = r->input; i < d->tuples.count; i++)
		if (d->tuples.row_units[i] == 0)
			c->rank[i] = TUPLE_NONE;
}

static enum so1_status resolve(struct dedupe *d, struct so1_error *e)
{
	struct registry *registry = d->options->registry;

	d->match = (struct match){
		.options = &d->options->match, .tuples = &d->tuples, .identity = &d->identity,
		.threads = d->options->threads, .times = d->options->times,
		.review = d->review, .fitted = d->fitted, .recall = d->options->recall,
		.nicknames = d->match.nicknames,
	};
	if (d->options->recall && recall(d, e))
		return e->status;
	d->identity.facts.nicknames = &d->match.nicknames;
	if (registry) {
		set_rules(d);
		times_enter(d->options->times, "registry");
		if (registry_scan(registry, &d->tuples, d->options->threads, e))
			return e->status;
	}
	if (registry)
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
	if (registry && prepare_registry(d, e))
		return e->status;
	if (d->options->recall && dedupe_carry_name(d, e))
		return e->status;
	addresses_init(&d->addresses, &d->tuples, &d->customers);
	if (registry && registry->recalled_count) {
		know_refusals(d);
		if (d->options->explain)
			keepsakes_make(&d->keepsakes, d->options->recall, &d->customers);
		else
			forget_recalled(d);
	}
	make_priority(d);
	d->counts->golden = d->customers.count + (d->options->recall ? d->options->recall->carry.kept : 0);
	return SO1_OK;
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
	if (d->options->explain ? dedupe_write_accounts(d, e) : dedupe_write_stream(d, e))
		return e->status;
	times_enter(d->options->times, "committing");
	/* Nothing appears before all is done. */
	if ((d->links && writer_commit(d->links, e)) || (d->anonymous && writer_commit(d->anonymous, e)) ||
	    (d->review && writer_commit(d->review, e)) || (d->fitted && writer_commit(d->fitted, e)))
		return e->status;
	if (d->options->registry && !d->options->explain &&
	    registry_write_side_files(d->options->registry, e))
		return e->status;
	dedupe_make_notes(d);
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
	intake_more_free(&d.more);
	carried_free(&d.carried);
	standing_free(&d.standing);
	distrust_free(&d.distrust);
	row_plan_free(&d.plan);
	tuples_free(&d.tuples);
	spool_free(&d.spool);
	identity_free(&d.identity);
	customers_free(&d.customers);
	members_free(&d.members);
	addresses_free(&d.addresses);
	keepsakes_free(&d.keepsakes);
	shelves_free(&d.shelves);
	free(d.priority);
	free(d.merged_of);
	free(d.recalled_group);
	return status;
}
