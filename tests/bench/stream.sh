#!/usr/bin/env bash
# scripts/bench stream [ROWS]: reading and writing, against libcsv, Miller and DuckDB.
# A pass-through that parses every field and writes every record, on ROWS (default
# 2000000, about 230 MB) of plain data and of data with a fifth of the fields quoted; MB/s
# of input, best of RUNS (5), everything in the page cache, output to /dev/null. Then
# gzip, a pipe, a file, and peak memory at ten times the size.
# The bar: at least 3x "libcsv, parse" on plain and 2x on quoted data with one thread, peak
# memory under 64 MB at any size; fails when it is missed (SO1_BENCH_BAR=0: only reports).
# Needs GNU time. SO1_BIN: the built tree (default: build); MLR, DUCKDB: other binaries.
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
bin=$(cd "${SO1_BIN:-$top/build}" && pwd)/tests/bench
rows=${1:-2000000}
runs=${RUNS:-5}
dir=${BENCH_DIR:-$(mktemp -d)}
[ -n "${BENCH_DIR:-}" ] || trap 'rm -rf "$dir"' EXIT
export LC_ALL=C
[ -x /usr/bin/time ] || { echo "bench stream: needs GNU time (Debian: time)" >&2; exit 1; }
[ -x "$bin/so1-pass" ] || { echo "bench stream: build first (make)" >&2; exit 1; }

# FILE COMMAND: least seconds (others use the machine too) and peak MB
measure() {
	local file=$1 i
	shift
	: >"$dir/times"
	for ((i = 0; i < runs; i++)); do
		/usr/bin/time -f '%e %M' -a -o "$dir/times" sh -c "$*" sh "$file" >/dev/null
	done
	sort -n "$dir/times" | awk 'NR == 1 { t = $1 } { if ($2 > m) m = $2 } END { printf "%s %.0f", t, m / 1024 }'
}

declare -A base
row() { # KIND NAME COMMAND ("$1" is the file)
	local kind=$1 name=$2 file=$dir/$1.csv seconds mb figure bytes
	figure=$(measure "${4:-$file}" "$3")
	read -r seconds mb <<<"$figure"
	bytes=$(stat -c %s "$file")
	base[$kind:$name]=$seconds
	awk -v k="$kind" -v n="$name" -v s="$seconds" -v m="$mb" -v b="$bytes" \
		-v parse="${base[$kind:libcsv, parse]:-0}" -v write="${base[$kind:libcsv, parse and write]:-0}" 'BEGIN {
		if (s <= 0) s = 0.01
		printf "%-7s %-28s %7.2f s %7.0f MB/s %6d MB", k, n, s, b / 1e6 / s, m
		if (parse > 0) printf "  %5.1fx parse", parse / s
		if (write > 0) printf "  %5.1fx parse+write", write / s
		printf "\n" }'
}

others() { # KIND: what is installed
	local mlr=${MLR:-mlr} duckdb=${DUCKDB:-duckdb} runs=1
	if command -v "$mlr" >/dev/null; then
		row "$1" "Miller cat" "$mlr --csv --records-per-batch 500 cat \"\$1\""
	else
		echo "$1  Miller: not installed, skipped"
	fi
	if command -v "$duckdb" >/dev/null; then
		for t in 1 "$(nproc)"; do
			row "$1" "DuckDB COPY, $t threads" "$duckdb -c \"SET threads=$t; COPY (FROM read_csv('\$1', all_varchar=true, header=true, quote='\\\"', escape='\\\"')) TO '/dev/null' (HEADER)\""
		done
	else
		echo "$1  DuckDB: no CLI, skipped"
	fi
}

echo "processor: $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(nproc) cores; load $(cut -d' ' -f1 /proc/loadavg)"
for kind in plain quoted; do
	"$bin/make-csv" "$kind" "$rows" >"$dir/$kind.csv"
	echo "$kind: $(stat -c %s "$dir/$kind.csv") bytes, $rows rows, 12 columns"
	row "$kind" "libcsv, parse" "$bin/libcsv-loop \"\$1\""
	row "$kind" "libcsv, parse and write" "$bin/libcsv-loop -w \"\$1\""
	row "$kind" "so1, 1 thread" "$bin/so1-pass -j1 \"\$1\""
	row "$kind" "so1, $(nproc) threads" "$bin/so1-pass -j$(nproc) \"\$1\""
	row "$kind" "so1, 1 thread, re-encoding" "$bin/so1-pass -j1 -t \"\$1\""
	"$bin/so1-pass" -S "$dir/$kind.csv" >"$dir/$kind.sealed"
	row "$kind" "so1, sealed both ways" "SO1_SEAL=1 $bin/so1-pass -j1 \"\$1\"" "$dir/$kind.sealed"
	row "$kind" "so1, pipe to pipe" "cat \"\$1\" | $bin/so1-pass -j1 | cat"
	row "$kind" "so1, to a file (fsynced)" "$bin/so1-pass -j1 -o $dir/out.csv \"\$1\""
	gzip -1 -c "$dir/$kind.csv" >"$dir/$kind.csv.gz"
	row "$kind" "so1, from gzip, 1 thread" "$bin/so1-pass -j1 \"\$1\"" "$dir/$kind.csv.gz"
	row "$kind" "so1, from gzip, $(nproc) threads" "$bin/so1-pass -j$(nproc) \"\$1\"" "$dir/$kind.csv.gz"
	runs=1 row "$kind" "so1, to gzip, 1 thread" "$bin/so1-pass -j1 -o $dir/out.csv.gz \"\$1\""
	runs=1 row "$kind" "so1, to gzip, $(nproc) threads" "$bin/so1-pass -j$(nproc) -o $dir/out.csv.gz \"\$1\""
	others "$kind"
	rm -f "$dir"/out.csv* "$dir/$kind.csv.gz" "$dir/$kind.sealed"
done

echo "peak memory at ten times the size (quoted):"
for ((i = 0; i < 10; i++)); do echo "$dir/quoted.csv"; done |
	xargs /usr/bin/time -f "%e s %M KB" -o "$dir/times" "$bin/so1-pass" -j1 >/dev/null
cat "$dir/times"
peak=$(awk '{ print int($3 / 1024) }' "$dir/times")

fail=0
bar() { # KIND FACTOR
	awk -v a="${base[$1:libcsv, parse]}" -v b="${base[$1:so1, 1 thread]}" -v f="$2" -v k="$1" 'BEGIN {
		ok = a >= f * b
		printf "bar: %s %.1fx libcsv, wanted %.1fx: %s\n", k, a / b, f, ok ? "met" : "MISSED"
		exit !ok }' || fail=1
}
bar plain 3
bar quoted 2
if [ "$peak" -lt 64 ]; then echo "bar: peak memory $peak MB, wanted under 64: met"; else
	echo "bar: peak memory $peak MB, wanted under 64: MISSED"
	fail=1
fi
[ "${SO1_BENCH_BAR:-1}" = 0 ] || exit $fail
