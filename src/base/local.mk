# src/base
libso1_a_SOURCES += src/base/exchange.c src/base/exchange.h
UNIT_TESTS += tests/unit/test_exchange
tests_unit_test_exchange_SOURCES = tests/unit/test_exchange.c
tests_unit_test_exchange_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_exchange_LDADD = $(UNIT_LDADD)

libso1_a_SOURCES += \
	src/base/bucketsort.c src/base/bucketsort.h \
	src/base/buffer.c src/base/buffer.h \
	src/base/crew.c src/base/crew.h \
	src/base/chance.c src/base/chance.h \
	src/base/datetime.c src/base/datetime.h \
	src/base/error.c src/base/error.h \
	src/base/interval.c src/base/interval.h \
	src/base/mapped.c src/base/mapped.h \
	src/base/memory.c src/base/memory.h \
	src/base/number.c src/base/number.h \
	src/base/options.c src/base/options.h \
	src/base/prefetch.h \
	src/base/progress.c src/base/progress.h \
	src/base/sha256.c src/base/sha256.h \
	src/base/slice.c src/base/slice.h \
	src/base/table.c src/base/table.h \
	src/base/textsort.c src/base/textsort.h \
	src/base/threads.c src/base/threads.h \
	src/base/times.c src/base/times.h \
	src/base/timezone.c src/base/timezone_country.c src/base/timezone.h

UNIT_TESTS += tests/unit/test_number tests/unit/test_datetime tests/unit/test_timezone \
	tests/unit/test_bucketsort tests/unit/test_textsort tests/unit/test_threads tests/unit/test_times tests/unit/test_chance tests/unit/test_interval
tests_unit_test_bucketsort_SOURCES = tests/unit/test_bucketsort.c
tests_unit_test_bucketsort_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_bucketsort_LDADD = $(UNIT_LDADD)
tests_unit_test_textsort_SOURCES = tests/unit/test_textsort.c
tests_unit_test_textsort_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_textsort_LDADD = $(UNIT_LDADD)
tests_unit_test_number_SOURCES = tests/unit/test_number.c
tests_unit_test_number_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_number_LDADD = $(UNIT_LDADD)
tests_unit_test_datetime_SOURCES = tests/unit/test_datetime.c
tests_unit_test_datetime_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_datetime_LDADD = $(UNIT_LDADD)
tests_unit_test_timezone_SOURCES = tests/unit/test_timezone.c
tests_unit_test_timezone_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_timezone_LDADD = $(UNIT_LDADD)
tests_unit_test_threads_SOURCES = tests/unit/test_threads.c
tests_unit_test_threads_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_threads_LDADD = $(UNIT_LDADD)
tests_unit_test_times_SOURCES = tests/unit/test_times.c
tests_unit_test_times_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_times_LDADD = $(UNIT_LDADD)
tests_unit_test_chance_SOURCES = tests/unit/test_chance.c
tests_unit_test_chance_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_chance_LDADD = $(UNIT_LDADD)
tests_unit_test_interval_SOURCES = tests/unit/test_interval.c
tests_unit_test_interval_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_interval_LDADD = $(UNIT_LDADD)
