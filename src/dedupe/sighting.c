#include "dedupe/sighting.h"

#include "stream/cells.h"

#include <stdlib.h>

/* The first two bytes: the channels with a yes and, four bits on, with a no; then these. */
enum { IS_VERIFIED = 1, HAS_MOMENT = 2, HAS_ATTRS = 4 };

/* The attribute of that key, or a new one older than any. They stand by key, so that touchpoints
 * may come in any order. */
static struct attr_seen *find_attr(struct sighting *s, struct slice key)
{
	uint32_t at = 0;

	while (at < s->attr_count && slice_compare(s->attrs[at].key, key) < 0)
		at++;
	if (at < s->attr_count && slice_equal(s->attrs[at].key, key))
		return &s->attrs[at];
	s->attrs = xrealloc_array(s->attrs, s->attr_count + (size_t)1, sizeof *s->attrs);
	struct attr_seen *a = &s->attrs[at];
	memmove(a + 1, a, (s->attr_count++ - at) * sizeof *a);
	*a = (struct attr_seen){.key = key};
	return a;
}

static void see_attr(struct sighting *s, struct slice key, struct slice value, uint64_t moment)
{
	struct attr_seen *a;

	if (value.len == 0)
		return;
	a = find_attr(s, key);
	if (a->value.len > 0 && !attr_gives_way(a->value, a->moment, value, moment))
		return;
	char *own = xmalloc(key.len + value.len);
	memcpy(own, key.ptr, key.len);
	memcpy(own + key.len, value.ptr, value.len);
	free(a->own);
	*a = (struct attr_seen){slice_make(own, key.len), slice_make(own + key.len, value.len), moment, own};
}

void sighting_see(struct sighting *s, const struct row *row, struct sighting_room *room)
{
	uint64_t moment = row_moment(row);

	s->count++;
	s->verified |= row->kind == ROW_RESPONSE;
	if (moment > s->moment)
		s->moment = moment;
	if (row->yes || row->no)
		consent_add(&s->consent, row->yes, row->no, moment);
	if (!(row->has & ROW_HAS_ATTRS))
		return;
	struct slice key, value, rest = row_unquote(row_attrs(row), &room->unquoted);
	while (cell_next(&rest, &key, &value, &room->text))
		see_attr(s, key, value, moment);
	arena_reset(&room->text);
}

void sighting_add(struct sighting *s, const struct sighting *other)
{
	if (other->count > s->count)
		s->count = other->count;
	s->verified |= other->verified;
	if (other->moment > s->moment)
		s->moment = other->moment;
	consent_merge(&s->consent, &other->consent);
	for (uint32_t i = 0; i < other->attr_count; i++) {
		const struct attr_seen *from = &other->attrs[i];
		struct attr_seen *a = find_attr(s, from->key);
		if (a->value.len > 0 && !attr_gives_way(a->value, a->moment, from->value, from->moment))
			continue;
		free(a->own);
		*a = (struct attr_seen){from->key, from->value, from->moment, NULL};
	}
}

static bool consent_same(const struct consent *a, const struct consent *b)
{
	for (int ch = 0; ch < CONSENT_CHANNELS; ch++)
		if (a->last_yes[ch] != b->last_yes[ch] || a->last_no[ch] != b->last_no[ch])
			return false;
	return a->yes == b->yes && a->no == b->no;
}

bool sighting_same(const struct sighting *a, const struct sighting *b)
{
	if (a->count != b->count || a->moment != b->moment || a->verified != b->verified ||
	    a->attr_count != b->attr_count || !consent_same(&a->consent, &b->consent))
		return false;
	for (uint32_t i = 0; i < a->attr_count; i++)
		if (!slice_equal(a->attrs[i].key, b->attrs[i].key) ||
		    !slice_equal(a->attrs[i].value, b->attrs[i].value) ||
		    a->attrs[i].moment != b->attrs[i].moment)
			return false;
	return true;
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

static void put_text(struct buffer *b, struct slice text)
{
	put_count(b, text.len);
	buffer_put_slice(b, text);
}

static const unsigned char *get_text(struct slice *text, const unsigned char *p)
{
	uint64_t len;

	p = get_count(&len, p);
	*text = slice_make((const char *)p, (size_t)len);
	return p + len;
}

static void put_attrs(const struct sighting *s, struct buffer *b)
{
	put_count(b, s->attr_count);
	for (uint32_t i = 0; i < s->attr_count; i++) {
		put_text(b, s->attrs[i].key);
		put_text(b, s->attrs[i].value);
		put_moment(b, s->attrs[i].moment);
	}
}

static const unsigned char *get_attrs(struct sighting *s, const unsigned char *p)
{
	uint64_t n;

	p = get_count(&n, p);
	s->attr_count = (uint32_t)n;
	s->attrs = xcalloc(n, sizeof *s->attrs);
	for (uint32_t i = 0; i < s->attr_count; i++) {
		p = get_text(&s->attrs[i].key, p);
		p = get_text(&s->attrs[i].value, p);
		p = get_moment(&s->attrs[i].moment, p);
	}
	return p;
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
	buffer_put_byte(b, (char)((s->verified ? IS_VERIFIED : 0) | (s->moment ? HAS_MOMENT : 0) |
				  (s->attr_count ? HAS_ATTRS : 0)));
	put_count(b, s->count);
	if (s->moment)
		put_moment(b, s->moment);
	if (s->attr_count)
		put_attrs(s, b);
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
	if (flags & HAS_ATTRS)
		p = get_attrs(s, p);
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

void sighting_free(struct sighting *s)
{
	for (uint32_t i = 0; i < s->attr_count; i++)
		free(s->attrs[i].own);
	free(s->attrs);
	*s = (struct sighting){.count = 0};
}

void sighting_room_free(struct sighting_room *room)
{
	buffer_free(&room->unquoted);
	arena_free(&room->text);
}
