# fit.csv: the models of data.csv by R 4.2.2's optim from likelihoods written out by hand.
#   Rscript fit.R >fit.csv        (in this folder)
d <- read.csv("data.csv", colClasses = c(customer_id = "character"))
x <- d$repeat_orders; t <- d$last_repeat_days / 7; T <- d$observed_days / 7

bg <- function(p, m) {
  r <- p[1]; al <- p[2]; a <- p[3]; b <- p[4]
  sum(lgamma(r + x) - lgamma(r) + r * log(al) + lbeta(a, b + m) - lbeta(a, b) +
      log((al + T)^-(r + x) + ifelse(m > 0, a / (b + m - 1), 0) * (al + t)^-(r + x)))
}
pareto <- function(p) {
  r <- p[1]; al <- p[2]; s <- p[3]; be <- p[4]
  gone <- mapply(function(x, t, T) if (T > t)
    integrate(function(y) (al + y)^-(r + x) * (be + y)^-(s + 1) * (al + t)^(r + x),
              t, T, rel.tol = 1e-12)$value else 0, x, t, T)
  sum(lgamma(r + x) - lgamma(r) + r * log(al) + s * log(be) - (r + x) * log(al + t) +
      log(((al + t) / (al + T))^(r + x) * (be + T)^-s + s * gone))
}
gg <- function(p) {
  k <- x > 0 & d$repeat_spend > 0; n <- x[k]; z <- d$repeat_spend[k] / n
  sum(lgamma(p[1] * n + p[2]) - lgamma(p[1] * n) - lgamma(p[2]) + p[2] * log(p[3]) +
      (p[1] * n - 1) * log(z) + p[1] * n * log(n) - (p[1] * n + p[2]) * log(p[3] + n * z))
}
best <- function(name, terms, f, start) {
  g <- function(l) -f(exp(l))
  l <- log(start)
  for (i in 1:4) l <- optim(l, g, method = "BFGS",
    control = list(reltol = 1e-16, maxit = 1000, ndeps = rep(1e-5, length(l))))$par
  # Covariance of the logarithms, then the delta method.
  se <- exp(l) * sqrt(diag(solve(optimHess(l, g, control = list(ndeps = rep(1e-3, length(l)))))))
  cat(sprintf("%s,%s,%.10g,%.6g\n", name, terms, exp(l), se), sep = "")
  cat(sprintf("%s,log_likelihood,%.12g,\n", name, -g(l)))
}
cat("model,term,value,std_error\n")
best("bgnbd", c("r", "alpha", "a", "b"), function(p) bg(p, x), c(.5, 10, 1, 2))
best("mbgnbd", c("r", "alpha", "a", "b"), function(p) bg(p, x + 1), c(.5, 10, 1, 2))
best("pareto", c("r", "alpha", "s", "beta"), pareto, c(.5, 10, .6, 11))
best("gammagamma", c("p", "q", "v"), gg, c(6, 4, 15))
