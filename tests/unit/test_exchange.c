/* Two folders change places, or a failure leaves both. */
#include "base/exchange.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[] = "/tmp/so1-exchange-XXXXXX";

static void set_up(void)
{
	cr_assert_not_null(mkdtemp(root));
	cr_assert_eq(chdir(root), 0);
	cr_assert_eq(mkdir("new", 0700) | mkdir("old", 0700), 0);
	fclose(fopen("new/n", "w"));
	fclose(fopen("old/o", "w"));
}

static void tear_down(void)
{
	char command[64];

	snprintf(command, sizeof command, "rm -rf %s", root);
	cr_assert_eq(system(command), 0);
}

TestSuite(exchange, .init = set_up, .fini = tear_down);

Test(exchange, a_missing_folder_is_an_error_and_moves_nothing)
{
	struct so1_error e;

	cr_assert_eq(exchange_paths("new", "none", &e), SO1_FAILED);
	cr_assert_str_eq(e.file, "none");
	cr_assert_eq(access("new/n", F_OK), 0);
	cr_assert_eq(exchange_paths("none", "old", &e), SO1_FAILED);
	cr_assert_eq(access("old/o", F_OK), 0);
}

Test(exchange, both_change_places)
{
	struct so1_error e;

	cr_assert_eq(exchange_paths("new", "old", &e), SO1_OK);
	cr_assert_eq(access("old/n", F_OK), 0);
	cr_assert_eq(access("new/o", F_OK), 0);
	exchange_sync_parent("old");
	exchange_sync_parent("none/of/these"); /* does nothing */
}
