#include "export/parcel.h"

#include "base/memory.h"

#include <stdlib.h>

const char *const outcome_names[OUTCOMES] = {
	[OUTCOME_OUT] = "customers_out",
	[OUTCOME_REJECTED] = "rejected",
	[OUTCOME_SUPPRESSED] = "suppressed",
	[OUTCOME_IN_CAMPAIGN] = "in_campaign",
	[OUTCOME_HELD_OUT] = "held_out",
	[OUTCOME_NOT_LIVE] = "not_live",
	[OUTCOME_NO_CHANNEL] = "no_channel",
	[OUTCOME_NOT_IN_SEGMENT] = "not_in_segment",
	[OUTCOME_BELOW_MIN_SCORE] = "below_min_score",
	[OUTCOME_HAD_ENOUGH] = "had_enough",
	[OUTCOME_NO_CONSENT] = "no_consent",
	[OUTCOME_NO_IDENTIFIER] = "no_identifier",
	[OUTCOME_CAPPED] = "capped",
	[OUTCOME_OUT_OF_STOCK] = "out_of_stock",
	[OUTCOME_OUT_OF_BUDGET] = "out_of_budget",
};

struct parcel_head {
	uint32_t size; /* of everything */
	uint32_t field_count, candidate_count;
	uint8_t outcome, channel;
	struct permission permission;
};

void parcel_put(struct buffer *b, const struct parcel *p)
{
	struct parcel_head head;
	size_t size = sizeof head + p->field_count * sizeof(uint32_t) +
		      p->candidate_count * sizeof *p->candidates;

	/* Padding too must be defined: it goes to a file. */
	memset(&head, 0, sizeof head);
	for (size_t i = 0; i < p->field_count; i++)
		size += p->fields[i].len;
	head.size = (uint32_t)size;
	head.field_count = (uint32_t)p->field_count;
	head.candidate_count = (uint32_t)p->candidate_count;
	head.outcome = (uint8_t)p->outcome;
	head.channel = p->channel;
	head.permission = p->permission;
	buffer_reserve(b, size);
	buffer_put(b, &head, sizeof head);
	buffer_put(b, p->candidates, p->candidate_count * sizeof *p->candidates);
	for (size_t i = 0; i < p->field_count; i++) {
		uint32_t len = (uint32_t)p->fields[i].len;
		buffer_put(b, &len, sizeof len);
	}
	for (size_t i = 0; i < p->field_count; i++)
		buffer_put_slice(b, p->fields[i]);
}

size_t parcel_size(const char *ptr)
{
	uint32_t size;

	memcpy(&size, ptr, sizeof size);
	return size;
}

enum so1_status parcel_read(FILE *spool, struct buffer *b, struct so1_error *e)
{
	buffer_clear(b);
	if (fread(buffer_reserve(b, PARCEL_HEAD), 1, PARCEL_HEAD, spool) != PARCEL_HEAD)
		return error_set(e, SO1_FAILED, "the spool in the temporary folder is cut short");
	b->len = PARCEL_HEAD;
	size_t rest = parcel_size(b->ptr) - PARCEL_HEAD;
	if (fread(buffer_reserve(b, rest), 1, rest, spool) != rest)
		return error_set(e, SO1_FAILED, "the spool in the temporary folder is cut short");
	b->len += rest;
	return SO1_OK;
}

void parcel_get(const char *ptr, struct parcel *p, struct parcel_room *room)
{
	struct parcel_head head;

	memcpy(&head, ptr, sizeof head);
	ptr += sizeof head;
	GROW(room->fields, room->field_cap, head.field_count);
	GROW(room->candidates, room->candidate_cap, head.candidate_count);
	size_t bytes = head.candidate_count * sizeof *room->candidates;
	if (bytes)
		memcpy(room->candidates, ptr, bytes);
	ptr += bytes;
	const char *lengths = ptr;
	ptr += head.field_count * sizeof(uint32_t);
	for (uint32_t i = 0; i < head.field_count; i++) {
		uint32_t len;
		memcpy(&len, lengths + i * sizeof len, sizeof len);
		room->fields[i] = slice_make(ptr, len);
		ptr += len;
	}
	*p = (struct parcel){(enum outcome)head.outcome, head.permission, head.channel,
			     room->fields, head.field_count, room->candidates, head.candidate_count};
}

void parcel_room_free(struct parcel_room *room)
{
	free(room->fields);
	free(room->candidates);
	*room = (struct parcel_room){0};
}
