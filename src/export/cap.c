#include "export/cap.h"

#include "base/memory.h"
#include "base/number.h"

#include <stdlib.h>

enum { MESSAGES_MOST = 10000, DAYS_MOST = 3660 };

static bool parse_count(struct slice s, int64_t most, uint32_t *out)
{
	int64_t n;

	if (!number_parse_int(s, &n) || n < 1 || n > most)
		return false;
	*out = (uint32_t)n;
	return true;
}

static enum so1_status parse_cap(struct slice text, struct cap *out, struct so1_error *e)
{
	struct slice rest = text, count;
	size_t colon = slice_find_byte(text, ':');

	*out = (struct cap){.kind = CAP_EACH, .channel = CHANNEL_NONE};
	if (colon < text.len) {
		struct slice name = slice_trim(slice_make(text.ptr, colon));
		struct channel_list one;
		rest = slice_make(text.ptr + colon + 1, text.len - colon - 1);
		out->kind = slice_is(name, "all") ? CAP_ALL : CAP_ONE;
		if (out->kind == CAP_ONE) {
			if (channel_list_parse(name, &one, e) != SO1_OK)
				return e->status;
			if (one.count != 1) {
				error_set(e, SO1_USAGE, "not one channel before the ':'");
				return error_value(e, text);
			}
			out->channel = (enum channel)one.items[0];
		}
	}
	slice_split(&rest, '/', &count);
	rest = rest.ptr ? slice_trim(rest) : slice_make("", 0);
	if (rest.len && rest.ptr[rest.len - 1] == 'd')
		rest.len--;
	if (parse_count(slice_trim(count), MESSAGES_MOST, &out->most) &&
	    parse_count(rest, DAYS_MOST, &out->days))
		return SO1_OK;
	error_set(e, SO1_USAGE, "not a cap: messages, '/', days, as 2/7d or email:2/7d or all:3/14d");
	return error_value(e, text);
}

enum so1_status cap_list_parse(struct cap_list *list, struct slice text, struct so1_error *e)
{
	struct slice rest = text, item;

	while (slice_split(&rest, ',', &item)) {
		struct cap c;
		if (parse_cap(slice_trim(item), &c, e) != SO1_OK)
			return e->status;
		GROW(list->items, list->cap, list->count + 1);
		list->items[list->count++] = c;
		if (c.days > list->days)
			list->days = c.days;
	}
	return SO1_OK;
}

void cap_list_free(struct cap_list *list)
{
	free(list->items);
	*list = (struct cap_list){0};
}

static int compare_days(const void *x, const void *y)
{
	int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;

	return (a > b) - (a < b);
}

uint32_t cap_left(const struct cap *c, int64_t *days, size_t n, int64_t first, int64_t last)
{
	size_t most = 0, begin = 0;

	if (n > 1)
		qsort(days, n, sizeof *days, compare_days);
	/* The fullest window ends on the first day or on a later message's day. */
	for (size_t end = 0; end < n; end++) {
		int64_t ends = days[end] < first ? first : days[end];
		if (ends - (int64_t)c->days >= last)
			break;
		while (begin <= end && days[begin] <= ends - (int64_t)c->days)
			begin++;
		if (end + 1 - begin > most)
			most = end + 1 - begin;
	}
	return most < c->most ? c->most - (uint32_t)most : 0;
}
