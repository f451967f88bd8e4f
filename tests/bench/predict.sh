#!/usr/bin/env bash
# scripts/bench predict [ROWS]: logistic regression against scikit-learn, R's glm and glmnet.
# One made-up matrix, ROWS (default 100000) by 60 columns, a third of them without effect;
# each tool reads the same CSV and fits it in one run of its own: seconds, processor seconds,
# peak MB, least processor seconds of RUNS (3). Then coefficients are compared, and a million
# rows must fit in core within 1 GB and, under --memory 256M, out of core to the same bytes.
#   plain    no penalty: glm; scikit-learn's LogisticRegression(penalty="none")
#   elastic  alpha 0.5, 10 folds, 50 lambdas: cv.glmnet(nlambda = 50)
# What is not installed is skipped (Debian: python3-sklearn, r-base-core, r-cran-glmnet).
# Needs GNU time. SO1_BIN: the built tree (default: build). ONLY=million skips the first part.
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
bin=$(cd "${SO1_BIN:-$top/build}" && pwd)
rows=${1:-100000}
runs=${RUNS:-3}
dir=${BENCH_DIR:-$(mktemp -d)}
[ -n "${BENCH_DIR:-}" ] || trap 'rm -rf "$dir"' EXIT
export LC_ALL=C OPENBLAS_NUM_THREADS=${OPENBLAS_NUM_THREADS:-1}
python=/usr/bin/python3
[ -x /usr/bin/time ] || { echo "bench predict: needs GNU time (Debian: time)" >&2; exit 1; }
[ -x "$bin/so1-predict" ] || { echo "bench predict: build first (make)" >&2; exit 1; }

matrix() { # ROWS: columns x1 … x60 and y, correlated by a common part
	awk -v n="$1" 'BEGIN {
		srand(42); for (j = 1; j <= 60; j++) { printf "x%d,", j; b[j] = j % 3 ? (j % 7 - 3) / 12 : 0 }
		print "y"
		for (i = 0; i < n; i++) {
			c = rand() - .5; eta = -1.5
			for (j = 1; j <= 60; j++) { x = 2 * (rand() + rand() - 1) + c; eta += b[j] * x; printf "%.4f,", x }
			print (rand() < 1 / (1 + exp(-eta))) + 0
		}
	}'
}

measure() { # LABEL COMMAND...: the run of least processor seconds
	local label=$1 i
	shift
	for ((i = 0; i < runs; i++)); do
		/usr/bin/time -o "$dir/time" -f '%e %U %S %M' "$@" >"$dir/out" 2>"$dir/err" || { cat "$dir/err" >&2; return 1; }
		cat "$dir/time"
	done | awk '{ print $2 + $3, $0 }' | sort -n | head -n 1 |
		awk -v label="$label" '{ printf "%-44s %7.2f s %7.2f cpu s %6.0f MB\n", label, $2, $1, $5 / 1024 }' |
		tee -a "$dir/figures"
}

python_fit() { # with each way of reading that it has
	"$python" -c 'import sklearn' 2>/dev/null || { echo "scikit-learn: not installed, skipped"; return 0; }
	cat >"$dir/fit.py" <<-'P'
		import sys, numpy as np
		from sklearn.linear_model import LogisticRegression
		if sys.argv[2] == "pandas":
		    import pandas
		    d = pandas.read_csv(sys.argv[1]).values
		else:
		    d = np.loadtxt(sys.argv[1], delimiter=",", skiprows=1)
		m = LogisticRegression(penalty="none", tol=1e-6, max_iter=500).fit(d[:, :-1], d[:, -1])
		np.savetxt(sys.stdout, np.append(m.intercept_, m.coef_[0]), "%.10g")
	P
	measure "plain: scikit-learn, loadtxt" "$python" "$dir/fit.py" "$dir/matrix.csv" loadtxt
	"$python" -c 'import pandas' 2>/dev/null || return 0
	measure "plain: scikit-learn, pandas" "$python" "$dir/fit.py" "$dir/matrix.csv" pandas
}

r_fit() {
	command -v Rscript >/dev/null || { echo "R: not installed, skipped"; return 0; }
	cat >"$dir/glm.R" <<-'R'
		d <- read.csv(commandArgs(TRUE)[1])
		x <- cbind(1, as.matrix(d[, 1:60]))
		cat(sprintf("%.10g\n", glm.fit(x, d$y, family = binomial())$coefficients), sep = "")
	R
	measure "plain: R glm.fit" Rscript "$dir/glm.R" "$dir/matrix.csv"
	cp "$dir/out" "$dir/glm.out"
	Rscript -e 'library(glmnet)' >/dev/null 2>&1 || { echo "glmnet: not installed, skipped"; return 0; }
	cat >"$dir/glmnet.R" <<-'R'
		suppressMessages(library(glmnet))
		d <- read.csv(commandArgs(TRUE)[1])
		m <- cv.glmnet(as.matrix(d[, 1:60]), d$y, family = "binomial", alpha = .5, nlambda = 50, nfolds = 10,
		               foldid = (seq_len(nrow(d)) - 1) %% 10 + 1)
		cat(sprintf("%.10g\n", c(m$lambda.min, min(m$cvm) / 2, coef(m, s = "lambda.min")[, 1])), sep = "")
	R
	measure "elastic: R cv.glmnet, 50 lambdas, 10 folds" Rscript "$dir/glmnet.R" "$dir/matrix.csv"
	cp "$dir/out" "$dir/glmnet.out"
}

compare() { # WHAT OTHER MODEL: the largest difference of the coefficients
	[ -f "$2" ] || return 0
	grep ^term "$3" | cut -d, -f3 | paste - "$2" |
		awk -v what="$1" '{ d = $1 - $2; if (d < 0) d = -d; if (d > most) most = d }
			END { printf "%s: largest difference of %d coefficients %.2g\n", what, NR, most }'
}

ratios() { # of processor seconds
	awk '{ match($0, /[0-9.]+ cpu s/); c = substr($0, RSTART, RLENGTH) + 0 }
		/^plain: so1-predict/ { plain = c } /^elastic: so1-predict/ { elastic = c }
		/^plain: scikit/ { printf "%s takes %.1f times the processor time of so1-predict\n", substr($0, 8, 22), c / plain }
		/^plain: R/ { printf "glm.fit takes %.1f times\n", c / plain }
		/^elastic: R/ { printf "cv.glmnet takes %.1f times\n", c / elastic }' "$dir/figures"
}

million() {
	matrix 1000000 >"$dir/million.csv"
	echo "1,000,000 rows x 60: $(stat -c %s "$dir/million.csv") bytes"
	runs=1
	fit=(--fit logistic --target y --basis linear --lambda 0.0001 --scale linear)
	measure "a million, in core (-M 1G)" "$bin/so1-predict" -q "${fit[@]}" -M 1G -o "$dir/core.model" "$dir/million.csv"
	measure "a million, out of core (--memory 256M)" "$bin/so1-predict" -q "${fit[@]}" --memory 256M -o "$dir/disk.model" "$dir/million.csv"
	cmp "$dir/core.model" "$dir/disk.model" && echo "the same model to the byte"
}

echo "$(nproc) cores; load $(cut -d' ' -f1 /proc/loadavg)"
: >"$dir/figures"
if [ "${ONLY:-}" != million ]; then
	matrix "$rows" >"$dir/matrix.csv"
	echo "$rows rows x 60 columns, $(stat -c %s "$dir/matrix.csv") bytes"
	measure "plain: so1-predict -j 1" "$bin/so1-predict" -q -j 1 --fit logistic --target y --lambda 0 -o "$dir/plain.model" "$dir/matrix.csv"
	python_fit
	measure "elastic: so1-predict -j 1" "$bin/so1-predict" -q -j 1 --fit logistic --target y --basis linear --scale linear \
		--alpha 0.5 --path 50 --folds 10 -o "$dir/elastic.model" "$dir/matrix.csv"
	r_fit
	compare "plain, against glm" "$dir/glm.out" "$dir/plain.model"
	[ ! -f "$dir/glmnet.out" ] || echo "elastic: lambda $(sed -n 's/^model,lambda,\([^,]*\),/\1/p' "$dir/elastic.model"), held-out log-loss $(sed -n 's/^card,held_out_log_loss,\([^,]*\),/\1/p' "$dir/elastic.model"); cv.glmnet $(head -n 2 "$dir/glmnet.out" | tr '\n' ' ')"
	ratios
fi
[ "${ONLY:-}" = first ] || million
