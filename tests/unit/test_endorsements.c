/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of certificates and lists, and the roots: recognised by content, bounded, trusted never. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "attest/endorse/chain.h"
#include "attest/endorse/der.h"
#include "attest/evidence/cert_table.h"
#include "common/base64.h"
#include "tests/unit/fake_amd.h"
#include "tests/unit/vectors.h"

static struct fake_amd amd;
static struct bytes ark, ask, crl;

static int add(struct endorsements *set, struct view bytes, size_t *n)
{
	struct error err;

	return endorsements_add(set, bytes, n, &err);
}

static void pem(struct bytes *out, const char *label, const struct bytes *der)
{
	char text[8192], line[80];

	assert_true(base64_encoded_size(der->len) <= sizeof(text));
	base64_encode(BASE64_STD, text, der->data, der->len);
	snprintf(line, sizeof(line), "-----BEGIN %s-----\r\n", label);
	assert_int_equal(bytes_append(out, line, strlen(line)), 0);
	for (size_t i = 0; i < strlen(text); i += 64) {
		snprintf(line, sizeof(line), "%.64s\n", text + i);
		assert_int_equal(bytes_append(out, line, strlen(line)), 0);
	}
	snprintf(line, sizeof(line), "-----END %s-----\n", label);
	assert_int_equal(bytes_append(out, line, strlen(line)), 0);
}

static struct endorsements *new_set(void)
{
	struct endorsements *set;

	assert_int_equal(endorsements_new(&set), 0);
	return set;
}

static void recognises_nothing_in_foreign_bytes(void **state)
{
	static const char *const bad[] = {"", "x", "{}", "-----BEGIN CERTIFICATE-----",
		"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
		"-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n",
		"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",
		"-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n", "\x30\x80"};
	struct endorsements *set = new_set();
	size_t n;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(
			add(set, (struct view){(const uint8_t *)bad[i], strlen(bad[i])}, &n),
			HC_EUNSUPPORTED);
		assert_int_equal(n, 0);
	}
	assert_int_equal(endorsements_cert_count(set) + endorsements_crl_count(set), 0);
	endorsements_free(set);
}

static void keeps_each_piece_once(void **state)
{
	struct endorsements *set = new_set();
	size_t n;

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(add(set, bytes_view(&ark), &n), 0);
		assert_int_equal(n, 1);
		assert_int_equal(add(set, bytes_view(&crl), &n), 0);
	}
	assert_int_equal(endorsements_cert_count(set), 1);
	assert_int_equal(endorsements_crl_count(set), 1);
	endorsements_free(set);
}

static void reads_a_pem_bundle_and_leaves_out_its_broken_pieces(void **state)
{
	struct endorsements *set = new_set();
	struct bytes text = {0}, junk = {0};
	size_t n;

	(void)state;
	assert_int_equal(bytes_append(&junk, "\x30\x03\x02\x01\x05", 5), 0);
	assert_int_equal(bytes_append(&text, "subject=ask\n", 12), 0);
	pem(&text, "CERTIFICATE", &ask);
	pem(&text, "CERTIFICATE", &junk);
	pem(&text, "X509 CRL", &crl);
	pem(&text, "CERTIFICATE", &ark);
	assert_int_equal(add(set, bytes_view(&text), &n), 0);
	assert_int_equal(n, 3);
	assert_int_equal(endorsements_cert_count(set), 2);
	assert_int_equal(endorsements_crl_count(set), 1);
	endorsements_free(set);
	bytes_free(&text);
	bytes_free(&junk);
}

static void reads_a_certificate_table_whatever_it_calls_its_entries(void **state)
{
	static const uint8_t vlek[16] = {0xa8, 0x07, 0x4b, 0xc2, 0xa2, 0x5a, 0x48, 0x3e, 0xaa, 0xe6,
		0x39, 0xc0, 0x45, 0xa0, 0xb8, 0xa1};
	struct endorsements *set = new_set();
	struct bytes table = {0};
	uint8_t head[3 * CERT_TABLE_ENTRY_SIZE] = {0};
	size_t n;

	(void)state;
	memcpy(head, vlek, 16);
	put_le32(head + 16, sizeof(head));
	put_le32(head + 20, (uint32_t)ask.len);
	head[24] = 1; /* another GUID, rubbish in it */
	put_le32(head + 40, (uint32_t)(sizeof(head) + ask.len));
	put_le32(head + 44, 4);
	assert_int_equal(bytes_append(&table, head, sizeof(head)), 0);
	assert_int_equal(bytes_append(&table, ask.data, ask.len), 0);
	assert_int_equal(bytes_append(&table, "junk", 4), 0);
	assert_int_equal(add(set, bytes_view(&table), &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(endorsements_cert_count(set), 1);
	for (size_t len = 0; len < table.len; len++)
		assert_true(add(set, (struct view){table.data, len}, &n) < 0);
	endorsements_free(set);
	bytes_free(&table);
}

/* A copy of a list that differs from all others: in the signature, which nobody looks at here. */
static int add_copy(struct endorsements *set, struct bytes *list, unsigned int i)
{
	size_t n;

	put_le32(list->data + list->len - 4, i);
	return add(set, bytes_view(list), &n);
}

static void is_full_at_its_limit_and_stays_usable(void **state)
{
	struct bytes list = fake_crl(
		&(struct fake_crl){"x", amd.ark, FAKE_FROM, FAKE_TO, NULL, 0, false, false});
	struct endorsements *set = new_set();
	size_t n;

	(void)state;
	assert_int_equal(add(set, bytes_view(&ark), &n), 0);
	for (unsigned int i = 1; i < ENDORSEMENTS_MAX; i++)
		assert_int_equal(add_copy(set, &list, i), 0);
	assert_int_equal(add_copy(set, &list, 0), HC_EBUSY);
	assert_int_equal(add_copy(set, &list, 77), 0); /* is in it already */
	assert_int_equal(endorsements_cert_count(set), 1);
	assert_int_equal(endorsements_crl_count(set), ENDORSEMENTS_MAX - 1);
	endorsements_free(set);
	bytes_free(&list);
}

static void is_full_by_bytes_too(void **state)
{
	static const uint8_t serials[3000];
	struct bytes list = fake_crl(&(struct fake_crl){
		"x", amd.ark, FAKE_FROM, FAKE_TO, serials, sizeof(serials), false, false});
	size_t fit = ENDORSEMENTS_TOTAL_MAX / list.len;
	struct endorsements *set = new_set();

	(void)state;
	assert_true(fit < ENDORSEMENTS_MAX / 8);
	for (unsigned int i = 0; i < fit; i++)
		assert_int_equal(add_copy(set, &list, i), 0);
	assert_int_equal(add_copy(set, &list, (unsigned int)fit), HC_EBUSY);
	assert_int_equal(endorsements_crl_count(set), fit);
	endorsements_free(set);
	bytes_free(&list);
}

static void names_only_self_issued_certificates_as_roots(void **state)
{
	struct roots roots;

	(void)state;
	assert_int_equal(roots_init(&roots), 0);
	assert_int_equal(roots.count, ROOTS_BUILTIN);
	assert_int_equal(roots_add(&roots, bytes_view(&ask), NULL), HC_EMISSING);
	assert_int_equal(roots_add(&roots, bytes_view(&crl), NULL), HC_EMISSING);
	assert_int_equal(roots_add(&roots, (struct view){0}, NULL), HC_EUNSUPPORTED);
	assert_int_equal(roots.count, ROOTS_BUILTIN);
	assert_int_equal(roots_add(&roots, bytes_view(&ark), NULL), 0);
	assert_int_equal(roots_add(&roots, bytes_view(&ark), NULL), 0);
	assert_int_equal(roots.count, ROOTS_BUILTIN + 1);
	assert_int_equal(roots.item[ROOTS_BUILTIN].product, SNP_PRODUCT_GENOA);
	assert_false(roots.item[ROOTS_BUILTIN].builtin || roots.item[ROOTS_BUILTIN].simulated);
	assert_string_equal(roots.item[ROOTS_BUILTIN].subject, "ARK-Genoa");
	assert_int_equal(strlen(roots.item[ROOTS_BUILTIN].name), 71);
	roots_fini(&roots);
}

static void has_the_roots_of_both_vendors_built_in(void **state)
{
	static const char *const files[][2] = {{"roots/ARK-Milan.der", "amd-milan"},
		{"roots/ARK-Genoa.der", "amd-genoa"}, {"roots/ARK-Turin.der", "amd-turin"},
		{"roots/IntelSGXRootCA.der", "intel-sgx-root"}};
	struct roots roots;

	(void)state;
	vectors_needed();
	assert_int_equal(roots_init(&roots), 0);
	for (size_t i = 0; i < ROOTS_BUILTIN; i++) {
		struct bytes der = vectors_read(files[i][0]);
		uint8_t digest[32];

		assert_int_equal(crypto_hash(CRYPTO_SHA256, bytes_view(&der), digest), 0);
		assert_non_null(roots_find(&roots, digest));
		assert_string_equal(roots_find(&roots, digest)->name, files[i][1]);
		/* Naming it again changes nothing but brings its bytes. */
		assert_int_equal(roots_add(&roots, bytes_view(&der), NULL), 0);
		assert_true(roots_find(&roots, digest)->builtin);
		digest[31] ^= 1;
		assert_null(roots_find(&roots, digest));
		bytes_free(&der);
	}
	assert_int_equal(roots.count, ROOTS_BUILTIN);
	roots_fini(&roots);
}

static void has_the_intermediates_of_amd_pinned_below_their_own_root(void **state)
{
	static const char *const products[] = {"Milan", "Genoa", "Turin"};
	struct roots roots;

	(void)state;
	vectors_needed();
	assert_int_equal(roots_init(&roots), 0);
	for (size_t i = 0; i < 6; i++) {
		uint8_t digest[32];
		struct bytes der;
		char path[64];

		snprintf(path, sizeof(path), "roots/%s-%s.der", i % 2 ? "ASVK" : "ASK",
			products[i / 2]);
		der = vectors_read(path);
		assert_int_equal(crypto_hash(CRYPTO_SHA256, bytes_view(&der), digest), 0);
		assert_true(roots_pin(&roots, digest));
		for (size_t k = 0; k < 3; k++)
			assert_int_equal(root_allows(&roots.item[k], digest), k == i / 2);
		digest[0] ^= 1;
		assert_false(roots_pin(&roots, digest));
		bytes_free(&der);
	}
	roots_fini(&roots);
}

/* Look-alikes of the same name: the chain is found, and the work is bounded. */
static void finds_the_chain_among_look_alikes(void **state)
{
	struct endorsements *set = new_set();
	struct bytes vek = fake_cert(
		&amd, &(struct fake_cert){
			      .issuer = "SEV-Genoa", .subject = "SEV-VCEK", .signer = amd.ask});
	const struct x509_cert *leaf;
	struct roots roots;
	struct chain chain;
	size_t n;

	(void)state;
	assert_int_equal(roots_init(&roots), 0);
	assert_int_equal(roots_add(&roots, bytes_view(&ark), NULL), 0);
	assert_int_equal(add(set, bytes_view(&vek), &n), 0);
	leaf = endorsements_cert(set, 0);
	assert_int_equal(chain_build(&chain, leaf, set, &roots, FAKE_AT), 0);
	assert_int_equal(chain.state, CHAIN_NO_INTERMEDIATE);
	for (uint8_t serial = 10; serial < 20; serial++) {
		struct bytes der = fake_cert(&amd, &(struct fake_cert){.issuer = "ARK-Genoa",
							   .subject = "SEV-Genoa",
							   .serial = serial,
							   .key = amd.other,
							   .signer = amd.other,
							   .ca = true});

		assert_int_equal(add(set, bytes_view(&der), &n), 0);
		bytes_free(&der);
	}
	assert_int_equal(chain_build(&chain, leaf, set, &roots, FAKE_AT), 0);
	assert_int_equal(chain.state, CHAIN_BAD_LEAF_SIGNATURE);
	assert_null(chain.root);
	assert_int_equal(add(set, bytes_view(&ask), &n), 0);
	assert_int_equal(chain_build(&chain, leaf, set, &roots, FAKE_AT), 0);
	assert_int_equal(chain.state, CHAIN_COMPLETE);
	assert_non_null(chain.root);
	assert_null(chain_outside_window(&chain, FAKE_AT));
	assert_non_null(chain_outside_window(&chain, FAKE_TO + 1));
	roots_fini(&roots);
	endorsements_free(set);
	bytes_free(&vek);
}

static struct bytes look_alike(uint8_t serial, bool of_root)
{
	return fake_cert(&amd, &(struct fake_cert){.issuer = "ARK-Genoa",
				       .subject = of_root ? "ARK-Genoa" : "SEV-Genoa",
				       .serial = serial,
				       .key = amd.other,
				       .signer = amd.other,
				       .ca = true});
}

/* More of them than an explanation is worth, before and after the genuine one. */
static void finds_the_chain_behind_any_number_of_look_alikes(void **state)
{
	struct endorsements *set = new_set();
	struct bytes vek = fake_cert(
		&amd, &(struct fake_cert){
			      .issuer = "SEV-Genoa", .subject = "SEV-VCEK", .signer = amd.ask});
	struct bytes other = look_alike(1, false), root = look_alike(2, true);
	struct roots roots;
	struct chain chain;
	size_t n;

	(void)state;
	assert_int_equal(roots_init(&roots), 0);
	assert_int_equal(roots_add(&roots, bytes_view(&ark), NULL), 0);
	assert_int_equal(add(set, bytes_view(&vek), &n), 0);
	for (unsigned int i = 0; i < 300; i++) {
		if (i == 150)
			assert_int_equal(add(set, bytes_view(&ask), &n), 0);
		assert_int_equal(add_copy(set, &other, i), 0);
		assert_int_equal(add_copy(set, &root, i), 0);
	}
	assert_int_equal(chain_build(&chain, endorsements_cert(set, 0), set, &roots, FAKE_AT), 0);
	assert_int_equal(chain.state, CHAIN_COMPLETE);
	assert_true(der_equal(chain.intermediate->der, bytes_view(&ask)));
	roots_fini(&roots);
	endorsements_free(set);
	bytes_free(&vek);
	bytes_free(&other);
	bytes_free(&root);
}

/* Work for one leaf of many: the roots and the genuine CAs, not the set once more. */
static void keeps_neither_look_alikes_of_roots_nor_forged_intermediates(void **state)
{
	struct endorsements *set = new_set();
	struct bytes vek = fake_cert(
		&amd, &(struct fake_cert){
			      .issuer = "SEV-Genoa", .subject = "SEV-VCEK", .signer = amd.ask});
	struct bytes other = look_alike(1, false), root = look_alike(2, true);
	struct chain_finder finder;
	struct roots roots;
	struct chain chain;
	size_t n;

	(void)state;
	assert_int_equal(roots_init(&roots), 0);
	assert_int_equal(roots_add(&roots, bytes_view(&ark), NULL), 0);
	assert_int_equal(add(set, bytes_view(&vek), &n), 0);
	for (unsigned int i = 0; i < 20; i++) {
		assert_int_equal(add_copy(set, &other, i), 0);
		assert_int_equal(add_copy(set, &root, i), 0);
	}
	assert_int_equal(add(set, bytes_view(&ask), &n), 0);
	assert_int_equal(add(set, bytes_view(&ark), &n), 0);
	assert_int_equal(chain_finder_init(&finder, set, &roots, FAKE_AT), 0);
	assert_int_equal(finder.ark_count, 1);
	assert_int_equal(finder.ca_count, 21);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(chain_find(&finder, endorsements_cert(set, 0), &chain), 0);
		assert_int_equal(chain.state, CHAIN_COMPLETE);
		assert_int_equal(finder.ca_count, 1);
	}
	chain_finder_fini(&finder);
	roots_fini(&roots);
	endorsements_free(set);
	bytes_free(&vek);
	bytes_free(&other);
	bytes_free(&root);
}

/* A root that pins its intermediates takes no other, and takes the pinned one where both are. */
static void prefers_the_pinned_intermediate_and_says_when_there_is_only_another(void **state)
{
	struct endorsements *set = new_set();
	struct bytes newer = fake_cert(&amd, &(struct fake_cert){.issuer = "ARK-Genoa",
						     .subject = "SEV-Genoa",
						     .serial = 9,
						     .key = amd.ask,
						     .signer = amd.ark,
						     .ca = true});
	struct bytes vek = fake_cert(
		&amd, &(struct fake_cert){
			      .issuer = "SEV-Genoa", .subject = "SEV-VCEK", .signer = amd.ask});
	struct roots roots;
	struct chain chain;
	size_t n;

	(void)state;
	assert_int_equal(roots_init(&roots), 0);
	assert_int_equal(roots_add(&roots, bytes_view(&ark), NULL), 0);
	roots.item[ROOTS_BUILTIN].pins_intermediates = true;
	assert_int_equal(
		crypto_hash(CRYPTO_SHA256, bytes_view(&ask), roots.item[ROOTS_BUILTIN].ask_sha256),
		0);
	assert_true(roots_pin(&roots, roots.item[ROOTS_BUILTIN].ask_sha256));
	assert_false(roots_pin(&roots, roots.item[ROOTS_BUILTIN].sha256));
	assert_int_equal(add(set, bytes_view(&vek), &n), 0);
	assert_int_equal(add(set, bytes_view(&newer), &n), 0);
	assert_int_equal(chain_build(&chain, endorsements_cert(set, 0), set, &roots, FAKE_AT), 0);
	assert_int_equal(chain.state, CHAIN_UNPINNED_INTERMEDIATE);
	assert_non_null(chain.root);
	assert_int_equal(add(set, bytes_view(&ask), &n), 0);
	assert_int_equal(chain_build(&chain, endorsements_cert(set, 0), set, &roots, FAKE_AT), 0);
	assert_int_equal(chain.state, CHAIN_COMPLETE);
	roots_fini(&roots);
	endorsements_free(set);
	bytes_free(&vek);
	bytes_free(&newer);
}

static int setup(void **state)
{
	(void)state;
	fake_amd_init(&amd);
	ark = fake_cert(&amd, &(struct fake_cert){.issuer = "ARK-Genoa",
				      .subject = "ARK-Genoa",
				      .serial = 1,
				      .key = amd.ark,
				      .signer = amd.ark,
				      .ca = true,
				      .path_len = 1});
	ask = fake_cert(&amd, &(struct fake_cert){.issuer = "ARK-Genoa",
				      .subject = "SEV-Genoa",
				      .serial = 2,
				      .key = amd.ask,
				      .signer = amd.ark,
				      .ca = true});
	crl = fake_crl(&(struct fake_crl){
		"ARK-Genoa", amd.ark, FAKE_FROM, FAKE_TO, NULL, 0, false, false});
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	bytes_free(&ark);
	bytes_free(&ask);
	bytes_free(&crl);
	fake_amd_fini(&amd);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recognises_nothing_in_foreign_bytes),
		cmocka_unit_test(names_only_self_issued_certificates_as_roots),
		cmocka_unit_test(is_full_at_its_limit_and_stays_usable),
		cmocka_unit_test(is_full_by_bytes_too),
		cmocka_unit_test(finds_the_chain_behind_any_number_of_look_alikes),
		cmocka_unit_test(keeps_neither_look_alikes_of_roots_nor_forged_intermediates),
		cmocka_unit_test(
			prefers_the_pinned_intermediate_and_says_when_there_is_only_another),
		cmocka_unit_test(keeps_each_piece_once),
		cmocka_unit_test(reads_a_pem_bundle_and_leaves_out_its_broken_pieces),
		cmocka_unit_test(reads_a_certificate_table_whatever_it_calls_its_entries),
		cmocka_unit_test(has_the_roots_of_both_vendors_built_in),
		cmocka_unit_test(has_the_intermediates_of_amd_pinned_below_their_own_root),
		cmocka_unit_test(finds_the_chain_among_look_alikes),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
