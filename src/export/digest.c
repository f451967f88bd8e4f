#include "export/digest.h"

#include "base/memory.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct digest {
	EVP_MD_CTX *context;
};

static void start(struct digest *d)
{
	/* SHA-256 without an engine fails for want of memory only. */
	if (d->context == NULL || EVP_DigestInit_ex(d->context, EVP_sha256(), NULL) != 1) {
		static const char text[] = "so1: out of memory\n";
		if (write(STDERR_FILENO, text, sizeof text - 1) < 0)
			_exit(SO1_FAILED);
		_exit(SO1_FAILED);
	}
}

struct digest *digest_new(void)
{
	struct digest *d = xmalloc(sizeof *d);

	d->context = EVP_MD_CTX_new();
	start(d);
	return d;
}

void digest_add(struct digest *d, struct slice s)
{
	EVP_DigestUpdate(d->context, s.ptr, s.len);
}

void digest_one(struct digest *d, struct slice s, unsigned char out[DIGEST_BYTES])
{
	digest_add(d, s);
	EVP_DigestFinal_ex(d->context, out, NULL);
	start(d);
}

void digest_take_hex(struct digest *d, char hex[DIGEST_HEX + 1])
{
	unsigned char bytes[DIGEST_BYTES];

	digest_one(d, slice_make("", 0), bytes);
	for (int i = 0; i < DIGEST_BYTES; i++)
		snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
}

void digest_free(struct digest *d)
{
	if (d == NULL)
		return;
	EVP_MD_CTX_free(d->context);
	free(d);
}

enum so1_status digest_file(const char *path, char hex[DIGEST_HEX + 1], struct so1_error *e)
{
	enum { BLOCK = 1 << 16 };
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return error_set_errno(e, path, "cannot open");
	struct digest *d = digest_new();
	char *block = xmalloc(BLOCK);
	ssize_t n;
	while ((n = read(fd, block, BLOCK)) > 0)
		digest_add(d, slice_make(block, (size_t)n));
	enum so1_status status = n < 0 ? error_set_errno(e, path, "cannot read") : SO1_OK;
	digest_take_hex(d, hex);
	digest_free(d);
	free(block);
	close(fd);
	return status;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool digest_parse(struct slice text, unsigned char out[DIGEST_BYTES])
{
	if (text.len != DIGEST_HEX)
		return false;
	for (int i = 0; i < DIGEST_BYTES; i++) {
		int high = hex_digit(text.ptr[2 * i]), low = hex_digit(text.ptr[2 * i + 1]);
		if (high < 0 || low < 0)
			return false;
		out[i] = (unsigned char)(high * 16 + low);
	}
	return true;
}
