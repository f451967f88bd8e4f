/* One customer's history: the golden row and every event, packed small.
 *
 * This is the state all features are functions of. Events may be added in any order
 * (history_finish sorts), names are ids of the owner's vocabulary, money is exact, orders
 * are known by a hash of what names them; so the union of two histories is the history
 * of the union. */
#ifndef SO1_PROFILE_HISTORY_H
#define SO1_PROFILE_HISTORY_H

#include "base/table.h"
#include "profile/event.h"
#include "profile/plan.h"
#include "stream/reader.h"
#include "stream/touchpoint.h"

#define NAME_NONE UINT32_MAX
#define ORDER_NONE UINT32_MAX
#define AMOUNT_UNKNOWN INT64_MIN
/* The time of what has none: sorts before all times. */
#define TIME_NONE INT64_MIN

/* Names a worker has met, over all its customers: ids of strings. */
struct vocabulary {
	struct dictionary keys[KEY_SPACES], channels, tags;
};
/* Forgets everything once it has grown past `limit` bytes; only between customers.
 * Says whether it did: whatever is indexed by id is void then. */
bool vocabulary_trim(struct vocabulary *v, size_t limit);
void vocabulary_free(struct vocabulary *v);

struct happening {
	int64_t ts;
	int64_t amount;            /* millionths, negative for returns; AMOUNT_UNKNOWN */
	int64_t qty;               /* millionths, negative for returns */
	uint32_t key[KEY_SPACES];  /* NAME_NONE when unknown */
	uint32_t channel;
	uint32_t order;            /* purchases, returns, redemptions: index in orders, or ORDER_NONE */
	uint32_t tags;             /* where its tags start in history.tags */
	uint16_t tag_count;
	uint8_t kind;              /* enum event_kind */
	bool has_offer;
};

struct order_entry {
	int64_t ts; /* its first purchase line; INT64_MAX: no purchase line names it */
	uint64_t key;
};

/* Slots of an open-addressing map from order keys to indexes; a generation makes
 * forgetting free, so that a small customer after a huge one stays cheap. */
struct order_slot {
	uint64_t key;
	uint32_t generation, index;
};

/* Where the columns of the stream are. */
struct history_columns {
	size_t customer_id;
	size_t touch[TOUCHPOINT_COLUMNS];
	const size_t *golden; /* columns to keep from the golden row, COLUMN_NONE: absent */
	size_t golden_count;
};

struct history {
	struct vocabulary *names; /* borrowed */
	struct buffer customer_id;
	struct buffer golden_text;
	struct slice *golden;     /* golden_count of them, in golden_text; empty without one */
	bool has_golden;
	int64_t golden_time;      /* of the last event of the stream the golden row came with */
	bool golden_dated;        /* golden_time is set; else history_finish sets it */
	uint64_t rows;            /* added, the golden one among them */
	struct happening *events;
	size_t count, cap;
	struct order_entry *orders;
	size_t order_count, order_cap;
	struct order_slot *slots;
	size_t slot_count;
	uint32_t generation;
	uint32_t *tags;
	size_t tag_count, tag_cap;
	/* history_finish: indexes of the purchase events, by order, then by time. */
	uint32_t *lines;
	size_t line_count, line_cap;
	struct arena scratch;
};

/* Zero-initialise, set names, then begin. Forgets the customer before; golden_count is
 * the same for the life of the history. */
void history_begin(struct history *h, struct slice customer_id, size_t golden_count);
/* Adds one record, at time ts (from history_time of its cell). SO1_FAILED with reason, column and value: the record is unusable and
 * nothing was added; the caller rejects it. */
enum so1_status history_add(struct history *h, const struct history_columns *at,
			    const struct slice *fields, int64_t ts, struct so1_error *e);
/* Adds an event that was read before. ev.order is ORDER_NONE, or anything else for an event
 * of the order of that key. Its tags are the last ev.tag_count of h->tags. */
void history_put(struct history *h, struct happening ev, uint64_t order_key);
/* Keeps the golden cells of a stream whose last event of this customer was at `time`, unless
 * those there are are of a later one; of equals the bytewise larger stay. So it does not
 * matter in which order streams are added up. */
void history_offer_golden(struct history *h, const struct history_columns *at,
			  const struct slice *fields, int64_t time);
/* Sorts events by time and orders by (first line, key). After it the history is only read. */
void history_finish(struct history *h);
/* Number of events before time t (finished histories). */
size_t history_before(const struct history *h, int64_t t);
void history_free(struct history *h);

/* The record's time, TIME_NONE for an empty cell. False when it is no time. */
bool history_time(struct slice cell, int64_t *ts);

#endif
