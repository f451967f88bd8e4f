#include "profile/event.h"

const struct event_row event_table[EVENT_KINDS] = {
	[EVENT_OTHER] = {"", false, false, false},
	[EVENT_GOLDEN] = {"golden", false, false, false},
	[EVENT_CONTACT] = {"contact", false, false, false},
	[EVENT_VIEW] = {"view", true, true, false},
	[EVENT_SEARCH] = {"search", true, true, false},
	[EVENT_CART] = {"cart", true, true, false},
	[EVENT_PURCHASE] = {"purchase", true, true, false},
	[EVENT_RETURN] = {"return", true, false, false},
	[EVENT_VISIT] = {"visit", true, true, false},
	[EVENT_CHAT] = {"chat", false, true, false},
	[EVENT_SEND] = {"send", true, false, false},
	[EVENT_OPEN] = {"open", true, true, true},
	[EVENT_CLICK] = {"click", true, true, true},
	[EVENT_REDEEM] = {"redeem", true, true, true},
	[EVENT_OPTIN] = {"optin", false, false, false},
	[EVENT_OPTOUT] = {"optout", false, false, false},
	[EVENT_ERASE] = {"erase", false, false, false},
};

enum event_kind event_of(struct slice name)
{
	for (int k = EVENT_GOLDEN; k < EVENT_KINDS; k++) {
		const char *known = event_table[k].name;
		/* The first byte settles nearly all comparisons. */
		if (name.len && known[0] == name.ptr[0] && slice_is(name, known))
			return (enum event_kind)k;
	}
	return EVENT_OTHER;
}
