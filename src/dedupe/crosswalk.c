#include "dedupe/crosswalk.h"

#include <math.h>
#include <stdio.h>

/* The bits of the strongest probable link among the tuples. */
static double weight_of(const struct identity *id, const uint32_t *tuples, size_t n)
{
	double best = -INFINITY;

	for (size_t i = 0; i < n && id->weight; i++)
		if (id->clusters.layer[tuples[i]] == LAYER_MODEL && id->weight[tuples[i]] > best)
			best = id->weight[tuples[i]];
	return best;
}

static enum so1_status put_line(struct writer *w, const char *customer_id, const struct tuples *t,
				uint32_t tuple, int layer, double weight, struct so1_error *e)
{
	char bits[32];
	/* What a clerk joined has no weight. */
	int n = layer == LAYER_MODEL && isfinite(weight) ? snprintf(bits, sizeof bits, "%.2f", weight) : 0;

	writer_put_field(w, slice_make(customer_id, CUSTOMER_ID_LENGTH));
	writer_put_field(w, tuple_text(t, tuple, T_SOURCE));
	writer_put_field(w, tuple_text(t, tuple, T_SOURCE_ID));
	writer_put_field(w, slice_of(layer_name((enum layer)layer)));
	writer_put_field(w, slice_make(bits, (size_t)n));
	return writer_end_record(w, e);
}

enum so1_status crosswalk_write(struct writer *w, const struct tuples *t, const struct identity *id,
				const struct customers *c, const struct members *m,
				struct so1_error *e)
{
	static const char *const names[] = {"customer_id", "source", "source_id", "layer", "weight"};
	struct header h = {0};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		header_add(&h, slice_of(names[i]));
	enum so1_status status = writer_put_header(w, &h, e);
	header_free(&h);
	if (status)
		return status;
	for (uint32_t rank = 0; rank < c->count; rank++) {
		char customer_id[CUSTOMER_ID_LENGTH];
		customer_id_put(c->ids[rank], customer_id);
		for (uint32_t i = m->begin[rank], end; i < m->begin[rank + 1]; i = end) {
			/* The tuples of one record stand side by side. */
			uint32_t record = id->record[m->tuples[i]];
			int layer = id->clusters.layer[m->tuples[i]];
			for (end = i + 1; end < m->begin[rank + 1] && record != 0 &&
			     id->record[m->tuples[end]] == record; end++)
				if (id->clusters.layer[m->tuples[end]] < layer)
					layer = id->clusters.layer[m->tuples[end]];
			if (layer == LAYER_SELF && end - i > 1)
				layer = LAYER_SOURCE_ID;
			if (put_line(w, customer_id, t, m->tuples[i], layer,
				     weight_of(id, m->tuples + i, end - i), e))
				return e->status;
		}
	}
	return SO1_OK;
}
