/* SPDX-License-Identifier: Apache-2.0 */
/* The chain as it is told to people: what is missing, what is broken, and who vouches for the root.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "attest/verify/snp.h"

/* A Name with one common name, as DER (RFC 5280 section 4.1.2.4); `cn` of at most 80 bytes. */
struct name {
	uint8_t der[100];
	size_t len;
};

static struct view name_of(struct name *out, const char *cn)
{
	size_t n = strlen(cn);
	const uint8_t head[] = {0x30, (uint8_t)(n + 11), 0x31, (uint8_t)(n + 9), 0x30,
		(uint8_t)(n + 7), 0x06, 3, 0x55, 4, 3, 0x0c, (uint8_t)n};

	memcpy(out->der, head, sizeof(head));
	memcpy(out->der + sizeof(head), cn, n);
	out->len = sizeof(head) + n;
	return (struct view){out->der, out->len};
}

static struct verdict v;
static struct name names[3];
static struct x509_cert vek, ask, ark;
static struct root root;
static const uint8_t serial[] = {0x01, 0x00, 0x02};

static int start(void **state)
{
	(void)state;
	memset(&v, 0, sizeof(v));
	memset(&root, 0, sizeof(root));
	vek = (struct x509_cert){.subject = name_of(&names[0], "SEV-VCEK"),
		.not_before = 1,
		.not_after = 2,
		.sha256 = {0xaa}};
	ask = (struct x509_cert){
		.subject = name_of(&names[1], "SEV-Genoa"), .serial = {serial, sizeof(serial)}};
	ark = (struct x509_cert){.subject = name_of(&names[2], "ARK-Genoa")};
	return 0;
}

static void missing_certificates_have_a_place_and_nothing_else(void **state)
{
	const struct chain none = {0};

	(void)state;
	v.claims.snp.signing_key = SNP_SIGNING_KEY_VLEK;
	snp_links_fill(&none, &v);
	assert_int_equal(v.chain.count, 3);
	assert_string_equal(v.chain.link[0].kind, "VLEK");
	assert_string_equal(v.chain.link[1].kind, "ASVK");
	assert_string_equal(v.chain.link[2].kind, "ARK");
	for (size_t i = 0; i < 3; i++) {
		assert_false(v.chain.link[i].present);
		assert_int_equal(v.chain.link[i].signs, LINK_SIGNATURE_UNKNOWN);
		assert_int_equal(v.chain.link[i].anchor, LINK_ANCHOR_NONE);
	}
}

static void a_broken_link_is_where_the_signature_fails(void **state)
{
	struct chain chain = {CHAIN_BAD_LEAF_SIGNATURE, &vek, &ask, NULL, NULL};

	(void)state;
	verdict_add(&v, "snp.signature", CHECK_FAIL);
	snp_links_fill(&chain, &v);
	assert_int_equal(v.chain.link[0].signs, LINK_SIGNATURE_BAD);
	assert_int_equal(v.chain.link[1].signs, LINK_SIGNATURE_BAD);
	assert_int_equal(v.chain.link[2].signs, LINK_SIGNATURE_UNKNOWN);
	assert_false(v.chain.link[2].present);
	chain = (struct chain){CHAIN_BAD_INTERMEDIATE_SIGNATURE, &vek, &ask, &ark, NULL};
	snp_links_fill(&chain, &v);
	assert_int_equal(v.chain.link[1].signs, LINK_SIGNATURE_GOOD);
	assert_int_equal(v.chain.link[2].signs, LINK_SIGNATURE_BAD);
	assert_int_equal(v.chain.link[2].anchor, LINK_ANCHOR_UNKNOWN);
}

static void a_root_is_built_in_named_or_nobodys(void **state)
{
	struct chain chain = {CHAIN_UNKNOWN_ROOT, &vek, &ask, &ark, NULL};

	(void)state;
	verdict_add(&v, "snp.signature", CHECK_PASS);
	snp_links_fill(&chain, &v);
	assert_int_equal(v.chain.link[0].signs, LINK_SIGNATURE_GOOD);
	assert_int_equal(v.chain.link[2].signs, LINK_SIGNATURE_GOOD);
	assert_int_equal(v.chain.link[2].anchor, LINK_ANCHOR_UNKNOWN);
	chain.state = CHAIN_COMPLETE;
	chain.root = &root;
	snp_links_fill(&chain, &v);
	assert_int_equal(v.chain.link[2].anchor, LINK_ANCHOR_NAMED);
	root.builtin = true;
	snp_links_fill(&chain, &v);
	assert_int_equal(v.chain.link[2].anchor, LINK_ANCHOR_BUILTIN);
	assert_int_equal(v.chain.link[0].anchor, LINK_ANCHOR_NONE);
}

static void an_intermediate_is_pinned_where_its_root_pins_them(void **state)
{
	struct chain chain = {CHAIN_COMPLETE, &vek, &ask, &ark, &root};

	(void)state;
	snp_links_fill(&chain, &v);
	assert_int_equal(v.chain.link[1].anchor, LINK_ANCHOR_NONE);
	root.pins_intermediates = true;
	snp_links_fill(&chain, &v);
	assert_int_equal(v.chain.link[1].anchor, LINK_ANCHOR_BUILTIN);
	chain.state = CHAIN_UNPINNED_INTERMEDIATE;
	snp_links_fill(&chain, &v);
	assert_int_equal(v.chain.link[1].anchor, LINK_ANCHOR_UNKNOWN);
	assert_int_equal(v.chain.link[1].signs, LINK_SIGNATURE_GOOD);
}

static void names_serials_windows_and_fingerprints_are_the_certificates(void **state)
{
	const struct chain chain = {CHAIN_COMPLETE, &vek, &ask, &ark, &root};

	(void)state;
	snp_links_fill(&chain, &v);
	assert_string_equal(v.chain.link[0].name, "SEV-VCEK");
	assert_string_equal(v.chain.link[0].kind, "VCEK");
	assert_string_equal(v.chain.link[0].serial, "");
	assert_string_equal(v.chain.link[1].serial, "010002");
	assert_int_equal(v.chain.link[0].not_before, 1);
	assert_int_equal(v.chain.link[0].not_after, 2);
	assert_int_equal(v.chain.link[0].sha256[0], 0xaa);
	assert_string_equal(v.chain.link[2].name, "ARK-Genoa");
}

static void a_serial_longer_than_any_is_cut(void **state)
{
	static const uint8_t endless[200] = {0x5a};
	const struct chain chain = {CHAIN_COMPLETE, &vek, &ask, &ark, &root};

	(void)state;
	ask.serial = (struct view){endless, sizeof(endless)};
	snp_links_fill(&chain, &v);
	assert_int_equal(strlen(v.chain.link[1].serial), 64);
}

static void revocation_speaks_of_the_intermediate(void **state)
{
	const struct x509_crl endless = {.this_update = 5};
	const struct x509_crl list = {.this_update = 5, .next_update = 9, .has_next_update = true};
	const struct chain chain = {CHAIN_COMPLETE, &vek, &ask, &ark, &root};

	(void)state;
	snp_links_fill(&chain, &v);
	assert_true(v.chain.link[1].listed_by_crl);
	assert_false(v.chain.link[0].listed_by_crl);
	assert_false(v.chain.link[2].listed_by_crl);
	snp_links_revocation(REVOCATION_REVOKED, &list, &v);
	assert_int_equal(v.chain.link[1].revocation, REVOCATION_REVOKED);
	assert_int_equal(v.chain.link[1].list_to, 9);
	snp_links_revocation(REVOCATION_UNKNOWN, &endless, &v);
	assert_int_equal(v.chain.link[1].list_from, 5);
	assert_int_equal(v.chain.link[1].list_to, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(missing_certificates_have_a_place_and_nothing_else, start),
		cmocka_unit_test_setup(a_broken_link_is_where_the_signature_fails, start),
		cmocka_unit_test_setup(a_root_is_built_in_named_or_nobodys, start),
		cmocka_unit_test_setup(an_intermediate_is_pinned_where_its_root_pins_them, start),
		cmocka_unit_test_setup(
			names_serials_windows_and_fingerprints_are_the_certificates, start),
		cmocka_unit_test_setup(a_serial_longer_than_any_is_cut, start),
		cmocka_unit_test_setup(revocation_speaks_of_the_intermediate, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
