# People of one shape, as touchpoints on stdout and their truth in the file `truth`:
#   awk -v people=N -v twice=SHARE -v columns="first_name …" [-v records=MEAN] [-v staff=N]
#       [-v family=N] [-v birth=FIRST] [-v languages=N] -v truth=FILE -f make.awk
# twice: share of people with a second record, with an error or two; records: instead of that,
# exponentially many records a person; staff: so many people share an address and telephone;
# languages: as many, each with first names and surnames of its own;
# family: so many in a row a surname, an address and a telephone; birth: the first year.
# The same data anywhere: own random numbers, high bits of a linear congruence (Marsaglia 1972).
function chance() { x = (x * 69069 + 1) % 2147483648; return x / 2147483648 }
function pick(most) { return int(chance() * most) }
# Small numbers are common, as names are.
function skewed(most) { return int(chance() * chance() * most) }
function name(n, syllables, s) {
	for (; syllables > 0; syllables--) { s = s part[n % parts + 1]; n = int(n / parts) }
	return toupper(substr(s, 1, 1)) substr(s, 2)
}
function slip(s, i, how) {
	if (length(s) < 3) return s
	i = 1 + pick(length(s) - 1); how = pick(4)
	if (how == 0) return substr(s, 1, i - 1) substr(s, i + 1)
	if (how == 1) return substr(s, 1, i) letter() substr(s, i + 1)
	if (how == 2) return substr(s, 1, i - 1) substr(s, i + 1, 1) substr(s, i, 1) substr(s, i + 2)
	return substr(s, 1, i - 1) letter() substr(s, i + 1)
}
function letter() { return substr("abcdefghijklmnopqrstuvwxyz", 1 + pick(26), 1) }
function address(c) {
	c = skewed(20)
	p["street"] = name(pick(400), 2) "weg " 1 + pick(150)
	p["postcode"] = sprintf("%05d", 10000 + c * 4000 + pick(60) * 10)
	p["city"] = name(c * 17 + 3, 3)
}
# Two have the same first name in one pair of 75, the same surname in one of 300: common enough
# for namesakes to matter.
function person(i, group) {
	language = step > 1 ? pick(step) : 0
	p["first_name"] = name(skewed(150 / step) * step + language, 2)
	group = family ? int(i / family) : staff ? int(i / staff) : i
	if (!family || group != family_seen) p["last_name"] = name(skewed(600 / step) * step + language, 3)
	if (group != group_seen || !(family || staff)) {
		address()
		p["phone"] = sprintf("+4930%07d", pick(10000000))
	}
	group_seen = family_seen = group
	p["birth_date"] = sprintf("%04d-%02d-%02d", birth + pick(70), 1 + pick(12), 1 + pick(28))
	p["email"] = tolower(substr(p["first_name"], 1, 2) p["last_name"]) pick(100000) "@web.example"
}
function blunder(c) {
	c = column[1 + pick(width)]
	if (c == "birth_date") q[c] = chance() < .3 ? "" : sprintf("%s-%02d", substr(q[c], 1, 7), 1 + pick(28))
	else if (c == "email") q[c] = chance() < .5 ? "" : slip(substr(q[c], 1, index(q[c], "@") - 1)) "@web.example"
	else if (c == "phone" || chance() < .25) q[c] = ""
	else if (c == "postcode") q[c] = substr(q[c], 1, 4) pick(10)
	else q[c] = slip(q[c])
}
function put(i, k, line) {
	line = "list," ++id
	for (k = 1; k <= width; k++) line = line "," q[column[k]]
	print line ",2026-01-01T00:00:00Z,contact"
	print "list," id "," i >truth
}
BEGIN {
	parts = split("ma ri an ka to be le na so fi jo pe ter han nes wal gun", part)
	width = split(columns, column)
	birth = birth ? birth : 1935
	step = languages ? languages : 1
	header = "source,source_id"
	for (k = 1; k <= width; k++) header = header "," column[k]
	print header ",ts,event"
	print "source,source_id,person" >truth
	for (i = 0; i < people; i++) {
		person(i)
		n = records ? 1 + int(-log(1 - chance()) * records) : 1 + (chance() < twice)
		for (r = 0; r < n; r++) {
			for (k in p) q[k] = p[k]
			for (wrong = r == 0 ? 0 : records ? pick(3) : 1 + pick(2); wrong > 0; wrong--) blunder()
			put(i)
		}
	}
}
