/* What the customer did next: for training and testing models, never a feature. */
#include "profile/feature.h"

#include "stream/cells.h"

static void label(const struct snapshot *s, struct feature_part part, struct feature_value *v)
{
	(void)part;
	value_flag(v, s->label);
}

static void label_spend(const struct snapshot *s, struct feature_part part,
			struct feature_value *v)
{
	(void)part;
	value_money(v, &s->spend_label);
}

static void label_by(const struct snapshot *s, struct feature_part part,
		     struct feature_value *v)
{
	const struct key_table *t = &s->keys[part.key];

	for (size_t i = 0; i < t->count; i++) {
		if (!t->items[i].bought_later)
			continue;
		v->kind = VALUE_CELL;
		if (v->cell->len)
			buffer_put_byte(v->cell, ';');
		cell_put_escaped(v->cell, dictionary_item(&s->history->names->keys[part.key],
							  t->items[i].name));
		buffer_put(v->cell, "=1", 2);
	}
}

const struct feature feature_label_table[] = {
	{"label", "flag",
	 "1 when there is a purchase line in [as_of, as_of + DAYS), DAYS of --label, else 0.",
	 "purchase: ts", SCOPE_ONCE, true, label},
	{"label_spend", "currency", "As spend, of lines in [as_of, as_of + DAYS).",
	 "purchase, return: amount, ts", SCOPE_ONCE, true, label_spend},
	{"label_by_K", "map of flags",
	 "For each key bought in [as_of, as_of + DAYS), 1; other keys are left out.",
	 "purchase: K, ts", SCOPE_KEY, true, label_by},
	{0},
};
