/* Between the grants and the list: the history, and a code of one's own for each grant. */
#include "export/room.h"

#include "base/datetime.h"
#include "base/number.h"
#include "stream/spill.h"

#include <stdlib.h>

static enum so1_status see_code(void *context, const struct sendlog_row *row, struct so1_error *e)
{
	struct codes *codes = context;

	(void)e;
	if (row->fields[SENDLOG_CODE].len)
		codes_mark_used(codes, row->fields[SENDLOG_CODE]);
	return SO1_OK;
}

enum so1_status export_open_history(struct export *x, struct so1_error *e)
{
	struct sendlog_options options = {
		.path = x->o.history, .write = true, .tmpdir = x->o.tmpdir, .memory = x->o.memory,
	};

	if (x->o.codes && codes_read(&x->codes, x->o.codes, &x->catalogue, e) != SO1_OK)
		return e->status;
	return sendlog_open(&x->history, &options, x->o.codes ? see_code : NULL, &x->codes, e);
}

void export_bind_history(struct export *x)
{
	x->past = (struct past){
		.history = &x->history, .caps = &x->o.caps,
		.catalogue = x->has_offers ? &x->catalogue : NULL,
		.run = {.campaign = slice_of(x->o.campaign),
			.destination = slice_of(x->destination->name)},
		.timezone = header_find(&x->header, SLICE("timezone")),
		.country = header_find(&x->header, SLICE("country")),
	};
}

/* Days from the run's until the last on which a message may go. */
static int64_t send_span(const struct export *x)
{
	int64_t from = x->send.has_from ? x->send.from / DAY_SECONDS - x->day : 0;

	return !x->has_send ? 0 : (from > 0 ? from : 0) + SEND_DAYS;
}

void export_set_day(struct export *x, int64_t day)
{
	x->day = day;
	x->has_day = true;
	buffer_clear(&x->day_text);
	date_put(&x->day_text, day);
	x->past.day = day;
	x->past.span = send_span(x);
	x->past.run.as_of = buffer_slice(&x->day_text);
	if (x->o.history && x->past.run.destination.len) {
		x->past.number = sendlog_run_number(&x->history, &x->past.run);
		buffer_clear(&x->run_text);
		number_put_int(&x->run_text, x->past.number);
	}
}

static enum so1_status add_entry(struct export *x, const struct parcel *p,
				 const struct candidate *grant, size_t channel, struct slice code,
				 bool held_out, struct so1_error *e)
{
	bool timed = x->has_send && p->send_at != PARCEL_NO_TIME;
	struct buffer sent_at = {0};

	if (timed)
		datetime_put(&sent_at, p->send_at);
	const struct slice fields[SENDLOG_COLUMNS] = {
		[SENDLOG_CUSTOMER_ID] = p->fields[0],
		[SENDLOG_CAMPAIGN] = x->past.run.campaign,
		[SENDLOG_AS_OF] = x->past.run.as_of,
		[SENDLOG_DESTINATION] = x->past.run.destination,
		[SENDLOG_RUN] = buffer_slice(&x->run_text),
		[SENDLOG_OFFER_ID] = grant ? x->catalogue.items[grant->offer].offer_id : SLICE(""),
		[SENDLOG_CHANNEL] = channel < CHANNELS ? slice_of(channel_table[channel].name)
						       : SLICE(""),
		[SENDLOG_SENT_AT] = timed ? buffer_slice(&sent_at) : x->past.run.as_of,
		[SENDLOG_CODE] = code,
		[SENDLOG_HELD_OUT] = held_out ? SLICE("1") : SLICE("0"),
	};

	enum so1_status status = sendlog_add(&x->history, fields, e);
	buffer_free(&sent_at);
	return status;
}

/* An audience for ads is shown to them, not sent to: the history has nothing of it. */
static bool is_send(const struct export *x)
{
	return x->o.history && !x->destination->drops_offers;
}

enum so1_status export_remember_held_out(struct export *x, const struct parcel *p, size_t n,
					 struct so1_error *e)
{
	struct slice none = slice_make("", 0);

	if (!is_send(x))
		return SO1_OK;
	if (!x->has_offers)
		return add_entry(x, p, NULL, p->channel, none, true, e);
	for (size_t i = 0; i < n; i++)
		if (add_entry(x, p, &p->candidates[i], p->candidates[i].channel, none,
			      true, e) != SO1_OK)
			return e->status;
	return SO1_OK;
}

/* `codes` is NULL or has one for each grant; only those of --codes are kept. */
static enum so1_status remember(struct export *x, const struct parcel *p,
				const struct candidate *grants, size_t n,
				const struct slice *codes, struct so1_error *e)
{
	struct slice none = slice_make("", 0);

	if (!is_send(x))
		return SO1_OK;
	if (!x->has_offers)
		return add_entry(x, p, NULL, p->channel, none, false, e);
	for (size_t i = 0; i < n; i++) {
		bool own = codes && codes_has_offer(&x->codes, grants[i].offer);
		if (add_entry(x, p, &grants[i], grants[i].channel, own ? codes[i] : none,
			      false, e) != SO1_OK)
			return e->status;
	}
	return SO1_OK;
}

/* The code this very run gave the customer for the offer when it was done before; empty
 * when there is none. The cursor stands at the customer's first entry. */
static struct slice code_before(struct export *x, struct slice customer_id, struct slice offer_id)
{
	struct sendlog_cursor at = {.at = x->own.at};
	struct sendlog_row row;

	while (sendlog_next(&x->history, &at, customer_id, &row, &x->own_text))
		if (sendlog_is_of_run(&row, &x->past.run) &&
		    slice_equal(row.fields[SENDLOG_OFFER_ID], offer_id) &&
		    row.fields[SENDLOG_CODE].len)
			return row.fields[SENDLOG_CODE];
	return slice_make("", 0);
}

static void choose_codes(struct export *x, const struct parcel *p, const struct candidate *grants,
			 size_t n, struct slice *codes)
{
	arena_reset(&x->own_text);
	if (x->history.map)
		sendlog_seek(&x->history, &x->own, p->fields[0]);
	for (size_t i = 0; i < n; i++) {
		const struct offer *o = &x->catalogue.items[grants[i].offer];
		codes[i] = o->code;
		if (!codes_has_offer(&x->codes, grants[i].offer))
			continue;
		codes[i] = x->history.map ? code_before(x, p->fields[0], o->offer_id) : SLICE("");
		if (codes[i].len == 0)
			codes[i] = codes_take(&x->codes, grants[i].offer);
		x->codes_given++;
	}
}

static enum so1_status create_granted(struct export *x, struct so1_error *e)
{
	return spool_open(x->o.tmpdir, &x->granted, e);
}

/* Nothing is written before it is known that there are codes for all. */
static enum so1_status keep_granted(struct export *x, const struct parcel *p,
				    const struct candidate *grants, size_t n, struct so1_error *e)
{
	struct parcel q = *p;
	struct buffer bytes = {0};
	enum so1_status status = SO1_OK;

	if (x->granted == NULL && create_granted(x, e) != SO1_OK)
		return e->status;
	q.fields = xcalloc(p->field_count + n, sizeof *q.fields);
	memcpy(q.fields, p->fields, p->field_count * sizeof *q.fields);
	q.field_count = p->field_count + n;
	q.candidates = (struct candidate *)grants;
	q.candidate_count = n;
	choose_codes(x, p, grants, n, q.fields + p->field_count);
	parcel_put(&bytes, &q);
	if (fwrite(bytes.ptr, 1, bytes.len, x->granted) != bytes.len)
		status = spool_failed(x->o.tmpdir, SPOOL_WRITE, e);
	x->granted_count++;
	if (status == SO1_OK)
		status = remember(x, p, grants, n, q.fields + p->field_count, e);
	buffer_free(&bytes);
	free(q.fields);
	return status;
}

enum so1_status export_grant(struct export *x, const struct parcel *p,
			     const struct candidate *grants, size_t n, struct so1_error *e)
{
	if (x->o.codes)
		return keep_granted(x, p, grants, n, e);
	if (remember(x, p, grants, n, NULL, e) != SO1_OK)
		return e->status;
	return outlet_put(x->outlet, p, grants, n, e);
}

enum so1_status export_put_granted(struct export *x, struct so1_error *e)
{
	struct parcel_room room = {0};
	struct buffer bytes = {0};
	struct parcel p;
	enum so1_status status = SO1_OK;

	if (x->o.codes == NULL)
		return SO1_OK;
	if (codes_check(&x->codes, e) != SO1_OK || export_open_outlet(x, e) != SO1_OK)
		return e->status;
	if (x->granted == NULL)
		return SO1_OK;
	if (fflush(x->granted) != 0)
		return spool_failed(x->o.tmpdir, SPOOL_WRITE, e);
	rewind(x->granted);
	for (uint64_t i = 0; i < x->granted_count && status == SO1_OK; i++) {
		status = parcel_read(x->granted, &bytes, e);
		if (status != SO1_OK)
			break;
		parcel_get(bytes.ptr, &p, &room);
		status = outlet_put(x->outlet, &p, p.candidates, p.candidate_count, e);
	}
	parcel_room_free(&room);
	buffer_free(&bytes);
	return status;
}
