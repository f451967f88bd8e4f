#include "export/outlet.h"

#include "base/memory.h"
#include "export/inbox.h"
#include "stream/spill.h"
#include "stream/writer.h"

#include <stdio.h>
#include <stdlib.h>

enum { STATES_MOST = 8 };

/* One state's current file. */
struct part {
	struct writer *writer; /* NULL: not begun */
	FILE *held;            /* what will go to the writer; NULL: it goes at once */
	struct sha256 *digest;
	char *name;            /* in the folder, while written */
	uint64_t bytes, rows;
	unsigned number;       /* of its files so far */
	/* What the seeds get: the offers of the first customer whose best goes by e-mail, else
	 * of the first. */
	struct candidate *grants;
	size_t grant_count;
	bool has_grants;
};

struct outlet {
	struct outlet_options options;
	uint64_t max_bytes;
	struct part parts[STATES_MOST];
	struct outlet_file *files;
	size_t file_count, file_cap;
	struct slice *cells;
	struct buffer row, scratch;
	struct destination_counts counts;
	struct sha256 *digest;
	uint64_t rows, seeds, shared;
	size_t address; /* the layout's column of it; COLUMN_NONE: nobody will be written to */
	struct inboxes inboxes;
	bool too_large;
};

/* "klaviyo.csv" → "klaviyo-email-002.csv"; state NULL and number 0 leave their part out.
 * The caller frees it. */
static char *file_name(const struct destination *d, const char *state, unsigned number)
{
	struct buffer b = {0};
	const char *dot = strrchr(d->file, '.');

	buffer_put(&b, d->file, (size_t)(dot - d->file));
	if (state)
		buffer_printf(&b, "-%s", state);
	if (number)
		buffer_printf(&b, "-%03u", number);
	buffer_put_text(&b, dot);
	buffer_text(&b);
	return b.ptr;
}

static const char *state_name(const struct outlet *o, size_t state)
{
	const struct destination *d = o->options.destination;

	return d->states && o->options.folder ? d->states[state] : NULL;
}

static enum so1_status put_bytes(struct outlet *o, struct part *p, struct slice bytes,
				 uint64_t rows, struct so1_error *e)
{
	sha256_add(p->digest, bytes);
	if (p->held == NULL)
		return writer_put_bytes(p->writer, bytes, rows, e);
	if (bytes.len && fwrite(bytes.ptr, 1, bytes.len, p->held) != bytes.len)
		return spool_failed(o->options.tmpdir, SPOOL_WRITE, e);
	return SO1_OK;
}

static enum so1_status hold_part(struct outlet *o, struct part *p, struct so1_error *e)
{
	return spool_open(o->options.tmpdir, &p->held, e);
}

/* From the file to the writer. */
static enum so1_status release_part(struct outlet *o, struct part *p, struct so1_error *e)
{
	char block[1 << 16];
	uint64_t rows = p->rows;
	enum so1_status status = SO1_OK;
	size_t n;

	if (fflush(p->held) != 0)
		return spool_failed(o->options.tmpdir, SPOOL_WRITE, e);
	rewind(p->held);
	while (status == SO1_OK && (n = fread(block, 1, sizeof block, p->held)) > 0) {
		status = writer_put_bytes(p->writer, slice_make(block, n), rows, e);
		rows = 0;
	}
	if (status == SO1_OK && ferror(p->held))
		status = spool_failed(o->options.tmpdir, SPOOL_READ, e);
	fclose(p->held);
	p->held = NULL;
	return status;
}

static enum so1_status begin_part(struct outlet *o, size_t state, struct so1_error *e)
{
	struct part *p = &o->parts[state];
	const struct destination *d = o->options.destination;
	char *path = NULL;
	struct writer_options options = {
		.path = o->options.path,
		.raw = true,
		.seal = o->options.seal && d->is_stream && o->options.path == NULL &&
			o->options.folder == NULL,
	};

	if (o->options.folder) {
		p->name = file_name(d, state_name(o, state), p->number ? p->number + 1 : 0);
		path = folder_path(o->options.folder, p->name);
		options.path = path;
	}
	options.raw = !options.seal;
	p->number++;
	p->rows = 0;
	p->digest = sha256_new();
	enum so1_status status = writer_open(&p->writer, &options, e);
	free(path);
	if (status == SO1_OK && o->options.hold && !o->options.folder && !o->options.path)
		status = hold_part(o, p, e);
	if (status != SO1_OK)
		return status;
	buffer_clear(&o->row);
	destination_put_header(d, o->options.layout, o->options.folder ? state : DESTINATION_ALL,
			       o->options.delimiter, &o->row);
	p->bytes = o->row.len;
	status = put_bytes(o, p, buffer_slice(&o->row), 0, e);
	return status == SO1_OK && !o->options.folder && !p->held ? writer_flush(p->writer, e) : status;
}

static struct outlet_file *add_file(struct outlet *o, char *name, const struct part *p)
{
	GROW(o->files, o->file_cap, o->file_count + 1);
	struct outlet_file *f = &o->files[o->file_count++];
	*f = (struct outlet_file){.name = name, .rows = p->rows};
	return f;
}

static bool is_compressed(const char *path)
{
	size_t n = strlen(path);

	return n > 3 && strcmp(path + n - 3, ".gz") == 0;
}

/* Completes the state's file; when it is the first of several it gets its number now. */
static enum so1_status end_part(struct outlet *o, size_t state, bool more, struct so1_error *e)
{
	struct part *p = &o->parts[state];

	if (p->held && release_part(o, p, e) != SO1_OK)
		return e->status;
	if (writer_commit(p->writer, e) != SO1_OK)
		return e->status;
	writer_free(p->writer);
	p->writer = NULL;
	const char *base = o->options.path ? strrchr(o->options.path, '/') : NULL;
	char *name = p->name ? p->name : xstrdup(base ? base + 1 : o->options.path
						 ? o->options.path : "-");
	p->name = NULL;
	struct outlet_file *f = add_file(o, name, p);
	sha256_take_hex(p->digest, f->sha256);
	sha256_free(p->digest);
	p->digest = NULL;
	if (o->options.path && is_compressed(o->options.path))
		return sha256_file(o->options.path, f->sha256, e);
	if (!more || p->number > 1)
		return SO1_OK;
	f->name = file_name(o->options.destination, state_name(o, state), 1);
	enum so1_status status = folder_rename(o->options.folder, name, f->name, e);
	free(name);
	return status;
}

enum so1_status outlet_open(struct outlet **out, const struct outlet_options *options,
			    struct so1_error *e)
{
	struct outlet *o = xcalloc(1, sizeof *o);

	*out = o;
	o->options = *options;
	o->max_bytes = options->max_bytes ? options->max_bytes : options->destination->max_bytes;
	o->digest = sha256_new();
	o->cells = xcalloc(options->layout->count, sizeof *o->cells);
	o->address = COLUMN_NONE;
	if (options->destination->channels & CHANNEL_BIT(CHANNEL_EMAIL) &&
	    !options->destination->drops_offers)
		o->address = layout_find(options->layout, "email");
	return options->folder ? SO1_OK : begin_part(o, 0, e);
}

static bool is_full(const struct outlet *o, const struct part *p, size_t more_bytes)
{
	const struct destination *d = o->options.destination;

	return p->rows > 0 && ((o->max_bytes && p->bytes + more_bytes > o->max_bytes) ||
			       (d->max_rows && p->rows == d->max_rows));
}

static enum so1_status put_row(struct outlet *o, size_t state, struct so1_error *e)
{
	struct part *p = &o->parts[state];

	if (p->writer && is_full(o, p, o->row.len)) {
		if (!o->options.folder) {
			o->too_large = true;
		} else {
			/* The header of the next file is made in o->row. */
			struct buffer row = o->row;
			o->row = (struct buffer){0};
			enum so1_status status = end_part(o, state, true, e);
			if (status == SO1_OK)
				status = begin_part(o, state, e);
			buffer_free(&o->row);
			o->row = row;
			if (status != SO1_OK)
				return status;
		}
	}
	p->bytes += o->row.len;
	p->rows++;
	return put_bytes(o, p, buffer_slice(&o->row), 1, e);
}

/* The rows of one customer or seed; `state` as the destination sees it. */
static enum so1_status put_parcel(struct outlet *o, size_t file, const struct parcel *parcel,
				  const struct candidate *grants, size_t n, uint64_t *rows,
				  struct so1_error *e)
{
	const struct layout *l = o->options.layout;
	struct destination_row row = {
		.layout = l, .cells = o->cells, .permission = &parcel->permission,
		.state = o->options.folder ? file : DESTINATION_ALL,
		.delimiter = o->options.delimiter, .counts = &o->counts, .digest = o->digest,
	};
	size_t count = l->form == FORM_LONG ? n : 1;

	for (size_t i = 0; i < count; i++) {
		if (l->form == FORM_LONG)
			layout_fill(l, parcel, grants + i, 1, i + 1, o->cells, &o->scratch);
		else
			layout_fill(l, parcel, grants, n, 1, o->cells, &o->scratch);
		buffer_clear(&o->row);
		destination_put_row(o->options.destination, &row, &o->row);
		if (put_row(o, file, e) != SO1_OK)
			return e->status;
		++*rows;
	}
	return SO1_OK;
}

static void keep_grants(struct part *p, const struct candidate *grants, size_t n)
{
	if (p->has_grants && (n == 0 || grants[0].channel != CHANNEL_EMAIL ||
			      (p->grant_count && p->grants[0].channel == CHANNEL_EMAIL)))
		return;
	free(p->grants);
	p->grants = xcalloc(n, sizeof *p->grants);
	for (size_t i = 0; i < n; i++)
		p->grants[i] = grants[i];
	p->grant_count = n;
	p->has_grants = true;
}

/* A list without offers may be mailed unless it names another channel. */
static bool goes_by_email(const struct parcel *parcel, const struct candidate *grants, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (grants[i].channel == CHANNEL_EMAIL)
			return true;
	return n == 0 && (parcel->channel == CHANNEL_EMAIL || parcel->channel == CHANNEL_NONE);
}

enum so1_status outlet_put(struct outlet *o, const struct parcel *parcel,
			   const struct candidate *grants, size_t n, struct so1_error *e)
{
	const struct destination *d = o->options.destination;
	size_t file = d->state && o->options.folder
			      ? d->state(&parcel->permission, o->options.consent) : 0;

	if (o->parts[file].writer == NULL && begin_part(o, file, e) != SO1_OK)
		return e->status;
	if (o->options.seeds)
		keep_grants(&o->parts[file], grants, n);
	if (o->address != COLUMN_NONE && (d->is_by_address || goes_by_email(parcel, grants, n)))
		inboxes_add(&o->inboxes, parcel->fields[1 + o->address]);
	return put_parcel(o, file, parcel, grants, n, &o->rows, e);
}

/* Behind a state's last row, when there is one and its people may be mailed: what the state
 * of somebody is who permits e-mail, alone or with text messages. */
static enum so1_status put_seeds(struct outlet *o, size_t file, struct so1_error *e)
{
	static const channel_set optins[] = {
		CHANNEL_BIT(CHANNEL_EMAIL), CHANNEL_BIT(CHANNEL_EMAIL) | CHANNEL_BIT(CHANNEL_SMS),
	};
	const struct destination *d = o->options.destination;
	const struct part *p = &o->parts[file];

	if (o->options.seeds == NULL || p->rows == 0)
		return SO1_OK;
	for (size_t k = 0; k < sizeof optins / sizeof *optins; k++) {
		struct permission as = {.optin = optins[k], .consented = optins[k],
					.reachable = optins[k]};
		if (d->state && o->options.folder && d->state(&as, o->options.consent) != file)
			continue;
		for (size_t i = 0; i < o->options.seeds->count; i++) {
			struct parcel seed = seeds_parcel(o->options.seeds, i, optins[k]);
			seed.candidates = p->grants;
			seed.candidate_count = p->grant_count;
			if (put_parcel(o, file, &seed, p->grants, p->grant_count, &o->seeds,
				       e) != SO1_OK)
				return e->status;
		}
		break;
	}
	return SO1_OK;
}

enum so1_status outlet_finish(struct outlet *o, struct so1_error *e)
{
	bool any = false;

	for (size_t i = 0; i < STATES_MOST; i++)
		any |= o->parts[i].writer != NULL;
	if (!any && begin_part(o, 0, e) != SO1_OK)
		return e->status;
	for (size_t i = 0; i < STATES_MOST; i++)
		if (o->parts[i].writer && (put_seeds(o, i, e) != SO1_OK ||
					   end_part(o, i, false, e) != SO1_OK))
			return e->status;
	o->shared = inboxes_shared(&o->inboxes);
	return SO1_OK;
}

const struct outlet_file *outlet_files(const struct outlet *o, size_t *count)
{
	*count = o->file_count;
	return o->files;
}

uint64_t outlet_rows(const struct outlet *o)
{
	return o->rows;
}

uint64_t outlet_seeds(const struct outlet *o)
{
	return o->seeds;
}

bool outlet_has_inboxes(const struct outlet *o)
{
	return o->address != COLUMN_NONE;
}

uint64_t outlet_shared(const struct outlet *o)
{
	return o->shared;
}

const struct destination_counts *outlet_counts(const struct outlet *o)
{
	return &o->counts;
}

bool outlet_is_too_large(const struct outlet *o)
{
	return o->too_large;
}

void outlet_free(struct outlet *o)
{
	if (o == NULL)
		return;
	for (size_t i = 0; i < STATES_MOST; i++) {
		writer_free(o->parts[i].writer);
		sha256_free(o->parts[i].digest);
		free(o->parts[i].name);
		free(o->parts[i].grants);
		if (o->parts[i].held)
			fclose(o->parts[i].held);
	}
	for (size_t i = 0; i < o->file_count; i++)
		free(o->files[i].name);
	sha256_free(o->digest);
	inboxes_free(&o->inboxes);
	free(o->files);
	free(o->cells);
	buffer_free(&o->row);
	buffer_free(&o->scratch);
	free(o);
}
