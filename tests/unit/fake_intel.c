/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates, lists and PCK extensions as Intel makes them, by keys of our own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/fake_intel.h"

static const uint8_t alg_der[] = {0x30, 10, 0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2};

void fake_intel_init(struct fake_intel *intel)
{
	struct crypto_ec_key **const keys[] = {&intel->root, &intel->ca, &intel->pck, &intel->tcb,
		&intel->attestation, &intel->other};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		assert_int_equal(crypto_ec_generate(keys[i], CRYPTO_P256), 0);
}

void fake_intel_fini(struct fake_intel *intel)
{
	crypto_ec_free(intel->root);
	crypto_ec_free(intel->ca);
	crypto_ec_free(intel->pck);
	crypto_ec_free(intel->tcb);
	crypto_ec_free(intel->attestation);
	crypto_ec_free(intel->other);
}

/* A key of another curve is written as what it is, for those who have to refuse it. */
static void spki_p384(struct bytes *out, const struct crypto_ec_public *pub)
{
	static const uint8_t alg[] = {0x30, 16, 0x06, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 0x06,
		5, 0x2b, 0x81, 4, 0, 0x22};
	uint8_t point[97] = {4};
	struct bytes seq = {0};

	memcpy(point + 1, pub->x, 48);
	memcpy(point + 49, pub->y, 48);
	fake_append(&seq, alg, sizeof(alg));
	fake_bits(&seq, point, sizeof(point));
	fake_wrap(out, 0x30, &seq);
}

static void spki(struct bytes *out, const struct crypto_ec_key *key)
{
	static const uint8_t alg[] = {0x30, 19, 0x06, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 0x06,
		8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7};
	struct crypto_ec_public pub;
	uint8_t point[65] = {4};
	struct bytes seq = {0};

	assert_int_equal(crypto_ec_public(key, &pub), 0);
	if (pub.curve == CRYPTO_P384) {
		spki_p384(out, &pub);
		return;
	}
	memcpy(point + 1, pub.x, 32);
	memcpy(point + 33, pub.y, 32);
	fake_append(&seq, alg, sizeof(alg));
	fake_bits(&seq, point, sizeof(point));
	fake_wrap(out, 0x30, &seq);
}

/* INTEGER of 32 bytes, leading zeros taken off. */
static void integer(struct bytes *out, const uint8_t *v)
{
	size_t zeros = 0;

	while (zeros < 31 && !v[zeros])
		zeros++;
	fake_unsigned(out, v + zeros, 32 - zeros);
}

struct bytes fake_intel_sign(struct bytes *tbs_content, const struct crypto_ec_key *signer)
{
	struct bytes body = {0}, pair = {0}, seq = {0}, out = {0};
	uint8_t digest[SHA256_SIZE], r[32], s[32];

	fake_wrap(&body, 0x30, tbs_content);
	assert_int_equal(crypto_hash(CRYPTO_SHA256, bytes_view(&body), digest), 0);
	assert_int_equal(crypto_ecdsa_sign(signer, digest, sizeof(digest), r, s), 0);
	fake_append(&body, alg_der, sizeof(alg_der));
	integer(&pair, r);
	integer(&pair, s);
	fake_wrap(&seq, 0x30, &pair);
	fake_bits(&body, seq.data, seq.len);
	bytes_free(&seq);
	fake_wrap(&out, 0x30, &body);
	return out;
}

static void usual_extensions(struct bytes *out, const struct fake_intel_cert *spec)
{
	const uint8_t with_len[] = {0x30, 6, 1, 1, 0xff, 2, 1, (uint8_t)spec->path_len};
	const uint8_t without_len[] = {0x30, 3, 1, 1, 0xff}, no_ca[] = {0x30, 0};
	uint8_t bits = spec->usage ? spec->usage : spec->ca ? 0x06 : 0xc0;
	const uint8_t usage[] = {0x03, 2, (uint8_t)__builtin_ctz(bits), bits};
	const uint8_t *basic = !spec->ca ? no_ca : spec->path_len < 0 ? without_len : with_len;
	size_t len = basic[1] + 2U;

	if (!spec->no_usage)
		fake_extension(out, (const uint8_t *)"\x55\x1d\x0f", 3, true, usage, sizeof(usage));
	fake_extension(out, (const uint8_t *)"\x55\x1d\x13", 3, true, basic, len);
	if (spec->extensions)
		fake_append(out, spec->extensions->data, spec->extensions->len);
}

struct bytes fake_intel_cert(const struct fake_intel_cert *spec)
{
	struct bytes tbs = {0}, validity = {0}, list = {0}, seq = {0};

	fake_der(&tbs, 0xa0, "\x02\x01\x02", 3);
	fake_der(&tbs, 0x02, &spec->serial, 1);
	fake_append(&tbs, alg_der, sizeof(alg_der));
	fake_name(&tbs, spec->issuer);
	fake_time(&validity, spec->from ? spec->from : FAKE_INTEL_FROM);
	fake_time(&validity, spec->to ? spec->to : FAKE_INTEL_TO);
	fake_wrap(&tbs, 0x30, &validity);
	fake_name(&tbs, spec->subject);
	spki(&tbs, spec->key);
	usual_extensions(&list, spec);
	fake_wrap(&seq, 0x30, &list);
	fake_wrap(&tbs, 0xa3, &seq);
	return fake_intel_sign(&tbs, spec->signer);
}

static void revoked_entry(struct bytes *list, const uint8_t *serial, size_t len)
{
	struct bytes entry = {0}, extensions = {0};

	fake_unsigned(&entry, serial, len);
	fake_time(&entry, FAKE_INTEL_FROM);
	fake_extension(&extensions, (const uint8_t *)"\x55\x1d\x15", 3, false, "\x0a\x01\x01", 3);
	fake_wrap(&entry, 0x30, &extensions);
	fake_wrap(list, 0x30, &entry);
}

static void revoked_list(struct bytes *tbs, const struct fake_intel_crl *spec)
{
	struct bytes list = {0};
	uint8_t filler[20] = {0x5a};

	for (size_t i = 0; i < spec->filler; i++) {
		put_be32(filler + 16, (uint32_t)i);
		revoked_entry(&list, filler, sizeof(filler));
	}
	for (size_t i = 0; i < spec->serial_count; i++)
		revoked_entry(&list, &spec->serials[i], 1);
	if (list.len)
		fake_wrap(tbs, 0x30, &list);
}

struct bytes fake_intel_crl(const struct fake_intel_crl *spec)
{
	const uint8_t number[] = {0x02, 1, spec->number ? spec->number : 1};
	struct bytes tbs = {0}, extensions = {0}, seq = {0};

	fake_der(&tbs, 0x02, "\x01", 1);
	fake_append(&tbs, alg_der, sizeof(alg_der));
	fake_name(&tbs, spec->issuer);
	fake_time(&tbs, spec->this_update ? spec->this_update : FAKE_INTEL_AT - 86400);
	if (spec->next_update >= 0)
		fake_time(&tbs, spec->next_update ? spec->next_update : FAKE_INTEL_AT + 29 * 86400);
	revoked_list(&tbs, spec);
	if (!spec->no_number)
		fake_extension(&extensions, (const uint8_t *)"\x55\x1d\x14", 3, spec->critical,
			number, sizeof(number));
	fake_extension(&extensions, (const uint8_t *)"\x55\x1d\x23", 3, false,
		"\x30\x04\x80\x02\x01\x02", 6);
	fake_wrap(&seq, 0x30, &extensions);
	fake_wrap(&tbs, 0xa0, &seq);
	return fake_intel_sign(&tbs, spec->signer);
}

void fake_pck_default(struct fake_pck *out, enum pck_ca ca)
{
	static const uint8_t svn[PCK_SVN_COUNT] = {4, 4, 2, 2, 4, 1, 0, 5};

	memset(out, 0, sizeof(*out));
	out->pck.ca = ca;
	memset(out->pck.ppid, 0xd2, sizeof(out->pck.ppid));
	memcpy(out->pck.svn, svn, sizeof(svn));
	memcpy(out->pck.cpusvn, svn, sizeof(svn));
	out->pck.pcesvn = 300;
	memcpy(out->pck.fmspc, "\xb0\xc0\x6f\x00\x00\x00", 6);
	out->pck.sgx_type = PCK_SGX_SCALABLE;
	if (ca != PCK_CA_PLATFORM) {
		out->omit = 3U << 6;
		return;
	}
	out->pck.has_piid = true;
	memset(out->pck.piid, 0x36, sizeof(out->pck.piid));
	out->pck.dynamic_platform = PCK_FLAG_TRUE;
	out->pck.cached_keys = PCK_FLAG_FALSE;
	out->pck.smt_enabled = PCK_FLAG_TRUE;
}

/* { OID 1.2.840.113741.1.13.1.a[.b], value } */
static void pair(struct bytes *out, uint8_t a, uint8_t b, struct bytes *value)
{
	const uint8_t oid[] = {0x2a, 0x86, 0x48, 0x86, 0xf8, 0x4d, 0x01, 0x0d, 0x01, a, b};
	struct bytes seq = {0};

	fake_der(&seq, 0x06, oid, sizeof(oid) - (b ? 0 : 1));
	fake_append(&seq, value->data, value->len);
	bytes_free(value);
	fake_wrap(out, 0x30, &seq);
}

static void octets_pair(struct bytes *out, uint8_t a, uint8_t b, const uint8_t *v, size_t len)
{
	struct bytes value = {0};

	fake_der(&value, 0x04, v, len);
	pair(out, a, b, &value);
}

static void tcb(struct bytes *out, const struct fake_pck *spec)
{
	const uint8_t pcesvn[] = {(uint8_t)(spec->pck.pcesvn >> 8), (uint8_t)spec->pck.pcesvn};
	struct bytes list = {0}, value = {0};

	for (uint8_t n = 1; n <= 18; n++) {
		if (spec->omit_tcb & 1U << n)
			continue;
		if (n == 18) {
			octets_pair(&list, 2, n, spec->pck.cpusvn, 16);
			continue;
		}
		if (n == 17)
			fake_unsigned(&value, pcesvn + !pcesvn[0], 2U - !pcesvn[0]);
		else
			fake_unsigned(&value, &spec->pck.svn[n - 1], 1);
		pair(&list, 2, n, &value);
	}
	fake_wrap(&value, 0x30, &list);
	pair(out, 2, 0, &value);
}

static void configuration(struct bytes *out, const struct pck *pck)
{
	const enum pck_flag flags[] = {pck->dynamic_platform, pck->cached_keys, pck->smt_enabled};
	struct bytes list = {0}, value = {0};

	for (uint8_t i = 0; i < 3; i++) {
		if (flags[i] == PCK_FLAG_UNKNOWN)
			continue;
		fake_der(&value, 0x01, flags[i] == PCK_FLAG_TRUE ? "\xff" : "\0", 1);
		pair(&list, 7, (uint8_t)(i + 1), &value);
	}
	fake_wrap(&value, 0x30, &list);
	pair(out, 7, 0, &value);
}

static void part(struct bytes *list, uint8_t n, const struct fake_pck *spec)
{
	const uint8_t sgx_type[] = {0x0a, 1, (uint8_t)spec->pck.sgx_type};
	struct bytes value = {0};

	switch (n) {
	case 1:
		octets_pair(list, n, 0, spec->pck.ppid, 16);
		break;
	case 2:
		tcb(list, spec);
		break;
	case 3:
		octets_pair(list, n, 0, spec->pck.pceid, 2);
		break;
	case 4:
		octets_pair(list, n, 0, spec->pck.fmspc, 6);
		break;
	case 5:
		fake_append(&value, sgx_type, sizeof(sgx_type));
		pair(list, n, 0, &value);
		break;
	case 6:
		octets_pair(list, n, 0, spec->pck.piid, 16);
		break;
	default:
		configuration(list, &spec->pck);
		break;
	}
}

void fake_pck_extension(struct bytes *out, const struct fake_pck *spec)
{
	static const uint8_t oid[] = {0x2a, 0x86, 0x48, 0x86, 0xf8, 0x4d, 0x01, 0x0d, 0x01};
	struct bytes list = {0}, seq = {0};

	for (uint8_t n = 1; n <= 7; n++) {
		if (!(spec->omit & 1U << n))
			part(&list, n, spec);
		if (spec->repeat == n)
			part(&list, n, spec);
	}
	fake_wrap(&seq, 0x30, &list);
	fake_extension(out, oid, sizeof(oid), false, seq.data, seq.len);
	bytes_free(&seq);
}
