#!/usr/bin/env bash
# scripts/bench dedupe [RECORDS]...: person records to customers, stage by stage, beside splink.
# Default: 1000000. "1000000 10000000" also says how time grows.
# The person records are the CRM export of make-samples (crm.csv): what clerks typed, with
# names, birth date, street, postcode, city, e-mail, telephone, loyalty card and gender, one
# person in eleven twice; nicknames, typing errors, swapped names and dates, maiden names,
# moves, placeholders, couples, twins and namesakes under one address. 0.82 records a person.
# They go through so1-ingest once (shown, in no bar), then each of
#   so1-dedupe --probable --links, with 1 thread and all: CSV to customers, sorted CSV, links
#   splink's method in SQL on DuckDB (dedupe/sql), same blocking rules, same outputs
#   splink itself (dedupe/splink.py), where Python has it
# FILL_MEMORY: see memory.bash; 1 unless set where more than one size is asked for, as how time
# grows is then the question. RUNS=N (1): of so1-dedupe the fastest of N runs.
# Wall and processor seconds, peak MB, and cluster-pair F1 against the generator's truth.
# The last two run up to PEER_RECORDS (1000000) records and are skipped where missing.
# DuckDB: the CLI (DUCKDB, else duckdb on the PATH), or PYTHON (python3) with duckdb, or node
# with NODE_PATH to a folder that holds @duckdb/node-api. splink: PYTHON with splink and duckdb.
# Needs GNU time. SO1_BIN: the tools (default: build); BENCH_DIR: where the data go (default:
# a temporary folder; 10,000,000 records take about 8 GB). Fails when threads change a byte.
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
bin=$(cd "${SO1_BIN:-$top/build}" && pwd)
python=${PYTHON:-python3}
peer_records=${PEER_RECORDS:-1000000}
threads=$(nproc)
dir=${BENCH_DIR:-$(mktemp -d)}
[ -n "${BENCH_DIR:-}" ] || trap 'rm -rf "$dir"' EXIT
export LC_ALL=C TMPDIR="$dir"
[ -x /usr/bin/time ] || { echo "bench dedupe: needs GNU time (Debian: time)" >&2; exit 1; }
[ -x "$bin/so1-dedupe" ] || { echo "bench dedupe: build first (make)" >&2; exit 1; }
[ $# -gt 0 ] || set -- 1000000
[ $# -eq 1 ] || export FILL_MEMORY="${FILL_MEMORY:-1}"
. "$top/tests/bench/memory.bash"

measure() { # LABEL COMMAND...: leaves "wall cpu MB" of the fastest run in $dir/figures
	local label=$1 run
	shift
	rm -f "$dir/times"
	for ((run = 0; run < ${runs:-1}; run++)); do
		[ ! -f "$dir/in.csv" ] || fill_memory "$dir" "$dir/in.csv"
		/usr/bin/time -a -o "$dir/times" -f '%e %U %S %M' "$@" || return 1
	done
	sort -n "$dir/times" | awk 'NR == 1 { printf "%.2f %.2f %.0f\n", $1, $2 + $3, $4 / 1024 }' >"$dir/figures"
	awk -v label="$label" '{ printf "%-34s %8.2f s %8.2f cpu s %6d MB\n", label, $1, $2, $3 }' "$dir/figures"
}

bar() { # WHAT FIGURE OP LIMIT
	awk -v what="$1" -v x="$2" -v op="$3" -v limit="$4" 'BEGIN {
		ok = op == "<=" ? x <= limit : x >= limit
		printf "bar: %-40s %9.2f %s %-8s %s\n", what, x, op, limit, ok ? "met" : "MISSED" }'
}

make_records() { # RECORDS: in.csv, and the truth of the records in it
	# A little more than needed, then cut.
	"$top/scripts/make-samples" --crm-only --people $(($1 * 100 / 81 + 100)) --out "$dir/samples" 2>/dev/null
	# Not head|…: the generator's lines end as Windows has them, and none has a break inside.
	head -n $(($1 + 1)) "$dir/samples/crm.csv" >"$dir/crm.csv"
	[ "$(wc -l <"$dir/crm.csv")" -eq $(($1 + 1)) ] || { echo "bench dedupe: too few records" >&2; exit 1; }
	measure "so1-ingest, $threads threads" "$bin/so1-ingest" -q -j "$threads" \
		-m "$dir/samples/crm.map" -o "$dir/in.csv" "$dir/crm.csv"
	awk -F, -v OFS=, 'NR == FNR { split($0, f, ";"); have[f[1]]; next }
		FNR == 1 || ($1 == "crm" && $2 in have)' "$dir/crm.csv" "$dir/samples/truth.csv" >"$dir/truth.csv"
	rm -r "$dir/samples" "$dir/crm.csv"
}

quality() { # LINKS
	awk -f "$top/tests/bench/identity/score.awk" "$dir/truth.csv" "$1" |
		awk '{ printf "    precision %s, recall %s, F1 %s, largest customer %d (truth %d), customers %d (truth %d)\n",
			$1, $2, $3, $4, $5, $6, $7 }'
}

stages() { # FILE1 FILE2: what SO1_TIMES says for one thread and for all
	paste -d' ' <(grep ' time: ' "$1") <(grep ' time: ' "$2") | sed 's/so1-dedupe: time: //g; s/,//g' | awk -v n="$threads" '
		BEGIN { printf "    %-12s %9s %9s %12s %9s %8s\n", "stage", "1 thread", "cpu", n " threads", "cpu", "peak MB" }
		{ printf "    %-12s %9.2f %9.2f %12.2f %9.2f %8d\n", substr($1, 1, length($1) - 1), $2, $4, $14, $16, $19 }'
}

run_so1() { # RECORDS
	local j runs=${RUNS:-1}
	for j in 1 "$threads"; do
		measure "so1-dedupe, $j threads" env SO1_TIMES=1 "$bin/so1-dedupe" --progress never -j "$j" --probable \
			--links "$dir/links$j.csv" -o "$dir/out$j.csv" "$dir/in.csv" 2>"$dir/times$j"
	done
	read -r wall cpu memory <"$dir/figures"
	stages "$dir/times1" "$dir/times$threads"
	if ! cmp "$dir/out1.csv" "$dir/out$threads.csv" || ! cmp "$dir/links1.csv" "$dir/links$threads.csv"; then
		echo "bench dedupe: 1 and $threads threads differ" >&2
		exit 1
	fi
	sed -n 's/so1-dedupe: note: pairs/    pairs/p' "$dir/times1"
	echo "    1 and $threads threads: the same bytes, $(($(wc -l <"$dir/out1.csv") - 1)) rows, sorted:" \
		"$(tail -n +2 "$dir/out1.csv" | cut -d, -f1 | sort -c && echo yes)"
	quality "$dir/links1.csv"
	rm -f "$dir"/out*.csv
}

ratio() { # NAME: the figures of the run just measured over so1's
	read -r w c _ <"$dir/figures"
	bar "$1, wall over so1-dedupe's" "$(awk "BEGIN { print $w / $wall }")" '>=' 10
	bar "$1, cpu over so1-dedupe's" "$(awk "BEGIN { print $c / $cpu }")" '>=' 10
}

run_sql() {
	local q=$dir/q.sql command=()
	"$top/tests/bench/dedupe/sql" all "$dir/in.csv" "$dir/sql-links.csv" "$dir/sql-out.csv" >"$q"
	if command -v "${DUCKDB:-duckdb}" >/dev/null; then
		command=("${DUCKDB:-duckdb}" -c "SET threads=$threads" -f "$q")
	elif "$python" -c 'import duckdb' 2>/dev/null; then
		command=("$python" "$top/tests/bench/duckdb.py" "$q" "$threads")
	elif node -e "require('@duckdb/node-api')" 2>/dev/null; then
		command=(node "$top/tests/bench/duckdb.cjs" "$q" "$threads")
	else
		echo "splink's method in SQL: DuckDB is not installed, skipped"
		return 0
	fi
	measure "splink's method, DuckDB SQL" "${command[@]}"
	echo "    pairs compared: $(tail -n 1 "$dir/sql-links.csv.pairs")"
	quality "$dir/sql-links.csv"
	ratio "splink's method in SQL"
	rm -f "$dir"/sql-*.csv
}

run_splink() {
	if ! "$python" -c 'import splink, duckdb' 2>/dev/null; then
		echo "splink: not installed for $python, skipped"
		return 0
	fi
	"$top/tests/bench/dedupe/sql" prepare "$dir/in.csv" >"$dir/q.sql"
	measure "splink $("$python" -c 'import splink; print(splink.__version__)')" "$python" \
		"$top/tests/bench/dedupe/splink.py" "$dir/q.sql" "$threads" "$dir/sql-links.csv" "$dir/sql-out.csv"
	quality "$dir/sql-links.csv"
	ratio splink
	rm -f "$dir"/sql-*.csv
}

echo "$(nproc) cores; load $(cut -d' ' -f1 /proc/loadavg); FILL_MEMORY=${FILL_MEMORY:-0}"
for records; do
	echo "== $records person records"
	rm -f "$dir/in.csv"
	make_records "$records"
	run_so1 "$records"
	case $records in
	1000000)
		bar "1 M: wall s" "$wall" '<=' 6
		bar "1 M: peak MB" "$memory" '<=' 1024
		million=$wall million_cpu=$cpu
		;;
	10000000)
		bar "10 M: wall s" "$wall" '<=' 70
		bar "10 M: peak MB" "$memory" '<=' 5120
		[ -z "${million:-}" ] || bar "10 M over 1 M, wall" "$(awk "BEGIN { print $wall / $million }")" '<=' 11
		[ -z "${million:-}" ] || bar "10 M over 1 M, cpu" "$(awk "BEGIN { print $cpu / $million_cpu }")" '<=' 11
		;;
	esac
	[ "$records" -le "$peer_records" ] || { echo "splink: not run beyond PEER_RECORDS=$peer_records"; continue; }
	run_sql
	run_splink
done
