/* What the touchpoints of an identity have shown besides what it says: how many there were, when
 * the latest was, whether an address answered, and what was permitted or refused. */
#ifndef SO1_DEDUPE_SIGHTING_H
#define SO1_DEDUPE_SIGHTING_H

#include "base/buffer.h"
#include "dedupe/consent.h"
#include "dedupe/rows.h"

struct sighting {
	struct consent consent;
	uint64_t count, moment;
	bool verified;
};

/* Zero-initialise. Touchpoints may come in any order. */
void sighting_see(struct sighting *s, const struct row *row);
/* Another run's. Of the counts the larger stays: a run may bring what another has brought. */
void sighting_add(struct sighting *s, const struct sighting *other);
/* As bytes for a file: appended to b; read from p, returns where they end. */
void sighting_put(const struct sighting *s, struct buffer *b);
const unsigned char *sighting_get(struct sighting *s, const unsigned char *p);

#endif
