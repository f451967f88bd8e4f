/* forecast, applied: a map season_by_KEY of each key's season in the week of as_of. */
#include "predict/forecast.h"

#include "base/datetime.h"
#include "base/number.h"
#include "stream/cells.h"

#include <stdio.h>
#include <stdlib.h>

/* Digits of the factors that are written. */
enum { DIGITS = 6 };
/* More than 52 weeks' mean of 1 can give. */
#define SEASON_MOST 53.

struct model {
	char *column;                 /* season_by_KEY */
	size_t as_of;
	struct slice cells[WEEKS_ISO]; /* the same for all rows of a week */
	struct arena text;
};

static void kind_free(void *model)
{
	struct model *m = model;

	free(m->column);
	arena_free(&m->text);
	free(m);
}

/* Adds a key's factors to the cells being built. */
static enum so1_status read_season(const struct model_file *file, const struct model_row *row,
				   struct cell_builder *cells, struct so1_error *e)
{
	struct slice rest = row->value, item;
	struct slice key = slice_make(row->name.ptr + 7, row->name.len - 7);
	int w = 0;

	while (slice_split(&rest, ';', &item)) {
		double x;
		if (w == WEEKS_ISO)
			return model_row_error(file, row, "more than 53 weeks", e);
		if (!number_parse_double(item, &x) || !(x >= 0 && x <= SEASON_MOST))
			return model_row_error(file, row, "a factor that is not between 0 and 53", e);
		struct buffer value = {0};
		number_put_rounded(&value, x, DIGITS);
		cell_add(&cells[w++], key, buffer_slice(&value));
		buffer_free(&value);
	}
	return w == WEEKS_ISO ? SO1_OK : model_row_error(file, row, "fewer than 53 weeks", e);
}

static enum so1_status read_seasons(struct model *m, const struct model_file *file,
				    struct so1_error *e)
{
	struct cell_builder cells[WEEKS_ISO] = {0};
	enum so1_status s = SO1_OK;
	bool any = false;

	for (size_t i = 0; i < file->count && s == SO1_OK; i++) {
		const struct model_row *row = &file->rows[i];
		if (!slice_is(row->section, "term") ||
		    !slice_starts_with(row->name, SLICE("season ")))
			continue;
		any = true;
		s = read_season(file, row, cells, e);
	}
	if (s == SO1_OK && !any) {
		error_set(e, SO1_FAILED, "the model has no keys");
		s = error_at(e, file->path, 0, NULL);
	}
	for (int w = 0; w < WEEKS_ISO; w++) {
		struct buffer b = {0};
		cell_put_map(&cells[w], &b);
		m->cells[w] = arena_copy(&m->text, buffer_slice(&b));
		buffer_free(&b);
		cell_free(&cells[w]);
	}
	return s;
}

static enum so1_status kind_load(const struct model_file *file, void **model, struct so1_error *e)
{
	struct model *m = xcalloc(1, sizeof *m);
	struct slice by;
	enum so1_status s = model_file_text(file, "model", "by", &by, e);

	if (s == SO1_OK) {
		m->column = xmalloc(by.len + 11);
		snprintf(m->column, by.len + 11, "season_by_%.*s", SLICE_ARGS(by));
		s = read_seasons(m, file, e);
	}
	if (s != SO1_OK) {
		kind_free(m);
		return s;
	}
	*model = m;
	return SO1_OK;
}

static struct slice kind_appends(const void *model, size_t i)
{
	return i == 0 ? slice_of(((const struct model *)model)->column) : SLICE("");
}

static enum so1_status kind_bind(void *model, const struct header *h, struct so1_error *e)
{
	struct model *m = model;

	m->as_of = header_find(h, SLICE("as_of"));
	return m->as_of != COLUMN_NONE ? SO1_OK
		: error_set(e, SO1_FAILED, "the model needs a column 'as_of', which the stream "
			    "lacks");
}

static enum so1_status kind_apply(const void *model, const struct slice *fields, struct arena *a,
				  struct slice *cells, struct so1_error *e)
{
	const struct model *m = model;
	int64_t day;

	(void)a;
	if (!date_parse(fields[m->as_of], &day)) {
		error_set(e, SO1_FAILED, "not a date");
		error_at(e, NULL, 0, "as_of");
		return error_value(e, fields[m->as_of]);
	}
	cells[0] = m->cells[week_iso(week_of_day(day)) - 1];
	return SO1_OK;
}

const struct model_kind kind_forecast = {
	.name = "forecast",
	.by = true,
	.no_target = true,
	.fit = forecast_fit,
	.load = kind_load,
	.free = kind_free,
	.appends = kind_appends,
	.bind = kind_bind,
	.apply = kind_apply,
};
