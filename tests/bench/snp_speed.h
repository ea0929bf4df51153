/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the benchmark of SNP verification share. */
#ifndef HC_TESTS_BENCH_SNP_SPEED_H
#define HC_TESTS_BENCH_SNP_SPEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/bench/bare/bare.h"

/* --- snp_speed_bare.c: the bare verifications --- */

/* So many keys in turn, that no library answers from a table it keeps for a key seen before. */
#define BARE_KEYS     32
#define BARE_LIBS_MAX 16
#define BARE_KINDS    3
#define BARE_P384     0
#define BARE_P256     1
#define BARE_RSA      2
#define SPEED_ROUNDS  201

struct bare_lib {
	const struct bare_ops *ops;
	void *key[BARE_KINDS][BARE_KEYS];
	double us[BARE_KINDS][SPEED_ROUNDS];
	double median[BARE_KINDS]; /* 0: the library cannot */
};

struct bare {
	size_t count;
	struct bare_lib lib[BARE_LIBS_MAX];
};

/* Loads the shared objects named; says on stderr which do not work. */
int bare_init(struct bare *bare, char **paths, const struct bare_rsa *rsa);
/* One verification of each kind by each library. */
void bare_round(struct bare *bare, int round);
void bare_finish(struct bare *bare);
/* The library with the fastest P-384, or NULL. */
const struct bare_lib *bare_fastest(const struct bare *bare);

/* --- snp_speed_memory.c: what one call takes --- */

struct memory {
	size_t allocations, bytes, peak_heap, peak_stack;
};
struct memory memory_of(void (*call)(void *), void *ctx);

/* Processor time of the process, microseconds; the middle one of `count`, which it sorts. */
double speed_now(void);
double speed_median(double *values, size_t count);

#endif
