/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One VEK against one report: kind of key, product, chain, root, windows, TCB, chip, signature.
 * Each is one check; none of them is skipped because another failed.
 */
#include <stdio.h>

#include "attest/endorse/der.h"
#include "attest/verify/links.h"
#include "attest/verify/snp.h"
#include "common/hex.h"

static void check_vek(const struct vek *vek, struct verdict *v)
{
	struct check *check = verdict_add(v, "snp.vek", CHECK_PASS);

	check_set_found(check, "%s, %s%s%s", vek->kind == VEK_VCEK ? "VCEK" : "VLEK",
		vek->product_name, vek->csp_id[0] ? ", " : "", vek->csp_id);
	memcpy(v->claims.snp.product_name, vek->product_name, sizeof(vek->product_name));
	memcpy(v->claims.snp.csp_id, vek->csp_id, sizeof(vek->csp_id));
	v->claims.snp.has_endorsement_key =
		!crypto_hash(CRYPTO_SHA256, vek->cert->spki, v->claims.snp.endorsement_key_sha256);
}

/*
 * VLEKs come from an ASVK, VCEKs from an ASK: a pin tells which it is; elsewhere AMD's names do.
 */
static bool from_asvk(const struct chain *chain)
{
	char name[64] = "";

	if (chain->state == CHAIN_COMPLETE && chain->root->pins_intermediates)
		return !memcmp(chain->intermediate->sha256, chain->root->asvk_sha256, 32);
	if (chain->intermediate)
		x509_common_name(chain->intermediate->subject, name, sizeof(name));
	return !strncmp(name, "SEV-VLEK", 8);
}

static void check_signing_key(const struct vek *vek, const struct chain *chain, struct verdict *v)
{
	bool vlek = v->claims.snp.signing_key == SNP_SIGNING_KEY_VLEK;
	bool good = v->claims.snp.signing_key <= SNP_SIGNING_KEY_VLEK &&
		    vlek == (vek->kind == VEK_VLEK) &&
		    (!chain->intermediate || from_asvk(chain) == vlek);
	const char *kind = vek->kind == VEK_VLEK ? "VLEK" : "VCEK";
	struct check *check = verdict_add(v, "snp.signing_key", good ? CHECK_PASS : CHECK_FAIL);

	if (!chain->intermediate)
		check_set_found(check, "certificate is a %s", kind);
	else
		check_set_found(check, "certificate is a %s under an %s", kind,
			from_asvk(chain) ? "ASVK" : "ASK");
	check_set_expected(check, vlek ? N_("a VLEK under an ASVK") : N_("a VCEK under an ASK"));
}

static const char *product_text(enum snp_product product, const struct verdict *v)
{
	return product == SNP_PRODUCT_UNKNOWN ? verdict_text(v, N_("not known"))
					      : snp_product_name(product);
}

static void check_product(const struct vek *vek, const struct chain *chain, struct verdict *v)
{
	const struct snp_report *r = &v->claims.snp.report;
	enum snp_product told = r->has_cpuid ? snp_report_product(r) : vek->product;
	enum snp_product root = chain->root ? chain->root->product : SNP_PRODUCT_UNKNOWN;
	bool good = told != SNP_PRODUCT_UNKNOWN && told == vek->product &&
		    (root == SNP_PRODUCT_UNKNOWN || root == told);
	struct check *check = verdict_add(v, "snp.product", good ? CHECK_PASS : CHECK_FAIL);

	snp_set_product(&v->claims, told);
	check_set_found(check, "report %s, certificate %s, root %s",
		r->has_cpuid ? product_text(told, v) : verdict_text(v, N_("says nothing")),
		product_text(vek->product, v), product_text(root, v));
	check_set_expected(check, "one known product");
}

static void check_chain(const struct chain *chain, struct verdict *v)
{
	static const struct {
		enum check_outcome outcome;
		const char *found, *expected;
	} by_state[] = {
		[CHAIN_NO_INTERMEDIATE] = {CHECK_UNDECIDED,
			N_("no certificate of the VEK's issuer"), N_("its ASK or ASVK")},
		[CHAIN_BAD_LEAF_SIGNATURE] = {CHECK_FAIL,
			N_("the VEK is not signed by the ASK or ASVK given"),
			N_("a good signature")},
		[CHAIN_NO_ARK] = {CHECK_UNDECIDED,
			N_("no certificate of the issuer of ASK or ASVK"), N_("its ARK")},
		[CHAIN_BAD_INTERMEDIATE_SIGNATURE] = {CHECK_FAIL,
			N_("the ASK or ASVK is not signed by the ARK given, or that is no ARK"),
			N_("a good signature")},
		[CHAIN_UNKNOWN_ROOT] = {CHECK_PASS, "", ""},
		[CHAIN_UNPINNED_INTERMEDIATE] = {CHECK_PASS, "", ""},
		[CHAIN_COMPLETE] = {CHECK_PASS, "", ""},
	};
	bool lacks = by_state[chain->state].outcome == CHECK_UNDECIDED;
	struct check *check = verdict_add(v, "snp.chain", by_state[chain->state].outcome);
	char where[SNP_KDS_SIZE] = "";

	if (lacks)
		snp_kds_file(
			where, verdict_text(v, N_("; AMD's are at ")), &v->claims, "cert_chain");
	check_set_found(check, "%s", verdict_text(v, by_state[chain->state].found));
	check_set_expected(check, "%s%s", verdict_text(v, by_state[chain->state].expected), where);
}

static void check_root(const struct chain *chain, struct verdict *v)
{
	struct check *check;

	if (chain->state < CHAIN_UNKNOWN_ROOT) {
		verdict_add(v, "snp.root", CHECK_UNDECIDED);
		return;
	}
	check = verdict_add(v, "snp.root", chain->root ? CHECK_PASS : CHECK_FAIL);
	links_describe_root(chain, v, check);
}

/* A root that pins its ASK and ASVK vouches for no other, even one it has signed. */
static void check_intermediate(const struct chain *chain, struct verdict *v)
{
	enum check_outcome outcome = chain->state == CHAIN_COMPLETE ? CHECK_PASS
				     : chain->state == CHAIN_UNPINNED_INTERMEDIATE
					     ? CHECK_FAIL
					     : CHECK_UNDECIDED;
	struct check *check = verdict_add(v, "snp.intermediate", outcome);
	char hex[65], name[64];

	if (outcome == CHECK_PASS && !chain->root->pins_intermediates)
		check_set_found(
			check, "below a root that the caller named: only the root is pinned");
	if (outcome != CHECK_FAIL)
		return;
	hex_encode(hex, chain->intermediate->sha256, 32);
	x509_common_name(chain->intermediate->subject, name, sizeof(name));
	check_set_found(check, "%s, sha256:%s, signed by %s", name, hex, chain->root->name);
	hex_encode(hex, chain->root->ask_sha256, 32);
	check_set_expected(check,
		"the ASK sha256:%s or the ASVK of this program; a new one of AMD's "
		"needs a new program",
		hex);
}

/*
 * The subject of AMD's VEKs: the attributes of its issuer, byte for byte, and this common name for
 * the last one. The issuer's own name is pinned with its certificate.
 */
static bool is_vek_name(struct view subject, struct view issuer, const char cn[static 8])
{
	uint8_t last[] = {0x31, 17, 0x30, 15, 0x06, 3, 0x55, 4, 3, 0x0c, 8, 0, 0, 0, 0, 0, 0, 0, 0};
	struct view theirs, ours, content;
	uint8_t tag;

	memcpy(last + sizeof(last) - 8, cn, 8);
	if (!der_only(subject, DER_SEQUENCE, &subject) || !der_only(issuer, DER_SEQUENCE, &issuer))
		return false;
	do {
		if (!der_any(&subject, &tag, &content, &theirs) ||
			!der_any(&issuer, &tag, &content, &ours))
			return false;
		if (!issuer.len)
			ours = (struct view){last, sizeof(last)};
		if (!der_equal(theirs, ours))
			return false;
	} while (issuer.len);
	return !subject.len;
}

static void check_names(const struct vek *vek, const struct chain *chain, struct verdict *v)
{
	const char *cn = vek->kind == VEK_VLEK ? "SEV-VLEK" : "SEV-VCEK";
	struct check *check;
	char name[64];
	bool good;

	if (!chain->root) {
		verdict_add(v, "snp.names", CHECK_UNDECIDED);
		return;
	}
	if (!chain->root->pins_intermediates) {
		check = verdict_add(v, "snp.names", CHECK_PASS);
		check_set_found(check, "below a root that the caller named: names are its own");
		return;
	}
	good = is_vek_name(vek->cert->subject, vek->cert->issuer, cn);
	check = verdict_add(v, "snp.names", good ? CHECK_PASS : CHECK_FAIL);
	x509_common_name(vek->cert->subject, name, sizeof(name));
	if (!good)
		check_set_found(check, "subject with the common name \"%s\"", name);
	check_set_expected(check, "the issuer's name with the common name \"%s\"", cn);
}

static void check_validity(const struct chain *chain, struct verdict *v)
{
	const struct x509_cert *outside = chain_outside_window(chain, v->at);
	bool all = chain->intermediate && chain->ark;
	struct check *check = verdict_add(v, "snp.validity",
		outside ? CHECK_FAIL
		: all   ? CHECK_PASS
			: CHECK_UNDECIDED);

	if (outside)
		links_describe_window(outside, v, check);
}

static void describe_tcb(char *out, size_t cap, const struct snp_tcb *tcb)
{
	char fmc[24] = "";

	if (tcb->has_fmc)
		snprintf(fmc, sizeof(fmc), "fmc %u, ", tcb->fmc);
	snprintf(out, cap, "%sbootloader %u, tee %u, snp %u, microcode %u", fmc, tcb->bootloader,
		tcb->tee, tcb->snp, tcb->microcode);
}

static void check_tcb(const struct vek *vek, struct verdict *v)
{
	struct snp_tcb reported;
	struct check *check;
	char text[100];
	bool good;

	/* In the layout of the certificate's product: snp.product compares the products. */
	snp_tcb_decode(&reported, v->claims.snp.report.reported_tcb, vek->product);
	good = reported.reserved_zero && snp_tcb_at_least(&vek->tcb, &reported) &&
	       snp_tcb_at_least(&reported, &vek->tcb);
	check = verdict_add(v, "snp.tcb", good ? CHECK_PASS : CHECK_FAIL);
	describe_tcb(text, sizeof(text), &vek->tcb);
	check_set_found(check, "certificate: %s", text);
	describe_tcb(text, sizeof(text), &reported);
	check_set_expected(check, "report: %s%s", text,
		reported.reserved_zero ? "" : verdict_text(v, N_(", reserved bytes zero")));
}

static void check_chip_id(const struct vek *vek, struct verdict *v)
{
	const uint8_t *chip_id = v->claims.snp.report.chip_id;
	struct check *check;
	char hex[129];
	bool good;

	if (vek->kind == VEK_VLEK) {
		check = verdict_add(v, "snp.chip_id", CHECK_PASS);
		check_set_found(check, "a VLEK: it names a provider, not a chip");
		return;
	}
	good = vek->hwid_len && !memcmp(chip_id, vek->hwid, vek->hwid_len) &&
	       bytes_all_zero(chip_id + vek->hwid_len, SNP_CHIP_ID_SIZE - vek->hwid_len);
	check = verdict_add(v, "snp.chip_id", good ? CHECK_PASS : CHECK_FAIL);
	if (good)
		return;
	hex_encode(hex, vek->hwid, vek->hwid_len);
	check_set_found(check, "certificate: %s", hex);
	hex_encode(hex, chip_id, SNP_CHIP_ID_SIZE);
	check_set_expected(check, "report: %s", hex);
}

static int check_signature(const struct vek *vek, struct verdict *v)
{
	const struct snp_report *r = &v->claims.snp.report;
	uint8_t digest[SHA384_SIZE];
	int rc = r->signature_fits ? 0 : HC_ESIGNATURE;

	if (!rc)
		rc = crypto_digest(CRYPTO_SHA384, (struct view){r->raw, SNP_SIGNED_SIZE}, digest);
	if (!rc)
		rc = crypto_ecdsa_verify(
			&vek->cert->ec, digest, sizeof(digest), r->signature_r, r->signature_s);
	if (rc == HC_ENOMEM || rc == HC_EINTERNAL)
		return rc;
	verdict_add(v, "snp.signature", rc ? CHECK_FAIL : CHECK_PASS);
	return 0;
}

int snp_verify_with(const struct vek *vek, const struct chain *chain, struct verdict *v)
{
	check_vek(vek, v);
	check_signing_key(vek, chain, v);
	check_product(vek, chain, v);
	check_chain(chain, v);
	check_root(chain, v);
	check_intermediate(chain, v);
	check_names(vek, chain, v);
	check_validity(chain, v);
	check_tcb(vek, v);
	check_chip_id(vek, v);
	return check_signature(vek, v);
}
