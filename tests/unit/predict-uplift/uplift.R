# Rscript uplift.R > uplift.csv: what R 4.2.2 says about ../predict-glm/data.csv when `member`
# is the treatment: a model of each group, and one with interactions.
d <- read.csv("../predict-glm/data.csv", stringsAsFactors = TRUE)
strict <- glm.control(epsilon = 1e-15, maxit = 100)
show <- function(form, prefix, m, interactions) {
  s <- coef(summary(m))
  for (t in rownames(s)[grepl("memberyes", rownames(s)) == interactions]) {
    name <- sub(":?memberyes$", "", t)
    if (name == "") name <- "(Intercept)"
    cat(sprintf("%s,%s%s,%.15g,%.15g\n", form, prefix, name, s[t, 1], s[t, 2]))
  }
}
cat("form,term,value,std_error\n")
f <- y ~ age + spend + visits + channel
show("two_models", "control:", glm(f, binomial, d[d$member == "no", ], control = strict), FALSE)
show("two_models", "treated:", glm(f, binomial, d[d$member == "yes", ], control = strict), FALSE)
m <- glm(y ~ (age + spend + visits + channel) * member, binomial, d, control = strict)
show("interaction", "both:", m, FALSE)
show("interaction", "treated:", m, TRUE)
