#include "export/judge.h"

#include "base/chance.h"
#include "base/number.h"
#include "export/special.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

enum so1_status judge_bind(struct judge *j, struct so1_error *e)
{
	touchpoint_find(j->header, j->touchpoint);
	suppress_columns(j->header, j->identifiers);
	j->attrs = j->allow_special ? COLUMN_NONE : layout_find(j->layout, "attrs");
	j->top_channel = header_find(j->header, SLICE("top_channel"));
	j->sends = header_find(j->header, SLICE("sends_by_channel"));
	j->responses = header_find(j->header, SLICE("responses_by_channel"));
	if (j->catalogue == NULL)
		return SO1_OK;
	j->live = xcalloc(j->catalogue->count, sizeof *j->live);
	if (scoring_bind(&j->scoring, j->catalogue, j->header, j->score, e) != SO1_OK)
		return e->status;
	if (segments_bind(&j->segments, j->catalogue, j->header, j->rules, j->rule_count, e) !=
	    SO1_OK)
		return e->status;
	return j->occasions ? occasions_bind(j->occasions, j->catalogue, j->header, j->rules,
					     j->rule_count, e) : SO1_OK;
}

size_t judge_set_day(struct judge *j, int64_t day)
{
	size_t n = 0;

	for (size_t i = 0; j->catalogue && i < j->catalogue->count; i++) {
		const struct offer *o = &j->catalogue->items[i];
		j->live[i] = o->starts <= day && day <= o->ends;
		n += j->live[i];
	}
	if (j->occasions)
		occasions_set_day(j->occasions, day);
	return n;
}

static bool is_better(const struct candidate *a, const struct candidate *b)
{
	if (a->weight != b->weight)
		return a->weight > b->weight;
	/* What scores nothing cannot be multiplied up. */
	if ((a->occasion != 0) != (b->occasion != 0))
		return a->occasion != 0;
	/* The catalogue is sorted by offer_id. */
	return a->offer < b->offer;
}

static int compare_candidates(const void *a, const void *b)
{
	return is_better(a, b) ? -1 : 1;
}

/* Below the top-th offer that nothing limits no candidate can ever be given. */
static size_t cut_candidates(const struct candidate *c, size_t n, size_t top)
{
	size_t unlimited = 0;

	for (size_t i = 0; i < n; i++) {
		unlimited += !c[i].limited;
		if (unlimited == top)
			return i + 1;
	}
	return n;
}

static bool can_ever_be_given(const struct catalogue *c, const struct offer *o, double score,
			      enum outcome *why)
{
	int64_t cost = offer_cost(o, score);

	if (o->has_stock && o->stock == 0)
		*why = OUTCOME_OUT_OF_STOCK;
	else if ((o->has_budget && cost > o->budget) || (o->in_total && cost > c->total))
		*why = OUTCOME_OUT_OF_BUDGET;
	else
		return true;
	return false;
}

static enum so1_status not_a_probability(double score, struct so1_error *e)
{
	struct buffer text = {0};

	error_set(e, SO1_FAILED, "a score above 1 is no probability (--cost expected)");
	number_put_rounded(&text, score, 10);
	error_value(e, buffer_slice(&text));
	buffer_free(&text);
	return error_at(e, NULL, 0, "score");
}

/* Everything about one offer; OUTCOME_OUT makes it a candidate. */
static enum so1_status judge_offer(const struct judge *j, struct judge_scratch *scratch,
				   const struct slice *fields, const struct permission *p,
				   const struct channel_taste *taste, size_t i,
				   struct candidate *out,
				   enum outcome *why, struct so1_error *e)
{
	const struct offer *o = &j->catalogue->items[i];
	bool holds;

	*why = OUTCOME_NOT_LIVE;
	if (!j->live[i])
		return SO1_OK;
	*why = OUTCOME_NO_CHANNEL;
	if ((o->channels.set & j->channels) == 0)
		return SO1_OK;
	*why = OUTCOME_NOT_IN_SEGMENT;
	if (segments_hold(&j->segments, &scratch->segments, i, fields, &holds, &scratch->arena,
			  e) != SO1_OK)
		return e->status;
	if (!holds)
		return SO1_OK;
	*why = OUTCOME_BELOW_MIN_SCORE;
	double score = scratch->scores[j->scoring.of_offer[i]];
	double weight = score * o->value * o->priority;
	if ((o->has_min_score && score < o->min_score) || weight < 0 || !isfinite(weight))
		return SO1_OK;
	if (o->expected_cost && o->cost > 0 && score > 1)
		return not_a_probability(score, e);
	*why = OUTCOME_HAD_ENOUGH;
	if (j->past && !past_may_have(j->past, &scratch->past, i))
		return SO1_OK;
	*why = OUTCOME_NO_CONSENT;
	channel_set consented = p->consented & j->channels;
	if ((o->channels.set & consented) == 0)
		return SO1_OK;
	*why = OUTCOME_NO_IDENTIFIER;
	if ((o->channels.set & consented & p->reachable) == 0)
		return SO1_OK;
	*why = OUTCOME_CAPPED;
	enum channel channel = channel_choose(&o->channels, consented & p->reachable &
					      ~scratch->customer.capped, taste);
	if (channel == CHANNEL_NONE)
		return SO1_OK;
	if (!can_ever_be_given(j->catalogue, o, score, why))
		return SO1_OK;
	double boost = 1;
	uint16_t occasion = 0;
	if (j->occasions && occasions_lift(j->occasions, &scratch->occasions, i, fields, &boost,
					   &occasion, &scratch->arena, e) != SO1_OK)
		return e->status;
	*why = OUTCOME_OUT;
	*out = (struct candidate){
		.score = score, .weight = fmin(weight * boost, DBL_MAX), .offer = (uint16_t)i,
		.channel = (uint8_t)channel, .limited = offer_is_limited(o), .occasion = occasion,
	};
	return SO1_OK;
}

/* Each channel is a message. When a cap on all of them leaves fewer than the offers have
 * channels, those of the best offers stay: whatever is granted later, it holds. */
static size_t keep_channels(struct candidate *c, size_t n, uint32_t left)
{
	channel_set used = 0;
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		channel_set bit = CHANNEL_BIT(c[i].channel);
		if (!(used & bit) && left == 0)
			continue;
		left -= !(used & bit);
		used |= bit;
		c[kept++] = c[i];
	}
	return kept;
}

static enum so1_status judge_offers(const struct judge *j, struct judge_scratch *scratch,
				    const struct slice *fields,
				    const struct channel_taste *taste, struct parcel *out,
				    struct so1_error *e)
{
	enum outcome furthest = OUTCOME_NOT_LIVE;
	size_t n = 0;

	if (scoring_read(&j->scoring, j->header, fields, scratch->scores, &scratch->arena, e) !=
	    SO1_OK)
		return e->status;
	segments_row(&j->segments, &scratch->segments, fields, &scratch->arena);
	if (j->occasions)
		occasions_row(j->occasions, &scratch->occasions, fields, &scratch->arena);
	for (size_t i = 0; i < j->catalogue->count; i++) {
		enum outcome why;
		if (judge_offer(j, scratch, fields, &out->permission, taste, i,
				&scratch->candidates[n], &why, e) != SO1_OK)
			return e->status;
		if (why == OUTCOME_OUT)
			n++;
		else if (why > furthest)
			furthest = why;
	}
	out->outcome = n ? OUTCOME_OUT : furthest;
	if (n > 1)
		qsort(scratch->candidates, n, sizeof *scratch->candidates, compare_candidates);
	out->candidates = scratch->candidates;
	n = keep_channels(scratch->candidates, n, scratch->customer.left);
	out->candidate_count = cut_candidates(scratch->candidates, n, j->top);
	return SO1_OK;
}

/* Without offers: consent for one of the channels asked for, if any was. */
static void judge_customer(const struct judge *j, const struct judge_scratch *scratch,
			   const struct channel_taste *taste, struct parcel *out)
{
	channel_set consented = out->permission.consented & j->audience.set;
	const struct past_customer *past = &scratch->customer;

	out->channel = (uint8_t)channel_choose(&j->audience, consented & out->permission.reachable &
					       ~past->capped, taste);

	if (j->audience.count && consented == 0)
		out->outcome = OUTCOME_NO_CONSENT;
	else if (j->audience.count && (consented & out->permission.reachable) == 0)
		out->outcome = OUTCOME_NO_IDENTIFIER;
	else if (j->audience.count ? out->channel == CHANNEL_NONE : past->capped_unknown)
		out->outcome = OUTCOME_CAPPED;
	else
		out->outcome = OUTCOME_OUT;
}

static bool destination_can_name(const struct judge *j, const struct slice *fields)
{
	const enum touchpoint_column *n = j->needs;

	if (j->can_match)
		return j->can_match(fields, j->touchpoint);
	if (*n == TOUCHPOINT_COLUMNS)
		return true;
	for (; *n != TOUCHPOINT_COLUMNS; n++)
		if (field_at(fields, j->touchpoint[*n]).len)
			return true;
	return false;
}

/* attrs goes out as a whole: its keys are columns too. */
static enum so1_status check_keys(const struct judge *j, struct judge_scratch *scratch,
				  struct so1_error *e)
{
	const char *category;
	struct slice key;

	if (j->attrs == COLUMN_NONE ||
	    !special_find_key(scratch->fields[j->attrs + 1], &scratch->arena, &key, &category))
		return SO1_OK;
	error_set(e, SO1_FAILED, "special category of personal data (%s): needs --allow-special",
		  category);
	error_value(e, key);
	return error_at(e, NULL, 0, "attrs");
}

enum so1_status judge_row(const struct judge *j, struct judge_scratch *scratch,
			  const struct slice *fields, struct parcel *out, struct so1_error *e)
{
	struct channel_taste taste;
	const char *column;
	struct slice value;

	arena_reset(&scratch->arena);
	layout_pick(j->layout, fields, scratch->fields, &scratch->arena);
	if (check_keys(j, scratch, e) != SO1_OK)
		return e->status;
	*out = (struct parcel){.send_at = PARCEL_NO_TIME, .fields = scratch->fields,
			       .field_count = j->layout->person_count + 1};
	if (!permission_read(j->touchpoint, fields, j->consent, &out->permission, &column,
			     &value)) {
		error_set(e, SO1_FAILED, "neither 0 nor 1");
		error_value(e, value);
		return error_at(e, NULL, 0, column);
	}
	/* A suppressed customer takes no stock from others and is no control either: nothing
	 * that follows can bring one back. */
	if (suppress_has(j->suppress, j->identifiers, fields, scratch->digest)) {
		out->outcome = OUTCOME_SUPPRESSED;
		out->field_count = 1;
		return SO1_OK;
	}
	if (channel_taste_read(&taste, field_at(fields, j->sends), field_at(fields, j->responses),
			       field_at(fields, j->top_channel), &scratch->arena, e) != SO1_OK)
		return e->status;
	if (j->send && send_read(j->send, &scratch->zones, fields, &out->send, e) != SO1_OK)
		return e->status;
	if (j->past)
		past_read(j->past, &scratch->past, fields, out->fields[0], &scratch->arena,
			  &scratch->customer);
	if (scratch->customer.in_campaign) {
		out->outcome = OUTCOME_IN_CAMPAIGN;
		out->field_count = 1;
		return SO1_OK;
	}
	if (j->catalogue == NULL)
		judge_customer(j, scratch, &taste, out);
	else if (judge_offers(j, scratch, fields, &taste, out, e) != SO1_OK)
		return e->status;
	if (out->outcome == OUTCOME_OUT && (out->permission.optout & j->refused))
		out->outcome = OUTCOME_NO_CONSENT;
	if (out->outcome == OUTCOME_OUT && !destination_can_name(j, fields))
		out->outcome = OUTCOME_NO_IDENTIFIER;
	if (out->outcome == OUTCOME_OUT && j->holdout > 0 &&
	    chance_uniform(slice_of(j->campaign), out->fields[0]) < j->holdout)
		out->outcome = OUTCOME_HELD_OUT;
	if (out->outcome != OUTCOME_OUT && out->outcome != OUTCOME_HELD_OUT) {
		out->candidate_count = 0;
		out->field_count = 1;
	}
	return SO1_OK;
}

void judge_scratch_init(const struct judge *j, struct judge_scratch *scratch)
{
	size_t offers = j->catalogue ? j->catalogue->count : 0;

	*scratch = (struct judge_scratch){
		.scores = xcalloc(j->scoring.slot_count, sizeof *scratch->scores),
		.fields = xcalloc(j->layout->person_count + 1, sizeof *scratch->fields),
		.candidates = xcalloc(offers, sizeof *scratch->candidates),
		.digest = sha256_new(),
		.customer.left = UINT32_MAX,
	};
	segments_scratch_init(&j->segments, &scratch->segments);
	if (j->occasions)
		occasions_scratch_init(j->occasions, &scratch->occasions);
}

void judge_scratch_free(struct judge_scratch *scratch)
{
	arena_free(&scratch->arena);
	segments_scratch_free(&scratch->segments);
	free(scratch->scores);
	free(scratch->fields);
	free(scratch->candidates);
	sha256_free(scratch->digest);
	send_zones_free(&scratch->zones);
	occasions_scratch_free(&scratch->occasions);
	past_scratch_free(&scratch->past);
	*scratch = (struct judge_scratch){0};
}

void judge_free(struct judge *j)
{
	scoring_free(&j->scoring);
	segments_free(&j->segments);
	free(j->live);
}
