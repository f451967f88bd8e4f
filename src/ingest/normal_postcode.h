/* Postcodes. */
#ifndef SO1_INGEST_NORMAL_POSTCODE_H
#define SO1_INGEST_NORMAL_POSTCODE_H

#include "base/memory.h"
#include "ingest/verdict.h"

/* Capitals, blanks collapsed. With a country (alpha-2, may be empty): its own prefix goes
 * ("D-10115"); where codes have five digits a zero that a spreadsheet ate comes back
 * ("1067" in DE is 01067); GB, NL and CA codes get the blank they are written with. A
 * fraction of ".0" goes. */
enum verdict normal_postcode(struct slice s, struct slice country, struct arena *a,
			     struct slice *out);

#endif
