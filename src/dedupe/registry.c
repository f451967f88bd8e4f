#include "dedupe/registry.h"

#include "base/memory.h"
#include "dedupe/changes.h"
#include "dedupe/erase.h"

#include <stdlib.h>
#include <unistd.h>

const enum layer REGISTRY_ORDER[REGISTRY_LAYERS] = {
	LAYER_SOURCE_ID, LAYER_LOYALTY_ID, LAYER_EMAIL, LAYER_PHONE, LAYER_SOCIAL, LAYER_DEVICE,
};

static enum so1_status not_ascending(const struct registry *r, const struct registry_line *line,
				     struct so1_error *e)
{
	error_set(e, SO1_FAILED, "registry refused: a line out of order");
	error_at(e, r->file.path, 0, registry_kind_name(line->kind));
	return error_value(e, line->identifier);
}

/* Places ids by their first bits, which a hash spreads evenly. */
static void make_buckets(struct registry *r)
{
	int bits = 1;

	while (bits < 24 && ((size_t)1 << bits) < r->count)
		bits++;
	size_t n = (size_t)1 << bits;
	r->bucket_bits = bits;
	r->bucket = xcalloc(n + 2, sizeof *r->bucket);
	for (size_t i = 0; i < r->count; i++)
		r->bucket[(r->ids[i].high >> (64 - bits)) + 1]++;
	for (size_t b = 1; b <= n; b++)
		r->bucket[b] += r->bucket[b - 1];
}

uint32_t registry_index_of(const struct registry *r, struct customer_id id)
{
	size_t b = id.high >> (64 - r->bucket_bits);

	for (uint32_t i = r->bucket[b]; i < r->bucket[b + 1]; i++)
		if (customer_id_compare(r->ids[i], id) == 0)
			return i;
	return OWNER_NONE;
}

size_t registry_redirect_of(const struct registry *r, struct customer_id id)
{
	size_t low = 0, high = r->redirect_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int c = customer_id_compare(id, r->redirects[middle].from);
		if (c == 0)
			return middle;
		if (c < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return SIZE_MAX;
}

static enum so1_status take_customer(struct registry *r, const struct registry_line *line,
				     struct so1_error *e)
{
	if (r->count && customer_id_compare(r->ids[r->count - 1], line->owner) >= 0)
		return not_ascending(r, line, e);
	GROW(r->ids, r->id_cap, r->count + 1);
	GROW(r->since, r->since_cap, r->count + 1);
	r->ids[r->count] = line->owner;
	r->since[r->count++] = line->since;
	if (line->since > r->generation)
		r->generation = line->since;
	return SO1_OK;
}

static enum so1_status take_redirect(struct registry *r, const struct registry_line *line,
				     struct so1_error *e)
{
	struct registry_redirect x = {.to = line->owner};

	if (!customer_id_parse(line->identifier, &x.from) ||
	    (r->redirect_count &&
	     customer_id_compare(r->redirects[r->redirect_count - 1].from, x.from) >= 0))
		return not_ascending(r, line, e);
	GROW(r->redirects, r->redirect_cap, r->redirect_count + 1);
	r->redirects[r->redirect_count++] = x;
	return SO1_OK;
}

/* The lines before those of identifiers. */
static enum so1_status load_customers(struct registry *r, struct so1_error *e)
{
	struct buffer scratch = {0};
	struct registry_line line;
	size_t at = r->file.begin;

	r->identifiers_at = at;
	while (registry_file_next(&r->file, &at, &line, &scratch, e)) {
		if (line.kind == KIND_CUSTOMER)
			take_customer(r, &line, e);
		else if (line.kind == KIND_REDIRECT)
			take_redirect(r, &line, e);
		else if (line.kind == KIND_ERASED)
			r->erased_count++;
		else
			break;
		if (e->status)
			break;
		r->identifiers_at = at;
	}
	buffer_free(&scratch);
	if (e->status == SO1_OK)
		make_buckets(r);
	return e->status;
}

static enum so1_status open_side_file(struct writer **w, const char *path, struct so1_error *e)
{
	struct writer_options options = {.path = path};

	return path ? writer_open(w, &options, e) : SO1_OK;
}

enum so1_status registry_open(struct registry **out, const struct registry_options *options,
			      struct so1_error *e)
{
	struct registry *r = xcalloc(1, sizeof *r);

	*out = r;
	struct buffer name = {0};
	buffer_printf(&name, "%s.prints", options->path);
	r->prints_path = xstrndup(name.ptr, name.len);
	buffer_free(&name);
	r->options = *options;
	r->changes = changes_new();
	r->erasures = erasures_new();
	e->status = SO1_OK;
	if (options->key_path && secret_read(&r->key, options->key_path, SECRET_LEAST, e))
		return e->status;
	if (options->erase_path && erasures_read(r->erasures, options->erase_path, e))
		return e->status;
	if (registry_file_open(&r->file, options->path, !options->read_only, e) ||
	    load_customers(r, e))
		return e->status;
	if (r->erased_count && r->key.len == 0) {
		error_set(e, SO1_FAILED, "this registry knows of erased people: --key-file is needed "
			  "to tell who must not come back");
		return error_at(e, options->path, 0, NULL);
	}
	if (options->read_only)
		return SO1_OK;
	if (open_side_file(&r->changes_out, options->changes_path, e))
		return e->status;
	return open_side_file(&r->receipt_out, options->receipt_path, e);
}

struct slice registry_value_text(const struct registry *r, enum layer layer, uint32_t value,
				 struct buffer *b)
{
	if (layer != LAYER_SOURCE_ID)
		return strings_get(&r->tuples->text[layer_field(layer)], value);
	uint32_t tuple = r->pair_tuple[value];
	buffer_clear(b);
	registry_put_source_id(b, tuple_text(r->tuples, tuple, T_SOURCE),
			       tuple_text(r->tuples, tuple, T_SOURCE_ID));
	return buffer_slice(b);
}

void registry_put_fingerprint(const struct registry *r, uint32_t tuple, struct buffer *b)
{
	static const char digits[] = "0123456789abcdef";

	for (int shift = 60; shift >= 0; shift -= 4)
		buffer_put_byte(b, digits[r->tuples->items[tuple].hash >> shift & 15]);
}

void registry_put_tombstone(const struct registry *r, enum registry_kind kind,
			    struct slice identifier, char *out)
{
	struct buffer b = {0};

	buffer_put_text(&b, registry_kind_name(kind));
	buffer_put_byte(&b, ':');
	buffer_put_slice(&b, identifier);
	secret_put_hex(buffer_slice(&r->key), buffer_slice(&b), out);
	buffer_free(&b);
}

bool registry_has_tombstone(const struct registry *r, enum registry_kind kind,
			    struct slice identifier)
{
	char hex[SECRET_HEX];
	struct buffer scratch = {0};
	struct registry_line line;
	struct so1_error e = {0};

	if (r->erased_count == 0)
		return false;
	registry_put_tombstone(r, kind, identifier, hex);
	bool found = registry_file_find(&r->file, KIND_ERASED, slice_make(hex, SECRET_HEX), &line,
					&scratch, &e);
	buffer_free(&scratch);
	return found;
}

bool registry_id_now(const struct registry *r, uint32_t index, struct customer_id *now)
{
	uint32_t heir = r->inherit.heir_of[index];

	if (r->gone[index] || (heir != INHERIT_NONE && r->dropped[heir]))
		return false;
	*now = heir == INHERIT_NONE ? r->ids[index] : r->next[heir];
	return true;
}

enum so1_status registry_commit(struct registry *r, struct so1_error *e)
{
	e->status = SO1_OK;
	if (!r->prepared)
		return SO1_OK;
	/* First, for until its registry is there nobody will use it. */
	if (r->has_prints_out && prints_output_commit(&r->prints_out, e))
		return e->status;
	if (registry_output_commit(&r->output, e))
		return e->status;
	/* Of no use any more, and of people who may have been erased. */
	if (!r->has_prints_out)
		(void)unlink(r->prints_path);
	return SO1_OK;
}

void registry_put_notes(const struct registry *r, struct buffer *b)
{
	buffer_printf(b, "registry: %llu customers known before, %llu met again, %llu new, "
		      "%llu merged, %llu split off\n", (unsigned long long)r->count,
		      (unsigned long long)r->kept_count, (unsigned long long)r->new_count,
		      (unsigned long long)r->merged_count, (unsigned long long)r->split_count);
	if (r->settled_count && !r->recalled_count)
		buffer_printf(b, "identities unchanged, not resolved again: %zu\n", r->settled_count);
	if (r->erased_customers)
		buffer_printf(b, "customers erased: %llu\n", (unsigned long long)r->erased_customers);
	if (erasures_refused(r->erasures))
		buffer_printf(b, "requests to erase refused, the identifier is of several customers: %llu\n",
			      (unsigned long long)erasures_refused(r->erasures));
	if (r->kept_out)
		buffer_printf(b, "identities kept out, erased before: %llu\n",
			      (unsigned long long)r->kept_out);
}

struct slice registry_follow(const struct registry *r, struct slice text, char *out)
{
	struct customer_id id;

	if (!customer_id_parse(text, &id))
		return text;
	size_t redirect = registry_redirect_of(r, id);
	if (redirect != SIZE_MAX)
		id = r->redirects[redirect].to;
	uint32_t index = registry_index_of(r, id);
	if (index == OWNER_NONE || !registry_id_now(r, index, &id))
		return text;
	customer_id_put(id, out);
	return slice_make(out, CUSTOMER_ID_LENGTH);
}

uint64_t registry_bytes(const struct registry *r, size_t tuples)
{
	/* A customer known before: id, age, place in the buckets, heir, flags. A tuple: pair,
	 * its slot and tuple, what is known of it and of about four values, their owners, the
	 * line of each, rank, id and flags; of these, rank, id and flags until the end. */
	enum { KNOWN_BYTES = 40, TUPLE_BYTES = 270, LEFT_BYTES = 40 };

	return r->count * (uint64_t)KNOWN_BYTES + r->redirect_count * sizeof *r->redirects +
	       tuples * (uint64_t)(r->forgotten ? LEFT_BYTES : TUPLE_BYTES);
}

void registry_forget(struct registry *r)
{
	free(r->pair);
	free(r->pair_tuple);
	free(r->pair_slots);
	r->pair = r->pair_tuple = r->pair_slots = NULL;
	for (int l = 0; l < REGISTRY_PLACES; l++) {
		free(r->known[l]);
		free(r->owner[l]);
		free(r->asked[l]);
		free(r->open[l]);
		r->open[l] = NULL;
		r->known[l] = r->owner[l] = NULL;
		r->asked[l] = NULL;
	}
	free(r->settled);
	free(r->settled_of);
	free(r->settled_layer);
	free(r->settled_tuple);
	free(r->touched);
	free(r->print_group);
	free(r->print_margin);
	free(r->print_tuple);
	free(r->recalled_of);
	r->recalled_of = NULL;
	r->print_group = r->print_tuple = NULL;
	r->print_margin = NULL;
	r->settled = r->touched = NULL;
	r->settled_of = r->settled_tuple = NULL;
	r->settled_layer = NULL;
	free(r->known_record);
	free(r->linked);
	free(r->hits);
	r->known_record = r->linked = NULL;
	r->hits = NULL;
	r->forgotten = true;
}

void registry_close(struct registry *r)
{
	if (r == NULL)
		return;
	writer_free(r->changes_out);
	writer_free(r->receipt_out);
	registry_output_close(&r->output);
	prints_output_close(&r->prints_out);
	prints_close(&r->prints);
	registry_file_close(&r->file);
	free(r->prints_path);
	buffer_free(&r->key);
	free(r->ids);
	free(r->since);
	free(r->bucket);
	free(r->redirects);
	registry_forget(r);
	free(r->erased);
	inherit_free(&r->inherit);
	free(r->next);
	free(r->dropped);
	free(r->dropped_rows);
	free(r->gone);
	free(r->rank);
	erasures_free(r->erasures);
	changes_free(r->changes);
	free(r);
}
