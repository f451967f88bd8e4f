# Rscript linear.R > linear.csv: what R 4.2.2 says about spend in ../predict-glm/data.csv.
d <- read.csv("../predict-glm/data.csv", stringsAsFactors = TRUE)
strict <- glm.control(epsilon = 1e-15, maxit = 100)
show <- function(name, m) {
  s <- coef(summary(m))
  for (t in rownames(s)) cat(sprintf("%s,%s,%.15g,%.15g\n", name, t, s[t, 1], s[t, 2]))
  cat(sprintf("%s,dispersion,%.15g,\n", name, summary(m)$dispersion))
}
cat("model,term,value,std_error\n")
f <- spend ~ age + visits + channel + member
show("identity", glm(f, gaussian, d, control = strict))
show("log", glm(f, quasipoisson, d, control = strict))
# Ridge by its closed form: columns in units of their standard deviation (of the population),
# indicators as they are, nothing on the intercept; lambda .1.
x <- model.matrix(~ age + visits, d)[, -1]
x <- sweep(sweep(x, 2, colMeans(x)), 2, sqrt(colMeans(sweep(x, 2, colMeans(x))^2)), "/")
x <- cbind(1, x)
b <- solve(t(x) %*% x + nrow(d) * .1 * diag(c(0, 1, 1)), t(x) %*% d$spend)
sds <- sapply(d[c("age", "visits")], function(v) sqrt(mean((v - mean(v))^2)))
slopes <- b[2:3] / sds
cat(sprintf("ridge,(Intercept),%.15g,\n", b[1] - sum(slopes * colMeans(d[c("age", "visits")]))))
cat(sprintf("ridge,%s,%.15g,\n", names(sds), slopes), sep = "")
