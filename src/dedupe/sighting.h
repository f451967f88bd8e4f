/* What the touchpoints of an identity have shown besides what it says: how many there were, when
 * the latest was, whether an address answered, what was permitted or refused, and the latest of
 * each attribute. */
#ifndef SO1_DEDUPE_SIGHTING_H
#define SO1_DEDUPE_SIGHTING_H

#include "base/buffer.h"
#include "dedupe/consent.h"
#include "dedupe/rows.h"

struct attr_seen {
	struct slice key, value;
	uint64_t moment;
	char *own; /* their text, NULL: it is somebody else's */
};

struct sighting {
	struct consent consent;
	uint64_t count, moment;
	struct attr_seen *attrs;
	uint32_t attr_count;
	bool verified;
};

/* Memory that serves one touchpoint after the other. Zero-initialise; sighting_room_free. */
struct sighting_room {
	struct buffer unquoted;
	struct arena text;
};

/* Zero-initialise; sighting_free when done. Touchpoints may come in any order. */
void sighting_see(struct sighting *s, const struct row *row, struct sighting_room *room);
/* Another run's, whose text is borrowed. Of the counts the larger stays: a run may bring what
 * another has brought. */
void sighting_add(struct sighting *s, const struct sighting *other);
/* Whether they say the same. */
bool sighting_same(const struct sighting *a, const struct sighting *b);
/* As bytes for a file: appended to b; read from p, the text borrowed, returns where they end. */
void sighting_put(const struct sighting *s, struct buffer *b);
const unsigned char *sighting_get(struct sighting *s, const unsigned char *p);
void sighting_free(struct sighting *s);
void sighting_room_free(struct sighting_room *room);

/* The latest value of an attribute stays, at the same moment the smaller text. */
static inline bool attr_gives_way(struct slice old, uint64_t old_moment, struct slice value,
				  uint64_t moment)
{
	return moment > old_moment || (moment == old_moment && slice_compare(value, old) < 0);
}

#endif
