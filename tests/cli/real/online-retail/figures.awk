# Online Retail II counted without so1, straight from the file on standard input.
# Money in millionths as whole numbers below 2^53, so that the sums are exact.
function millionths(text,   sign, part) {
	sign = 1
	if (substr(text, 1, 1) == "-") { sign = -1; text = substr(text, 2) }
	split(text, part, ".")
	return sign * (part[1] * 1000000 + substr(part[2] "000000", 1, 6))
}
NR == 1 { next }
{
	gsub(/"([^"]|"")*"/, "text") # descriptions hold commas
	split($0, f, ",")
	rows++
	if (f[7] == "") { anonymous++; next }
	if (!(f[7] in known)) { known[f[7]]; customers++ }
	amount = f[4] * millionths(f[6])
	if (f[1] ~ /^C/) { returned++; gone += amount } else { bought++; sold += amount }
	if (repeat[f[1], f[2], f[5], amount, f[7]]++) { repeated++; twice += amount }
	if (f[5] < "2011-11-09") early[f[7]]
}
END {
	for (c in early) before++
	printf "rows %d\nrejected 0\nanonymous %d\ncustomers %d\ncustomers before 2011-11-09 %d\n", rows, anonymous, customers, before
	printf "lines sold %d\nlines cancelled %d\n", bought, returned
	printf "revenue net of cancellations %.2f\n", (sold + gone) / 1000000
	printf "repeated lines %d\n", repeated
	printf "revenue without repeats %.2f\n", (sold + gone - twice) / 1000000
}
