#include "stream/scan.h"

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#define ALWAYS_INLINE inline __attribute__((always_inline))

/* One bit a byte, the first byte lowest. */
struct masks {
	uint64_t quote, delimiter, lf, cr, odd;
};

typedef void masks_function(const char *p, char delimiter, struct masks *m);

#if defined(__x86_64__)
static ALWAYS_INLINE uint64_t bits16(__m128i v)
{
	return (uint64_t)(uint32_t)_mm_movemask_epi8(v);
}

static ALWAYS_INLINE void masks_sse2(const char *p, char delimiter, struct masks *m)
{
	const __m128i quote = _mm_set1_epi8('"'), delim = _mm_set1_epi8(delimiter);
	const __m128i lf = _mm_set1_epi8('\n'), cr = _mm_set1_epi8('\r'), one = _mm_set1_epi8(1);

	*m = (struct masks){0};
	for (int i = 0; i < 4; i++) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)(p + 16 * i));
		m->quote |= bits16(_mm_cmpeq_epi8(v, quote)) << 16 * i;
		m->delimiter |= bits16(_mm_cmpeq_epi8(v, delim)) << 16 * i;
		m->lf |= bits16(_mm_cmpeq_epi8(v, lf)) << 16 * i;
		m->cr |= bits16(_mm_cmpeq_epi8(v, cr)) << 16 * i;
		/* Signed: NUL and everything from 0x80 is below 1. */
		m->odd |= bits16(_mm_cmplt_epi8(v, one)) << 16 * i;
	}
}

#define AVX2 __attribute__((target("avx2,bmi,popcnt")))

static ALWAYS_INLINE AVX2 uint64_t bits32(__m256i v)
{
	return (uint32_t)_mm256_movemask_epi8(v);
}

static ALWAYS_INLINE AVX2 void masks_avx2(const char *p, char delimiter, struct masks *m)
{
	const __m256i quote = _mm256_set1_epi8('"'), delim = _mm256_set1_epi8(delimiter);
	const __m256i lf = _mm256_set1_epi8('\n'), cr = _mm256_set1_epi8('\r');
	const __m256i one = _mm256_set1_epi8(1);

	*m = (struct masks){0};
	for (int i = 0; i < 2; i++) {
		__m256i v = _mm256_loadu_si256((const __m256i *)(const void *)(p + 32 * i));
		m->quote |= bits32(_mm256_cmpeq_epi8(v, quote)) << 32 * i;
		m->delimiter |= bits32(_mm256_cmpeq_epi8(v, delim)) << 32 * i;
		m->lf |= bits32(_mm256_cmpeq_epi8(v, lf)) << 32 * i;
		m->cr |= bits32(_mm256_cmpeq_epi8(v, cr)) << 32 * i;
		m->odd |= bits32(_mm256_cmpgt_epi8(one, v)) << 32 * i;
	}
}
#elif defined(__aarch64__)
static ALWAYS_INLINE uint64_t bits64(uint8x16_t a, uint8x16_t b, uint8x16_t c, uint8x16_t d)
{
	const uint8x16_t bit = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
	uint8x16_t ab = vpaddq_u8(vandq_u8(a, bit), vandq_u8(b, bit));
	uint8x16_t cd = vpaddq_u8(vandq_u8(c, bit), vandq_u8(d, bit));
	uint8x16_t all = vpaddq_u8(ab, cd);

	return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(all, all)), 0);
}

static ALWAYS_INLINE void masks_neon(const char *p, char delimiter, struct masks *m)
{
	uint8x16_t v[4];

	for (int i = 0; i < 4; i++)
		v[i] = vld1q_u8((const uint8_t *)p + 16 * i);
#define EACH(test, x) bits64(test(v[0], x), test(v[1], x), test(v[2], x), test(v[3], x))
	m->quote = EACH(vceqq_u8, vdupq_n_u8('"'));
	m->delimiter = EACH(vceqq_u8, vdupq_n_u8((uint8_t)delimiter));
	m->lf = EACH(vceqq_u8, vdupq_n_u8('\n'));
	m->cr = EACH(vceqq_u8, vdupq_n_u8('\r'));
	m->odd = EACH(vcgeq_u8, vdupq_n_u8(0x80)) | EACH(vceqq_u8, vdupq_n_u8(0));
#undef EACH
}
#endif

/* For any processor, and the measure of the others in the tests. */
static void masks_scalar(const char *p, char delimiter, struct masks *m)
{
	*m = (struct masks){0};
	for (int i = 0; i < 64; i++) {
		unsigned char c = (unsigned char)p[i];
		m->quote |= (uint64_t)(c == '"') << i;
		m->delimiter |= (uint64_t)(p[i] == delimiter) << i;
		m->lf |= (uint64_t)(c == '\n') << i;
		m->cr |= (uint64_t)(c == '\r') << i;
		m->odd |= (uint64_t)(c == 0 || c >= 0x80) << i;
	}
}

/* Bit i of the result: the parity of bits 0..i. From an opening quote up to the byte
 * before the closing one it is set. */
static ALWAYS_INLINE uint64_t prefix_xor(uint64_t x)
{
	x ^= x << 1;
	x ^= x << 2;
	x ^= x << 4;
	x ^= x << 8;
	x ^= x << 16;
	x ^= x << 32;
	return x;
}

/* What the next 64 bytes must know of those before. */
struct carry {
	uint64_t inside;  /* all ones inside quotes */
	uint64_t opening; /* bit 0: a quote may open (or a doubled one go on) */
	uint64_t closed;  /* bit 0: the last byte closed a quote */
	uint64_t cr;      /* bit 0: the last byte was a CR outside quotes */
};

/* The same masks, with quotes understood. */
struct structure {
	uint64_t ends;    /* delimiters and LFs outside quotes */
	uint64_t lf;      /* LFs outside quotes */
	uint64_t inner;   /* LFs inside quotes */
	uint64_t doubled;
	uint64_t bad;     /* lowest bit: the first irregular byte */
};

static ALWAYS_INLINE void understand_quotes(const struct masks *m, struct carry *c,
					    struct structure *s)
{
	uint64_t inside = prefix_xor(m->quote) ^ c->inside;
	uint64_t open = m->quote & inside, close = m->quote & ~inside;
	uint64_t cr = m->cr & ~inside;
	uint64_t ends = (m->delimiter | m->lf) & ~inside;
	uint64_t behind_close = close << 1 | c->closed;

	s->ends = ends;
	s->lf = m->lf & ~inside;
	s->inner = m->lf & inside;
	s->doubled = open & behind_close;
	s->bad = (open & ~((ends | close) << 1 | c->opening)) |
		 (behind_close & ~(ends | open | cr)) | ((cr << 1 | c->cr) & ~s->lf);
	c->inside = (uint64_t)((int64_t)inside >> 63);
	c->opening = (ends | close) >> 63;
	c->closed = close >> 63;
	c->cr = cr >> 63;
}

/* No quote in sight: the same with most of it left out. */
static ALWAYS_INLINE void understand_plain(const struct masks *m, struct carry *c,
					   struct structure *s)
{
	s->ends = m->delimiter | m->lf;
	s->lf = m->lf;
	s->inner = s->doubled = 0;
	s->bad = ((m->cr << 1 | c->cr) & ~m->lf) | (c->closed & ~(s->ends | m->cr));
	c->opening = s->ends >> 63;
	c->closed = 0;
	c->cr = m->cr >> 63;
}

struct scan {
	struct block *b;
	size_t start;       /* of the open record */
	size_t first;       /* its first mark */
	uint32_t line;      /* it starts on */
	uint32_t inner;     /* line ends inside it so far */
	unsigned flags;
	size_t max_record;
	bool stop;
};

/* A record ends with the LF at `lf`, which is mark number `mark`. */
static ALWAYS_INLINE void add_record(struct scan *s, size_t lf, size_t mark)
{
	struct block *b = s->b;
	size_t end = lf;

	if (end > s->start && b->bytes[end - 1] == '\r')
		b->marks[mark] = (uint32_t)--end;
	if (__builtin_expect(end - s->start > s->max_record, 0)) {
		s->stop = true;
		return;
	}
	if (end > s->start || b->shape->columns == 1)
		b->records[b->count++] = (struct block_record){
			.start = (uint32_t)s->start, .end = (uint32_t)end,
			.first = (uint32_t)s->first, .fields = (uint32_t)(mark + 1 - s->first),
			.line = s->line, .kind = RECORD_FAST, .flags = (uint16_t)s->flags,
		};
	s->start = lf + 1;
	s->first = mark + 1;
	s->line += 1 + s->inner;
	s->inner = 0;
	s->flags = 0;
}

static ALWAYS_INLINE uint64_t put_eight(uint32_t *to, size_t at, uint64_t bits)
{
	for (int i = 0; i < 8; i++) {
		/* The top bit keeps a zero, for which there is no answer, from being asked. */
		to[i] = (uint32_t)(at + (size_t)__builtin_ctzll(bits | UINT64_C(1) << 63));
		bits &= bits - 1;
	}
	return bits;
}

/* Eight at a time, needed or not: how many fields end in 64 bytes is what no branch
 * predictor can know. There is room for 64. */
static ALWAYS_INLINE size_t put_marks(uint32_t *to, size_t at, uint64_t bits)
{
	size_t n = (size_t)__builtin_popcountll(bits);

	bits = put_eight(to, at, bits);
	if (__builtin_expect(n > 8, 0)) {
		bits = put_eight(to + 8, at, bits);
		for (size_t i = 16; i < n; i += 8)
			bits = put_eight(to + i, at, bits);
	}
	return n;
}

static ALWAYS_INLINE void note(struct scan *s, const struct masks *m, const struct structure *x,
			       uint64_t range)
{
	s->flags |= (m->quote & range ? HAS_QUOTE : 0u) | (x->doubled & range ? HAS_DOUBLED : 0u) |
		    (m->odd & range ? HAS_ODD : 0u);
	s->inner += (uint32_t)__builtin_popcountll(x->inner & range);
}

/* The records that end in these 64 bytes. */
static ALWAYS_INLINE void take(struct scan *s, size_t at, const struct masks *m,
			       const struct structure *x)
{
	struct block *b = s->b;
	size_t base = b->mark_count;
	uint64_t seen = 0;
	bool special = (m->quote | m->odd | x->inner) != 0;

	b->mark_count += put_marks(b->marks + base, at, x->ends);
	for (uint64_t lf = x->lf; lf && !s->stop; lf &= lf - 1) {
		uint64_t below = lf ^ (lf - 1);
		if (special)
			note(s, m, x, below & ~seen);
		seen = below;
		add_record(s, at + (size_t)__builtin_ctzll(lf),
			   base + (size_t)__builtin_popcountll(x->ends & (below >> 1)));
	}
	if (special)
		note(s, m, x, ~seen);
}

static ALWAYS_INLINE struct scan_result scan_body(struct block *b, size_t from, uint32_t line,
						  size_t max_record, masks_function *masks)
{
	struct scan s = {.b = b, .start = from, .first = b->mark_count, .line = line,
			 .max_record = max_record};
	struct carry c = {.opening = 1};
	struct structure x;
	struct masks m;
	char delimiter = b->shape->delimiter;

	for (size_t at = from; at < b->len && !s.stop; at += 64) {
		GROW(b->marks, b->mark_cap, b->mark_count + 64);
		GROW(b->records, b->record_cap, b->count + 64);
		masks(b->bytes + at, delimiter, &m);
		if (b->len - at < 64) {
			uint64_t there = (UINT64_C(1) << (b->len - at)) - 1;
			m = (struct masks){m.quote & there, m.delimiter & there, m.lf & there,
					   m.cr & there, m.odd & there};
		}
		if (m.quote | c.inside)
			understand_quotes(&m, &c, &x);
		else
			understand_plain(&m, &c, &x);
		if (b->len - at < 64) /* what is behind the end breaks no rule */
			x.bad &= (UINT64_C(1) << (b->len - at)) - 1;
		if (x.bad) {
			uint64_t good = (x.bad & -x.bad) - 1;
			x.ends &= good;
			x.lf &= good;
			take(&s, at, &m, &x);
			s.stop = true;
			break;
		}
		take(&s, at, &m, &x);
	}
	/* Marks of the record that is left over belong to nobody. */
	b->mark_count = s.first;
	return (struct scan_result){.next = s.start, .lines = s.line - line, .irregular = s.stop};
}

static struct scan_result scan_scalar(struct block *b, size_t from, uint32_t line, size_t max_record)
{
	return scan_body(b, from, line, max_record, masks_scalar);
}

#if defined(__x86_64__)
static AVX2 struct scan_result scan_avx2(struct block *b, size_t from, uint32_t line,
					 size_t max_record)
{
	return scan_body(b, from, line, max_record, masks_avx2);
}

static struct scan_result scan_sse2(struct block *b, size_t from, uint32_t line, size_t max_record)
{
	return scan_body(b, from, line, max_record, masks_sse2);
}
#elif defined(__aarch64__)
static struct scan_result scan_neon(struct block *b, size_t from, uint32_t line, size_t max_record)
{
	return scan_body(b, from, line, max_record, masks_neon);
}
#endif

/* Best first; every x86-64 has SSE2, every 64-bit ARM has NEON. */
size_t scan_lanes(struct scan_lane lanes[SCAN_LANES])
{
	size_t n = 0;

#if defined(__x86_64__)
	/* One load each: the compiler's constructor has asked the processor before main. */
	if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
	    __builtin_cpu_supports("popcnt"))
		lanes[n++] = (struct scan_lane){"avx2", scan_avx2};
	lanes[n++] = (struct scan_lane){"sse2", scan_sse2};
#elif defined(__aarch64__)
	lanes[n++] = (struct scan_lane){"neon", scan_neon};
#endif
	lanes[n++] = (struct scan_lane){"scalar", scan_scalar};
	return n;
}

struct scan_result scan_records(struct block *b, size_t from, uint32_t line, size_t max_record)
{
	struct scan_lane lanes[SCAN_LANES];

	(void)scan_lanes(lanes);
	return lanes[0].scan(b, from, line, max_record);
}
