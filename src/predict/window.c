#include "predict/window.h"

static void set(struct buffer *to, struct slice as_of)
{
	buffer_clear(to);
	buffer_put_slice(to, as_of);
}

void window_take(struct window *w, struct slice as_of)
{
	if (as_of.len == 0)
		return;
	if (w->first.len == 0 || slice_compare(as_of, buffer_slice(&w->first)) < 0)
		set(&w->first, as_of);
	if (slice_compare(as_of, buffer_slice(&w->last)) > 0)
		set(&w->last, as_of);
}

void window_describe(const struct window *w, struct model_file *m)
{
	if (w->first.len == 0)
		return;
	model_file_add(m, "card", SLICE("first_as_of"), buffer_slice(&w->first));
	model_file_add(m, "card", SLICE("last_as_of"), buffer_slice(&w->last));
}

void window_free(struct window *w)
{
	buffer_free(&w->first);
	buffer_free(&w->last);
}
