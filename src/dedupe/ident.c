#include "dedupe/ident.h"

#include "base/bucketsort.h"
#include "base/sha256.h"
#include "base/threads.h"
#include "dedupe/secret.h"

#include <stdlib.h>

void customer_id_put(struct customer_id id, char *out)
{
	static const char digits[] = "0123456789abcdefghjkmnpqrstvwxyz";

	/* 65 bits: the lowest digit has four of high's and the one of low. */
	out[12] = digits[(id.high << 1 & 31) | id.low];
	uint64_t rest = id.high >> 4;
	for (int i = 11; i >= 0; i--, rest >>= 5)
		out[i] = digits[rest & 31];
}

int customer_id_compare(struct customer_id a, struct customer_id b)
{
	if (a.high != b.high)
		return a.high < b.high ? -1 : 1;
	return (a.low > b.low) - (a.low < b.low);
}

static struct customer_id id_of(struct sha256 *sha256, struct slice key)
{
	unsigned char digest[SHA256_BYTES];
	struct customer_id id = {0, 0};

	sha256_one(sha256, key, digest);
	for (int i = 0; i < 8; i++)
		id.high = id.high << 8 | digest[i];
	id.low = digest[8] >> 7;
	return id;
}

struct customer_id customer_id_of(struct slice key, unsigned attempt)
{
	struct sha256 *sha256 = sha256_new();
	struct buffer b = {0};

	if (attempt > 0) {
		buffer_put_slice(&b, key);
		buffer_printf(&b, "\n%u", attempt);
		key = buffer_slice(&b);
	}
	struct customer_id id = id_of(sha256, key);
	sha256_free(sha256);
	buffer_free(&b);
	return id;
}

/* The key as it is hashed. */
static struct slice salted(struct slice salt, struct slice key, char hex[SECRET_HEX])
{
	if (salt.len == 0)
		return key;
	secret_put_hex(salt, key, hex);
	return slice_make(hex, SECRET_HEX);
}

struct customer_id customer_id_again(const struct customers *c, struct slice key, unsigned attempt)
{
	char hex[SECRET_HEX];

	return customer_id_of(salted(c->salt, key, hex), attempt);
}

void customer_key_put(const struct tuples *t, uint32_t tuple, enum layer layer, struct buffer *b)
{
	if (layer == LAYER_SELF) {
		buffer_put_text(b, "person");
		for (int f = 0; f < IDENTITY_FIELDS; f++) {
			buffer_put_byte(b, f ? ',' : ':');
			csv_put_field(b, tuple_text(t, tuple, f), ',');
		}
		return;
	}
	buffer_put_text(b, layer_name(layer));
	buffer_put_byte(b, ':');
	if (layer == LAYER_SOURCE_ID) {
		buffer_put_slice(b, tuple_text(t, tuple, T_SOURCE));
		buffer_put_byte(b, ':');
	}
	buffer_put_slice(b, tuple_text(t, tuple, layer_field(layer)));
}

/* Which cluster alone has a value: by value, number of the cluster + 1, SHARED for more
 * than one. */
#define SHARED UINT32_MAX

struct naming {
	const struct tuples *t;
	struct slice salt;
	struct identity *id;
	uint32_t *cluster;  /* by tuple: number of its cluster */
	uint32_t *best;     /* by cluster: the tuple with the smallest key */
	uint8_t *strength;  /* by cluster: the layer of that key */
	uint32_t count;
};

static uint32_t value_of(const struct naming *n, uint32_t tuple, enum layer layer)
{
	return layer == LAYER_SOURCE_ID ? n->id->record[tuple]
					: n->t->items[tuple].field[layer_field(layer)];
}

static int compare_keys(const struct naming *n, uint32_t a, uint32_t b, enum layer layer)
{
	int c = 0;

	if (layer == LAYER_SELF)
		return n->t->items[a].hash < n->t->items[b].hash ? -1 : 1;
	if (layer == LAYER_SOURCE_ID)
		c = slice_compare(tuple_text(n->t, a, T_SOURCE), tuple_text(n->t, b, T_SOURCE));
	return c ? c : slice_compare(tuple_text(n->t, a, layer_field(layer)),
				     tuple_text(n->t, b, layer_field(layer)));
}

static void offer_key(struct naming *n, uint32_t tuple, enum layer layer)
{
	uint32_t c = n->cluster[tuple];

	if (n->best[c] == TUPLE_NONE) {
		n->best[c] = tuple;
		n->strength[c] = (uint8_t)layer;
	} else if (n->strength[c] == layer && compare_keys(n, tuple, n->best[c], layer) < 0) {
		n->best[c] = tuple;
	}
}

/* By value of the layer: the number of the only cluster that has it, + 1, or SHARED. The
 * caller frees it. */
static uint32_t *find_owners(const struct naming *n, enum layer layer)
{
	size_t values = layer == LAYER_SOURCE_ID ? n->id->record_count + (size_t)1
						 : n->t->text[layer_field(layer)].count;
	uint32_t *owner = xcalloc(values, sizeof *owner);

	for (uint32_t i = 0; i < n->t->count; i++) {
		uint32_t *o = &owner[value_of(n, i, layer)];
		if (n->cluster[i] == TUPLE_NONE)
			continue;
		*o = *o == 0 || *o == n->cluster[i] + 1 ? n->cluster[i] + 1 : SHARED;
	}
	return owner;
}

static void offer_layer(struct naming *n, enum layer layer, const uint32_t *owner)
{
	for (uint32_t i = 0; i < n->t->count; i++)
		if (n->cluster[i] != TUPLE_NONE && identity_trusts(n->id, n->t, i, layer) &&
		    owner[value_of(n, i, layer)] != SHARED)
			offer_key(n, i, layer);
}

struct owners {
	const struct naming *n;
	uint32_t *of[LAYER_KEYS];
};

static void find_all_owners(void *context, size_t begin, size_t end, int thread)
{
	struct owners *o = context;

	(void)thread;
	for (size_t l = begin; l < end; l++)
		o->of[l] = find_owners(o->n, (enum layer)l);
}

static void number_clusters(struct naming *n)
{
	uint32_t *of_root = xmalloc((n->t->count + 1) * sizeof *of_root);

	memset(of_root, 0xff, (n->t->count + 1) * sizeof *of_root);
	for (uint32_t i = 0; i < n->t->count; i++) {
		n->cluster[i] = TUPLE_NONE;
		if (!n->id->is_member[i])
			continue;
		uint32_t root = clusters_find(&n->id->clusters, i);
		if (of_root[root] == TUPLE_NONE)
			of_root[root] = n->count++;
		n->cluster[i] = of_root[root];
	}
	free(of_root);
}

/* An id on its way to its rank. */
struct claim {
	struct customer_id id;
	uint32_t owner;
};

static int compare_claims(const void *x, const void *y)
{
	const struct claim *a = x, *b = y;
	int c = customer_id_compare(a->id, b->id);

	return c ? c : (a->owner > b->owner) - (a->owner < b->owner);
}

static struct claim *sort_claims(const struct customer_id *ids, size_t count, int threads)
{
	struct claim *claims = xmalloc((count + 1) * sizeof *claims);

	for (size_t i = 0; i < count; i++)
		claims[i] = (struct claim){ids[i], (uint32_t)i};
	bucket_sort(claims, count, sizeof *claims, compare_claims, threads);
	return claims;
}

void customer_ids_assign(const struct slice *keys, struct customer_id *ids, size_t count,
			 struct customer_id (*hash)(struct slice key, unsigned attempt))
{
	bool again = true;

	for (size_t i = 0; i < count; i++)
		ids[i] = hash(keys[i], 0);
	for (unsigned attempt = 1; again; attempt++) {
		struct claim *claims = sort_claims(ids, count, 1);
		again = false;
		for (size_t i = 0, end; i < count; i = end) {
			size_t keeper = i;
			for (end = i + 1; end < count &&
			     customer_id_compare(claims[end].id, claims[i].id) == 0; end++)
				if (slice_compare(keys[claims[end].owner],
						  keys[claims[keeper].owner]) < 0)
					keeper = end;
			for (size_t j = i; j < end; j++)
				if (j != keeper)
					ids[claims[j].owner] = hash(keys[claims[j].owner], attempt);
			again |= end - i > 1;
		}
		free(claims);
	}
}

struct id_job {
	const struct naming *n;
	struct customer_id *ids;
};

static void make_ids(void *context, size_t begin, size_t end, int thread)
{
	const struct id_job *job = context;
	const struct naming *n = job->n;
	struct sha256 *sha256 = sha256_new();
	struct buffer b = {0};
	char hex[SECRET_HEX];

	(void)thread;
	for (size_t c = begin; c < end; c++) {
		buffer_clear(&b);
		customer_key_put(n->t, n->best[c], (enum layer)n->strength[c], &b);
		job->ids[c] = id_of(sha256, salted(n->salt, buffer_slice(&b), hex));
	}
	sha256_free(sha256);
	buffer_free(&b);
}

/* Gives every cluster its id; the result is in the order of the ids. Keys are made one at
 * a time, all at once only in the case, once in 10^6 runs of ten million customers, that
 * two ids collide. */
static struct claim *name_clusters(const struct naming *n, int threads)
{
	enum { GRAIN = 1024 };
	struct id_job job = {n, xmalloc((n->count + 1) * sizeof *job.ids)};
	struct customer_id *ids = job.ids;
	struct arena a = {0};
	struct buffer b = {0};
	char hex[SECRET_HEX];

	threads_for(n->count, GRAIN, threads, make_ids, &job);
	struct claim *claims = sort_claims(ids, n->count, threads);
	bool collide = false;
	for (uint32_t c = 1; c < n->count; c++)
		collide |= customer_id_compare(claims[c].id, claims[c - 1].id) == 0;
	if (collide) {
		struct slice *keys = xmalloc(n->count * sizeof *keys);
		free(claims);
		for (uint32_t c = 0; c < n->count; c++) {
			buffer_clear(&b);
			customer_key_put(n->t, n->best[c], (enum layer)n->strength[c], &b);
			keys[c] = arena_copy(&a, salted(n->salt, buffer_slice(&b), hex));
		}
		customer_ids_assign(keys, ids, n->count, customer_id_of);
		claims = sort_claims(ids, n->count, threads);
		free(keys);
	}
	arena_free(&a);
	buffer_free(&b);
	free(ids);
	return claims;
}

void customers_make(struct customers *c, const struct tuples *t, struct identity *id, int threads)
{
	struct naming n = {.t = t, .id = id, .salt = c->salt};

	n.cluster = xmalloc((t->count + 1) * sizeof *n.cluster);
	number_clusters(&n);
	n.best = xmalloc((n.count + (size_t)1) * sizeof *n.best);
	n.strength = xmalloc(n.count + (size_t)1);
	memset(n.best, 0xff, (n.count + (size_t)1) * sizeof *n.best);
	struct owners owners = {.n = &n};
	threads_for(LAYER_KEYS, 1, threads, find_all_owners, &owners);
	for (int l = 0; l < LAYER_KEYS; l++) {
		offer_layer(&n, (enum layer)l, owners.of[l]);
		free(owners.of[l]);
	}
	for (uint32_t i = 0; i < t->count; i++)
		if (n.cluster[i] != TUPLE_NONE && id->is_known[i])
			offer_key(&n, i, LAYER_SELF);
	struct claim *claims = name_clusters(&n, threads);
	uint32_t *rank_of = xmalloc((n.count + (size_t)1) * sizeof *rank_of);
	c->count = n.count;
	c->ids = xmalloc((n.count + (size_t)1) * sizeof *c->ids);
	c->named_after = xmalloc((n.count + (size_t)1) * sizeof *c->named_after);
	c->strength = xmalloc(n.count + (size_t)1);
	for (uint32_t rank = 0; rank < n.count; rank++) {
		c->ids[rank] = claims[rank].id;
		rank_of[claims[rank].owner] = rank;
		c->named_after[rank] = n.best[claims[rank].owner];
		c->strength[rank] = n.strength[claims[rank].owner];
	}
	c->rank = n.cluster;
	for (uint32_t i = 0; i < t->count; i++)
		if (c->rank[i] != TUPLE_NONE)
			c->rank[i] = rank_of[c->rank[i]];
	free(rank_of);
	free(claims);
	free(n.best);
	free(n.strength);
}

void customers_rename(struct customers *c, const struct customer_id *next, const bool *dropped,
		      size_t tuple_count)
{
	struct claim *claims = sort_claims(next, c->count, 1);
	uint32_t *now = xmalloc((c->count + (size_t)1) * sizeof *now);
	uint32_t *named_after = xmalloc((c->count + (size_t)1) * sizeof *named_after);
	uint8_t *strength = xmalloc(c->count + (size_t)1);
	uint32_t count = 0;

	for (uint32_t i = 0; i < c->count; i++) {
		uint32_t before = claims[i].owner;
		now[before] = dropped[before] ? TUPLE_NONE : count;
		if (dropped[before])
			continue;
		c->ids[count] = claims[i].id;
		named_after[count] = c->named_after[before];
		strength[count++] = c->strength[before];
	}
	for (size_t i = 0; i < tuple_count; i++)
		if (c->rank[i] != TUPLE_NONE)
			c->rank[i] = now[c->rank[i]];
	free(c->named_after);
	free(c->strength);
	free(claims);
	free(now);
	c->named_after = named_after;
	c->strength = strength;
	c->count = count;
}

struct slice customers_key(const struct customers *c, uint32_t rank, const struct tuples *t,
			   struct buffer *b)
{
	buffer_clear(b);
	customer_key_put(t, c->named_after[rank], (enum layer)c->strength[rank], b);
	return buffer_slice(b);
}

void customers_free(struct customers *c)
{
	free(c->ids);
	free(c->rank);
	free(c->named_after);
	free(c->strength);
	*c = (struct customers){0};
}
