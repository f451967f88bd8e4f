#include "base/times.h"

#include "base/slice.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <time.h>

static void spend_cpu(double seconds)
{
	clock_t end = clock() + (clock_t)(seconds * CLOCKS_PER_SEC);

	while (clock() < end)
		;
}

/* The figures of the line that begins with `stage`. */
static bool find_stage(const struct buffer *b, const char *stage, double *wall, double *cpu)
{
	struct slice rest = buffer_slice(b), line, name;
	long megabytes;

	while (slice_split(&rest, '\n', &line)) {
		name = slice_make(line.ptr, slice_find_byte(line, ':'));
		if (!slice_is(name, stage))
			continue;
		char text[200];
		snprintf(text, sizeof text, "%.*s", (int)(line.len - name.len), line.ptr + name.len);
		return sscanf(text, ": %lf s, %lf s cpu, %ld MB at most so far", wall, cpu,
			      &megabytes) == 3 && megabytes > 0;
	}
	return false;
}

Test(times, nothing_is_wanted)
{
	struct buffer b = {0};

	times_enter(NULL, "reading");
	times_report(NULL, &b);
	cr_assert_eq(b.len, 0);
	times_free(NULL);
}

Test(times, stages_in_order_of_first_entry_and_the_rest_in_total)
{
	struct times *t = times_start();
	struct buffer b = {0};
	double wall, cpu;

	spend_cpu(.05); /* outside of any stage */
	times_enter(t, "reading");
	times_enter(t, "writing");
	spend_cpu(.05);
	times_enter(t, "reading");
	spend_cpu(.10);
	times_report(t, &b);
	times_free(t);
	const char *text = buffer_text(&b);
	cr_assert(strncmp(text, "reading: ", 9) == 0, "%s", text);
	cr_assert(strstr(text, "\nwriting: ") && strstr(text, "\ntotal: "), "%s", text);
	/* What was spent is a floor; a busy machine may show more wall time, and the report
	 * rounds to hundredths. */
	cr_assert(find_stage(&b, "reading", &wall, &cpu) && wall >= .09 && cpu >= .09, "%s", text);
	cr_assert(find_stage(&b, "writing", &wall, &cpu) && wall >= .04 && cpu >= .04, "%s", text);
	double staged = cpu;
	cr_assert(find_stage(&b, "reading", &wall, &cpu));
	staged += cpu;
	cr_assert(find_stage(&b, "total", &wall, &cpu));
	cr_assert(cpu >= staged + .04, "%s", text);
	buffer_free(&b);
}
