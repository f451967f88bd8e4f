# Tests: unit tests of the rooms (Criterion) and scripts that drive the built tools.
TEST_EXTENSIONS = .sh
LOG_COMPILER = $(SHELL) $(top_srcdir)/tests/lib/unit-runner
SH_LOG_COMPILER = $(SHELL)
AM_TESTS_ENVIRONMENT = SO1_BIN='$(abs_top_builddir)'; export SO1_BIN;
if ASAN
# Every tool takes its time to start.
AM_TESTS_ENVIRONMENT += SO1_KILLS=25; export SO1_KILLS;
endif

UNIT_TESTS += tests/unit/test_base tests/unit/test_options
tests_unit_test_base_SOURCES = tests/unit/test_base.c
tests_unit_test_base_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_base_LDADD = $(UNIT_LDADD)
tests_unit_test_options_SOURCES = tests/unit/test_options.c
tests_unit_test_options_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_options_LDADD = $(UNIT_LDADD)

SCRIPT_TESTS = tests/tools.sh tests/cli.sh tests/examples.sh tests/allocate.sh
if HAVE_CRITERION
check_PROGRAMS += $(UNIT_TESTS)
TESTS += $(UNIT_TESTS)
endif
TESTS += $(SCRIPT_TESTS)
EXTRA_DIST += $(SCRIPT_TESTS) tests/lib tests/cli

# What scripts/bench runs that belongs to no one room.
EXTRA_DIST += tests/bench/memory.bash tests/bench/pipe.sh
EXTRA_DIST += tests/bench/dedupe.sh tests/bench/dedupe tests/bench/identity.sh tests/bench/identity \
	tests/bench/shapes.sh tests/bench/shapes tests/bench/additions.sh
