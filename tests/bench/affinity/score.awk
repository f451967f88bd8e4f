# awk -f score.awk TARGETS LISTS: how good two lists of ten are.
# TARGETS is what target.awk prints, LISTS lines "CUSTOMER<tab>AGAIN<tab>NEW" of map cells.
# recall@10 = hits / items bought; nDCG@10 = sum over hits 1/log2(rank + 1) / the same sum for
# as many ranks as items were bought. Means over the customers who bought something (for NEW:
# something new to them); "of all" counts the hits of NEW against everything they bought. An
# again-list shorter than ten is filled with the most ordered items.
function log2(x) { return log(x) / log(2) }
function take(cell, list,   n, pair, i, j, part, k, v) { # list[1 …]: keys by falling value
	n = split(cell, pair, ";")
	for (i = 1; i <= n; i++) {
		split(pair[i], part, "=")
		for (j = i; j > 1 && v[j - 1] < part[2] + 0; j--) { v[j] = v[j - 1]; list[j] = list[j - 1] }
		v[j] = part[2] + 0; list[j] = part[1]
	}
	return n
}
function score(kind, customer, list, n, wanted,   i, hits, gain) {
	for (i = 1; i <= n && i <= 10; i++)
		if ((customer, list[i]) in target && (kind == "again" || target[customer, list[i]] == "new")) {
			hits++; gain += 1 / log2(i + 1)
		}
	people[kind]++
	if (kind == "new") hits_of_new = hits
	recall[kind] += hits / wanted; ndcg[kind] += gain / ideal(wanted)
}
function ideal(n) {
	for (; ideals_known < n; ideals_known++)
		ideals[ideals_known + 1] = ideals[ideals_known] + 1 / log2(ideals_known + 2)
	return ideals[n]
}
function note_popular(item, orders,   j) { # the 200 most ordered, for filling
	for (j = ++popular_count; j > 1 && (orders > sold[j - 1] || orders == sold[j - 1] && item < popular[j - 1]); j--) {
		sold[j] = sold[j - 1]; popular[j] = popular[j - 1]
	}
	sold[j] = orders; popular[j] = item
	if (popular_count > 200) popular_count = 200
}
FNR == NR && $1 == "-" { items++; note_popular($2, $3); next }
FNR == NR { target[$1, $2] = $3; all[$1]++; if ($3 == "new") fresh[$1]++; next }
FNR == 1 { FS = "\t"; $0 = $0 }
$1 in all {
	n = take($2, list)
	split("", has)
	for (i = 1; i <= n; i++) has[list[i]]
	for (i = 1; n < 10; i++) if (!(popular[i] in has)) list[++n] = popular[i]
	score("again", $1, list, n, all[$1])
	if ($1 in fresh) { n = take($3, list); score("new", $1, list, n, fresh[$1]); share += hits_of_new / all[$1] }
	seen[$1]
}
END {
	for (c in all) if (!(c in seen)) { print "no list for " c; exit 1 }
	printf "%d customers %d items\n", people["again"], items
	printf "again recall@10 %.4f nDCG@10 %.4f\n", recall["again"] / people["again"], ndcg["again"] / people["again"]
	printf "new recall@10 %.4f nDCG@10 %.4f of all %.4f\n", recall["new"] / people["new"],
		ndcg["new"] / people["new"], share / people["again"]
}
