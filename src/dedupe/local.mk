# src/dedupe
libso1_a_SOURCES += \
	src/dedupe/assemble.c src/dedupe/assemble.h \
	src/dedupe/blocking.c src/dedupe/blocking.h src/dedupe/rules.c \
	src/dedupe/compare.c src/dedupe/compare.h \
	src/dedupe/echoes.c src/dedupe/echoes.h \
	src/dedupe/em.c src/dedupe/em.h \
	src/dedupe/hopeful.c src/dedupe/hopeful.h \
	src/dedupe/marks.c src/dedupe/marks.h \
	src/dedupe/match.c src/dedupe/match.h src/dedupe/review.c \
	src/dedupe/model.c src/dedupe/model.h src/dedupe/modelfile.c \
	src/dedupe/nicknames.c src/dedupe/nicknames.h \
	src/dedupe/pairs.c src/dedupe/pairs.h \
	src/dedupe/rivals.c src/dedupe/rivals.h \
	src/dedupe/similar.c src/dedupe/similar.h \
	src/dedupe/sketch.c src/dedupe/sketch.h \
	src/dedupe/standing.c src/dedupe/standing.h \
	src/dedupe/traits.c src/dedupe/traits.h \
	src/dedupe/addresses.c src/dedupe/addresses.h \
	src/dedupe/carry.c src/dedupe/carry.h src/dedupe/carried.c src/dedupe/carried.h \
	src/dedupe/changes.c src/dedupe/changes.h \
	src/dedupe/clusters.c src/dedupe/clusters.h \
	src/dedupe/consent.c src/dedupe/consent.h \
	src/dedupe/crosswalk.c src/dedupe/crosswalk.h \
	src/dedupe/digest.c src/dedupe/digest.h \
	src/dedupe/dedupe.c src/dedupe/dedupe_carry.c src/dedupe/dedupe_stream.c src/dedupe/dedupe_report.c \
	src/dedupe/dedupe.h src/dedupe/dedupe_parts.h \
	src/dedupe/distrust.c src/dedupe/distrust.h \
	src/dedupe/erase.c src/dedupe/erase.h \
	src/dedupe/explain.c src/dedupe/explain.h \
	src/dedupe/facts.c src/dedupe/facts.h \
	src/dedupe/fold.c src/dedupe/fold.h \
	src/dedupe/gather.c src/dedupe/gather.h \
	src/dedupe/generation.c src/dedupe/generation.h \
	src/dedupe/golden.c src/dedupe/golden.h \
	src/dedupe/ident.c src/dedupe/ident.h \
	src/dedupe/inherit.c src/dedupe/inherit.h \
	src/dedupe/intake.c src/dedupe/intake.h \
	src/dedupe/keys.c src/dedupe/keys.h \
	src/dedupe/layers.c src/dedupe/layers.h \
	src/dedupe/lookup.c src/dedupe/lookup.h \
	src/dedupe/members.c src/dedupe/members.h \
	src/dedupe/moment.c src/dedupe/moment.h \
	src/dedupe/pages.c src/dedupe/pages.h \
	src/dedupe/people.c src/dedupe/people.h \
	src/dedupe/registry.c src/dedupe/registry.h \
	src/dedupe/registry_file.c src/dedupe/registry_file.h \
	src/dedupe/registry_name.c src/dedupe/registry_scan.c src/dedupe/registry_write.c \
	src/dedupe/repeats.c src/dedupe/repeats.h \
	src/dedupe/rows.c src/dedupe/rows.h \
	src/dedupe/secret.c src/dedupe/secret.h \
	src/dedupe/shelves.c src/dedupe/shelves.h \
	src/dedupe/spool.c src/dedupe/spool.h \
	src/dedupe/strings.c src/dedupe/strings.h \
	src/dedupe/survive.c src/dedupe/survive.h \
	src/dedupe/tuples.c src/dedupe/tuples.h \
	src/dedupe/prints.c src/dedupe/prints.h \
	src/dedupe/known.c src/dedupe/known_write.c src/dedupe/known.h src/dedupe/known_format.h \
	src/dedupe/known_keys.c src/dedupe/known_keys.h \
	src/dedupe/recall_meet.c src/dedupe/recall_meet.h \
	src/dedupe/recall.c src/dedupe/recall.h src/dedupe/recall_write.c \
	src/dedupe/recall_search.c src/dedupe/recall_search.h \
	src/dedupe/recall_values.c src/dedupe/recall_values.h \
	src/dedupe/sighting.c src/dedupe/sighting.h src/dedupe/keepsakes.c src/dedupe/keepsakes.h \
	src/dedupe/registry_settle.c src/dedupe/registry_prints.c

EXTRA_DIST += tests/bench/nights.sh
bin_PROGRAMS += so1-dedupe
so1_dedupe_SOURCES = cmd/so1-dedupe.c
so1_dedupe_LDADD = $(SO1_TOOL_LIBS)

UNIT_TESTS += tests/unit/test_dedupe_crash
tests_unit_test_dedupe_crash_SOURCES = tests/unit/test_dedupe_crash.c tests/unit/crash_help.h
tests_unit_test_dedupe_crash_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_dedupe_crash_LDADD = $(UNIT_LDADD)
UNIT_TESTS += tests/unit/test_dedupe_known
tests_unit_test_dedupe_known_SOURCES = tests/unit/test_dedupe_known.c tests/unit/night_help.h
tests_unit_test_dedupe_known_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_dedupe_known_LDADD = $(UNIT_LDADD)
UNIT_TESTS += tests/unit/test_dedupe_standing
tests_unit_test_dedupe_standing_SOURCES = tests/unit/test_dedupe_standing.c tests/unit/night_help.h
tests_unit_test_dedupe_standing_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_dedupe_standing_LDADD = $(UNIT_LDADD)
UNIT_TESTS += tests/unit/test_dedupe_history tests/unit/test_dedupe_registry
tests_unit_test_dedupe_history_SOURCES = tests/unit/test_dedupe_history.c tests/unit/night_help.h \
	tests/unit/history_world.h tests/unit/history_checks.h
tests_unit_test_dedupe_history_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_dedupe_history_LDADD = $(UNIT_LDADD)
tests_unit_test_dedupe_registry_SOURCES = tests/unit/test_dedupe_registry.c
tests_unit_test_dedupe_registry_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_dedupe_registry_LDADD = $(UNIT_LDADD)
UNIT_TESTS += tests/unit/test_dedupe_identity tests/unit/test_dedupe_golden
tests_unit_test_dedupe_identity_SOURCES = tests/unit/test_dedupe_identity.c
tests_unit_test_dedupe_identity_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_dedupe_identity_LDADD = $(UNIT_LDADD)
tests_unit_test_dedupe_golden_SOURCES = tests/unit/test_dedupe_golden.c
tests_unit_test_dedupe_golden_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_dedupe_golden_LDADD = $(UNIT_LDADD)
dist_man_MANS += man/so1-dedupe.1
UNIT_TESTS += tests/unit/test_dedupe_match
tests_unit_test_dedupe_match_SOURCES = tests/unit/test_dedupe_match.c
tests_unit_test_dedupe_match_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_dedupe_match_LDADD = $(UNIT_LDADD)
UNIT_TESTS += tests/unit/test_dedupe_pages
tests_unit_test_dedupe_pages_SOURCES = tests/unit/test_dedupe_pages.c
tests_unit_test_dedupe_pages_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_dedupe_pages_LDADD = $(UNIT_LDADD)
tests_unit_test_dedupe_pages_LDFLAGS = -Wl,--wrap=mmap -Wl,--wrap=mremap
UNIT_TESTS += tests/unit/test_dedupe_carry
tests_unit_test_dedupe_carry_SOURCES = tests/unit/test_dedupe_carry.c tests/unit/night_help.h
tests_unit_test_dedupe_carry_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_dedupe_carry_LDADD = $(UNIT_LDADD)
