/* goods.h: the shop's products and past campaigns, and what the year does to demand. */
#ifndef SAMPLES_GOODS_H
#define SAMPLES_GOODS_H
#include <stdbool.h>
#include <stdint.h>
#include "rng.h"

enum category { TV, AUDIO, GAMING, GARDEN, FASHION, BOOKS, HOUSEHOLD, OUTDOOR, WARRANTY,
				CATEGORIES };
extern const char *const category_names[CATEGORIES];

struct product {
	char sku[16], name[80];
	enum category category;
	int64_t cents;
	bool boho;                  /* the name says boho or festival */
	bool consumable;            /* bought again and again */
};

struct goods {
	struct product products[256];
	int count;
	int first[CATEGORIES + 1];  /* products of category c: first[c] … first[c+1]-1 */
};

/* Reads products.csv (sku,name,category,brand,price,stock; rows of a category together).
 * Returns NULL, or what is wrong with it. */
const char *goods_read(struct goods *g, const char *path);

/* One product of a category, the first ones oftenest; boho people pick boho where there is any,
 * consumables only when asked for. */
const struct product *goods_pick(const struct goods *g, enum category c, bool boho,
		bool consumable, struct rng *r);

/* How much likelier than on average category c sells in a month (1–12). */
double goods_season(enum category c, int month);

/* What is bought along with c. */
enum category goods_complement(enum category c);

/* A mailing of the past: every subscriber may get it, those interested in category surely. */
struct campaign { int year, month, day; enum category category; int percent_off; };
extern const struct campaign campaigns[];
extern const int campaign_count;
#endif
