#include "dedupe/erase.h"

#include "base/memory.h"
#include "base/number.h"
#include "stream/writer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum outcome { OUTCOME_UNKNOWN, OUTCOME_ERASED, OUTCOME_BEFORE, OUTCOME_AMBIGUOUS };

struct request {
	struct slice text;       /* as given */
	struct slice identifier; /* without its kind */
	enum registry_kind kind; /* KIND_COUNT: any */
	uint32_t tuple;          /* of an event; TUPLE_NONE */
	/* What was found: clusters and known ids that are not in this run. */
	uint32_t cluster, old;
	enum outcome outcome;
};

struct erasures {
	struct request *items;
	size_t count, cap;
	struct arena text;
};

struct erasures *erasures_new(void)
{
	return xcalloc(1, sizeof(struct erasures));
}

static struct request *add_request(struct erasures *x)
{
	GROW(x->items, x->cap, x->count + 1);
	struct request *q = &x->items[x->count++];
	*q = (struct request){.kind = KIND_COUNT, .tuple = TUPLE_NONE, .cluster = OWNER_NONE,
			      .old = OWNER_NONE};
	return q;
}

void erasures_add_tuple(struct erasures *x, uint32_t tuple)
{
	if (x->count == 0 || x->items[x->count - 1].tuple != tuple)
		add_request(x)->tuple = tuple;
}

void erasures_each_tuple(const struct erasures *x, void (*take)(void *context, uint32_t tuple),
			 void *context)
{
	for (size_t i = 0; i < x->count; i++)
		if (x->items[i].tuple != TUPLE_NONE)
			take(context, x->items[i].tuple);
}

/* so1-ingest writes addresses in lower case. */
static void fold_email(struct request *q, struct arena *a)
{
	if ((q->kind != KIND_COUNT && q->kind != KIND_EMAIL) || q->identifier.len == 0 ||
	    !memchr(q->identifier.ptr, '@', q->identifier.len))
		return;
	char *p = arena_bytes(a, q->identifier.len);
	for (size_t i = 0; i < q->identifier.len; i++) {
		char c = q->identifier.ptr[i];
		p[i] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
	}
	q->identifier.ptr = p;
}

static void add_line(struct erasures *x, struct slice line)
{
	struct request *q = add_request(x);
	size_t colon;

	q->text = q->identifier = arena_copy(&x->text, line);
	colon = slice_find_byte(q->text, ':');
	if (colon < q->text.len) {
		struct slice name = slice_make(q->text.ptr, colon);
		enum registry_kind kind = registry_kind_of(name);
		if (slice_is(name, "customer_id"))
			kind = KIND_CUSTOMER;
		if (kind == KIND_CUSTOMER || (kind >= KIND_SOURCE_ID && kind < KIND_DEVICE)) {
			q->kind = kind;
			q->identifier = slice_trim(slice_make(q->text.ptr + colon + 1,
							      q->text.len - colon - 1));
		}
	}
	fold_email(q, &x->text);
}

enum so1_status erasures_read(struct erasures *x, const char *path, struct so1_error *e)
{
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	if (!f)
		return error_set_errno(e, path, "cannot open");
	while (errno = 0, (n = getline(&line, &cap, f)) >= 0) {
		struct slice s = slice_trim(slice_make(line, (size_t)n));
		if (s.len > 0 && *s.ptr != '#')
			add_line(x, s);
	}
	if (ferror(f))
		error_set_errno(e, path, "cannot read");
	free(line);
	fclose(f);
	return e->status;
}

static void found(struct request *q, uint32_t cluster, uint32_t old)
{
	if (q->outcome == OUTCOME_ERASED && (q->cluster != cluster || q->old != old))
		q->outcome = OUTCOME_AMBIGUOUS;
	else if (q->outcome != OUTCOME_AMBIGUOUS)
		q->outcome = OUTCOME_ERASED;
	q->cluster = cluster;
	q->old = old;
}

/* A known id: the cluster that has its records, or the id itself when none is here. */
static void found_old(struct request *q, const struct registry *r, uint32_t old)
{
	if (old == OWNER_NONE)
		return;
	uint32_t heir = r->inherit.heir_of[old];
	found(q, heir, heir == INHERIT_NONE ? old : OWNER_NONE);
}

static void look_for_customer(struct request *q, const struct registry *r)
{
	struct customer_id id;

	if (!customer_id_parse(q->identifier, &id))
		return;
	size_t redirect = registry_redirect_of(r, id);
	if (redirect != SIZE_MAX)
		id = r->redirects[redirect].to;
	uint32_t old = registry_index_of(r, id);
	found_old(q, r, old);
	for (uint32_t c = 0; old == OWNER_NONE && c < r->cluster_count; c++)
		if (customer_id_compare(r->next[c], id) == 0)
			found(q, c, OWNER_NONE);
}

static enum so1_status look_for_key(struct request *q, const struct registry *r, enum layer layer,
				    struct so1_error *e)
{
	struct registry_line line;
	struct buffer scratch = {0};
	uint32_t value = registry_find_value(r, layer, q->identifier);
	uint32_t owner = value ? r->owner[layer][value] : OWNER_NONE;

	if (owner == OWNER_SHARED)
		q->outcome = OUTCOME_AMBIGUOUS;
	else if (owner != OWNER_NONE)
		found(q, owner, OWNER_NONE);
	else if (registry_file_find(&r->file, registry_kind_of_layer(layer), q->identifier, &line,
				    &scratch, e))
		found_old(q, r, registry_index_of(r, line.owner));
	buffer_free(&scratch);
	return e->status;
}

static bool may_be(const struct request *q, enum registry_kind kind)
{
	return q->kind == KIND_COUNT || q->kind == kind;
}

static enum so1_status resolve_one(struct request *q, const struct registry *r,
				   struct so1_error *e)
{
	bool before = false;

	if (q->tuple != TUPLE_NONE) {
		if (r->rank[q->tuple] != OWNER_NONE)
			found(q, r->rank[q->tuple], OWNER_NONE);
		else if (r->erased[q->tuple])
			q->outcome = OUTCOME_BEFORE;
		return SO1_OK;
	}
	if (may_be(q, KIND_CUSTOMER)) {
		look_for_customer(q, r);
		before |= registry_has_tombstone(r, KIND_CUSTOMER, q->identifier);
	}
	for (int l = 0; l < LAYER_KEYS; l++) {
		enum registry_kind kind = registry_kind_of_layer((enum layer)l);
		if (!may_be(q, kind))
			continue;
		if (look_for_key(q, r, (enum layer)l, e))
			return e->status;
		before |= registry_has_tombstone(r, kind, q->identifier);
	}
	if (q->outcome == OUTCOME_UNKNOWN && before)
		q->outcome = OUTCOME_BEFORE;
	return SO1_OK;
}

static int compare_tuple_requests(const void *x, const void *y, void *context)
{
	const struct tuples *t = context;
	uint64_t a = t->items[((const struct request *)x)->tuple].hash;
	uint64_t b = t->items[((const struct request *)y)->tuple].hash;

	return a < b ? -1 : a > b;
}

static size_t drop_repeats(struct request *items, size_t begin, size_t end)
{
	size_t n = begin;

	for (size_t i = begin; i < end; i++)
		if (i == begin || items[i].tuple != items[i - 1].tuple)
			items[n++] = items[i];
	return n;
}

enum so1_status erasures_resolve(struct erasures *x, struct registry *r, struct so1_error *e)
{
	size_t lines = 0;

	while (lines < x->count && x->items[lines].tuple == TUPLE_NONE)
		lines++;
	if (x->count > lines)
		qsort_r(x->items + lines, x->count - lines, sizeof *x->items,
			compare_tuple_requests, r->tuples);
	x->count = drop_repeats(x->items, lines, x->count);
	for (size_t i = 0; i < x->count; i++) {
		struct request *q = &x->items[i];
		if (resolve_one(q, r, e))
			return e->status;
		if (q->outcome != OUTCOME_ERASED)
			continue;
		if (q->cluster != OWNER_NONE)
			r->dropped[q->cluster] = true;
		else
			r->gone[q->old] = true;
	}
	return SO1_OK;
}

void erasures_put_tombstones(const struct erasures *x, const struct registry *r, struct buffer *b)
{
	for (size_t i = 0; i < x->count; i++) {
		const struct request *q = &x->items[i];
		if (q->outcome != OUTCOME_UNKNOWN || q->tuple != TUPLE_NONE)
			continue;
		for (int l = 0; l < LAYER_KEYS; l++) {
			enum registry_kind kind = registry_kind_of_layer((enum layer)l);
			if (!may_be(q, kind))
				continue;
			registry_put_tombstone(r, kind, q->identifier, buffer_reserve(b, SECRET_HEX));
			b->len += SECRET_HEX;
		}
	}
}

bool erasures_add_tombstones(const struct erasures *x)
{
	for (size_t i = 0; i < x->count; i++)
		if (x->items[i].outcome == OUTCOME_ERASED ||
		    (x->items[i].outcome == OUTCOME_UNKNOWN && x->items[i].tuple == TUPLE_NONE))
			return true;
	return false;
}

uint64_t erasures_refused(const struct erasures *x)
{
	uint64_t n = 0;

	for (size_t i = 0; i < x->count; i++)
		n += x->items[i].outcome == OUTCOME_AMBIGUOUS;
	return n;
}

static enum so1_status put_receipt(struct writer *w, const struct request *q,
				   const struct registry *r, const uint64_t *records,
				   struct so1_error *e)
{
	static const char *const names[] = {"unknown", "erased", "erased_before", "ambiguous"};
	struct buffer number = {0};
	char id[CUSTOMER_ID_LENGTH];
	bool here = q->outcome == OUTCOME_ERASED && q->cluster != OWNER_NONE;

	writer_put_field(w, q->tuple == TUPLE_NONE ? q->text : SLICE("event=erase"));
	writer_put_field(w, slice_of(names[q->outcome]));
	if (q->outcome == OUTCOME_ERASED)
		customer_id_put(here ? r->next[q->cluster] : r->ids[q->old], id);
	writer_put_field(w, slice_make(id, q->outcome == OUTCOME_ERASED ? sizeof id : 0));
	number_put_int(&number, here ? (int64_t)records[q->cluster] : 0);
	writer_put_field(w, buffer_slice(&number));
	buffer_clear(&number);
	number_put_int(&number, here ? (int64_t)r->dropped_rows[q->cluster] : 0);
	writer_put_field(w, buffer_slice(&number));
	buffer_free(&number);
	return writer_end_record(w, e);
}

enum so1_status erasures_write_receipt(const struct erasures *x, const struct registry *r,
				       struct writer *w, struct so1_error *e)
{
	static const char *const names[] = {"request", "status", "customer_id", "records",
					    "touchpoints"};
	uint64_t *records = xcalloc(r->cluster_count + 1, sizeof *records);
	struct header h = {0};

	for (size_t i = 0; i < r->input; i++)
		if (r->rank[i] != OWNER_NONE)
			records[r->rank[i]]++;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		header_add(&h, slice_of(names[i]));
	enum so1_status status = writer_put_header(w, &h, e);
	for (size_t i = 0; i < x->count && status == SO1_OK; i++)
		status = put_receipt(w, &x->items[i], r, records, e);
	if (status == SO1_OK)
		status = writer_commit(w, e);
	header_free(&h);
	free(records);
	return status;
}

void erasures_free(struct erasures *x)
{
	if (x == NULL)
		return;
	free(x->items);
	arena_free(&x->text);
	free(x);
}
