#!/usr/bin/env bash
# scripts/bench profile [CUSTOMERS | --people N]: CSV to CSV against DuckDB, and what it grows like.
# --people N: the touchpoints of N people of make-samples, through so1-ingest and so1-dedupe.
# KNOWN=FILE: the stream that so1-dedupe wrote to FILE, read where it is. Else a made-up stream of CUSTOMERS (default 150000, about 200 MB). so1-profile computes all its
# columns, DuckDB the twenty of profile.sql; the twenty are compared cell by cell. Least of
# RUNS (3); seconds, processor seconds, peak MB; then DuckDB's over ours. The made-up stream
# also with ten times fewer customers: time must grow with their number, memory must not.
# DuckDB: the CLI (DUCKDB, else duckdb on the PATH), a Python that has the package (PYTHON,
# else python3), or node with NODE_PATH to a folder that holds @duckdb/node-api.
# Needs GNU time. SO1_BIN: the built tree (default: build).
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

measure() { # LABEL COMMAND...: the run of least seconds; its numbers stay in the file "least"
	local label=$1 i
	shift
	for ((i = 0; i < runs; i++)); do
		/usr/bin/time -o "$dir/time" -f '%e %U %S %M' "$@" || return 1
		cat "$dir/time"
	done | sort -n | head -n 1 |
		awk '{ printf "%.2f %.2f %.0f\n", $1, $2 + $3, $4 / 1024 }' >"$dir/least"
	awk -v label="$label" '{ printf "%-34s %7.2f s %7.2f cpu s %6d MB\n", label, $1, $2, $3 }' "$dir/least"
}

in_duckdb() { # THREADS
	local python=${PYTHON:-python3}
	sed "s|@IN@|$stream|; s|@OUT@|$dir/duckdb.csv|" "$top/tests/bench/profile.sql" >"$dir/q.sql"
	if command -v "${DUCKDB:-duckdb}" >/dev/null; then
		measure "DuckDB, $1 threads, 20 columns" "${DUCKDB:-duckdb}" -c "SET threads=$1" -f "$dir/q.sql"
	elif "$python" -c 'import duckdb' 2>/dev/null; then
		measure "DuckDB, $1 threads, 20 columns" "$python" "$top/tests/bench/duckdb.py" "$dir/q.sql" "$1"
	elif node -e "require('@duckdb/node-api')" 2>/dev/null; then
		measure "DuckDB, $1 threads, 20 columns" node "$top/tests/bench/duckdb.cjs" "$dir/q.sql" "$1"
	else
		echo "DuckDB: not installed, skipped"
	fi
}

in_both() { # THREADS
	measure "so1-profile, $1 threads, all columns" "$bin/so1-profile" -q -j "$1" --as-of 2026-11-01 -o "$dir/ours.csv" "$stream"
	mv "$dir/least" "$dir/ours"
	in_duckdb "$1"
	[ ! -f "$dir/least" ] || paste "$dir/ours" "$dir/least" |
		awk '{ printf "DuckDB / so1-profile: %.2f times the seconds, %.2f the cpu seconds, %.1f the memory\n", $4 / $1, $5 / $2, $6 / $3 }'
}

compare() { # cells of DuckDB's columns, ours within a billionth
	[ -f "$dir/duckdb.csv" ] || return 0
	"$bin/so1-profile" -q --tsv --as-of 2026-11-01 "$stream" >"$dir/ours.tsv"
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
}

stream=${KNOWN:-$dir/stream.csv}
if [ -n "${KNOWN:-}" ]; then [ -r "$stream" ] || { echo "bench profile: no file $stream" >&2; exit 1; }
elif [ -n "$people" ]; then from_people
else "$top/tests/lib/profile-stream" "$customers" >"$stream"; fi
awk -F , 'NR > 1 { rows++; if ($1 != last) customers++; last = $1; bytes += length($0) + 1 }
	END { printf "%.0f bytes, %.0f rows, %.0f customers\n", bytes, rows, customers }' "$stream"
in_both 1
[ "$(nproc)" = 1 ] || in_both "$(nproc)"
compare
[ -z "$people${KNOWN:-}" ] || exit 0
"$top/tests/lib/profile-stream" $((customers / 10)) >"$stream"
measure "so1-profile, a tenth, 1 thread" "$bin/so1-profile" -q -j 1 --as-of 2026-11-01 -o "$dir/ours.csv" "$stream"
