#include "ingest/normal_social.h"

#include "ingest/text.h"

/* Names, hosts and short forms of a network, all lower case. */
static const struct {
	const char *alias, *network;
} aliases[] = {
	{"x", "twitter"}, {"x.com", "twitter"}, {"twitter.com", "twitter"}, {"tw", "twitter"},
	{"fb", "facebook"}, {"facebook.com", "facebook"}, {"fb.com", "facebook"},
	{"ig", "instagram"}, {"insta", "instagram"}, {"instagram.com", "instagram"},
	{"tiktok.com", "tiktok"}, {"youtube.com", "youtube"}, {"yt", "youtube"},
	{"linkedin.com", "linkedin"}, {"pinterest.com", "pinterest"}, {"pinterest.de", "pinterest"},
	{"t.me", "telegram"}, {"telegram.me", "telegram"}, {"snapchat.com", "snapchat"},
	{"threads.net", "threads"}, {"threads.com", "threads"}, {"reddit.com", "reddit"},
	{"xing.com", "xing"}, {"github.com", "github"}, {"twitch.tv", "twitch"},
	{"bsky.app", "bluesky"}, {"vk.com", "vk"},
};

static struct slice network_of(struct slice alias)
{
	for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
		if (slice_is(alias, aliases[i].alias))
			return slice_of(aliases[i].network);
	return alias;
}

static struct slice skip(struct slice s, struct slice prefix)
{
	return slice_starts_with(s, prefix) ? slice_make(s.ptr + prefix.len, s.len - prefix.len)
					    : s;
}

/* Path segments before the handle: linkedin.com/in/…, reddit.com/user/…,
 * snapchat.com/add/…, xing.com/profile/…, bsky.app/profile/… */
static struct slice skip_segments(struct slice path)
{
	static const char *const segments[] = {"in/", "user/", "u/", "add/", "profile/", "c/",
					       "company/", "channel/"};

	for (size_t i = 0; i < sizeof segments / sizeof *segments; i++)
		if (slice_starts_with(path, slice_of(segments[i])))
			return skip(path, slice_of(segments[i]));
	return path;
}

/* Cuts an address into network and handle; false when s is none. */
static bool split_address(struct slice s, struct slice *network, struct slice *handle)
{
	struct slice bare = skip(skip(s, SLICE("https://")), SLICE("http://"));
	bool scheme = bare.len < s.len;

	bare = skip(skip(skip(bare, SLICE("www.")), SLICE("m.")), SLICE("mobile."));
	size_t slash = slice_find_byte(bare, '/');
	struct slice host = slice_make(bare.ptr, slash);
	struct slice known = network_of(host);
	if (slash == bare.len || (!scheme && known.ptr == host.ptr))
		return false;
	*network = known;
	*handle = skip_segments(slice_make(bare.ptr + slash + 1, bare.len - slash - 1));
	for (size_t i = 0; i < handle->len; i++)
		if (strchr("/?#", handle->ptr[i]))
			handle->len = i;
	return true;
}

static bool handle_is_valid(struct slice h)
{
	bool any = false;

	for (size_t i = 0; i < h.len; i++) {
		char c = h.ptr[i];
		bool word = byte_is_alpha(c) || byte_is_digit(c) || (c & 0x80);
		if (!word && !(c != '\0' && strchr("_.-", c)))
			return false;
		any = any || word || c == '_';
	}
	return any && h.len <= 100;
}

enum verdict normal_social(struct slice s, struct slice network, struct arena *a,
			   struct slice *out)
{
	struct slice handle;

	s = text_lower(text_collapse(s, a), a);
	if (!split_address(s, &network, &handle)) {
		size_t colon = slice_find_byte(s, ':');
		handle = s;
		if (colon < s.len) {
			network = slice_trim(slice_make(s.ptr, colon));
			handle = slice_trim(slice_make(s.ptr + colon + 1, s.len - colon - 1));
		}
		network = network_of(text_ascii_lower(network, a));
	}
	handle = skip(handle, SLICE("@"));
	if (!handle_is_valid(handle))
		return VERDICT_NOT_HANDLE;
	if (network.len == 0)
		return VERDICT_NO_NETWORK;
	if (!handle_is_valid(network))
		return VERDICT_NOT_HANDLE;
	char *p = arena_bytes(a, network.len + 1 + handle.len);
	memcpy(p, network.ptr, network.len);
	p[network.len] = ':';
	memcpy(p + network.len + 1, handle.ptr, handle.len);
	*out = slice_make(p, network.len + 1 + handle.len);
	return VERDICT_OK;
}
