/* registry_prepare: what is known after the run, merged into the lines known before. */
#include "dedupe/changes.h"
#include "dedupe/erase.h"
#include "dedupe/registry.h"

#include "base/memory.h"
#include "base/textsort.h"

#include <stdlib.h>

struct writing {
	struct registry *r;
	struct registry_output *out;
	struct buffer tombs;   /* SECRET_HEX bytes each */
	size_t at;             /* the next old line */
	size_t hit;
	struct registry_line line;
	struct registry_hit *stops; /* lines that may not stay as they are, in order */
	size_t stop_count, stop;
	uint32_t *changed;     /* known ids that are now another's, or erased: indexes, ascending */
	size_t changed_count;
	uint64_t *maybe;       /* bit by the first digits of an id: whether one like it changed */
	struct buffer scratch, text;
};

static void put_tomb(struct writing *w, enum registry_kind kind, struct slice identifier)
{
	registry_put_tombstone(w->r, kind, identifier, buffer_reserve(&w->tombs, SECRET_HEX));
	w->tombs.len += SECRET_HEX;
}

static void put_id_tomb(struct writing *w, struct customer_id id)
{
	char text[CUSTOMER_ID_LENGTH];

	customer_id_put(id, text);
	put_tomb(w, KIND_CUSTOMER, slice_make(text, sizeof text));
}

/* Where an id that was in use before leads to now. False: to somebody erased. */
static bool id_now(const struct registry *r, struct customer_id id, struct customer_id *now)
{
	uint32_t index = registry_index_of(r, id);

	*now = id;
	return index == OWNER_NONE || registry_id_now(r, index, now);
}

/* The tuples that no source_id line stands for. */
static bool needs_record(const struct registry *r, uint32_t tuple)
{
	uint32_t pair = r->pair[tuple];

	if (r->rank[tuple] == OWNER_NONE)
		return false;
	if (pair != 0 && !registry_tells(r, LAYER_SOURCE_ID, pair))
		return r->known_record[tuple] != OWNER_NONE; /* as it was */
	return pair == 0 || r->owner[LAYER_SOURCE_ID][pair] != r->rank[tuple];
}

/* The cluster that has the identifier of the old line in this run. */
static uint32_t owner_of_hit(const struct writing *w, uint32_t value)
{
	const struct registry *r = w->r;

	if (w->line.kind == KIND_RECORD)
		return r->rank[value] == OWNER_NONE ? OWNER_NONE
		       : needs_record(r, value) ? r->rank[value] : OWNER_SHARED;
	for (int i = 0; i < REGISTRY_LAYERS; i++)
		if (registry_kind_of_layer(REGISTRY_ORDER[i]) == w->line.kind)
			return r->owner[REGISTRY_ORDER[i]][value];
	return OWNER_NONE;
}

/* What the registry knows an erased customer by, unless somebody else has it too now. */
static void collect_known(struct writing *w, struct so1_error *e)
{
	const struct registry *r = w->r;
	struct customer_id now;
	size_t at = r->identifiers_at, hit = 0;

	for (size_t begin = at; registry_file_next(&r->file, &at, &w->line, &w->scratch, e);
	     begin = at) {
		uint32_t owner = OWNER_NONE;
		if (hit < r->hit_count && r->hits[hit].at == begin)
			owner = owner_of_hit(w, r->hits[hit++].value);
		if (owner != OWNER_NONE && (owner == OWNER_SHARED || !r->dropped[owner]))
			continue;
		if (!id_now(r, w->line.owner, &now) && w->line.kind != KIND_DEVICE)
			put_tomb(w, w->line.kind, w->line.identifier);
	}
}

/* Everything an erased customer was known by alone. */
static enum so1_status collect_tombstones(struct writing *w, struct so1_error *e)
{
	struct registry *r = w->r;
	struct customer_id now;

	erasures_put_tombstones(r->erasures, r, &w->tombs);
	if (r->erased_customers == 0)
		return SO1_OK;
	collect_known(w, e);
	for (int l = 0; l < LAYER_KEYS; l++)
		for (uint32_t v = 1; v < r->values[l]; v++)
			if (r->owner[l][v] < OWNER_SHARED && r->dropped[r->owner[l][v]])
				put_tomb(w, registry_kind_of_layer((enum layer)l),
					 registry_value_text(r, (enum layer)l, v, &w->text));
	for (uint32_t i = 0; i < r->tuples->count; i++) {
		if (r->rank[i] == OWNER_NONE || !r->dropped[r->rank[i]])
			continue;
		buffer_clear(&w->text);
		registry_put_fingerprint(r, i, &w->text);
		put_tomb(w, KIND_RECORD, buffer_slice(&w->text));
	}
	for (uint32_t c = 0; c < r->cluster_count; c++)
		if (r->dropped[c])
			put_id_tomb(w, r->next[c]);
	for (uint32_t o = 0; o < r->count; o++)
		if (!registry_id_now(r, o, &now))
			put_id_tomb(w, r->ids[o]);
	for (size_t i = 0; i < r->redirect_count; i++)
		if (!id_now(r, r->redirects[i].to, &now))
			put_id_tomb(w, r->redirects[i].from);
	return e->status;
}

static int compare_ids(const void *x, const void *y)
{
	return customer_id_compare(*(const struct customer_id *)x, *(const struct customer_id *)y);
}

static enum so1_status put_customer(struct writing *w, struct customer_id id, uint32_t since,
				    struct so1_error *e)
{
	char text[CUSTOMER_ID_LENGTH];

	customer_id_put(id, text);
	return registry_output_put(w->out, KIND_CUSTOMER, slice_make(text, sizeof text), &id, since, e);
}

enum { MAYBE_DIGITS = 4, MAYBE_BITS = 5 * MAYBE_DIGITS };

static void find_changed(struct writing *w)
{
	const struct registry *r = w->r;
	struct customer_id now;
	size_t cap = 0;

	w->maybe = xcalloc((1 << MAYBE_BITS) / 64, sizeof *w->maybe);
	for (uint32_t o = 0; o < r->count; o++) {
		if (registry_id_now(r, o, &now) && customer_id_compare(now, r->ids[o]) == 0)
			continue;
		GROW(w->changed, cap, w->changed_count + 1);
		w->changed[w->changed_count++] = o;
		uint64_t bit = r->ids[o].high >> (64 - MAYBE_BITS);
		w->maybe[bit / 64] |= UINT64_C(1) << bit % 64;
	}
}

/* The old lines of customers up to that of id, or where it would stand; with `skip` not
 * that one itself. */
static enum so1_status copy_customers(struct writing *w, size_t end, struct customer_id id,
				      bool skip, struct so1_error *e)
{
	const struct registry_file *f = &w->r->file;
	struct registry_line line;
	char text[CUSTOMER_ID_LENGTH];
	bool found;

	customer_id_put(id, text);
	size_t place = registry_file_place(f, w->at, end, SEARCH_NEAR, KIND_CUSTOMER,
					   slice_make(text, sizeof text), &found, &line, &w->scratch, e);
	if (e->status ||
	    registry_output_copy(w->out, slice_make(f->bytes + w->at, place - w->at), 0, e))
		return e->status;
	w->at = place + (skip ? line.raw.len : 0);
	return SO1_OK;
}

/* The old lines but for changed ids, merged with the new ids. */
static enum so1_status merge_customers(struct writing *w, const struct customer_id *fresh,
				       size_t n, struct so1_error *e)
{
	const struct registry *r = w->r;
	const struct registry_file *f = &r->file;
	struct registry_line line;
	bool found;
	size_t end = 0, i = 0, c = 0;

	if (f->bytes)
		end = registry_file_place(f, f->begin, f->end, SEARCH_FAR, KIND_REDIRECT, SLICE(""), &found,
					  &line, &w->scratch, e);
	w->at = f->begin;
	w->out->rows += r->count - w->changed_count;
	while (e->status == SO1_OK && (i < n || c < w->changed_count)) {
		bool old = i == n || (c < w->changed_count &&
				      customer_id_compare(r->ids[w->changed[c]], fresh[i]) < 0);
		struct customer_id id = old ? r->ids[w->changed[c++]] : fresh[i++];
		if (f->bytes && copy_customers(w, end, id, old, e))
			break;
		if (!old)
			put_customer(w, id, r->generation + 1, e);
	}
	if (e->status == SO1_OK && f->bytes)
		registry_output_copy(w->out, slice_make(f->bytes + w->at, end - w->at), 0, e);
	return e->status;
}

static enum so1_status put_customers(struct writing *w, struct so1_error *e)
{
	const struct registry *r = w->r;
	struct customer_id *fresh = xmalloc((r->cluster_count + 1) * sizeof *fresh);
	size_t n = 0;

	for (uint32_t c = 0; c < r->cluster_count; c++)
		if (r->inherit.old_of[c] == INHERIT_NONE && !r->dropped[c])
			fresh[n++] = r->next[c];
	if (n)
		qsort(fresh, n, sizeof *fresh, compare_ids);
	find_changed(w);
	merge_customers(w, fresh, n, e);
	free(fresh);
	return e->status;
}

static int compare_redirects(const void *x, const void *y)
{
	const struct registry_redirect *a = x, *b = y;

	return customer_id_compare(a->from, b->from);
}

static enum so1_status put_redirects(struct writing *w, struct so1_error *e)
{
	const struct registry *r = w->r;
	struct registry_redirect *all = xmalloc((r->redirect_count + w->changed_count + 1) *
						sizeof *all);
	struct customer_id now;
	size_t n = 0;

	for (size_t i = 0; i < r->redirect_count; i++)
		if (id_now(r, r->redirects[i].to, &now))
			all[n++] = (struct registry_redirect){r->redirects[i].from, now};
	for (size_t c = 0; c < w->changed_count; c++)
		if (registry_id_now(r, w->changed[c], &now))
			all[n++] = (struct registry_redirect){r->ids[w->changed[c]], now};
	if (n)
		qsort(all, n, sizeof *all, compare_redirects);
	for (size_t i = 0; i < n && e->status == SO1_OK; i++) {
		char text[CUSTOMER_ID_LENGTH];
		customer_id_put(all[i].from, text);
		registry_output_put(w->out, KIND_REDIRECT, slice_make(text, sizeof text), &all[i].to,
				    0, e);
	}
	free(all);
	return e->status;
}

static int compare_hex(const void *x, const void *y)
{
	return memcmp(x, y, SECRET_HEX);
}

static enum so1_status put_erased(struct writing *w, struct so1_error *e)
{
	const struct registry *r = w->r;
	size_t at = r->file.begin, n;

	for (struct registry_line line; r->erased_count &&
	     registry_file_next(&r->file, &at, &line, &w->scratch, e) &&
	     line.kind <= KIND_ERASED;)
		if (line.kind == KIND_ERASED && line.identifier.len == SECRET_HEX)
			buffer_put_slice(&w->tombs, line.identifier);
	n = w->tombs.len / SECRET_HEX;
	if (n)
		qsort(w->tombs.ptr, n, SECRET_HEX, compare_hex);
	for (size_t i = 0; i < n && e->status == SO1_OK; i++) {
		const char *hex = w->tombs.ptr + i * SECRET_HEX;
		if (i == 0 || memcmp(hex - SECRET_HEX, hex, SECRET_HEX) != 0)
			registry_output_put(w->out, KIND_ERASED, slice_make(hex, SECRET_HEX), NULL, 0, e);
	}
	return e->status;
}

/* An identifier that is new to the registry. */
struct fresh {
	struct text_key key; /* number 0 until they are sorted */
	uint32_t cluster;
};

static struct fresh *fresh_values(struct writing *w, enum layer layer, size_t *count,
				  struct arena *a)
{
	struct registry *r = w->r;
	struct fresh *fresh = NULL;
	size_t n = 0, cap = 0;

	for (uint32_t v = 1; v < r->values[layer]; v++) {
		uint32_t owner = r->owner[layer][v];
		if (owner >= OWNER_SHARED || r->dropped[owner] || r->known[layer][v] != OWNER_NONE)
			continue;
		struct slice text = registry_value_text(r, layer, v, &w->text);
		if (!registry_identifier_fits(text)) {
			/* As if it were no identifier: its records go by their content. */
			r->owner[layer][v] = OWNER_SHARED;
			continue;
		}
		if (layer == LAYER_SOURCE_ID)
			text = arena_copy(a, text);
		GROW(fresh, cap, n + 1);
		fresh[n++] = (struct fresh){{0, text}, owner};
	}
	*count = n;
	return fresh;
}

static struct fresh *fresh_records(struct writing *w, size_t *count, struct arena *a)
{
	const struct registry *r = w->r;
	struct fresh *fresh = NULL;
	size_t n = 0, cap = 0;

	for (uint32_t i = 0; i < r->tuples->count; i++) {
		if (registry_is_settled(r, i) || !needs_record(r, i) || r->dropped[r->rank[i]] || r->known_record[i] != OWNER_NONE)
			continue;
		buffer_clear(&w->text);
		registry_put_fingerprint(r, i, &w->text);
		struct slice text = arena_copy(a, buffer_slice(&w->text));
		GROW(fresh, cap, n + 1);
		fresh[n++] = (struct fresh){{0, text}, r->rank[i]};
	}
	*count = n;
	return fresh;
}

static void log_move(struct writing *w, uint32_t cluster, uint32_t old)
{
	const struct registry *r = w->r;
	struct customer_id now;

	/* Told by another event: the whole customer merged, or was split. */
	if (r->inherit.heir_of[old] == cluster || !registry_id_now(r, old, &now) ||
	    customer_id_compare(now, r->next[cluster]) == 0 ||
	    (r->inherit.old_of[cluster] == INHERIT_NONE && r->inherit.from[cluster] == old))
		return;
	buffer_clear(&w->text);
	buffer_put_text(&w->text, registry_kind_name(w->line.kind));
	buffer_put_byte(&w->text, ':');
	buffer_put_slice(&w->text, w->line.identifier);
	changes_add(r->changes, CHANGE_MOVED, r->next[cluster], &now, buffer_slice(&w->text));
}

/* The old line at w->at, as it is from now on. */
static enum so1_status put_old(struct writing *w, uint32_t value, struct so1_error *e)
{
	const struct registry *r = w->r;
	uint32_t owner = OWNER_NONE;
	struct customer_id now;

	if (!registry_file_next(&r->file, &w->at, &w->line, &w->scratch, e))
		return e->status;
	w->out->rows--;
	now = w->line.owner;
	if (value != OWNER_NONE)
		owner = owner_of_hit(w, value);
	if (owner == OWNER_SHARED || (owner != OWNER_NONE && r->dropped[owner]))
		return SO1_OK;
	if (owner != OWNER_NONE) {
		now = r->next[owner];
		if (customer_id_compare(now, w->line.owner) != 0)
			log_move(w, owner, registry_index_of(r, w->line.owner));
	} else if (w->changed_count && !id_now(r, w->line.owner, &now)) {
		return SO1_OK;
	}
	if (customer_id_compare(now, w->line.owner) == 0)
		return registry_output_copy(w->out, w->line.raw, 1, e);
	return registry_output_put(w->out, w->line.kind, w->line.identifier, &now, 0, e);
}

/* The old lines before `end`: most stay as they are. */
static enum so1_status put_old_until(struct writing *w, size_t end, struct so1_error *e)
{
	const char *bytes = w->r->file.bytes;

	while (w->at < end && e->status == SO1_OK) {
		while (w->stop < w->stop_count && w->stops[w->stop].at < w->at)
			w->stop++;
		bool stops = w->stop < w->stop_count && w->stops[w->stop].at < end;
		size_t next = stops ? w->stops[w->stop].at : end;
		if (next > w->at) {
			registry_output_copy(w->out, slice_make(bytes + w->at, next - w->at), 0, e);
			w->at = next;
		}
		if (stops && e->status == SO1_OK)
			put_old(w, w->stops[w->stop].value, e);
	}
	return e->status;
}

/* Merges the old lines of a kind with the new ones. */
static enum so1_status put_kind(struct writing *w, enum registry_kind kind, struct fresh *fresh,
				size_t n, struct so1_error *e)
{
	const struct registry_file *f = &w->r->file;
	struct registry_line line;
	size_t end = f->end;
	bool found;

	text_sort(fresh, n, sizeof *fresh, w->r->threads);
	if (f->bytes && kind + 1 < KIND_COUNT)
		end = registry_file_place(f, w->at, f->end, SEARCH_FAR, kind + 1, SLICE(""), &found, &line,
					  &w->scratch, e);
	for (size_t i = 0; i < n && e->status == SO1_OK; i++) {
		size_t place = end;
		if (f->bytes)
			place = registry_file_place(f, w->at, end, SEARCH_NEAR | SEARCH_KIND, kind, fresh[i].key.text,
						    &found, &line, &w->scratch, e);
		if (e->status || put_old_until(w, place, e))
			break;
		registry_output_put(w->out, kind, fresh[i].key.text, &w->r->next[fresh[i].cluster], 0, e);
	}
	return e->status ? e->status : put_old_until(w, end, e);
}

/* Whether some id that begins like this one changed: most lines need no more. True for
 * what is no id. */
static bool may_have_changed(const struct writing *w, struct slice id)
{
	struct customer_id beginning;
	char text[CUSTOMER_ID_LENGTH];

	if (id.len != sizeof text)
		return true;
	memset(text, '0', sizeof text);
	memcpy(text, id.ptr, MAYBE_DIGITS);
	if (!customer_id_parse(slice_make(text, sizeof text), &beginning))
		return true;
	uint64_t bit = beginning.high >> (64 - MAYBE_BITS);
	return w->maybe[bit / 64] >> bit % 64 & 1;
}

/* The lines that lead to a changed id, besides those of this run's input. The owner of
 * a line stands at a fixed distance from its end. */
static enum so1_status find_stops(struct writing *w, struct so1_error *e)
{
	const struct registry *r = w->r;
	struct customer_id owner, now;
	size_t at = r->identifiers_at, hit = 0, cap = 0;

	w->stops = NULL;
	w->stop_count = w->stop = 0;
	if (w->changed_count == 0) {
		w->stops = r->hits;
		w->stop_count = r->hit_count;
		return SO1_OK;
	}
	for (size_t end; at < r->file.end; at = end) {
		const char *lf = memchr(r->file.bytes + at, '\n', r->file.end - at);
		end = lf ? (size_t)(lf + 1 - r->file.bytes) : r->file.end;
		while (hit < r->hit_count && r->hits[hit].at < at)
			hit++;
		uint32_t value = hit < r->hit_count && r->hits[hit].at == at ? r->hits[hit].value
									      : OWNER_NONE;
		if (value == OWNER_NONE) {
			struct slice text = registry_line_owner_text(r->file.bytes + at, end - at);
			if (!may_have_changed(w, text))
				continue;
			if (!customer_id_parse(text, &owner))
				return registry_line_damaged(&r->file, at, e);
			if (id_now(r, owner, &now) && customer_id_compare(now, owner) == 0)
				continue;
		}
		GROW(w->stops, cap, w->stop_count + 1);
		w->stops[w->stop_count++] = (struct registry_hit){at, value};
	}
	return SO1_OK;
}

static enum so1_status put_identifiers(struct writing *w, struct so1_error *e)
{
	const struct registry *r = w->r;
	struct arena a = {0};
	struct fresh *fresh;
	size_t n;

	w->at = r->identifiers_at;
	/* All old lines, until one is left out: most are copied without looking at them. */
	w->out->rows += r->file.rows - r->count - r->redirect_count - r->erased_count;
	find_stops(w, e);
	for (int i = 0; i < REGISTRY_LAYERS && e->status == SO1_OK; i++) {
		fresh = fresh_values(w, REGISTRY_ORDER[i], &n, &a);
		put_kind(w, registry_kind_of_layer(REGISTRY_ORDER[i]), fresh, n, e);
		free(fresh);
	}
	fresh = fresh_records(w, &n, &a);
	if (e->status == SO1_OK)
		put_kind(w, KIND_RECORD, fresh, n, e);
	free(fresh);
	arena_free(&a);
	if (w->stops != r->hits)
		free(w->stops);
	return e->status;
}

enum so1_status registry_prepare(struct registry *r, const struct identity *id,
				 struct so1_error *e)
{
	struct writing w = {.r = r, .out = &r->output};

	e->status = SO1_OK;
	if (r->options.read_only)
		return SO1_OK;
	if (registry_output_open(&r->output, r->options.path, e) == SO1_OK &&
	    collect_tombstones(&w, e) == SO1_OK && put_customers(&w, e) == SO1_OK &&
	    put_redirects(&w, e) == SO1_OK && put_erased(&w, e) == SO1_OK &&
	    put_identifiers(&w, e) == SO1_OK && registry_output_prepare(&r->output, e) == SO1_OK &&
	    registry_prepare_prints(r, id, e) == SO1_OK)
		r->prepared = true;
	buffer_free(&w.tombs);
	buffer_free(&w.scratch);
	buffer_free(&w.text);
	free(w.changed);
	free(w.maybe);
	registry_forget(r); /* the rows want the memory */
	return e->status;
}

enum so1_status registry_write_side_files(struct registry *r, struct so1_error *e)
{
	e->status = SO1_OK;
	if (r->changes_out && changes_write(r->changes, r->changes_out, e))
		return e->status;
	if (r->receipt_out && erasures_write_receipt(r->erasures, r, r->receipt_out, e))
		return e->status;
	return SO1_OK;
}
