#include "export/room.h"

#include "base/datetime.h"
#include "base/table.h"
#include "base/threads.h"
#include "export/special.h"
#include "stream/writer.h"

#include <stdlib.h>

enum { TOP_DEFAULT = 3, TOP_MOST = 1000 };

static enum so1_status usage(struct so1_error *e, const char *option, const char *reason)
{
	error_set(e, SO1_USAGE, "%s", reason);
	return error_at(e, NULL, 0, option);
}

static bool has_send_options(const struct export_options *o)
{
	return o->send.quiet_hours || o->send.hour || o->send.timezone || o->send.from;
}

/* What only makes sense together. */
static enum so1_status check_options(const struct export *x, struct so1_error *e)
{
	const struct export_options *o = &x->o;
	bool folder = o->output && folder_is_named(o->output);

	if (o->offers == NULL) {
		if (x->destination->needs_offers)
			return usage(e, "--for", "needs --offers: a coupon is an offer");
		if (o->top)
			return usage(e, "--top", "needs --offers");
		if (o->long_form)
			return usage(e, "--long", "needs --offers");
		if (o->rules)
			return usage(e, "--rules", "needs --offers");
		if (o->occasions)
			return usage(e, "--occasions", "needs --offers");
		if (o->score)
			return usage(e, "--score", "needs --offers");
		if (o->has_budget)
			return usage(e, "--budget", "needs --offers");
		if (o->cost != COST_GIVEN)
			return usage(e, "--cost", "needs --offers");
	}
	if (o->top > TOP_MOST)
		return usage(e, "--top", "more than 1000 offers a customer");
	if (o->holdout < 0 || o->holdout >= 1)
		return usage(e, "--holdout", "not a share from 0% to below 100%");
	if (o->holdout > 0 && !folder && o->holdout_file == NULL)
		return usage(e, "--holdout", "needs -o FOLDER/ or --holdout-file: who is held out "
			     "must be known later");
	if (o->holdout_file && o->holdout == 0)
		return usage(e, "--holdout-file", "needs --holdout");
	if (o->caps.count && o->history == NULL)
		return usage(e, "--cap", "needs --history");
	if (o->codes && o->history == NULL)
		return usage(e, "--codes", "needs --history: without it the next run would hand out "
			     "the same codes");
	if (o->codes && o->offers == NULL)
		return usage(e, "--codes", "needs --offers");
	if (o->campaign && *o->campaign == '\0')
		return usage(e, "--campaign", "empty");
	if (o->send_times == SEND_TIMES_NEVER && has_send_options(o))
		return usage(e, "--send-times", "never, and yet an option says when to send");
	if (o->tsv && !x->destination->is_stream)
		return usage(e, "--tsv", "only --for csv has tabs");
	if (o->decimal_comma && strcmp(x->destination->name, "excel") != 0)
		return usage(e, "--decimal-comma", "needs --for excel");
	if (o->seed && (x->destination->drops_offers ||
			(x->destination->channels & CHANNEL_BIT(CHANNEL_EMAIL)) == 0))
		return usage(e, "--seed", "the destination sends no e-mail");
	return SO1_OK;
}

static enum so1_status set_channels(struct export *x, struct so1_error *e)
{
	struct channel_list list;

	if (channel_list_parse(slice_of(x->o.channel), &list, e) != SO1_OK)
		return error_at(e, NULL, 0, "--channel");
	x->channels = x->destination->channels & (list.count ? list.set : CHANNELS_ALL);
	if (x->channels == 0) {
		error_set(e, SO1_USAGE, "%s carries none of them", x->destination->name);
		error_value(e, slice_of(x->o.channel));
		return error_at(e, NULL, 0, "--channel");
	}
	if (x->has_offers)
		return SO1_OK;
	x->audience = list;
	bool tells = x->o.output && folder_is_named(x->o.output) && x->destination->states;
	if (list.count || tells)
		return SO1_OK;
	for (int c = 0; c < CHANNELS; c++)
		if (x->destination->implied & CHANNEL_BIT(c)) {
			x->audience.items[x->audience.count++] = (uint8_t)c;
			x->audience.set |= CHANNEL_BIT(c);
		}
	return SO1_OK;
}

static enum so1_status read_side_files(struct export *x, struct so1_error *e)
{
	for (size_t i = 0; i < x->o.suppress.count; i++)
		if (suppress_read(&x->suppress, x->o.suppress.items[i], e) != SO1_OK)
			return e->status;
	suppress_finish(&x->suppress);
	if (!x->has_offers)
		return SO1_OK;
	if (catalogue_read(&x->catalogue, x->o.offers, e) != SO1_OK)
		return e->status;
	catalogue_set_money(&x->catalogue, x->o.has_budget ? &x->o.budget : NULL,
			    x->o.cost == COST_EXPECTED);
	for (size_t i = 0; i < x->catalogue.count; i++)
		x->has_limits |= offer_is_limited(&x->catalogue.items[i]);
	x->given = xcalloc(x->catalogue.count, sizeof *x->given);
	x->spent = xcalloc(x->catalogue.count, sizeof *x->spent);
	x->grants = xcalloc(x->top, sizeof *x->grants);
	if (x->o.occasions && occasions_read(&x->occasions, x->o.occasions, e) != SO1_OK)
		return e->status;
	x->lifted = xcalloc(x->occasions.count, sizeof *x->lifted);
	if (x->o.rules == NULL)
		return SO1_OK;
	x->rules = rules_new();
	return rules_add_file(x->rules, x->o.rules, e);
}

enum so1_status export_open(struct export **out, const struct export_options *options,
			    struct so1_error *e)
{
	struct export *x = xcalloc(1, sizeof *x);

	*out = x;
	x->o = *options;
	x->destination = destination_table[options->destination];
	x->has_offers = options->offers != NULL;
	x->top = options->top ? options->top : TOP_DEFAULT;
	if (check_options(x, e) != SO1_OK || set_channels(x, e) != SO1_OK ||
	    send_plan_parse(&x->send, &options->send, e) != SO1_OK)
		return e->status;
	if (options->as_of) {
		int64_t day;
		if (!date_parse(slice_of(options->as_of), &day)) {
			usage(e, "--as-of", "not a date (YYYY-MM-DD)");
			return error_value(e, slice_of(options->as_of));
		}
		export_set_day(x, day);
	}
	if (read_side_files(x, e) != SO1_OK)
		return e->status;
	return options->history ? export_open_history(x, e) : SO1_OK;
}

static enum so1_status bind_judge(struct export *x, struct so1_error *e)
{
	struct expr_scope scope = {.dialect = EXPR_RULE, .columns = x->header.names,
				   .column_count = x->header.count};

	if (x->rules && rules_bind(x->rules, &scope, e) != SO1_OK)
		return e->status;
	x->judge = (struct judge){
		.header = &x->header,
		.catalogue = x->has_offers ? &x->catalogue : NULL,
		.layout = &x->layout,
		.suppress = &x->suppress,
		.past = x->o.history ? &x->past : NULL,
		.needs = x->destination->needs,
		.can_match = x->destination->can_match,
		.refused = x->o.channel ? 0 : x->destination->refused,
		.allow_special = x->o.allow_special,
		.channels = x->channels,
		.audience = x->audience,
		.consent = (enum consent_policy)x->o.consent,
		.top = x->top,
		.campaign = x->o.campaign,
		.holdout = x->o.holdout,
		.score = x->o.score,
		.rules = x->rules ? rules_named(x->rules) : NULL,
		.rule_count = x->rules ? rules_count(x->rules) : 0,
		.occasions = x->o.occasions ? &x->occasions : NULL,
		.send = x->has_send ? &x->send : NULL,
	};
	return judge_bind(&x->judge, e);
}

static enum so1_status bind_layout(struct export *x, struct so1_error *e)
{
	const struct destination *d = x->destination;
	bool has_offers = x->has_offers && !d->drops_offers;

	x->layout = (struct layout){
		.form = !has_offers ? FORM_AUDIENCE : x->o.long_form || d->coupon ? FORM_LONG
										   : FORM_WIDE,
		.top = x->top,
		.offers = has_offers ? &x->catalogue : NULL,
		.campaign = x->o.campaign,
		.own = d->coupon,
		.has_seed = x->o.seed != NULL,
		.has_send = x->has_send,
		.occasions = x->o.occasions ? &x->occasions : NULL,
		.has_codes = x->o.codes != NULL,
	};
	if (layout_build(&x->layout, &x->header, x->o.columns, d->first,
			 has_offers ? d->offers : d->audience, e) != SO1_OK ||
	    destination_check(d, &x->layout, e) != SO1_OK ||
	    (!x->o.allow_special && special_check(&x->layout, e) != SO1_OK))
		return e->status;
	disclosure_begin(&x->disclosure, &x->layout, x->o.min_cell);
	if (x->layout.count > 0 && (d->needs[0] == TOUCHPOINT_COLUMNS || x->layout.person_count))
		return SO1_OK;
	error_set(e, SO1_FAILED, "the stream has no column %s can know a customer by", d->name);
	return e->status;
}

static enum so1_status open_holdout(struct export *x, struct so1_error *e)
{
	char *path = x->o.holdout_file ? NULL : folder_path(x->folder, "holdout.csv");
	struct writer_options options = {.path = path ? path : x->o.holdout_file};
	struct header h = {0};
	enum so1_status status = writer_open(&x->holdout, &options, e);

	free(path);
	header_add(&h, SLICE("customer_id"));
	header_add(&h, SLICE("campaign"));
	header_add(&h, SLICE("as_of"));
	if (x->has_offers)
		header_add(&h, SLICE("offers"));
	if (status == SO1_OK)
		status = writer_put_header(x->holdout, &h, e);
	header_free(&h);
	return status;
}

/* Without a word about it, where the list is for people or programs and the stream knows
 * the hours. */
static void bind_send(struct export *x)
{
	bool can = x->send.has_from || x->has_day || x->as_of != COLUMN_NONE;

	send_bind(&x->send, &x->header);
	if (x->o.send_times == SEND_TIMES_AUTO && !has_send_options(&x->o))
		x->has_send = can && x->has_offers && x->destination->has_send_times &&
			      x->send.best_hour != COLUMN_NONE;
	else
		x->has_send = x->o.send_times != SEND_TIMES_NEVER && !x->destination->drops_offers;
}

static enum so1_status need_day(struct export *x, struct so1_error *e)
{
	bool to_send = x->has_send && !x->send.has_from;

	x->needs_day = x->catalogue.has_dates || x->o.occasions || x->o.history || to_send;
	if (!x->needs_day || x->has_day || x->as_of != COLUMN_NONE)
		return SO1_OK;
	if (x->catalogue.has_dates)
		return usage(e, "--as-of", "needed: offers have dates and the stream has no "
			     "column 'as_of'");
	if (x->o.occasions)
		return usage(e, "--as-of", "needed: occasions have dates and the stream has no "
			     "column 'as_of'");
	if (x->o.history)
		return usage(e, "--as-of", "needed for --history: the stream has no column 'as_of'");
	return usage(e, "--as-of", "needed, or --send-from: the stream has no column 'as_of' to "
		     "send from");
}

enum so1_status export_open_outlet(struct export *x, struct so1_error *e)
{
	const struct outlet_options options = {
		.destination = x->destination, .layout = &x->layout,
		.consent = (enum consent_policy)x->o.consent, .folder = x->folder,
		.path = x->folder ? NULL : x->o.output,
		.delimiter = x->o.tsv ? '\t' : x->o.decimal_comma ? ';' : ',',
		.seal = x->o.seal, .max_bytes = x->o.split,
		.seeds = x->o.seed ? &x->seeds : NULL, .hold = x->o.min_cell > 0,
		.tmpdir = x->o.tmpdir,
	};

	return outlet_open(&x->outlet, &options, e);
}

enum so1_status export_bind(struct export *x, const struct reader *r, struct so1_error *e)
{
	size_t customer_id;

	header_copy(&x->header, reader_header(r));
	if (reader_need(r, "customer_id", &customer_id, e) != SO1_OK)
		return e->status;
	x->as_of = header_find(&x->header, SLICE("as_of"));
	bind_send(x);
	if (need_day(x, e) != SO1_OK)
		return e->status;
	export_bind_history(x);
	if (x->has_day)
		export_set_day(x, x->day);
	if (bind_layout(x, e) != SO1_OK || bind_judge(x, e) != SO1_OK)
		return e->status;
	if (x->o.seed && seeds_read(&x->seeds, x->o.seed, &x->layout, e) != SO1_OK)
		return e->status;
	if (x->has_day)
		x->live = judge_set_day(&x->judge, x->day);
	else if (!x->needs_day)
		x->live = judge_set_day(&x->judge, 0);
	if (x->o.output && folder_is_named(x->o.output) &&
	    folder_begin(&x->folder, x->o.output, e) != SO1_OK)
		return e->status;
	/* With codes no byte goes out before there are enough: export_put_granted opens it. */
	if (x->o.codes == NULL && export_open_outlet(x, e) != SO1_OK)
		return e->status;
	return x->o.holdout > 0 ? open_holdout(x, e) : SO1_OK;
}

/* The history first: should the run die in between, it knows of customers who are on no
 * list, and the same run done again replaces them. The other way round there would be a
 * list whose customers the next campaign takes for rested. */
static enum so1_status commit_list(struct export *x, struct so1_error *e)
{
	if (x->o.history && sendlog_replace(&x->history, &x->past.run, e) != SO1_OK)
		return e->status;
	enum so1_status status = outlet_finish(x->outlet, e);
	sendlog_settle(&x->history, status == SO1_OK);
	return status;
}

static enum so1_status commit_folder(struct export *x, struct so1_error *e)
{
	if (x->o.history && sendlog_replace(&x->history, &x->past.run, e) != SO1_OK)
		return e->status;
	enum so1_status status = folder_commit(x->folder, e);
	sendlog_settle(&x->history, status == SO1_OK);
	return status;
}

enum so1_status export_commit(struct export *x, const struct reader *r,
			      const struct rejects *rejects, struct so1_error *e)
{
	if (disclosure_check(&x->disclosure, x->given, e) != SO1_OK)
		return e->status;
	if (x->folder == NULL && commit_list(x, e) != SO1_OK)
		return e->status;
	if (x->folder && outlet_finish(x->outlet, e) != SO1_OK)
		return e->status;
	if (x->holdout && writer_commit(x->holdout, e) != SO1_OK)
		return e->status;
	if ((x->folder || x->o.manifest) && export_write_manifest(x, r, rejects, e) != SO1_OK)
		return e->status;
	return x->folder ? commit_folder(x, e) : SO1_OK;
}

uint64_t export_rows(const struct export *x)
{
	return outlet_rows(x->outlet);
}

void export_free(struct export *x)
{
	if (x == NULL)
		return;
	outlet_free(x->outlet);
	disclosure_free(&x->disclosure);
	seeds_free(&x->seeds);
	writer_free(x->holdout);
	folder_free(x->folder);
	allocator_free(x->allocator);
	if (x->spool)
		fclose(x->spool);
	if (x->granted)
		fclose(x->granted);
	sendlog_close(&x->history);
	sendlog_cursor_free(&x->own);
	arena_free(&x->own_text);
	codes_free(&x->codes);
	buffer_free(&x->day_text);
	buffer_free(&x->run_text);
	judge_free(&x->judge);
	layout_free(&x->layout);
	rules_free(x->rules);
	suppress_free(&x->suppress);
	catalogue_free(&x->catalogue);
	occasions_free(&x->occasions);
	header_free(&x->header);
	order_free(&x->order);
	buffer_free(&x->snapshot);
	buffer_free(&x->nobody);
	buffer_free(&x->nobody_there);
	free(x->lifted);
	free(x->given);
	free(x->spent);
	free(x->grants);
	free(x);
}
