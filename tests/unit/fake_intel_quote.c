/* SPDX-License-Identifier: Apache-2.0 */
/* TDX quotes as Intel's quoting enclave writes them, by keys of our own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "common/base64.h"
#include "common/hex.h"
#include "tests/unit/fake_intel.h"

static void text(struct bytes *out, const char *s)
{
	fake_append(out, s, strlen(s));
}

void fake_pem(struct bytes *out, const char *label, const struct bytes *der)
{
	char *b64 = malloc(base64_encoded_size(der->len));

	assert_non_null(b64);
	base64_encode(BASE64_STD, b64, der->data, der->len);
	text(out, "-----BEGIN ");
	text(out, label);
	text(out, "-----\n");
	for (size_t i = 0; i < strlen(b64); i += 64) {
		fake_append(out, b64 + i, strnlen(b64 + i, 64));
		text(out, "\n");
	}
	text(out, "-----END ");
	text(out, label);
	text(out, "-----\n");
	free(b64);
}

void fake_intel_quote_default(
	struct fake_intel_quote *out, const struct fake_intel *intel, uint16_t version)
{
	static const uint8_t svn[3] = {6, 1, 3},
			     qe_attributes[] = {0x11, 0, 0, 0, 0, 0, 0, 0, 0xe7};

	memset(out, 0, sizeof(*out));
	put_le16(out->header + TDX_OFF_VERSION, version);
	put_le16(out->header + TDX_OFF_ATT_KEY_TYPE, 2);
	put_le32(out->header + TDX_OFF_TEE_TYPE, 0x81);
	assert_int_equal(hex_decode(out->header + TDX_OFF_QE_VENDOR_ID, 16,
				 "939a7233f79c4ca9940a0db3957f0607", "vendor", NULL),
		0);
	out->body_type = version == 4 ? 2 : 3;
	memcpy(out->body + TDX_BODY_TEE_TCB_SVN, svn, sizeof(svn));
	memcpy(out->body + TDX_BODY_TEE_TCB_SVN2, svn, sizeof(svn));
	memset(out->body + TDX_BODY_MRSEAM, 0x5e, 48);
	put_le64(out->body + TDX_BODY_TDATTRIBUTES, 0x10000000);
	put_le64(out->body + TDX_BODY_XFAM, 0x0618e7);
	memset(out->body + TDX_BODY_MRTD, 0x4d, 48);
	memset(out->body + TDX_BODY_REPORTDATA, 0x44, 64);
	memcpy(out->qe_report + TDX_QE_ATTRIBUTES, qe_attributes, sizeof(qe_attributes));
	memset(out->qe_report + TDX_QE_MRENCLAVE, 0xe5, 32);
	assert_int_equal(hex_decode(out->qe_report + TDX_QE_MRSIGNER, 32,
				 "dc9e2a7c6f948f17474e34a7fc43ed030f7c1563f1babddf6340c82e0e54a8c5",
				 "mrsigner", NULL),
		0);
	put_le16(out->qe_report + TDX_QE_ISVPRODID, 2);
	put_le16(out->qe_report + TDX_QE_ISVSVN, 4);
	memset(out->qe_auth, 0xa7, sizeof(out->qe_auth));
	out->qe_auth_len = 32;
	out->cert_type = 5;
	out->attestation = intel->attestation;
	out->qe_signer = intel->pck;
}

static void le(struct bytes *out, uint64_t value, size_t size)
{
	uint8_t v[8];

	put_le64(v, value);
	fake_append(out, v, size);
}

static void signature(struct bytes *out, struct view data, const struct crypto_ec_key *key)
{
	uint8_t digest[SHA256_SIZE], rs[64];

	assert_int_equal(crypto_hash(CRYPTO_SHA256, data, digest), 0);
	assert_int_equal(crypto_ecdsa_sign(key, digest, sizeof(digest), rs, rs + 32), 0);
	fake_append(out, rs, sizeof(rs));
}

static size_t body_size(const struct fake_intel_quote *spec)
{
	switch (spec->body_type) {
	case 2:
		return TDX_BODY_TD10_SIZE;
	case 3:
		return TDX_BODY_TD15_SIZE;
	default:
		return TDX_BODY_TD15_EX_SIZE;
	}
}

static void attestation_key(uint8_t out[64], const struct fake_intel_quote *spec)
{
	const struct crypto_ec_key *key = spec->key_claimed ? spec->key_claimed : spec->attestation;
	struct crypto_ec_public pub;

	assert_int_equal(crypto_ec_public(key, &pub), 0);
	memcpy(out, pub.x, 32);
	memcpy(out + 32, pub.y, 32);
	if (spec->off_curve)
		out[63] ^= 1;
}

/* SHA-256(key || authentication data) and 32 zeros, unless told otherwise. */
static void bind(uint8_t report[TDX_QE_REPORT_SIZE], const uint8_t key[64],
	const struct fake_intel_quote *spec)
{
	struct bytes both = {0};

	memcpy(report, spec->qe_report, TDX_QE_REPORT_SIZE);
	if (spec->unbound)
		return;
	fake_append(&both, key, 64);
	if (spec->qe_auth_len)
		fake_append(&both, spec->qe_auth, spec->qe_auth_len);
	assert_int_equal(
		crypto_hash(CRYPTO_SHA256, bytes_view(&both), report + TDX_QE_REPORTDATA), 0);
	report[TDX_QE_REPORT_SIZE - 1] = spec->tail;
	bytes_free(&both);
}

/* Type 6: the QE's report, its signature, its authentication data, and what certifies it. */
static void qe_certification(
	struct bytes *out, const uint8_t key[64], const struct fake_intel_quote *spec)
{
	uint8_t report[TDX_QE_REPORT_SIZE];

	bind(report, key, spec);
	fake_append(out, report, sizeof(report));
	signature(out, (struct view){report, sizeof(report)}, spec->qe_signer);
	le(out, spec->qe_auth_len, 2);
	if (spec->qe_auth_len)
		fake_append(out, spec->qe_auth, spec->qe_auth_len);
	le(out, spec->cert_type, 2);
	le(out, spec->cert_data.len, 4);
	if (spec->cert_data.len)
		fake_append(out, spec->cert_data.data, spec->cert_data.len);
}

struct bytes fake_intel_quote(const struct fake_intel_quote *spec)
{
	struct bytes out = {0}, auth = {0}, inner = {0};
	uint8_t key[64];

	attestation_key(key, spec);
	fake_append(&out, spec->header, sizeof(spec->header));
	if (get_le16(spec->header) == 5) {
		le(&out, spec->body_type, 2);
		le(&out, spec->body_size ? spec->body_size : body_size(spec), 4);
	}
	fake_append(&out, spec->body, body_size(spec));
	signature(&auth, bytes_view(&out), spec->attestation);
	fake_append(&auth, key, sizeof(key));
	qe_certification(&inner, key, spec);
	le(&auth, 6, 2);
	le(&auth, inner.len, 4);
	fake_append(&auth, inner.data, inner.len);
	le(&out, auth.len, 4);
	fake_append(&out, auth.data, auth.len);
	if (spec->trailing_len)
		fake_append(&out, spec->trailing, spec->trailing_len);
	bytes_free(&auth);
	bytes_free(&inner);
	return out;
}
