library(methods)
# Adds.
add <- function(a, b) {
  if (a > 0 && b > 0) a + b else 0
}
"odd name" = function(x) x
limit <- 3
