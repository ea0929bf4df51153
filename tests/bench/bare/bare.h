/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One signature verification and nothing else, in each crypto library at hand. A library is one
 * file here and one shared object of its own, because some of them have the same names inside.
 */
#ifndef HC_TESTS_BENCH_BARE_H
#define HC_TESTS_BENCH_BARE_H

#include <stddef.h>
#include <stdint.h>

/* ECDSA: `size` 32 is P-256, 48 is P-384; all numbers big-endian, of `size` bytes. */
struct bare_ec {
	size_t size;
	const uint8_t *x, *y, *digest, *r, *s;
};

/* RSASSA-PSS, SHA-384, MGF1-SHA-384, salt 48. */
struct bare_rsa {
	const uint8_t *n, *e, *digest, *signature;
	size_t n_len, e_len;
};

/*
 * The key is made once (NULL where the library cannot) and never freed; it keeps what a
 * verification needs, so that what is timed is the verification alone. verify returns 0 for a good
 * signature.
 */
struct bare_ops {
	const char *name;
	const char *(*version)(void);
	void *(*ec_key)(const struct bare_ec *in);
	int (*ec_verify)(void *key, const struct bare_ec *in);
	void *(*rsa_key)(const struct bare_rsa *in);
	int (*rsa_verify)(void *key, const struct bare_rsa *in);
};

/* What each shared object exports. */
extern const struct bare_ops bare_ops;

#endif
