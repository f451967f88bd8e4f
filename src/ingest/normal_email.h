/* E-mail addresses. */
#ifndef SO1_INGEST_NORMAL_EMAIL_H
#define SO1_INGEST_NORMAL_EMAIL_H

#include "base/memory.h"
#include "ingest/verdict.h"

/* Trimmed, unwrapped from "mailto:…", "Name <…>" and quotes, lower case, the domain in
 * ASCII (IDNA 2008, non-transitional). Dots and +tags of the local part stay: they are
 * not everybody's. VERDICT_NOT_ADDRESS unless it has the form of RFC 5321 without the
 * quoted local part: atoms of RFC 5322 (UTF-8 as in RFC 6531) parted by single dots, at
 * most 64 bytes, and a domain of two labels or more, at most 253. Well-known made-up
 * addresses (test@test.com, none@none.com, …@….invalid) are VERDICT_PLACEHOLDER. */
enum verdict normal_email(struct slice s, struct arena *a, struct slice *out);

#endif
