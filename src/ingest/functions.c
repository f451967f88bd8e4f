#include "ingest/functions.h"

#include "ingest/placeholder.h"
#include "ingest/text.h"
#include "stream/cells.h"

static enum so1_status find_list(struct recipe *p, struct slice file, struct keywords **out,
				 struct so1_error *e)
{
	for (size_t i = 0; i < p->list_count; i++) {
		if (slice_equal(p->lists[i].file, file)) {
			*out = p->lists[i].list;
			return SO1_OK;
		}
	}
	struct buffer path = {0};
	if (file.ptr[0] != '/')
		buffer_put_text(&path, p->map->directory);
	buffer_put_slice(&path, file);
	enum so1_status status = keywords_load(out, buffer_text(&path), e);
	buffer_free(&path);
	if (status != SO1_OK) {
		/* The place in the list goes into the reason: the place in the map is to come. */
		char text[sizeof e->reason];
		error_format(e, text, sizeof text);
		return error_set(e, status, "%s", text);
	}
	GROW(p->lists, p->list_cap, p->list_count + 1);
	p->lists[p->list_count++] = (struct recipe_keyword_list){arena_copy(&p->text, file), *out};
	return SO1_OK;
}

static enum so1_status prepare_keywords(void *registry, const struct slice *literals, size_t n,
					void **context, struct so1_error *e)
{
	struct keywords *list = NULL;

	(void)n;
	if (literals[1].ptr == NULL || literals[1].len == 0)
		return error_set(e, SO1_USAGE, "keywords() needs the name of a file: "
				 "keywords(Text, keywords.csv)");
	enum so1_status status = find_list(registry, literals[1], &list, e);
	*context = list;
	return status;
}

static enum so1_status call_keywords(void *context, const struct expr_value *args, size_t n,
				     struct expr_value *out, struct arena *a, struct so1_error *e)
{
	struct cell_builder c = {0};
	struct buffer b = {0};

	(void)n;
	(void)e;
	struct slice text = expr_value_text(&args[0], a);
	*out = (struct expr_value){.type = EXPR_UNKNOWN};
	if (text.len == 0)
		return SO1_OK;
	keywords_find(context, text, &c, a);
	if (c.count > 0) {
		cell_put_list(&c, &b);
		*out = (struct expr_value){
			.type = EXPR_TEXT, .text = arena_copy(a, buffer_slice(&b)),
		};
	}
	cell_free(&c);
	buffer_free(&b);
	return SO1_OK;
}

static enum so1_status call_known(void *context, const struct expr_value *args, size_t n,
				  struct expr_value *out, struct arena *a, struct so1_error *e)
{
	struct slice text = text_clean(expr_value_text(&args[0], a), a);

	(void)context;
	(void)n;
	(void)e;
	*out = args[0];
	/* As identifiers and dates are judged; zeros are no telephone. */
	if (text.len == 0 || placeholder_is(NULL, T_PHONE, text, a) ||
	    placeholder_is(NULL, T_BIRTH_DATE, text, a))
		*out = (struct expr_value){.type = EXPR_UNKNOWN};
	return SO1_OK;
}

static enum so1_status prepare_decimal(void *registry, const struct slice *literals, size_t n,
				       void **context, struct so1_error *e)
{
	(void)literals;
	(void)n;
	(void)e;
	*context = registry;
	return SO1_OK;
}

static enum so1_status call_decimal(void *context, const struct expr_value *args, size_t n,
				    struct expr_value *out, struct arena *a, struct so1_error *e)
{
	const struct recipe *p = context;
	int64_t millionths;

	(void)n;
	struct slice text = slice_trim(expr_value_text(&args[0], a));
	*out = (struct expr_value){.type = EXPR_UNKNOWN};
	if (text.len == 0)
		return SO1_OK;
	if (normal_number(text, p->decimal, &millionths) == VERDICT_NOT_NUMBER) {
		error_set(e, SO1_FAILED, "%s", verdict_text(VERDICT_NOT_NUMBER));
		return error_value(e, text);
	}
	*out = (struct expr_value){.type = EXPR_NUMBER, .number = (double)millionths / 1e6};
	return SO1_OK;
}

void functions_describe(struct expr_function out[INGEST_FUNCTIONS], struct recipe *p)
{
	out[0] = (struct expr_function){
		.name = "keywords", .min_args = 2, .max_args = 2,
		.eval = call_keywords, .prepare = prepare_keywords, .registry = p,
	};
	out[1] = (struct expr_function){
		.name = "decimal", .min_args = 1, .max_args = 1,
		.eval = call_decimal, .prepare = prepare_decimal, .registry = p,
	};
	out[2] = (struct expr_function){
		.name = "known", .min_args = 1, .max_args = 1, .eval = call_known,
	};
}
