/* SPDX-License-Identifier: Apache-2.0 */
/* Known answers of RFC 6979, RFC 3394, NIST CAVS and GCM, a real AMD signature, and what must fail.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "attest/crypto.h"
#include "common/base64.h"
#include "common/file.h"
#include "common/hex.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

static void unhex(uint8_t *out, size_t len, const char *text)
{
	assert_int_equal(hex_decode(out, len, text, "test", NULL), 0);
}

/* RFC 6979 A.2.5 and A.2.6, message "sample". */
static const struct ecdsa_answer {
	enum crypto_curve curve;
	enum crypto_hash hash;
	const char *d, *x, *y, *r, *s, *n;
} answers[] = {
	{CRYPTO_P256, CRYPTO_SHA256,
		"c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721",
		"60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6",
		"7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
		"efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716",
		"f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
		"ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"},
	{CRYPTO_P384, CRYPTO_SHA384,
		"6b9d3dad2e1b8c1c05b19875b6659f4de23c3b667bf297ba9aa47740787137d8"
		"96d5724e4c70a825f872c9ea60d2edf5",
		"ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e06aae5286b300c64"
		"def8f0ea9055866064a254515480bc13",
		"8015d9b72d7d57244ea8ef9ac0c621896708a59367f9dfb9f54ca84b3f1c9db1"
		"288b231c3ae0d4fe7344fd2533264720",
		"94edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c"
		"81a648152e44acf96e36dd1e80fabe46",
		"99ef4aeb15f178cea1fe40db2603138f130e740a19624526203b6351d0a3a94f"
		"a329c145786e679e7b82c71a38628ac8",
		"ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf"
		"581a0db248b0a77aecec196accc52973"},
};

struct sample {
	struct crypto_ec_public key;
	uint8_t digest[SHA512_SIZE], r[48], s[48], n[48];
	size_t size, digest_len;
};

static void load(struct sample *t, const struct ecdsa_answer *a)
{
	*t = (struct sample){.key.curve = a->curve};
	t->size = crypto_curve_size(a->curve);
	t->digest_len = crypto_hash_size(a->hash);
	unhex(t->key.x, t->size, a->x);
	unhex(t->key.y, t->size, a->y);
	unhex(t->r, t->size, a->r);
	unhex(t->s, t->size, a->s);
	unhex(t->n, t->size, a->n);
	assert_int_equal(
		crypto_hash(a->hash, (struct view){(const uint8_t *)"sample", 6}, t->digest), 0);
}

static int verify(const struct sample *t)
{
	return crypto_ecdsa_verify(&t->key, t->digest, t->digest_len, t->r, t->s);
}

static void ecdsa_refuses_r_or_s_of_zero_or_not_below_the_order(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(answers); i++) {
		struct sample t;
		uint8_t *parts[] = {t.r, t.s};

		for (size_t p = 0; p < LEN(parts); p++) {
			load(&t, &answers[i]);
			memset(parts[p], 0, t.size);
			assert_int_equal(verify(&t), HC_ESIGNATURE);
			memcpy(parts[p], t.n, t.size);
			assert_int_equal(verify(&t), HC_ESIGNATURE);
			memset(parts[p], 0xff, t.size);
			assert_int_equal(verify(&t), HC_ESIGNATURE);
		}
		load(&t, &answers[i]);
		memset(t.r, 0, t.size);
		memset(t.s, 0, t.size);
		assert_int_equal(verify(&t), HC_ESIGNATURE);
	}
}

static void ecdsa_refuses_a_point_off_the_curve(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(answers); i++) {
		struct sample t;

		load(&t, &answers[i]);
		t.key.y[t.size - 1] ^= 1;
		assert_int_equal(verify(&t), HC_EFORMAT);
		load(&t, &answers[i]);
		memset(t.key.x, 0xff, t.size); /* not below the field's prime */
		assert_int_equal(verify(&t), HC_EFORMAT);
		load(&t, &answers[i]);
		memset(t.key.x, 0, t.size);
		memset(t.key.y, 0, t.size);
		assert_int_equal(verify(&t), HC_EFORMAT);
	}
}

static void ecdsa_refuses_one_bit_changed_in_digest_r_or_s(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(answers); i++) {
		struct sample t;
		uint8_t *parts[] = {t.digest, t.r, t.s};

		load(&t, &answers[i]);
		for (size_t p = 0; p < LEN(parts); p++) {
			for (size_t bit = 0; bit < t.size * 8; bit += 37) {
				parts[p][bit / 8] ^= (uint8_t)(1U << bit % 8);
				assert_int_equal(verify(&t), HC_ESIGNATURE);
				parts[p][bit / 8] ^= (uint8_t)(1U << bit % 8);
			}
		}
		assert_int_equal(verify(&t), 0);
	}
}

static void ecdsa_refuses_a_digest_length_that_is_no_hash(void **state)
{
	struct sample t;

	(void)state;
	load(&t, &answers[0]);
	assert_int_equal(crypto_ecdsa_verify(&t.key, t.digest, 0, t.r, t.s), HC_EUNSUPPORTED);
	assert_int_equal(crypto_ecdsa_verify(&t.key, t.digest, 65, t.r, t.s), HC_EUNSUPPORTED);
	t.key.curve = (enum crypto_curve)7;
	assert_int_equal(verify(&t), HC_EUNSUPPORTED);
}

static void ecdsa_verifies_the_answers_of_rfc_6979_and_their_negation(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(answers); i++) {
		struct sample t;
		int borrow = 0;

		load(&t, &answers[i]);
		assert_int_equal(verify(&t), 0);
		for (size_t k = t.size; k-- > 0;) { /* s = n - s is as good: ECDSA allows it */
			int v = t.n[k] - t.s[k] - borrow;

			borrow = v < 0;
			t.s[k] = (uint8_t)(v + (borrow ? 256 : 0));
		}
		assert_int_equal(verify(&t), 0);
	}
}

/* A SEC 1 private key (RFC 5915) as PEM, public part left out. */
static size_t ec_pem(char *out, size_t cap, enum crypto_curve curve, const char *d)
{
	static const uint8_t p256[] = {
		0xa0, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
	static const uint8_t p384[] = {0xa0, 0x07, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22};
	size_t size = crypto_curve_size(curve), oid = curve == CRYPTO_P256 ? 12 : 9;
	uint8_t der[128] = {0x30, (uint8_t)(5 + size + oid), 2, 1, 1, 4, (uint8_t)size};
	char text[200];

	unhex(der + 7, size, d);
	memcpy(der + 7 + size, curve == CRYPTO_P256 ? p256 : p384, oid);
	base64_encode(BASE64_STD, text, der, 7 + size + oid);
	return (size_t)snprintf(out, cap,
		"-----BEGIN EC PRIVATE KEY-----\n%s\n-----END EC PRIVATE KEY-----\n", text);
}

static struct crypto_ec_key *ec_key(enum crypto_curve curve, const char *d)
{
	struct crypto_ec_key *key;
	char pem[400];
	size_t len = ec_pem(pem, sizeof(pem), curve, d);

	assert_int_equal(crypto_ec_from_pem(&key, pem, len, NULL), 0);
	return key;
}

static void ec_from_pem_refuses_what_is_no_ec_key(void **state)
{
	static const char zero[] =
		"0000000000000000000000000000000000000000000000000000000000000000";
	static const char *const bad[] = {"", "-----BEGIN EC PRIVATE KEY-----\n",
		"-----BEGIN PUBLIC KEY-----\n"
		"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEYP7UuiVanTHJYet0xjVtaMBJuJI7\n"
		"Yfps5mliLmDyn7Z5A/4QCLi8maQa6elWKLxk8vGyDC1+n1F3o8KU1EYimQ==\n"
		"-----END PUBLIC KEY-----\n"};
	struct crypto_ec_key *key;
	struct error err;
	char pem[400], big[9000];
	size_t len;

	(void)state;
	for (size_t i = 0; i < LEN(bad); i++) {
		assert_int_equal(
			crypto_ec_from_pem(&key, bad[i], strlen(bad[i]), &err), HC_EFORMAT);
		assert_null(key);
		assert_string_equal(err.where, "private key");
	}
	len = ec_pem(pem, sizeof(pem), CRYPTO_P256, zero);
	assert_int_equal(crypto_ec_from_pem(&key, pem, len, &err), HC_EFORMAT);
	len = ec_pem(pem, sizeof(pem), CRYPTO_P256, answers[0].n); /* d = n */
	assert_int_equal(crypto_ec_from_pem(&key, pem, len, &err), HC_EFORMAT);
	memset(big, 'A', sizeof(big));
	assert_int_equal(crypto_ec_from_pem(&key, big, sizeof(big), &err), HC_ERANGE);
}

static void ec_keys_give_the_public_point_and_sign_for_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(answers); i++) {
		struct crypto_ec_key *key = ec_key(answers[i].curve, answers[i].d);
		struct crypto_ec_public pub;
		struct sample t;

		load(&t, &answers[i]);
		assert_int_equal(crypto_ec_public(key, &pub), 0);
		assert_memory_equal(pub.x, t.key.x, t.size);
		assert_memory_equal(pub.y, t.key.y, t.size);
		assert_int_equal(crypto_ecdsa_sign(key, t.digest, t.digest_len, t.r, t.s), 0);
		assert_int_equal(verify(&t), 0);
		crypto_ec_free(key);
	}
}

static void ec_generated_keys_differ_and_survive_pem(void **state)
{
	(void)state;
	for (int curve = CRYPTO_P256; curve <= CRYPTO_P384; curve++) {
		struct crypto_ec_key *a, *b, *copy;
		struct crypto_ec_public pa, pb, pc;
		struct bytes pem = {0};

		assert_int_equal(crypto_ec_generate(&a, (enum crypto_curve)curve), 0);
		assert_int_equal(crypto_ec_generate(&b, (enum crypto_curve)curve), 0);
		assert_int_equal(crypto_ec_to_pem(a, &pem), 0);
		assert_int_equal(
			crypto_ec_from_pem(&copy, (const char *)pem.data, pem.len, NULL), 0);
		assert_int_equal(crypto_ec_public(a, &pa), 0);
		assert_int_equal(crypto_ec_public(b, &pb), 0);
		assert_int_equal(crypto_ec_public(copy, &pc), 0);
		assert_memory_not_equal(pa.x, pb.x, sizeof(pa.x));
		assert_memory_equal(&pa, &pc, sizeof(pa));
		bytes_free(&pem);
		crypto_ec_free(a);
		crypto_ec_free(b);
		crypto_ec_free(copy);
	}
}

/* NIST CAVS, KAS_ECC_CDH_PrimitiveTest, P-256, COUNT = 0. */
static const char ecdh_d[] = "7d7dc5f71eb29ddaf80d6214632eeae03d9058af1fb6d22ed80badb62bc1a534";
static const char ecdh_x[] = "700c48f77f56584c5cc632ca65640db91b6bacce3a4df6b42ce7cc838833d287";
static const char ecdh_y[] = "db71e509e3fd9b060ddb20ba5c51dcc5948d46fbf640dfe0441782cab85fa4ac";
static const char ecdh_z[] = "46fc62106420ff012e54a434fbdd2d25ccc5852060561e68040dd7778997bd7b";

static void ecdh_refuses_a_peer_off_the_curve_or_on_another(void **state)
{
	struct crypto_ec_key *key = ec_key(CRYPTO_P256, ecdh_d);
	struct crypto_ec_public peer = {.curve = CRYPTO_P256};
	uint8_t z[48];

	(void)state;
	unhex(peer.x, 32, ecdh_x);
	unhex(peer.y, 32, ecdh_y);
	peer.y[31] ^= 1;
	assert_int_equal(crypto_ecdh(key, &peer, z), HC_EFORMAT);
	memset(&peer, 0, sizeof(peer));
	peer.curve = CRYPTO_P256;
	assert_int_equal(crypto_ecdh(key, &peer, z), HC_EFORMAT);
	peer.curve = CRYPTO_P384;
	assert_int_equal(crypto_ecdh(key, &peer, z), HC_EMISMATCH);
	crypto_ec_free(key);
}

static void ecdh_gives_the_answer_of_nist(void **state)
{
	struct crypto_ec_key *key = ec_key(CRYPTO_P256, ecdh_d);
	struct crypto_ec_public peer = {.curve = CRYPTO_P256};
	uint8_t z[48], want[32];

	(void)state;
	unhex(peer.x, 32, ecdh_x);
	unhex(peer.y, 32, ecdh_y);
	unhex(want, 32, ecdh_z);
	assert_int_equal(crypto_ecdh(key, &peer, z), 0);
	assert_memory_equal(z, want, 32);
	crypto_ec_free(key);
}

/* Every length around the blocks of both, and a long one: two libraries, one answer. */
static void digests_are_the_same_by_either_library(void **state)
{
	uint8_t data[4096], a[SHA512_SIZE], b[SHA512_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 197 + i / 256);
	for (int h = CRYPTO_SHA256; h <= CRYPTO_SHA512; h++) {
		enum crypto_hash hash = (enum crypto_hash)h;

		for (size_t len = 0; len <= 300; len++) {
			struct view in = {data, len == 300 ? sizeof(data) : len};

			assert_int_equal(crypto_hash(hash, in, a), 0);
			assert_int_equal(crypto_digest(hash, in, b), 0);
			assert_memory_equal(a, b, crypto_hash_size(hash));
		}
	}
}

static void sha2_gives_the_answers_of_fips_180(void **state)
{
	static const char *const want[] = {
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		"cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
		"8086072ba1e7cc2358baeca134c825a7",
		"ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
		"2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"};
	struct crypto_sha384 ctx;
	uint8_t out[SHA512_SIZE], ref[SHA512_SIZE];

	(void)state;
	for (int h = CRYPTO_SHA256; h <= CRYPTO_SHA512; h++) {
		size_t size = crypto_hash_size((enum crypto_hash)h);

		unhex(ref, size, want[h]);
		assert_int_equal(crypto_hash((enum crypto_hash)h,
					 (struct view){(const uint8_t *)"abc", 3}, out),
			0);
		assert_memory_equal(out, ref, size);
	}
	assert_int_equal(crypto_hash((enum crypto_hash)9, (struct view){0}, out), HC_EUNSUPPORTED);
	assert_int_equal(
		crypto_digest((enum crypto_hash)9, (struct view){0}, out), HC_EUNSUPPORTED);
	unhex(ref, SHA384_SIZE, want[1]);
	assert_int_equal(crypto_sha384_init(&ctx), 0);
	assert_int_equal(crypto_sha384_update(&ctx, "a", 1), 0);
	assert_int_equal(crypto_sha384_update(&ctx, "", 0), 0);
	assert_int_equal(crypto_sha384_update(&ctx, "bc", 2), 0);
	assert_int_equal(crypto_sha384_final(&ctx, out), 0);
	crypto_sha384_fini(&ctx);
	assert_memory_equal(out, ref, SHA384_SIZE);
	assert_true(bytes_all_zero((const uint8_t *)&ctx, sizeof(ctx)));
}

/* McGrew and Viega, "The Galois/Counter Mode of Operation", test case 16. */
static const char gcm_key[] = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308";
static const char gcm_iv[] = "cafebabefacedbaddecaf888";
static const char gcm_aad[] = "feedfacedeadbeeffeedfacedeadbeefabaddad2";
static const char gcm_in[] = "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
			     "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39";
static const char gcm_out[] = "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
			      "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662";
static const char gcm_tag[] = "76fc6ece0f4e1768cddf8853bb2d551b";

struct gcm {
	uint8_t key[32], iv[12], aad[20], in[60], out[60], tag[16];
};

static void gcm_load(struct gcm *g)
{
	unhex(g->key, 32, gcm_key);
	unhex(g->iv, 12, gcm_iv);
	unhex(g->aad, 20, gcm_aad);
	unhex(g->in, 60, gcm_in);
	unhex(g->out, 60, gcm_out);
	unhex(g->tag, 16, gcm_tag);
}

static int gcm_open(const struct gcm *g, uint8_t *out)
{
	return crypto_gcm_decrypt(
		g->key, g->iv, (struct view){g->aad, 20}, (struct view){g->out, 60}, g->tag, out);
}

static void gcm_refuses_any_change_and_leaves_nothing(void **state)
{
	struct gcm g;
	uint8_t out[60];
	uint8_t *parts[] = {g.key, g.iv, g.aad, g.out, g.tag};
	const size_t sizes[] = {32, 12, 20, 60, 16};

	(void)state;
	gcm_load(&g);
	for (size_t p = 0; p < LEN(parts); p++) {
		for (size_t bit = 0; bit < sizes[p] * 8; bit++) {
			parts[p][bit / 8] ^= (uint8_t)(1U << bit % 8);
			memset(out, 0xee, sizeof(out));
			assert_int_equal(gcm_open(&g, out), HC_ESIGNATURE);
			assert_true(bytes_all_zero(out, sizeof(out)));
			parts[p][bit / 8] ^= (uint8_t)(1U << bit % 8);
		}
	}
	assert_int_equal(gcm_open(&g, out), 0);
}

static void gcm_gives_the_published_answer(void **state)
{
	struct gcm g;
	uint8_t out[60], tag[16];

	(void)state;
	gcm_load(&g);
	assert_int_equal(crypto_gcm_encrypt(g.key, g.iv, (struct view){g.aad, 20},
				 (struct view){g.in, 60}, out, tag),
		0);
	assert_memory_equal(out, g.out, 60);
	assert_memory_equal(tag, g.tag, 16);
	assert_int_equal(gcm_open(&g, out), 0);
	assert_memory_equal(out, g.in, 60);
	assert_int_equal(
		crypto_gcm_encrypt(g.key, g.iv, (struct view){0}, (struct view){0}, out, tag), 0);
	assert_int_equal(
		crypto_gcm_decrypt(g.key, g.iv, (struct view){0}, (struct view){0}, tag, out), 0);
	tag[0] ^= 1;
	assert_int_equal(
		crypto_gcm_decrypt(g.key, g.iv, (struct view){0}, (struct view){0}, tag, out),
		HC_ESIGNATURE);
}

/* RFC 3394, 4.6. */
static const char kw_kek[] = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
static const char kw_key[] = "00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f";
static const char kw_out[] = "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326"
			     "cbc7f0e71a99f43bfb988b9b7a02dd21";

static void keyunwrap_refuses_any_change_and_leaves_nothing(void **state)
{
	uint8_t kek[32], in[40], key[32];

	(void)state;
	unhex(kek, 32, kw_kek);
	unhex(in, 40, kw_out);
	for (size_t bit = 0; bit < sizeof(in) * 8; bit++) {
		in[bit / 8] ^= (uint8_t)(1U << bit % 8);
		memset(key, 0xee, sizeof(key));
		assert_int_equal(crypto_keyunwrap(kek, in, key), HC_ESIGNATURE);
		assert_true(bytes_all_zero(key, sizeof(key)));
		in[bit / 8] ^= (uint8_t)(1U << bit % 8);
	}
	kek[31] ^= 1;
	assert_int_equal(crypto_keyunwrap(kek, in, key), HC_ESIGNATURE);
}

static void keywrap_gives_the_answer_of_rfc_3394(void **state)
{
	uint8_t kek[32], key[32], want[40], out[40], back[32];

	(void)state;
	unhex(kek, 32, kw_kek);
	unhex(key, 32, kw_key);
	unhex(want, 40, kw_out);
	assert_int_equal(crypto_keywrap(kek, key, out), 0);
	assert_memory_equal(out, want, 40);
	assert_int_equal(crypto_keyunwrap(kek, out, back), 0);
	assert_memory_equal(back, key, 32);
}

/* The parts of AMD's self-signed ARK-Milan: what is signed, modulus, signature. */
struct ark {
	struct bytes der;
	uint8_t digest[SHA384_SIZE];
	struct view modulus, signature;
};

static bool ark_load(struct ark *ark)
{
	static const uint8_t modulus_header[] = {0x02, 0x82, 0x02, 0x01, 0x00};
	const char *root = getenv("HC_VECTORS");
	char path[512];
	size_t tbs;

	*ark = (struct ark){0};
	snprintf(path, sizeof(path), "%s/roots/ARK-Milan.der", root ? root : "../shared/vectors");
	if (file_read(&ark->der, path, 65536, NULL)) {
		bytes_free(&ark->der);
		print_message("ARK-Milan.der not found below %s\n", path);
		return false;
	}
	assert_int_equal(ark->der.data[4], 0x30); /* SEQUENCE { tbsCertificate SEQUENCE */
	assert_int_equal(ark->der.data[5], 0x82);
	tbs = 4U + (size_t)(ark->der.data[6] << 8 | ark->der.data[7]);
	assert_int_equal(crypto_sha384(ark->digest, ark->der.data + 4, tbs), 0);
	ark->signature = (struct view){ark->der.data + ark->der.len - 512, 512};
	for (size_t i = 0; i + 5 + 512 < tbs && !ark->modulus.data; i++)
		if (memcmp(ark->der.data + i, modulus_header, 5) == 0)
			ark->modulus = (struct view){ark->der.data + i + 4, 513};
	assert_non_null(ark->modulus.data);
	return true;
}

static const uint8_t e65537[] = {1, 0, 1};

static void rsa_pss_refuses_what_amd_did_not_sign(void **state)
{
	const struct view e = {e65537, 3};
	struct ark ark;
	uint8_t sig[512];

	(void)state;
	if (!ark_load(&ark))
		skip();
	memcpy(sig, ark.signature.data, 512);
	for (size_t bit = 0; bit < sizeof(sig) * 8; bit += 97) {
		sig[bit / 8] ^= (uint8_t)(1U << bit % 8);
		assert_int_equal(crypto_rsa_pss_verify(ark.modulus, e, CRYPTO_SHA384, ark.digest,
					 (struct view){sig, 512}),
			HC_ESIGNATURE);
		sig[bit / 8] ^= (uint8_t)(1U << bit % 8);
	}
	assert_int_equal(crypto_rsa_pss_verify(ark.modulus, e, CRYPTO_SHA384, ark.digest,
				 (struct view){sig, 511}),
		HC_ESIGNATURE);
	assert_int_equal(crypto_rsa_pss_verify(ark.modulus, e, CRYPTO_SHA256, ark.digest,
				 (struct view){sig, 512}),
		HC_ESIGNATURE);
	ark.digest[0] ^= 1;
	assert_int_equal(crypto_rsa_pss_verify(ark.modulus, e, CRYPTO_SHA384, ark.digest,
				 (struct view){sig, 512}),
		HC_ESIGNATURE);
	assert_int_equal(crypto_rsa_pss_verify((struct view){ark.modulus.data, 100}, e,
				 CRYPTO_SHA384, ark.digest, (struct view){sig, 100}),
		HC_EUNSUPPORTED);
	assert_int_equal(crypto_rsa_pss_verify(ark.modulus, (struct view){e65537, 0}, CRYPTO_SHA384,
				 ark.digest, (struct view){sig, 512}),
		HC_EUNSUPPORTED);
	bytes_free(&ark.der);
}

static void rsa_pss_verifies_a_certificate_of_amd(void **state)
{
	struct ark ark;

	(void)state;
	if (!ark_load(&ark))
		skip();
	assert_int_equal(crypto_rsa_pss_verify(ark.modulus, (struct view){e65537, 3}, CRYPTO_SHA384,
				 ark.digest, ark.signature),
		0);
	bytes_free(&ark.der);
}

static void rsa_keys_survive_pem_and_sign_what_verifies(void **state)
{
	struct bytes pem = {0}, n = {0}, e = {0}, sig = {0};
	struct crypto_rsa_key *key, *copy;
	struct crypto_ec_key *ec;
	uint8_t digest[SHA384_SIZE];

	(void)state;
	assert_int_equal(crypto_sha384(digest, "sample", 6), 0);
	assert_int_equal(crypto_rsa_generate(&key, 2048), 0);
	assert_int_equal(crypto_rsa_to_pem(key, &pem), 0);
	assert_int_equal(crypto_rsa_from_pem(&copy, (const char *)pem.data, pem.len, NULL), 0);
	assert_int_equal(
		crypto_ec_from_pem(&ec, (const char *)pem.data, pem.len, NULL), HC_EFORMAT);
	assert_int_equal(crypto_rsa_public(key, &n, &e), 0);
	assert_int_equal(n.len, 256);
	assert_int_equal(e.len, 3);
	assert_int_equal(crypto_rsa_pss_sign(copy, CRYPTO_SHA384, digest, &sig), 0);
	assert_int_equal(sig.len, 256);
	assert_int_equal(crypto_rsa_pss_verify(bytes_view(&n), bytes_view(&e), CRYPTO_SHA384,
				 digest, bytes_view(&sig)),
		0);
	sig.data[100] ^= 4;
	assert_int_equal(crypto_rsa_pss_verify(bytes_view(&n), bytes_view(&e), CRYPTO_SHA384,
				 digest, bytes_view(&sig)),
		HC_ESIGNATURE);
	bytes_free(&pem);
	bytes_free(&n);
	bytes_free(&e);
	bytes_free(&sig);
	crypto_rsa_free(key);
	crypto_rsa_free(copy);
}

static void rsa_from_pem_refuses_an_ec_key(void **state)
{
	struct crypto_rsa_key *key;
	char pem[400];
	size_t len = ec_pem(pem, sizeof(pem), CRYPTO_P256, answers[0].d);

	(void)state;
	assert_int_equal(crypto_rsa_from_pem(&key, pem, len, NULL), HC_EFORMAT);
	assert_null(key);
}

static void random_fills_every_byte_and_differs(void **state)
{
	uint8_t seen[64] = {0}, a[64], b[64];

	(void)state;
	for (int i = 0; i < 32; i++) {
		assert_int_equal(crypto_random(a, sizeof(a)), 0);
		for (size_t k = 0; k < sizeof(a); k++)
			seen[k] |= a[k];
	}
	for (size_t k = 0; k < sizeof(seen); k++)
		assert_int_not_equal(seen[k], 0);
	assert_int_equal(crypto_random(b, sizeof(b)), 0);
	assert_memory_not_equal(a, b, sizeof(a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ecdsa_refuses_r_or_s_of_zero_or_not_below_the_order),
		cmocka_unit_test(ecdsa_refuses_a_point_off_the_curve),
		cmocka_unit_test(ecdsa_refuses_one_bit_changed_in_digest_r_or_s),
		cmocka_unit_test(ecdsa_refuses_a_digest_length_that_is_no_hash),
		cmocka_unit_test(ecdsa_verifies_the_answers_of_rfc_6979_and_their_negation),
		cmocka_unit_test(ec_from_pem_refuses_what_is_no_ec_key),
		cmocka_unit_test(ec_keys_give_the_public_point_and_sign_for_it),
		cmocka_unit_test(ec_generated_keys_differ_and_survive_pem),
		cmocka_unit_test(ecdh_refuses_a_peer_off_the_curve_or_on_another),
		cmocka_unit_test(ecdh_gives_the_answer_of_nist),
		cmocka_unit_test(sha2_gives_the_answers_of_fips_180),
		cmocka_unit_test(digests_are_the_same_by_either_library),
		cmocka_unit_test(gcm_refuses_any_change_and_leaves_nothing),
		cmocka_unit_test(gcm_gives_the_published_answer),
		cmocka_unit_test(keyunwrap_refuses_any_change_and_leaves_nothing),
		cmocka_unit_test(keywrap_gives_the_answer_of_rfc_3394),
		cmocka_unit_test(rsa_pss_refuses_what_amd_did_not_sign),
		cmocka_unit_test(rsa_pss_verifies_a_certificate_of_amd),
		cmocka_unit_test(rsa_keys_survive_pem_and_sign_what_verifies),
		cmocka_unit_test(rsa_from_pem_refuses_an_ec_key),
		cmocka_unit_test(random_fills_every_byte_and_differs),
	};

	return cmocka_run_group_tests_name("crypto", tests, NULL, NULL);
}
