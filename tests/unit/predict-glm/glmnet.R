# Rscript glmnet.R > glmnet.csv: elastic nets of data.csv's age, spend and visits, in units of 10
# years, 10 and 1 (glmnet 4.1, R 4.2.2), on all rows and without each fold (row number, from 0,
# modulo 5), and the mean log-loss of the rows left out.
suppressMessages(library(glmnet))
d <- read.csv("data.csv")
x <- cbind(age = d$age / 10, spend = d$spend / 10, visits = d$visits)
fold <- (seq_len(nrow(d)) - 1) %% 5
fit <- function(rows, alpha, lambda)
  as.vector(coef(glmnet(x[rows, ], d$y[rows], "binomial", alpha = alpha, lambda = lambda,
                        standardize = FALSE, thresh = 1e-14, maxit = 1e7)))
cat("alpha,lambda,fold,intercept,age,spend,visits\n")
line <- function(alpha, lambda, name, b)
  cat(sprintf("%g,%.15g,%s,%s\n", alpha, lambda, name, paste(sprintf("%.15g", b), collapse = ",")))
for (alpha in c(0, .5, 1)) for (lambda in c(.16, .08, .04, .02)) {
  line(alpha, lambda, "all", fit(TRUE, alpha, lambda))
  loss <- 0
  for (k in 0:4) {
    b <- fit(fold != k, alpha, lambda)
    line(alpha, lambda, k, b)
    eta <- b[1] + x[fold == k, ] %*% b[-1]
    loss <- loss + sum(log1p(exp(eta)) - d$y[fold == k] * eta)
  }
  line(alpha, lambda, "loss", c(loss / nrow(d), 0, 0, 0))
}
# The least lambda without a coefficient: max |x'(y - mean y)| / (n alpha).
g <- abs(crossprod(x, d$y - mean(d$y))) / nrow(d)
for (alpha in c(.5, 1)) line(alpha, max(g) / alpha, "highest", c(0, 0, 0, 0))
