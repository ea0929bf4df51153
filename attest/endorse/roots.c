/* SPDX-License-Identifier: Apache-2.0 */
/* Trust anchors: the vendors' fingerprints, and what the caller names. No root of tests or sim is
 * in here.
 */
#include "attest/endorse/roots.h"

#include <stdio.h>

#include "attest/endorse/der.h"
#include "attest/endorse/x509.h"
#include "common/hex.h"
#include "common/messages.h"

/*
 * SHA-256 of the DER of AMD's certificates as its KDS serves them, with the ASKs and ASVKs in use,
 * and of the Intel SGX Root CA as Intel's provisioning service does.
 */
static const struct {
	const char *name;
	enum snp_product product;
	const char *root, *ask, *asvk; /* NULL: pins none */
} builtin[] = {
	{"amd-milan", SNP_PRODUCT_MILAN,
		"69d063b45344d26a2e94e1f4210de49ef555308287d4c174445c95639a540bcd",
		"67d303bd3905fd38db8b20e0793699870e7fa612eaad5dec358293fd8c0bac1b",
		"c5e081f59b7efab1fe2f8b505e159704e72f29cab7ef7cf628a05a42439082f5"},
	{"amd-genoa", SNP_PRODUCT_GENOA,
		"4c6598d19c18719c5dfd4a7d335f674e5bfe1d8f800cea2cf270c10d103db2f1",
		"5464738c1546aed5f2cecf1dc98c5c960a92e8913238a61711bc90ec6e828521",
		"197e610743a917d6b9bb982a5a9226ccc0a15b611be0619e626aca9151457372"},
	{"amd-turin", SNP_PRODUCT_TURIN,
		"1f084161a44bb6d93778a904877d4819cafa5d05ef4193b2ded9dd9c73dd3f6a",
		"5b77ef5fe7a7a004fd9032668fba9d0fda22f88c4442069a479636a6ae3b3185",
		"104e10a8bd060a3c20a434261a57d0588fd65a88915b4f65b08bdecaf8df1a3c"},
	{"intel-sgx-root", SNP_PRODUCT_UNKNOWN,
		"44a0196b2b99f889b8e149e95b807a350e7424964399e885a7cbb8ccfab674d3", NULL, NULL},
};

_Static_assert(sizeof(builtin) / sizeof(builtin[0]) == ROOTS_BUILTIN, "as roots.h says");

int roots_init(struct roots *out)
{
	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < ROOTS_BUILTIN; i++) {
		struct root *root = &out->item[out->count++];

		snprintf(root->name, sizeof(root->name), "%s", builtin[i].name);
		root->product = builtin[i].product;
		root->builtin = true;
		root->pins_intermediates = builtin[i].ask;
		if (hex_decode(root->sha256, 32, builtin[i].root, "root", NULL))
			return HC_EINTERNAL;
		if (root->pins_intermediates &&
			(hex_decode(root->ask_sha256, 32, builtin[i].ask, "ASK", NULL) ||
				hex_decode(root->asvk_sha256, 32, builtin[i].asvk, "ASVK", NULL)))
			return HC_EINTERNAL;
	}
	return endorsements_new(&out->certs);
}

void roots_fini(struct roots *roots)
{
	endorsements_free(roots->certs);
	memset(roots, 0, sizeof(*roots));
}

const struct root *roots_find(const struct roots *roots, const uint8_t sha256[32])
{
	for (size_t i = 0; i < roots->count; i++)
		if (!memcmp(roots->item[i].sha256, sha256, 32))
			return &roots->item[i];
	return NULL;
}

static bool pinned_by(const struct root *root, const uint8_t sha256[32])
{
	return root->pins_intermediates &&
	       (!memcmp(root->ask_sha256, sha256, 32) || !memcmp(root->asvk_sha256, sha256, 32));
}

bool root_allows(const struct root *root, const uint8_t sha256[32])
{
	return !root->pins_intermediates || pinned_by(root, sha256);
}

bool roots_pin(const struct roots *roots, const uint8_t sha256[32])
{
	for (size_t i = 0; i < roots->count; i++)
		if (pinned_by(&roots->item[i], sha256))
			return true;
	return false;
}

/* The product that a name of AMD's form vouches for: "ARK-Milan". */
static enum snp_product product_of(const char *common_name)
{
	if (strncmp(common_name, "ARK-", 4))
		return SNP_PRODUCT_UNKNOWN;
	return snp_product_from_name(common_name + 4, strcspn(common_name + 4, " "));
}

static int add_root(struct roots *roots, const struct x509_cert *cert, struct error *err)
{
	static const char mark[] = ROOT_SIMULATED_MARK;
	struct root *root;
	char hex[65];

	if (roots_find(roots, cert->sha256))
		return 0;
	if (roots->count == ROOTS_MAX)
		return error_fail(err, HC_EBUSY, "roots", N_("more than %d roots"), ROOTS_MAX);
	root = &roots->item[roots->count++];
	hex_encode(hex, cert->sha256, 32);
	snprintf(root->name, sizeof(root->name), "sha256:%s", hex);
	x509_common_name(cert->subject, root->subject, sizeof(root->subject));
	memcpy(root->sha256, cert->sha256, 32);
	root->product = product_of(root->subject);
	root->simulated =
		memmem(cert->subject.data, cert->subject.len, mark, sizeof(mark) - 1) != NULL;
	return 0;
}

static int add_self_issued(struct roots *roots, const struct endorsements *given, struct error *err)
{
	size_t found = 0;
	int rc = 0;

	for (size_t i = 0; i < endorsements_cert_count(given) && !rc; i++) {
		const struct x509_cert *cert = endorsements_cert(given, i);

		if (!der_equal(cert->issuer, cert->subject))
			continue;
		found++;
		rc = endorsements_add(roots->certs, cert->der, NULL, err);
		if (!rc)
			rc = add_root(roots, cert, err);
	}
	if (!rc && !found)
		return error_fail(err, HC_EMISSING, "roots", N_("no self-issued certificate"));
	return rc;
}

int roots_add(struct roots *roots, struct view bytes, struct error *err)
{
	struct endorsements *given;
	int rc = endorsements_new(&given);

	if (rc)
		return error_fail(err, rc, "roots", N_("no memory"));
	rc = endorsements_add(given, bytes, NULL, err);
	if (!rc)
		rc = add_self_issued(roots, given, err);
	endorsements_free(given);
	return rc;
}
