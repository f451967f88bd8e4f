/* A map bound to the header of its files: what to do with every record. */
#ifndef SO1_INGEST_RECIPE_H
#define SO1_INGEST_RECIPE_H

#include "expr/expr.h"
#include "ingest/decode.h"
#include "ingest/keywords.h"
#include "ingest/map.h"
#include "ingest/normal_date.h"
#include "ingest/normal_number.h"
#include "stream/touchpoint.h"

/* Where a value comes from. */
struct recipe_value {
	enum { RECIPE_NOTHING, RECIPE_FIELD, RECIPE_EXPRESSION, RECIPE_CONSTANT } kind;
	size_t field;
	struct expr *expr;
	struct slice constant;
};

struct recipe_attr {
	struct slice key;    /* "" for a whole map cell (attrs = …) */
	struct recipe_value value;
};

struct recipe_keyword_list {
	struct slice file;
	struct keywords *list;
};

struct recipe {
	struct arena text;
	const struct map *map;          /* borrowed */
	struct header header;           /* the file's names in UTF-8 */
	struct recipe_value columns[TOUCHPOINT_COLUMNS]; /* but tags and attrs */
	struct recipe_value *tags;
	struct recipe_attr *attrs;        /* ascending by key */
	size_t tag_count, tag_cap, attr_count, attr_cap;
	/* What holds where the column says nothing; empty slices: nothing. source and language
	 * for every row, country where there is an address or a phone, currency where there
	 * is an amount. */
	struct slice defaults[TOUCHPOINT_COLUMNS];
	struct date_style dates;
	struct decoder decoder;
	enum decimal_style decimal;
	struct slice network;
	size_t *used;                   /* the fields any expression reads, without repeats */
	size_t used_count;
	struct recipe_keyword_list *lists;
	size_t list_count, list_cap;
};

/* Zero-initialise; recipe_free when done. The settings alone: delimiter (0: detect) and
 * encoding are needed before the file is opened. SO1_USAGE with the map's file and line. */
enum so1_status recipe_settings(struct recipe *p, const struct map *m, char *delimiter,
			      struct so1_error *e);
/* After recipe_settings: binds every line to `header`, the first file's, in its encoding.
 *
 * source, country, currency and language are columns as well as defaults: their value is a
 * column or an expression if the header or the grammar says so, else a plain word is the
 * default (a source's name, a country, a currency, a language); both may be given.
 * Without `source` the map's name without folder and ".map" is it; without `event`
 * every row is a contact. Keyword lists are loaded here. */
enum so1_status recipe_bind(struct recipe *p, const struct header *header, const char *file,
			  struct so1_error *e);
void recipe_free(struct recipe *p);

#endif
