#include "segment/additions.h"

#include <stdio.h>

static const char *const rfm_names[] = {"rfm_r", "rfm_f", "rfm_m", "rfm"};

static enum so1_status add_column(struct additions *a, const char *name, bool replace,
				  struct so1_error *e)
{
	size_t there = header_find(&a->header, slice_of(name));

	if (there != COLUMN_NONE && !replace)
		return error_set(e, SO1_USAGE, "the input has a column '%s' already; --replace "
				 "writes it anew", name);
	if (there == COLUMN_NONE) {
		there = a->header.count;
		header_add(&a->header, slice_of(name));
	} else {
		a->replaces = true;
	}
	a->places[a->count++] = there;
	return SO1_OK;
}

enum so1_status additions_init(struct additions *a, const struct header *in,
			       const struct rfm *rfm, const struct cluster_model *clusters,
			       bool replace, struct so1_error *e)
{
	enum so1_status status = SO1_OK;

	*a = (struct additions){.rfm = rfm, .clusters = clusters, .in_count = in->count};
	header_copy(&a->header, in);
	for (size_t i = 0; rfm && i < sizeof rfm_names / sizeof *rfm_names && status == SO1_OK; i++)
		status = add_column(a, rfm_names[i], replace, e);
	if (status == SO1_OK && clusters)
		status = add_column(a, "cluster", replace, e);
	return status;
}

static size_t put_rfm(const struct additions *a, const struct slice *in, struct slice *fields,
		      struct arena *text)
{
	int quintiles[RFM_PARTS];
	char *all = arena_bytes(text, RFM_PARTS);
	size_t known = 0;

	rfm_row(a->rfm, in, quintiles);
	for (int part = 0; part < RFM_PARTS; part++) {
		all[part] = (char)('0' + quintiles[part]);
		known += quintiles[part] > 0;
		fields[a->places[part]] = slice_make(all + part, quintiles[part] > 0);
	}
	fields[a->places[RFM_PARTS]] = slice_make(all, known == RFM_PARTS ? RFM_PARTS : 0);
	return RFM_PARTS + 1;
}

enum so1_status additions_row(const struct additions *a, const struct slice *in,
			      struct slice *fields, struct arena *text, struct so1_error *e)
{
	size_t next = 0;

	memcpy(fields, in, a->in_count * sizeof *fields);
	if (a->rfm)
		next = put_rfm(a, in, fields, text);
	if (a->clusters) {
		size_t cluster;
		char name[24];
		if (cluster_model_row(a->clusters, in, text, &cluster, e) != SO1_OK)
			return e->status;
		snprintf(name, sizeof name, "%zu", cluster + 1);
		fields[a->places[next]] = arena_copy(text, slice_of(name));
	}
	return SO1_OK;
}

void additions_free(struct additions *a)
{
	header_free(&a->header);
	*a = (struct additions){0};
}
