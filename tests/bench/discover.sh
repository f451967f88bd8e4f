#!/usr/bin/env bash
# scripts/bench discover [CUSTOMERS]: so1-segment --discover on made-up customers of 40 columns.
# CUSTOMERS (default 1000000): 32 numeric columns of all shapes, four of categories, three maps
# and tags; the target depends on two of them together
# (warranty owners under 35: three times the rate). Least processor seconds of RUNS (3) at depth
# 2 with one and with two threads, the same bytes from both, the rule found; then depth 3, and the
# target shuffled, where nothing may be found.
# Needs GNU time. SO1_BIN: the built tree (default: build).
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
bin=$(cd "${SO1_BIN:-$top/build}" && pwd)
customers=${1:-1000000}
runs=${RUNS:-3}
dir=${BENCH_DIR:-$(mktemp -d)}
[ -n "${BENCH_DIR:-}" ] || trap 'rm -rf "$dir"' EXIT
export LC_ALL=C
[ -x /usr/bin/time ] || { echo "bench discover: needs GNU time (Debian: time)" >&2; exit 1; }
[ -x "$bin/so1-segment" ] || { echo "bench discover: build first (make)" >&2; exit 1; }

customers() { # N: columns noise and label have the target, once shuffled
	awk -v n="$1" 'function r() { x = (x * 16807) % 2147483647; return x / 2147483647 }
	BEGIN {
		x = 20261101
		printf "customer_id,age,spend"
		for (i = 1; i <= 29; i++) printf ",n%d", i
		print ",gender,region,channel,weekday,plan,orders_by_category,views_by_category,spend_by_brand,tags,noise,label"
		split("audio books garden tv warranty wine", category, " ")
		for (i = 1; i <= n; i++) {
			age = int(18 + 70 * r())
			printf "%08d,%s,%.2f", i, r() < .1 ? "" : age, exp(7 * r())
			for (k = 1; k <= 29; k++)
				if (k % 4 == 0) printf ",%d", 20 * r() * r() * r()
				else if (k % 4 == 1) printf ",%.4f", r()
				else if (k % 4 == 2) printf ",%s", r() < .3 ? "" : int(1000 * r())
				else printf ",%d", r() < .8 ? 0 : 1 + 9 * r()
			orders = views = brands = ""; warranty = 0
			for (k = 1; k <= 6; k++) {
				if (r() < .12) { orders = orders (orders == "" ? "" : ";") category[k] "=" int(1 + 3 * r()); if (k == 5) warranty = 1 }
				if (r() < .2) views = views (views == "" ? "" : ";") category[k] "=" int(1 + 9 * r())
			}
			for (k = 1; k <= 3; k++) { b = int(300 * r()); if (k == 1 || b > last) { brands = brands (brands == "" ? "" : ";") sprintf("b%03d=%d.00", b, 1 + 90 * r()); last = b } }
			y = r() < (warranty && age < 35 ? .15 : .05)
			printf ",%s,r%02d,%s,%d,%s,%s,%s,%s,%s,%d,%d\n", r() < .5 ? "f" : "m", 20 * r(), r() < .6 ? "web" : "shop",
				1 + 7 * r(), r() < .2 ? "gold" : "basic", orders, views, brands, r() < .1 ? "boho;festival" : r() < .1 ? "boho" : "", r() < .05, y
		}
	}'
}

measure() { # LABEL COMMAND...: the run of least processor seconds
	local label=$1 i
	shift
	for ((i = 0; i < runs; i++)); do
		/usr/bin/time -o "$dir/time" -f '%e %U %S %M' "$@" || return 1
		cat "$dir/time"
	done | awk '{ print $2 + $3, $0 }' | sort -n | head -n 1 |
		awk -v label="$label" '{ printf "%-34s %7.2f s %7.2f cpu s %6d MB\n", label, $2, $1, $5 / 1024 }'
}

echo "$(nproc) cores; load $(cut -d' ' -f1 /proc/loadavg)"
[ -f "$dir/customers.csv" ] || customers "$customers" >"$dir/customers.csv"
echo "$customers customers, $(($(head -n 1 "$dir/customers.csv" | tr , '\n' | wc -l) - 3)) columns, $(stat -c %s "$dir/customers.csv") bytes"
run=("$bin/so1-segment" -q --ignore noise --discover label "$dir/customers.csv")
measure "depth 2, -j 1" "${run[@]}" -j 1 -o "$dir/one.rules"
measure "depth 2, -j 2" "${run[@]}" -j 2 -o "$dir/two.rules"
cmp "$dir/one.rules" "$dir/two.rules"
sed -n 's/^# rows/rows/p; s/^# discoveries/discoveries/p' "$dir/two.rules"
grep -A 1 '^# size' "$dir/two.rules" | head -n 2
runs=1
measure "depth 3, -j 2" "${run[@]}" -j 2 --depth 3 -o "$dir/three.rules"
measure "a target of pure chance, -j 2" "$bin/so1-segment" -q -j 2 --ignore label --discover noise -o "$dir/noise.rules" "$dir/customers.csv"
echo "rules found in pure chance: $(grep -vc '^#\|^$' "$dir/noise.rules" || true)"
