#include "export/room.h"

#include "base/datetime.h"
#include "base/table.h"
#include "base/threads.h"
#include "stream/writer.h"

#include <stdlib.h>

enum { TOP_DEFAULT = 3, TOP_MOST = 1000 };

static enum so1_status usage(struct so1_error *e, const char *option, const char *reason)
{
	error_set(e, SO1_USAGE, "%s", reason);
	return error_at(e, NULL, 0, option);
}

/* What only makes sense together. */
static enum so1_status check_options(const struct export *x, struct so1_error *e)
{
	const struct export_options *o = &x->o;
	bool folder = o->output && folder_is_named(o->output);

	if (o->offers == NULL) {
		if (o->top)
			return usage(e, "--top", "needs --offers");
		if (o->long_form)
			return usage(e, "--long", "needs --offers");
		if (o->rules)
			return usage(e, "--rules", "needs --offers");
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
	if (o->campaign && *o->campaign == '\0')
		return usage(e, "--campaign", "empty");
	if (o->tsv && !x->destination->is_stream)
		return usage(e, "--tsv", "only --for csv has tabs");
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
	bool one_list = x->o.output == NULL || !folder_is_named(x->o.output);
	if (list.count || !one_list)
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
	if (check_options(x, e) != SO1_OK || set_channels(x, e) != SO1_OK)
		return e->status;
	if (options->as_of) {
		x->has_day = date_parse(slice_of(options->as_of), &x->day);
		if (!x->has_day) {
			usage(e, "--as-of", "not a date (YYYY-MM-DD)");
			return error_value(e, slice_of(options->as_of));
		}
	}
	return read_side_files(x, e);
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
		.needs = x->destination->needs,
		.channels = x->channels,
		.audience = x->audience,
		.consent = (enum consent_policy)x->o.consent,
		.top = x->top,
		.campaign = x->o.campaign,
		.holdout = x->o.holdout,
		.score = x->o.score,
		.rules = x->rules ? rules_named(x->rules) : NULL,
		.rule_count = x->rules ? rules_count(x->rules) : 0,
	};
	return judge_bind(&x->judge, e);
}

static enum so1_status bind_layout(struct export *x, struct so1_error *e)
{
	const struct destination *d = x->destination;

	x->layout = (struct layout){
		.form = !x->has_offers ? FORM_AUDIENCE : x->o.long_form ? FORM_LONG : FORM_WIDE,
		.top = x->top,
		.offers = x->has_offers ? &x->catalogue : NULL,
		.campaign = x->o.campaign,
	};
	if (layout_build(&x->layout, &x->header, x->o.columns, d->first,
			 x->has_offers ? d->offers : d->audience, e) != SO1_OK)
		return e->status;
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

enum so1_status export_bind(struct export *x, const struct reader *r, struct so1_error *e)
{
	size_t customer_id;

	header_copy(&x->header, reader_header(r));
	if (reader_need(r, "customer_id", &customer_id, e) != SO1_OK)
		return e->status;
	x->as_of = header_find(&x->header, SLICE("as_of"));
	if (x->catalogue.has_dates && !x->has_day && x->as_of == COLUMN_NONE) {
		return usage(e, "--as-of", "needed: offers have dates and the stream has no "
			     "column 'as_of'");
	}
	if (bind_layout(x, e) != SO1_OK || bind_judge(x, e) != SO1_OK)
		return e->status;
	if (x->has_day)
		x->live = judge_set_day(&x->judge, x->day);
	else if (!x->catalogue.has_dates)
		x->live = judge_set_day(&x->judge, 0);
	if (x->o.output && folder_is_named(x->o.output) &&
	    folder_begin(&x->folder, x->o.output, e) != SO1_OK)
		return e->status;
	struct outlet_options options = {
		.destination = x->destination, .layout = &x->layout,
		.consent = (enum consent_policy)x->o.consent, .folder = x->folder,
		.path = x->folder ? NULL : x->o.output, .delimiter = x->o.tsv ? '\t' : ',',
		.seal = x->o.seal, .max_bytes = x->o.split,
	};
	if (outlet_open(&x->outlet, &options, e) != SO1_OK)
		return e->status;
	return x->o.holdout > 0 ? open_holdout(x, e) : SO1_OK;
}

enum so1_status export_commit(struct export *x, const struct reader *r,
			      const struct rejects *rejects, struct so1_error *e)
{
	if (outlet_finish(x->outlet, e) != SO1_OK)
		return e->status;
	if (x->holdout && writer_commit(x->holdout, e) != SO1_OK)
		return e->status;
	if ((x->folder || x->o.manifest) && export_write_manifest(x, r, rejects, e) != SO1_OK)
		return e->status;
	return x->folder ? folder_commit(x->folder, e) : SO1_OK;
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
	writer_free(x->holdout);
	folder_free(x->folder);
	allocator_free(x->allocator);
	if (x->spool)
		fclose(x->spool);
	judge_free(&x->judge);
	layout_free(&x->layout);
	rules_free(x->rules);
	suppress_free(&x->suppress);
	catalogue_free(&x->catalogue);
	header_free(&x->header);
	order_free(&x->order);
	buffer_free(&x->snapshot);
	buffer_free(&x->nobody);
	free(x->given);
	free(x->spent);
	free(x->grants);
	free(x);
}
