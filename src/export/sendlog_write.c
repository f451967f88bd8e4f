/* A run's entries, and the new file that has them. */
#include "export/sendlog.h"

#include "base/table.h"
#include "stream/writer.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { SENT, HELD_OUT };

static void put_line(struct buffer *b, const struct slice fields[SENDLOG_COLUMNS])
{
	csv_put_record(b, fields, SENDLOG_COLUMNS, ',');
}

enum so1_status sendlog_add(struct sendlog *h, const struct slice fields[SENDLOG_COLUMNS],
			    struct so1_error *e)
{
	int which = slice_is(fields[SENDLOG_HELD_OUT], "1") ? HELD_OUT : SENT;
	struct buffer line = {0};

	for (int i = 0; i < SENDLOG_COLUMNS; i++)
		if (slice_find_byte(fields[i], '\n') < fields[i].len) {
			error_set(e, SO1_FAILED, "a line break, which a history cannot hold");
			error_value(e, fields[i]);
			return error_at(e, NULL, 0, sendlog_names[i]);
		}
	if (h->spool[which] == NULL && spool_open(h->tmpdir, &h->spool[which], e) != SO1_OK)
		return e->status;
	put_line(&line, fields);
	size_t done = fwrite(line.ptr, 1, line.len, h->spool[which]);
	bool whole = done == line.len;
	buffer_free(&line);
	h->added++;
	return whole ? SO1_OK : spool_failed(h->tmpdir, SPOOL_WRITE, e);
}

/* One of the two spools as a history of its own, mapped. */
static enum so1_status open_spool(struct sendlog *s, FILE *f, const char *tmpdir,
				  struct so1_error *e)
{
	*s = (struct sendlog){.tmpdir = tmpdir, .lock = -1, .columns = SENDLOG_COLUMNS, .canonical = true};
	for (size_t i = 0; i < SENDLOG_COLUMNS; i++)
		s->place[i] = i;
	if (f == NULL)
		return SO1_OK;
	return sendlog_map(s, f, e);
}

struct source {
	const struct sendlog *history;
	struct sendlog_cursor cursor;
	struct sendlog_row row;
	struct arena text;
	bool more;
};

static void advance(struct source *s)
{
	arena_reset(&s->text);
	s->more = sendlog_walk(s->history, &s->cursor, &s->row, &s->text);
}

struct merging {
	struct writer *writer;
	const struct sendlog_run *run;
	struct source old, fresh[2];
	struct buffer line, customer;
	struct dictionary codes; /* the customer's of this run, for withdrawn entries */
	struct arena kept;
	struct slice (*withdrawn)[SENDLOG_COLUMNS];
	size_t withdrawn_count, withdrawn_cap;
};

static enum so1_status put_row(struct merging *m, const struct source *s, struct so1_error *e)
{
	buffer_clear(&m->line);
	if (s->history->canonical) {
		buffer_put_slice(&m->line, s->row.raw);
		buffer_put_byte(&m->line, '\n');
	} else {
		put_line(&m->line, s->row.fields);
	}
	return writer_put_bytes(m->writer, buffer_slice(&m->line), 1, e);
}

static void keep_withdrawn(struct merging *m, const struct sendlog_row *row)
{
	GROW(m->withdrawn, m->withdrawn_cap, m->withdrawn_count + 1);
	struct slice *to = m->withdrawn[m->withdrawn_count++];
	for (int i = 0; i < SENDLOG_COLUMNS; i++)
		to[i] = arena_copy(&m->kept, row->fields[i]);
	to[SENDLOG_SENT_AT] = slice_make("", 0);
}

static bool is_at(const struct merging *m, const struct source *s)
{
	return s->more && slice_equal(s->row.fields[SENDLOG_CUSTOMER_ID],
				      buffer_slice(&m->customer));
}

static enum so1_status take_fresh(struct merging *m, struct source *s, struct so1_error *e)
{
	while (is_at(m, s)) {
		if (s->row.fields[SENDLOG_CODE].len)
			dictionary_add(&m->codes, s->row.fields[SENDLOG_CODE], NULL);
		if (put_row(m, s, e) != SO1_OK)
			return e->status;
		advance(s);
	}
	return SO1_OK;
}

/* The run's entries for the customer at hand: the new ones, then what is left of the old. */
static enum so1_status take_run(struct merging *m, struct so1_error *e)
{
	for (; is_at(m, &m->old) && sendlog_is_of_run(&m->old.row, m->run); advance(&m->old))
		if (m->old.row.fields[SENDLOG_CODE].len)
			keep_withdrawn(m, &m->old.row);
	for (int i = 0; i < 2; i++)
		if (take_fresh(m, &m->fresh[i], e) != SO1_OK)
			return e->status;
	for (size_t i = 0; i < m->withdrawn_count; i++) {
		const struct slice *fields = m->withdrawn[i];
		if (dictionary_find(&m->codes, fields[SENDLOG_CODE]) != DICTIONARY_NONE)
			continue;
		buffer_clear(&m->line);
		put_line(&m->line, fields);
		if (writer_put_bytes(m->writer, buffer_slice(&m->line), 1, e) != SO1_OK)
			return e->status;
	}
	arena_reset(&m->kept);
	m->withdrawn_count = 0;
	return SO1_OK;
}

/* All entries of the customer at hand. Those of a run done again stay where they were, so
 * that the file ends as if it had been done once. */
static enum so1_status take_customer(struct merging *m, struct so1_error *e)
{
	if (m->codes.count)
		dictionary_clear(&m->codes);
	while (is_at(m, &m->old)) {
		if (sendlog_is_of_run(&m->old.row, m->run)) {
			if (take_run(m, e) != SO1_OK)
				return e->status;
		} else {
			if (put_row(m, &m->old, e) != SO1_OK)
				return e->status;
			advance(&m->old);
		}
	}
	return take_run(m, e);
}

/* The least customer of the three sources; false at the end of all. */
static bool next_customer(struct merging *m)
{
	const struct source *all[] = {&m->old, &m->fresh[0], &m->fresh[1]};
	const struct source *least = NULL;

	for (size_t i = 0; i < 3; i++)
		if (all[i]->more &&
		    (least == NULL || slice_compare(all[i]->row.fields[SENDLOG_CUSTOMER_ID],
						    least->row.fields[SENDLOG_CUSTOMER_ID]) < 0))
			least = all[i];
	if (least == NULL)
		return false;
	buffer_clear(&m->customer);
	buffer_put_slice(&m->customer, least->row.fields[SENDLOG_CUSTOMER_ID]);
	return true;
}

static void free_merging(struct merging *m)
{
	struct source *all[] = {&m->old, &m->fresh[0], &m->fresh[1]};

	for (size_t i = 0; i < 3; i++) {
		sendlog_cursor_free(&all[i]->cursor);
		arena_free(&all[i]->text);
	}
	writer_free(m->writer);
	buffer_free(&m->line);
	buffer_free(&m->customer);
	dictionary_free(&m->codes);
	arena_free(&m->kept);
	free(m->withdrawn);
}

/* A second name for the old file, so that it can come back. */
static enum so1_status keep_undo(struct sendlog *h, struct so1_error *e)
{
	struct buffer name = {0};

	buffer_printf(&name, "%s.so1-undo", h->path);
	h->undo = xstrdup(buffer_text(&name));
	buffer_free(&name);
	/* One that a killed run left: the history of that run stands. */
	unlink(h->undo);
	if (!h->exists)
		return SO1_OK;
	char *real = realpath(h->path, NULL);
	int failed = real ? link(real, h->undo) : -1, why = errno;
	free(real);
	if (failed == 0)
		return SO1_OK;
	errno = why;
	if (why != EPERM && why != EOPNOTSUPP)
		return error_set_errno(e, h->undo, "cannot keep the old history as");
	/* A file system without second names: should the list fail then, the history stays ahead
	 * of it, as after a crash. */
	free(h->undo);
	h->undo = NULL;
	return SO1_OK;
}

static enum so1_status merge(struct sendlog *h, struct merging *m, struct so1_error *e)
{
	struct writer_options options = {.path = h->path, .raw = true};

	if (writer_open(&m->writer, &options, e) != SO1_OK)
		return e->status;
	for (int i = 0; i < SENDLOG_COLUMNS; i++)
		buffer_printf(&m->line, "%s%s", i ? "," : "", sendlog_names[i]);
	buffer_put_byte(&m->line, '\n');
	if (writer_put_bytes(m->writer, buffer_slice(&m->line), 0, e) != SO1_OK)
		return e->status;
	advance(&m->old);
	advance(&m->fresh[0]);
	advance(&m->fresh[1]);
	while (next_customer(m))
		if (take_customer(m, e) != SO1_OK)
			return e->status;
	if (keep_undo(h, e) != SO1_OK)
		return e->status;
	/* Also when the commit fails: the rename may have come before the failure. */
	h->replaced = true;
	return writer_commit(m->writer, e);
}

enum so1_status sendlog_replace(struct sendlog *h, const struct sendlog_run *run,
				struct so1_error *e)
{
	struct sendlog spools[2];
	struct merging m = {.run = run, .old.history = h,
			    .fresh = {{.history = &spools[0]}, {.history = &spools[1]}}};
	enum so1_status status = SO1_OK;

	for (int i = 0; i < 2; i++) {
		enum so1_status opened = open_spool(&spools[i], h->spool[i], h->tmpdir, e);
		status = status == SO1_OK ? opened : status;
	}
	if (status == SO1_OK)
		status = merge(h, &m, e);
	free_merging(&m);
	for (int i = 0; i < 2; i++)
		sendlog_unmap(&spools[i]);
	if (status != SO1_OK)
		sendlog_settle(h, false);
	return status;
}

static void restore(const char *undo, const char *path)
{
	/* Two names of one file, when the new one never came, are left alone by rename. */
	if (rename(undo, path) == 0)
		unlink(undo);
}

void sendlog_settle(struct sendlog *h, bool done)
{
	if (h->replaced && !done) {
		char *real = realpath(h->path, NULL);
		if (h->exists && h->undo)
			restore(h->undo, real ? real : h->path);
		else if (!h->exists)
			unlink(h->path);
		free(real);
	} else if (h->undo) {
		unlink(h->undo);
	}
	h->replaced = false;
	free(h->undo);
	h->undo = NULL;
}
