#include "stream/gzip.h"

#include "base/buffer.h"
#include "base/memory.h"

#include <pthread.h>
#include <stdlib.h>
#include <zlib.h>

/* One gzip member, compressed in pieces that know the 32 KiB before them, as pigz does:
 * the pieces are the same whoever compresses them, and so are the bytes. */
enum { LEVEL = 6, PIECE = 256 << 10, WINDOW = 32 << 10, MAX_THREADS = 16 };

enum piece_state { PIECE_FREE, PIECE_READY, PIECE_WORKING, PIECE_DONE };

struct piece {
	enum piece_state state;
	z_stream z;
	char before[WINDOW];
	size_t before_len;
	char *in;
	size_t len;
	bool last;
	struct buffer out;
	uint32_t crc;
};

struct gzip_writer {
	struct sink *sink;
	struct piece *pieces; /* a ring */
	size_t piece_count;
	uint64_t filling, taken, written; /* numbers of pieces */
	uint32_t crc;
	uint64_t bytes;
	bool header_written, stop;
	pthread_t threads[MAX_THREADS];
	int thread_count;
	pthread_mutex_t lock;
	pthread_cond_t changed;
};

static struct piece *piece_at(struct gzip_writer *g, uint64_t n)
{
	return &g->pieces[n % g->piece_count];
}

static void compress_piece(struct piece *p)
{
	deflateReset(&p->z);
	if (p->before_len)
		deflateSetDictionary(&p->z, (unsigned char *)p->before, (unsigned)p->before_len);
	p->crc = (uint32_t)crc32(0, (unsigned char *)p->in, (unsigned)p->len);
	p->z.next_in = (unsigned char *)p->in;
	p->z.avail_in = (unsigned)p->len;
	buffer_clear(&p->out);
	do {
		p->z.next_out = (unsigned char *)buffer_reserve(&p->out, PIECE / 2);
		p->z.avail_out = PIECE / 2;
		deflate(&p->z, p->last ? Z_FINISH : Z_SYNC_FLUSH);
		p->out.len += PIECE / 2 - p->z.avail_out;
	} while (p->z.avail_out == 0);
}

static void *compress_thread(void *context)
{
	struct gzip_writer *g = context;

	pthread_mutex_lock(&g->lock);
	for (;;) {
		while (!g->stop && g->taken == g->filling)
			pthread_cond_wait(&g->changed, &g->lock);
		if (g->stop)
			break;
		struct piece *p = piece_at(g, g->taken++);
		p->state = PIECE_WORKING;
		pthread_mutex_unlock(&g->lock);
		compress_piece(p);
		pthread_mutex_lock(&g->lock);
		p->state = PIECE_DONE;
		pthread_cond_broadcast(&g->changed);
	}
	pthread_mutex_unlock(&g->lock);
	return NULL;
}

struct gzip_writer *gzip_writer_new(struct sink *sink, int threads)
{
	struct gzip_writer *g = xcalloc(1, sizeof *g);

	threads = threads < 1 ? 1 : threads > MAX_THREADS ? MAX_THREADS : threads;
	g->sink = sink;
	g->piece_count = threads > 1 ? 2 * (size_t)threads + 1 : 1;
	g->pieces = xcalloc(g->piece_count, sizeof *g->pieces);
	for (size_t i = 0; i < g->piece_count; i++) {
		g->pieces[i].in = xmalloc(PIECE);
		/* -15: bare deflate; header and trailer are written here. It fails for want
		 * of memory only. */
		if (deflateInit2(&g->pieces[i].z, LEVEL, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK)
			out_of_memory();
	}
	pthread_mutex_init(&g->lock, NULL);
	pthread_cond_init(&g->changed, NULL);
	/* Fewer threads than asked for, even none, is slower and no error. */
	while (threads > 1 && g->thread_count < threads &&
	       pthread_create(&g->threads[g->thread_count], NULL, compress_thread, g) == 0)
		g->thread_count++;
	return g;
}

static enum so1_status write_piece(struct gzip_writer *g, struct piece *p, struct so1_error *e)
{
	/* No name, no time: the same input, the same bytes. */
	static const char header[10] = {'\x1f', '\x8b', 8, 0, 0, 0, 0, 0, 0, 3};

	if (!g->header_written) {
		enum so1_status status = sink_write(g->sink, header, sizeof header, e);
		if (status != SO1_OK)
			return status;
		g->header_written = true;
	}
	g->crc = (uint32_t)crc32_combine(g->crc, p->crc, (z_off_t)p->len);
	g->bytes += p->len;
	return sink_write(g->sink, p->out.ptr, p->out.len, e);
}

/* Writes pieces in order: those that are done, or with `all` every one submitted, or as
 * many as it takes for the next to be filled. */
static enum so1_status write_done(struct gzip_writer *g, bool all, struct so1_error *e)
{
	enum so1_status status = SO1_OK;

	pthread_mutex_lock(&g->lock);
	while (status == SO1_OK && g->written < g->filling) {
		struct piece *p = piece_at(g, g->written);
		bool must = all || g->filling - g->written == g->piece_count;
		if (p->state != PIECE_DONE && !must)
			break;
		while (p->state != PIECE_DONE)
			pthread_cond_wait(&g->changed, &g->lock);
		pthread_mutex_unlock(&g->lock);
		status = write_piece(g, p, e);
		pthread_mutex_lock(&g->lock);
		p->state = PIECE_FREE;
		g->written++;
	}
	pthread_mutex_unlock(&g->lock);
	return status;
}

/* The piece being filled is complete. */
static enum so1_status submit(struct gzip_writer *g, bool last, struct so1_error *e)
{
	struct piece *p = piece_at(g, g->filling);
	size_t tail = p->len < WINDOW ? p->len : WINDOW;
	char before[WINDOW];

	memcpy(before, p->in + p->len - tail, tail);
	p->last = last;
	if (g->thread_count == 0) {
		compress_piece(p);
		p->state = PIECE_DONE;
	}
	pthread_mutex_lock(&g->lock);
	if (g->thread_count > 0)
		p->state = PIECE_READY;
	g->filling++;
	pthread_cond_broadcast(&g->changed);
	pthread_mutex_unlock(&g->lock);
	enum so1_status status = write_done(g, last, e);
	if (status == SO1_OK && !last) {
		struct piece *next = piece_at(g, g->filling);
		memcpy(next->before, before, tail);
		next->before_len = tail;
		next->len = 0;
	}
	return status;
}

enum so1_status gzip_writer_put(struct gzip_writer *g, const char *bytes, size_t n,
				struct so1_error *e)
{
	while (n > 0) {
		struct piece *p = piece_at(g, g->filling);
		if (p->len == PIECE) {
			enum so1_status status = submit(g, false, e);
			if (status != SO1_OK)
				return status;
			continue;
		}
		size_t room = PIECE - p->len, part = n < room ? n : room;
		memcpy(p->in + p->len, bytes, part);
		p->len += part;
		bytes += part;
		n -= part;
	}
	return SO1_OK;
}

static void put_le32(char *to, uint32_t x)
{
	for (int i = 0; i < 4; i++)
		to[i] = (char)(x >> 8 * i);
}

enum so1_status gzip_writer_finish(struct gzip_writer *g, struct so1_error *e)
{
	char trailer[8];
	enum so1_status status = submit(g, true, e);

	if (status != SO1_OK)
		return status;
	put_le32(trailer, g->crc);
	put_le32(trailer + 4, (uint32_t)g->bytes);
	return sink_write(g->sink, trailer, sizeof trailer, e);
}

void gzip_writer_free(struct gzip_writer *g)
{
	if (g == NULL)
		return;
	pthread_mutex_lock(&g->lock);
	g->stop = true;
	pthread_cond_broadcast(&g->changed);
	pthread_mutex_unlock(&g->lock);
	for (int i = 0; i < g->thread_count; i++)
		pthread_join(g->threads[i], NULL);
	for (size_t i = 0; i < g->piece_count; i++) {
		deflateEnd(&g->pieces[i].z);
		buffer_free(&g->pieces[i].out);
		free(g->pieces[i].in);
	}
	pthread_mutex_destroy(&g->lock);
	pthread_cond_destroy(&g->changed);
	free(g->pieces);
	free(g);
}
