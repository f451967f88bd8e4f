# Rscript ease.R > ease.csv: EASE as Steck (2019), equation 8, by R's own inverse (R 4.2.2).
# Customers and what they bought: tests/unit/test_predict_affinity.c has the same.
baskets <- list(c(1, 2), c(1, 2, 3), c(2, 3), c(4), c(1, 2, 4, 5), c(3, 5), c(1, 2))
x <- t(sapply(baskets, function(b) as.numeric(1:5 %in% b)))
cat("lambda,from,to,weight\n")
for (lambda in c(.5, 300)) {
  p <- solve(t(x) %*% x + lambda * diag(5))
  b <- -t(t(p) / diag(p))
  diag(b) <- 0
  for (i in 1:5) for (j in 1:5) cat(sprintf("%g,%d,%d,%.15g\n", lambda, i - 1, j - 1, b[i, j]))
}
