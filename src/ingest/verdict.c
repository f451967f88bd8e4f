#include "ingest/verdict.h"

static const char *const texts[VERDICT_COUNT] = {
	[VERDICT_OK] = "ok",
	[VERDICT_PLACEHOLDER] = "placeholder",
	[VERDICT_NOT_ADDRESS] = "not an address",
	[VERDICT_NOT_PHONE] = "not a phone number",
	[VERDICT_TOO_SHORT] = "too short",
	[VERDICT_TOO_LONG] = "too long",
	[VERDICT_NO_COUNTRY] = "no country to dial it from",
	[VERDICT_NO_NETWORK] = "no network to find it in",
	[VERDICT_NOT_HANDLE] = "not a handle",
	[VERDICT_NOT_RECOGNISED] = "not recognised",
	[VERDICT_NOT_YES_NO] = "neither yes nor no",
	[VERDICT_AFTER_EVENT] = "later than the event",
	[VERDICT_AMBIGUOUS] = "read as thousands",
	[VERDICT_BEFORE_1900] = "before 1900",
	[VERDICT_NOT_DATE] = "not a date",
	[VERDICT_NOT_NUMBER] = "not a number",
	[VERDICT_RESERVED] = "the name is so1-dedupe's own",
};

const char *verdict_text(enum verdict v)
{
	return texts[v];
}
