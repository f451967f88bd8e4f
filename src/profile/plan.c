#include "profile/plan.h"

#include "base/datetime.h"
#include "base/memory.h"
#include "base/number.h"

#include <stdlib.h>

const char *const key_space_names[KEY_SPACES] = {"category", "brand", "sku"};

static enum so1_status refuse(struct so1_error *e, struct slice value, const char *reason)
{
	error_set(e, SO1_USAGE, "%s", reason);
	return error_value(e, value);
}

static int by_day(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

enum so1_status plan_add_as_of(struct plan *p, const char *dates, struct so1_error *e)
{
	struct slice rest = slice_of(dates), item;

	for (struct slice probe = rest; slice_split(&probe, ',', &item);) {
		int64_t day;
		if (!date_parse(item, &day))
			return refuse(e, item, "not a date like 2026-11-01");
	}
	while (slice_split(&rest, ',', &item)) {
		if (p->as_of_count == AS_OF_MAX)
			return refuse(e, item, "too many dates, at most 10000");
		GROW(p->as_of, p->as_of_cap, p->as_of_count + 1);
		date_parse(item, &p->as_of[p->as_of_count++]);
	}
	qsort(p->as_of, p->as_of_count, sizeof *p->as_of, by_day);
	size_t kept = 1;
	for (size_t i = 1; i < p->as_of_count; i++)
		if (p->as_of[i] != p->as_of[kept - 1])
			p->as_of[kept++] = p->as_of[i];
	p->as_of_count = kept;
	return SO1_OK;
}

static bool parse_days(struct slice s, uint32_t *days)
{
	int64_t n;

	if (!number_parse_int(s, &n) || n < 1 || n > WINDOW_LONGEST)
		return false;
	*days = (uint32_t)n;
	return true;
}

/* Puts `days` at its place in list[0..*count) unless it is there. */
static void insert_days(uint32_t *list, size_t *count, uint32_t days)
{
	size_t at = 0;

	while (at < *count && list[at] < days)
		at++;
	if (at < *count && list[at] == days)
		return;
	memmove(list + at + 1, list + at, (*count - at) * sizeof *list);
	list[at] = days;
	(*count)++;
}

enum so1_status plan_set_windows(struct plan *p, const char *days, struct so1_error *e)
{
	uint32_t list[WINDOWS_MAX + 1], one;
	size_t count = 0;
	struct slice rest = slice_of(days), item;

	while (slice_split(&rest, ',', &item)) {
		if (!parse_days(item, &one))
			return refuse(e, item, "not a number of days from 1 to 36525");
		insert_days(list, &count, one);
		if (count > WINDOWS_MAX)
			return refuse(e, item, "too many windows, at most 16");
	}
	memcpy(p->windows, list, count * sizeof *list);
	p->window_count = count;
	return SO1_OK;
}

enum so1_status plan_add_by(struct plan *p, const char *names, struct so1_error *e)
{
	bool by[KEY_SPACES] = {false};
	struct slice rest = slice_of(names), item;

	while (slice_split(&rest, ',', &item)) {
		int k = 0;
		while (k < KEY_SPACES && !slice_is(item, key_space_names[k]))
			k++;
		if (k == KEY_SPACES)
			return refuse(e, item, "not one of category, brand, sku");
		by[k] = true;
	}
	for (int k = 0; k < KEY_SPACES; k++)
		p->by[k] |= by[k];
	return SO1_OK;
}

enum so1_status plan_set_label(struct plan *p, const char *days, struct so1_error *e)
{
	if (!parse_days(slice_of(days), &p->label_days))
		return refuse(e, slice_of(days), "not a number of days from 1 to 36525");
	return SO1_OK;
}

enum so1_status plan_set_horizon(struct plan *p, const char *days, struct so1_error *e)
{
	if (!parse_days(slice_of(days), &p->horizon_days))
		return refuse(e, slice_of(days), "not a number of days from 1 to 36525");
	return SO1_OK;
}

enum so1_status plan_set_currency(struct plan *p, const char *code, struct so1_error *e)
{
	struct slice s = slice_of(code);
	bool good = s.len == 3;

	for (size_t i = 0; i < s.len; i++)
		good &= s.ptr[i] >= 'A' && s.ptr[i] <= 'Z';
	if (!good)
		return refuse(e, s, "not a currency code like EUR");
	p->currency = s;
	return SO1_OK;
}

enum so1_status plan_set_zone(struct plan *p, const char *name, struct so1_error *e)
{
	const struct timezone_rules *zone;

	if (timezone_load(name, &zone, e) != SO1_OK)
		return SO1_USAGE;
	p->zone = zone;
	p->zone_name = slice_of(name);
	return SO1_OK;
}

static size_t span_of(const struct plan *p, uint32_t days)
{
	size_t i = 0;

	while (p->spans[i] != days)
		i++;
	return i;
}

enum so1_status plan_finish(struct plan *p, struct so1_error *e)
{
	bool any = false;

	if (p->window_count == 0 && plan_set_windows(p, "7,28,91,182,365", e) != SO1_OK)
		return SO1_USAGE;
	for (int k = 0; k < KEY_SPACES; k++)
		any |= p->by[k];
	if (!any)
		p->by[KEY_CATEGORY] = true;
	if (p->zone == NULL && timezone_load("UTC", &p->zone, e) != SO1_OK)
		return SO1_USAGE;
	p->span_count = 0;
	for (size_t i = 0; i < p->window_count; i++)
		insert_days(p->spans, &p->span_count, p->windows[i]);
	insert_days(p->spans, &p->span_count, 28);
	insert_days(p->spans, &p->span_count, 91);
	insert_days(p->spans, &p->span_count, 182);
	for (size_t i = 0; i < p->window_count; i++)
		p->window_span[i] = span_of(p, p->windows[i]);
	p->span_28 = span_of(p, 28);
	p->span_91 = span_of(p, 91);
	p->span_182 = span_of(p, 182);
	return SO1_OK;
}

uint32_t plan_horizon(const struct plan *p)
{
	return p->horizon_days ? p->horizon_days : p->label_days ? p->label_days : HORIZON_DEFAULT;
}

void plan_free(struct plan *p)
{
	free(p->as_of);
	*p = (struct plan){0};
}
