#include "dedupe/secret.h"

#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <unistd.h>

enum so1_status secret_read(struct buffer *key, const char *path, size_t least,
			    struct so1_error *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	ssize_t n = 1;

	buffer_clear(key);
	if (fd < 0)
		return error_set_errno(e, path, "cannot open");
	while (n != 0 && key->len <= SECRET_MOST) {
		n = read(fd, buffer_reserve(key, SECRET_MOST), SECRET_MOST);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			error_set_errno(e, path, "cannot read");
			close(fd);
			return e->status;
		}
		key->len += (size_t)n;
	}
	close(fd);
	while (key->len > 0 && (key->ptr[key->len - 1] == '\n' || key->ptr[key->len - 1] == '\r'))
		key->len--;
	if (key->len < least || key->len > SECRET_MOST) {
		error_set(e, SO1_FAILED, "a key has %zu to %d bytes, this has %s%zu; make one with "
			  "'openssl rand -hex 32'", least, SECRET_MOST,
			  key->len > SECRET_MOST ? "more than " : "",
			  key->len > SECRET_MOST ? (size_t)SECRET_MOST : key->len);
		return error_at(e, path, 0, NULL);
	}
	return SO1_OK;
}

void secret_put_hex(struct slice key, struct slice text, char *out)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char mac[EVP_MAX_MD_SIZE];
	unsigned int n = 0;

	if (HMAC(EVP_sha256(), key.ptr, (int)key.len, (const unsigned char *)text.ptr, text.len,
		 mac, &n) == NULL)
		out_of_memory(); /* the only way it can fail with a fixed hash */
	for (unsigned i = 0; i < n && i < SECRET_HEX / 2; i++) {
		out[2 * i] = digits[mac[i] >> 4];
		out[2 * i + 1] = digits[mac[i] & 15];
	}
}
