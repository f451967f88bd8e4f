#!/usr/bin/env bash
# scripts/bench clv DATA   customer base models: hold-out of CDNOW, seconds for 1 M customers
# DATA holds cdnow_sample.csv.gz. Calibration to 1997-09-30, hold-out to 1998-06-30: predicted
# orders against those that came, a day with a purchase being one. SO1_BIN: folder of the
# tools, SO1_THREADS: threads (2). Exit status 1 when the prediction of a process falls behind
# what was measured with other programs (the last column).
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
data=$1
bin=${SO1_BIN:-$top/build}
threads=${SO1_THREADS:-2}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0
export LC_ALL=C TIMEFORMAT='%R s, cpu %U + %S s'

gzip -dc "$data/cdnow_sample.csv.gz" | awk -F , 'NR == 1 { print "customer_id,ts,event,order_id,amount"; next }
	{ printf "%s,%s,purchase,%d,%s\n", $2, $3, NR, $5 }' | { sed -u 1q; sort -t , -k 1,1 -k 2,2; } >"$work/stream.csv"
"$bin/so1-profile" -q --as-of 1997-10-01 -o "$work/profiles.csv" "$work/stream.csv"
# customer, orders in the hold-out of 39 weeks
awk -F , 'NR > 1 { seen[$1] }
	NR > 1 && substr($2, 1, 10) >= "1997-10-01" && !day[$1, substr($2, 1, 10)]++ { n[$1]++ }
	END { for (c in seen) print c "," n[c] + 0 }' "$work/stream.csv" >"$work/truth"

# score COLUMN FILE: predicted, actual, MAE, correlation, AUC of "active" by the column
score() {
	awk -F , -v column="$1" 'NR == FNR { truth[$1] = $2; next }
		FNR == 1 { for (i = 1; i <= NF; i++) if ($i == column) at = i; next }
		{ print $at "," truth[$1] }' "$work/truth" "$2" | sort -t , -k 1,1g |
	awk -F , '{ n++; x = $1; y = $2; sx += x; sy += y; sxx += x * x; syy += y * y; sxy += x * y
			mae += x > y ? x - y : y - x; p = y > 0; up += p
			# mid-ranks of equal predictions
			if (n > 1 && x != last) { rank += tied * (from + n - 1) / 2; tied = 0; from = n }
			if (n == 1) from = 1
			tied += p; last = x }
		END { rank += tied * (from + n) / 2
			auc = (rank - up * (up + 1) / 2) / (up * (n - up))
			printf "%9.1f %7d %7.4f %7.4f %7.4f", sx, sy, mae / n,
				(n * sxy - sx * sy) / sqrt((n * sxx - sx * sx) * (n * syy - sy * sy)), auc }'
}

printf '%-24s %9s %7s %7s %7s %7s   %s\n' CDNOW predicted actual MAE corr. AUC 'elsewhere: predicted MAE corr. AUC'
while read -r process elsewhere; do
	"$bin/so1-predict" -q --fit clv --process "$process" --horizon 273 -o "$work/model" "$work/profiles.csv"
	"$bin/so1-predict" -q -m "$work/model" -o "$work/out.csv" "$work/profiles.csv"
	got=$(score expected_orders "$work/out.csv")
	printf '%-24s %s   %s\n' "$process" "$got" "$elsewhere"
	# Within the rounding of the figures, .1 of an order in all.
	echo "$got $elsewhere" | awk '{ d = $1 - $6; if (d < 0) d = -d
		exit !(d < .11 && $3 < $7 + .00011 && $4 > $8 - .00011 && ($9 == "-" || $5 > $9 - .00011)) }' ||
		{ echo "  $process: not what it was"; status=1; }
	printf '%-24s %s\n' "  by p_alive" "$(score p_alive "$work/out.csv" | awk '{ print "                           AUC", $5 }')"
done <<'END'
bgnbd 1653.4 .7855 .6256 .7725
mbgnbd 1576.7 .7648 .6273 -
pareto 1665.5 .7545 .6302 .7787
END
awk -F , -v OFS=, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; print $1, "naive"; next }
	{ T = $at["observed_days"]; print $1, T ? $at["repeat_orders"] / T * 273 : 0 }' "$work/profiles.csv" >"$work/naive.csv"
printf '%-24s %s   %s\n' 'naive x / T t' "$(score naive "$work/naive.csv")" '2930.1 1.0237 .5839 .7598'

echo
awk -v n=1000000 -f "$top/tests/bench/clv/customers.awk" >"$work/million.csv"
echo "1,000,000 customers, $(sed 1d "$work/million.csv" | cut -d , -f 3-5 | sort -u | wc -l) different, $threads threads"
for process in '' bgnbd mbgnbd pareto; do
	printf '%-24s ' "fit ${process:-all, the best}"
	time "$bin/so1-predict" -q -j "$threads" --fit clv ${process:+--process $process} -o "$work/model" "$work/million.csv"
	[ -n "$process" ] || continue
	printf '%-24s ' "apply $process"
	time "$bin/so1-predict" -q -j "$threads" -m "$work/model" -o "$work/out.csv" "$work/million.csv"
done
exit $status
