#include "predict/scores.h"

#include "base/memory.h"
#include "predict/metrics.h"
#include "predict/sort.h"

#include <stdlib.h>

enum {
	BLOCK_SCORES = 1 << 13,
	RUN_BLOCKS = 1 << 7,
	RUN_SCORES = BLOCK_SCORES * RUN_BLOCKS,
};

/* A place in a run; runs ascend and are read from their ends. */
struct scores_cursor {
	uint64_t head;
	size_t left;          /* scores before head, in the block */
	size_t block, blocks; /* block: the one being read; blocks: of the run before it */
	const uint64_t *items;
	void *scratch;
};

void scores_init(struct scores *s, const char *tmpdir)
{
	*s = (struct scores){0};
	blocks_init(&s->blocks, BLOCK_SCORES * sizeof *s->items, 0, tmpdir);
}

static enum so1_status spill_run(struct scores *s, struct so1_error *e)
{
	enum so1_status status = SO1_OK;

	sort_words(s->items, s->filled);
	for (size_t i = 0; i < RUN_BLOCKS && status == SO1_OK; i++)
		status = blocks_append(&s->blocks, s->items + i * BLOCK_SCORES, e);
	s->runs++;
	s->filled = 0;
	return status;
}

enum so1_status scores_add(struct scores *s, uint64_t score, struct so1_error *e)
{
	if (s->filled == RUN_SCORES) {
		enum so1_status status = spill_run(s, e);
		if (status != SO1_OK)
			return status;
	}
	GROW(s->items, s->cap, s->filled + 1);
	s->items[s->filled++] = score;
	s->count++;
	s->positives += score_outcome(score);
	return SO1_OK;
}

/* The cursor's next lower score; *more false where the run has none. */
static enum so1_status cursor_step(struct scores *s, struct scores_cursor *c, bool *more,
				   struct so1_error *e)
{
	*more = c->left > 0 || c->blocks > 0;
	if (!*more)
		return SO1_OK;
	if (c->left == 0) {
		const void *block;
		enum so1_status status = blocks_read(&s->blocks, --c->block, c->scratch, &block, e);
		if (status != SO1_OK)
			return status;
		c->blocks--;
		c->items = block;
		c->left = BLOCK_SCORES;
	}
	c->head = c->items[--c->left];
	return SO1_OK;
}

static void sift_down(struct scores *s, size_t i)
{
	struct scores_cursor *c = s->cursors, moved = c[i];

	for (;;) {
		size_t child = 2 * i + 1;
		if (child >= s->cursor_count)
			break;
		if (child + 1 < s->cursor_count && c[child + 1].head > c[child].head)
			child++;
		if (c[child].head <= moved.head)
			break;
		c[i] = c[child];
		i = child;
	}
	c[i] = moved;
}

enum so1_status scores_finish(struct scores *s, struct so1_error *e)
{
	s->cursors = xcalloc(s->runs + 1, sizeof *s->cursors);
	for (size_t i = 0; i < s->runs; i++) {
		struct scores_cursor *c = &s->cursors[s->cursor_count++];
		*c = (struct scores_cursor){.block = (i + 1) * RUN_BLOCKS, .blocks = RUN_BLOCKS};
		c->scratch = xmalloc(s->blocks.block_bytes);
		bool more;
		enum so1_status status = cursor_step(s, c, &more, e);
		if (status != SO1_OK)
			return status;
	}
	if (s->filled > 0) {
		sort_words(s->items, s->filled);
		s->cursors[s->cursor_count++] = (struct scores_cursor){
			.head = s->items[s->filled - 1],
			.left = s->filled - 1,
			.items = s->items,
		};
	}
	for (size_t i = s->cursor_count; i-- > 0;)
		sift_down(s, i);
	return SO1_OK;
}

enum so1_status scores_next_tie(struct scores *s, struct tie *t, bool *more, struct so1_error *e)
{
	*t = (struct tie){0};
	*more = s->cursor_count > 0;
	if (!*more)
		return SO1_OK;
	uint64_t bits = s->cursors[0].head >> 1;
	t->p = score_probability(s->cursors[0].head);
	while (s->cursor_count > 0 && s->cursors[0].head >> 1 == bits) {
		bool goes_on;
		t->rows++;
		t->positives += score_outcome(s->cursors[0].head);
		enum so1_status status = cursor_step(s, &s->cursors[0], &goes_on, e);
		if (status != SO1_OK)
			return status;
		if (!goes_on) {
			free(s->cursors[0].scratch);
			s->cursors[0] = s->cursors[--s->cursor_count];
		}
		if (s->cursor_count > 0)
			sift_down(s, 0);
	}
	return SO1_OK;
}

void scores_free(struct scores *s)
{
	for (size_t i = 0; i < s->cursor_count; i++)
		free(s->cursors[i].scratch);
	free(s->cursors);
	free(s->items);
	blocks_free(&s->blocks);
}
