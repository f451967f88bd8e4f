# Cluster pairs held against the truth: awk -f score.awk [-v between=1] TRUTH LINKS
# TRUTH: a header, then lines "source,source_id,person"; LINKS: what so1-dedupe --links
# wrote; ids without commas or quotes. A record that LINKS lacks is a customer of its own.
# between=1 counts pairs across two sources only: for a truth that is silent about pairs
# within one.
# Prints: precision recall f1 largest-customer largest-person customers people
BEGIN { FS = "," }
FNR == 1 { next }
NR == FNR { person[$1 "," $2] = $3; next }
($2 "," $3) in person && !(($2 "," $3) in customer) { customer[$2 "," $3] = $1 }
function pairs(n) { return n * (n - 1) / 2 }
# Pairs of the groups in count[], less those within a source.
function all_pairs(count, within, k, n) {
	for (k in count) n += pairs(count[k])
	if (between) for (k in within) n -= pairs(within[k])
	return n
}
END {
	for (of in person) {
		c = of in customer ? customer[of] : "alone " of
		p = person[of]
		source = of
		sub(/,.*/, "", source)
		said[c]++; said_in[c SUBSEP source]++
		people[p]++; people_in[p SUBSEP source]++
		both[c SUBSEP p]++; both_in[c SUBSEP p SUBSEP source]++
	}
	for (k in said) { customers++; if (said[k] > big) big = said[k] }
	for (k in people) { persons++; if (people[k] > truth) truth = people[k] }
	s = all_pairs(said, said_in); t = all_pairs(people, people_in); r = all_pairs(both, both_in)
	printf "%.4f %.4f %.4f %d %d %d %d\n", s ? r / s : 0, t ? r / t : 0,
		s + t ? 2 * r / (s + t) : 0, big, truth, customers, persons
}
