/* SPDX-License-Identifier: Apache-2.0 */
/* Trust anchors: the vendors' fingerprints, and what the caller names. No root of tests or sim is
 * in here.
 */
#include "attest/endorse/roots.h"

#include <stdio.h>

#include "attest/endorse/der.h"
#include "attest/endorse/x509.h"
#include "common/hex.h"

/*
 * SHA-256 of the DER of ARK-Milan, ARK-Genoa and ARK-Turin as AMD's KDS serves them, and of the
 * Intel SGX Root CA as Intel's provisioning service does.
 */
static const struct {
	const char *name, *sha256;
	enum snp_product product;
} builtin[] = {
	{"amd-milan", "69d063b45344d26a2e94e1f4210de49ef555308287d4c174445c95639a540bcd",
		SNP_PRODUCT_MILAN},
	{"amd-genoa", "4c6598d19c18719c5dfd4a7d335f674e5bfe1d8f800cea2cf270c10d103db2f1",
		SNP_PRODUCT_GENOA},
	{"amd-turin", "1f084161a44bb6d93778a904877d4819cafa5d05ef4193b2ded9dd9c73dd3f6a",
		SNP_PRODUCT_TURIN},
	{"intel-sgx-root", "44a0196b2b99f889b8e149e95b807a350e7424964399e885a7cbb8ccfab674d3",
		SNP_PRODUCT_UNKNOWN},
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
		if (hex_decode(root->sha256, 32, builtin[i].sha256, builtin[i].name, NULL))
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
		return error_fail(err, HC_EBUSY, "roots", "more than %d roots", ROOTS_MAX);
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
		return error_fail(err, HC_EMISSING, "roots", "no self-issued certificate");
	return rc;
}

int roots_add(struct roots *roots, struct view bytes, struct error *err)
{
	struct endorsements *given;
	int rc = endorsements_new(&given);

	if (rc)
		return error_fail(err, rc, "roots", "no memory");
	rc = endorsements_add(given, bytes, NULL, err);
	if (!rc)
		rc = add_self_issued(roots, given, err);
	endorsements_free(given);
	return rc;
}
