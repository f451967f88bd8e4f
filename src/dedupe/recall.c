#include "dedupe/recall.h"

#include "dedupe/known_keys.h"
#include "dedupe/recall_meet.h"
#include "dedupe/recall_search.h"

#include <stdlib.h>
#include <sys/stat.h>

/* By the name the user gave, which errors tell; but a link stays one. */
static void name_files(struct recall *r)
{
	struct buffer b = {0};
	struct stat st;

	if (lstat(r->path, &st) == 0 && S_ISLNK(st.st_mode))
		r->real = realpath(r->path, NULL);
	if (r->real == NULL)
		r->real = xstrdup(r->path);
	buffer_printf(&b, "%s.next", r->real);
	r->next = xstrndup(b.ptr, b.len);
	buffer_clear(&b);
	buffer_printf(&b, "%s.more", r->real);
	r->more = xstrndup(b.ptr, b.len);
	buffer_clear(&b);
	buffer_printf(&b, "%s.rows", r->real);
	r->rows_path = xstrndup(b.ptr, b.len);
	buffer_put_text(&b, ".more");
	r->more_rows_path = xstrndup(b.ptr, b.len);
	buffer_free(&b);
}

/* A run died before FILE.next could become what it is: FILE, or what adds to it. */
static bool open_waiting(struct recall *r, const struct known_key *key)
{
	const char *const files[][2] = {{r->next, NULL}, {r->real, r->next}};

	for (int i = 0; i < 2; i++) {
		struct so1_error ignored = {0};
		known_close(&r->known);
		if (known_open(&r->known, files[i][0], files[i][1], key, &ignored) == SO1_OK && r->known.last) {
			r->waiting = i ? r->more : r->real;
			return true;
		}
	}
	known_close(&r->known);
	return false;
}

static enum so1_status open_either(struct recall *r, const struct known_key *key, struct so1_error *e)
{
	if (known_open(&r->known, r->path, r->more, key, e) == SO1_OK && r->known.last)
		return SO1_OK;
	if (!open_waiting(r, key))
		return e->status;
	return e->status = SO1_OK;
}

static void *read_rows(void *context)
{
	struct recall *r = context;

	carry_open(&r->carry, r->rows_path, r->more_rows_path);
	return NULL;
}

void recall_start(struct recall *r, const char *path, int threads)
{
	r->path = path;
	name_files(r);
	r->reading = threads > 1 && pthread_create(&r->reader, NULL, read_rows, r) == 0;
}

static void await_rows(struct recall *r)
{
	if (r->reading)
		pthread_join(r->reader, NULL);
	r->reading = false;
}

void recall_rows(struct recall *r, const struct carry_key *key)
{
	bool begun = r->reading;

	await_rows(r);
	if (key && !begun)
		read_rows(r);
	if (key)
		carry_check(&r->carry, key);
	else
		carry_close(&r->carry);
}

enum so1_status recall_open(struct recall *r, const struct registry *registry, struct so1_error *e)
{
	struct known_key key = {registry->file.hash, registry->file.rows};

	if (open_either(r, &key, e))
		return e->status;
	if (r->known.last == NULL)
		return SO1_OK;
	struct slice rest = r->known.last->rules, line;
	while (slice_split(&rest, '\n', &line))
		if (line.len && rules_add(&r->rules, line, e))
			return e->status;
	struct known_plan plan;
	known_plan_make(&plan, &r->rules);
	if (r->known.last->columns != plan.columns)
		return known_refuse(e, r->path, "written by another version");
	return SO1_OK;
}

/* The items that are met as tuples: those of the input, or new ones. */
static enum so1_status add_tuples(struct recall *r, const struct recall_found *f, struct tuples *t,
				  struct so1_error *e)
{
	struct slice fields[IDENTITY_FIELDS];
	struct sighting before;
	size_t cap = 0, before_cap = 0;

	for (size_t i = 0; i < r->known.count; i++) {
		const struct known_item *item = &r->known.items[i];
		struct tuple_key key = {item->hash, item->tag};
		if (!f->met[i])
			continue;
		uint32_t tuple = f->seen[i] ? tuples_find(t, key) : TUPLE_NONE;
		r->near += f->near[i];
		known_read(&r->known, i, fields, &before);
		if (!f->seen[i])
			tuple = tuples_add(t, key, fields);
		if (tuple == TUPLE_NONE) {
			sighting_free(&before);
			return error_set(e, SO1_FAILED, "too many distinct identities");
		}
		GROW(r->items, cap, r->count + 1);
		GROW(r->before, before_cap, r->count + 1);
		r->before[r->count] = before;
		r->items[r->count++] = (struct recalled){
			tuple, item->layer, (uint32_t)i, {item->id_high, item->id_low},
		};
	}
	r->idle = xcalloc(t->count + 1, sizeof *r->idle);
	for (size_t i = 0; i < r->count; i++)
		r->idle[r->items[i].tuple] = !f->near[r->items[i].item];
	return SO1_OK;
}

void recall_see(struct recall *r, const struct row *row, uint64_t place)
{
	if (row->tuple >= r->now_count) {
		GROW(r->now, r->now_cap, row->tuple + (size_t)1);
		memset(r->now + r->now_count, 0, (r->now_cap - r->now_count) * sizeof *r->now);
		r->first = xrealloc_array(r->first, r->now_cap, sizeof *r->first);
		memset(r->first + r->now_count, 0xff, (r->now_cap - r->now_count) * sizeof *r->first);
		r->now_count = r->now_cap;
	}
	if (place < r->first[row->tuple])
		r->first[row->tuple] = place;
	sighting_see(&r->now[row->tuple], row, &r->room);
}

static int compare_keys(const void *x, const void *y)
{
	uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;

	return (a > b) - (a < b);
}

void recall_mark(struct recall *r, struct slice source, struct slice source_id)
{
	GROW(r->marked, r->marked_cap, r->marked_count + 1);
	r->marked[r->marked_count++] = known_key_of_record(source, source_id);
}

/* Of whom there is a line to be looked at all lines are, also those that were carried over. And
 * whoever may be written anew, because of an address, shares other ones with others. */
static enum so1_status touch(struct recall *r, struct recall_found *f, struct tuples *t, int threads,
			     struct so1_error *e)
{
	bool *seen = xmalloc(r->known.count + 1), *done = xmalloc(r->known.count + 1);

	memcpy(seen, f->seen, r->known.count);
	recall_meet_customers(&r->known, seen, NULL, threads);
	if (r->touch(r->touch_context, seen, e) == SO1_OK)
		r->input = t->count;
	for (size_t i = 0; i < r->known.count; i++)
		if (seen[i] && !f->seen[i]) {
			struct tuple_key key = {r->known.items[i].hash, r->known.items[i].tag};
			f->seen[i] = tuples_find(t, key) != TUPLE_NONE;
		}
	/* Sharers were added last. */
	memcpy(done, f->whole, r->known.count);
	recall_meet_customers(&r->known, f->met, done, threads);
	recall_meet_sharers(&r->known, f->met, done, threads);
	free(seen);
	free(done);
	return e->status;
}

enum so1_status recall_find(struct recall *r, struct tuples *t, int threads, struct so1_error *e)
{
	struct recall_found found;

	e->status = SO1_OK;
	r->input = t->count;
	if (r->known.count == 0)
		return SO1_OK;
	if (r->marked_count)
		qsort(r->marked, r->marked_count, sizeof *r->marked, compare_keys);
	recall_search(&found, &r->known, &r->rules, t, r->marked, r->marked_count, threads);
	if (r->touch == NULL || touch(r, &found, t, threads, e) == SO1_OK)
		add_tuples(r, &found, t, e);
	recall_found_free(&found);
	return e->status;
}

uint64_t recall_bytes(const struct recall *r, size_t tuples)
{
	return tuples * (sizeof *r->now + sizeof *r->first) + r->count * (sizeof *r->before + sizeof *r->items) +
	       r->known.count * 4 /* what is wanted, seen, changed */ + known_bytes(&r->known);
}

void recall_close(struct recall *r)
{
	await_rows(r);
	known_output_close(&r->output);
	carry_output_close(&r->rows);
	carry_close(&r->carry);
	free(r->rows_path);
	free(r->items);
	for (size_t i = 0; i < r->count; i++)
		sighting_free(&r->before[i]);
	for (size_t i = 0; i < r->now_count; i++)
		sighting_free(&r->now[i]);
	free(r->before);
	free(r->now);
	free(r->first);
	free(r->marked);
	free(r->tags);
	free(r->is_known);
	free(r->more_rows_path);
	sighting_room_free(&r->room);
	free(r->idle);
	free(r->real);
	free(r->next);
	free(r->more);
	known_close(&r->known);
	*r = (struct recall){0};
}
