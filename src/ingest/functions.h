/* What map files can call beyond the expression language. */
#ifndef SO1_INGEST_FUNCTIONS_H
#define SO1_INGEST_FUNCTIONS_H

#include "ingest/recipe.h"

enum { INGEST_FUNCTIONS = 3 };

/* keywords(Text, FILE): the tags of FILE's keywords in Text as a list cell; FILE lies
 * beside the map and is loaded once.
 * decimal(Text): Text read by the map's `decimal` setting, "1.234,50 €" is 1234.5; not a
 * number is an error of the record.
 * known(x): x, or unknown where x is a placeholder that means so in any column: for
 * coalesce(known(Mobil), Telefon).
 * The rows refer to the recipe, which must outlive the expressions. */
void functions_describe(struct expr_function out[INGEST_FUNCTIONS], struct recipe *p);

#endif
