/* Telephone numbers to E.164: "+493012345678". */
#ifndef SO1_INGEST_NORMAL_PHONE_H
#define SO1_INGEST_NORMAL_PHONE_H

#include "base/memory.h"
#include "ingest/verdict.h"

/* s as people write it: "+49 (0)30 …", "0049…", "030/…", "(212) 555-…", "tel:…". Only
 * digits count, whatever stands between them; an extension ("ext. 12", "x12",
 * "Durchwahl 3", ";ext=4") is cut off. A number without international prefix belongs to
 * `country` (ISO 3166 alpha-2, may be empty: VERDICT_NO_COUNTRY). Trunk prefixes go,
 * also where written after a country code; a number that only makes sense with the
 * country's code already in front ("4930…" from a spreadsheet that ate the plus) is
 * taken as that. The length must be one the country's numbering plan has (ITU-T E.164
 * national plans, as ranges): VERDICT_TOO_SHORT, VERDICT_TOO_LONG. One digit repeated or
 * a run like 123456789 is VERDICT_PLACEHOLDER; letters VERDICT_NOT_PHONE. */
enum verdict normal_phone(struct slice s, struct slice country, struct arena *a,
			  struct slice *out);

/* How a country's numbers are made; one row a calling code, sorted; for the tests. */
struct dial_plan {
	uint16_t code;
	uint8_t shortest, longest; /* digits of the national significant number */
	char trunk[3];             /* dialled before it inside the country, "" for none */
	char international[5];     /* dialled before a foreign calling code; "00" always works */
};
extern const struct dial_plan dial_plans[];
extern const size_t dial_plan_count;

#endif
