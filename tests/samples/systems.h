/* systems.h: the five systems as they record one person, each with the dirt of its kind.
 *
 * A function writes one row (or a few) to the system's file and, the first time an identity
 * appears there, a row to the truth. Times are UTC seconds. */
#ifndef SAMPLES_SYSTEMS_H
#define SAMPLES_SYSTEMS_H
#include "person.h"
#include "sink.h"

struct world {
	uint64_t seed;
	bool crm_only;              /* the other systems have seen nobody */
	struct goods goods;
	struct sink crm, orders, web, chat, newsletter, suppress, truth;
};

/* Opens all files in dir. NULL, or the path that failed with errno set. */
const char *world_open(struct world *w, const char *dir);
bool world_flush(struct world *w);
bool world_close(struct world *w);
uint64_t world_rows(const struct world *w);
uint64_t world_bytes(const struct world *w);

/* What the systems know of one person so far, and the chance of their clerks and cookies. */
struct trace {
	struct world *world;
	const struct person *person;
	struct rng dirt;
	int orders, tickets, records;       /* how many so far: numbers derive from it */
	bool device_told[3], told_second_account;
	bool account_told, subscriber_told, second_account;
};
void trace_start(struct trace *t, struct world *w, const struct person *p);

/* Notes in truth.csv that the source's id is this person. */
void truth_write(struct trace *t, const char *source, const char *id);

/* crm.csv: all the records there are of the person (one, or by accident two). */
void crm_write(struct trace *t);

struct line { const struct product *product; int qty; };
struct order {
	int64_t at;
	bool store;
	int percent_off;                    /* of the coupon */
	const struct campaign *coupon;      /* NULL if none */
	struct line lines[8];
	int count;
};
/* orders.csv.gz: the order's lines, some exported twice, and what comes back later. */
void order_write(struct trace *t, const struct order *o);

/* web.tsv. A session is on one device and either logged in or not. */
struct session { char device[16]; bool login, app; int64_t at; };
struct session session_start(struct trace *t, int64_t at);
void session_view(struct trace *t, struct session *s, const struct product *p);
void session_cart(struct trace *t, struct session *s, const struct product *p);
void session_search(struct trace *t, struct session *s, const char *words);

/* chat.csv */
void chat_write(struct trace *t, int64_t at, enum category c, const struct product *p);

/* newsletter.csv: action is subscribed, sent, opened, clicked, redeemed or unsubscribed;
 * campaign NULL where there is none. */
void mail_write(struct trace *t, int64_t at, const char *action, const struct campaign *c);

/* suppress.csv: the person has asked never to be written to. */
void suppress_write(struct trace *t, int64_t at);

/* offer_id of a campaign, garden-2504; the shop prints it in capitals. n ≥ 20. */
void campaign_id(char *to, size_t n, const struct campaign *c);
#endif
