/* The shop, the web log, the newsletter and the suppression list. crm.c and chat.c have theirs. */
#include "systems.h"
#include <string.h>
#include "records.h"

const char *world_open(struct world *w, const char *dir)
{
	struct { struct sink *sink; const char *name; char delimiter; bool windows; const char *header; }
	files[] = {
		{ &w->crm, "crm.csv", ';', true,
		  "Kundennr;Kundenkarte;Vorname;Nachname;Geschlecht;Geburtsdatum;Stra\xdf" "e;PLZ;Ort;Land;"
				"E-Mail;Telefon;Mobil;Newsletter;Werbung Post;Werbung Telefon;Sprache;Schuhgr\xf6\xdf" "e;"
				"Umsatz Vorjahr;Ge\xe4ndert" },
		{ &w->orders, "orders.csv.gz", ',', false,
		  "order_id,ordered_at,type,channel,customer_no,loyalty_card,email,phone,first_name,"
				"last_name,street,postcode,city,country,sku,product,qty,unit_price,line_total,currency,"
				"coupon" },
		{ &w->web, "web.tsv", '\t', false, "time\tdevice\tlogin\taction\tsku\tquery\tclient" },
		{ &w->chat, "chat.csv", ',', false, "ticket,created,channel,handle,email,phone,name,text" },
		{ &w->newsletter, "newsletter.csv", ',', false,
		  "subscriber_id,email,first_name,action,at,offer_id" },
		{ &w->suppress, "suppress.csv", ',', false, "email,phone,reason" },
		{ &w->truth, "truth.csv", ',', false, "source,id,person" },
	};
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		if (!sink_open(files[i].sink, dir, files[i].name, files[i].delimiter, files[i].windows,
				files[i].header))
			return files[i].name;
	return NULL;
}

bool world_flush(struct world *w)
{
	return sink_flush(&w->crm) && sink_flush(&w->orders) && sink_flush(&w->web) &&
			sink_flush(&w->chat) && sink_flush(&w->newsletter) && sink_flush(&w->suppress) &&
			sink_flush(&w->truth);
}

bool world_close(struct world *w)
{
	bool good = sink_close(&w->crm);
	good &= sink_close(&w->orders);
	good &= sink_close(&w->web);
	good &= sink_close(&w->chat);
	good &= sink_close(&w->newsletter);
	good &= sink_close(&w->suppress);
	good &= sink_close(&w->truth);
	return good;
}

uint64_t world_rows(const struct world *w)
{
	return w->crm.written + w->orders.written + w->web.written + w->chat.written +
			w->newsletter.written;
}

uint64_t world_bytes(const struct world *w)
{
	return w->crm.bytes + w->orders.bytes + w->web.bytes + w->chat.bytes + w->newsletter.bytes +
			w->suppress.bytes + w->truth.bytes;
}

void trace_start(struct trace *t, struct world *w, const struct person *p)
{
	*t = (struct trace){ .world = w, .person = p };
	t->dirt = rng_start(w->seed, p->number, 9);
	t->second_account = p->account && rng_hit(&t->dirt, 0.06);
}

void truth_write(struct trace *t, const char *source, const char *id)
{
	struct sink *s = &t->world->truth;
	sink_begin(s, (int64_t)t->person->number);
	sink_field(s, source);
	sink_field(s, id);
	text_number(sink_raw(s), (int64_t)t->person->number);
	sink_end(s);
}

void campaign_id(char *to, size_t n, const struct campaign *c)
{
	const char *name = category_names[c->category];
	char number[] = "-0000";
	number[1] = (char)('0' + c->year / 10 % 10);
	number[2] = (char)('0' + c->year % 10);
	number[3] = (char)('0' + c->month / 10);
	number[4] = (char)('0' + c->month % 10);
	dirt_copy(to, n, name);
	dirt_copy(to + strlen(to), n - strlen(to), number);
}

/* Who the shop thinks it is dealing with. */
struct buyer {
	char customer_no[16], card[16], email[128], phone[32], first[48], last[64];
	struct address address;
	bool named;
};

static void buyer_account(struct trace *t, struct buyer *b)
{
	const struct person *p = t->person;
	bool second = t->second_account && rng_hit(&t->dirt, 0.35);
	uint64_t no = 2000000 + rng_scramble(p->number, t->world->seed + 6) * 2 + second;
	struct text number = { 0 };
	text_put(&number, "K");
	text_number(&number, (int64_t)no);
	text_char(&number, 0);
	dirt_copy(b->customer_no, sizeof b->customer_no, number.data);
	text_free(&number);
	/* Forgot the password, took the other address, was a new customer. */
	dirt_copy(b->email, sizeof b->email, second && *p->email2 ? p->email2 : p->email);
	dirt_copy(b->first, sizeof b->first, second && *p->first->nick ? p->first->nick : p->first->name);
	dirt_copy(b->last, sizeof b->last, p->last);
	if (p->number % 3)
		record_phone(b->phone, sizeof b->phone, p, false, PHONE_INTERNATIONAL);
	bool *told = second ? &t->told_second_account : &t->account_told;
	if (!*told)
		truth_write(t, "orders", b->customer_no);
	*told = true;
}

static void buyer_guest(struct trace *t, struct buyer *b, const char *order_id)
{
	const struct person *p = t->person;
	dirt_copy(b->email, sizeof b->email, *p->email2 && rng_hit(&t->dirt, 0.3) ? p->email2 : p->email);
	if (rng_hit(&t->dirt, 0.1)) {
		char upper[128];
		dirt_upper(upper, sizeof upper, b->email);
		dirt_copy(b->email, sizeof b->email, upper);
	}
	record_name(b->first, b->last, p, &t->dirt, 0.3, 0.05);
	bool told = rng_hit(&t->dirt, 0.6), landline = rng_hit(&t->dirt, 0.2);
	enum phone_style style = (enum phone_style)rng_below(&t->dirt, PHONE_STYLES);
	if (told)
		record_phone(b->phone, sizeof b->phone, p, landline, style);
	truth_write(t, "orders", order_id);
}

static void buyer_store(struct trace *t, struct buyer *b, const char *order_id)
{
	const struct person *p = t->person;
	b->named = false;
	if (p->card && rng_hit(&t->dirt, 0.8)) {
		struct text card = { 0 };
		text_number(&card, (int64_t)p->card);
		text_char(&card, 0);
		dirt_copy(b->card, sizeof b->card, card.data);
		text_free(&card);
		truth_write(t, "orders", order_id);
	} else if (rng_hit(&t->dirt, 0.12)) {
		dirt_copy(b->email, sizeof b->email, p->email); /* the receipt by e-mail */
		truth_write(t, "orders", order_id);
	} else if (rng_hit(&t->dirt, 0.08)) {
		/* Reserved and picked up: the form wants an address, the cashier gives the till's. */
		dirt_copy(b->email, sizeof b->email, "kasse@kranich-kiesel.example");
		record_name(b->first, b->last, p, &t->dirt, 0.3, 0.08);
		if (rng_hit(&t->dirt, 0.5))
			record_phone(b->phone, sizeof b->phone, p, false, PHONE_SPACED);
		truth_write(t, "orders", order_id);
	}
}

static void order_row(struct trace *t, const struct order *o, const struct buyer *b,
		const char *id, const struct line *l, int64_t at, bool back)
{
	struct sink *s = &t->world->orders;
	char street[96];
	sink_begin(s, at);
	sink_field(s, id);
	text_time(sink_raw(s), at, TIME_OFFSET);
	sink_field(s, back ? "return" : "sale");
	sink_field(s, o->store ? "store" : t->person->number % 4 ? "web" : "app");
	sink_field(s, b->customer_no);
	sink_field(s, b->card);
	sink_field(s, b->email);
	sink_field(s, b->phone);
	sink_field(s, b->first);
	sink_field(s, b->last);
	record_street(street, sizeof street, &b->address, NULL);
	sink_field(s, b->named ? street : "");
	struct text *postcode = sink_raw(s);
	if (b->named)
		record_postcode(postcode, &b->address);
	sink_field(s, b->named ? towns[b->address.town].name : "");
	sink_field(s, b->named ? towns[b->address.town].country : "");
	sink_field(s, l->product->sku);
	sink_field(s, l->product->name);
	text_number(sink_raw(s), l->qty);
	int64_t cents = l->product->cents * (100 - o->percent_off) / 100;
	text_cents(sink_raw(s), cents, '.');
	text_cents(sink_raw(s), cents * l->qty, '.');
	sink_field(s, "EUR");
	char coupon[24] = "", printed[24];
	if (o->coupon)
		campaign_id(coupon, sizeof coupon, o->coupon);
	dirt_upper(printed, sizeof printed, coupon);
	sink_field(s, printed);
	sink_end(s);
	if (!back && rng_hit(&t->dirt, 0.012))
		sink_again(s); /* the nightly export ran twice */
}

void order_write(struct trace *t, const struct order *o)
{
	static const char digits[] = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
	const struct person *p = t->person;
	/* A bijection of (person, order) on 40 bits: eight characters, never twice. */
	uint64_t n = (p->number * 512 + (uint64_t)t->orders++) & UINT64_C(0xffffffffff);
	n = (n * UINT64_C(0x9e3779b97f4a7c15) + t->world->seed) & UINT64_C(0xffffffffff);
	n ^= n >> 20;
	char id[16] = "KK-";
	for (int i = 0; i < 8; i++)
		id[3 + i] = digits[(n >> (5 * i)) & 31];
	struct buyer b = { .named = true };
	b.address = o->at / 86400 >= p->move_day ? p->new_home : p->home;
	if (o->store)
		buyer_store(t, &b, id);
	else if (p->account)
		buyer_account(t, &b);
	else
		buyer_guest(t, &b, id);
	for (int i = 0; i < o->count; i++) {
		const struct line *l = &o->lines[i];
		order_row(t, o, &b, id, l, o->at, false);
		enum category c = l->product->category;
		double back = c == FASHION ? 0.22 : c == TV || c == AUDIO ? 0.06 : c == WARRANTY ? 0 : 0.035;
		int64_t at = o->at + rng_between(&t->dirt, 4, 18) * 86400;
		at += rng_below(&t->dirt, 20000);
		if (rng_hit(&t->dirt, back) && at < END_DAY * 86400)
			order_row(t, o, &b, id, l, at, true);
	}
}

static void web_row(struct trace *t, struct session *s, const char *action, const char *sku,
		const char *query)
{
	struct sink *out = &t->world->web;
	sink_begin(out, s->at);
	text_time(sink_raw(out), s->at, TIME_MILLIS);
	sink_field(out, s->device);
	sink_field(out, s->login ? t->person->email : "");
	sink_field(out, action);
	char lower[16];
	dirt_lower(lower, sizeof lower, sku);
	sink_field(out, t->person->number % 19 ? sku : lower); /* one client lower-cases all links */
	sink_field(out, query);
	sink_field(out, s->app ? "app" : "web");
	sink_end(out);
	s->at += rng_between(&t->dirt, 15, 240);
}

struct session session_start(struct trace *t, int64_t at)
{
	const struct person *p = t->person;
	struct session s = { .at = at };
	int i = rng_hit(&t->dirt, 0.65) ? 0 : rng_below(&t->dirt, p->devices);
	dirt_copy(s.device, sizeof s.device, p->device[i]);
	s.app = p->number % 4 == 0 && i == 0;
	s.login = p->account && rng_hit(&t->dirt, s.app ? 0.9 : 0.3);
	if (p->account && rng_hit(&t->dirt, 0.008)) {
		dirt_copy(s.device, sizeof s.device, "d-kiosk-berlin1"); /* the terminal in the branch */
		s.login = true;
		s.app = false;
	} else if (!t->device_told[i]) {
		truth_write(t, "web", s.device);
		t->device_told[i] = true;
	}
	web_row(t, &s, "session_start", "", "");
	return s;
}

void session_view(struct trace *t, struct session *s, const struct product *p)
{
	web_row(t, s, "product_view", p->sku, "");
}

void session_cart(struct trace *t, struct session *s, const struct product *p)
{
	web_row(t, s, "add_to_cart", p->sku, "");
}

void session_search(struct trace *t, struct session *s, const char *words)
{
	web_row(t, s, "search", "", words);
}

void mail_write(struct trace *t, int64_t at, const char *action, const struct campaign *c)
{
	const struct person *p = t->person;
	struct sink *s = &t->world->newsletter;
	struct text id = { 0 };
	text_put(&id, "s");
	text_number(&id, (int64_t)rng_scramble(p->number, t->world->seed + 7));
	text_char(&id, 0);
	if (!t->subscriber_told)
		truth_write(t, "newsletter", id.data);
	t->subscriber_told = true;
	sink_begin(s, at);
	sink_field(s, id.data);
	/* A fifth signed up with the other address; the list keeps what was typed. */
	const char *email = p->number % 5 == 0 && *p->email2 ? p->email2 : p->email;
	char typed[128];
	dirt_copy(typed, sizeof typed, email);
	if (p->number % 7 == 0 && typed[0] >= 'a' && typed[0] <= 'z')
		typed[0] = (char)(typed[0] - 32);
	sink_field(s, typed);
	const char *nick = *p->first->nick && p->number % 3 == 0 ? p->first->nick : p->first->name;
	sink_field(s, p->number % 2 && action[0] == 's' && action[1] == 'u' ? nick : "");
	sink_field(s, action);
	text_time(sink_raw(s), at, TIME_ZULU);
	char offer[24] = "";
	if (c)
		campaign_id(offer, sizeof offer, c);
	sink_field(s, offer);
	sink_end(s);
	text_free(&id);
}

void suppress_write(struct trace *t, int64_t at)
{
	static const char *const reasons[] = { "asked by telephone", "hard bounce",
		"Robinson list", "spam complaint" };
	struct sink *s = &t->world->suppress;
	int why = rng_below(&t->dirt, 4);
	char phone[32];
	record_phone(phone, sizeof phone, t->person, false, PHONE_INTERNATIONAL);
	sink_begin(s, at);
	sink_field(s, why == 0 ? "" : t->person->email);
	sink_field(s, why == 0 || why == 2 ? phone : "");
	sink_field(s, reasons[why]);
	sink_end(s);
}
