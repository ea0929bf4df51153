/* SPDX-License-Identifier: Apache-2.0 */
/* Writing DER, certificates, lists and reports for tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "attest/evidence/snp_report_abi.h"
#include "tests/unit/fake_amd.h"

#define RSA_BITS 3072

void fake_amd_init(struct fake_amd *amd)
{
	assert_int_equal(crypto_rsa_generate(&amd->ark, RSA_BITS), 0);
	assert_int_equal(crypto_rsa_generate(&amd->ask, RSA_BITS), 0);
	assert_int_equal(crypto_rsa_generate(&amd->other, RSA_BITS), 0);
	assert_int_equal(crypto_ec_generate(&amd->vek, CRYPTO_P384), 0);
}

void fake_amd_fini(struct fake_amd *amd)
{
	crypto_rsa_free(amd->ark);
	crypto_rsa_free(amd->ask);
	crypto_rsa_free(amd->other);
	crypto_ec_free(amd->vek);
}

static void pss_der(struct bytes *out, bool trailer, uint8_t salt)
{
	static const uint8_t oid[] = {0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10};
	static const uint8_t hash[] = {
		0x30, 13, 0x06, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2, 0x05, 0};
	static const uint8_t mgf1[] = {0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 8};
	const uint8_t salt_der[] = {0x02, 1, salt ? salt : 48};
	struct bytes alg = {0}, params = {0}, mgf = {0}, mgf_seq = {0};

	fake_append(&alg, oid, sizeof(oid));
	fake_der(&params, 0xa0, hash, sizeof(hash));
	fake_append(&mgf, mgf1, sizeof(mgf1));
	fake_append(&mgf, hash, sizeof(hash));
	fake_wrap(&mgf_seq, 0x30, &mgf);
	fake_wrap(&params, 0xa1, &mgf_seq);
	fake_der(&params, 0xa2, salt_der, sizeof(salt_der));
	if (trailer)
		fake_der(&params, 0xa3, "\x02\x01\x01", 3);
	fake_wrap(&alg, 0x30, &params);
	fake_wrap(out, 0x30, &alg);
}

static void rsa_spki(struct bytes *out, struct crypto_rsa_key *key)
{
	static const uint8_t alg[] = {
		0x30, 13, 0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 0x05, 0};
	struct bytes n = {0}, e = {0}, pair = {0}, seq = {0}, spki = {0};

	assert_int_equal(crypto_rsa_public(key, &n, &e), 0);
	fake_unsigned(&pair, n.data, n.len);
	fake_unsigned(&pair, e.data, e.len);
	fake_wrap(&seq, 0x30, &pair);
	fake_append(&spki, alg, sizeof(alg));
	fake_bits(&spki, seq.data, seq.len);
	fake_wrap(out, 0x30, &spki);
	bytes_free(&n);
	bytes_free(&e);
	bytes_free(&seq);
}

static void ec_spki(struct bytes *out, const struct crypto_ec_key *key)
{
	static const uint8_t alg[] = {0x30, 16, 0x06, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 0x06,
		5, 0x2b, 0x81, 4, 0, 0x22};
	struct crypto_ec_public pub;
	uint8_t point[97] = {4};
	struct bytes spki = {0};

	assert_int_equal(crypto_ec_public(key, &pub), 0);
	memcpy(point + 1, pub.x, 48);
	memcpy(point + 49, pub.y, 48);
	fake_append(&spki, alg, sizeof(alg));
	fake_bits(&spki, point, sizeof(point));
	fake_wrap(out, 0x30, &spki);
}

void fake_vek_extension(struct bytes *out, uint8_t a, uint8_t b, const void *value, size_t len)
{
	const uint8_t oid[] = {0x2b, 6, 1, 4, 1, 0x9c, 0x78, 1, a, b};

	fake_extension(out, oid, sizeof(oid) - (b ? 0 : 1), false, value, len);
}

void fake_vek_integer(struct bytes *out, uint8_t a, uint8_t b, unsigned int value)
{
	const uint8_t v[] = {0x02, 2, 0, (uint8_t)value}, small[] = {0x02, 1, (uint8_t)value};

	if (value >= 128)
		fake_vek_extension(out, a, b, v, sizeof(v));
	else
		fake_vek_extension(out, a, b, small, sizeof(small));
}

void fake_vek_extensions(struct bytes *out, const char *product, const uint8_t *hwid, size_t len)
{
	struct bytes text = {0};
	bool turin = !strcmp(product, "Turin");

	fake_vek_integer(out, 1, 0, turin);
	fake_der(&text, 0x16, product, strlen(product));
	fake_vek_extension(out, 2, 0, text.data, text.len);
	bytes_free(&text);
	if (turin)
		fake_vek_integer(out, 3, 9, 1);
	fake_vek_integer(out, 3, 1, 10);
	fake_vek_integer(out, 3, 2, 0);
	fake_vek_integer(out, 3, 3, 23);
	fake_vek_integer(out, 3, 8, 217);
	if (hwid)
		fake_vek_extension(out, 4, 0, hwid, len);
}

static void ca_extensions(struct bytes *out, const struct fake_cert *spec)
{
	const uint8_t with_len[] = {0x30, 6, 1, 1, 0xff, 2, 1, (uint8_t)spec->path_len};
	const uint8_t without[] = {0x30, 3, 1, 1, 0xff};
	static const uint8_t usage[] = {0x03, 2, 1, 0x06};

	if (spec->path_len >= 0)
		fake_extension(
			out, (const uint8_t *)"\x55\x1d\x13", 3, true, with_len, sizeof(with_len));
	else
		fake_extension(
			out, (const uint8_t *)"\x55\x1d\x13", 3, true, without, sizeof(without));
	if (!spec->no_usage)
		fake_extension(out, (const uint8_t *)"\x55\x1d\x0f", 3, true, usage, sizeof(usage));
}

/* SEQUENCE { tbs, algorithm, signature over tbs }. */
static struct bytes sign(struct bytes *tbs, struct crypto_rsa_key *key, bool trailer, uint8_t salt)
{
	struct bytes body = {0}, signature = {0}, out = {0};
	uint8_t digest[SHA384_SIZE];

	fake_wrap(&body, 0x30, tbs);
	assert_int_equal(crypto_sha384(digest, body.data, body.len), 0);
	assert_int_equal(crypto_rsa_pss_sign(key, CRYPTO_SHA384, digest, &signature), 0);
	pss_der(&body, trailer, salt);
	fake_bits(&body, signature.data, signature.len);
	fake_wrap(&out, 0x30, &body);
	bytes_free(&signature);
	return out;
}

static void attribute(struct bytes *out, uint8_t type, uint8_t tag, const char *text)
{
	struct bytes pair = {0}, seq = {0};
	const uint8_t oid[] = {0x55, 4, type};

	fake_der(&pair, 0x06, oid, sizeof(oid));
	fake_der(&pair, tag, text, strlen(text));
	fake_wrap(&seq, 0x30, &pair);
	fake_wrap(out, 0x31, &seq);
}

/* All of AMD's attributes, or the common name alone. */
static void name_der(struct bytes *out, const char *cn, bool full)
{
	struct bytes name = {0};

	if (!full) {
		fake_name(out, cn);
		return;
	}
	attribute(&name, 11, 0x0c, "Engineering");
	attribute(&name, 6, 0x13, "US");
	attribute(&name, 7, 0x0c, "Santa Clara");
	attribute(&name, 8, 0x0c, "CA");
	attribute(&name, 10, 0x0c, "Advanced Micro Devices");
	attribute(&name, 3, 0x0c, cn);
	fake_wrap(out, 0x30, &name);
}

struct bytes fake_cert(const struct fake_amd *amd, const struct fake_cert *spec)
{
	struct bytes tbs = {0}, validity = {0}, list = {0}, seq = {0};

	fake_der(&tbs, 0xa0, "\x02\x01\x02", 3);
	fake_der(&tbs, 0x02, &spec->serial, 1);
	pss_der(&tbs, spec->write_trailer, spec->salt);
	name_der(&tbs, spec->issuer, spec->full_names);
	fake_time(&validity, spec->from ? spec->from : FAKE_FROM);
	fake_time(&validity, spec->to ? spec->to : FAKE_TO);
	fake_wrap(&tbs, 0x30, &validity);
	name_der(&tbs, spec->subject, spec->full_names && !spec->short_subject);
	if (spec->key)
		rsa_spki(&tbs, spec->key);
	else
		ec_spki(&tbs, amd->vek);
	if (spec->ca)
		ca_extensions(&list, spec);
	if (spec->extensions)
		fake_append(&list, spec->extensions->data, spec->extensions->len);
	if (list.len) {
		fake_wrap(&seq, 0x30, &list);
		fake_wrap(&tbs, 0xa3, &seq);
	}
	return sign(&tbs, spec->signer, spec->write_trailer, spec->salt);
}

struct bytes fake_crl(const struct fake_crl *spec)
{
	struct bytes tbs = {0}, list = {0}, extensions = {0}, seq = {0};

	fake_der(&tbs, 0x02, "\x01", 1);
	pss_der(&tbs, false, 0);
	name_der(&tbs, spec->issuer, spec->full_names);
	fake_time(&tbs, spec->this_update);
	if (spec->next_update)
		fake_time(&tbs, spec->next_update);
	for (size_t i = 0; i < spec->serial_count; i++) {
		struct bytes entry = {0};

		fake_der(&entry, 0x02, &spec->serials[i], 1);
		fake_time(&entry, spec->this_update);
		fake_wrap(&list, 0x30, &entry);
	}
	if (list.len)
		fake_wrap(&tbs, 0x30, &list);
	fake_extension(
		&extensions, (const uint8_t *)"\x55\x1d\x14", 3, spec->critical, "\x02\x01\x01", 3);
	fake_wrap(&seq, 0x30, &extensions);
	fake_wrap(&tbs, 0xa0, &seq);
	return sign(&tbs, spec->signer, false, 0);
}

void fake_report(uint8_t report[SNP_REPORT_SIZE], uint32_t version)
{
	static const uint8_t tcb[8] = {10, 0, 0, 0, 0, 0, 23, 217};

	memset(report, 0, SNP_REPORT_SIZE);
	put_le32(report + SNP_OFF_VERSION, version);
	put_le64(report + SNP_OFF_POLICY, SNP_POLICY_RESERVED_ONE | SNP_POLICY_SMT);
	put_le32(report + SNP_OFF_SIGNATURE_ALGO, SNP_SIGNATURE_ECDSA_P384_SHA384);
	put_le64(report + SNP_OFF_PLATFORM_INFO, SNP_PLATFORM_ALIAS_CHECK_COMPLETE);
	memset(report + SNP_OFF_REPORT_DATA, 0x44, 64);
	memset(report + SNP_OFF_MEASUREMENT, 0x4d, 48);
	memset(report + SNP_OFF_REPORT_ID, 0x1d, 32);
	memset(report + SNP_OFF_REPORT_ID_MA, 0xff, 32);
	memcpy(report + SNP_OFF_CURRENT_TCB, tcb, 8);
	memcpy(report + SNP_OFF_REPORTED_TCB, tcb, 8);
	memcpy(report + SNP_OFF_COMMITTED_TCB, tcb, 8);
	memcpy(report + SNP_OFF_LAUNCH_TCB, tcb, 8);
	if (version >= 3) {
		report[SNP_OFF_CPUID_FAM_ID] = 0x19;
		report[SNP_OFF_CPUID_MOD_ID] = 0x11;
		report[SNP_OFF_CPUID_STEP] = 1;
	}
	for (size_t i = 0; i < SNP_CHIP_ID_SIZE; i++)
		report[SNP_OFF_CHIP_ID + i] = (uint8_t)(i + 1);
}

void fake_sign(const struct fake_amd *amd, uint8_t report[SNP_REPORT_SIZE])
{
	uint8_t digest[SHA384_SIZE], r[48], s[48];

	assert_int_equal(crypto_sha384(digest, report, SNP_SIGNED_SIZE), 0);
	assert_int_equal(crypto_ecdsa_sign(amd->vek, digest, sizeof(digest), r, s), 0);
	bytes_reverse(report + SNP_OFF_SIGNATURE_R, r, 48);
	bytes_reverse(report + SNP_OFF_SIGNATURE_S, s, 48);
}
