#include "dedupe/traits.h"

#include "base/bucketsort.h"
#include "base/threads.h"
#include "dedupe/fold.h"
#include "dedupe/sketch.h"

#include <stdlib.h>

const uint8_t trait_field[TRAIT_COUNT] = {
	[TRAIT_FIRST] = T_FIRST_NAME, [TRAIT_LAST] = T_LAST_NAME, [TRAIT_BIRTH] = T_BIRTH_DATE,
	[TRAIT_STREET] = T_STREET, [TRAIT_POSTCODE] = T_POSTCODE, [TRAIT_CITY] = T_CITY,
	[TRAIT_EMAIL] = T_EMAIL, [TRAIT_PHONE] = T_PHONE, [TRAIT_NUMBER] = T_LOYALTY_ID,
	[TRAIT_GENDER] = T_GENDER, [TRAIT_MIDDLE] = T_FIRST_NAME,
};

const char *trait_name(enum trait trait)
{
	return trait == TRAIT_MIDDLE ? "middle_name" : touchpoint_table[trait_field[trait]].name;
}

enum trait trait_of_name(struct slice name)
{
	int t = 0;

	while (t < TRAIT_COUNT && !slice_is(name, trait_name((enum trait)t)))
		t++;
	return (enum trait)t;
}

void trait_fold(enum trait trait, struct slice value, struct buffer *out)
{
	switch (trait) {
	case TRAIT_FIRST:
		fold_given_names(value, out);
		break;
	case TRAIT_MIDDLE:
		fold_middle_initial(value, out);
		break;
	case TRAIT_LAST:
		fold_surname(value, out);
		break;
	case TRAIT_CITY:
		fold_names(value, out);
		break;
	case TRAIT_POSTCODE: case TRAIT_NUMBER:
		fold_words(value, out);
		break;
	case TRAIT_STREET:
		fold_street(value, out);
		break;
	default:
		buffer_put_slice(out, value);
	}
}

/* The list of values that identity_resolve found trustworthy, for traits that are keys. */
static const uint8_t *trusted_values(const struct identity *id, enum trait trait)
{
	switch (trait) {
	case TRAIT_EMAIL: return id->trusted[LAYER_EMAIL];
	case TRAIT_PHONE: return id->trusted[LAYER_PHONE];
	case TRAIT_NUMBER: return id->trusted[LAYER_LOYALTY_ID];
	default: return NULL;
	}
}

/* What one trait is made from, and what becomes of it; traits do not touch each other's. */
struct fold_job {
	struct traits *t;
	const struct identity *id;
	const bool *compared;
	uint32_t *folded[TRAIT_COUNT]; /* by value id of the tuple's field: id in text[trait] */
	uint64_t *sketch[TRAIT_COUNT]; /* by id, NULL for most traits */
};

/* Values that are compared as they stand. */
static bool is_folded(enum trait trait)
{
	return trait != TRAIT_BIRTH && trait != TRAIT_EMAIL && trait != TRAIT_PHONE &&
	       trait != TRAIT_GENDER;
}

/* By value id of the tuples' field: whether a tuple that is compared has it. NULL where all are.
 * The caller frees it. */
static bool *find_used(const struct fold_job *job, enum trait trait)
{
	const struct tuples *tuples = job->t->tuples;

	if (job->t->count == tuples->count)
		return NULL;
	bool *used = xcalloc(tuples->text[trait_field[trait]].count, sizeof *used);

	for (uint32_t i = 0; i < tuples->count; i++)
		if (job->compared[i])
			used[tuples->items[i].field[trait_field[trait]]] = true;
	return used;
}

static void take_field(struct fold_job *job, enum trait trait)
{
	const struct strings *values = &job->t->tuples->text[trait_field[trait]];
	const uint8_t *trusted = trusted_values(job->id, trait);
	uint32_t *same = xcalloc(values->count, sizeof *same);

	for (uint32_t v = 1; v < values->count; v++)
		same[v] = trusted && trusted[v] != TRUST_FULL ? 0 : v;
	job->t->text[trait] = *values;
	job->folded[trait] = same;
}

static void fold_field(struct fold_job *job, enum trait trait)
{
	struct traits *t = job->t;
	const struct strings *values = &t->tuples->text[trait_field[trait]];
	const uint8_t *trusted = trusted_values(job->id, trait);
	uint32_t *folded = xcalloc(values->count, sizeof *folded);
	bool *used = find_used(job, trait);
	struct buffer b = {0};

	strings_init(&t->text[trait]);
	for (uint32_t v = 1; v < values->count; v++) {
		if ((used && !used[v]) || (trusted && trusted[v] != TRUST_FULL))
			continue;
		buffer_clear(&b);
		trait_fold(trait, strings_get(values, v), &b);
		folded[v] = strings_add(&t->text[trait], buffer_slice(&b));
	}
	strings_freeze(&t->text[trait]);
	buffer_free(&b);
	free(used);
	job->folded[trait] = folded;
}

static void sketch_field(struct fold_job *job, enum trait trait)
{
	const struct strings *text = &job->t->text[trait];
	uint64_t *sketch;

	if (trait != TRAIT_BIRTH && trait != TRAIT_EMAIL && trait != TRAIT_PHONE && trait != TRAIT_NUMBER)
		return;
	job->sketch[trait] = sketch = xcalloc(text->count, sizeof *sketch);
	for (uint32_t v = 1; v < text->count; v++) {
		struct slice s = strings_get(text, v);
		sketch[v] = trait == TRAIT_BIRTH ? sketch_date(s)
			    : trait == TRAIT_EMAIL ? sketch_email(s) : sketch_letters(s);
	}
}

static void split_streets(struct traits *t)
{
	const struct strings *streets = &t->text[TRAIT_STREET];

	strings_init(&t->street_names);
	t->street_name = xcalloc(streets->count, sizeof *t->street_name);
	for (uint32_t v = 1; v < streets->count; v++) {
		struct slice s = strings_get(streets, v);
		t->street_name[v] = strings_add(&t->street_names, slice_make(s.ptr, slice_find_byte(s, '|')));
	}
	strings_freeze(&t->street_names);
}

static void make_traits(void *context, size_t begin, size_t end, int thread)
{
	struct fold_job *job = context;

	(void)thread;
	for (size_t c = begin; c < end; c++) {
		if (is_folded((enum trait)c))
			fold_field(job, (enum trait)c);
		else
			take_field(job, (enum trait)c);
		sketch_field(job, (enum trait)c);
		if (c == TRAIT_STREET)
			split_streets(job->t);
	}
}

static char first_byte(const struct traits *t, enum trait trait, uint32_t id)
{
	struct slice s = trait_text(t, trait, id);

	return s.len ? s.ptr[0] : '\0';
}

static void lay_out_rows(void *context, size_t begin, size_t end, int thread)
{
	const struct fold_job *job = context;

	(void)thread;
	for (size_t i = begin; i < end; i++) {
		const uint32_t *field = job->t->tuples->items[i].field;
		struct trait_row *row = &job->t->rows[i];
		*row = (struct trait_row){.birth = 0};
		if (!job->compared[i])
			continue;
		for (int c = 0; c < TRAIT_COUNT; c++)
			row->id[c] = job->folded[c][field[trait_field[c]]];
		row->birth = (uint32_t)job->sketch[TRAIT_BIRTH][row->id[TRAIT_BIRTH]];
		row->email = job->sketch[TRAIT_EMAIL][row->id[TRAIT_EMAIL]];
		row->phone = job->sketch[TRAIT_PHONE][row->id[TRAIT_PHONE]];
		row->number = job->sketch[TRAIT_NUMBER][row->id[TRAIT_NUMBER]];
		row->first = first_byte(job->t, TRAIT_FIRST, row->id[TRAIT_FIRST]);
		row->last = first_byte(job->t, TRAIT_LAST, row->id[TRAIT_LAST]);
	}
}

static int compare_places(const void *x, const void *y)
{
	const struct place *a = x, *b = y;

	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	return (a->tuple > b->tuple) - (a->tuple < b->tuple);
}

void places_sort(struct place *places, size_t count, int threads)
{
	bucket_sort(places, count, sizeof *places, compare_places, threads);
}

static void order_tuples(struct traits *t, const bool *compared, int threads)
{
	struct place *places = xmalloc((t->tuples->count + 1) * sizeof *places);

	for (uint32_t i = 0; i < t->tuples->count; i++)
		if (compared[i])
			places[t->count++] = (struct place){t->tuples->items[i].hash, i};
	places_sort(places, t->count, threads);
	t->order = xmalloc((t->count + (size_t)1) * sizeof *t->order);
	for (uint32_t i = 0; i < t->count; i++)
		t->order[i] = places[i].tuple;
	free(places);
}

static void count_uses(void *context, size_t begin, size_t end, int thread)
{
	struct traits *t = context;

	(void)thread;
	for (size_t c = begin; c < end; c++) {
		t->uses[c] = xcalloc(t->text[c].count, sizeof *t->uses[c]);
		/* In the order of the memory. Tuples that are not compared have no traits. */
		for (uint32_t i = 0; i < t->tuples->count; i++)
			t->uses[c][trait_of(t, i, (enum trait)c)]++;
		t->known[c] = t->tuples->count - t->uses[c][0];
		t->uses[c][0] = t->count - (uint32_t)t->known[c];
	}
}

void traits_make(struct traits *t, const struct tuples *tuples, const struct identity *id,
		 const bool *compared, int threads)
{
	enum { GRAIN = 4096 };
	struct fold_job job = {.t = t, .id = id, .compared = compared};

	*t = (struct traits){.tuples = tuples};
	order_tuples(t, compared, threads);
	threads_for(TRAIT_COUNT, 1, threads, make_traits, &job);
	t->rows = xmalloc((tuples->count + 1) * sizeof *t->rows);
	threads_for(tuples->count, GRAIN, threads, lay_out_rows, &job);
	for (int c = 0; c < TRAIT_COUNT; c++) {
		free(job.folded[c]);
		free(job.sketch[c]);
	}
	threads_for(TRAIT_COUNT, 1, threads, count_uses, t);
}

void traits_free(struct traits *t)
{
	for (int c = 0; c < TRAIT_COUNT; c++) {
		free(t->uses[c]);
		if (t->text[c].place && is_folded((enum trait)c))
			strings_free(&t->text[c]);
	}
	if (t->street_names.place)
		strings_free(&t->street_names);
	free(t->street_name);
	free(t->rows);
	free(t->order);
	*t = (struct traits){0};
}
