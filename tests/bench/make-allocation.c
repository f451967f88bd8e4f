/* An instance of offers under stock and budget, the same for the same arguments:
 *
 *	make-allocation CUSTOMERS OFFERS STOCK BUDGET SEED OFFERS.CSV > CUSTOMERS.CSV
 *
 * Prints the budget over all offers to standard error. Margin m of an offer uniform in
 * [5, 50], cost when taken m · U(.2, .8); log-odds of taking it -3 + 1.2 z_customer + z_pair
 * with standard normal z; eligible with probability .6; stock of an offer = CUSTOMERS ·
 * STOCK / OFFERS · U(.3, 1.7); budget = BUDGET × the expected cost of everybody's best
 * offer. So values and expected costs are p · m and p · cost. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { OFFERS = 1000 };

static uint64_t state;

/* splitmix64 */
static double uniform(void)
{
	uint64_t x = state += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	x ^= x >> 31;
	return ((double)(x >> 11) + .5) / 9007199254740992.0;
}

/* Box and Muller, the second one kept. */
static double normal(void)
{
	static double kept;
	static int has;

	if (has) {
		has = 0;
		return kept;
	}
	double r = sqrt(-2 * log(uniform())), a = 2 * M_PI * uniform();
	has = 1;
	kept = r * sin(a);
	return r * cos(a);
}

static double margin[OFFERS], cost[OFFERS];

static int write_offers(const char *path, double customers, int offers, double stock)
{
	FILE *f = fopen(path, "w");

	if (f == NULL)
		return perror(path), 1;
	fputs("offer_id,sku,channel,stock,cost,value\n", f);
	for (int j = 0; j < offers; j++) {
		margin[j] = round((5 + 45 * uniform()) * 100) / 100;
		cost[j] = round(margin[j] * (.2 + .6 * uniform()) * 100) / 100;
		fprintf(f, "O%03d,s%d,email,%.0f,%.2f,%.2f\n", j, j,
			floor(customers * stock / offers * (.3 + 1.4 * uniform())), cost[j], margin[j]);
	}
	return fclose(f);
}

int main(int argc, char **argv)
{
	if (argc != 7)
		return fputs("usage: make-allocation CUSTOMERS OFFERS STOCK BUDGET SEED OFFERS.CSV\n", stderr), 2;
	long customers = atol(argv[1]);
	int offers = atoi(argv[2]);
	double spent = 0;
	if (offers < 1 || offers > OFFERS)
		return fputs("make-allocation: 1 to 1000 offers\n", stderr), 2;
	state = strtoull(argv[5], NULL, 10) * 1000003;
	if (write_offers(argv[6], (double)customers, offers, atof(argv[3])))
		return 1;
	puts("customer_id,email,optin_email,score_by_sku");
	for (long i = 0; i < customers; i++) {
		double z = normal(), best = 0, best_cost = 0;
		const char *separator = "";
		printf("c%08ld,u%ld@example.com,1,", i, i);
		for (int j = 0; j < offers; j++) {
			double p = 1 / (1 + exp(3 - 1.2 * z - normal()));
			if (uniform() >= .6)
				continue;
			printf("%ss%d=%.6f", separator, j, p);
			separator = ";";
			if (p * margin[j] > best) {
				best = p * margin[j];
				best_cost = p * cost[j];
			}
		}
		putchar('\n');
		spent += best_cost;
	}
	fprintf(stderr, "%.2f\n", spent * atof(argv[4]));
	return ferror(stdout) || fflush(stdout);
}
