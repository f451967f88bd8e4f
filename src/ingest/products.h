/* The product list that fills what an event says only by its SKU. */
#ifndef SO1_INGEST_PRODUCTS_H
#define SO1_INGEST_PRODUCTS_H

#include "base/error.h"
#include "base/table.h"

struct product {
	struct slice category, brand, currency; /* owned by the list, empty: not stated */
	int64_t price;                          /* millionths for one */
	bool has_price;
};

/* Zero-initialise; read-only once loaded. */
struct products {
	struct dictionary skus;
	struct product *items; /* by id of the sku */
	size_t cap;
	struct arena text;
};

/* CSV with the column `sku` and any of `category`, `brand`, `price`, `currency`; other
 * columns are of no interest here. The last line of a repeated sku counts. SO1_USAGE with
 * file, line and column for an empty sku or a price that is no number. */
enum so1_status products_load(struct products *p, const char *file, struct so1_error *e);
/* NULL when the list lacks the sku. Exact match first, then in capitals. */
const struct product *products_find(const struct products *p, struct slice sku, struct arena *a);
void products_free(struct products *p);

#endif
