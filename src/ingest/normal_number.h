/* Quantities and amounts of money as people write them. */
#ifndef SO1_INGEST_NORMAL_NUMBER_H
#define SO1_INGEST_NORMAL_NUMBER_H

#include "base/memory.h"
#include "ingest/verdict.h"

/* The map setting `decimal`. */
enum decimal_style { DECIMAL_AUTO, DECIMAL_POINT, DECIMAL_COMMA };

/* Millionths (base/number.h). Blanks, currency signs and a three-letter code around the
 * number go; a minus may stand in front or behind, also U+2212, and brackets are one:
 * "(12,50)". Thousands may be parted by blanks, apostrophes, or whichever of point and
 * comma is not the decimal sign, in groups of three.
 *
 * DECIMAL_AUTO decides by each value: of two kinds the last is the decimal sign; one that
 * repeats parts thousands; a lone point is the decimal sign; a lone comma too, unless
 * exactly three digits follow and one to three other than "0" precede: "1,234" is 1234 and
 * VERDICT_AMBIGUOUS (*millionths is set). VERDICT_NOT_NUMBER for the rest. */
enum verdict normal_number(struct slice s, enum decimal_style style, int64_t *millionths);
/* The same as text with at least min_decimals digits behind the point, in the arena. */
enum verdict normal_decimal(struct slice s, enum decimal_style style, int min_decimals,
			    struct arena *a, struct slice *out);
/* decimal_put into the arena. */
struct slice decimal_text(int64_t millionths, int min_decimals, struct arena *a);

#endif
