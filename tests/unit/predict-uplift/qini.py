# python3 qini.py > qini.csv: scikit-uplift 0.5.1's measures of the rows of make-rows, which
# test_predict_uplift.c makes too: 500 rows, predictions with ties.
import numpy as np
from sklearn.metrics import auc
from sklift.metrics import qini_auc_score, uplift_curve

s, rows = 20261101, []
def uniform():
    global s
    s = 16807 * s % 2147483647
    return s / 2147483647
for i in range(500):
    x, treated = uniform(), uniform() < .4
    rows.append((int(20 * x) / 20 - .5, treated, uniform() < .1 + .3 * x * treated))
p, t, y = (np.array(c, dtype=float) for c in zip(*rows))
print("measure,value")
print("qini,%.15g" % qini_auc_score(y, p, t))
a, b = uplift_curve(y, p, t)
print("auuc,%.15g" % (auc(a, b) / 500 ** 2))
print("ate,%.15g" % (y[t == 1].mean() - y[t == 0].mean()))
