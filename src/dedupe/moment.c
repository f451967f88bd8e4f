#include "dedupe/moment.h"

enum { DATE_LENGTH = 10, SECONDS_LENGTH = 19 };

static const char SHAPE[] = "dddd-dd-ddTdd:dd:dd";

static int two(const char *p)
{
	return (p[0] - '0') * 10 + (p[1] - '0');
}

static bool is_calendar_day(const char *p)
{
	static const int days[] = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int year = two(p) * 100 + two(p + 2), month = two(p + 5), day = two(p + 8);
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return year >= 1 && month >= 1 && month <= 12 && day >= 1 &&
	       day <= days[month] + (month == 2 && leap);
}

uint64_t moment_of(struct slice text)
{
	/* Where the digits are. */
	static const unsigned char place[] = {0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18};
	size_t n = text.len >= SECONDS_LENGTH ? 14 : text.len >= DATE_LENGTH ? 8 : 0;
	uint64_t moment = 0;

	for (size_t i = 0; i < n; i++)
		moment = moment << 4 | (uint64_t)(text.ptr[place[i]] - '0');
	return n == 8 ? moment << 24 : moment;
}

bool moment_parse(struct slice text, uint64_t *moment)
{
	if (text.len == 0) {
		*moment = MOMENT_UNKNOWN;
		return true;
	}
	if (text.len != DATE_LENGTH && text.len < SECONDS_LENGTH + 1)
		return false;
	size_t n = text.len == DATE_LENGTH ? DATE_LENGTH : SECONDS_LENGTH;
	for (size_t i = 0; i < n; i++) {
		bool digit = text.ptr[i] >= '0' && text.ptr[i] <= '9';
		if (SHAPE[i] == 'd' ? !digit : text.ptr[i] != SHAPE[i])
			return false;
	}
	if (!is_calendar_day(text.ptr))
		return false;
	if (n == SECONDS_LENGTH) {
		if (two(text.ptr + 11) > 23 || two(text.ptr + 14) > 59 || two(text.ptr + 17) > 60)
			return false;
		size_t i = n;
		if (text.ptr[i] == '.')
			for (i++; i < text.len && text.ptr[i] >= '0' && text.ptr[i] <= '9'; i++)
				;
		if (i + 1 != text.len || text.ptr[i] != 'Z' || (i == n + 1))
			return false;
	}
	*moment = moment_of(text);
	return true;
}
