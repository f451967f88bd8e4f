# Rscript glm.R > glm.csv: what R says about data.csv (R 4.2.2). Written to 15 digits.
d <- read.csv("data.csv", stringsAsFactors = TRUE)
strict <- glm.control(epsilon = 1e-15, maxit = 100)
show <- function(name, m) {
  s <- coef(summary(m))
  for (t in names(coef(m))) {
    b <- coef(m)[[t]]
    cat(sprintf("%s,%s,%s,%s\n", name, t,
                if (is.na(b)) "" else sprintf("%.15g", b),
                if (is.na(b)) "" else sprintf("%.15g", s[t, 2])))
  }
  cat(sprintf("%s,deviance,%.15g,\n", name, deviance(m)))
}
cat("model,term,value,std_error\n")
show("numeric", glm(y ~ age + spend + visits, binomial, d, control = strict))
show("full", glm(y ~ age + spend + visits + channel + member, binomial, d, control = strict))
# R finds the dependence at qr's tolerance epsilon / 1000, so not with the one above.
show("aliased", glm(y ~ age + spend + visits + channel + member + copy, binomial, d,
                    control = glm.control(epsilon = 1e-10)))
# AUC of visits as a score for y, by ranks, and DeLong's standard error.
n1 <- sum(d$y); n0 <- sum(1 - d$y); r <- rank(d$visits)
auc <- (sum(r[d$y == 1]) - n1 * (n1 + 1) / 2) / (n1 * n0)
v10 <- sapply(d$visits[d$y == 1], function(a) mean((a > d$visits[d$y == 0]) + .5 * (a == d$visits[d$y == 0])))
v01 <- sapply(d$visits[d$y == 0], function(b) mean((d$visits[d$y == 1] > b) + .5 * (d$visits[d$y == 1] == b)))
cat(sprintf("visits,auc,%.15g,%.15g\n", auc, sqrt(var(v10) / n1 + var(v01) / n0)))
