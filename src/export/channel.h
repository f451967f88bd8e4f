/* Channels: what each needs before anything may go through it.
 *
 * Adding a channel:
 *  1. a name in enum channel, before CHANNELS;
 *  2. its row in channel_table (channel.c): opt-in column and usable identifier;
 *  3. its line in the table of man/so1-export.1, section PERMISSION
 *     (tests/unit/test_export.c holds the table against the page). */
#ifndef SO1_EXPORT_CHANNEL_H
#define SO1_EXPORT_CHANNEL_H

#include "base/error.h"
#include "base/memory.h"
#include "stream/touchpoint.h"

enum channel {
	CHANNEL_EMAIL, CHANNEL_SMS, CHANNEL_PHONE, CHANNEL_POST,
	CHANNEL_POS, CHANNEL_APP, CHANNEL_WEB,
	CHANNELS,
	CHANNEL_NONE = CHANNELS,
};

/* A set of channels: bit 1 << channel. */
typedef uint32_t channel_set;
#define CHANNEL_BIT(c) ((channel_set)1 << (c))
#define CHANNELS_ALL ((channel_set)((1u << CHANNELS) - 1))
/* The channels that push a message to somebody and therefore need an opt-in. */
#define CHANNELS_OPTIN \
	(CHANNEL_BIT(CHANNEL_EMAIL) | CHANNEL_BIT(CHANNEL_SMS) | CHANNEL_BIT(CHANNEL_PHONE) | \
	 CHANNEL_BIT(CHANNEL_POST))

struct channel_row {
	const char *name;
	/* The opt-in column, or TOUCHPOINT_COLUMNS for a channel the customer comes to
	 * (till, app, web site) and that needs none. */
	enum touchpoint_column consent;
	/* Columns that must all be filled; ends with TOUCHPOINT_COLUMNS. */
	enum touchpoint_column needs[4];
};
extern const struct channel_row channel_table[CHANNELS];

/* Channels in order of preference. */
struct channel_list {
	uint8_t items[CHANNELS];
	uint8_t count;
	channel_set set;
};

enum consent_policy {
	CONSENT_STRICT,  /* only an opt-in (1) permits */
	CONSENT_IMPLIED, /* unknown permits too, an opt-out (0) never does */
};

/* What a row allows. */
struct permission {
	channel_set optin;     /* channels with an explicit opt-in */
	channel_set optout;    /* channels with an explicit opt-out */
	channel_set consented; /* by the policy; channels that need no opt-in are always in */
	channel_set reachable; /* the identifiers are there */
};

/* The channel of that name, or CHANNEL_NONE. */
enum channel channel_find(struct slice name);
/* The channel through which what sources call `name` reaches people: a channel's name or a
 * usual other word for it ("store" is the till), ASCII case free; else CHANNEL_NONE. */
enum channel channel_of_event(struct slice name);
/* Reads "email;sms" (or with commas). An empty text leaves the list empty. SO1_USAGE with
 * the nearest name for what is no channel, also for one named twice. */
enum so1_status channel_list_parse(struct slice text, struct channel_list *out,
				   struct so1_error *e);
/* Reads a row's consents and identifiers. `index` from touchpoint_find. False when an
 * opt-in cell is neither empty nor 0 or 1: *column is its name, *value the cell. */
bool permission_read(const size_t index[TOUCHPOINT_COLUMNS], const struct slice *fields,
		     enum consent_policy policy, struct permission *out, const char **column,
		     struct slice *value);
/* Which channels a customer answers through. */
struct channel_taste {
	/* Of the messages sent through a channel (sends_by_channel) the share the customer
	 * answers (responses_by_channel), as the lower end of its 95 % interval (Wilson 1927):
	 * two answers to three messages say more than one to one, and a channel through which
	 * nothing was answered is 0, tried or not. */
	double answers[CHANNELS];
	enum channel top; /* where the customer is most active; CHANNEL_NONE: unknown */
};

/* From the cells of those columns, each empty where there is none. Names of sources count
 * for the channel they mean (channel_of_event), others for none. An answer is one to a
 * message, also to one that nobody noted. SO1_FAILED with reason and value, and `column` the
 * one of the two, when a count is none. */
enum so1_status channel_taste_read(struct channel_taste *t, struct slice sends,
				   struct slice responses, struct slice top_channel,
				   struct arena *a, struct so1_error *e);
/* The best of the list that is allowed: the one most answered, then `top`, then the first of
 * the list; CHANNEL_NONE when none is. */
enum channel channel_choose(const struct channel_list *list, channel_set allowed,
			    const struct channel_taste *taste);

#endif
