# Rscript glmnet.R: what glmnet 4.1-6 says about data.csv (R 4.2.2).
suppressMessages(library(glmnet))
d <- read.csv("../../../unit/predict-glm/data.csv")
x <- as.matrix(d[, c("age", "spend", "visits")])
for (m in list(list("half", .5, .05), list("lasso", 1, .02))) {
  b <- as.matrix(coef(glmnet(x, d$y, "binomial", alpha = m[[2]], lambda = m[[3]], thresh = 1e-14)))
  cat(sprintf("%s %s %.5f\n", m[[1]], rownames(b), b), sep = "")
}
