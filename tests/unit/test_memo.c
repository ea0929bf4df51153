/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures found good before: what is remembered, what never is, and that everything besides the
 * arithmetic is judged again at each appraisal.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "attest/endorse/memo.h"
#include "attest/evidence/snp_report_abi.h"
#include "attest/verify/verify.h"
#include "common/hex.h"
#include "tests/unit/fake_amd.h"
#include "tests/unit/vectors.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

static struct fake_amd amd;
static struct bytes ark, ask, vcek, crl;
static uint8_t hwid[64];
static struct verdict v;

static struct memo *new_memo(void)
{
	struct memo *memo;

	assert_int_equal(memo_new(&memo), 0);
	return memo;
}

static void assert_counts(const struct memo *memo, uint64_t hits, uint64_t misses)
{
	struct memo_counts counts = memo_counts(memo);

	assert_int_equal(counts.hits, hits);
	assert_int_equal(counts.misses, misses);
}

static struct x509_cert parse(const struct bytes *der)
{
	struct x509_cert cert;

	assert_int_equal(x509_cert_parse(&cert, bytes_view(der), NULL), 0);
	return cert;
}

static struct x509_crl parse_list(const struct bytes *der)
{
	struct x509_crl list;

	assert_int_equal(x509_crl_parse(&list, bytes_view(der), NULL), 0);
	return list;
}

/* --- the object alone --- */

static void never_remembers_a_bad_signature(void **state)
{
	struct memo *memo = new_memo();
	struct x509_cert issuer = parse(&ark), forged;
	struct x509_crl list;

	(void)state;
	ask.data[ask.len - 1] ^= 1;
	crl.data[crl.len - 1] ^= 1;
	forged = parse(&ask);
	list = parse_list(&crl);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(memo_cert_verify(memo, &forged, &issuer), HC_ESIGNATURE);
		assert_int_equal(memo_crl_verify(memo, &list, &issuer), HC_ESIGNATURE);
	}
	assert_counts(memo, 0, 6);
	ask.data[ask.len - 1] ^= 1;
	crl.data[crl.len - 1] ^= 1;
	memo_free(memo);
}

/* Every byte of the certificate and of its issuer is part of what is remembered. */
static void answers_for_nothing_but_the_very_bytes(void **state)
{
	struct memo *memo = new_memo();
	struct x509_cert issuer = parse(&ark), cert = parse(&ask), changed;

	(void)state;
	assert_int_equal(memo_cert_verify(memo, &cert, &issuer), 0);
	for (size_t i = 0; i < ask.len; i += 3) {
		ask.data[i] ^= 1;
		if (x509_cert_parse(&changed, bytes_view(&ask), NULL) == 0)
			assert_int_equal(memo_cert_verify(memo, &changed, &issuer), HC_ESIGNATURE);
		ask.data[i] ^= 1;
	}
	assert_int_equal(memo_counts(memo).hits, 0);
	assert_int_equal(memo_cert_verify(memo, &cert, &issuer), 0);
	assert_int_equal(memo_counts(memo).hits, 1);
	memo_free(memo);
}

/* Another issuer of the same name, and one that differs in its key alone. */
static void answers_for_no_other_issuer(void **state)
{
	const struct fake_cert spec = {.issuer = "ARK-Genoa",
		.subject = "ARK-Genoa",
		.serial = 1,
		.key = amd.other,
		.signer = amd.other,
		.ca = true,
		.path_len = -1};
	struct bytes der = fake_cert(&amd, &spec);
	struct x509_cert issuer = parse(&ark), other = parse(&der), cert = parse(&ask);
	struct x509_crl list = parse_list(&crl);
	struct memo *memo = new_memo();

	(void)state;
	assert_int_equal(memo_cert_verify(memo, &cert, &issuer), 0);
	assert_int_equal(memo_crl_verify(memo, &list, &issuer), 0);
	assert_int_equal(memo_cert_verify(memo, &cert, &other), HC_ESIGNATURE);
	assert_int_equal(memo_crl_verify(memo, &list, &other), HC_ESIGNATURE);
	assert_counts(memo, 0, 4);
	memo_free(memo);
	bytes_free(&der);
}

/* A digest of a certificate under "list" says nothing of a list with that digest. */
static void keeps_certificates_and_lists_apart(void **state)
{
	struct x509_cert issuer = parse(&ark), cert = parse(&ask);
	struct x509_crl list = parse_list(&crl);
	struct memo *memo = new_memo();

	(void)state;
	crl.data[crl.len - 1] ^= 1; /* a bad signature */
	assert_int_equal(memo_cert_verify(memo, &cert, &issuer), 0);
	memcpy(list.sha256, cert.sha256, sizeof(list.sha256));
	assert_int_equal(memo_crl_verify(memo, &list, &issuer), HC_ESIGNATURE);
	assert_counts(memo, 0, 2);
	crl.data[crl.len - 1] ^= 1;
	memo_free(memo);
}

struct signature {
	struct crypto_ec_public key;
	uint8_t digest[SHA512_SIZE], r[48], s[48];
};

static void sign(struct signature *out, enum crypto_curve curve)
{
	struct crypto_ec_key *key;

	memset(out, 0, sizeof(*out));
	memset(out->digest, 0x5a, sizeof(out->digest));
	assert_int_equal(crypto_ec_generate(&key, curve), 0);
	assert_int_equal(crypto_ec_public(key, &out->key), 0);
	assert_int_equal(crypto_ecdsa_sign(key, out->digest, SHA512_SIZE, out->r, out->s), 0);
	crypto_ec_free(key);
}

static int recheck(struct memo *memo, const struct signature *t, size_t digest_len)
{
	return memo_ecdsa_verify(memo, &t->key, t->digest, digest_len, t->r, t->s);
}

static void remembers_ecdsa_by_every_byte_of_key_digest_and_signature(void **state)
{
	(void)state;
	for (int curve = CRYPTO_P256; curve <= CRYPTO_P384; curve++) {
		struct memo *memo = new_memo();
		struct signature t;
		uint8_t *parts[] = {t.key.x, t.key.y, t.digest, t.r, t.s};
		uint64_t misses = 1;

		sign(&t, (enum crypto_curve)curve);
		assert_int_equal(recheck(memo, &t, SHA512_SIZE), 0);
		for (size_t p = 0; p < LEN(parts); p++) {
			for (size_t i = 0; i < crypto_curve_size(t.key.curve); i += 5) {
				parts[p][i] ^= 1;
				assert_int_not_equal(recheck(memo, &t, SHA512_SIZE), 0);
				misses++;
				parts[p][i] ^= 1;
			}
		}
		assert_counts(memo, 0, misses);
		/* The same signature of a shorter digest is another statement. */
		(void)!recheck(memo, &t, SHA384_SIZE);
		assert_counts(memo, 0, misses + 1);
		assert_int_equal(recheck(memo, &t, SHA512_SIZE), 0);
		assert_counts(memo, 1, misses + 1);
		assert_int_equal(recheck(memo, &t, 65), HC_EUNSUPPORTED);
		t.key.curve = (enum crypto_curve)9;
		assert_int_equal(recheck(memo, &t, SHA512_SIZE), HC_EUNSUPPORTED);
		memo_free(memo);
	}
}

/*
 * On P-256 the second half of a long digest does not count, so that one signature gives as many
 * statements as it takes to push the first one out.
 */
static void is_bounded_and_right_when_it_has_forgotten(void **state)
{
	struct memo *memo = new_memo();
	struct signature first, t;
	uint64_t hits = 0;

	(void)state;
	sign(&first, CRYPTO_P256);
	t = first;
	for (uint32_t n = 0; n < 4 * MEMO_SIZE; n++) {
		assert_int_equal(recheck(memo, &first, SHA512_SIZE), 0);
		if (n && memo_counts(memo).hits == hits)
			break; /* it was forgotten, and verified again */
		hits = memo_counts(memo).hits;
		put_le32(t.digest + 60, n);
		assert_int_equal(recheck(memo, &t, SHA512_SIZE), 0);
	}
	assert_in_range(hits, MEMO_WAYS - 1, 4 * MEMO_SIZE - 2);
	memo_free(memo);
}

static void without_a_memo_every_signature_is_verified(void **state)
{
	struct x509_cert issuer = parse(&ark), cert = parse(&ask);
	struct x509_crl list = parse_list(&crl);
	struct signature t;

	(void)state;
	sign(&t, CRYPTO_P256);
	assert_int_equal(memo_cert_verify(NULL, &cert, &issuer), 0);
	assert_int_equal(memo_cert_verify(NULL, &issuer, &cert), HC_ESIGNATURE);
	assert_int_equal(memo_crl_verify(NULL, &list, &issuer), 0);
	assert_int_equal(memo_crl_verify(NULL, &list, &cert), HC_ESIGNATURE);
	assert_int_equal(recheck(NULL, &t, SHA512_SIZE), 0);
	t.r[0] ^= 1;
	assert_int_equal(recheck(NULL, &t, SHA512_SIZE), HC_ESIGNATURE);
	assert_counts(NULL, 0, 0);
	memo_free(NULL);
}

/* --- in an appraisal --- */

struct scene {
	uint8_t report[SNP_REPORT_SIZE];
	struct endorsements *set;
	struct roots roots;
	struct policy policy;
	struct memo *memo;
	int64_t at;
};

static void add(struct endorsements *set, const struct bytes *bytes)
{
	assert_int_equal(endorsements_add(set, bytes_view(bytes), NULL, NULL), 0);
}

static void open_scene(struct scene *s)
{
	char text[600], measurement[97];
	uint8_t m[48];

	memset(s, 0, sizeof(*s));
	s->at = FAKE_AT;
	s->memo = new_memo();
	fake_report(s->report, 5);
	fake_sign(&amd, s->report);
	assert_int_equal(endorsements_new(&s->set), 0);
	add(s->set, &ask);
	add(s->set, &vcek);
	add(s->set, &crl);
	assert_int_equal(roots_init(&s->roots), 0);
	assert_int_equal(roots_add(&s->roots, bytes_view(&ark), NULL), 0);
	memset(m, 0x4d, sizeof(m));
	hex_encode(measurement, m, sizeof(m));
	snprintf(text, sizeof(text),
		"{\"version\":1,\"name\":\"test\",\"accept\":[{\"name\":\"b\","
		"\"snp\":{\"measurements\":[\"%s\"],\"roots\":[\"%s\"]}}]}",
		measurement, s->roots.item[ROOTS_BUILTIN].name);
	assert_int_equal(
		policy_parse(&s->policy, (struct view){(const uint8_t *)text, strlen(text)}, NULL),
		0);
}

static enum verdict_value judge(struct scene *s)
{
	const struct appraise_input in = {
		.evidence = {s->report, sizeof(s->report)},
		.endorsements = s->set,
		.roots = &s->roots,
		.policy = &s->policy,
		.at = s->at,
		.memo = s->memo,
	};

	assert_int_equal(appraise(&in, &v, NULL), 0);
	return v.value;
}

static void close_scene(struct scene *s)
{
	memo_free(s->memo);
	endorsements_free(s->set);
	roots_fini(&s->roots);
	policy_free(&s->policy);
}

static void assert_failed(const char *id)
{
	const struct check *check = verdict_find(&v, id);

	assert_non_null(check);
	assert_int_equal(check->outcome, CHECK_FAIL);
}

static void a_second_appraisal_verifies_the_report_alone(void **state)
{
	struct scene s;

	(void)state;
	open_scene(&s);
	assert_int_equal(judge(&s), VERDICT_TRUSTED);
	assert_counts(s.memo, 0, 4); /* VCEK, ASK, ARK, list */
	for (uint64_t i = 1; i <= 3; i++) {
		assert_int_equal(judge(&s), VERDICT_TRUSTED);
		assert_counts(s.memo, 4 * i, 4);
	}
	close_scene(&s);
}

static void the_signature_of_the_report_is_never_remembered(void **state)
{
	struct scene s;

	(void)state;
	open_scene(&s);
	assert_int_equal(judge(&s), VERDICT_TRUSTED);
	s.report[SNP_OFF_REPORT_DATA] ^= 1;
	assert_int_equal(judge(&s), VERDICT_REJECTED);
	assert_failed("snp.signature");
	s.report[SNP_OFF_REPORT_DATA] ^= 1;
	assert_int_equal(judge(&s), VERDICT_TRUSTED);
	close_scene(&s);
}

static void windows_are_judged_again(void **state)
{
	struct scene s;

	(void)state;
	open_scene(&s);
	assert_int_equal(judge(&s), VERDICT_TRUSTED);
	s.at = FAKE_TO + 1;
	assert_int_not_equal(judge(&s), VERDICT_TRUSTED);
	assert_failed("snp.validity");
	s.at = FAKE_FROM - 1;
	assert_int_not_equal(judge(&s), VERDICT_TRUSTED);
	assert_failed("snp.validity");
	assert_int_equal(v.revocation, REVOCATION_UNKNOWN); /* the list is not in date either */
	assert_int_equal(memo_counts(s.memo).misses, 4);
	s.at = FAKE_AT;
	assert_int_equal(judge(&s), VERDICT_TRUSTED);
	close_scene(&s);
}

static void revocation_is_judged_again(void **state)
{
	static const uint8_t serials[] = {2};
	const struct fake_crl spec = {.issuer = "ARK-Genoa",
		.signer = amd.ark,
		.this_update = FAKE_AT - 5,
		.next_update = FAKE_TO,
		.serials = serials,
		.serial_count = 1};
	struct bytes newer = fake_crl(&spec);
	struct scene s;

	(void)state;
	open_scene(&s);
	assert_int_equal(judge(&s), VERDICT_TRUSTED);
	add(s.set, &newer);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(judge(&s), VERDICT_REJECTED);
		assert_int_equal(v.revocation, REVOCATION_REVOKED);
	}
	close_scene(&s);
	bytes_free(&newer);
}

static void roots_are_judged_again(void **state)
{
	struct scene s;

	(void)state;
	open_scene(&s);
	assert_int_equal(judge(&s), VERDICT_TRUSTED);
	roots_fini(&s.roots);
	assert_int_equal(roots_init(&s.roots), 0); /* without the fake one */
	add(s.set, &ark);
	assert_int_equal(judge(&s), VERDICT_REJECTED);
	assert_failed("snp.root");
	close_scene(&s);
}

/* A chain that ends in nobody's root is explained, and leaves nothing behind. */
static void what_leads_to_no_root_takes_no_room(void **state)
{
	struct scene s;

	(void)state;
	open_scene(&s);
	roots_fini(&s.roots);
	assert_int_equal(roots_init(&s.roots), 0);
	add(s.set, &ark);
	assert_int_equal(judge(&s), VERDICT_REJECTED);
	assert_counts(s.memo, 0, 0);
	close_scene(&s);
}

/* --- what the pin makes superfluous --- */

/* chain.c leaves these out: the pins fix the signatures as well. */
static void everything_pinned_is_signed_by_its_root(void **state)
{
	static const char *const products[] = {"Milan", "Genoa", "Turin"};
	static const char *const kinds[] = {"ARK", "ASK", "ASVK"};
	struct roots roots;

	(void)state;
	vectors_needed();
	assert_int_equal(roots_init(&roots), 0);
	for (size_t i = 0; i < LEN(products); i++) {
		struct bytes der[LEN(kinds)];
		struct x509_cert cert[LEN(kinds)];
		const struct root *root;

		for (size_t k = 0; k < LEN(kinds); k++) {
			char path[64];

			snprintf(path, sizeof(path), "roots/%s-%s.der", kinds[k], products[i]);
			der[k] = vectors_read(path);
			cert[k] = parse(&der[k]);
			assert_int_equal(x509_cert_verify(&cert[k], &cert[0]), 0);
		}
		root = roots_find(&roots, cert[0].sha256);
		assert_non_null(root);
		assert_true(root->builtin && root->pins_intermediates);
		assert_memory_equal(root->ask_sha256, cert[1].sha256, 32);
		assert_memory_equal(root->asvk_sha256, cert[2].sha256, 32);
		for (size_t k = 0; k < LEN(kinds); k++)
			bytes_free(&der[k]);
	}
	roots_fini(&roots);
}

/* ... and no more than these are left out: a root that pins intermediates is one of the three. */
static void pins_of_intermediates_are_built_in_ones(void **state)
{
	struct roots roots;
	size_t pinning = 0;

	(void)state;
	assert_int_equal(roots_init(&roots), 0);
	assert_int_equal(roots_add(&roots, bytes_view(&ark), NULL), 0);
	for (size_t i = 0; i < roots.count; i++)
		pinning += roots.item[i].pins_intermediates;
	assert_int_equal(pinning, 3);
	assert_false(roots_find(&roots, parse(&ark).sha256)->pins_intermediates);
	roots_fini(&roots);
}

/* One bit of a pinned certificate changed: it is another one, and its signature counts. */
static void a_changed_intermediate_is_not_the_pinned_one(void **state)
{
	struct vectors_case c;
	struct bytes der;

	(void)state;
	vectors_needed();
	vectors_case_open(&c, "genoa-v3-vcek-azure", false);
	vectors_appraise(&c, NULL, &v);
	assert_int_equal(verdict_find(&v, "snp.chain")->outcome, CHECK_PASS);
	der = vectors_read("snp/genoa-v3-vcek-azure/ask.der");
	for (size_t back = 1; back <= 3; back++) { /* in the signature, at the end */
		const char *const others[] = {"vcek.der", "ark.der"};
		char path[64];

		endorsements_free(c.endorsements);
		assert_int_equal(endorsements_new(&c.endorsements), 0);
		for (size_t i = 0; i < LEN(others); i++) {
			struct bytes other;

			snprintf(path, sizeof(path), "snp/genoa-v3-vcek-azure/%s", others[i]);
			other = vectors_read(path);
			add(c.endorsements, &other);
			bytes_free(&other);
		}
		der.data[der.len - back] ^= 1;
		add(c.endorsements, &der);
		der.data[der.len - back] ^= 1;
		vectors_appraise(&c, NULL, &v);
		assert_int_equal(v.authentic, AUTHENTIC_NO);
		assert_int_equal(verdict_find(&v, "snp.chain")->outcome, CHECK_FAIL);
	}
	bytes_free(&der);
	vectors_case_close(&c);
}

static int set_up(void **state)
{
	struct bytes extensions = {0};
	const struct fake_crl list = {
		.issuer = "ARK-Genoa", .this_update = FAKE_AT - 10, .next_update = FAKE_TO};
	struct fake_crl spec = list;

	(void)state;
	fake_amd_init(&amd);
	for (size_t i = 0; i < sizeof(hwid); i++)
		hwid[i] = (uint8_t)(i + 1);
	fake_vek_extensions(&extensions, "Genoa", hwid, sizeof(hwid));
	ark = fake_cert(&amd, &(struct fake_cert){.issuer = "ARK-Genoa",
				      .subject = "ARK-Genoa",
				      .serial = 1,
				      .key = amd.ark,
				      .signer = amd.ark,
				      .ca = true,
				      .path_len = -1});
	ask = fake_cert(&amd, &(struct fake_cert){.issuer = "ARK-Genoa",
				      .subject = "SEV-Genoa",
				      .serial = 2,
				      .key = amd.ask,
				      .signer = amd.ark,
				      .ca = true,
				      .path_len = 0});
	vcek = fake_cert(&amd, &(struct fake_cert){.issuer = "SEV-Genoa",
				       .subject = "SEV-VCEK",
				       .signer = amd.ask,
				       .extensions = &extensions});
	spec.signer = amd.ark;
	crl = fake_crl(&spec);
	bytes_free(&extensions);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	bytes_free(&ark);
	bytes_free(&ask);
	bytes_free(&vcek);
	bytes_free(&crl);
	fake_amd_fini(&amd);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(never_remembers_a_bad_signature),
		cmocka_unit_test(answers_for_nothing_but_the_very_bytes),
		cmocka_unit_test(answers_for_no_other_issuer),
		cmocka_unit_test(keeps_certificates_and_lists_apart),
		cmocka_unit_test(remembers_ecdsa_by_every_byte_of_key_digest_and_signature),
		cmocka_unit_test(is_bounded_and_right_when_it_has_forgotten),
		cmocka_unit_test(without_a_memo_every_signature_is_verified),
		cmocka_unit_test(the_signature_of_the_report_is_never_remembered),
		cmocka_unit_test(windows_are_judged_again),
		cmocka_unit_test(revocation_is_judged_again),
		cmocka_unit_test(roots_are_judged_again),
		cmocka_unit_test(what_leads_to_no_root_takes_no_room),
		cmocka_unit_test(a_second_appraisal_verifies_the_report_alone),
		cmocka_unit_test(pins_of_intermediates_are_built_in_ones),
		cmocka_unit_test(a_changed_intermediate_is_not_the_pinned_one),
		cmocka_unit_test(everything_pinned_is_signed_by_its_root),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
