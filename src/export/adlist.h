/* What the lists for advertising networks share: hashed identifiers, and who can be matched
 * by one. */
#ifndef SO1_EXPORT_ADLIST_H
#define SO1_EXPORT_ADLIST_H

#include "export/destination.h"
#include "export/matchkey.h"

/* Puts the SHA-256, lower-case hex, of *key in its place. `usable` is what match_put_…
 * said; when false *key stays empty and a cell that was not is counted. */
void adlist_hash(const struct destination_row *row, struct slice cell, bool usable,
		 struct buffer *key);
/* Whether e-mail address or phone number of the row have a match key. */
bool adlist_can_match(enum match_network n, const struct slice *fields,
		      const size_t index[TOUCHPOINT_COLUMNS]);

#endif
