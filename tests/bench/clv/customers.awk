# awk -v n=1000000 -f customers.awk: customers of a Pareto/NBD process with the parameters of
# CDNOW, observed 1 to 730 days, in days as so1-profile writes them; spend is Gamma-Gamma.
function gamma(shape,   d, c, x, v, u) {
	if (shape < 1) return gamma(shape + 1) * exp(log(1 - rand()) / shape)
	d = shape - 1 / 3
	c = 1 / sqrt(9 * d)
	for (;;) {
		x = sqrt(-2 * log(1 - rand())) * cos(6.283185307179586 * rand())
		v = (1 + c * x) ^ 3
		if (v > 0 && log(1 - rand()) < .5 * x * x + d - d * v + d * log(v)) return d * v
	}
}
BEGIN {
	srand(1)
	print "customer_id,as_of,repeat_orders,last_repeat_days,observed_days,repeat_spend"
	for (i = 0; i < n; i++) {
		end = 1 + int(730 * rand())
		rate = gamma(.5533) / 10.578 / 7
		until = -log(1 - rand()) * 7 * 11.669 / gamma(.6062)
		if (until > end) until = end
		now = last = x = 0
		for (;;) {
			now -= log(1 - rand()) / rate
			if (now >= until) break
			day = int(now) + 1
			if (day > last && day <= end) { x++; last = day }
		}
		spend = x ? gamma(6.25 * x) * 15.44 / gamma(3.74) : 0
		printf "%08d,2026-11-01,%d,%d,%d,%.2f\n", i, x, last, end, spend
	}
}
