#include "goods.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const category_names[CATEGORIES] = {
	"tv", "audio", "gaming", "garden", "fashion", "books", "household", "outdoor", "warranty",
};

/* Cuts the next field off a CSV line in place, quotes undone. */
static char *next_field(char **line)
{
	char *field = *line, *to = field, *p = field;
	bool quoted = *p == '"';
	if (quoted)
		p++;
	for (; *p; p++) {
		if (quoted && *p == '"' && p[1] == '"')
			p++;
		else if (quoted && *p == '"') {
			quoted = false;
			continue;
		} else if (!quoted && *p == ',')
			break;
		*to++ = *p;
	}
	*line = *p ? p + 1 : p;
	*to = 0;
	return field;
}

static const char *take_row(struct goods *g, char *line)
{
	struct product *p = &g->products[g->count];
	snprintf(p->sku, sizeof p->sku, "%s", next_field(&line));
	snprintf(p->name, sizeof p->name, "%s", next_field(&line));
	const char *category = next_field(&line);
	next_field(&line); /* brand */
	p->cents = (int64_t)(atof(next_field(&line)) * 100 + 0.5);
	int c = 0;
	while (c < CATEGORIES && strcmp(category, category_names[c]))
		c++;
	if (c == CATEGORIES)
		return "unknown category";
	p->category = (enum category)c;
	p->boho = strstr(p->name, "boho") || strstr(p->name, "estival") || strstr(p->name, "fringed");
	static const char *const again[] = { "beans", "detergent", "tabs", "cartridges", "descaler",
		"potting soil", "fertiliser" };
	for (size_t i = 0; i < sizeof again / sizeof *again; i++)
		p->consumable = p->consumable || strstr(p->name, again[i]);
	if (g->count && g->products[g->count - 1].category > p->category)
		return "categories must stand together, in the order of goods.h";
	g->count++;
	return NULL;
}

const char *goods_read(struct goods *g, const char *path)
{
	*g = (struct goods){ 0 };
	FILE *file = fopen(path, "r");
	char line[512];
	const char *wrong = NULL;
	if (!file || !fgets(line, sizeof line, file))
		wrong = "cannot be read";
	while (!wrong && fgets(line, sizeof line, file)) {
		line[strcspn(line, "\r\n")] = 0;
		wrong = g->count == 256 ? "too many products" : take_row(g, line);
	}
	if (file)
		fclose(file);
	for (int c = 0, i = 0; c <= CATEGORIES && !wrong; c++) {
		while (i < g->count && (int)g->products[i].category < c)
			i++;
		g->first[c] = i;
		if (c && g->first[c] == g->first[c - 1])
			wrong = "a category has no product";
	}
	return wrong;
}

const struct product *goods_pick(const struct goods *g, enum category c, bool boho,
		bool consumable, struct rng *r)
{
	int first = g->first[c], n = g->first[c + 1] - first;
	const struct product *p = NULL;
	for (int tries = 0; tries < 12; tries++) {
		double u = rng_unit(r);
		p = &g->products[first + (int)(u * (0.35 + 0.65 * u) * n)];
		if ((!consumable || p->consumable) && (!boho || p->boho || rng_hit(r, 0.2)))
			break;
	}
	return p;
}

/* Percent of an average month, January to December. */
static const short season[CATEGORIES][12] = {
	[TV] = { 80, 75, 75, 75, 95, 135, 85, 80, 80, 85, 175, 160 }, /* football in summer, Black Friday */
	[AUDIO] = { 75, 75, 80, 85, 95, 105, 90, 85, 90, 95, 160, 165 },
	[GAMING] = { 80, 75, 75, 75, 75, 70, 80, 85, 95, 110, 175, 205 },
	[GARDEN] = { 25, 45, 155, 230, 210, 150, 100, 75, 85, 90, 25, 10 },
	[FASHION] = { 90, 75, 95, 105, 120, 125, 95, 80, 105, 110, 105, 95 },
	[BOOKS] = { 85, 80, 85, 80, 80, 85, 105, 95, 90, 105, 130, 180 },
	[HOUSEHOLD] = { 110, 95, 100, 95, 95, 90, 90, 95, 105, 105, 115, 105 },
	[OUTDOOR] = { 30, 35, 70, 115, 190, 240, 215, 150, 75, 40, 25, 15 },
	[WARRANTY] = { 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100 },
};

double goods_season(enum category c, int month)
{
	return season[c][month - 1] / 100.0;
}

enum category goods_complement(enum category c)
{
	static const enum category with[CATEGORIES] = {
		[TV] = AUDIO, [AUDIO] = TV, [GAMING] = AUDIO, [GARDEN] = HOUSEHOLD, [FASHION] = OUTDOOR,
		[BOOKS] = HOUSEHOLD, [HOUSEHOLD] = BOOKS, [OUTDOOR] = FASHION, [WARRANTY] = TV,
	};
	return with[c];
}

const struct campaign campaigns[] = {
	{ 2024, 11, 22, TV, 15 },      { 2024, 12, 6, BOOKS, 10 },     { 2025, 1, 17, HOUSEHOLD, 10 },
	{ 2025, 3, 14, GARDEN, 10 },   { 2025, 4, 25, GARDEN, 15 },    { 2025, 5, 23, OUTDOOR, 10 },
	{ 2025, 6, 13, FASHION, 15 },  { 2025, 8, 29, HOUSEHOLD, 10 }, { 2025, 10, 10, FASHION, 10 },
	{ 2025, 11, 21, TV, 15 },      { 2025, 12, 5, BOOKS, 10 },     { 2025, 12, 12, GAMING, 10 },
	{ 2026, 1, 16, HOUSEHOLD, 10 }, { 2026, 3, 13, GARDEN, 10 },   { 2026, 4, 17, WARRANTY, 20 },
	{ 2026, 5, 8, OUTDOOR, 10 },   { 2026, 5, 29, TV, 15 },        { 2026, 6, 19, AUDIO, 10 },
	{ 2026, 8, 28, HOUSEHOLD, 10 }, { 2026, 9, 18, FASHION, 15 },  { 2026, 10, 9, BOOKS, 10 },
	{ 2026, 10, 23, GARDEN, 15 },
};
const int campaign_count = (int)(sizeof campaigns / sizeof *campaigns);
