# The fictional retailer, and what writes it.
EXTRA_DIST += data/samples/README.md \
	data/samples/crm.csv data/samples/orders.csv.gz data/samples/web.tsv \
	data/samples/chat.csv data/samples/newsletter.csv data/samples/suppress.csv \
	data/samples/truth.csv data/samples/products.csv data/samples/offers.csv data/samples/occasions.csv \
	data/samples/keywords.csv data/samples/distrust.txt data/samples/segments.rules data/samples/crm.map \
	data/samples/orders.map data/samples/web.map data/samples/chat.map \
	data/samples/newsletter.map data/samples/nightly.conf scripts/make-samples scripts/demo \
	scripts/install-deps tests/samples
# Short forms of first names, for so1-dedupe.
dist_pkgdata_DATA += data/nicknames.csv

# … and built in, so that the tool works alike wherever it stands.
nodist_libso1_a_SOURCES = src/dedupe/nicknames_builtin.c
CLEANFILES += src/dedupe/nicknames_builtin.c
src/dedupe/nicknames_builtin.c: $(top_srcdir)/data/nicknames.csv
	$(AM_V_GEN)mkdir -p src/dedupe && { echo '#include "dedupe/nicknames.h"'; \
	echo 'const char *const nicknames_builtin[] = {'; \
	$(AWK) 'NR > 1 { printf "\t\"%s\",\n", $$0 }' $(top_srcdir)/data/nicknames.csv; \
	echo '	0,'; echo '};'; } > $@.new && mv $@.new $@
