/* The random histories of test_dedupe_history.c: who there is, what befalls them, and what the
 * sources say of them in a night. */
#ifndef SO1_TESTS_HISTORY_WORLD_H
#define SO1_TESTS_HISTORY_WORLD_H

#include "base/chance.h"
#include "dedupe/ident.h"
#include "night_help.h"

enum { NIGHTS = 50, RECORDS = 160, BYSTANDERS = 80, ID = CUSTOMER_ID_LENGTH };

/* A record of a source; what is 0 it does not say. */
struct entry {
	bool there, named; /* named: it has a source_id */
	bool asks;         /* it is itself a request to erase */
	bool visit;        /* the device alone */
	bool changed;      /* since the night before */
	int email, card, phone, device, person; /* person: a first name and a birth date */
	int family, spelling; /* with probabilities: surname and address; how the name is spelt */
};

/* Who was whom in one night: the id of each record that has a source_id, "" for those
 * that are not there, and the ids of the records that have none. */
struct who {
	char id[RECORDS][ID + 1];
	struct buffer unnamed;
};

struct world {
	struct entry entries[RECORDS];
	bool forgotten[RECORDS]; /* asked for erasure at some time */
	bool erased_before[RECORDS]; /* of these, before tonight */
	int values;              /* the last value given to anybody */
	uint64_t seed, drawn;
	bool probable;           /* with a model */
	bool additions;          /* nights bring what is new; the rest is in a known file */
	bool reread;             /* with a known file as well, but most nights bring all again */
	size_t known;            /* identities in the file of the last run */
	uint64_t recalled;       /* identities that joined an input */
	uint64_t carried;        /* customers that were written as the run before wrote them */
	uint64_t added;          /* identities that were added to a known file */
	uint64_t more;           /* customers of nights after the one that FILE.rows is of */
	char folder[64];
	struct who before, now;
	size_t customers;        /* in the registry */
	uint64_t kept;           /* ids that were checked to be kept */
	uint64_t settled;        /* identities that were not resolved again */
	uint64_t compared[2];    /* pairs in all nights, with the short cut, and without */
	uint64_t merged;         /* customers absorbed in all runs */
	uint64_t erased;         /* customers that the last run erased */
	struct buffer ids;       /* all that were ever seen, ID bytes each */
};

static unsigned draw(struct world *w, unsigned n)
{
	return (unsigned)(chance_mix(w->seed + ++w->drawn * UINT64_C(0x9e3779b97f4a7c15)) % n);
}

static const char *in_folder(const struct world *w, const char *name)
{
	static char paths[16][128];
	static unsigned next;
	char *path = paths[next++ % 16];

	snprintf(path, sizeof paths[0], "%s/%s", w->folder, name);
	return path;
}

static void copy_file(const char *from, const char *to)
{
	struct buffer b = {0};

	put_file(to, get_file(from, &b));
	buffer_free(&b);
}

/* Few names and places, some of them common, so that pairs are near the cut and rarities
 * move from night to night. */
static void put_person(const struct entry *x, struct buffer *b)
{
	static const char *const firsts[] = {"Anna", "Bernd", "Clara", "Dieter", "Emma", "Friedrich",
					     "Greta", "Heinrich", "Ida", "Johann", "Katharina", "Ludwig"};
	static const char *const lasts[] = {"Meyer", "Schulze", "Lindqvist", "Okonkwo", "Baumgartner",
					    "Ferrari", "Novak", "Zimmermann", "Quandt"};
	const char *first = firsts[x->person % 12];
	int length = (int)strlen(first);

	if (x->person)
		buffer_printf(b, ",%.*s%s,19%02d-%02d-%02d", x->spelling == 1 ? length - 1 : length, first,
			      x->spelling == 2 ? "h" : "", x->person % 30 + 50, x->person % 12 + 1,
			      x->person % 28 + 1);
	else
		buffer_put_text(b, ",,");
	if (x->family)
		buffer_printf(b, ",%s%s,Lange Gasse %d,%05d", lasts[x->family % 9], x->spelling == 3 ? "s" : "",
			      x->family % 5 + 1, 10000 + x->family % 7 * 1111);
	else
		buffer_put_text(b, ",,,");
	buffer_put_text(b, ",,");
}

/* Permissions and an attribute, of some. */
static void put_more(const struct world *w, unsigned number, struct buffer *b)
{
	static const char *const optins[] = {"", "1", "0", "1", ""};

	if (!w->reread)
		return;
	buffer_printf(b, ",%s,", optins[number % 5]);
	if (number % 3)
		buffer_printf(b, "size=%u", number);
}

/* People of whom nothing changes, but some of whom share a telephone with those of whom it does. */
static void put_bystanders(const struct world *w, struct buffer *b)
{
	for (unsigned i = 0; i < BYSTANDERS; i++) {
		const struct entry *x = &w->entries[i];
		buffer_printf(b, "still,%u,b%u@x.example,", i, i);
		if (i % 4 == 0 && x->phone)
			buffer_printf(b, "+49301%06d", x->phone);
		buffer_printf(b, ",,,Xaver%c%c,%u-01-01,Ypsilon%c%c,\"Weg \"\"%c\"\" %u\",%u", 'a' + i % 26,
			      'k' + i % 15, 1900 + i, 'a' + i % 23, 'b' + i % 21, 'A' + i % 19, i, 70000 + i);
		put_more(w, i, b);
		buffer_printf(b, ",2026-01-%02u,contact\n", i % 28 + 1);
	}
}

/* Tonight's touchpoints, from entry `first` on and round; extra: and one of nobody else. */
static void write_input(const struct world *w, const char *path, unsigned first, bool backwards,
			bool extra, bool only_changed)
{
	struct buffer b = {0};

	buffer_printf(&b, "source,source_id,email,phone,loyalty_id,device_id,first_name,"
			"birth_date%s%s,ts,event\n", w->probable ? ",last_name,street,postcode" : "",
		      w->reread ? ",optin_phone,attrs" : "");
	if (w->reread && !backwards)
		put_bystanders(w, &b);
	if (extra)
		buffer_printf(&b, "crm,stranger,stranger@x.example,,,,,%s%s,,contact\n",
			      w->probable ? ",,," : "", w->reread ? ",," : "");
	for (unsigned k = 0; k < RECORDS; k++) {
		unsigned i = (first + (backwards ? RECORDS - k : k)) % RECORDS;
		const struct entry *x = &w->entries[i];
		if (!x->there || (only_changed && !x->changed))
			continue;
		buffer_printf(&b, "s%u,", i % 3);
		if (x->visit) {
			buffer_printf(&b, ",,,,d%d,,%s%s,2026-01-01,view\n", x->device,
				      w->probable ? ",,," : "", w->reread ? ",," : "");
			continue;
		}
		if (x->named)
			buffer_printf(&b, "r%u", i);
		buffer_put_byte(&b, ',');
		if (x->email)
			buffer_printf(&b, "e%d@x.example", x->email);
		buffer_put_byte(&b, ',');
		if (x->phone)
			buffer_printf(&b, "+49301%06d", x->phone);
		buffer_put_byte(&b, ',');
		if (x->card)
			buffer_printf(&b, "c%d", x->card);
		buffer_put_byte(&b, ',');
		if (x->device)
			buffer_printf(&b, "d%d", x->device);
		if (w->probable)
			put_person(x, &b);
		else if (x->person)
			buffer_printf(&b, ",P%c,19%02d-01-01,,", 'a' + x->person % 26, x->person % 90 + 10);
		else
			buffer_put_text(&b, ",,,,");
		if (w->reread) {
			b.len -= 2;
			put_more(w, i + (unsigned)x->phone, &b);
			buffer_put_text(&b, ",,");
		}
		buffer_put_text(&b, x->asks ? "erase\n" : "contact\n");
	}
	if (w->reread && backwards)
		put_bystanders(w, &b);
	put_file(path, buffer_slice(&b));
	buffer_free(&b);
}

static void one_event(struct world *w)
{
	struct entry *a = &w->entries[draw(w, RECORDS)], *b = &w->entries[draw(w, RECORDS)];

	a->changed = true;
	switch (draw(w, 10)) {
	case 0: case 1: /* appears, perhaps with somebody's address and device */
		if (a->there || a->email || a->visit)
			break;
		*a = (struct entry){.there = true, .named = draw(w, 4) > 0, .phone = ++w->values,
				    .changed = true};
		a->email = b->there && b->email && draw(w, 3) == 0 ? b->email : ++w->values;
		a->person = draw(w, 2) ? ++w->values : 0;
		a->device = draw(w, 2) ? 1 + (int)draw(w, 40) : 0;
		break;
	case 8: /* a visit without a name */
		if (!a->there && !a->email)
			*a = (struct entry){.there = true, .visit = true, .changed = true,
					    .device = 1 + (int)draw(w, 60)};
		break;
	case 9: /* another device; or a visitor never seen again */
		if (a->visit)
			a->there = false;
		else
			a->device = a->device ? 0 : 1 + (int)draw(w, 40);
		break;
	case 2: /* moves to another address */
		a->email = a->email ? ++w->values : 0;
		break;
	case 3: case 4: /* two turn out to be one */
		b->changed = true;
		if (a->there && b->there && !a->visit && !b->visit)
			a->card = b->card = b->card ? b->card : ++w->values;
		break;
	case 5: /* that was a mistake */
		a->card = 0;
		break;
	case 6: /* leaves, or comes back */
		a->there = a->email && !a->there;
		break;
	default: /* changes number and address at once */
		if (a->email) {
			a->email = ++w->values;
			a->phone = ++w->values;
		}
	}
}

/* What only probabilities see. */
static void one_resemblance(struct world *w)
{
	struct entry *a = &w->entries[draw(w, RECORDS)], *b = &w->entries[draw(w, RECORDS)];
	unsigned x = draw(w, 24), y = draw(w, 24);

	/* A file of additions keeps what a record said before: one that becomes another person's
	 * would be two people's. */
	if (a->visit || b->visit || (w->additions && a->person))
		return;
	a->changed = true;
	switch (draw(w, 6)) {
	case 0: case 1: /* another record of somebody who is there, spelt in some way */
		b->person = b->person ? b->person : ++w->values;
		b->changed = true;
		a->person = b->person;
		a->family = b->family;
		a->spelling = (int)draw(w, 4);
		break;
	case 2: /* moves, marries; some names are common */
		a->family = 1 + (int)(x < y ? x : y);
		break;
	case 3: /* is corrected */
		a->spelling = 0;
		break;
	case 4: /* a brother or sister of somebody */
		a->person = ++w->values;
		a->family = b->family;
		break;
	default:
		a->family = a->family ? a->family : 1 + (int)(x < y ? x : y);
	}
}

/* Once in a while somebody who is named asks to be forgotten, by letter or by an event.
 * False: no letter tonight. */
static bool write_requests(struct world *w)
{
	unsigned i = draw(w, RECORDS), how = draw(w, 8);
	char text[64];

	if (how > 1 || !w->entries[i].there || !w->entries[i].named)
		return false;
	w->forgotten[i] = true;
	w->entries[i].changed = true;
	w->entries[i].asks = how == 1;
	int n = snprintf(text, sizeof text, "source_id:s%u:r%u\n", i % 3, i);
	put_file(in_folder(w, "erase"), slice_make(text, (size_t)n));
	return how == 0;
}

#endif
