#!/usr/bin/env bash
# scripts/bench profile [CUSTOMERS | --people N]: CSV to CSV against DuckDB, and what it grows like.
# --people N: the touchpoints of N people of make-samples, through so1-ingest and so1-dedupe.
# Else a made-up stream of CUSTOMERS (default 150000, about 200 MB). so1-profile computes all its
# columns, DuckDB the twenty of profile.sql; the twenty are compared cell by cell. Least of
# RUNS (3); seconds, processor seconds, peak MB. Then ten times fewer customers: time and
# memory must grow with the first and not with the second.
# DuckDB: the CLI (DUCKDB, else duckdb on the PATH), or node with NODE_PATH to a folder that
# holds @duckdb/node-api. Needs GNU time. SO1_BIN: the built tree (default: build).
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
bin=$(cd "${SO1_BIN:-$top/build}" && pwd)
people=
[ "${1:-}" != --people ] || { people=${2:?--people N}; shift 2; }
customers=${1:-150000}
runs=${RUNS:-3}
dir=${BENCH_DIR:-$(mktemp -d)}
[ -n "${BENCH_DIR:-}" ] || trap 'rm -rf "$dir"' EXIT
export LC_ALL=C
[ -x /usr/bin/time ] || { echo "bench profile: needs GNU time (Debian: time)" >&2; exit 1; }
[ -x "$bin/so1-profile" ] || { echo "bench profile: build first (make)" >&2; exit 1; }

measure() { # LABEL COMMAND...: the run of least seconds
	local label=$1 i
	shift
	for ((i = 0; i < runs; i++)); do
		/usr/bin/time -o "$dir/time" -f '%e %U %S %M' "$@" || return 1
		cat "$dir/time"
	done | sort -n | head -n 1 |
		awk -v label="$label" '{ printf "%-34s %7.2f s %7.2f cpu s %6.0f MB\n", label, $1, $2 + $3, $4 / 1024 }'
}

in_duckdb() { # THREADS
	sed "s|@IN@|$dir/stream.csv|; s|@OUT@|$dir/duckdb.csv|" "$top/tests/bench/profile.sql" >"$dir/q.sql"
	if command -v "${DUCKDB:-duckdb}" >/dev/null; then
		measure "DuckDB, $1 threads, 20 columns" "${DUCKDB:-duckdb}" -c "SET threads=$1" -f "$dir/q.sql"
	elif node -e "require('@duckdb/node-api')" 2>/dev/null; then
		measure "DuckDB, $1 threads, 20 columns" node "$top/tests/bench/duckdb.cjs" "$dir/q.sql" "$1"
	else
		echo "DuckDB: not installed, skipped"
	fi
}

compare() { # cells of DuckDB's columns, ours within a billionth
	[ -f "$dir/duckdb.csv" ] || return 0
	"$bin/so1-profile" -q --tsv --as-of 2026-11-01 "$dir/stream.csv" >"$dir/ours.tsv"
	awk -v ours="$dir/ours.tsv" -F , '
		NR == 1 {
			n = split($0, name, ",")
			getline line <ours; m = split(line, f, "\t")
			for (i = 1; i <= m; i++) at[f[i]] = i
			next
		}
		{
			getline line <ours; split(line, f, "\t"); rows++
			for (i = 1; i <= n; i++) {
				x = $i; y = f[at[name[i]]]
				d = x - y; if (d < 0) d = -d
				s = x < 0 ? -x : x
				if (x == y || (x != "" && y != "" && name[i] !~ /order$|_id$/ && d <= 1e-9 * (1 + s))) same++
				else if (differ++ < 5) print "differs: " $1 " " name[i] ": DuckDB " x ", so1 " y
			}
		}
		END { print rows " customers, " same + 0 " cells equal, " differ + 0 " differ"; exit differ > 0 }' "$dir/duckdb.csv"
}

echo "$(nproc) cores; load $(cut -d' ' -f1 /proc/loadavg)"
from_people() { # the stream of the retailer's sources, cleaned and resolved
	"$top/scripts/make-samples" --people "$people" --out "$dir/in"
	(cd "$dir/in" && "$bin/so1-ingest" -q -m crm.map crm.csv -m orders.map orders.csv.gz \
		-m web.map web.tsv -m chat.map chat.csv -m newsletter.map newsletter.csv \
		--products products.csv --rejects rejects.csv -o touchpoints.csv &&
		"$bin/so1-dedupe" -q --distrust distrust.txt touchpoints.csv -o "$dir/stream.csv")
	rm -r "$dir/in"
	customers=$(cut -d , -f 1 "$dir/stream.csv" | uniq | sed 1d | wc -l)
}

if [ -n "$people" ]; then from_people; else "$top/tests/lib/profile-stream" "$customers" >"$dir/stream.csv"; fi
echo "$(stat -c %s "$dir/stream.csv") bytes, $(($(wc -l <"$dir/stream.csv") - 1)) rows, $customers customers"
for t in 1 "$(nproc)"; do
	measure "so1-profile, $t threads, all columns" "$bin/so1-profile" -q -j "$t" --as-of 2026-11-01 -o "$dir/ours.csv" "$dir/stream.csv"
	in_duckdb "$t"
done
compare
[ -z "$people" ] || exit 0
"$top/tests/lib/profile-stream" $((customers / 10)) >"$dir/stream.csv"
measure "so1-profile, a tenth, 1 thread" "$bin/so1-profile" -q -j 1 --as-of 2026-11-01 -o "$dir/ours.csv" "$dir/stream.csv"
