#!/usr/bin/env bash
# Allocations of small random instances against the exact optimum, found by GLPK's glpsol:
# value <= optimum <= dual bound, no limit passed, and the value close to the optimum.
#   tests/allocate.sh [SEED]...     default: 1 to 12
# Skipped where glpsol is missing (Debian: glpk-utils).
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
bin=$(cd "${SO1_BIN:-$top/build}" && pwd)
command -v glpsol >/dev/null || { echo "allocate: glpsol is missing (Debian: glpk-utils), skipped"; exit 77; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export LC_ALL=C TMPDIR="$dir" PATH="$bin:$PATH"
cd "$dir"

# customers.csv, offers.csv, and in `total` the budget over all offers, empty for none. By the
# seed: 1 or 2 offers a customer; units only, money as well, or expected costs.
instance() { # SEED CUSTOMERS OFFERS
	awk -v seed="$1" -v n="$2" -v m="$3" 'BEGIN {
		srand(seed)
		money = seed % 3
		print "offer_id,sku,stock,budget,cost,value" >"offers.csv"
		for (j = 0; j < m; j++) {
			value = 5 + int(45 * rand())
			stock = rand() < .7 ? int(n / m * (.2 + 1.2 * rand())) : ""
			cost = money ? int(value * (20 + 60 * rand())) / 100 : ""
			budget = money && rand() < .4 ? int(cost * n / m * rand() * (money == 2 ? .3 : 1)) : ""
			printf "O%d,s%d,%s,%s,%s,%d\n", j, j, stock, budget, cost, value >"offers.csv"
			costs += cost
		}
		if (money && rand() < .7)
			printf "%.2f", n * costs / m * (.1 + .6 * rand()) * (money == 2 ? .2 : 1) >"total"
		print "customer_id,email,optin_email,score_by_sku" >"customers.csv"
		for (i = 0; i < n; i++) {
			line = ""
			z = 1.2 * (rand() + rand() + rand() - 1.5) * 2
			for (j = 0; j < m; j++) {
				p = 1 / (1 + exp(3 - z - 2 * (rand() + rand() + rand() - 1.5)))
				if (rand() < .6) line = line (line == "" ? "" : ";") sprintf("s%d=%.4f", j, p)
			}
			printf "c%05d,u%d@example.com,1,%s\n", i, i, line >"customers.csv"
		}
	}'
}

# The same as an integer programme, in free MPS-like CPLEX format.
programme() { # TOP EXPECTED
	awk -F, -v top="$1" -v expected="$2" -v total="$(cat total 2>/dev/null || true)" '
		FNR == 1 { next }
		FILENAME == "offers.csv" { id[$2] = ++m; stock[m] = $3; budget[m] = $4; cost[m] = $5; value[m] = $6; next }
		{
			n++
			k = split($4, keys, ";")
			for (i = 1; i <= k; i++) {
				split(keys[i], kv, "=")
				j = id[kv[1]]
				x = "x" n "_" j
				goal = goal sprintf(" + %.10f %s\n", kv[2] * value[j], x)
				own[n] = own[n] " + " x "\n"
				units[j] = units[j] " + " x "\n"
				c = cost[j] * (expected ? kv[2] : 1)
				if (c > 0) {
					spent[j] = spent[j] sprintf(" + %.10f %s\n", c, x)
					all = all sprintf(" + %.10f %s\n", c, x)
				}
				names = names x "\n"
			}
		}
		END {
			print "Maximize\n v:" goal "Subject To"
			for (i = 1; i <= n; i++) if (own[i] != "") print " c" i ":" own[i] " <= " top
			for (j = 1; j <= m; j++) {
				if (stock[j] != "" && units[j] != "") print " s" j ":" units[j] " <= " stock[j]
				# A whole number of gifts of one cost: no fraction of one can be paid.
				if (budget[j] != "" && spent[j] != "" && !expected)
					print " b" j ":" units[j] " <= " int(budget[j] / cost[j] + 1e-9)
				if (budget[j] != "" && spent[j] != "" && expected)
					print " b" j ":" spent[j] " <= " budget[j]
			}
			if (total != "" && all != "") print " t:" all " <= " total
			print "Binary\n" names "End"
		}' offers.csv customers.csv
}

# No limit passed, and the value is what the list says.
check_list() { # TOP EXPECTED
	awk -F, -v top="$1" -v expected="$2" -v total="$(cat total 2>/dev/null || true)" '
		FNR == 1 { next }
		FILENAME == "offers.csv" { stock[$1] = $3; budget[$1] = $4; cost[$1] = $5; next }
		{ has[$1]++; given[$3]++; c = cost[$3] * (expected ? $5 : 1); spent[$3] += c; all += c }
		END {
			for (c in has) if (has[c] > top) { print c " has " has[c]; bad = 1 }
			for (o in given) {
				if (stock[o] != "" && given[o] > stock[o]) { print o ": stock passed"; bad = 1 }
				if (budget[o] != "" && spent[o] > budget[o] + 1e-9) { print o ": budget passed"; bad = 1 }
			}
			if (total != "" && all > total + 1e-9) { print "budget over all passed"; bad = 1 }
			exit bad
		}' offers.csv list.csv
}

failed=0 count=0
try() { # SEED CUSTOMERS OFFERS
	local options=() top=$((1 + $1 % 2)) expected=$(($1 % 3 == 2)) exact relaxed
	rm -f total
	instance "$@"
	[ ! -f total ] || options+=(--budget "$(cat total)")
	[ "$expected" = 0 ] || options+=(--cost expected)
	so1-export -q --offers offers.csv --top "$top" --long --columns customer_id \
		"${options[@]}" --manifest manifest.csv customers.csv >list.csv
	check_list "$top" "$expected" || failed=1
	programme "$top" "$expected" >p.lp
	glpsol --lp p.lp --nomip -o solution >glpsol.log
	relaxed=$(sed -n 's/^Objective: *v = \([^ ]*\).*/\1/p' solution)
	exact=
	glpsol --lp p.lp --tmlim 2 --mipgap 1e-6 -o solution >glpsol.log
	! grep -q 'INTEGER OPTIMAL' solution || exact=$(sed -n 's/^Objective: *v = \([^ ]*\).*/\1/p' solution)
	awk -F, -v seed="$1" -v n="$2" -v m="$3" -v exact="$exact" -v relaxed="$relaxed" '
		function bad(why) { print "  " why; failed = 1 }
		$1 == "value" { value = $2 } $1 == "dual_bound" { bound = $2 }
		END {
			printf "seed %d, %d x %d: value %.4f, optimum %s, relaxed %.4f, bound %.4f: %.2f %%\n",
				seed, n, m, value, exact == "" ? "?" : exact, relaxed, bound,
				100 * value / (exact == "" ? relaxed : exact)
			# glpsol prints nine digits.
			near = 1e-8 * relaxed + 1e-6
			if (value > relaxed + near || relaxed > bound + near) bad("not value <= relaxed optimum <= bound")
			if (bound > 1.001 * relaxed) bad("the bound is far from the lowest")
			if (value < .96 * relaxed) bad("far from the bound")
			if (exact != "" && value > exact + near) bad("above the optimum")
			if (exact != "" && value < .985 * exact) bad("far from the optimum")
			if (seed % 3 == 0 && value < exact - near) bad("units only: not the optimum")
			exit failed
		}' manifest.csv || failed=1
	[ -z "$exact" ] || count=$((count + 1))
}

[ $# -gt 0 ] || set -- $(seq 12)
for seed; do
	try "$seed" 40 4
	try "$seed" 150 8
done
[ "$count" -gt 0 ] || { echo "allocate: nothing was compared"; exit 1; }
exit "$failed"
