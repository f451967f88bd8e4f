#include "dedupe/lookup.h"

#include "base/memory.h"
#include "dedupe/secret.h"
#include "stream/pipeline.h"
#include "stream/touchpoint.h"

#include <stdlib.h>
#include <time.h>

struct lookup {
	const struct lookup_options *options;
	struct buffer key;
	size_t column[TOUCHPOINT_COLUMNS];
	char delimiter;
	struct lookup_counts *counts;
};

/* What a worker has of its own: every one maps the registry, which costs nothing, and so
 * may find by itself that it was replaced. */
struct worker {
	struct registry_file file;
	bool open, has_tombstones;
	time_t looked; /* when it was last seen to be the one */
	struct buffer text, scratch;
	struct lookup_counts counts;
};

static void *worker_new(void *context)
{
	(void)context;
	return xcalloc(1, sizeof(struct worker));
}

static void worker_free(void *context, void *worker)
{
	struct lookup_counts *all = ((struct lookup *)context)->counts;
	struct worker *w = worker;

	all->known += w->counts.known;
	all->unknown += w->counts.unknown;
	all->conflicts += w->counts.conflicts;
	all->erased += w->counts.erased;
	registry_file_close(&w->file);
	buffer_free(&w->text);
	buffer_free(&w->scratch);
	free(w);
}

/* Whether the registry knows of anybody erased. */
static bool find_tombstones(struct worker *w, struct so1_error *e)
{
	struct registry_line line;
	size_t low = w->file.begin, high = w->file.end;

	/* The first line of a kind that is not before KIND_ERASED. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		while (middle > low && w->file.bytes[middle - 1] != '\n')
			middle--;
		size_t at = middle;
		if (!registry_file_next(&w->file, &at, &line, &w->scratch, e))
			return false;
		if (line.kind < KIND_ERASED)
			low = at;
		else
			high = middle;
	}
	return registry_file_next(&w->file, &low, &line, &w->scratch, e) &&
	       line.kind == KIND_ERASED;
}

static enum so1_status refresh(const struct lookup *l, struct worker *w, struct so1_error *e)
{
	struct timespec now;

	e->status = SO1_OK;
	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	if (w->open && now.tv_sec == w->looked)
		return SO1_OK;
	w->looked = now.tv_sec;
	if (w->open && !registry_file_changed(&w->file))
		return SO1_OK;
	registry_file_close(&w->file);
	w->open = false;
	if (registry_file_open(&w->file, l->options->registry_path, false, e))
		return e->status;
	w->has_tombstones = find_tombstones(w, e);
	if (e->status)
		return e->status;
	if (w->has_tombstones && l->key.len == 0) {
		error_set(e, SO1_FAILED, "this registry knows of erased people: --key-file is needed "
			  "to tell who must not come back");
		return error_at(e, l->options->registry_path, 0, NULL);
	}
	w->open = true;
	return SO1_OK;
}

/* In the order of strength. */
static const struct {
	enum registry_kind kind;
	enum touchpoint_column column;
} keys[] = {
	{KIND_SOURCE_ID, T_SOURCE_ID}, {KIND_LOYALTY_ID, T_LOYALTY_ID}, {KIND_EMAIL, T_EMAIL},
	{KIND_PHONE, T_PHONE}, {KIND_SOCIAL, T_SOCIAL}, {KIND_DEVICE, T_DEVICE_ID},
};

static bool is_erased(const struct lookup *l, struct worker *w, enum registry_kind kind,
		      struct slice identifier, struct so1_error *e)
{
	char hex[SECRET_HEX];
	struct registry_line line;
	struct buffer b = {0};

	buffer_put_text(&b, registry_kind_name(kind));
	buffer_put_byte(&b, ':');
	buffer_put_slice(&b, identifier);
	secret_put_hex(buffer_slice(&l->key), buffer_slice(&b), hex);
	buffer_free(&b);
	return registry_file_find(&w->file, KIND_ERASED, slice_make(hex, sizeof hex), &line,
				  &w->scratch, e);
}

/* The customer of a record: *known false for nobody. */
static enum so1_status resolve(const struct lookup *l, struct worker *w, const struct record *rec,
			       struct customer_id *id, bool *known, bool *erased,
			       struct so1_error *e)
{
	struct registry_line line;
	bool conflict = false;

	*known = *erased = false;
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		struct slice value = field_at(rec->fields, l->column[keys[i].column]);
		if (value.len == 0)
			continue;
		if (keys[i].kind == KIND_SOURCE_ID) {
			buffer_clear(&w->text);
			registry_put_source_id(&w->text, field_at(rec->fields, l->column[T_SOURCE]), value);
			value = buffer_slice(&w->text);
		}
		if (registry_file_find(&w->file, keys[i].kind, value, &line, &w->scratch, e)) {
			conflict |= *known && customer_id_compare(*id, line.owner) != 0 &&
				    keys[i].kind != KIND_DEVICE;
			*id = *known ? *id : line.owner;
			*known = true;
		} else if (e->status) {
			return e->status;
		} else if (w->has_tombstones && keys[i].kind != KIND_DEVICE) {
			*erased |= is_erased(l, w, keys[i].kind, value, e);
		}
	}
	w->counts.conflicts += conflict;
	return e->status;
}

static enum so1_status look_up(void *context, void *worker, const struct record *rec,
			       struct pipeline_output *out, bool *reject, struct so1_error *e)
{
	const struct lookup *l = context;
	struct worker *w = worker;
	struct customer_id id;
	char text[CUSTOMER_ID_LENGTH];
	bool known, erased;

	*reject = false;
	if (refresh(l, w, e) || resolve(l, w, rec, &id, &known, &erased, e))
		return e->status;
	if (erased) {
		w->counts.erased++;
		return SO1_OK;
	}
	if (known)
		customer_id_put(id, text);
	w->counts.known += known;
	w->counts.unknown += !known;
	pipeline_put_field(out, slice_make(text, known ? sizeof text : 0), l->delimiter);
	pipeline_put_record(out, rec, l->delimiter);
	pipeline_end_record(out);
	return SO1_OK;
}

static enum so1_status put_header(struct lookup *l, struct reader *r, struct writer *w,
				  struct so1_error *e)
{
	const struct header *input = reader_header(r);
	struct header h = {0};
	size_t identifiers = 0;

	if (header_find(input, SLICE("customer_id")) != COLUMN_NONE)
		return error_set(e, SO1_FAILED, "the stream has a customer_id already: so1-dedupe "
				 "reads what so1-ingest writes");
	touchpoint_find(input, l->column);
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		identifiers += l->column[keys[i].column] != COLUMN_NONE;
	if (identifiers == 0)
		return error_set(e, SO1_FAILED, "no column that could name a person (source_id, "
				 "email, phone …)");
	header_add(&h, SLICE("customer_id"));
	for (size_t i = 0; i < input->count; i++)
		header_add(&h, input->names[i]);
	enum so1_status status = writer_put_header(w, &h, e);
	header_free(&h);
	return status;
}

enum so1_status lookup_run(const struct lookup_options *options, struct reader *r,
			   struct writer *w, struct lookup_counts *counts, struct so1_error *e)
{
	struct lookup l = {.options = options, .delimiter = writer_delimiter(w), .counts = counts};
	struct pipeline p = {
		.worker_new = worker_new, .record = look_up, .worker_free = worker_free,
		.context = &l, .threads = options->threads,
	};
	struct worker *first = worker_new(&l);

	e->status = SO1_OK;
	/* What is wrong with the registry is told before the first touchpoint comes. */
	if ((!options->key_path ||
	     secret_read(&l.key, options->key_path, SECRET_LEAST, e) == SO1_OK) &&
	    refresh(&l, first, e) == SO1_OK && put_header(&l, r, w, e) == SO1_OK)
		pipeline_run(&p, r, w, e);
	worker_free(&l, first);
	buffer_free(&l.key);
	return e->status;
}
