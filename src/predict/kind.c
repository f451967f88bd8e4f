#include "predict/kind.h"

static const struct model_kind *const kind_table[] = {
	&kind_logistic,
	&kind_logistic_by,
	&kind_clv,
};

const struct model_kind *kind_find(struct slice name, bool by)
{
	for (size_t i = 0; i < sizeof kind_table / sizeof *kind_table; i++)
		if (slice_is(name, kind_table[i]->name) && kind_table[i]->by == by)
			return kind_table[i];
	return NULL;
}

const char *kind_names(void)
{
	return "logistic, clv";
}
