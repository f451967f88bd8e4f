#include "predict/axis.h"

#include "base/number.h"
#include "predict/sort.h"
#include "stream/cells.h"

#include <stdlib.h>

size_t axis_size(const struct axis *a)
{
	return (a->numbers ? a->cut_count : a->levels.count) + 2;
}

size_t axis_of_missing(const struct axis *a)
{
	return axis_size(a) - 1;
}

size_t axis_of_number(const struct axis *a, double x)
{
	size_t low = 0, high = a->cut_count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		if (x <= a->cuts[middle])
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

size_t axis_of_text(const struct axis *a, struct slice text)
{
	uint32_t id = dictionary_find(&a->levels, text);

	return id == DICTIONARY_NONE ? a->levels.count : id;
}

enum so1_status axis_of_field(const struct axis *a, struct slice field, struct buffer *scratch,
			      size_t *level, struct so1_error *e)
{
	double x;
	bool number = field.len > 0 && number_parse_double(field, &x);

	if (field.len == 0) {
		*level = axis_of_missing(a);
	} else if (a->numbers && number) {
		*level = axis_of_number(a, x);
	} else if (a->numbers) {
		error_set(e, SO1_FAILED, "not a number");
		/* The arena ends its copies with a NUL. */
		error_at(e, NULL, 0, a->column.ptr);
		return error_value(e, field);
	} else {
		buffer_clear(scratch);
		if (number)
			number_put_double(scratch, x);
		*level = axis_of_text(a, number ? buffer_slice(scratch) : field);
	}
	return SO1_OK;
}

void axis_put_level(const struct axis *a, size_t level, struct buffer *out)
{
	if (level == axis_of_missing(a)) {
		buffer_put_text(out, "(missing)");
	} else if (!a->numbers && level == a->levels.count) {
		buffer_put_text(out, "(other)");
	} else if (!a->numbers) {
		buffer_put_slice(out, dictionary_item(&a->levels, (uint32_t)level));
	} else {
		if (level > 0)
			number_put_double(out, a->cuts[level - 1]);
		buffer_put_text(out, "..");
		if (level < a->cut_count)
			number_put_double(out, a->cuts[level]);
	}
}

void axis_cut(struct axis *a, double *values, size_t n, size_t parts)
{
	a->numbers = true;
	a->cuts = xcalloc(parts, sizeof *a->cuts);
	a->cut_count = 0;
	if (n == 0)
		return;
	sort_doubles(values, n);
	for (size_t k = 1; k < parts; k++) {
		double cut = values[(n * k + parts - 1) / parts - 1] + 0.0;
		if (cut >= values[n - 1])
			break;
		if (a->cut_count == 0 || cut > a->cuts[a->cut_count - 1])
			a->cuts[a->cut_count++] = cut;
	}
}

void axis_put_list(const struct axis *a, struct buffer *out)
{
	struct cell_builder c = {0};
	struct buffer b = {0};

	for (size_t i = 0; i < a->cut_count; i++) {
		buffer_clear(&b);
		number_put_double(&b, a->cuts[i]);
		cell_add(&c, buffer_slice(&b), SLICE(""));
	}
	for (size_t i = 0; i < a->levels.count; i++)
		cell_add(&c, dictionary_item(&a->levels, (uint32_t)i), SLICE(""));
	cell_put_list(&c, out);
	buffer_free(&b);
	cell_free(&c);
}

bool axis_get_list(struct axis *a, struct slice cell, bool numbers, struct arena *text)
{
	struct slice rest = cell, item, none;
	size_t cap = 0;

	a->numbers = numbers;
	while (cell_next(&rest, &item, &none, text)) {
		if (!numbers) {
			dictionary_add(&a->levels, item, NULL);
			continue;
		}
		GROW(a->cuts, cap, a->cut_count + 1);
		if (!number_parse_double(item, &a->cuts[a->cut_count]))
			return false;
		a->cut_count++;
	}
	sort_doubles(a->cuts, a->cut_count);
	return true;
}

void axis_copy(struct axis *to, const struct axis *from)
{
	*to = (struct axis){.column = from->column, .numbers = from->numbers,
			    .cut_count = from->cut_count};
	to->cuts = xcalloc(from->cut_count + 1, sizeof *to->cuts);
	if (from->cut_count > 0)
		memcpy(to->cuts, from->cuts, from->cut_count * sizeof *to->cuts);
	for (size_t i = 0; i < from->levels.count; i++)
		dictionary_add(&to->levels, dictionary_item(&from->levels, (uint32_t)i), NULL);
}

void axis_free(struct axis *a)
{
	free(a->cuts);
	dictionary_free(&a->levels);
	*a = (struct axis){0};
}
