/* Permission: an opt-out always beats an opt-in unless the opt-in is later.
 *
 * A fact of consent is (channel, yes or no, when). It comes from the optin_* columns of
 * any touchpoint, dated by its ts, and from the events optin and optout, whose channel
 * column says which permission is meant. What has no ts counts as oldest. */
#ifndef SO1_DEDUPE_CONSENT_H
#define SO1_DEDUPE_CONSENT_H

#include "base/slice.h"

/* In the order of the columns optin_email … optin_post. */
enum consent_channel { CONSENT_EMAIL, CONSENT_SMS, CONSENT_PHONE, CONSENT_POST, CONSENT_CHANNELS };

/* Sets of channels, one bit each. */
enum { CONSENT_ALL = (1 << CONSENT_CHANNELS) - 1 };

struct consent {
	uint64_t last_yes[CONSENT_CHANNELS], last_no[CONSENT_CHANNELS]; /* moments */
	unsigned yes, no; /* channels for which there is such a fact */
};

/* Zero-initialise. Facts may come in any order. */
void consent_add(struct consent *c, unsigned yes, unsigned no, uint64_t moment);
/* Adds all facts of `from`. */
void consent_merge(struct consent *c, const struct consent *from);
/* Adds the refusals of `from` alone (an address that several people share). */
void consent_add_refusals(struct consent *c, const struct consent *from, unsigned channels);
/* 1, 0, or -1 where nothing is known. */
int consent_of(const struct consent *c, enum consent_channel channel);
/* The channels an optin or optout event speaks of, by the event's channel column:
 * email, sms, phone or post (or a usual synonym); 0 when it names none of them. */
unsigned consent_channels_named(struct slice channel);

#endif
