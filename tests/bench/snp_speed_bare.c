/* SPDX-License-Identifier: Apache-2.0 */
/* The bare verifications of each library, each in its turn in every round. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "attest/crypto.h"
#include "tests/bench/snp_speed.h"

double speed_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

double speed_median(double *values, size_t count)
{
	qsort(values, count, sizeof(values[0]), compare);
	return values[count / 2];
}

/* Keys made here, and a signature of each. */
static struct signed_digest {
	struct crypto_ec_public key;
	uint8_t digest[48], r[48], s[48];
} made[2][BARE_KEYS];
static struct bare_ec ec[2][BARE_KEYS];
static struct bare_rsa rsa_input;

static int make_one(struct signed_digest *out, enum crypto_curve curve)
{
	struct crypto_ec_key *key;
	int rc = crypto_ec_generate(&key, curve);

	if (rc)
		return rc;
	rc = crypto_random(out->digest, sizeof(out->digest));
	if (!rc)
		rc = crypto_ec_public(key, &out->key);
	if (!rc)
		rc = crypto_ecdsa_sign(key, out->digest, crypto_curve_size(curve), out->r, out->s);
	crypto_ec_free(key);
	return rc;
}

static int make_inputs(void)
{
	static const enum crypto_curve curves[] = {CRYPTO_P384, CRYPTO_P256};

	for (size_t kind = 0; kind < 2; kind++) {
		for (size_t i = 0; i < BARE_KEYS; i++) {
			struct signed_digest *d = &made[kind][i];

			if (make_one(d, curves[kind]))
				return -1;
			ec[kind][i] = (struct bare_ec){crypto_curve_size(curves[kind]), d->key.x,
				d->key.y, d->digest, d->r, d->s};
		}
	}
	return 0;
}

/* Good signatures are good: else their time means nothing. */
static bool works(const struct bare_lib *lib, size_t kind)
{
	if (kind == BARE_RSA)
		return lib->key[kind][0] &&
		       lib->ops->rsa_verify(lib->key[kind][0], &rsa_input) == 0;
	for (size_t i = 0; i < BARE_KEYS; i++)
		if (!lib->key[kind][i] || lib->ops->ec_verify(lib->key[kind][i], &ec[kind][i]) != 0)
			return false;
	return true;
}

static bool load(struct bare_lib *lib, const char *path)
{
	/* Its own names first: two of the libraries have the same ones. */
	void *so = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);

	if (so)
		lib->ops = dlsym(so, "bare_ops");
	if (!lib->ops) {
		fprintf(stderr, "snp-speed: %s\n", dlerror());
		return false;
	}
	for (size_t i = 0; i < BARE_KEYS; i++) {
		lib->key[BARE_P384][i] = lib->ops->ec_key(&ec[BARE_P384][i]);
		lib->key[BARE_P256][i] = lib->ops->ec_key(&ec[BARE_P256][i]);
	}
	lib->key[BARE_RSA][0] = lib->ops->rsa_key(&rsa_input);
	for (size_t kind = 0; kind < BARE_KINDS; kind++)
		if (!works(lib, kind))
			lib->key[kind][0] = NULL;
	return true;
}

int bare_init(struct bare *bare, char **paths, const struct bare_rsa *rsa)
{
	rsa_input = *rsa;
	if (make_inputs())
		return -1;
	for (; *paths && bare->count < BARE_LIBS_MAX; paths++)
		if (load(&bare->lib[bare->count], *paths))
			bare->count++;
	return 0;
}

static int verify(const struct bare_lib *lib, size_t kind, size_t which)
{
	return kind == BARE_RSA ? lib->ops->rsa_verify(lib->key[kind][0], &rsa_input)
				: lib->ops->ec_verify(lib->key[kind][which], &ec[kind][which]);
}

/* The second of two, the first brings code and tables into the caches. Other keys: see BARE_KEYS.
 */
static double time_one(const struct bare_lib *lib, size_t kind, size_t which)
{
	int rc = verify(lib, kind, (which + BARE_KEYS / 2) % BARE_KEYS);
	double start = speed_now(), took;

	rc |= verify(lib, kind, which);
	took = speed_now() - start;
	if (rc) {
		fprintf(stderr, "snp-speed: %s: a good signature was refused\n", lib->ops->name);
		exit(1);
	}
	return took;
}

void bare_round(struct bare *bare, int round)
{
	for (size_t i = 0; i < bare->count; i++)
		for (size_t kind = 0; kind < BARE_KINDS; kind++)
			if (bare->lib[i].key[kind][0])
				bare->lib[i].us[kind][round] =
					time_one(&bare->lib[i], kind, (size_t)round % BARE_KEYS);
}

void bare_finish(struct bare *bare)
{
	double sorted[SPEED_ROUNDS];

	for (size_t i = 0; i < bare->count; i++) {
		for (size_t kind = 0; kind < BARE_KINDS; kind++) {
			if (!bare->lib[i].key[kind][0])
				continue;
			memcpy(sorted, bare->lib[i].us[kind], sizeof(sorted));
			bare->lib[i].median[kind] = speed_median(sorted, SPEED_ROUNDS);
		}
	}
}

const struct bare_lib *bare_fastest(const struct bare *bare)
{
	const struct bare_lib *best = NULL;

	for (size_t i = 0; i < bare->count; i++) {
		const struct bare_lib *lib = &bare->lib[i];

		if (lib->median[BARE_P384] > 0 &&
			(!best || lib->median[BARE_P384] < best->median[BARE_P384]))
			best = lib;
	}
	return best;
}
