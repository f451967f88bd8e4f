/* Caps on contact: --cap 2/7d, --cap email:2/7d,all:3/14d. */
#ifndef SO1_EXPORT_CAP_H
#define SO1_EXPORT_CAP_H

#include "export/channel.h"

/* At most `most` messages in any `days` calendar days in a row. */
struct cap {
	enum { CAP_EACH, CAP_ONE, CAP_ALL } kind; /* each channel, `channel`, all together */
	enum channel channel;
	uint32_t most, days; /* 1 … 10000, 1 … 3660 */
};

struct cap_list {
	struct cap *items;
	size_t count, cap;
	uint32_t days; /* of the longest */
};

/* Adds the caps of one --cap: "[CHANNEL:|all:]N/DAYS[d]", commas between. SO1_USAGE for
 * anything else. Zero-initialise the list; cap_list_free. */
enum so1_status cap_list_parse(struct cap_list *list, struct slice text, struct so1_error *e);
void cap_list_free(struct cap_list *list);

/* How many more messages the cap allows on a day from `first` to `last`, whichever it will
 * be, given the days of the messages it counts (any order, those days' too; reordered):
 * every window of `days` days that holds one of them must end with no more than `most`.
 * Never below 0. */
uint32_t cap_left(const struct cap *c, int64_t *days, size_t n, int64_t first, int64_t last);

#endif
