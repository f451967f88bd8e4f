/* Layer 1: tuples that share the value of a key belong together, unless the value is
 * not to be trusted, is shared by too many people, or joining would contradict hard
 * facts. Then devices, which link anonymous visits to a known person.
 *
 * Links are taken strongest first: source_id; then loyalty_id, email, phone, social
 * between records of the same first name; then the same keys between the others. Within
 * a key by the hash of the value, then of the tuples: what is refused depends on content
 * alone, not on the order of the input. */
#ifndef SO1_DEDUPE_KEYS_H
#define SO1_DEDUPE_KEYS_H

#include "dedupe/clusters.h"
#include "dedupe/distrust.h"
#include "dedupe/tuples.h"

/* How many people may share a value of each key before it links nobody; the entry
 * LAYER_SELF is the limit of first names in a cluster (clusters.h). 0: no limit. */
struct key_limits {
	uint64_t people[LAYER_COUNT];
};
extern const struct key_limits KEY_LIMITS_DEFAULT;

/* A value that so many ids of one source share belongs to nobody, even where names do not
 * tell people apart: this many times the limit of people, and where there is no name, birth
 * date or surname at all. */
enum { KEY_IDS_PER_PERSON = 20, KEY_IDS_PER_UNNAMED = 4 };

/* In how many ways a name may be spelt in a value's records: beyond this many times the
 * limit of people a value is no evidence for the probabilities either. */
enum { KEY_SPELLINGS = 2 };

enum refusal_reason {
	REFUSED_CONTRADICTS = JOIN_CONTRADICTS, /* a and b */
	REFUSED_CLUSTER = JOIN_TOO_MANY,        /* a and b */
	REFUSED_GENERATIONS = JOIN_GENERATIONS, /* a and b */
	REFUSED_DISAGREES = JOIN_DISAGREES,     /* a and b */
	REFUSED_PEOPLE,   /* the value of tuple a is shared by `count` people */
	REFUSED_IDS,      /* … by `count` ids of one source */
	REFUSED_DISTRUST, /* a's value is never trusted; `count` tuples have it */
	REFUSED_AMBIGUOUS,/* device of anonymous a: seen with several customers, of them b */
	REFUSED_PARTED,   /* a and b: their customers hold records that may not meet */
	REFUSED_SIZE,     /* … would be one of too many records */
	REFUSED_VALUES,   /* … with too many values of an identifier */
	REFUSED_TWINS,    /* a and b */
	REFUSED_RIVAL,    /* one of them might as well go with somebody who is not the other */
	REFUSED_AVERAGE,  /* … do not go together on the whole */
	REFUSED_REASONS
};

struct refusal {
	uint32_t a, b;  /* tuples; b may be TUPLE_NONE */
	uint32_t count;
	uint8_t layer, reason;
};

struct link {
	uint32_t a, b;
	uint8_t layer;
};

/* A value that too many share is a good address, but says nothing of who is who. */
enum trust { TRUST_NONE, TRUST_FULL, TRUST_SHARED };

/* What layer 1 finds. */
struct identity {
	struct clusters clusters;
	struct facts facts;  /* its nicknames are set before the call; of is gone after it */
	float *weight;       /* by tuple: bits of the first probable link, NAN for none; or NULL */
	uint8_t *trusted[LAYER_DEVICE + 1]; /* by layer and value id of the layer's field: enum
	                                       trust */
	uint32_t *record;    /* by tuple: number of its (source, source_id), 0 for none */
	uint32_t record_count;
	bool *names;         /* by tuple: names somebody */
	bool *is_known;      /* by tuple: names somebody, and is not settled */
	bool *is_member;     /* by tuple: belongs to a customer (known, or by its device) */
	struct refusal *refused;
	size_t refused_count, refused_cap;
	bool keep_links;     /* for --explain; set before the call */
	int threads;         /* set before the call; the result is the same for any number */
	/* By tuple, or NULL; set before the call, borrowed: it is known which customer's it
	 * is, and it shares no value to be trusted with tuples that are not settled. Left
	 * alone: linked to nothing, neither known nor a member. */
	const bool *settled;
	/* Called between keys and devices when not NULL; set before the call. True: some
	 * tuples are not settled any more; keys link anew, and it is called again. */
	bool (*middle)(void *context);
	void *middle_context;
	struct link *links;
	size_t link_count, link_cap;
};

/* Zero-initialise *id but for what is set before; identity_free when done. */
void identity_resolve(struct identity *id, const struct tuples *t, const struct key_limits *limits,
		      const struct distrust *distrust);
void identity_free(struct identity *id);

/* Whether the value of the layer's field in this tuple may be trusted (and is known). */
static inline bool identity_trusts(const struct identity *id, const struct tuples *t,
				   uint32_t tuple, enum layer layer)
{
	uint32_t value = t->items[tuple].field[layer_field(layer)];
	return value != STRINGS_EMPTY && id->trusted[layer][value];
}


#endif
