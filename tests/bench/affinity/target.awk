# Online Retail II straight from the file: awk -v from=DATE -v to=DATE -f target.awk
# Prints "CUSTOMER ITEM old|new|popular …":
#   CUSTOMER ITEM old    bought before `from` and in [from, to)
#   CUSTOMER ITEM new    bought in [from, to) and never before, by a customer of before
#   - ITEM ORDERS        what was ordered before `from`, for filling short lists
# Items are goods with ten order lines or more before `from` (shared/facts: 3,617 items).
NR == 1 { next }
{
	gsub(/"([^"]|"")*"/, "text") # descriptions hold commas
	split($0, f, ",")
	item = f[2]; customer = f[7]
	if (customer == "" || f[1] ~ /^C/ || f[4] <= 0 || f[6] <= 0 || item !~ /^[0-9][0-9][0-9][0-9][0-9]/) next
	if (f[5] < from) {
		before[customer]; had[customer, item]; lines[item]++
		if (!ordered[f[1], item]++) orders[item]++
	} else if (f[5] < to && !wanted[customer, item]++) {
		n++; who[n] = customer; what[n] = item
	}
}
END {
	for (i = 1; i <= n; i++)
		if (who[i] in before && lines[what[i]] >= 10)
			print who[i], what[i], ((who[i], what[i]) in had ? "old" : "new")
	for (item in orders) if (lines[item] >= 10) print "-", item, orders[item]
}
