#include "dedupe/sighting.h"

/* The first two bytes: the channels with a yes and, four bits on, with a no; then these. */
enum { IS_VERIFIED = 1, HAS_MOMENT = 2 };

void sighting_see(struct sighting *s, const struct row *row)
{
	uint64_t moment = row_moment(row);

	s->count++;
	s->verified |= row->kind == ROW_RESPONSE;
	if (moment > s->moment)
		s->moment = moment;
	if (row->yes || row->no)
		consent_add(&s->consent, row->yes, row->no, moment);
}

void sighting_add(struct sighting *s, const struct sighting *other)
{
	if (other->count > s->count)
		s->count = other->count;
	s->verified |= other->verified;
	if (other->moment > s->moment)
		s->moment = other->moment;
	consent_merge(&s->consent, &other->consent);
}

static void put_moment(struct buffer *b, uint64_t moment)
{
	buffer_put(b, (const char *)&moment, sizeof moment);
}

static const unsigned char *get_moment(uint64_t *moment, const unsigned char *p)
{
	memcpy(moment, p, sizeof *moment);
	return p + sizeof *moment;
}

/* Seven bits a byte, the lowest first; the eighth: more follow. */
static void put_count(struct buffer *b, uint64_t n)
{
	for (; n > 127; n >>= 7)
		buffer_put_byte(b, (char)(n | 128));
	buffer_put_byte(b, (char)n);
}

static const unsigned char *get_count(uint64_t *n, const unsigned char *p)
{
	*n = 0;
	for (int shift = 0;; shift += 7) {
		*n |= (uint64_t)(*p & 127) << shift;
		if ((*p++ & 128) == 0)
			return p;
	}
}

/* Most permissions are as old as the one touchpoint there is: those that are have a bit. */
static unsigned as_old(const struct sighting *s, const uint64_t last[CONSENT_CHANNELS], unsigned set)
{
	unsigned same = 0;

	for (int ch = 0; ch < CONSENT_CHANNELS; ch++)
		same |= set >> ch & 1 && last[ch] == s->moment ? 1u << ch : 0;
	return same;
}

void sighting_put(const struct sighting *s, struct buffer *b)
{
	const struct consent *c = &s->consent;
	unsigned yes = as_old(s, c->last_yes, c->yes), no = as_old(s, c->last_no, c->no);

	buffer_put_byte(b, (char)(c->yes | c->no << CONSENT_CHANNELS));
	buffer_put_byte(b, (char)((s->verified ? IS_VERIFIED : 0) | (s->moment ? HAS_MOMENT : 0)));
	put_count(b, s->count);
	if (s->moment)
		put_moment(b, s->moment);
	if ((c->yes | c->no) == 0)
		return;
	buffer_put_byte(b, (char)(yes | no << CONSENT_CHANNELS));
	for (int ch = 0; ch < CONSENT_CHANNELS; ch++) {
		if ((c->yes & ~yes) >> ch & 1)
			put_moment(b, c->last_yes[ch]);
		if ((c->no & ~no) >> ch & 1)
			put_moment(b, c->last_no[ch]);
	}
}

const unsigned char *sighting_get(struct sighting *s, const unsigned char *p)
{
	unsigned permissions = *p++, flags = *p++, same;

	*s = (struct sighting){.verified = flags & IS_VERIFIED};
	s->consent.yes = permissions & CONSENT_ALL;
	s->consent.no = permissions >> CONSENT_CHANNELS;
	p = get_count(&s->count, p);
	if (flags & HAS_MOMENT)
		p = get_moment(&s->moment, p);
	if (permissions == 0)
		return p;
	same = *p++;
	for (int ch = 0; ch < CONSENT_CHANNELS; ch++) {
		if (s->consent.yes >> ch & 1) {
			s->consent.last_yes[ch] = s->moment;
			if (!(same >> ch & 1))
				p = get_moment(&s->consent.last_yes[ch], p);
		}
		if (s->consent.no >> ch & 1) {
			s->consent.last_no[ch] = s->moment;
			if (!(same >> (CONSENT_CHANNELS + ch) & 1))
				p = get_moment(&s->consent.last_no[ch], p);
		}
	}
	return p;
}
