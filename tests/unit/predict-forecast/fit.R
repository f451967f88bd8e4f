# Expected values of tests/unit/test_predict_forecast.c, written to fit.csv:
#   Rscript fit.R >fit.csv          (R 4.2.2)
put <- function(name, x) cat(sprintf("%s,%.15g\n", name, x), sep = "")
cat("name,value\n")

# Holt-Winters with additive season, monthly accidental deaths (datasets::USAccDeaths).
given <- HoltWinters(USAccDeaths, alpha = .4, beta = .1, gamma = .3)
put("given sse", given$SSE)
put("given level", given$coefficients[["a"]])
put("given trend", given$coefficients[["b"]])
for (i in 1:12) put(paste("given season", i), given$coefficients[[paste0("s", i)]])
put("given forecast 1", predict(given, 14)[1])
put("given forecast 14", predict(given, 14)[14])
put("fitted sse", HoltWinters(USAccDeaths)$SSE)
# Simple smoothing, annual flow of the Nile.
nile <- HoltWinters(Nile, alpha = .25, beta = FALSE, gamma = FALSE)
put("nile sse", nile$SSE)
put("nile level", nile$coefficients[["a"]])
put("nile fitted sse", HoltWinters(Nile, beta = FALSE, gamma = FALSE)$SSE)

# Poisson regression with harmonics, on weeks 2400 to 2559 counted from that of 1970-01-01.
i <- 0:159
day <- 7 * (2400 + i)
y <- floor(20 + i / 10 + 8 * cos(2 * pi * day / 365.25) + (i * 37) %% 11)
for (k in 0:2) {
	t <- (i - 159) * 7 / 365.25
	x <- data.frame(y, t)
	terms <- "t"
	for (j in seq_len(k)) {
		x[[paste0("c", j)]] <- cos(2 * pi * j * day / 365.25)
		x[[paste0("s", j)]] <- sin(2 * pi * j * day / 365.25)
		terms <- c(terms, paste0("c", j), paste0("s", j))
	}
	g <- glm(reformulate(terms, "y"), quasipoisson, x, control = list(epsilon = 1e-14))
	put(paste("glm", k, "beta", seq_along(coef(g))), coef(g))
	put(paste("glm", k, "deviance"), g$deviance)
	d <- summary(g)$dispersion
	put(paste("glm", k, "dispersion"), d)
	r <- residuals(g, "pearson")
	rho <- max(0, sum(r[-1] * r[-160]) / sum(r^2))
	put(paste("glm", k, "autocorrelation"), rho)
	put(paste("glm", k, "trend error"), summary(g)$coefficients["t", 2] * sqrt((1 + rho) / (1 - rho)))
}
