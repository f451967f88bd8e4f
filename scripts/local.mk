# so1-nightly: one file, put together from its parts.
NIGHTLY_PARTS = scripts/nightly/config.bash scripts/nightly/run.bash \
	scripts/nightly/state.bash scripts/nightly/stages.bash scripts/nightly/summary.bash
bin_SCRIPTS = so1-nightly
CLEANFILES += so1-nightly
EXTRA_DIST += scripts/so1-nightly $(NIGHTLY_PARTS)
dist_man_MANS += man/so1-nightly.1
so1-nightly: scripts/so1-nightly $(NIGHTLY_PARTS) Makefile
	$(AM_V_GEN){ sed -e 's|@PKGLIBEXECDIR@|$(pkglibexecdir)|' -e '/^# parts begin$$/,$$d' \
		$(srcdir)/scripts/so1-nightly && \
	for part in $(NIGHTLY_PARTS); do sed '/^# shellcheck shell=/d' $(srcdir)/$$part || exit; done && \
	sed '1,/^# parts end$$/d' $(srcdir)/scripts/so1-nightly; } >$@.tmp && \
	chmod a+x $@.tmp && mv $@.tmp $@

# Its helper, no tool of the pipe.
pkglibexec_PROGRAMS = so1-swap
so1_swap_SOURCES = cmd/so1-swap.c
so1_swap_LDADD = $(SO1_LIBS)

# The longest of the tests: begun first.
TESTS += tests/nightly.sh
EXTRA_DIST += tests/nightly.sh
