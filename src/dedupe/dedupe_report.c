#include "dedupe/dedupe_parts.h"

#include "dedupe/explain.h"

#include <stdlib.h>

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

enum so1_status dedupe_write_accounts(struct dedupe *d, struct so1_error *e)
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
	for (size_t i = 0; i < a.count; i++) {
		const struct keepsake *known = NULL;
		size_t n = keepsakes_of(&d->keepsakes, a.ranks[i], &known);
		golden_init(&a.golden[i], &d->tuples, &d->identity, &d->addresses, d->priority, place);
		for (size_t k = 0; k < n; k++)
			golden_recall(&a.golden[i], known[k].tuple, known[k].sighting);
	}
	if (a.count == 0) {
		error_set(e, SO1_FAILED, "no customer has this id");
		error_value(e, what);
	} else {
		dedupe_walk(d, see_for_account, &a, e);
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
		for (int l = 0; l < LAYER_COUNT; l++) {
			const char *text = l == LAYER_MODEL || reason >= REFUSED_PARTED
						   ? match_refusal_text(reason) : NULL;
			if (n[reason][l])
				buffer_printf(b, "%s: %llu by %s: %s\n",
					      reason < REFUSED_PARTED ? what[reason][0] : "links refused",
					      (unsigned long long)n[reason][l], layer_name((enum layer)l),
					      text ? text : what[reason][1]);
		}
}

/* A source misspelt in an option has no effect, and nothing else would say so. */
static void note_unknown_sources(const struct dedupe *d, const char *option, const char *list,
				 struct buffer *b)
{
	struct slice rest = slice_of(list), name;

	while (slice_split(&rest, ',', &name)) {
		name = slice_trim(name);
		if (name.len && strings_find(&d->tuples.text[T_SOURCE], name) == STRINGS_NONE)
			buffer_printf(b, "%s: no record is of source '%.*s'\n", option, SLICE_ARGS(name));
	}
}

static void note_all_unknown_sources(const struct dedupe *d, struct buffer *b)
{
	const struct option_list *single = &d->options->match.single_sources;

	if (d->tuples.count == 0)
		return;
	for (size_t i = 0; i < single->count; i++)
		note_unknown_sources(d, "--one-per-source", single->items[i], b);
	note_unknown_sources(d, "--source-priority", d->options->source_priority, b);
}

/* Who is not in the input is compared with nobody, and met by single identifiers alone. */
static void note_absent(const struct dedupe *d, struct buffer *b)
{
	const struct registry *r = d->options->registry;
	const struct recall *recall = d->options->recall;

	if (r == NULL || r->new_count == 0 || r->kept_count >= r->count - r->count / 2 ||
	    (recall && recall->known.count))
		return;
	if (recall)
		buffer_printf(b, "%s is new, and knows the people of the input alone: give all records "
			      "once\n", recall->path);
	else
		buffer_printf(b, "most customers of the registry are not in the input, and new records "
			      "are not compared with them: give all records%s\n",
			      d->options->match.on ? ", or use --known" : "");
}

static void note_customers(const struct dedupe *d, struct buffer *b)
{
	const struct recall *recall = d->options->recall;
	size_t kept = recall ? recall->carry.kept : 0, identities = recall ? recall->input : d->tuples.count;

	buffer_printf(b, "customers: %llu, ", (unsigned long long)d->counts->golden);
	if (kept)
		buffer_printf(b, "%zu of them as the run before wrote them, the others ", kept);
	buffer_printf(b, "from %zu distinct identities\n", identities);
}

void dedupe_make_notes(const struct dedupe *d)
{
	struct buffer *b = &d->counts->notes;

	const struct recall *recall = d->options->recall;

	note_customers(d, b);
	if (recall && recall->known.count)
		buffer_printf(b, "identities known before: %zu, compared with: %zu\n", recall->known.count,
			      recall->near);
	if (d->options->registry)
		registry_put_notes(d->options->registry, b);
	note_absent(d, b);
	match_notes(&d->match, b);
	note_refusals(d, b);
	note_all_unknown_sources(d, b);
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
