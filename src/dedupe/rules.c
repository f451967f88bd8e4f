#include "dedupe/blocking.h"

#include "base/number.h"

#include <stdio.h>
#include <stdlib.h>

bool rule_has(const struct rule *rule, enum trait trait)
{
	for (size_t p = 0; p < rule->parts; p++)
		if (rule->part[p].trait == trait ||
		    (rule->part[p].kind == PART_NAME && trait == TRAIT_LAST))
			return true;
	return false;
}

static enum so1_status parse_part(struct rule_part *p, struct slice text, struct so1_error *e)
{
	size_t colon = slice_find_byte(text, ':');
	struct slice column = slice_trim(slice_make(text.ptr, colon)), rest = {0};
	enum trait trait = trait_of_name(column);
	int64_t length;

	if (colon < text.len)
		rest = slice_trim(slice_make(text.ptr + colon + 1, text.len - colon - 1));
	if (slice_is(column, "name") && rest.len == 0) {
		*p = (struct rule_part){PART_NAME, TRAIT_FIRST, 0};
		return SO1_OK;
	}
	if (trait == TRAIT_COUNT) {
		error_set(e, SO1_USAGE, "not a column that records are compared by");
		return error_value(e, column);
	}
	*p = (struct rule_part){PART_WHOLE, (uint8_t)trait, 0};
	if (colon == text.len)
		return SO1_OK;
	if (trait == TRAIT_EMAIL && slice_is(rest, "local")) {
		p->kind = PART_LOCAL;
		return SO1_OK;
	}
	if (trait == TRAIT_STREET && slice_is(rest, "number")) {
		p->kind = PART_HOUSE;
		return SO1_OK;
	}
	if (!number_parse_int(rest, &length) || length < 1 || length > 255) {
		error_set(e, SO1_USAGE, "after ':' stands how many first characters count, or 'local' "
			  "after email, 'number' after street");
		return error_value(e, rest);
	}
	p->kind = PART_PREFIX;
	p->length = (uint16_t)length;
	return SO1_OK;
}

enum so1_status rules_add(struct rules *r, struct slice text, struct so1_error *e)
{
	struct rule rule = {.parts = 0};
	struct slice part;

	if (r->count == RULES_MOST)
		return error_set(e, SO1_USAGE, "more than %d rules", RULES_MOST);
	while (slice_split(&text, ',', &part)) {
		if (rule.parts == RULE_PARTS_MOST)
			return error_set(e, SO1_USAGE, "a rule has at most %d parts", RULE_PARTS_MOST);
		if (parse_part(&rule.part[rule.parts++], slice_trim(part), e))
			return e->status;
	}
	r->items[r->count++] = rule;
	return SO1_OK;
}

enum so1_status rules_read(struct rules *r, const char *path, struct so1_error *e)
{
	FILE *f = fopen(path, "r");
	char *text = NULL;
	size_t cap = 0;
	ssize_t n;

	if (!f)
		return error_set_errno(e, path, "cannot open");
	e->status = SO1_OK;
	for (uint64_t line = 1; e->status == SO1_OK && (n = getline(&text, &cap, f)) >= 0; line++) {
		struct slice s = slice_make(text, (size_t)n);
		s.len = slice_find_byte(s, '#');
		s = slice_trim(s);
		if (s.len > 0 && rules_add(r, s, e))
			error_at(e, path, line, NULL);
	}
	if (e->status == SO1_OK && ferror(f))
		error_set_errno(e, path, "cannot read");
	else if (e->status == SO1_OK && r->count == 0)
		error_set(e, SO1_USAGE, "no rule in it"), error_at(e, path, 0, NULL);
	free(text);
	fclose(f);
	return e->status;
}

void rule_put(const struct rule *rule, struct buffer *b)
{
	for (size_t p = 0; p < rule->parts; p++) {
		const struct rule_part *part = &rule->part[p];
		buffer_put_text(b, p ? ", " : "");
		buffer_put_text(b, part->kind == PART_NAME ? "name" : trait_name((enum trait)part->trait));
		if (part->kind == PART_PREFIX)
			buffer_printf(b, ":%u", part->length);
		else if (part->kind == PART_LOCAL)
			buffer_put_text(b, ":local");
		else if (part->kind == PART_HOUSE)
			buffer_put_text(b, ":number");
	}
}

void rules_put(const struct rules *rules, struct buffer *b)
{
	for (size_t i = 0; i < rules->count; i++) {
		rule_put(&rules->items[i], b);
		buffer_put_byte(b, '\n');
	}
}

/* The default rules: two facts that two people seldom share, in as many ways as errors
 * may leave. What only one place says (a postcode, else a city) stands for PLACE. */
static const char *const default_rules[] = {
	"name",
	"loyalty_id",
	"email",
	"phone",
	"last_name, birth_date",
	"first_name, birth_date",
	"birth_date, PLACE",
	"last_name, PLACE",
	"first_name, PLACE",
	"street, PLACE",
	"last_name, street",
	"first_name, street",
	"email:local",
	"first_name:3, last_name:3",
	"first_name:3, street:number, PLACE",
	"last_name:3, street:number, PLACE",
	"first_name:1, last_name:1, street:number, PLACE",
};

/* Replaces PLACE and says whether the records have the columns at all. */
static bool fill_in(const char *rule, const struct traits *t, struct buffer *b)
{
	struct slice rest = slice_of(rule), part;
	bool postcode = t->known[TRAIT_POSTCODE] * 2 >= t->known[TRAIT_CITY];

	buffer_clear(b);
	while (slice_split(&rest, ',', &part)) {
		part = slice_trim(part);
		if (slice_is(part, "PLACE") && t->known[TRAIT_POSTCODE] + t->known[TRAIT_CITY] == 0 &&
		    b->len >= 6 && memcmp(rule, "birth", 5) != 0 && strstr(rule, "street"))
			continue;
		if (slice_is(part, "PLACE"))
			part = slice_of(trait_name(postcode ? TRAIT_POSTCODE : TRAIT_CITY));
		struct slice column = slice_make(part.ptr, slice_find_byte(part, ':'));
		enum trait trait = slice_is(column, "name") ? TRAIT_LAST : trait_of_name(column);
		if (t->known[trait] < 2)
			return false;
		buffer_put_text(b, b->len ? ", " : "");
		buffer_put_slice(b, part);
	}
	return true;
}

void rules_choose(struct rules *r, const struct traits *t)
{
	struct buffer b = {0};
	struct so1_error e;

	for (size_t i = 0; i < sizeof default_rules / sizeof *default_rules; i++)
		if (fill_in(default_rules[i], t, &b))
			rules_add(r, buffer_slice(&b), &e);
	buffer_free(&b);
}
