/* A customer's history as a row of CSV: what --partial writes and --merge adds up.
 *
 * Columns: customer_id, the golden columns, then
 *   state_version  3; before it returns named no order
 *   state_golden   when there is a golden row: the time of the customer's last event in the
 *                  stream it came with, `none` when it had none with a time; else empty
 *   state_names    list: the names the events use, sorted; they count from 0
 *   state_orders   list: 16 hexadecimal digits an order, the hash of what names it, sorted
 *   state_events   list, by time; of an event its letter, the seconds since the one before
 *                  (of the first, since 1970; none: without a time), then what it has of
 *                    cN bN sN hN   category, brand, sku, channel: a name
 *                    oN            order
 *                    qX            quantity, unless it is one (minus one of a return)
 *                    aX            amount
 *                    x             it bears an offer
 *                    tN            a tag, a name; any number of them
 *                  with a blank before each. Only what a feature may ask for is there.
 * Letters: n contact, v view, s search, c cart, p purchase, r return, i visit, h chat,
 * d send, e open, l click, m redeem, + optin, - optout, x erase, and a point for any other.
 *
 * States add up: the rows of one customer, of one file or of many, together are the
 * history. A long one is cut into several rows so that no record grows without bounds. */
#ifndef SO1_PROFILE_STATE_H
#define SO1_PROFILE_STATE_H

#include "profile/maker.h"

enum { STATE_VERSION = 3, STATE_COLUMNS = 5 };
enum { STATE_AT_VERSION, STATE_AT_GOLDEN, STATE_AT_NAMES, STATE_AT_ORDERS, STATE_AT_EVENTS };
extern const char *const state_columns[STATE_COLUMNS];

/* The longest record a reader of states should take: one event may carry as much text as a
 * record of touchpoints may. */
enum { STATE_RECORD_MAX = 16 << 20 };

/* The emit of --partial: the rows of a finished history. */
void state_emit(struct maker *m, struct product *p);

/* Where a partial stream has its columns. */
struct state_columns {
	struct history_columns history; /* customer_id and golden */
	size_t state[STATE_COLUMNS];
};
/* Adds one row to the history of its customer. SO1_FAILED with reason, column and value:
 * the state is damaged or of another version, and nothing was added. */
enum so1_status state_add(struct history *h, const struct state_columns *at,
			  const struct slice *fields, struct so1_error *e);

#endif
