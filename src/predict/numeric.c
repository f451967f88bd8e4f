#include "config.h"

#include "predict/numeric.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h>
#include <math.h>

#ifdef HAVE_OPENBLAS
/* Declared here because Debian keeps cblas.h apart for each BLAS. */
void openblas_set_num_threads(int n);
#endif

void numeric_init(void)
{
	gsl_set_error_handler_off();
#ifdef HAVE_OPENBLAS
	openblas_set_num_threads(1);
#endif
}

enum so1_status numeric_check(int gsl_status, const char *what, struct so1_error *e)
{
	if (gsl_status == GSL_SUCCESS)
		return SO1_OK;
	return error_set(e, SO1_FAILED, "%s: %s", what, gsl_strerror(gsl_status));
}

int numeric_mild(int gsl_status)
{
	return gsl_status == GSL_EUNDRFLW ? GSL_SUCCESS : gsl_status;
}

enum so1_status numeric_cholesky(double *a, size_t n, bool *positive, struct so1_error *e)
{
	*positive = true;
	if (n == 0)
		return SO1_OK;
	/* GSL 2.7 says EDOM for a pivot <= 0, but lets NaN through. */
	for (size_t i = 0; i < n; i++)
		if (!isfinite(a[i * n + i])) {
			*positive = false;
			return SO1_OK;
		}
	gsl_matrix_view m = gsl_matrix_view_array(a, n, n);
	int status = gsl_linalg_cholesky_decomp1(&m.matrix);
	if (status == GSL_EDOM) {
		*positive = false;
		return SO1_OK;
	}
	for (size_t i = 0; i < n; i++)
		if (!(a[i * n + i] > 0) || !isfinite(a[i * n + i]))
			*positive = false;
	return numeric_check(status, "Cholesky decomposition", e);
}

enum so1_status numeric_solve(double *factor, size_t n, double *b, struct so1_error *e)
{
	if (n == 0)
		return SO1_OK;
	gsl_matrix_view m = gsl_matrix_view_array(factor, n, n);
	gsl_vector_view v = gsl_vector_view_array(b, n);
	return numeric_check(gsl_linalg_cholesky_svx(&m.matrix, &v.vector), "solving", e);
}

enum so1_status numeric_inverse(double *factor, size_t n, struct so1_error *e)
{
	if (n == 0)
		return SO1_OK;
	gsl_matrix_view m = gsl_matrix_view_array(factor, n, n);
	return numeric_check(gsl_linalg_cholesky_invert(&m.matrix), "inverting", e);
}

double numeric_log1pexp(double x)
{
	/* Beyond 37, log1p(exp(x)) and x are the same double. */
	if (x > 37)
		return x;
	return log1p(exp(x));
}

double numeric_logistic(double x)
{
	if (x >= 0)
		return 1 / (1 + exp(-x));
	double z = exp(x);
	return z / (1 + z);
}
