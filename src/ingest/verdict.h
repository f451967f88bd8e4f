/* What a normaliser says about a value. */
#ifndef SO1_INGEST_VERDICT_H
#define SO1_INGEST_VERDICT_H

#include <stdbool.h>

enum verdict {
	VERDICT_OK,
	/* The value becomes unknown and is counted. */
	VERDICT_PLACEHOLDER,
	VERDICT_NOT_ADDRESS,
	VERDICT_NOT_PHONE,
	VERDICT_TOO_SHORT,
	VERDICT_TOO_LONG,
	VERDICT_NO_COUNTRY,
	VERDICT_NO_NETWORK,
	VERDICT_NOT_HANDLE,
	VERDICT_NOT_RECOGNISED,
	VERDICT_NOT_YES_NO,
	VERDICT_AFTER_EVENT,
	/* The value was read and is kept, but may be wrong; counted. */
	VERDICT_AMBIGUOUS,
	VERDICT_BEFORE_1900,
	/* The record cannot be used: it is rejected with this reason. */
	VERDICT_NOT_DATE,
	VERDICT_NOT_NUMBER,
	VERDICT_RESERVED,
	VERDICT_COUNT
};

/* "not an address"; lower case, fit for messages and notes. */
const char *verdict_text(enum verdict v);

static inline bool verdict_keeps(enum verdict v)
{
	return v == VERDICT_OK || v == VERDICT_AMBIGUOUS || v == VERDICT_BEFORE_1900;
}

static inline bool verdict_rejects(enum verdict v)
{
	return v >= VERDICT_NOT_DATE;
}

#endif
