/* What can happen, as far as features tell it apart. */
#ifndef SO1_PROFILE_EVENT_H
#define SO1_PROFILE_EVENT_H

#include "base/slice.h"

enum event_kind {
	EVENT_OTHER, /* a name we do not know: counts as known to us, feeds tags, nothing else */
	EVENT_GOLDEN,
	EVENT_CONTACT,
	EVENT_VIEW,
	EVENT_SEARCH,
	EVENT_CART,
	EVENT_PURCHASE,
	EVENT_RETURN,
	EVENT_VISIT,
	EVENT_CHAT,
	EVENT_SEND,
	EVENT_OPEN,
	EVENT_CLICK,
	EVENT_REDEEM,
	EVENT_OPTIN,
	EVENT_OPTOUT,
	EVENT_ERASE,
	EVENT_KINDS
};

struct event_row {
	const char *name;
	bool needs_time; /* without a time it says nothing: such a record is rejected */
	bool active;     /* something the customer did, so its hour and channel are theirs */
	bool response;   /* an answer to a mailing */
};
extern const struct event_row event_table[EVENT_KINDS];

/* The kind of that name, EVENT_OTHER for the rest (the empty name too). */
enum event_kind event_of(struct slice name);

#endif
