#include "export/channel.h"

#include "base/interval.h"
#include "base/number.h"
#include "base/table.h"
#include "stream/cells.h"

#include <math.h>

#define END TOUCHPOINT_COLUMNS

const struct channel_row channel_table[CHANNELS] = {
	[CHANNEL_EMAIL] = {"email", T_OPTIN_EMAIL, {T_EMAIL, END}},
	[CHANNEL_SMS] = {"sms", T_OPTIN_SMS, {T_PHONE, END}},
	[CHANNEL_PHONE] = {"phone", T_OPTIN_PHONE, {T_PHONE, END}},
	[CHANNEL_POST] = {"post", T_OPTIN_POST, {T_STREET, T_POSTCODE, T_CITY, END}},
	[CHANNEL_POS] = {"pos", END, {T_LOYALTY_ID, END}},
	[CHANNEL_APP] = {"app", END, {T_LOYALTY_ID, END}},
	[CHANNEL_WEB] = {"web", END, {T_LOYALTY_ID, END}},
};

enum channel channel_find(struct slice name)
{
	for (int c = 0; c < CHANNELS; c++)
		if (slice_is(name, channel_table[c].name))
			return (enum channel)c;
	return CHANNEL_NONE;
}

enum channel channel_of_event(struct slice name)
{
	static const struct {
		const char *word;
		enum channel channel;
	} words[] = {
		{"e-mail", CHANNEL_EMAIL}, {"newsletter", CHANNEL_EMAIL}, {"text", CHANNEL_SMS},
		{"telephone", CHANNEL_PHONE}, {"call", CHANNEL_PHONE}, {"letter", CHANNEL_POST},
		{"store", CHANNEL_POS}, {"till", CHANNEL_POS}, {"website", CHANNEL_WEB},
		{"online", CHANNEL_WEB},
	};

	for (int c = 0; c < CHANNELS; c++)
		if (slice_equal_nocase(name, slice_of(channel_table[c].name)))
			return (enum channel)c;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (slice_equal_nocase(name, slice_of(words[i].word)))
			return words[i].channel;
	return CHANNEL_NONE;
}

static enum so1_status unknown_channel(struct slice name, struct so1_error *e)
{
	struct slice names[CHANNELS];

	for (int c = 0; c < CHANNELS; c++)
		names[c] = slice_of(channel_table[c].name);
	struct slice near = nearest_name(name, names, CHANNELS);
	if (near.len)
		error_set(e, SO1_USAGE, "no such channel (did you mean '%.*s'?)", SLICE_ARGS(near));
	else
		error_set(e, SO1_USAGE, "no such channel (email, sms, phone, post, pos, app, web)");
	return error_value(e, name);
}

enum so1_status channel_list_parse(struct slice text, struct channel_list *out,
				   struct so1_error *e)
{
	struct slice rest = text, part, item;

	*out = (struct channel_list){0};
	if (slice_is_empty(slice_trim(text)))
		return SO1_OK;
	while (slice_split(&rest, ';', &part)) {
		while (slice_split(&part, ',', &item)) {
			item = slice_trim(item);
			enum channel c = channel_find(item);
			if (c == CHANNEL_NONE)
				return unknown_channel(item, e);
			if (out->set & CHANNEL_BIT(c)) {
				error_set(e, SO1_USAGE, "channel named twice");
				return error_value(e, item);
			}
			out->items[out->count++] = (uint8_t)c;
			out->set |= CHANNEL_BIT(c);
		}
	}
	return SO1_OK;
}

bool permission_read(const size_t index[TOUCHPOINT_COLUMNS], const struct slice *fields,
		     enum consent_policy policy, struct permission *out, const char **column,
		     struct slice *value)
{
	*out = (struct permission){0};
	for (int c = 0; c < CHANNELS; c++) {
		const struct channel_row *row = &channel_table[c];
		bool reachable = true;

		for (const enum touchpoint_column *n = row->needs; *n != END; n++)
			if (field_at(fields, index[*n]).len == 0)
				reachable = false;
		if (reachable)
			out->reachable |= CHANNEL_BIT(c);
		if (row->consent == END) {
			out->consented |= CHANNEL_BIT(c);
			continue;
		}
		struct slice cell = field_at(fields, index[row->consent]);
		if (cell.len == 1 && cell.ptr[0] == '1') {
			out->optin |= CHANNEL_BIT(c);
		} else if (cell.len == 1 && cell.ptr[0] == '0') {
			out->optout |= CHANNEL_BIT(c);
		} else if (cell.len != 0) {
			*column = touchpoint_table[row->consent].name;
			*value = cell;
			return false;
		}
	}
	out->consented |= out->optin;
	if (policy == CONSENT_IMPLIED)
		out->consented |= CHANNELS_OPTIN & ~out->optout;
	return true;
}

/* Adds up a map cell by channel. */
static enum so1_status read_counts(double count[CHANNELS], struct slice cell, const char *column,
				   struct arena *a, struct so1_error *e)
{
	struct slice name, text;
	double n;

	while (cell_next(&cell, &name, &text, a)) {
		enum channel c = channel_of_event(name);
		if (!number_parse_double(text, &n) || !(n >= 0)) {
			error_set(e, SO1_FAILED, "not a number of messages");
			error_value(e, text);
			return error_at(e, NULL, 0, column);
		}
		if (c != CHANNEL_NONE)
			count[c] += n;
	}
	return SO1_OK;
}

enum so1_status channel_taste_read(struct channel_taste *t, struct slice sends,
				   struct slice responses, struct slice top_channel,
				   struct arena *a, struct so1_error *e)
{
	double sent[CHANNELS] = {0}, answered[CHANNELS] = {0};

	*t = (struct channel_taste){.top = channel_of_event(top_channel)};
	if (responses.len == 0)
		return SO1_OK;
	if (read_counts(sent, sends, "sends_by_channel", a, e) ||
	    read_counts(answered, responses, "responses_by_channel", a, e))
		return e->status;
	for (int c = 0; c < CHANNELS; c++)
		if (answered[c] > 0)
			t->answers[c] = interval_wilson(answered[c], fmax(sent[c], answered[c])).low;
	return SO1_OK;
}

enum channel channel_choose(const struct channel_list *list, channel_set allowed,
			    const struct channel_taste *taste)
{
	enum channel best = CHANNEL_NONE;

	for (int i = 0; i < list->count; i++) {
		enum channel c = (enum channel)list->items[i];
		if ((allowed & CHANNEL_BIT(c)) == 0)
			continue;
		if (best == CHANNEL_NONE || taste->answers[c] > taste->answers[best] ||
		    (taste->answers[c] == taste->answers[best] && c == taste->top))
			best = c;
	}
	return best;
}
