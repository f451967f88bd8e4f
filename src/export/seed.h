/* Seed addresses: mail boxes of one's own that get what the customers get, so that one sees
 * where it lands. They stand behind the last row of each list that goes out by e-mail and
 * are no customers: no consent, no suppression, no cap, no stock, no holdout, no count. */
#ifndef SO1_EXPORT_SEED_H
#define SO1_EXPORT_SEED_H

#include "base/memory.h"
#include "export/layout.h"

struct seeds {
	struct arena text;    /* owns what the slices point into */
	/* count rows of `width`: customer_id, the customer's columns of the layout, and room for
	 * an offer's own cells (codes handed out one by one), empty: seeds use none up. */
	struct slice *fields;
	size_t count, width, cap;
};

/* Zero-initialise. Reads CSV with a column email and any others of the stream, or one
 * address a line, and fits it to the layout; what the layout lacks is left aside. A seed
 * without customer_id is ~seed-001 and so on, which sorts behind all customers.
 * SO1_FAILED with file and line when it cannot be read, is empty or an address is none. */
enum so1_status seeds_read(struct seeds *s, const char *file, const struct layout *l,
			   struct so1_error *e);
/* Seed i as a customer who permits `optin`; fields are borrowed from s. */
struct parcel seeds_parcel(const struct seeds *s, size_t i, channel_set optin);
void seeds_free(struct seeds *s);

#endif
