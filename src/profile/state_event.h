/* What writing and reading a state agree on: letters, and which event has what. */
#ifndef SO1_PROFILE_STATE_EVENT_H
#define SO1_PROFILE_STATE_EVENT_H

#include "base/number.h"
#include "profile/event.h"
#include "profile/plan.h"

/* By enum event_kind; the golden row is no event. */
static const char state_letters[EVENT_KINDS + 1] = ".?nvscprihdelm+-x";
_Static_assert(sizeof ".?nvscprihdelm+-x" == EVENT_KINDS + 1, "a letter for each kind of event");
/* By enum key_space. */
static const char state_key_letters[KEY_SPACES + 1] = "cbs";

static inline bool state_has_amount(int kind)
{
	return kind == EVENT_PURCHASE || kind == EVENT_RETURN;
}

/* No feature asks for the keys of other events. */
static inline bool state_has_keys(int kind)
{
	return state_has_amount(kind) || kind == EVENT_VIEW || kind == EVENT_CART;
}

static inline bool state_has_channel(int kind)
{
	return event_table[kind].active || kind == EVENT_SEND;
}

static inline int64_t state_usual_qty(int kind)
{
	return kind == EVENT_RETURN ? -DECIMAL_ONE : DECIMAL_ONE;
}

#endif
