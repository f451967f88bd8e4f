#include "export/allot.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

/* A unit of an offer that is free attracts a customer from another offer, whose unit then
 * is free, and so on: a chain of moves, each the best there is between two offers, from a
 * unit that is left over (or back to where it began) to a customer that had nothing. When no
 * chain gains anything the grants are the best for these prices of money, and what the best
 * chain from one more unit of an offer would gain is that offer's shadow price.
 *
 * Nodes are the offers with stock and, as the last, everything that has no stock to run out
 * of: offers without, and a free place. */

enum { CHAIN_OFFERS = 256 };
#define NO_PAIR UINT64_MAX

/* The best move of a customer from one node to another. */
struct move {
	double gain;
	uint64_t who;        /* number of the customer's first pair */
	uint64_t out, in;    /* pairs, or NO_PAIR */
	double out_x, in_x;
	uint16_t out_offer, in_offer;
};

struct chaining {
	struct allot_grants *g;
	const struct allot_market *m;
	const struct allot_prices *p;
	size_t nodes;
	struct move **moves; /* by thread: from × nodes + to */
	double *worth;       /* of one more unit, by node */
	size_t *next;        /* node the chain goes on with, SIZE_MAX: ends */
	uint64_t *touched;   /* customers moved since the moves were gathered */
	size_t touched_count, touched_cap;
	double least;        /* gains below are rounding */
};

static bool has_stock(const struct chaining *c, size_t offer)
{
	return c->m->stock[offer] != ALLOT_NO_LIMIT;
}

static void offer_move(struct chaining *c, struct move *moves, size_t from, size_t to,
		       const struct move *by)
{
	struct move *best = &moves[from * c->nodes + to];

	if (by->gain > best->gain ||
	    (by->gain == best->gain &&
	     (by->in < best->in || (by->in == best->in && by->out < best->out))))
		*best = *by;
}

/* Weight less the price of the money. */
static double net_weight(const struct chaining *c, size_t offer, double x)
{
	return x * c->p->slope[offer] - c->p->fixed[offer] + c->p->stock[offer];
}

struct place {
	uint64_t pair; /* NO_PAIR: none */
	double net, x;
	uint16_t offer;
};

/* What a customer could give up for another offer without a unit changing hands: a free
 * place, else the worst offer without stock; and what it could take so: the best offer
 * without stock, else nothing. */
static void find_free(const struct chaining *c, uint64_t first, const double *x,
		      const uint16_t *offers, size_t n, struct place *give, struct place *take,
		      bool *has_give)
{
	struct place worst = {NO_PAIR, INFINITY, 0, 0}, best = {NO_PAIR, 0, 0, 0};
	size_t has = 0;

	for (size_t i = 0; i < n; i++) {
		bool held = grants_has(c->g, first + i);
		has += held;
		if (has_stock(c, offers[i]))
			continue;
		double net = net_weight(c, offers[i], x[i]);
		if (held && net < worst.net)
			worst = (struct place){first + i, net, x[i], offers[i]};
		if (!held && net > best.net)
			best = (struct place){first + i, net, x[i], offers[i]};
	}
	if (has < c->m->top)
		worst = (struct place){NO_PAIR, 0, 0, 0};
	*has_give = has < c->m->top || worst.pair != NO_PAIR;
	*give = worst;
	*take = best;
}

static void look_for_moves(struct chaining *c, struct move *moves, uint64_t first,
			   const double *x, const uint16_t *offers, size_t n)
{
	struct place give, take;
	size_t free_node = c->nodes - 1;
	bool has_give;

	find_free(c, first, x, offers, n, &give, &take, &has_give);
	for (size_t i = 0; i < n; i++) {
		if (!has_stock(c, offers[i]))
			continue;
		double net = net_weight(c, offers[i], x[i]);
		if (grants_has(c->g, first + i)) {
			struct move drop = {take.net - net, first, first + i, take.pair, x[i],
					    take.x, offers[i], take.offer};
			offer_move(c, moves, offers[i], free_node, &drop);
			continue;
		}
		struct move rise = {net - give.net, first, give.pair, first + i, give.x, x[i],
				    give.offer, offers[i]};
		if (has_give)
			offer_move(c, moves, free_node, offers[i], &rise);
		for (size_t k = 0; k < n; k++) {
			if (!has_stock(c, offers[k]) || !grants_has(c->g, first + k))
				continue;
			struct move swap = {net - net_weight(c, offers[k], x[k]), first,
					    first + k, first + i, x[k], x[i], offers[k], offers[i]};
			offer_move(c, moves, offers[k], offers[i], &swap);
		}
	}
}

static void look_in_block(void *context, const struct allot_block *b, int thread)
{
	struct chaining *c = context;
	uint64_t first = (uint64_t)b->index * STORE_BLOCK;
	const double *x = b->x;
	const uint16_t *offers = b->offers;

	for (uint32_t i = 0; i < b->customers; i++) {
		look_for_moves(c, c->moves[thread], first, x, offers, b->counts[i]);
		first += b->counts[i];
		x += b->counts[i];
		offers += b->counts[i];
	}
}

static enum so1_status gather_moves(struct chaining *c, struct allot_store *s,
				    struct so1_error *e)
{
	size_t cells = c->nodes * c->nodes;

	for (int t = 0; t < c->m->threads; t++)
		for (size_t i = 0; i < cells; i++)
			c->moves[t][i] = (struct move){.gain = -INFINITY, .in = NO_PAIR,
						       .out = NO_PAIR};
	if (pairstore_visit(s, look_in_block, c, e) != SO1_OK)
		return e->status;
	for (int t = 1; t < c->m->threads; t++)
		for (size_t i = 0; i < cells; i++)
			if (c->moves[t][i].gain > -INFINITY)
				offer_move(c, c->moves[0], i / c->nodes, i % c->nodes,
					   &c->moves[t][i]);
	c->touched_count = 0;
	return SO1_OK;
}

/* Follows the chain from a node; the node where it comes back to itself, or SIZE_MAX. */
static size_t find_ring(const struct chaining *c, size_t from)
{
	size_t slow = from, fast = from;

	do {
		if (fast == SIZE_MAX || c->next[fast] == SIZE_MAX)
			return SIZE_MAX;
		slow = c->next[slow];
		fast = c->next[c->next[fast]];
	} while (slow != fast);
	return slow;
}

/* Bellman and Ford: the worth of one more unit at each node. Returns a node on a ring of
 * moves that gains, or SIZE_MAX when there is none. */
static size_t weigh_nodes(struct chaining *c)
{
	size_t n = c->nodes;

	for (size_t i = 0; i < n; i++) {
		c->worth[i] = 0;
		c->next[i] = SIZE_MAX;
	}
	for (bool changed = true; changed;) {
		changed = false;
		for (size_t to = 0; to < n; to++)
			for (size_t from = 0; from < n; from++) {
				double gain = c->moves[0][from * n + to].gain + c->worth[from];
				if (from == to || !(gain > c->worth[to] + c->least))
					continue;
				c->worth[to] = gain;
				c->next[to] = from;
				changed = true;
			}
		for (size_t i = 0; changed && i < n; i++) {
			size_t ring = find_ring(c, i);
			if (ring != SIZE_MAX)
				return ring;
		}
	}
	return SIZE_MAX;
}

static struct move *move_into(const struct chaining *c, size_t node)
{
	return &c->moves[0][c->next[node] * c->nodes + node];
}

static bool is_touched(const struct chaining *c, uint64_t who)
{
	for (size_t i = 0; i < c->touched_count; i++)
		if (c->touched[i] == who)
			return true;
	return false;
}

static void undo(struct chaining *c, const struct move *v)
{
	if (v->out != NO_PAIR)
		grants_take(c->g, c->m, v->out, v->out_offer, v->out_x);
}

/* Applies the moves of the chain into `start`, until it ends or comes back. False, and
 * nothing changed, when a customer would move twice or money does not suffice; the move at
 * fault is forgotten. */
static bool apply_chain(struct chaining *c, size_t start)
{
	struct move *chain[CHAIN_OFFERS + 2];
	size_t n = 0, taken = 0, before = c->touched_count;
	bool fits = true;

	for (size_t at = start; c->next[at] != SIZE_MAX && n <= c->nodes;) {
		struct move *v = chain[n++] = move_into(c, at);
		if (is_touched(c, v->who)) {
			c->touched_count = before;
			v->gain = -INFINITY;
			return false;
		}
		GROW(c->touched, c->touched_cap, c->touched_count + 1);
		c->touched[c->touched_count++] = v->who;
		at = c->next[at];
		if (at == start)
			break;
	}
	for (size_t i = 0; i < n; i++)
		if (chain[i]->out != NO_PAIR)
			grants_return(c->g, c->m, chain[i]->out, chain[i]->out_offer,
				      chain[i]->out_x);
	for (; taken < n && fits; taken += fits) {
		const struct move *v = chain[taken];
		if (v->in == NO_PAIR)
			continue;
		fits = grants_fit(c->g, v->in_offer, market_cost(c->m, v->in_offer, v->in_x));
		if (fits)
			grants_take(c->g, c->m, v->in, v->in_offer, v->in_x);
	}
	if (!fits) {
		for (size_t i = 0; i < taken; i++)
			if (chain[i]->in != NO_PAIR)
				grants_return(c->g, c->m, chain[i]->in, chain[i]->in_offer,
					      chain[i]->in_x);
		for (size_t i = 0; i < n; i++)
			undo(c, chain[i]);
		c->touched_count = before;
		chain[taken]->gain = -INFINITY;
		return false;
	}
	for (size_t i = 0; i < n; i++)
		chain[i]->gain = -INFINITY;
	return true;
}

/* A node a chain that gains can begin at. */
static size_t find_start(const struct chaining *c)
{
	size_t best = SIZE_MAX;

	for (size_t i = 0; i < c->nodes; i++) {
		bool is_left = i == c->nodes - 1 || (has_stock(c, i) && c->g->stock[i] > 0);
		if (is_left && c->worth[i] > c->least &&
		    (best == SIZE_MAX || c->worth[i] > c->worth[best]))
			best = i;
	}
	return best;
}

/* Chains out of one gathering; returns how many were applied, and whether one was refused,
 * after which the worths say nothing. */
static size_t apply_chains(struct chaining *c, bool *refused)
{
	size_t applied = 0;

	*refused = false;
	for (size_t i = 0; i < 4 * c->nodes; i++) {
		size_t start = weigh_nodes(c);
		if (start == SIZE_MAX)
			start = find_start(c);
		if (start == SIZE_MAX)
			break;
		if (apply_chain(c, start))
			applied++;
		else
			*refused = true;
	}
	return applied;
}

/* Stock prices as the worths are, and the bound at them. */
static enum so1_status price_by_worth(const struct chaining *c, struct allot_prices *to,
				      struct allot_store *s, double *bound, struct so1_error *e)
{
	prices_copy(to, c->p, c->m);
	for (size_t i = 0; i < c->m->offers; i++)
		if (has_stock(c, i))
			to->stock[i] = c->worth[i];
	prices_settle(to, c->m);
	return prices_bound(to, c->m, s, bound, e);
}

static void chaining_init(struct chaining *c)
{
	c->nodes = c->m->offers + 1;
	c->worth = xcalloc(c->nodes, sizeof *c->worth);
	c->next = xcalloc(c->nodes, sizeof *c->next);
	c->moves = xcalloc((size_t)c->m->threads, sizeof *c->moves);
	for (int t = 0; t < c->m->threads; t++)
		c->moves[t] = xcalloc(c->nodes * c->nodes, sizeof **c->moves);
}

static void chaining_free(struct chaining *c)
{
	for (int t = 0; t < c->m->threads; t++)
		free(c->moves[t]);
	free(c->moves);
	free(c->worth);
	free(c->next);
	free(c->touched);
}

enum so1_status grants_exchange(struct allot_grants *g, const struct allot_market *m,
				struct allot_prices *p, struct allot_store *s, unsigned passes,
				double *bound, struct so1_error *e)
{
	struct chaining c = {.g = g, .m = m, .p = p, .least = 1e-12 * *bound};
	enum so1_status status = SO1_OK;
	struct allot_prices trial;
	bool refused = true;
	double here = INFINITY;

	if (m->offers > CHAIN_OFFERS)
		return SO1_OK;
	chaining_init(&c);
	for (unsigned i = 0; i < passes && status == SO1_OK; i++) {
		status = gather_moves(&c, s, e);
		if (status == SO1_OK && apply_chains(&c, &refused) == 0)
			break;
		refused = true;
	}
	prices_init(&trial, m);
	if (status == SO1_OK && !refused)
		status = price_by_worth(&c, &trial, s, &here, e);
	if (status == SO1_OK && here <= *bound * (1 + 1e-12)) {
		*bound = fmin(here, *bound);
		prices_copy(p, &trial, m);
	}
	prices_free(&trial);
	chaining_free(&c);
	return status;
}

enum so1_status grants_weigh(struct allot_grants *g, const struct allot_market *m,
			     struct allot_prices *p, struct allot_store *s, double *bound,
			     struct so1_error *e)
{
	struct chaining c = {.g = g, .m = m, .p = p, .least = 1e-12 * g->value};
	struct allot_prices trial;

	*bound = INFINITY;
	if (m->offers > CHAIN_OFFERS)
		return SO1_OK;
	chaining_init(&c);
	prices_init(&trial, m);
	enum so1_status status = gather_moves(&c, s, e);
	if (status == SO1_OK && weigh_nodes(&c) == SIZE_MAX)
		status = price_by_worth(&c, &trial, s, bound, e);
	if (status == SO1_OK && *bound < INFINITY)
		prices_copy(p, &trial, m);
	prices_free(&trial);
	chaining_free(&c);
	return status;
}
