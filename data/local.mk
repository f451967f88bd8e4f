# The fictional retailer, and what writes it.
EXTRA_DIST += data/samples/README.md \
	data/samples/crm.csv data/samples/orders.csv.gz data/samples/web.tsv \
	data/samples/chat.csv data/samples/newsletter.csv data/samples/suppress.csv \
	data/samples/truth.csv data/samples/products.csv data/samples/offers.csv \
	data/samples/keywords.csv data/samples/distrust.txt data/samples/segments.rules data/samples/crm.map \
	data/samples/orders.map data/samples/web.map data/samples/chat.map \
	data/samples/newsletter.map scripts/make-samples scripts/demo \
	scripts/install-deps tests/samples
