/* Handles in social networks: "twitter:joeconsumer". */
#ifndef SO1_INGEST_NORMAL_SOCIAL_H
#define SO1_INGEST_NORMAL_SOCIAL_H

#include "base/memory.h"
#include "ingest/verdict.h"

/* "network:handle", "network: @Handle", the address of a profile
 * ("https://www.instagram.com/Handle/"), or a bare "@Handle" when `network` (the map's
 * setting, may be empty) says where. Lower case; x and fb are twitter and facebook.
 * VERDICT_NO_NETWORK for a bare handle without a setting, VERDICT_NOT_HANDLE for what no
 * network would take (letters of any script, digits, '_', '.', '-'). */
enum verdict normal_social(struct slice s, struct slice network, struct arena *a,
			   struct slice *out);

#endif
