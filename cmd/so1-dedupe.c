/* so1-dedupe: decides which touchpoints belong to the same person and writes them sorted
 * by customer_id, each customer's golden row first. */
#include "cmd/tool.h"

#include "base/memory.h"

#include "base/number.h"
#include "dedupe/dedupe.h"
#include "dedupe/lookup.h"

struct options {
	struct dedupe_options dedupe;
	struct registry_options registry;
	bool lookup, keys_only, probable;
	const char *salt, *salt_path, *known_path;
};

/* --limit email=5 */
static enum so1_status set_limit(void *target, const char *argument, struct so1_error *e)
{
	struct options *o = target;
	const char *equals = strchr(argument, '=');
	size_t length = equals ? (size_t)(equals - argument) : strlen(argument);
	enum layer layer = layer_of_name(argument, length);
	int64_t n;

	if (slice_is(slice_make(argument, length), "customer"))
		layer = LAYER_SELF;
	if (!equals || layer == LAYER_COUNT || layer == LAYER_DEVICE) {
		error_set(e, SO1_USAGE, "not KEY=N with source_id, loyalty_id, email, phone, social "
			  "or customer for KEY");
		return error_value(e, slice_of(argument));
	}
	if (!number_parse_int(slice_of(equals + 1), &n) || n < 0) {
		error_set(e, SO1_USAGE, "not a number of people");
		return error_value(e, slice_of(equals + 1));
	}
	o->dedupe.limits.people[layer] = (uint64_t)n;
	return SO1_OK;
}

/* --threshold 0.95 */
static enum so1_status set_threshold(void *target, const char *argument, struct so1_error *e)
{
	struct options *o = target;

	if (number_parse_double(slice_of(argument), &o->dedupe.match.threshold) &&
	    o->dedupe.match.threshold > 0 && o->dedupe.match.threshold < 1)
		return SO1_OK;
	error_set(e, SO1_USAGE, "not a probability between 0 and 1");
	return error_value(e, slice_of(argument));
}

/* --max-block 100 */
static enum so1_status set_block_cap(void *target, const char *argument, struct so1_error *e)
{
	struct options *o = target;
	int64_t n;

	if (!number_parse_int(slice_of(argument), &n) || n < 2 || n > UINT32_MAX) {
		error_set(e, SO1_USAGE, "not a number of records from 2 on");
		return error_value(e, slice_of(argument));
	}
	o->dedupe.match.block_cap = (uint64_t)n;
	return SO1_OK;
}

/* --max-values email=5 */
static enum so1_status set_value_limit(void *target, const char *argument, struct so1_error *e)
{
	struct options *o = target;
	const char *equals = strchr(argument, '=');
	size_t length = equals ? (size_t)(equals - argument) : strlen(argument);
	enum layer layer = layer_of_name(argument, length);
	int64_t n;

	if (!equals || layer >= LAYER_KEYS) {
		error_set(e, SO1_USAGE, "not KEY=N with source_id, loyalty_id, email, phone or social "
			  "for KEY");
		return error_value(e, slice_of(argument));
	}
	if (!number_parse_int(slice_of(equals + 1), &n) || n < 0 || n > 255) {
		error_set(e, SO1_USAGE, "not a number of values up to 255");
		return error_value(e, slice_of(equals + 1));
	}
	o->dedupe.match.value_limit[layer] = (uint64_t)n;
	return SO1_OK;
}

#define MEMBER(m) offsetof(struct options, dedupe.m)
#define REGISTRY(m) offsetof(struct options, registry.m)

static const struct option_row rows[] = {
	{.kind = OPTION_HEADING, .help = "Who is who:"},
	{0, "limit", "KEY=N", OPTION_CALL, 0,
	 "a value of KEY that more than N people share links nobody; 0: no limit (default: 5 for "
	 "source_id, loyalty_id, email, phone, social; 10 for customer: first names in one "
	 "customer)", set_limit},
	{0, "distrust", "FILE", OPTION_TEXT, MEMBER(distrust_path),
	 "values never to trust, one a line, besides the built-in ones", NULL},
	{.kind = OPTION_HEADING, .help = "Ids for years:"},
	{0, "registry", "FILE", OPTION_TEXT, REGISTRY(path),
	 "keep ids as they are in FILE, and bring it up to date", NULL},
	{0, "known", "FILE", OPTION_TEXT, offsetof(struct options, known_path),
	 "compare what is new with the people that earlier runs left in FILE, whether they come again "
	 "or not, and add it to FILE; needs --registry and --model", NULL},
	{0, "changes", "FILE", OPTION_TEXT, REGISTRY(changes_path),
	 "write what became of the ids: new, merged, split, moved, erased", NULL},
	{0, "lookup", NULL, OPTION_FLAG, offsetof(struct options, lookup),
	 "put the id that the registry knows before each touchpoint, as it comes; nothing else",
	 NULL},
	{0, "erase", "FILE", OPTION_TEXT, REGISTRY(erase_path),
	 "remove the people in FILE, an identifier a line, and keep them from coming back", NULL},
	{0, "receipt", "FILE", OPTION_TEXT, REGISTRY(receipt_path),
	 "write what became of each request to erase", NULL},
	{0, "key-file", "FILE", OPTION_TEXT, REGISTRY(key_path),
	 "the secret key under which erased people are remembered", NULL},
	{0, "salt", "TEXT", OPTION_TEXT, offsetof(struct options, salt),
	 "make new ids with a secret, so that they cannot be guessed from an address", NULL},
	{0, "salt-file", "FILE", OPTION_TEXT, offsetof(struct options, salt_path),
	 "the same with the content of FILE, which no list of processes shows", NULL},
	{.kind = OPTION_HEADING, .help = "Probabilities:"},
	{0, "keys-only", NULL, OPTION_FLAG, offsetof(struct options, keys_only),
	 "link records by common keys alone, not by what their other fields say", NULL},
	{0, "probable", NULL, OPTION_FLAG, offsetof(struct options, probable),
	 "the opposite of --keys-only; the default", NULL},
	{0, "threshold", "P", OPTION_CALL, 0,
	 "probability from which on two records are linked (default: 0.95)", set_threshold},
	{0, "rules", "FILE", OPTION_TEXT, MEMBER(match.rules_path),
	 "which pairs to compare: a rule a line, such as 'last_name, birth_date'", NULL},
	{0, "max-block", "N", OPTION_CALL, 0,
	 "split blocks of more than N records by further columns (default: 100)", set_block_cap},
	{0, "nicknames", "FILE", OPTION_TEXT, MEMBER(match.nicknames_path),
	 "short forms of first names, a CSV name,short_forms, in place of the built-in ones", NULL},
	{0, "linkage", "average|single", OPTION_CHOICE, MEMBER(match.linkage),
	 "join groups that go together on the whole (default), or that one link joins", NULL},
	{0, "one-per-source", "SOURCE", OPTION_LIST, MEMBER(match.single_sources),
	 "no two records of SOURCE are one person; may be a list (a,b), may be repeated", NULL},
	{0, "max-records", "N", OPTION_UINT, MEMBER(match.size_limit),
	 "refuse probable links that would make a customer of more than N records; 0: no limit "
	 "(default: 1000)", NULL},
	{0, "max-values", "KEY=N", OPTION_CALL, 0,
	 "refuse probable links that would give a customer more than N values of KEY; 0: no limit "
	 "(default: 20 for loyalty_id, email, phone, social)", set_value_limit},
	{0, "model", "FILE", OPTION_TEXT, MEMBER(match.model_path),
	 "use this model instead of fitting one to the input", NULL},
	{0, "fit-model", "FILE", OPTION_TEXT, MEMBER(match.fit_model_path),
	 "write the model used", NULL},
	{0, "must-link", "FILE", OPTION_TEXT, MEMBER(match.must_path),
	 "pairs of records that are one person: source,source_id,other_source,other_source_id", NULL},
	{0, "cannot-link", "FILE", OPTION_TEXT, MEMBER(match.cannot_path),
	 "pairs of records that are two persons", NULL},
	{0, "review", "FILE", OPTION_TEXT, MEMBER(match.review_path),
	 "write the pairs nearest the threshold for a person to label", NULL},
	{0, "review-pairs", "N", OPTION_UINT, MEMBER(match.review_count),
	 "how many of them (default: 100)", NULL},
	{.kind = OPTION_HEADING, .help = "What survives:"},
	{0, "source-priority", "LIST", OPTION_TEXT, MEMBER(source_priority),
	 "sources, best first (crm,shop), for values that are otherwise equal", NULL},
	{0, "keep-repeats", NULL, OPTION_FLAG, MEMBER(keep_repeats),
	 "keep exact repeats of a touchpoint", NULL},
	{.kind = OPTION_HEADING, .help = "Further output:"},
	{0, "links", "FILE", OPTION_TEXT, MEMBER(links_path),
	 "write customer_id,source,source_id,layer,weight, a line for each identity record", NULL},
	{0, "anonymous", "FILE", OPTION_TEXT, MEMBER(anonymous_path),
	 "write the touchpoints that name nobody", NULL},
	{0, "explain", "ID", OPTION_TEXT, MEMBER(explain),
	 "print the account of one customer (a customer_id or any identifier) and no stream",
	 NULL},
};

/* An option that would have no effect with --keys-only. */
static const char *needs_probabilities(const struct options *o)
{
	const struct match_options *m = &o->dedupe.match;

	return o->probable ? "--probable" : o->known_path ? "--known" : m->rules_path ? "--rules" : m->model_path ? "--model"
	     : m->fit_model_path ? "--fit-model" : m->review_path ? "--review"
	     : m->must_path ? "--must-link" : m->cannot_path ? "--cannot-link"
	     : m->single_sources.count ? "--one-per-source"
	     : m->threshold != MATCH_OPTIONS_DEFAULT.threshold ? "--threshold"
	     : m->linkage != MATCH_OPTIONS_DEFAULT.linkage ? "--linkage"
	     : m->block_cap != MATCH_OPTIONS_DEFAULT.block_cap ? "--max-block"
	     : m->size_limit != MATCH_OPTIONS_DEFAULT.size_limit ? "--max-records"
	     : memcmp(m->value_limit, MATCH_OPTIONS_DEFAULT.value_limit, sizeof m->value_limit) != 0
		     ? "--max-values" : NULL;
}

/* An option that would have no effect with --lookup, which decides nothing. --keys-only says
 * no more than that, and a salt that it makes no ids. */
static const char *needs_decisions(const struct options *o)
{
	const struct dedupe_options *d = &o->dedupe;
	const struct registry_options *r = &o->registry;

	return r->changes_path ? "--changes" : r->erase_path ? "--erase"
	     : r->receipt_path ? "--receipt" : d->links_path ? "--links"
	     : d->anonymous_path ? "--anonymous" : d->explain ? "--explain"
	     : d->distrust_path ? "--distrust" : d->source_priority ? "--source-priority"
	     : d->keep_repeats ? "--keep-repeats"
	     : memcmp(&d->limits, &KEY_LIMITS_DEFAULT, sizeof d->limits) != 0 ? "--limit"
	     : needs_probabilities(o);
}

/* Options that need each other. */
static enum so1_status check_options(const struct options *o, struct so1_error *e)
{
	const struct registry_options *r = &o->registry;
	const char *lone = o->lookup ? "--lookup" : o->known_path ? "--known"
			 : r->changes_path ? "--changes"
			 : r->erase_path ? "--erase" : r->receipt_path ? "--receipt"
			 : r->key_path ? "--key-file" : NULL;

	if (o->salt && o->salt_path)
		return error_set(e, SO1_USAGE, "--salt and --salt-file are two ways to say one thing");
	if (!r->path && lone)
		return error_set(e, SO1_USAGE, "%s needs --registry", lone);
	if (r->erase_path && !r->key_path)
		return error_set(e, SO1_USAGE, "--erase needs --key-file: without a key erased people "
				 "cannot be kept from coming back");
	if (r->receipt_path && !r->key_path)
		return error_set(e, SO1_USAGE, "--receipt needs --key-file and requests to erase");
	if (o->keys_only && needs_probabilities(o))
		return error_set(e, SO1_USAGE, "%s does not go with --keys-only",
				 needs_probabilities(o));
	if (!o->dedupe.match.review_path &&
	    o->dedupe.match.review_count != MATCH_OPTIONS_DEFAULT.review_count)
		return error_set(e, SO1_USAGE, "--review-pairs needs --review");
	if (o->lookup && needs_decisions(o))
		return error_set(e, SO1_USAGE, "%s does not go with --lookup, which only reads the "
				 "registry: it goes with --registry and --key-file",
				 needs_decisions(o));
	if (o->known_path && !o->dedupe.match.model_path)
		return error_set(e, SO1_USAGE, "--known needs --model: few new records are too few to fit "
				 "one to");
	return SO1_OK;
}

static enum so1_status open_account_writer(struct tool_run *run, struct writer **w,
					   struct so1_error *e)
{
	struct writer_options options = {.path = run->common.output, .raw = true};

	return writer_open(w, &options, e);
}

static void summarise(struct tool_run *run, const struct reader *r,
		      const struct dedupe_counts *counts)
{
	struct slice rest = buffer_slice(&counts->notes), note;

	tool_summarise(run, r, counts->rows, counts->merged);
	summary_in(&run->summary, "golden", counts->golden);
	summary_out(&run->summary, "anonymous", counts->anonymous);
	if (counts->erased)
		summary_out(&run->summary, "erased", counts->erased);
	while (slice_split(&rest, '\n', &note))
		if (note.len)
			summary_note(&run->summary, "%.*s", SLICE_ARGS(note));
}

static enum so1_status run_lookup(const struct options *o, struct tool_run *run,
				  struct so1_error *e)
{
	struct lookup_options options = {o->registry.path, o->registry.key_path,
					 (int)run->common.threads};
	struct lookup_counts counts = {0};
	struct reader *r = NULL;
	struct writer *w = NULL;
	enum so1_status status = tool_open_reader(run, &r, e);

	if (status == SO1_OK)
		status = tool_open_writer(run, &w, e);
	if (status == SO1_OK)
		status = lookup_run(&options, r, w, &counts, e);
	if (status == SO1_OK)
		status = writer_commit(w, e);
	if (status == SO1_OK) {
		tool_summarise(run, r, counts.known + counts.unknown, 0);
		if (counts.erased)
			summary_out(&run->summary, "erased", counts.erased);
		summary_note(&run->summary, "known: %llu, of nobody known: %llu",
			     (unsigned long long)counts.known, (unsigned long long)counts.unknown);
		if (counts.conflicts)
			summary_note(&run->summary, "identifiers of several customers, the strongest "
				     "taken: %llu", (unsigned long long)counts.conflicts);
	}
	writer_free(w);
	reader_close(r);
	return status;
}

/* A quarter of the machine, as sort(1) takes: what fits is neither written nor read again.
 * The bytes that come out do not depend on it. */
static uint64_t default_memory(void)
{
	const uint64_t least = UINT64_C(1) << 30;
	uint64_t quarter = memory_physical() / 4;

	return quarter > least ? quarter : least;
}

/* --salt or --salt-file, the content of which is in text. */
static enum so1_status take_salt(struct options *o, struct buffer *text, struct so1_error *e)
{
	e->status = SO1_OK;
	if (o->salt)
		o->dedupe.salt = slice_of(o->salt);
	if (o->salt_path && secret_read(text, o->salt_path, 1, e) == SO1_OK)
		o->dedupe.salt = buffer_slice(text);
	return e->status;
}

static enum so1_status run_dedupe(void *target, struct tool_run *run, struct so1_error *e)
{
	struct options *options = target;
	struct dedupe_options *o = &options->dedupe;
	struct dedupe_counts counts = {0};
	struct buffer salt = {0};
	struct recall recall = {0};
	struct reader *r = NULL;
	struct writer *w = NULL;
	enum so1_status status;

	if (check_options(options, e))
		return e->status;
	if (options->lookup)
		return run_lookup(options, run, e);
	o->match.on = !options->keys_only;
	o->seal = run->seal;
	o->memory = tool_memory(run, default_memory());
	o->tmpdir = run->common.tmpdir;
	o->threads = (int)run->common.threads;
	o->times = run->times;
	options->registry.read_only = o->explain != NULL;
	if (options->known_path)
		recall_start(o->recall = &recall, options->known_path, o->threads);
	status = take_salt(options, &salt, e);
	if (status == SO1_OK && options->registry.path)
		status = registry_open(&o->registry, &options->registry, e);
	if (status == SO1_OK && o->recall)
		status = recall_open(&recall, o->registry, e);
	if (status == SO1_OK)
		status = tool_open_reader(run, &r, e);
	if (status == SO1_OK)
		status = o->explain ? open_account_writer(run, &w, e) : tool_open_writer(run, &w, e);
	if (status == SO1_OK)
		status = dedupe_run(o, r, w, &counts, e);
	times_enter(run->times, "committing");
	if (status == SO1_OK)
		status = writer_commit(w, e);
	/* Last: the registry never knows more than the output that was written with it. */
	if (status == SO1_OK && o->recall)
		status = recall_commit(o->recall, e);
	if (status == SO1_OK && o->registry)
		status = registry_commit(o->registry, e);
	if (status == SO1_OK && o->recall)
		recall_finish(o->recall);
	if (status == SO1_OK && !o->explain)
		summarise(run, r, &counts);
	buffer_free(&counts.notes);
	buffer_free(&salt);
	recall_close(&recall);
	registry_close(o->registry);
	writer_free(w);
	reader_close(r);
	return status;
}

int main(int argc, char **argv)
{
	struct options options = {.dedupe = {.limits = KEY_LIMITS_DEFAULT, .match = MATCH_OPTIONS_DEFAULT}};
	struct tool tool = {
		.name = "so1-dedupe",
		.synopsis = "[OPTION]... [FILE]...",
		.purpose = "Find out which touchpoints belong to the same person; write them by customer.",
		.rows = rows,
		.row_count = sizeof rows / sizeof *rows,
		.options = &options,
		.run = run_dedupe,
	};

	memory_return_large();
	int status = tool_main(&tool, argc, argv);
	option_list_free(&options.dedupe.match.single_sources);
	return status;
}
