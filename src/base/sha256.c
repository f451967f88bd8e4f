#include "base/sha256.h"

#include "base/memory.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <unistd.h>

struct sha256 {
	EVP_MD_CTX *context;
};

static void start(struct sha256 *d)
{
	/* Looking the algorithm up takes longer than hashing a short text, and threads wait for
	 * each other there: the second time the context knows it. SHA-256 without an engine
	 * fails for want of memory only. */
	const EVP_MD *md = d->context && EVP_MD_CTX_get0_md(d->context) ? NULL : EVP_sha256();
	if (d->context == NULL || EVP_DigestInit_ex(d->context, md, NULL) != 1) {
		static const char text[] = "so1: out of memory\n";
		if (write(STDERR_FILENO, text, sizeof text - 1) < 0)
			_exit(SO1_FAILED);
		_exit(SO1_FAILED);
	}
}

struct sha256 *sha256_new(void)
{
	struct sha256 *d = xmalloc(sizeof *d);

	d->context = EVP_MD_CTX_new();
	start(d);
	return d;
}

void sha256_add(struct sha256 *d, struct slice s)
{
	EVP_DigestUpdate(d->context, s.ptr, s.len);
}

void sha256_one(struct sha256 *d, struct slice s, unsigned char out[SHA256_BYTES])
{
	sha256_add(d, s);
	EVP_DigestFinal_ex(d->context, out, NULL);
	start(d);
}

void sha256_take_hex(struct sha256 *d, char hex[SHA256_HEX + 1])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char bytes[SHA256_BYTES];

	sha256_one(d, slice_make("", 0), bytes);
	for (int i = 0; i < SHA256_BYTES; i++) {
		hex[2 * i] = digits[bytes[i] >> 4];
		hex[2 * i + 1] = digits[bytes[i] & 15];
	}
	hex[SHA256_HEX] = '\0';
}

void sha256_free(struct sha256 *d)
{
	if (d == NULL)
		return;
	EVP_MD_CTX_free(d->context);
	free(d);
}

enum so1_status sha256_file(const char *path, char hex[SHA256_HEX + 1], struct so1_error *e)
{
	enum { BLOCK = 1 << 16 };
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return error_set_errno(e, path, "cannot open");
	struct sha256 *d = sha256_new();
	char *block = xmalloc(BLOCK);
	ssize_t n;
	while ((n = read(fd, block, BLOCK)) > 0)
		sha256_add(d, slice_make(block, (size_t)n));
	enum so1_status status = n < 0 ? error_set_errno(e, path, "cannot read") : SO1_OK;
	sha256_take_hex(d, hex);
	sha256_free(d);
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

bool sha256_parse(struct slice text, unsigned char out[SHA256_BYTES])
{
	if (text.len != SHA256_HEX)
		return false;
	for (int i = 0; i < SHA256_BYTES; i++) {
		int high = hex_digit(text.ptr[2 * i]), low = hex_digit(text.ptr[2 * i + 1]);
		if (high < 0 || low < 0)
			return false;
		out[i] = (unsigned char)(high * 16 + low);
	}
	return true;
}
