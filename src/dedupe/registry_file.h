/* The registry on disk: CSV, identifier,customer_id,kind,since, a line for everything
 * that is known to be one customer's, sorted by kind (in the order below) and identifier
 * (bytes), sealed by a last line as in stream/seal.h. Read by mapping it, replaced whole.
 *
 * Two runs never write one registry: the writer holds a lock on FILE.lock from before it
 * reads until it has replaced the file. Readers need none, since a registry is only ever
 * replaced by rename. */
#ifndef SO1_DEDUPE_REGISTRY_FILE_H
#define SO1_DEDUPE_REGISTRY_FILE_H

#include "dedupe/ident.h"
#include "stream/sink.h"

enum registry_kind {
	KIND_CUSTOMER,  /* an id in use, or once in use: itself; `since` is the run it was new in */
	KIND_REDIRECT,  /* an absorbed id: the id that has its touchpoints now */
	KIND_ERASED,    /* keyed hash (secret.h) of an identifier of somebody erased; no id */
	KIND_SOURCE_ID, /* source:source_id, ':' and '%' in the source as %3A and %25 */
	KIND_LOYALTY_ID, KIND_EMAIL, KIND_PHONE, KIND_SOCIAL, KIND_DEVICE,
	KIND_RECORD,    /* fingerprint of an identity that no source_id names, 16 hex digits */
	KIND_COUNT
};
const char *registry_kind_name(enum registry_kind kind);
/* KIND_COUNT when there is none of that name. */
enum registry_kind registry_kind_of(struct slice name);
/* The kind of a key's or the device layer's values. */
enum registry_kind registry_kind_of_layer(enum layer layer);

struct registry_line {
	struct slice identifier; /* unquoted */
	struct customer_id owner;
	bool has_owner;
	enum registry_kind kind;
	uint32_t since;          /* customers only */
	struct slice raw;        /* with its LF */
};

struct registry_file {
	char *path;
	const char *bytes;       /* NULL: there is no such file yet */
	size_t mapped, begin, end; /* the lines are bytes[begin, end) */
	uint64_t rows, hash;     /* of its seal */
	uint64_t version[3];     /* inode, time and size: registry_file_changed */
	int lock;
};

/* Maps and verifies. A missing file is an empty registry when `write`, else an error.
 * Fails when it is locked by another run (write), damaged, cut short or no registry.
 * Zero-initialise *f; registry_file_close also after a failure. */
enum so1_status registry_file_open(struct registry_file *f, const char *path, bool write,
				   struct so1_error *e);
void registry_file_close(struct registry_file *f);
/* Whether the path names another file than the one that was opened. */
bool registry_file_changed(const struct registry_file *f);

/* The line at *at, which moves behind it; *at starts at f->begin. False at the end and,
 * with e->status set, for a line that cannot be. scratch takes unquoted text. */
bool registry_file_next(const struct registry_file *f, size_t *at, struct registry_line *line,
			struct buffer *scratch, struct so1_error *e);
/* The customer_id of an identifier's line without parsing the rest; empty when there is
 * no room for one. */
struct slice registry_line_owner_text(const char *line, size_t len);
/* Fails: there is no line of a registry at `at`. */
enum so1_status registry_line_damaged(const struct registry_file *f, size_t at,
				      struct so1_error *e);
/* The line of this identifier. False when there is none, or e->status. */
bool registry_file_find(const struct registry_file *f, enum registry_kind kind,
			struct slice identifier, struct registry_line *line,
			struct buffer *scratch, struct so1_error *e);
/* Where in [low, high), both at the start of a line or the end, the first line stands
 * that is not before this identifier; *line is that line when it is the identifier's own
 * (*found). SEARCH_NEAR: looks near low first, so that a search from where the last one ended
 * costs little. SEARCH_KIND: all lines there are of this kind, which spares taking most of them
 * apart. Check e->status. */
enum registry_search { SEARCH_FAR = 0, SEARCH_NEAR = 1, SEARCH_KIND = 2 };
size_t registry_file_place(const struct registry_file *f, size_t low, size_t high, enum registry_search how,
			   enum registry_kind kind, struct slice identifier, bool *found,
			   struct registry_line *line, struct buffer *scratch,
			   struct so1_error *e);
/* Whether an identifier can stand in a registry at all: not empty, no line break. */
bool registry_identifier_fits(struct slice identifier);
/* source:source_id */
void registry_put_source_id(struct buffer *b, struct slice source, struct slice source_id);
/* Parses what customer_id_put writes. */
bool customer_id_parse(struct slice text, struct customer_id *id);

/* Writing: lines in order, then prepare, then (or never) commit. */
struct registry_output {
	struct sink sink;
	struct buffer out;
	struct seal_hash *hash;
	uint64_t rows;
	uint64_t sealed; /* the hash in the seal, once prepared */
};
enum so1_status registry_output_open(struct registry_output *o, const char *path,
				     struct so1_error *e);
/* owner NULL: none; since 0: none. */
enum so1_status registry_output_put(struct registry_output *o, enum registry_kind kind,
				    struct slice identifier, const struct customer_id *owner,
				    uint32_t since, struct so1_error *e);
/* Whole lines of another registry, `rows` of them. */
enum so1_status registry_output_copy(struct registry_output *o, struct slice raw, uint64_t rows,
				     struct so1_error *e);
/* Seals and fsyncs: what can fail for want of room has then failed. */
enum so1_status registry_output_prepare(struct registry_output *o, struct so1_error *e);
/* Renames. */
enum so1_status registry_output_commit(struct registry_output *o, struct so1_error *e);
void registry_output_close(struct registry_output *o);

#endif
