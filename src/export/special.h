/* Special categories of personal data (GDPR Art. 9): which columns are marked as such by
 * their names. Nobody else knows what a column holds; a name is a mark one can read, put on
 * and take off. */
#ifndef SO1_EXPORT_SPECIAL_H
#define SO1_EXPORT_SPECIAL_H

#include "base/memory.h"
#include "export/layout.h"

/* "health", "politics", "religion", "orientation", "ethnicity", "union" or, for genes and
 * biometrics, "genetics"; NULL for any other name. A name is cut into words at whatever is
 * no letter or digit and where a capital follows a small letter; a word must be one of the
 * list as a whole, English or German, umlauts as such or as ae oe ue ss: health_score and
 * Konfession are marked, healthy_food and partykeller are not. */
const char *special_category(struct slice name);
/* SO1_USAGE for the first column of the customer that is marked. */
enum so1_status special_check(const struct layout *l, struct so1_error *e);
/* Whether a map cell (attrs as a whole) has a marked key: *key, *category. */
bool special_find_key(struct slice cell, struct arena *a, struct slice *key,
		      const char **category);

#endif
