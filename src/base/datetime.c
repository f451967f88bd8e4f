#include "base/datetime.h"

static bool is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_in_month(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

bool civil_is_valid(const struct civil *c)
{
	return c->year >= 1 && c->year <= 9999 && c->month >= 1 && c->month <= 12 &&
	       c->day >= 1 && c->day <= days_in_month(c->year, c->month) && c->hour >= 0 &&
	       c->hour <= 23 && c->minute >= 0 && c->minute <= 59 && c->second >= 0 &&
	       c->second <= 59;
}

/* Both conversions count in eras of 400 years (146097 days) that begin on 1 March, so
 * that the leap day is the last of its year. */
int64_t days_from_civil(int year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t year_of_era = y - era * 400;
	int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
	       day_of_year - 719468;
}

void civil_from_days(int64_t days, int *year, int *month, int *day)
{
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t day_of_era = z - era * 146097;
	int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 -
			       day_of_era / 146096) / 365;
	int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t m = (5 * day_of_year + 2) / 153;

	*day = (int)(day_of_year - (153 * m + 2) / 5 + 1);
	*month = (int)(m < 10 ? m + 3 : m - 9);
	*year = (int)(year_of_era + era * 400 + (*month <= 2));
}

int64_t time_from_civil(const struct civil *c)
{
	return days_from_civil(c->year, c->month, c->day) * DAY_SECONDS + c->hour * 3600 +
	       c->minute * 60 + c->second;
}

void civil_from_time(int64_t t, struct civil *c)
{
	int64_t days = t / DAY_SECONDS, rest = t % DAY_SECONDS;

	if (rest < 0) {
		rest += DAY_SECONDS;
		days--;
	}
	civil_from_days(days, &c->year, &c->month, &c->day);
	c->hour = (int)(rest / 3600);
	c->minute = (int)(rest / 60 % 60);
	c->second = (int)(rest % 60);
}

int weekday_of_days(int64_t days)
{
	/* 1970-01-01 was a Thursday. */
	int64_t n = (days + 3) % 7;

	return (int)(n < 0 ? n + 7 : n) + 1;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Between `least` and `most` digits at *at; moves *at behind them. */
static bool take_digits(struct slice s, size_t *at, int least, int most, int *out)
{
	int n = 0, value = 0;

	while (n < most && *at < s.len && is_digit(s.ptr[*at])) {
		value = value * 10 + (s.ptr[(*at)++] - '0');
		n++;
	}
	*out = value;
	return n >= least;
}

static bool take_byte(struct slice s, size_t *at, char c)
{
	if (*at >= s.len || s.ptr[*at] != c)
		return false;
	++*at;
	return true;
}

static bool take_date(struct slice s, size_t *at, struct civil *c)
{
	return take_digits(s, at, 4, 4, &c->year) && take_byte(s, at, '-') &&
	       take_digits(s, at, 2, 2, &c->month) && take_byte(s, at, '-') &&
	       take_digits(s, at, 2, 2, &c->day);
}

/* Z, ±HH, ±HHMM or ±HH:MM. */
static bool take_zone(struct slice s, size_t *at, int *seconds)
{
	int hours, minutes = 0;

	*seconds = 0;
	if (take_byte(s, at, 'Z') || take_byte(s, at, 'z'))
		return true;
	bool west = take_byte(s, at, '-');
	if (!west && !take_byte(s, at, '+'))
		return false;
	if (!take_digits(s, at, 2, 2, &hours))
		return false;
	if (take_byte(s, at, ':') || (*at < s.len && is_digit(s.ptr[*at])))
		if (!take_digits(s, at, 2, 2, &minutes))
			return false;
	if (hours > 23 || minutes > 59)
		return false;
	*seconds = (hours * 60 + minutes) * 60 * (west ? -1 : 1);
	return true;
}

/* HH:MM[:SS[.fraction]]; the fraction is cut off, and a leap second is the one before. */
static bool take_time(struct slice s, size_t *at, struct civil *c)
{
	if (!take_digits(s, at, 2, 2, &c->hour) || !take_byte(s, at, ':') ||
	    !take_digits(s, at, 2, 2, &c->minute))
		return false;
	if (!take_byte(s, at, ':'))
		return true;
	if (!take_digits(s, at, 2, 2, &c->second))
		return false;
	if (c->second == 60)
		c->second = 59;
	if (take_byte(s, at, '.') || take_byte(s, at, ',')) {
		size_t start = *at;
		while (*at < s.len && is_digit(s.ptr[*at]))
			++*at;
		if (*at == start)
			return false;
	}
	return true;
}

bool datetime_parse_iso(struct slice s, int64_t *t, bool *has_time, bool *has_zone)
{
	struct civil c = {0};
	size_t at = 0;
	int zone = 0;
	bool time = false, zoned = false;

	if (!take_date(s, &at, &c))
		return false;
	if (at < s.len) {
		if (!take_byte(s, &at, 'T') && !take_byte(s, &at, 't') && !take_byte(s, &at, ' '))
			return false;
		if (!take_time(s, &at, &c))
			return false;
		time = true;
		if (at < s.len) {
			take_byte(s, &at, ' ');
			if (!take_zone(s, &at, &zone))
				return false;
			zoned = true;
		}
	}
	if (at != s.len || !civil_is_valid(&c))
		return false;
	*t = time_from_civil(&c) - zone;
	if (has_time)
		*has_time = time;
	if (has_zone)
		*has_zone = zoned;
	return true;
}

static char *put_two(char *p, int n)
{
	*p++ = (char)('0' + n / 10 % 10);
	*p++ = (char)('0' + n % 10);
	return p;
}

static char *put_date(char *p, int year, int month, int day)
{
	p = put_two(p, year / 100);
	p = put_two(p, year % 100);
	*p++ = '-';
	p = put_two(p, month);
	*p++ = '-';
	return put_two(p, day);
}

void datetime_put(struct buffer *b, int64_t t)
{
	struct civil c;
	char *p = buffer_reserve(b, 20);

	civil_from_time(t, &c);
	p = put_date(p, c.year, c.month, c.day);
	*p++ = 'T';
	p = put_two(p, c.hour);
	*p++ = ':';
	p = put_two(p, c.minute);
	*p++ = ':';
	p = put_two(p, c.second);
	*p = 'Z';
	b->len += 20;
}

void date_put(struct buffer *b, int64_t days)
{
	int year, month, day;

	civil_from_days(days, &year, &month, &day);
	put_date(buffer_reserve(b, 10), year, month, day);
	b->len += 10;
}

bool date_parse(struct slice s, int64_t *days)
{
	struct civil c = {0};
	size_t at = 0;

	if (!take_date(s, &at, &c) || at != s.len || !civil_is_valid(&c))
		return false;
	*days = days_from_civil(c.year, c.month, c.day);
	return true;
}

/* Formats. */

struct name {
	const char *text;
	int value;
};

/* The longer of two names with the same beginning stands first. */
static const struct name month_names[] = {
	{"january", 1}, {"januar", 1}, {"j\xc3\xa4nner", 1}, {"jan", 1},
	{"february", 2}, {"februar", 2}, {"feb", 2},
	{"march", 3}, {"m\xc3\xa4rz", 3}, {"maerz", 3}, {"m\xc3\xa4r", 3}, {"mrz", 3}, {"mar", 3},
	{"april", 4}, {"apr", 4}, {"may", 5}, {"mai", 5},
	{"june", 6}, {"juni", 6}, {"jun", 6}, {"july", 7}, {"juli", 7}, {"jul", 7},
	{"august", 8}, {"aug", 8}, {"september", 9}, {"sept", 9}, {"sep", 9},
	{"october", 10}, {"oktober", 10}, {"oct", 10}, {"okt", 10},
	{"november", 11}, {"nov", 11},
	{"december", 12}, {"dezember", 12}, {"dec", 12}, {"dez", 12},
	{NULL, 0},
};

static const struct name day_names[] = {
	{"monday", 1}, {"montag", 1}, {"mon", 1}, {"mo", 1},
	{"tuesday", 2}, {"dienstag", 2}, {"tue", 2}, {"di", 2},
	{"wednesday", 3}, {"mittwoch", 3}, {"wed", 3}, {"mi", 3},
	{"thursday", 4}, {"donnerstag", 4}, {"thu", 4}, {"do", 4},
	{"friday", 5}, {"freitag", 5}, {"fri", 5}, {"fr", 5},
	{"saturday", 6}, {"samstag", 6}, {"sonnabend", 6}, {"sat", 6}, {"sa", 6},
	{"sunday", 7}, {"sonntag", 7}, {"sun", 7}, {"so", 7},
	{NULL, 0},
};

/* ASCII and the one non-ASCII letter of the tables, whatever its case. */
static bool matches_name(struct slice s, size_t at, const char *name, size_t *len)
{
	size_t n = strlen(name);

	if (s.len - at < n)
		return false;
	for (size_t i = 0; i < n; i++) {
		char c = s.ptr[at + i];
		if (c >= 'A' && c <= 'Z')
			c = (char)(c + 32);
		if (i > 0 && name[i - 1] == '\xc3' && c == '\x84')
			c = '\xa4';
		if (c != name[i])
			return false;
	}
	*len = n;
	return true;
}

static bool take_name(struct slice s, size_t *at, const struct name *names, int *value)
{
	size_t len;

	for (; names->text; names++)
		if (matches_name(s, *at, names->text, &len)) {
			*at += len;
			/* "Okt." */
			take_byte(s, at, '.');
			*value = names->value;
			return true;
		}
	return false;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void skip_blanks(struct slice s, size_t *at)
{
	while (*at < s.len && is_blank(s.ptr[*at]))
		++*at;
}

struct format_state {
	struct civil c;
	int day_of_year;    /* 0: none */
	int hour12;         /* -1: none */
	int afternoon;      /* -1: none */
	int zone;
	bool has_zone;
};

static bool take_fraction(struct slice s, size_t *at)
{
	size_t start = *at;

	while (*at < s.len && is_digit(s.ptr[*at]))
		++*at;
	return *at > start;
}

static bool take_half_day(struct slice s, size_t *at, int *afternoon)
{
	static const struct name halves[] = {
		{"a.m.", 0}, {"p.m.", 1}, {"am", 0}, {"pm", 1}, {NULL, 0}};
	return take_name(s, at, halves, afternoon);
}

static bool take_year2(struct slice s, size_t *at, int *year)
{
	if (!take_digits(s, at, 2, 2, year))
		return false;
	*year += *year <= 68 ? 2000 : 1900;
	return true;
}

static bool take_conversion(struct slice s, size_t *at, char conversion, struct format_state *f)
{
	int ignored;

	switch (conversion) {
	case 'Y': return take_digits(s, at, 4, 4, &f->c.year);
	case 'y': return take_year2(s, at, &f->c.year);
	case 'm': return take_digits(s, at, 1, 2, &f->c.month);
	case 'e': skip_blanks(s, at); return take_digits(s, at, 1, 2, &f->c.day);
	case 'd': return take_digits(s, at, 1, 2, &f->c.day);
	case 'j': return take_digits(s, at, 1, 3, &f->day_of_year) && f->day_of_year > 0;
	case 'H': return take_digits(s, at, 1, 2, &f->c.hour);
	case 'I': return take_digits(s, at, 1, 2, &f->hour12);
	case 'M': return take_digits(s, at, 1, 2, &f->c.minute);
	case 'S': return take_digits(s, at, 1, 2, &f->c.second);
	case 'p': return take_half_day(s, at, &f->afternoon);
	case 'f': return take_fraction(s, at);
	case 'b':
	case 'B': return take_name(s, at, month_names, &f->c.month);
	case 'a':
	case 'A': return take_name(s, at, day_names, &ignored);
	case 'z': f->has_zone = true; return take_zone(s, at, &f->zone);
	case 'Z': f->has_zone = true; return take_byte(s, at, 'Z');
	case '%': return take_byte(s, at, '%');
	default: return false;
	}
}

static bool complete_hour(struct format_state *f)
{
	if (f->hour12 < 0)
		return f->afternoon < 0 || f->c.hour <= 23;
	if (f->hour12 < 1 || f->hour12 > 12)
		return false;
	f->c.hour = f->hour12 % 12 + (f->afternoon == 1 ? 12 : 0);
	return true;
}

static bool complete_day(struct format_state *f)
{
	int year;

	if (f->day_of_year == 0)
		return true;
	if (f->c.year < 1 || f->day_of_year > 365 + is_leap(f->c.year))
		return false;
	civil_from_days(days_from_civil(f->c.year, 1, 1) + f->day_of_year - 1, &year, &f->c.month,
			&f->c.day);
	return true;
}

bool datetime_parse_format(struct slice s, const char *format, struct civil *c,
			   int *zone_seconds, bool *has_zone)
{
	struct format_state f = {
		.c = {.year = 1, .month = 1, .day = 1}, .hour12 = -1, .afternoon = -1};
	size_t at = 0;

	for (const char *p = format; *p; p++) {
		if (is_blank(*p)) {
			skip_blanks(s, &at);
		} else if (*p == '%' && p[1]) {
			if (!take_conversion(s, &at, *++p, &f))
				return false;
		} else if (!take_byte(s, &at, *p)) {
			return false;
		}
	}
	if (at != s.len || !complete_hour(&f) || !complete_day(&f))
		return false;
	if (f.c.second == 60)
		f.c.second = 59;
	if (!civil_is_valid(&f.c))
		return false;
	*c = f.c;
	if (zone_seconds)
		*zone_seconds = f.zone;
	if (has_zone)
		*has_zone = f.has_zone;
	return true;
}

bool datetime_format_is_valid(const char *format)
{
	bool any = false;

	for (const char *p = format; *p; p++) {
		if (*p != '%')
			continue;
		p++;
		if (*p == '\0' || strchr("YymdeHIpMSfbBzZ%jaA", *p) == NULL)
			return false;
		any = any || *p != '%';
	}
	return any;
}
