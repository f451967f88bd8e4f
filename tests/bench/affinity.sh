#!/usr/bin/env bash
# scripts/bench affinity: what a customer will buy again, and what is new to him, on real data.
# UCI Online Retail II (SO1_DATA/online_retail_ii.csv.gz; skipped without) through the whole
# pipe: affinity/retail.map, so1-ingest, so1-dedupe, so1-profile --as-of 2011-09-01 --by sku,
# so1-predict --fit affinity; scored by affinity/target.awk and score.awk, which read the same
# file without so1, on what the 2,234 customers bought from 2011-09-01 to 2011-11-29.
# Then 6,000 generated items: processor seconds and peak memory of the fit and of applying.
# Bars: again recall@10 .1530 and nDCG@10 .199 (TIFU-KNN, Hu et al. 2020, reached .1530 and .1992
# there), new recall@10 .015; 6,000 items in 15 s and 1 GB. Fails when -j or -M changes a byte.
# Needs GNU time. SO1_BIN: the tools (default: build).
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
here=$top/tests/bench/affinity
bin=$(cd "${SO1_BIN:-$top/build}" && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export LC_ALL=C TMPDIR="$dir" PATH="$bin:$PATH"
[ -x /usr/bin/time ] || { echo "bench affinity: needs GNU time (Debian: time)" >&2; exit 1; }
[ -x "$bin/so1-predict" ] || { echo "bench affinity: build first (make)" >&2; exit 1; }

measure() { # LABEL COMMAND...: leaves "cpu MB" in $dir/figures
	local label=$1
	shift
	/usr/bin/time -o "$dir/time" -f '%e %U %S %M' "$@"
	awk '{ printf "%.2f %.0f\n", $2 + $3, $4 / 1024 }' "$dir/time" >"$dir/figures"
	awk -v label="$label" '{ printf "%-28s %6.2f s %6.2f cpu s %5d MB\n", label, $1, $2 + $3, $4 / 1024 }' "$dir/time"
}

bar() { # WHAT FIGURE OP LIMIT
	awk -v what="$1" -v x="$2" -v op="$3" -v limit="$4" 'BEGIN {
		ok = op == "<=" ? x <= limit : x >= limit
		printf "bar: %-32s %8.4f %s %-6s %s\n", what, x, op, limit, ok ? "met" : "MISSED" }'
}

same_bytes() { # PROFILES: the model and the lists of every way to run
	so1-predict -q --fit affinity --by sku -j 1 -M 1G -o "$dir/one.model" "$1"
	so1-predict -q -j 1 -m "$dir/one.model" "$1" -o "$dir/one.csv"
	so1-predict -q --fit affinity --by sku -j 4 -M 16M -o "$dir/two.model" "$1"
	so1-predict -q -j 4 -M 16M -m "$dir/two.model" "$1" -o "$dir/two.csv"
	# The command in the model names no -j and no -M.
	cmp "$dir/one.model" "$dir/two.model" && cmp "$dir/one.csv" "$dir/two.csv" &&
		echo "1 and 4 threads, 1G and 16M: the same bytes"
}

retail() {
	local raw=$SO1_DATA/online_retail_ii.csv.gz
	so1-ingest -q -m "$here/retail.map" "$raw" --rejects "$dir/rejects.csv" |
		so1-dedupe -q --keep-repeats |
		so1-profile -q --as-of 2011-09-01 --by sku -o "$dir/profiles.csv"
	measure "fit, Online Retail II" so1-predict -q --fit affinity --by sku -o "$dir/taste.model" "$dir/profiles.csv"
	measure "apply" so1-predict -q --tsv -m "$dir/taste.model" "$dir/profiles.csv" -o "$dir/scored.tsv"
	gzip -dc "$raw" | awk -v from=2011-09-01 -v to=2011-11-30 -f "$here/target.awk" >"$dir/targets"
	awk -F '\t' 'NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i; next }
		{ print $c["loyalty_id"] "\t" $c["again_by_sku"] "\t" $c["new_by_sku"] }' "$dir/scored.tsv" >"$dir/lists"
	awk -f "$here/score.awk" "$dir/targets" "$dir/lists" | tee "$dir/score"
	bar "again recall@10" "$(awk '$1 == "again" { print $3 }' "$dir/score")" '>=' .1530
	bar "again nDCG@10" "$(awk '$1 == "again" { print $5 }' "$dir/score")" '>=' .199
	bar "new recall@10" "$(awk '$1 == "new" { print $3 }' "$dir/score")" '>=' .015
	same_bytes "$dir/profiles.csv"
}

generated() { # ITEMS CUSTOMERS: baskets of about 40 items, popularity falling as a power
	awk -v items="$1" -v customers="$2" 'BEGIN {
		s = 20261101
		print "customer_id,orders_by_sku,recency_by_sku,affine_by_sku"
		for (c = 0; c < customers; c++) {
			split("", has); n = 10 + c % 61; o = r = a = ""
			for (i = 0; i < n; i++) { s = 16807 * s % 2147483647; has[int(items * (s / 2147483647) ^ 1.5)] }
			for (i = 0; i < items; i++) if (i in has) {
				s = 16807 * s % 2147483647; k = sprintf("%05d=", i); z = o == "" ? "" : ";"
				o = o z k 1 + s % 3; r = r z k s % 400; a = a z k ".5"
			}
			printf "%06d,%s,%s,%s\n", c, o, r, a
		} }' >"$dir/generated.csv"
	measure "fit, $1 generated items" so1-predict -q --fit affinity --by sku -o "$dir/big.model" "$dir/generated.csv"
	grep ^card,keys_used "$dir/big.model" | cut -d, -f2,3
	bar "6,000 items: cpu s" "$(cut -d' ' -f1 "$dir/figures")" '<=' 15
	bar "6,000 items: peak MB" "$(cut -d' ' -f2 "$dir/figures")" '<=' 1024
	measure "apply, $2 customers" so1-predict -q -m "$dir/big.model" "$dir/generated.csv" -o "$dir/big.csv"
}

echo "$(nproc) cores; load $(cut -d' ' -f1 /proc/loadavg)"
if [ -n "${SO1_DATA:-}" ]; then retail; else echo "SO1_DATA is not set: Online Retail II skipped"; fi
generated 6000 20000
