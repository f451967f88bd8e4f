/* words.h: what people, towns and messages are called. Constant tables, UTF-8. */
#ifndef SAMPLES_WORDS_H
#define SAMPLES_WORDS_H

struct first_name {
	const char *name, *nick;    /* nick may be "" */
	char gender;                /* f or m */
	int from, to;               /* years of birth in which it was given */
};
extern const struct first_name first_names[];
extern const int first_name_count;

/* The most frequent first; a rank's share falls off as in Zipf's law. */
extern const char *const last_names[];
extern const int last_name_count;

struct town {
	const char *name, *country; /* ISO 3166 alpha-2 */
	int postcode, postcodes;    /* first one and how many */
	const char *area;           /* dialling code with its 0, "" outside Germany */
	int weight;
};
extern const struct town towns[];
extern const int town_count;

extern const char *const street_names[]; /* "…straße" where German */
extern const int street_count;
extern const char *const mail_domains[]; /* all under .example, which RFC 2606 reserves */
extern const int mail_domain_count;

/* A message to the help desk. %p stands for a product, %n for the writer's first name. */
struct message {
	const char *category;       /* "" when it fits any */
	const char *flavour;        /* "boho" if only the festival crowd writes so */
	const char *words;
};
extern const struct message messages[];
extern const int message_count;

/* What people type into the search box of the shop, by category. */
struct query { const char *category, *flavour, *words; };
extern const struct query queries[];
extern const int query_count;
#endif
