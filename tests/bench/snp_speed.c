/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fast an SEV-SNP report is judged, beside one bare P-384 verification of each crypto library
 * at hand. Real reports of three products, each with a policy that trusts it.
 *
 *   cold   the endorsements are parsed, the whole chain and the revocation list are verified, then
 *          the report, then the policy is applied; nothing is known from before
 *   warm   the chain was verified before (memo.h); the report is verified, windows, revocation,
 * pins and policy are judged again
 *
 * All measurements take their turns in every round, and a ratio is the middle one of the rounds'
 * ratios, so that a machine that is busy, or changes its clock, does not change them much.
 *
 * Usage: snp-speed VECTORS LIBRARY.so...
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attest/verify/verify.h"
#include "common/file.h"
#include "common/hex.h"
#include "common/timefmt.h"
#include "tests/bench/snp_speed.h"

#define TARGET_COLD 1.5
#define TARGET_WARM 1.15
#define FILES       4

/* A loosening, for a figure and nothing else. */
#define LOOSEN(what)                                                                               \
	",\"loosen\":[{\"what\":\"" what "\",\"reason\":\"a figure\","                             \
	"\"owner\":\"the benchmark\",\"until\":\"2030-01-01T00:00:00Z\"}]"

static const struct product {
	const char *name, *dir, *crl, *at, *word, *loosen;
} products[] = {
	{"Milan", "milan-v3-vcek-microsoft", "crl.der", "2026-03-01T00:00:00Z", "milan",
		LOOSEN("milan")},
	{"Genoa", "genoa-v3-vcek-azure", "crl.der", "2025-09-15T00:00:00Z", "genoa", ""},
	/* No list of Turin's is among the vectors. */
	{"Turin", "turin-v5-vcek-microsoft", NULL, "2026-04-01T00:00:00Z", "turin",
		LOOSEN("revocation")},
};
#define PRODUCTS (sizeof(products) / sizeof(products[0]))

struct subject {
	const struct product *product;
	struct bytes report, file[FILES]; /* VCEK, ASK, ARK, list */
	struct policy policy;
	int64_t at;
	struct endorsements *set; /* parsed, for warm */
	struct memo *memo;        /* all is known */
	struct memo *list_memo;   /* the list is, and nothing else */
	double us[4][SPEED_ROUNDS];
};
static struct subject subjects[PRODUCTS];
static struct roots roots;
static struct verdict verdict;
static struct bare bare;

static void die(const char *what, const char *why)
{
	fprintf(stderr, "snp-speed: %s: %s\n", what, why);
	exit(1);
}

static void read_file(struct bytes *out, const char *dir, const char *sub, const char *name)
{
	struct error err = {0};
	char path[512];

	snprintf(path, sizeof(path), "%s/snp/%s/%s", dir, sub, name);
	if (file_read(out, path, 1U << 20, &err))
		die(path, err.found);
}

static void make_policy(struct subject *s)
{
	const struct product *p = s->product;
	struct snp_report report;
	struct error err = {0};
	char text[1000], measurement[97];

	if (snp_report_parse(&report, bytes_view(&s->report), &err))
		die(p->dir, err.found);
	hex_encode(measurement, report.measurement, sizeof(report.measurement));
	snprintf(text, sizeof(text),
		"{\"version\":1,\"name\":\"bench\",\"accept\":[{\"name\":\"guests\",\"snp\":{"
		"\"products\":[\"%s\"],\"measurements\":[\"%s\"],"
		"\"tcb\":{\"%s\":{\"all\":{\"bootloader\":1,\"snp\":1,\"microcode\":1}}},"
		"\"guest_policy\":{\"single_socket\":\"any\"}}%s}]}",
		p->word, measurement, p->word, p->loosen);
	if (policy_parse(&s->policy, (struct view){(const uint8_t *)text, strlen(text)}, &err))
		die("policy", err.found);
}

static void parse_set(const struct subject *s, struct endorsements **set)
{
	if (endorsements_new(set))
		die(s->product->name, "no memory");
	for (size_t i = 0; i < FILES; i++)
		if (s->file[i].len && endorsements_add(*set, bytes_view(&s->file[i]), NULL, NULL))
			die(s->product->dir, "an endorsement was refused");
}

static void judge(const struct subject *s, const struct endorsements *set, struct memo *memo)
{
	const struct appraise_input in = {
		.evidence = bytes_view(&s->report),
		.endorsements = set,
		.roots = &roots,
		.policy = &s->policy,
		.at = s->at,
		.memo = memo,
	};

	if (appraise(&in, &verdict, NULL) || verdict.value != VERDICT_TRUSTED) {
		for (size_t i = 0; i < verdict.check_count; i++)
			if (verdict.check[i].outcome == CHECK_FAIL ||
				verdict.check[i].outcome == CHECK_UNDECIDED)
				fprintf(stderr, "snp-speed: %s: %s: %s\n", s->product->name,
					verdict.check[i].def->id, verdict.check[i].found);
		die(s->product->name, "not TRUSTED");
	}
}

static void from_bytes(const struct subject *s, struct memo *memo)
{
	struct endorsements *set;

	parse_set(s, &set);
	judge(s, set, memo);
	endorsements_free(set);
}

/* The ways in which a report is judged. */
static void cold(void *ctx)
{
	const struct subject *s = ctx;

	from_bytes(s, s->list_memo);
}

static void new_list(void *ctx)
{
	from_bytes(ctx, NULL);
}

static void warm(void *ctx)
{
	const struct subject *s = ctx;

	judge(s, s->set, s->memo);
}

static void warm_parsed(void *ctx)
{
	const struct subject *s = ctx;

	from_bytes(s, s->memo);
}

/* A memo that knows the list alone: before each call of cold, which fills it. */
static void forget_chain(struct subject *s)
{
	struct x509_cert ark;
	struct x509_crl list;

	memo_free(s->list_memo);
	if (memo_new(&s->list_memo))
		die(s->product->name, "no memory");
	if (!s->product->crl)
		return;
	if (x509_cert_parse(&ark, bytes_view(&s->file[2]), NULL) ||
		x509_crl_parse(&list, bytes_view(&s->file[3]), NULL) ||
		memo_crl_verify(s->list_memo, &list, &ark))
		die(s->product->dir, "the list is no good");
}

enum { COLD, NEW_LIST, WARM, WARM_PARSED, WAYS };
static const struct way {
	const char *name;
	void (*run)(void *);
} ways[WAYS] = {
	[COLD] = {"cold", cold},
	[NEW_LIST] = {"cold, with a new revocation list", new_list},
	[WARM] = {"warm", warm},
	[WARM_PARSED] = {"warm, the endorsements parsed again", warm_parsed},
};

static void open_subject(struct subject *s, const struct product *product, const char *dir)
{
	static const char *const names[] = {"vcek.der", "ask.der", "ark.der"};

	s->product = product;
	read_file(&s->report, dir, product->dir, "report.bin");
	for (size_t i = 0; i < 3; i++)
		read_file(&s->file[i], dir, product->dir, names[i]);
	if (product->crl)
		read_file(&s->file[3], dir, product->dir, product->crl);
	if (timefmt_parse(&s->at, product->at, NULL))
		die(product->name, "a time");
	make_policy(s);
	parse_set(s, &s->set);
	if (memo_new(&s->memo))
		die(product->name, "no memory");
	warm(s);
}

static double time_one(struct subject *s, size_t way)
{
	double start;

	/* First untimed: what ran before has taken the caches. */
	forget_chain(s);
	ways[way].run(s);
	forget_chain(s);
	start = speed_now();
	ways[way].run(s);
	return speed_now() - start;
}

static void measure(void)
{
	for (int round = 0; round < SPEED_ROUNDS; round++) {
		bare_round(&bare, round);
		for (size_t i = 0; i < PRODUCTS; i++)
			for (size_t w = 0; w < WAYS; w++)
				subjects[i].us[w][round] = time_one(&subjects[i], w);
	}
}

static void print_bare(void)
{
	printf("bare verification, microseconds, the key made before; middle of %d\n\n"
	       "  %-12s %-14s %10s %10s %10s\n",
		SPEED_ROUNDS, "library", "version", "P-384", "P-256", "RSA-4096");
	for (size_t i = 0; i < bare.count; i++) {
		const struct bare_lib *lib = &bare.lib[i];

		printf("  %-12s %-14.14s", lib->ops->name, lib->ops->version());
		for (size_t kind = 0; kind < BARE_KINDS; kind++) {
			if (lib->median[kind] > 0)
				printf(" %10.1f", lib->median[kind]);
			else
				printf(" %10s", "-");
		}
		printf("\n");
	}
}

/* The middle one of the rounds' ratios to the fastest library. */
static double ratio(const struct subject *s, size_t way, const struct bare_lib *fastest)
{
	double values[SPEED_ROUNDS];

	for (size_t round = 0; round < SPEED_ROUNDS; round++)
		values[round] = s->us[way][round] / fastest->us[BARE_P384][round];
	return speed_median(values, SPEED_ROUNDS);
}

static double print_way(size_t way, const struct bare_lib *fastest)
{
	double worst = 0;

	printf("\n%s\n", ways[way].name);
	for (size_t i = 0; i < PRODUCTS; i++) {
		struct subject *s = &subjects[i];
		double sorted[SPEED_ROUNDS], us, r = ratio(s, way, fastest);
		struct memory m;

		forget_chain(s);
		m = memory_of(ways[way].run, s);
		memcpy(sorted, s->us[way], sizeof(sorted));
		us = speed_median(sorted, SPEED_ROUNDS);
		worst = r > worst ? r : worst;
		printf("  %-6s %7.1f us %7.0f /s per core  %5.2f x bare  %4zu allocations"
		       " %7zu bytes  peak heap %6zu stack %6zu%s\n",
			s->product->name, us, 1e6 / us, r, m.allocations, m.bytes, m.peak_heap,
			m.peak_stack, s->product->crl ? "" : "  (no revocation list)");
	}
	return worst;
}

static void rsa_of(const struct subject *s, struct bare_rsa *out, uint8_t digest[SHA384_SIZE])
{
	static struct x509_cert vcek, ask;

	if (x509_cert_parse(&vcek, bytes_view(&s->file[0]), NULL) ||
		x509_cert_parse(&ask, bytes_view(&s->file[1]), NULL) ||
		crypto_sha384(digest, vcek.tbs.data, vcek.tbs.len))
		die(s->product->dir, "no chain");
	*out = (struct bare_rsa){ask.modulus.data, ask.exponent.data, digest, vcek.signature.data,
		ask.modulus.len, ask.exponent.len};
}

int main(int argc, char **argv)
{
	const struct bare_lib *fastest;
	uint8_t digest[SHA384_SIZE];
	struct bare_rsa rsa;
	double worst[WAYS];

	mallopt(M_MMAP_THRESHOLD,
		64 << 20); /* or a fresh memo is fresh pages, faulted in one by one */
	mallopt(M_TRIM_THRESHOLD, 64 << 20);
	if (argc < 3)
		die("usage", "snp-speed VECTORS LIBRARY.so...");
	if (roots_init(&roots))
		die("roots", "no memory");
	for (size_t i = 0; i < PRODUCTS; i++)
		open_subject(&subjects[i], &products[i], argv[1]);
	rsa_of(&subjects[0], &rsa, digest);
	if (bare_init(&bare, argv + 2, &rsa))
		die("keys", "could not be made");
	measure();
	bare_finish(&bare);
	fastest = bare_fastest(&bare);
	if (!fastest)
		die("libraries", "none works");
	print_bare();
	printf("\nverification of a report with policy, by %s; verdict %zu bytes besides\n",
		HC_CRYPTO_NETTLE ? "nettle" : "mbedTLS", sizeof(verdict));
	for (size_t w = 0; w < WAYS; w++)
		worst[w] = print_way(w, fastest);
	printf("\nfastest bare P-384: %s, %.1f us\n", fastest->ops->name,
		fastest->median[BARE_P384]);
	printf("ratio cold %.3f\nratio warm %.3f\n", worst[COLD], worst[WARM]);
	printf("ratio cold with a new revocation list %.3f\n", worst[NEW_LIST]);
	printf("targets: cold at most %.2f: %s; warm at most %.2f: %s\n", TARGET_COLD,
		worst[COLD] <= TARGET_COLD ? "held" : "MISSED", TARGET_WARM,
		worst[WARM] <= TARGET_WARM ? "held" : "MISSED");
	return worst[COLD] <= TARGET_COLD && worst[WARM] <= TARGET_WARM ? 0 : 1;
}
