/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fast a TDX quote is judged, beside bare P-256 verifications. Real quotes of both versions.
 *
 *   cold   collateral is parsed; nine signatures are verified: PCK, its CA, QE report, quote, TCB
 *          signing certificate, TCB info, QE identity, two revocation lists; nothing is known from
 *          before
 *   warm   collateral was parsed and verified before (memo.h): QE report and quote are verified,
 *          everything else is judged again
 *
 * A ratio is to so many bare verifications: nine, and two. The backend is the fastest of those that
 * the project can be built with; the fastest of all libraries at hand is shown besides. All
 * measurements take their turns in every round, and a ratio is the middle one of the rounds'.
 *
 * Usage: tdx-speed VECTORS LIBRARY.so...
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attest/verify/verify.h"
#include "common/file.h"
#include "common/timefmt.h"
#include "tests/bench/snp_speed.h"

#define TARGET_COLD 1.3
#define TARGET_WARM 1.3
#define FILES       5

static const struct sample {
	const char *dir, *at;
} samples[] = {
	{"v4-emr-near-2026", "2026-08-22T00:00:00Z"},
	{"v4-spr-google-cos", "2025-02-28T03:00:00Z"},
	{"v5-emr-google", "2026-02-14T00:00:00Z"},
};
#define SAMPLES (sizeof(samples) / sizeof(samples[0]))

static const char *const files[FILES] = {
	"tcb_info.json", "qe_identity.json", "tcb_signing.der", "pck_crl.der", "root_crl.der"};

enum { COLD, WARM, WAYS };

struct subject {
	const struct sample *sample;
	struct bytes quote, file[FILES];
	int64_t at;
	struct endorsements *set; /* parsed, for warm */
	struct memo *memo;
	double us[WAYS][SPEED_ROUNDS];
};
static struct subject subjects[SAMPLES];
static struct roots roots;
static struct verdict verdict;
static struct bare bare;

static void die(const char *what, const char *why)
{
	fprintf(stderr, "tdx-speed: %s: %s\n", what, why);
	exit(1);
}

static void read_file(struct bytes *out, const char *dir, const char *sub, const char *name)
{
	struct error err = {0};
	char path[512];

	snprintf(path, sizeof(path), "%s/tdx/%s/%s", dir, sub, name);
	if (file_read(out, path, 1U << 20, &err))
		die(path, err.found);
}

static void parse_set(const struct subject *s, struct endorsements **set)
{
	if (endorsements_new(set))
		die(s->sample->dir, "no memory");
	for (size_t i = 0; i < FILES; i++)
		if (endorsements_add(*set, bytes_view(&s->file[i]), NULL, NULL))
			die(s->sample->dir, "an endorsement was refused");
}

/* Genuine, of a level, and nothing revoked: the policy of a benchmark would prove nothing more. */
static void judge(const struct subject *s, const struct endorsements *set, struct memo *memo)
{
	const struct appraise_input in = {
		.evidence = bytes_view(&s->quote),
		.endorsements = set,
		.roots = &roots,
		.at = s->at,
		.memo = memo,
	};

	if (appraise(&in, &verdict, NULL) || verdict.authentic != AUTHENTIC_YES ||
		verdict.revocation != REVOCATION_GOOD)
		die(s->sample->dir, "not authentic");
}

static void cold(void *ctx)
{
	const struct subject *s = ctx;
	struct endorsements *set;

	parse_set(s, &set);
	judge(s, set, NULL);
	endorsements_free(set);
}

static void warm(void *ctx)
{
	const struct subject *s = ctx;

	judge(s, s->set, s->memo);
}

static const struct way {
	const char *name;
	void (*run)(void *);
	int signatures;
	double target;
} ways[WAYS] = {
	[COLD] = {"cold", cold, 9, TARGET_COLD},
	[WARM] = {"warm", warm, 2, TARGET_WARM},
};

static void open_subject(struct subject *s, const struct sample *sample, const char *dir)
{
	s->sample = sample;
	read_file(&s->quote, dir, sample->dir, "quote.bin");
	for (size_t i = 0; i < FILES; i++)
		read_file(&s->file[i], dir, sample->dir, files[i]);
	if (timefmt_parse(&s->at, sample->at, NULL) || memo_new(&s->memo))
		die(sample->dir, "a time, or no memory");
	parse_set(s, &s->set);
	warm(s);
}

static double time_one(struct subject *s, size_t way)
{
	double start;

	/* First untimed: what ran before has taken the caches. */
	ways[way].run(s);
	start = speed_now();
	ways[way].run(s);
	return speed_now() - start;
}

static void measure(void)
{
	for (int round = 0; round < SPEED_ROUNDS; round++) {
		bare_round(&bare, round);
		for (size_t i = 0; i < SAMPLES; i++)
			for (size_t w = 0; w < WAYS; w++)
				subjects[i].us[w][round] = time_one(&subjects[i], w);
	}
}

/* Can the project be built with it? */
static bool is_backend(const struct bare_lib *lib)
{
	return !strcmp(lib->ops->name, "nettle") || !strcmp(lib->ops->name, "mbedtls");
}

static const struct bare_lib *fastest(bool backends)
{
	const struct bare_lib *best = NULL;

	for (size_t i = 0; i < bare.count; i++) {
		const struct bare_lib *lib = &bare.lib[i];

		if (lib->median[BARE_P256] > 0 && (!backends || is_backend(lib)) &&
			(!best || lib->median[BARE_P256] < best->median[BARE_P256]))
			best = lib;
	}
	return best;
}

/* The middle one of the rounds' ratios. */
static double ratio(const struct subject *s, size_t way, const struct bare_lib *lib)
{
	double values[SPEED_ROUNDS];

	for (size_t round = 0; round < SPEED_ROUNDS; round++)
		values[round] =
			s->us[way][round] / (ways[way].signatures * lib->us[BARE_P256][round]);
	return speed_median(values, SPEED_ROUNDS);
}

static double worst(size_t way, const struct bare_lib *lib)
{
	double out = 0;

	for (size_t i = 0; i < SAMPLES; i++) {
		double r = ratio(&subjects[i], way, lib);

		out = r > out ? r : out;
	}
	return out;
}

static void print_way(size_t way, const struct bare_lib *lib)
{
	printf("\n%s: %d signatures\n", ways[way].name, ways[way].signatures);
	for (size_t i = 0; i < SAMPLES; i++) {
		struct subject *s = &subjects[i];
		double sorted[SPEED_ROUNDS], us;
		struct memory m = memory_of(ways[way].run, s);

		memcpy(sorted, s->us[way], sizeof(sorted));
		us = speed_median(sorted, SPEED_ROUNDS);
		printf("  %-18s %7.1f us %6.0f /s per core  %5.2f x bare  %5zu allocations"
		       " %7zu bytes  peak heap %6zu stack %6zu\n",
			s->sample->dir, us, 1e6 / us, ratio(s, way, lib), m.allocations, m.bytes,
			m.peak_heap, m.peak_stack);
	}
}

static void print_bare(void)
{
	printf("bare P-256 verification, microseconds, the key made before; middle of %d\n\n",
		SPEED_ROUNDS);
	for (size_t i = 0; i < bare.count; i++)
		printf("  %-12s %-14.14s %10.1f%s\n", bare.lib[i].ops->name,
			bare.lib[i].ops->version(), bare.lib[i].median[BARE_P256],
			is_backend(&bare.lib[i]) ? "  a backend" : "");
}

/* The libraries are asked for RSA too; nothing here is made of it. */
static void some_rsa(struct bare_rsa *out)
{
	static const uint8_t digest[SHA384_SIZE];
	static struct bytes n, e, signature;
	struct crypto_rsa_key *key;

	if (crypto_rsa_generate(&key, 3072) || crypto_rsa_public(key, &n, &e) ||
		crypto_rsa_pss_sign(key, CRYPTO_SHA384, digest, &signature))
		die("RSA", "no key");
	crypto_rsa_free(key);
	*out = (struct bare_rsa){n.data, e.data, digest, signature.data, n.len, e.len};
}

int main(int argc, char **argv)
{
	struct bare_rsa rsa;
	const struct bare_lib *backend, *library;
	double result[WAYS];

	mallopt(M_MMAP_THRESHOLD,
		64 << 20); /* or each memo is fresh pages, faulted in one by one */
	mallopt(M_TRIM_THRESHOLD, 64 << 20);
	if (argc < 3)
		die("usage", "tdx-speed VECTORS LIBRARY.so...");
	if (roots_init(&roots))
		die("roots", "no memory");
	for (size_t i = 0; i < SAMPLES; i++)
		open_subject(&subjects[i], &samples[i], argv[1]);
	some_rsa(&rsa);
	if (bare_init(&bare, argv + 2, &rsa))
		die("keys", "could not be made");
	measure();
	bare_finish(&bare);
	backend = fastest(true);
	library = fastest(false);
	if (!backend)
		die("libraries", "no backend works");
	print_bare();
	printf("\nverification of a quote, by %s; verdict %zu bytes besides\n",
		HC_CRYPTO_NETTLE ? "nettle" : "mbedTLS", sizeof(verdict));
	for (size_t w = 0; w < WAYS; w++) {
		print_way(w, backend);
		result[w] = worst(w, backend);
	}
	printf("\nfastest backend: %s, %.1f us; fastest library: %s, %.1f us\n", backend->ops->name,
		backend->median[BARE_P256], library->ops->name, library->median[BARE_P256]);
	printf("ratio cold %.3f\nratio warm %.3f\n", result[COLD], result[WARM]);
	printf("ratio cold to the fastest library %.3f\nratio warm to the fastest library %.3f\n",
		worst(COLD, library), worst(WARM, library));
	printf("targets: cold at most %.2f: %s; warm at most %.2f: %s\n", TARGET_COLD,
		result[COLD] <= TARGET_COLD ? "held" : "MISSED", TARGET_WARM,
		result[WARM] <= TARGET_WARM ? "held" : "MISSED");
	return result[COLD] <= TARGET_COLD && result[WARM] <= TARGET_WARM ? 0 : 1;
}
