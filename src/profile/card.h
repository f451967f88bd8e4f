/* The profile card: one customer on a screen, for the clerk who picks up the phone. */
#ifndef SO1_PROFILE_CARD_H
#define SO1_PROFILE_CARD_H

#include "profile/maker.h"

/* Whether `wanted` names the customer of a finished history: the customer_id, the e-mail
 * (any case), a phone number (any punctuation; a national number by its digits without
 * the leading zeros, at least six), a social handle (with or without network and @) or
 * the loyalty id. Only what the golden row holds can be found. */
bool card_matches(const struct history *h, struct slice wanted);

/* The emit of --get: emit_context is the wanted key, a C string. A card for each as_of of
 * the plan, or without one as of the day after the customer's last event. */
void card_emit(struct maker *m, struct product *p);

#endif
