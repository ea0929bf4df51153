/* SPDX-License-Identifier: Apache-2.0 */
/* See sim_x509.h. Writes no name without SIM_PKI_NAME in it. */
#include "vmm/sim/sim_x509.h"

#include <stdio.h>

#define SALT_LEN 48

static void hash_algorithm(struct sim_der *der)
{
	size_t seq = sim_der_open(der, DER_SEQUENCE);

	sim_der_oid(der, "2.16.840.1.101.3.4.2.2"); /* SHA-384 */
	sim_der_put(der, DER_NULL, NULL, 0);
	sim_der_close(der, seq);
}

/* RSASSA-PSS-params (RFC 4055, 3.1). trailerField is left out, as AMD does since 2024. */
static void signature_algorithm(struct sim_der *der)
{
	size_t outer = sim_der_open(der, DER_SEQUENCE), params, part, mgf;

	sim_der_oid(der, "1.2.840.113549.1.1.10");
	params = sim_der_open(der, DER_SEQUENCE);
	part = sim_der_open(der, DER_CONTEXT(0));
	hash_algorithm(der);
	sim_der_close(der, part);
	part = sim_der_open(der, DER_CONTEXT(1));
	mgf = sim_der_open(der, DER_SEQUENCE);
	sim_der_oid(der, "1.2.840.113549.1.1.8");
	hash_algorithm(der);
	sim_der_close(der, mgf);
	sim_der_close(der, part);
	part = sim_der_open(der, DER_CONTEXT(2));
	sim_der_uint(der, SALT_LEN);
	sim_der_close(der, part);
	sim_der_close(der, params);
	sim_der_close(der, outer);
}

static void name_part(struct sim_der *der, const char *oid, uint8_t tag, const char *text)
{
	size_t set = sim_der_open(der, DER_SET), seq = sim_der_open(der, DER_SEQUENCE);

	sim_der_oid(der, oid);
	sim_der_text(der, tag, text);
	sim_der_close(der, seq);
	sim_der_close(der, set);
}

/* The parts and their order are AMD's. */
static void name(struct sim_der *der, const char *role)
{
	size_t seq = sim_der_open(der, DER_SEQUENCE);
	char cn[64 + 1];

	snprintf(cn, sizeof(cn), "%s - %s", role, SIM_PKI_NAME);
	name_part(der, "2.5.4.11", DER_UTF8, SIM_PKI_NAME);
	name_part(der, "2.5.4.6", DER_PRINTABLE, "FR");
	name_part(der, "2.5.4.7", DER_UTF8, "Nowhere");
	name_part(der, "2.5.4.8", DER_UTF8, "Simulated");
	name_part(der, "2.5.4.10", DER_UTF8, SIM_PKI_NAME);
	name_part(der, "2.5.4.3", DER_UTF8, cn);
	sim_der_close(der, seq);
}

static void validity(struct sim_der *der, int64_t from, int64_t to)
{
	size_t seq = sim_der_open(der, DER_SEQUENCE);

	sim_der_time(der, from);
	sim_der_time(der, to);
	sim_der_close(der, seq);
}

static void bits(struct sim_der *der, const void *data, size_t len)
{
	static const uint8_t unused;
	size_t mark = sim_der_open(der, DER_BITS);

	sim_der_raw(der, &unused, 1);
	sim_der_raw(der, data, len);
	sim_der_close(der, mark);
}

/* SEQUENCE { tbs, algorithm, signature }; takes `tbs` over. */
static int seal(struct bytes *out, struct sim_der *tbs, struct crypto_rsa_key *key)
{
	struct sim_der whole = {0};
	struct bytes signature = {0};
	uint8_t digest[SHA384_SIZE];
	size_t seq;
	int ret = tbs->code;

	if (ret == 0)
		ret = crypto_sha384(digest, tbs->out.data, tbs->out.len);
	if (ret == 0)
		ret = crypto_rsa_pss_sign(key, CRYPTO_SHA384, digest, &signature);
	if (ret == 0) {
		seq = sim_der_open(&whole, DER_SEQUENCE);
		sim_der_raw(&whole, tbs->out.data, tbs->out.len);
		signature_algorithm(&whole);
		bits(&whole, signature.data, signature.len);
		sim_der_close(&whole, seq);
		ret = whole.code;
	}
	if (ret == 0)
		ret = bytes_append(out, whole.out.data, whole.out.len);
	bytes_free(&signature);
	bytes_free(&whole.out);
	bytes_free(&tbs->out);
	return ret;
}

int sim_x509_certificate(
	struct bytes *out, const struct sim_x509_cert *cert, struct crypto_rsa_key *key)
{
	struct sim_der der = {0};
	size_t tbs = sim_der_open(&der, DER_SEQUENCE), part, list;

	part = sim_der_open(&der, DER_CONTEXT(0));
	sim_der_uint(&der, 2); /* version 3 */
	sim_der_close(&der, part);
	sim_der_uint(&der, cert->serial);
	signature_algorithm(&der);
	name(&der, cert->issuer);
	validity(&der, cert->not_before, cert->not_after);
	name(&der, cert->subject);
	sim_der_raw(&der, cert->spki.data, cert->spki.len);
	part = sim_der_open(&der, DER_CONTEXT(3));
	list = sim_der_open(&der, DER_SEQUENCE);
	cert->extensions(&der, cert->ctx);
	sim_der_close(&der, list);
	sim_der_close(&der, part);
	sim_der_close(&der, tbs);
	return seal(out, &der, key);
}

int sim_x509_crl(struct bytes *out, const char *issuer, int64_t this_update, int64_t next_update,
	const uint8_t key_id[20], struct crypto_rsa_key *key)
{
	static const uint8_t number[] = {DER_INTEGER, 1, 1};
	struct sim_der der = {0};
	size_t tbs = sim_der_open(&der, DER_SEQUENCE), part, list;

	sim_der_uint(&der, 1); /* version 2 */
	signature_algorithm(&der);
	name(&der, issuer);
	sim_der_time(&der, this_update);
	sim_der_time(&der, next_update);
	part = sim_der_open(&der, DER_CONTEXT(0));
	list = sim_der_open(&der, DER_SEQUENCE);
	sim_x509_authority_key(&der, key_id);
	sim_x509_plain(&der, "2.5.29.20", number, sizeof(number));
	sim_der_close(&der, list);
	sim_der_close(&der, part);
	sim_der_close(&der, tbs);
	return seal(out, &der, key);
}

static int finish_spki(struct bytes *out, struct sim_der *der)
{
	int ret = der->code;

	if (ret == 0)
		ret = bytes_append(out, der->out.data, der->out.len);
	bytes_free(&der->out);
	return ret;
}

/* RFC 8017 A.1.1 in RFC 5280 4.1.2.7 */
int sim_x509_rsa_spki(struct bytes *out, const struct crypto_rsa_key *key)
{
	struct bytes modulus = {0}, exponent = {0};
	struct sim_der inner = {0}, der = {0};
	size_t seq, part;
	int ret = crypto_rsa_public(key, &modulus, &exponent);

	if (ret == 0) {
		seq = sim_der_open(&inner, DER_SEQUENCE);
		sim_der_big(&inner, modulus.data, modulus.len);
		sim_der_big(&inner, exponent.data, exponent.len);
		sim_der_close(&inner, seq);
		ret = inner.code;
	}
	bytes_free(&modulus);
	bytes_free(&exponent);
	if (ret == 0) {
		seq = sim_der_open(&der, DER_SEQUENCE);
		part = sim_der_open(&der, DER_SEQUENCE);
		sim_der_oid(&der, "1.2.840.113549.1.1.1");
		sim_der_put(&der, DER_NULL, NULL, 0);
		sim_der_close(&der, part);
		bits(&der, inner.out.data, inner.out.len);
		sim_der_close(&der, seq);
		ret = finish_spki(out, &der);
	}
	bytes_free(&inner.out);
	return ret;
}

/* RFC 5480, 2: P-384, uncompressed */
int sim_x509_ec_spki(struct bytes *out, const struct crypto_ec_key *key)
{
	struct crypto_ec_public pub;
	struct sim_der der = {0};
	uint8_t point[97] = {4};
	size_t seq, part;
	int ret = crypto_ec_public(key, &pub);

	if (ret)
		return ret;
	memcpy(point + 1, pub.x, 48);
	memcpy(point + 49, pub.y, 48);
	seq = sim_der_open(&der, DER_SEQUENCE);
	part = sim_der_open(&der, DER_SEQUENCE);
	sim_der_oid(&der, "1.2.840.10045.2.1");
	sim_der_oid(&der, "1.3.132.0.34");
	sim_der_close(&der, part);
	bits(&der, point, sizeof(point));
	sim_der_close(&der, seq);
	return finish_spki(out, &der);
}

int sim_x509_key_id(uint8_t out[20], struct view spki)
{
	uint8_t digest[SHA256_SIZE];
	int ret = crypto_hash(CRYPTO_SHA256, spki, digest);

	if (ret == 0)
		memcpy(out, digest, 20);
	return ret;
}

static void extension(
	struct sim_der *der, const char *oid, bool critical, const void *value, size_t len)
{
	static const uint8_t yes = 0xff;
	size_t seq = sim_der_open(der, DER_SEQUENCE);

	sim_der_oid(der, oid);
	if (critical)
		sim_der_put(der, DER_BOOLEAN, &yes, 1);
	sim_der_put(der, DER_OCTETS, value, len);
	sim_der_close(der, seq);
}

void sim_x509_plain(struct sim_der *der, const char *oid, const void *value, size_t len)
{
	extension(der, oid, false, value, len);
}

void sim_x509_ca(struct sim_der *der, bool path_len_zero)
{
	static const uint8_t ca[] = {DER_SEQUENCE, 3, DER_BOOLEAN, 1, 0xff};
	static const uint8_t zero[] = {DER_SEQUENCE, 6, DER_BOOLEAN, 1, 0xff, DER_INTEGER, 1, 0};

	if (path_len_zero)
		extension(der, "2.5.29.19", true, zero, sizeof(zero));
	else
		extension(der, "2.5.29.19", true, ca, sizeof(ca));
}

void sim_x509_key_usage(struct sim_der *der, uint8_t usage, uint8_t unused_bits)
{
	const uint8_t value[] = {DER_BITS, 2, unused_bits, usage};

	extension(der, "2.5.29.15", true, value, sizeof(value));
}

void sim_x509_subject_key(struct sim_der *der, const uint8_t key_id[20])
{
	uint8_t value[22] = {DER_OCTETS, 20};

	memcpy(value + 2, key_id, 20);
	extension(der, "2.5.29.14", false, value, sizeof(value));
}

void sim_x509_authority_key(struct sim_der *der, const uint8_t key_id[20])
{
	uint8_t value[24] = {DER_SEQUENCE, 22, DER_PRIMITIVE(0), 20};

	memcpy(value + 4, key_id, 20);
	extension(der, "2.5.29.35", false, value, sizeof(value));
}
