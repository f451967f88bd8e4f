#!/usr/bin/env python3
"""orders.csv: E[(1 - exp(-lambda p t)) / p], lambda ~ gamma(k, A), p ~ beta(a, B), by the
closed form with 2F1 in 60 digits (mpmath), and the Pareto/NBD integral, by quadrature.
    python3 orders.py >orders.csv"""
from itertools import product
from mpmath import mp, mpf, hyp2f1, quad

mp.dps = 60


def geometric(k, A, a, B, t):
    a = mpf(a) + (mpf(10) ** -28 if a == 1 else 0)  # a removable pole
    z, c = t / (A + t), a + B - 1
    return c / (a - 1) * (1 - (1 - z) ** k * hyp2f1(k, B, c, z))


def alive(r, alpha, s, beta, x, last, end):
    # Over the integrand at `last`: quad stops at an absolute error.
    k = r + x
    there = ((alpha + end) / (alpha + last)) ** -k * ((beta + end) / (beta + last)) ** -s
    gone = s * quad(lambda y: ((alpha + y) / (alpha + last)) ** -k * ((beta + y) / (beta + last)) ** -(s + 1) / (beta + last),
                    [last, last + (end - last) / 100, last + (end - last) / 10, end])
    return there / (there + gone)


print("kind,1,2,3,4,5,6,7,value")
for r, alpha, a, b, (x, T), t in product((.25, 1, 9), (1, 6.2), (.3, 1, 2.5, 40), (.6, 1.5, 60),
                                         ((0, 0), (0, 40), (3, 40), (30, 90), (400, 160)), (4, 52)):
    row = [mpf(v) for v in (r, alpha, a, b)]
    value = geometric(row[0] + x, row[1] + T, row[2], row[3] + x, mpf(t))
    print(f"orders,{r + x},{alpha + T},{a},{b + x},{t},,,{mp.nstr(value, 17)}")
mp.dps = 30
for (r, alpha), (s, beta), (x, last, end) in product(
        ((.25, 3), (.55, 10.6), (9, 2)), ((.3, 30), (.61, 11.7), (1, 10.6), (20, 200)),
        ((0, 0, 20), (1, 1, 39), (7, 38.5, 39), (40, 30, 60), (400, 150, 160), (3, 5, 5))):
    value = alive(mpf(r), mpf(alpha), mpf(s), mpf(beta), x, mpf(last), mpf(end))
    print(f"alive,{r},{alpha},{s},{beta},{x},{last},{end},{mp.nstr(value, 17)}")
