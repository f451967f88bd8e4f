#include "dedupe/consent.h"

void consent_add(struct consent *c, unsigned yes, unsigned no, uint64_t moment)
{
	for (int ch = 0; ch < CONSENT_CHANNELS; ch++) {
		if (yes >> ch & 1 && moment >= c->last_yes[ch])
			c->last_yes[ch] = moment;
		if (no >> ch & 1 && moment >= c->last_no[ch])
			c->last_no[ch] = moment;
	}
	c->yes |= yes;
	c->no |= no;
}

void consent_merge(struct consent *c, const struct consent *from)
{
	for (int ch = 0; ch < CONSENT_CHANNELS; ch++) {
		unsigned bit = 1u << ch;
		if (from->yes & bit)
			consent_add(c, bit, 0, from->last_yes[ch]);
		if (from->no & bit)
			consent_add(c, 0, bit, from->last_no[ch]);
	}
}

void consent_add_refusals(struct consent *c, const struct consent *from, unsigned channels)
{
	for (int ch = 0; ch < CONSENT_CHANNELS; ch++)
		if (from->no & channels & 1u << ch)
			consent_add(c, 0, 1u << ch, from->last_no[ch]);
}

int consent_of(const struct consent *c, enum consent_channel channel)
{
	bool yes = c->yes >> channel & 1, no = c->no >> channel & 1;

	if (yes && no)
		return c->last_yes[channel] > c->last_no[channel];
	return yes ? 1 : no ? 0 : -1;
}

unsigned consent_channels_named(struct slice channel)
{
	static const struct {
		const char *name;
		enum consent_channel channel;
	} names[] = {
		{"email", CONSENT_EMAIL}, {"e-mail", CONSENT_EMAIL}, {"mail", CONSENT_EMAIL},
		{"newsletter", CONSENT_EMAIL},
		{"sms", CONSENT_SMS}, {"text", CONSENT_SMS}, {"mobile", CONSENT_SMS},
		{"phone", CONSENT_PHONE}, {"call", CONSENT_PHONE}, {"voice", CONSENT_PHONE},
		{"post", CONSENT_POST}, {"letter", CONSENT_POST}, {"print", CONSENT_POST},
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (slice_equal_nocase(channel, slice_of(names[i].name)))
			return 1u << names[i].channel;
	return 0;
}
