#include "export/past.h"

#include "base/datetime.h"
#include "base/timezone.h"
#include "stream/touchpoint.h"

#include <stdlib.h>

/* All offers of one campaign that went out at one time through one channel. */
struct past_message {
	int64_t day;
	enum channel channel;
	struct slice campaign, sent_at;
};

static const struct timezone_rules *zone_of(const struct past *p, const struct slice *fields)
{
	const struct timezone_rules *zone = NULL;
	struct slice name = field_at(fields, p->timezone);
	struct so1_error ignored = {0};
	char text[64];

	if (name.len && name.len < sizeof text) {
		memcpy(text, name.ptr, name.len);
		text[name.len] = '\0';
		if (timezone_load(text, &zone, &ignored) == SO1_OK)
			return zone;
	}
	const char *usual = timezone_of_country(field_at(fields, p->country));
	if (usual && timezone_load(usual, &zone, &ignored) == SO1_OK)
		return zone;
	return NULL;
}

static int64_t floor_day(int64_t t)
{
	return t >= 0 ? t / DAY_SECONDS : -((DAY_SECONDS - 1 - t) / DAY_SECONDS);
}

static size_t offer_of(const struct catalogue *c, struct slice offer_id)
{
	size_t low = 0, high = c ? c->count : 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = slice_compare(c->items[middle].offer_id, offer_id);
		if (order == 0)
			return middle;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return SIZE_MAX;
}

/* Adds the entry's message unless one of its other offers did. */
static void add_message(struct past_scratch *s, const struct sendlog_row *row, int64_t day)
{
	struct past_message m = {
		.day = day, .channel = channel_find(row->fields[SENDLOG_CHANNEL]),
		.campaign = row->fields[SENDLOG_CAMPAIGN], .sent_at = row->fields[SENDLOG_SENT_AT],
	};

	for (size_t i = s->count; i-- > 0;) {
		const struct past_message *o = &s->messages[i];
		if (o->day == m.day && o->channel == m.channel &&
		    slice_equal(o->sent_at, m.sent_at) && slice_equal(o->campaign, m.campaign))
			return;
	}
	GROW(s->messages, s->cap, s->count + 1);
	s->messages[s->count++] = m;
}

static void read_row(const struct past *p, struct past_scratch *s, const struct slice *fields,
		     const struct timezone_rules **zone, bool *has_zone,
		     const struct sendlog_row *row, struct past_customer *out)
{
	const struct slice *f = row->fields;
	bool instant;
	int64_t t;

	/* Without a time it was not sent: a code that was used up, no more. */
	if (sendlog_is_of_run(row, &p->run) || f[SENDLOG_SENT_AT].len == 0)
		return;
	if (out->again && sendlog_row_run(row) > p->number)
		return;
	out->in_campaign |= p->run.campaign.len && slice_equal(f[SENDLOG_CAMPAIGN], p->run.campaign);
	if (slice_is(f[SENDLOG_HELD_OUT], "1"))
		return;
	size_t offer = offer_of(p->catalogue, f[SENDLOG_OFFER_ID]);
	if (offer != SIZE_MAX)
		s->had[offer]++;
	if (p->caps->count == 0 || !sendlog_parse_sent(f[SENDLOG_SENT_AT], &instant, &t))
		return;
	if (instant) {
		if (!*has_zone)
			*zone = zone_of(p, fields);
		*has_zone = true;
		t = floor_day(t + (*zone ? timezone_offset(*zone, t) : 0));
	}
	if (t > p->day - (int64_t)p->caps->days &&
	    t < p->day + p->span + (int64_t)p->caps->days)
		add_message(s, row, t);
}

/* What the cap leaves of messages through `channel` (CHANNEL_NONE: any). A message whose
 * channel is not known counts for every channel. */
static uint32_t left_for(const struct past *p, struct past_scratch *s, const struct cap *c,
			 enum channel channel)
{
	size_t n = 0;

	GROW(s->days, s->day_cap, s->count + 1);
	for (size_t i = 0; i < s->count; i++) {
		const struct past_message *m = &s->messages[i];
		if (channel == CHANNEL_NONE || m->channel == channel || m->channel == CHANNEL_NONE)
			s->days[n++] = m->day;
	}
	return cap_left(c, s->days, n, p->day, p->day + p->span);
}

static void apply_caps(const struct past *p, struct past_scratch *s, struct past_customer *out)
{
	for (size_t i = 0; i < p->caps->count; i++) {
		const struct cap *c = &p->caps->items[i];
		for (int channel = 0; channel < CHANNELS; channel++)
			if ((c->kind == CAP_EACH || (c->kind == CAP_ONE && c->channel == (enum channel)channel)) &&
			    left_for(p, s, c, (enum channel)channel) == 0)
				out->capped |= CHANNEL_BIT(channel);
		if (c->kind == CAP_ONE)
			continue;
		uint32_t left = left_for(p, s, c, CHANNEL_NONE);
		out->capped_unknown |= left == 0;
		if (c->kind == CAP_ALL && left < out->left)
			out->left = left;
	}
	if (out->left == 0)
		out->capped = CHANNELS_ALL;
}

/* Whether the customer got something, or was held out, when the run was done before. */
static bool is_again(const struct past *p, const struct sendlog_cursor *from,
		     struct slice customer_id, struct arena *a)
{
	struct sendlog_cursor c = {.at = from->at};
	struct sendlog_row row;

	while (sendlog_next(p->history, &c, customer_id, &row, a))
		if (sendlog_is_of_run(&row, &p->run) && row.fields[SENDLOG_SENT_AT].len)
			return true;
	return false;
}

void past_read(const struct past *p, struct past_scratch *s, const struct slice *fields,
	       struct slice customer_id, struct arena *a, struct past_customer *out)
{
	const struct timezone_rules *zone = NULL;
	struct sendlog_row row;
	bool has_zone = false;

	*out = (struct past_customer){.left = UINT32_MAX};
	s->count = 0;
	if (p->catalogue && s->had == NULL)
		s->had = xcalloc(p->catalogue->count + 1, sizeof *s->had);
	else if (p->catalogue)
		memset(s->had, 0, p->catalogue->count * sizeof *s->had);
	if (p->history->map == NULL)
		return;
	sendlog_seek(p->history, &s->cursor, customer_id);
	out->again = is_again(p, &s->cursor, customer_id, a);
	while (sendlog_next(p->history, &s->cursor, customer_id, &row, a))
		read_row(p, s, fields, &zone, &has_zone, &row, out);
	if (s->count)
		apply_caps(p, s, out);
}

bool past_may_have(const struct past *p, const struct past_scratch *s, size_t offer)
{
	uint64_t most = p->catalogue->items[offer].max_per_customer;

	return most == 0 || s->had == NULL || s->had[offer] < most;
}

void past_scratch_free(struct past_scratch *s)
{
	sendlog_cursor_free(&s->cursor);
	free(s->messages);
	free(s->days);
	free(s->had);
	*s = (struct past_scratch){0};
}
