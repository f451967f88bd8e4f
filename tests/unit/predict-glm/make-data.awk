# Writes data.csv: awk -f make-data.awk > data.csv. A minimal-standard generator
# (Park & Miller 1988), exact in doubles, so that every awk writes the same.
function uniform() { seed = (16807 * seed) % 2147483647; return seed / 2147483647 }
BEGIN {
	OFMT = CONVFMT = "%.6g"
	seed = 20261101
	split("shop web phone", channels, " ")
	print "age,spend,visits,channel,member,copy,fixed,y"
	for (i = 1; i <= 200; i++) {
		age = 18 + int(60 * uniform())
		spend = int(100 * exp(1 + 2 * uniform())) / 100
		visits = int(8 * uniform() * uniform())
		channel = channels[1 + int(3 * uniform())]
		member = uniform() < .4 ? "yes" : "no"
		eta = -2 + .02 * age + .03 * spend + .2 * visits + (member == "yes") - (channel == "phone")
		y = uniform() < 1 / (1 + exp(-eta))
		printf "%d,%.2f,%d,%s,%s,%.2f,7,%d\n", age, spend, visits, channel, member, 2 * spend + 1, y
	}
}
