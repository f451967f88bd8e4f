# Case by case: awk -f cases.awk TRUTH LINKS
# TRUTH: a header, then "source,source_id,person,case"; LINKS as for score.awk. For each case
# the records, the people and the customers found of them, the pairs of records that are
# wrongly one customer's and those that are missed, with the records of the wrong ones named.
# Exit status 1 when any pair that must not merge did.
BEGIN { FS = ","; format = "%-6s %7s %6s %9s %5s %6s  %s\n" }
FNR == 1 { next }
NR == FNR {
	record[++n] = $1 "," $2
	person[n] = $3
	group[n] = $4
	if (!($4 in seen)) { seen[$4]; order[++groups] = $4 }
	next
}
!(($2 "," $3) in customer) { customer[$2 "," $3] = $1 }
function of(i) { return record[i] in customer ? customer[record[i]] : "alone " record[i] }
function count(values, g, i, x, c) {
	c = 0
	split("", x)
	for (i = 1; i <= n; i++)
		if (group[i] == g) {
			v = values == "people" ? person[i] : of(i)
			if (!(v in x)) { x[v]; c++ }
		}
	return c
}
END {
	for (i = 1; i <= n; i++) {
		records[group[i]]++
		for (j = 1; j < i; j++) {
			one = of(i) == of(j)
			if (person[i] == person[j] && !one) missed[group[i]]++
			if (person[i] == person[j] || !one) continue
			wrong[group[i]]++
			names[group[i]] = names[group[i]] " " record[j] "+" record[i]
		}
	}
	printf format, "case", "records", "people", "customers", "wrong", "missed", "merged that must not"
	for (k = 1; k <= groups; k++) {
		g = order[k]
		printf format, g, records[g], count("people", g), count("customers", g), wrong[g] + 0,
			missed[g] + 0, substr(names[g], 2)
		wrongs += wrong[g]; misses += missed[g]; bad += wrong[g] > 0
	}
	printf "%d cases, %d with a wrong merge; pairs wrong %d, missed %d\n", groups, bad, wrongs, misses
	exit wrongs > 0
}
