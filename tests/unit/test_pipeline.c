/* src/stream/pipeline: the same bytes, rejects and errors for any number of threads. */
#include "stream/pipeline.h"
#include "base/chance.h"
#include "tests/unit/stream_help.h"

#include <criterion/criterion.h>
#include <sched.h>

struct totals {
	uint64_t records;
	const char *fail_at; /* the record with this id fails, not to be rejected */
	struct buffer side;  /* the ids of the records that were used, in the order they came */
};

static void *start(void *context)
{
	(void)context;
	return calloc(1, sizeof(uint64_t));
}

static void finish(void *context, void *worker)
{
	struct totals *t = context;

	t->records += *(uint64_t *)worker;
	free(worker);
}

/* Every third record twice, every hundredth rejected, with a delay that differs. */
static enum so1_status work(void *context, void *worker, const struct record *rec,
			    struct pipeline_output *out, bool *reject, struct so1_error *e)
{
	const struct totals *t = context;
	uint64_t x = slice_hash(rec->fields[0], 1);

	++*(uint64_t *)worker;
	if (t->fail_at && slice_is(rec->fields[0], t->fail_at))
		return error_set(e, SO1_FAILED, "failed at %s", t->fail_at);
	if (x % 100 == 0) {
		*reject = true;
		error_set(e, SO1_FAILED, "unlucky");
		error_at(e, NULL, 0, "id");
		return error_value(e, rec->fields[0]);
	}
	if (x % 17 == 0)
		sched_yield();
	buffer_put_slice(&out->side, rec->fields[0]);
	buffer_put_byte(&out->side, '\n');
	for (int i = 0; i < (x % 3 == 0 ? 2 : 1); i++) {
		pipeline_put_record(out, rec, ',');
		pipeline_put_field(out, SLICE("a,b"), ',');
		pipeline_end_record(out);
	}
	return SO1_OK;
}

static enum so1_status settle(void *context, struct slice side, struct so1_error *e)
{
	struct totals *t = context;

	(void)e;
	buffer_put_slice(&t->side, side);
	return SO1_OK;
}

/* Every id from 0 to 50,000 but those rejected, in that order. */
static void expect_side(const struct buffer *side)
{
	struct slice rest = buffer_slice(side), id;
	char next[16];

	for (int i = 0; i <= 50000; i++) {
		snprintf(next, sizeof next, "%d", i);
		if (slice_hash(slice_of(next), 1) % 100 == 0)
			continue;
		cr_assert(slice_split(&rest, '\n', &id) && slice_is(id, next), "%s", next);
	}
	cr_assert_eq(rest.len, 0);
}

struct outcome {
	enum so1_status status;
	struct so1_error error;
	struct buffer out, rejects;
	uint64_t rows_in, rows_out;
};

static void run(const char *folder, const char *in, int threads, size_t block_size, const char *fail_at,
		const char *limit, struct outcome *o)
{
	const char *out = temp_path(folder, "out.csv"), *rejected = temp_path(folder, "rejects.csv");
	struct totals totals = {.fail_at = fail_at};
	struct pipeline p = {.worker_new = start, .record = work, .worker_free = finish,
			     .settled = settle, .context = &totals, .threads = threads};
	struct reader_options options = {.threads = threads, .block_size = block_size};
	struct so1_error late;
	struct reader *r;
	struct writer *w;

	cr_assert_eq(rejects_open(&options.rejects, &(struct rejects_options){rejected, limit}, &late), SO1_OK);
	cr_assert_eq(reader_open(&r, &in, 1, &options, &late), SO1_OK);
	cr_assert_eq(writer_open(&w, &(struct writer_options){.path = out}, &late), SO1_OK);
	o->error = (struct so1_error){0};
	o->status = pipeline_run(&p, r, w, &o->error);
	/* What was written before an error is the same too. */
	cr_assert_eq(writer_commit(w, &late), SO1_OK);
	cr_assert_eq(rejects_finish(options.rejects, 1, &late), SO1_OK);
	o->rows_in = reader_rows(r);
	o->rows_out = writer_rows(w);
	if (o->status == SO1_OK) {
		cr_assert_eq(o->rows_in, totals.records + 7, "7 ragged records never reach a worker");
		expect_side(&totals.side);
	}
	buffer_free(&totals.side);
	buffer_clear(&o->out);
	buffer_clear(&o->rejects);
	file_get(out, &o->out);
	file_get(rejected, &o->rejects);
	reader_close(r);
	writer_free(w);
	rejects_free(options.rejects);
}

static void write_input(const char *path)
{
	struct buffer b = {0};

	buffer_put_text(&b, "id,text\n");
	for (int i = 0; i < 50000; i++) {
		buffer_printf(&b, "%d,\"text \"\"%d\"\"\"\n", i, i);
		if (i % 7143 == 5) /* seven times */
			buffer_put_text(&b, "ragged\n");
	}
	buffer_put_text(&b, "50000,\"last, without line end\"");
	file_put(path, buffer_slice(&b));
	buffer_free(&b);
}

static void expect_same(const struct outcome *a, const struct outcome *b, const char *what, int threads)
{
	cr_assert_eq(a->status, b->status, "%s, %d threads", what, threads);
	cr_assert_str_eq(a->error.reason, b->error.reason);
	cr_assert_eq(a->error.line, b->error.line);
	cr_assert(slice_equal(buffer_slice(&a->out), buffer_slice(&b->out)), "%s, %d threads", what, threads);
	cr_assert(slice_equal(buffer_slice(&a->rejects), buffer_slice(&b->rejects)), "%s, %d threads", what,
		  threads);
	cr_assert_eq(a->rows_out, b->rows_out);
}

struct scenario {
	const char *name, *fail_at, *limit;
	const char *reason; /* how it ends, "" for well */
};

static const struct scenario scenarios[] = {
	{"well", NULL, NULL, ""},
	{"an error in the middle", "25000", NULL, "failed at 25000"},
	{"an error in the last record", "50000", NULL, "failed at 50000"},
	{"too many rejects", NULL, "100", "more than 100 rejected; this one: unlucky"},
	{"too many rejects before an error", "49000", "100", "more than 100 rejected; this one: unlucky"},
	{"an error before too many rejects", "100", "100", "failed at 100"},
};

Test(pipeline, threads_make_no_difference)
{
	char *folder = temp_folder();
	const char *in = temp_path(folder, "in.csv");
	struct outcome alone = {0}, many = {0};

	write_input(in);
	for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++) {
		const struct scenario *s = &scenarios[i];
		run(folder, in, 1, 0, s->fail_at, s->limit, &alone);
		cr_assert_str_eq(alone.error.reason, s->reason);
		for (int threads = 2; threads <= 5; threads++) {
			/* Small blocks so that many are under way at once. */
			run(folder, in, threads, 4096, s->fail_at, s->limit, &many);
			expect_same(&alone, &many, s->name, threads);
		}
	}
	buffer_free(&alone.out);
	buffer_free(&alone.rejects);
	buffer_free(&many.out);
	buffer_free(&many.rejects);
	temp_remove(folder);
}

/* An upstream that is still there but silent must not keep a failed run from ending. */
Test(pipeline, an_error_does_not_wait_for_a_silent_upstream, .timeout = 20)
{
	struct totals totals = {.fail_at = "1"};
	struct pipeline p = {.worker_new = start, .record = work, .worker_free = finish,
			     .context = &totals, .threads = 4};
	struct reader_options options = {.threads = 4};
	struct so1_error e;
	struct reader *r;
	struct writer *w;
	char path[32];
	const char *file = path;
	int ends[2];

	cr_assert_eq(pipe(ends), 0);
	cr_assert_eq(write(ends[1], "id,text\n1,x\n", 12), 12);
	snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
	cr_assert_eq(reader_open(&r, &file, 1, &options, &e), SO1_OK);
	cr_assert_eq(writer_open(&w, &(struct writer_options){.path = "/dev/null"}, &e), SO1_OK);
	cr_assert_eq(pipeline_run(&p, r, w, &e), SO1_FAILED);
	cr_assert_str_eq(e.reason, "failed at 1");
	reader_close(r);
	writer_free(w);
	close(ends[1]);
}

Test(pipeline, a_full_disk_ends_the_run)
{
	char *folder = temp_folder();
	const char *in = temp_path(folder, "in.csv");
	struct totals totals = {0};

	if (!file_exists("/dev/full"))
		cr_skip_test("no /dev/full here");
	write_input(in);
	for (int threads = 1; threads <= 4; threads += 3) {
		struct pipeline p = {.worker_new = start, .record = work, .worker_free = finish,
			     .context = &totals, .threads = threads};
		struct rejects *rejects;
		struct so1_error e;
		struct reader *r;
		struct writer *w;
		cr_assert_eq(rejects_open(&rejects, &(struct rejects_options){.limit = "100%"}, &e), SO1_OK);
		struct reader_options options = {.threads = threads, .rejects = rejects};
		cr_assert_eq(reader_open(&r, &in, 1, &options, &e), SO1_OK);
		cr_assert_eq(writer_open(&w, &(struct writer_options){.path = "/dev/full"}, &e), SO1_OK);
		cr_assert_eq(pipeline_run(&p, r, w, &e), SO1_FAILED);
		cr_assert_str_eq(e.reason, "cannot write: No space left on device");
		reader_close(r);
		writer_free(w);
		rejects_free(rejects);
	}
	temp_remove(folder);
}
