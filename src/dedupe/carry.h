/* FILE.rows of --known: what the last run wrote of its customers, and by which lines of the
 * input. A run that reads these lines again neither takes them apart nor makes anything of them:
 * what it would write of a customer whom nothing new comes near stands there already.
 *
 * It says nothing that a run does not find out by itself: absent, damaged, of another FILE, of
 * other settings or of another machine's byte order it counts as empty. It holds personal data.
 *
 * FILE.rows.more holds customers who are others than in FILE.rows, which stays as it is until
 * they are many, so that a night writes little where little has changed.
 *
 * Both are binary, in the machine's own order: carry_head; the rows as they were written; uint32_t
 * by uint32_t the customers of FILE.rows that are not there any more; carry_customer by customer,
 * ascending by id, and one more; carry_line by line; carry_seal. Each part is filled up to a
 * multiple of 8 bytes. */
#ifndef SO1_DEDUPE_CARRY_H
#define SO1_DEDUPE_CARRY_H

#include "base/prefetch.h"
#include "dedupe/ident.h"
#include "stream/sink.h"

/* A line of the input. */
struct carry_line {
	uint64_t hash;     /* with tag: tuple_key_of its bytes, which no two lines have in common */
	uint64_t identity; /* with identity_tag: the tuple_key of whom it names, an item of FILE */
	uint32_t tag, identity_tag;
};

/* Whose lines are written one by one, in this order, after one golden row. */
struct carry_customer {
	uint64_t text;  /* where its rows begin, which begin with its id */
	uint32_t len;
	uint32_t first; /* of its lines; they end where those of the next begin */
};

/* What a file is good for. */
struct carry_key {
	uint64_t known;    /* FILE's seal */
	uint64_t settings; /* digest of what decides what is written besides the input */
};

/* One of the two files; bytes NULL: there is none. */
struct carry_part {
	const char *bytes; /* mapped */
	size_t mapped;
	const char *text;
	const uint32_t *gone;
	const struct carry_customer *customers;
	const struct carry_line *lines;
	size_t gone_count, count, line_count;
	struct carry_key key;
	uint64_t base, seal; /* seal of the file it adds to, or 0; its own */
};

enum carry_state {
	CARRY_AWAY, /* none of its lines is in the input */
	CARRY_KEPT, /* all are, and nothing else has to do with it: its rows stand */
	CARRY_MADE, /* its rows are made anew */
};

#define CARRY_NONE UINT32_MAX

/* A customer of either file. */
struct carried_customer {
	const char *text;
	uint32_t len, first, count; /* lines, numbered through both files */
	uint32_t base;              /* its number in FILE.rows; CARRY_NONE: in the other one */
};

struct carry_slot {
	uint32_t tag, line; /* + 1; 0: free */
};

struct carry {
	struct carry_part part[2];
	struct carried_customer *customers; /* ascending by id; NULL: nothing can be used */
	size_t count;
	struct carry_slot *slots;
	size_t mask;
	uint64_t *taken;   /* by line: the place in the input, from 1; 0: not there */
	uint8_t *state;    /* by customer: enum carry_state; set by carry_settle */
	size_t made, kept, kept_lines; /* customers, customers, lines */
};

/* Maps the files, where they are whole. Zero-initialise; carry_close when done. */
void carry_open(struct carry *c, const char *path, const char *more_path);
/* Closes them where they are not good for this. */
void carry_check(struct carry *c, const struct carry_key *key);
static inline const struct carry_line *carry_line_at(const struct carry *c, size_t line)
{
	size_t n = c->part[0].line_count;

	return line < n ? &c->part[0].lines[line] : &c->part[1].lines[line - n];
}
/* The line with this key, or CARRY_NONE. Any number of threads. */
uint32_t carry_find(const struct carry *c, struct tuple_key key);
/* Hints that find will soon be called. */
static inline void carry_expect(const struct carry *c, struct tuple_key key)
{
	prefetch_read(&c->slots[key.hash & c->mask]);
}
/* The input has the line, at this place (from 1). False: it had it before. */
bool carry_take(struct carry *c, uint32_t line, uint64_t place);
/* After the input: customers are away, kept, or else made. */
void carry_settle(struct carry *c);
/* Kept customers some of whose lines are touched are made. */
void carry_touch(struct carry *c, bool (*touches)(void *context, const struct carry_line *line),
		 void *context);
/* The rows of a customer after the golden one: the next at *at (0: the first), without id and
 * delimiter, its LF included. */
struct slice carry_row(const struct carried_customer *x, size_t *at);
uint64_t carry_bytes(const struct carry *c);
void carry_close(struct carry *c);

/* Writing: text as it comes, customers who stand in it, those gone, seal, then (or never)
 * commit. */
struct carry_output {
	struct sink sink;
	struct buffer out;
	struct seal_hash *hash; /* NULL: not open */
	uint64_t text;          /* bytes so far */
	struct carry_customer *customers;
	struct carry_line *lines;
	size_t count, cap, line_count, line_cap;
};

/* With the permissions of the file like_path if there is one. */
enum so1_status carry_output_open(struct carry_output *o, const char *path, const char *like_path,
				  struct so1_error *e);
enum so1_status carry_output_text(struct carry_output *o, struct slice text, struct so1_error *e);
/* text: where in all of the text its rows begin. */
void carry_output_customer(struct carry_output *o, uint64_t text, size_t len,
			   const struct carry_line *lines, size_t n);
/* base: the seal of the file it adds to, of which `gone` are not there any more; 0: none. */
enum so1_status carry_output_seal(struct carry_output *o, const struct carry_key *key, uint64_t base,
				  const uint32_t *gone, size_t gone_count, struct so1_error *e);
enum so1_status carry_output_commit(struct carry_output *o, struct so1_error *e);
void carry_output_close(struct carry_output *o);

#endif
