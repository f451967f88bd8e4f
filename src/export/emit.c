#include "export/room.h"

#include "base/datetime.h"
#include "stream/cells.h"
#include "stream/spill.h"
#include "stream/writer.h"

#include <stdlib.h>

static enum so1_status emit_held_out(struct export *x, const struct parcel *p,
				     struct so1_error *e)
{
	struct cell_builder offers = {0};
	struct buffer cell = {0}, day = {0};
	size_t n = p->candidate_count < x->top ? p->candidate_count : x->top;

	for (size_t i = 0; i < n; i++)
		cell_add(&offers, x->catalogue.items[p->candidates[i].offer].offer_id,
			 slice_make("", 0));
	cell_put_list(&offers, &cell);
	if (x->has_day)
		date_put(&day, x->day);
	writer_put_field(x->holdout, p->fields[0]);
	writer_put_field(x->holdout, slice_of(x->o.campaign));
	writer_put_field(x->holdout, buffer_slice(&day));
	if (x->has_offers)
		writer_put_field(x->holdout, buffer_slice(&cell));
	cell_free(&offers);
	buffer_free(&cell);
	buffer_free(&day);
	if (export_remember_held_out(x, p, n, e) != SO1_OK)
		return e->status;
	return writer_end_record(x->holdout, e);
}

/* One time for all a customer is given: they go out together. */
static int64_t choose_time(struct export *x, const struct parcel *p,
			   const struct candidate *grants, size_t n)
{
	int64_t from = x->send.has_from ? x->send.from : x->day * DAY_SECONDS;
	int64_t first = INT64_MIN, last = INT64_MAX, at = PARCEL_NO_TIME;

	for (size_t i = 0; i < n; i++) {
		const struct offer *o = &x->catalogue.items[grants[i].offer];
		first = o->starts > first ? o->starts : first;
		last = o->ends < last ? o->ends : last;
	}
	x->sent_fit[send_choose(&x->send, &p->send, from, first, last, &at)]++;
	x->sent_from[p->send.source]++;
	x->sent_by_default += !p->send.is_own;
	return at;
}

static enum so1_status emit_grants(struct export *x, const struct parcel *parcel,
				   const struct candidate *grants, size_t n, struct so1_error *e)
{
	struct parcel p = *parcel;

	if (x->has_send)
		p.send_at = choose_time(x, &p, grants, n);
	x->outcomes[OUTCOME_OUT]++;
	disclosure_add(&x->disclosure, &p);
	for (size_t i = 0; i < n; i++) {
		x->given[grants[i].offer]++;
		x->value += grants[i].weight;
		if (grants[i].occasion)
			x->lifted[grants[i].occasion - 1]++;
		const struct offer *o = &x->catalogue.items[grants[i].offer];
		if (o->has_budget || o->in_total)
			x->spent[grants[i].offer] += offer_cost(o, grants[i].score);
	}
	return export_grant(x, &p, grants, n, e);
}

enum so1_status export_emit(struct export *x, const struct parcel *p, struct so1_error *e)
{
	if (p->outcome == OUTCOME_OUT) {
		size_t n = p->candidate_count < x->top ? p->candidate_count : x->top;
		return emit_grants(x, p, p->candidates, n, e);
	}
	x->outcomes[p->outcome]++;
	return p->outcome == OUTCOME_HELD_OUT ? emit_held_out(x, p, e) : SO1_OK;
}

static enum so1_status open_spool(struct export *x, struct so1_error *e)
{
	struct allocator_options options = {
		.memory = x->o.memory, .tmpdir = x->o.tmpdir, .threads = x->o.threads,
	};

	if (spool_open(x->o.tmpdir, &x->spool, e) != SO1_OK)
		return e->status;
	setvbuf(x->spool, NULL, _IOFBF, 1 << 18);
	allocator_open(&x->allocator, &x->catalogue, x->top, &options);
	return SO1_OK;
}

enum so1_status export_spool(struct export *x, const struct parcel *p, struct slice bytes,
			     struct so1_error *e)
{
	if (p->outcome != OUTCOME_OUT)
		return export_emit(x, p, e);
	if (x->spool == NULL && open_spool(x, e) != SO1_OK)
		return e->status;
	if (fwrite(bytes.ptr, 1, bytes.len, x->spool) != bytes.len)
		return spool_failed(x->o.tmpdir, SPOOL_WRITE, e);
	x->spooled++;
	return allocator_add(x->allocator, p->candidates, p->candidate_count, e);
}

enum so1_status export_drain(struct export *x, struct so1_error *e)
{
	struct parcel_room room = {0};
	struct buffer bytes = {0};
	struct parcel p;

	if (x->spool == NULL)
		return export_put_granted(x, e);
	times_enter(x->o.times, "allocating");
	enum so1_status status = allocator_solve(x->allocator, e);
	times_enter(x->o.times, "writing");
	if (status == SO1_OK && fflush(x->spool) != 0)
		status = spool_failed(x->o.tmpdir, SPOOL_WRITE, e);
	if (status == SO1_OK)
		rewind(x->spool);
	for (uint64_t i = 0; status == SO1_OK && i < x->spooled; i++) {
		enum outcome why;
		status = parcel_read(x->spool, &bytes, e);
		if (status != SO1_OK)
			break;
		parcel_get(bytes.ptr, &p, &room);
		size_t n = allocator_choose(x->allocator, p.candidates, p.candidate_count,
					    x->grants, &why);
		if (n)
			status = emit_grants(x, &p, x->grants, n, e);
		else
			x->outcomes[why]++;
	}
	parcel_room_free(&room);
	buffer_free(&bytes);
	return status == SO1_OK ? export_put_granted(x, e) : status;
}
