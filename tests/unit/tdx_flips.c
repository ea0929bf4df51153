/* SPDX-License-Identifier: Apache-2.0 */
/* Changing every byte of genuine quotes. Certificates and collateral are verified once (memo.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/tdx_flips.h"
#include "tests/unit/vectors.h"

/* A slow build checks memory, not this: every 37th byte is enough there. */
#if defined(__SANITIZE_ADDRESS__) || !HC_CRYPTO_NETTLE
#define STEP 37
#else
#define STEP 1
#endif

static struct verdict v;
static struct memo *memo;
static struct tdx_quote original;

static void appraise_now(const struct vectors_case *c)
{
	const struct appraise_input in = {
		.evidence = bytes_view(&c->report),
		.endorsements = c->endorsements,
		.roots = &c->roots,
		.at = c->at,
		.memo = memo,
	};

	assert_int_equal(appraise(&in, &v, NULL), 0);
}

/* All that the quote itself has to prove, whatever the collateral says of its platform. */
static bool intact(void)
{
	static const char *const ids[] = {"tdx.pck", "tdx.chain", "tdx.root",
		"tdx.qe_report_signature", "tdx.qe_report_data", "tdx.attestation_key",
		"tdx.signature"};

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		const struct check *check = verdict_find(&v, ids[i]);

		if (!check || check->outcome != CHECK_PASS)
			return false;
	}
	return true;
}

/* Some cases have one quote at several times: once is enough. */
static bool seen_before(void)
{
	static uint8_t seen[64][48];
	static size_t count;

	for (size_t i = 0; i < count; i++)
		if (!memcmp(seen[i], v.evidence_sha384, 48))
			return true;
	assert_true(count < 64);
	memcpy(seen[count++], v.evidence_sha384, 48);
	return false;
}

static void flip(struct vectors_case *c, const char *name, size_t at)
{
	uint8_t bit = (uint8_t)(1u << at % 8);

	c->report.data[at] ^= bit;
	appraise_now(c);
	c->report.data[at] ^= bit;
	if (intact() || v.authentic == AUTHENTIC_YES || v.value == VERDICT_TRUSTED)
		fail_msg("%s: intact with byte 0x%zx changed", name, at);
}

/*
 * In PEM a byte may change without a change of what it says: blanks, and text around the armour. So
 * only what the base64 of the certificates says counts there, and only in the leaf: the CAs are the
 * same in every quote, and anything else there has another fingerprint.
 */
static struct tdx_range leaf_of(const struct tdx_quote *q)
{
	struct tdx_range out = q->cert_data;
	const uint8_t *end = memmem(q->raw + out.off, out.len, "\n-----END", 9);

	assert_non_null(end);
	out.len = (uint32_t)(end - (q->raw + out.off));
	return out;
}

static size_t flip_range(struct vectors_case *c, const char *name, struct tdx_range range)
{
	size_t n = 0;

	for (size_t i = 0; i < range.len; i += STEP, n++)
		if (!memchr("\r\n", c->report.data[range.off + i], 2))
			flip(c, name, range.off + i);
	return n;
}

static size_t flip_all(struct vectors_case *c, const char *name)
{
	const struct tdx_range ranges[] = {original.signed_part, original.signature,
		original.att_key, original.qe_report, original.qe_report_signature,
		original.qe_auth, leaf_of(&original)};
	size_t n = 0;

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		n += flip_range(c, name, ranges[i]);
	return n;
}

/* Every length below the quote's own; what follows it was never a part. */
static void cut_all(struct vectors_case *c, const char *name)
{
	size_t whole = c->report.len;

	for (size_t len = 0; len < original.size; len += STEP) {
		c->report.len = len;
		appraise_now(c);
		if (v.authentic != AUTHENTIC_NO)
			fail_msg("%s: not refused at %zu bytes", name, len);
	}
	c->report.len = whole;
}

void tdx_flips_run(unsigned int remainder, unsigned int programs)
{
	char **cases = vectors_cases("tdx");
	unsigned int quotes = 0;
	size_t flips = 0;

	assert_int_equal(memo_new(&memo), 0);
	for (size_t i = 0; cases[i]; i++) {
		struct vectors_case c;

		vectors_case_open_in(&c, "tdx", cases[i], false);
		appraise_now(&c);
		if (intact() && !seen_before() && quotes++ % programs == remainder) {
			original = v.claims.tdx.quote;
			flips += flip_all(&c, cases[i]);
			cut_all(&c, cases[i]);
			appraise_now(&c);
			assert_true(intact());
		}
		vectors_case_close(&c);
		free(cases[i]);
	}
	free(cases);
	memo_free(memo);
	printf("# %u quotes, %zu changes\n", quotes, flips);
	assert_true(quotes >= 15);
	assert_true(flips > 10000 / STEP);
}
