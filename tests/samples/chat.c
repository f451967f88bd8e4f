/* chat.csv: free text with commas, quotes and line breaks; who wrote it depends on the channel. */
#include <string.h>
#include "records.h"

static bool suits(const struct message *m, enum category c, enum persona persona)
{
	return (!*m->category || !strcmp(m->category, category_names[c])) &&
			(!*m->flavour || persona == BOHO);
}

static const struct message *pick_message(enum category c, enum persona persona, struct rng *r)
{
	const struct message *found = NULL;
	for (int tries = 0; tries < 40; tries++) {
		const struct message *m = &messages[rng_below(r, message_count)];
		if (!suits(m, c, persona))
			continue;
		found = m;
		if (*m->category) /* the general ones are only for want of better */
			break;
	}
	return found ? found : &messages[message_count - 1];
}

/* Fills in %p and %n. */
static void put_words(char *to, size_t n, const char *words, const char *product, const char *name)
{
	*to = 0;
	for (size_t at = 0; *words && at + 1 < n; at = strlen(to)) {
		if (*words == '%' && (words[1] == 'p' || words[1] == 'n')) {
			dirt_copy(to + at, n - at, words[1] == 'p' ? product : name);
			words += 2;
		} else {
			to[at] = *words++;
			to[at + 1] = 0;
		}
	}
}

void chat_write(struct trace *t, int64_t at, enum category c, const struct product *product)
{
	const struct person *p = t->person;
	struct rng *r = &t->dirt;
	struct sink *s = &t->world->chat;
	struct text id = { 0 };
	text_put(&id, "T");
	text_number(&id, (int64_t)(rng_scramble(p->number, t->world->seed + 9) * 10 +
			(uint64_t)(t->tickets++ % 10)));
	text_char(&id, 0);
	truth_write(t, "chat", id.data);
	double u = rng_unit(r);
	bool twitter = *p->twitter && u < 0.6, whatsapp = !twitter && u < 0.3;
	sink_begin(s, at);
	sink_field(s, id.data);
	text_free(&id);
	text_time(sink_raw(s), at, TIME_LOCAL);
	sink_field(s, twitter ? "Twitter" : whatsapp ? "WhatsApp" : "Webchat");
	char handle[24], phone[40] = "", first[48], last[64], words[512], name[128];
	dirt_copy(handle, sizeof handle, p->twitter);
	if (rng_hit(r, 0.2))
		dirt_upper(handle, sizeof handle, p->twitter);
	sink_field(s, twitter ? handle : "");
	sink_field(s, (!twitter && !whatsapp && rng_hit(r, 0.8)) || (twitter && rng_hit(r, 0.25))
			? p->email : "");
	if (whatsapp)
		record_phone(phone, sizeof phone, p, false, PHONE_ZEROS);
	sink_field(s, phone);
	record_name(first, last, p, r, 0.4, 0.02);
	dirt_copy(name, sizeof name, first);
	if (!twitter && rng_hit(r, 0.5)) {
		dirt_copy(name + strlen(name), sizeof name - strlen(name), " ");
		dirt_copy(name + strlen(name), sizeof name - strlen(name), last);
	}
	sink_field(s, name);
	const struct message *m = pick_message(c, p->persona, r);
	/* The first few of a category are what one asks about: sets, not cables. */
	const struct goods *g = &t->world->goods;
	if (product - g->products > g->first[product->category] + 4)
		product = &g->products[g->first[product->category] + rng_below(r, 5)];
	put_words(words, sizeof words, m->words, product->name, first);
	sink_field(s, words);
	sink_end(s);
}
