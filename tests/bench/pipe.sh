#!/usr/bin/env bash
# scripts/bench pipe [PEOPLE]: the whole pipe, stage by stage, at PEOPLE/10 and PEOPLE
# (default 1000000) of the fictional retailer: seconds, peak memory, rows, and how the
# time grows. Every stage reads a file and writes a file, so that each is measured alone;
# the last line is the same work as one pipe. RUNS=N repeats each stage and keeps its
# fastest run, as the first seconds of a stage are at the mercy of what else the machine does.
# FILL_MEMORY=1: see memory.bash.
# Needs GNU time. SO1_BIN: the tools (default: the built tree); BENCH_DIR: where the data
# go (default: a temporary folder; 1,000,000 people take about 15 GB); THREADS (default 2).
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
bin=$(cd "${SO1_BIN:-$top/build}" && pwd)
people=${1:-1000000}
threads=${THREADS:-2}
runs=${RUNS:-1}
dir=${BENCH_DIR:-$(mktemp -d)}
[ -n "${BENCH_DIR:-}" ] || trap 'rm -rf "$dir"' EXIT
export LC_ALL=C TZ=UTC TMPDIR="$dir"
command -v /usr/bin/time >/dev/null || { echo "bench pipe: needs GNU time (Debian: time)" >&2; exit 1; }
S=$top/data/samples
. "$top/tests/bench/memory.bash"

sources() { # DIR: the ingest operands
	echo "-m $S/crm.map $1/crm.csv -m $S/orders.map $1/orders.csv.gz -m $S/web.map $1/web.tsv" \
		"-m $S/chat.map $1/chat.csv -m $S/newsletter.map $1/newsletter.csv --products $1/products.csv"
}

stage() { # DIR NAME OUTPUT COMMAND...
	local d=$1 name=$2 out=$3 rows
	shift 3
	rm -f "$d/times"
	for ((run = 0; run < runs; run++)); do
		fill_memory "$dir" "$d"/*.csv "$d"/*.gz "$d"/*.tsv
		/usr/bin/time -a -f '%e %U %S %M' -o "$d/times" "$bin/so1-$name" -q -j "$threads" "$@" -o "$d/$out"
	done
	sort -n "$d/times" | head -n 1 >"$d/time"
	rows=0
	[ ! -f "$d/$out" ] || rows=$(($(wc -l <"$d/$out") - 1))
	awk -v stage="$name${LABEL:-}" -v rows="$rows" \
		'{ print stage, $1, $2 + $3, int($4 / 1024), rows }' "$d/time" >>"$d/figures"
}

run() { # PEOPLE
	local n=$1 d=$dir/$1
	mkdir -p "$d"
	rm -f "$d/figures"
	"$top/scripts/make-samples" --people "$n" --out "$d"
	# shellcheck disable=SC2046 # a list of operands
	stage "$d" ingest touch.csv $(sources "$d")
	stage "$d" dedupe known.csv "$d/touch.csv"
	rm "$d/touch.csv"
	LABEL=-training stage "$d" profile train.csv --as-of 2026-07-01,2026-09-01 --by category --label 28 "$d/known.csv"
	stage "$d" profile customers.csv --as-of 2026-11-01 --by category "$d/known.csv"
	rm "$d/known.csv"
	LABEL=-fit stage "$d" predict purchase.model --fit logistic --target label "$d/train.csv"
	LABEL=-fit-by stage "$d" predict taste.model --fit logistic --by category --target label_by_category "$d/train.csv"
	rm "$d/train.csv"
	stage "$d" predict scored.csv -m "$d/purchase.model" -m "$d/taste.model" "$d/customers.csv"
	stage "$d" segment segmented.csv --rules "$S/segments.rules" "$d/scored.csv"
	LABEL="" stage "$d" export list.csv --offers "$d/offers.csv" --suppress "$d/suppress.csv" --for csv --campaign bench "$d/segmented.csv"
	rm "$d/customers.csv" "$d/scored.csv" "$d/segmented.csv"
	local start
	start=$(date +%s.%N)
	# shellcheck disable=SC2046
	"$bin/so1-ingest" -q $(sources "$d") | "$bin/so1-dedupe" -q |
		"$bin/so1-profile" -q --as-of 2026-11-01 --by category |
		"$bin/so1-predict" -q -m "$d/purchase.model" -m "$d/taste.model" |
		"$bin/so1-segment" -q --rules "$S/segments.rules" |
		"$bin/so1-export" -q --offers "$d/offers.csv" --suppress "$d/suppress.csv" --for csv \
			--campaign bench -o "$d/piped.csv"
	awk -v end="$(date +%s.%N)" -v start="$start" -v rows="$(($(wc -l <"$d/piped.csv") - 1))" \
		'BEGIN { printf "pipe %.2f 0 0 %d\n", end - start, rows }' >>"$d/figures"
	cmp -s "$d/list.csv" "$d/piped.csv" || { echo "bench pipe: the pipe and the stages differ" >&2; exit 1; }
}

run $((people / 10))
run "$people"
rm -f "$dir/hole"
# The machine may be shared: the ratio of processor time tells more than that of wall time.
printf '%-18s %21s %21s %13s %8s %10s\n' stage "$((people / 10)) wall, cpu s" "$people wall, cpu s" \
	'ratio w, cpu' 'peak MB' rows
paste -d' ' "$dir/$((people / 10))/figures" "$dir/$people/figures" | awk '
	function ratio(a, b) { return a > 0 ? sprintf("%.1f", b / a) : "-" }
	{ printf "%-18s %10.2f %10.2f %10.2f %10.2f %6s %6s %8d %10d\n", $1, $2, $3, $7, $8,
		ratio($2, $7), ratio($3, $8), $9, $10 }'
