/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ID block, ID authentication information, and keys in the processor's layout. Numbers of the
 * processor are little-endian, those of attest/crypto.h big-endian.
 */
#include "attest/measure/id_block.h"

#include "common/base64.h"

static const char section[] = "SNP ABI, SNP_LAUNCH_FINISH";

enum { ALGO_ECDSA_P384 = 1, CURVE_P384 = 2, COORDINATE = 72, SIGNATURE = 512 };

enum id_block_offset {
	BLOCK_LD = 0x00,
	BLOCK_FAMILY_ID = 0x30,
	BLOCK_IMAGE_ID = 0x40,
	BLOCK_VERSION = 0x50,
	BLOCK_GUEST_SVN = 0x54,
	BLOCK_POLICY = 0x58,
};

enum id_auth_offset {
	AUTH_ID_KEY_ALGO = 0x000,
	AUTH_AUTHOR_KEY_ALGO = 0x004,
	AUTH_BLOCK_SIG = 0x040,
	AUTH_ID_KEY = 0x240,
	AUTH_ID_KEY_SIG = 0x680,
	AUTH_AUTHOR_KEY = 0x880,
};

static int bad(struct error *err, int code, const char *field, uint64_t found, size_t at)
{
	error_fail(err, code, field, "0x%llx", (unsigned long long)found);
	error_section(err, section);
	error_at(err, at);
	return code;
}

int snp_id_block_encode(
	uint8_t out[SNP_ID_BLOCK_SIZE], const struct snp_id_block *block, struct error *err)
{
	if (!(block->policy & SNP_POLICY_MBO))
		return bad(err, HC_ERANGE, "ID block: policy without bit 17", block->policy,
			BLOCK_POLICY);
	memcpy(out + BLOCK_LD, block->ld, sizeof(block->ld));
	memcpy(out + BLOCK_FAMILY_ID, block->family_id, sizeof(block->family_id));
	memcpy(out + BLOCK_IMAGE_ID, block->image_id, sizeof(block->image_id));
	put_le32(out + BLOCK_VERSION, 1);
	put_le32(out + BLOCK_GUEST_SVN, block->guest_svn);
	put_le64(out + BLOCK_POLICY, block->policy);
	return 0;
}

int snp_id_block_parse(struct snp_id_block *out, struct view data, struct error *err)
{
	const uint8_t *p = data.data;

	if (data.len != SNP_ID_BLOCK_SIZE)
		return bad(err, HC_EFORMAT, "ID block: size", data.len, 0);
	if (get_le32(p + BLOCK_VERSION) != 1)
		return bad(err, HC_EUNSUPPORTED, "ID block: version", get_le32(p + BLOCK_VERSION),
			BLOCK_VERSION);
	if (!(get_le64(p + BLOCK_POLICY) & SNP_POLICY_MBO))
		return bad(err, HC_ERANGE, "ID block: policy without bit 17",
			get_le64(p + BLOCK_POLICY), BLOCK_POLICY);
	memcpy(out->ld, p + BLOCK_LD, sizeof(out->ld));
	memcpy(out->family_id, p + BLOCK_FAMILY_ID, sizeof(out->family_id));
	memcpy(out->image_id, p + BLOCK_IMAGE_ID, sizeof(out->image_id));
	out->guest_svn = get_le32(p + BLOCK_GUEST_SVN);
	out->policy = get_le64(p + BLOCK_POLICY);
	return 0;
}

int snp_key_encode(uint8_t out[SNP_KEY_SIZE], const struct crypto_ec_public *key, struct error *err)
{
	if (key->curve != CRYPTO_P384) {
		error_fail(err, HC_EUNSUPPORTED, "ID key", "a curve other than P-384");
		error_section(err, section);
		return HC_EUNSUPPORTED;
	}
	memset(out, 0, SNP_KEY_SIZE);
	put_le32(out, CURVE_P384);
	bytes_reverse(out + 4, key->x, sizeof(key->x));
	bytes_reverse(out + 4 + COORDINATE, key->y, sizeof(key->y));
	return 0;
}

static int check_point(const struct crypto_ec_public *key, struct error *err)
{
	int ret = crypto_ec_check(key);

	return ret ? error_fail(err, ret, "public key", "a point that is not on P-384") : 0;
}

int snp_key_decode(struct crypto_ec_public *out, const uint8_t key[SNP_KEY_SIZE], struct error *err)
{
	const size_t pad = COORDINATE - sizeof(out->x), end = 4 + 2 * COORDINATE;

	if (get_le32(key) != CURVE_P384)
		return bad(err, HC_EUNSUPPORTED, "public key: curve", get_le32(key), 0);
	if (!bytes_all_zero(key + 4 + sizeof(out->x), pad) ||
		!bytes_all_zero(key + 4 + COORDINATE + sizeof(out->y), pad) ||
		!bytes_all_zero(key + end, SNP_KEY_SIZE - end))
		return bad(err, HC_EFORMAT, "public key: reserved bytes", 1, 4);
	*out = (struct crypto_ec_public){.curve = CRYPTO_P384};
	bytes_reverse(out->x, key + 4, sizeof(out->x));
	bytes_reverse(out->y, key + 4 + COORDINATE, sizeof(out->y));
	return check_point(out, err);
}

int snp_key_digest(uint8_t out[SHA384_SIZE], const struct crypto_ec_public *key, struct error *err)
{
	uint8_t encoded[SNP_KEY_SIZE];
	int ret = snp_key_encode(encoded, key, err);

	if (ret)
		return ret;
	ret = crypto_sha384(out, encoded, sizeof(encoded));
	return ret ? error_fail(err, ret, "key digest", "hashing failed") : 0;
}

/* RFC 5480: SEQUENCE { { ecPublicKey, secp384r1 }, BIT STRING 04 X Y }; DER has one form of it. */
static int read_der(struct crypto_ec_public *out, struct view der, struct error *err)
{
	static const uint8_t head[] = {0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce,
		0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22, 0x03, 0x62, 0x00, 0x04};

	if (der.len != sizeof(head) + 96 || memcmp(der.data, head, sizeof(head)) != 0) {
		error_fail(err, HC_EFORMAT, "public key", "%zu bytes of something else", der.len);
		error_expected(err, "a P-384 key: PEM, SubjectPublicKeyInfo, or 1028 bytes");
		return HC_EFORMAT;
	}
	*out = (struct crypto_ec_public){.curve = CRYPTO_P384};
	memcpy(out->x, der.data + sizeof(head), sizeof(out->x));
	memcpy(out->y, der.data + sizeof(head) + 48, sizeof(out->y));
	return check_point(out, err);
}

/* The text between the lines, without line ends. */
static int read_public_pem(struct crypto_ec_public *out, struct view body, struct error *err)
{
	static const char last[] = "-----END PUBLIC KEY-----";
	const uint8_t *end = memmem(body.data, body.len, last, sizeof(last) - 1);
	struct bytes text = {0}, der = {0};
	int ret = end ? 0 : HC_EFORMAT;

	for (const uint8_t *p = body.data; ret == 0 && p < end; p++)
		if (*p != '\n' && *p != '\r')
			ret = bytes_append(&text, p, 1);
	if (ret == 0)
		ret = base64_decode(BASE64_STD, &der, (const char *)text.data, text.len, NULL);
	if (ret)
		error_fail(err, ret, "public key", "PEM that cannot be read");
	else
		ret = read_der(out, bytes_view(&der), err);
	bytes_free(&text);
	bytes_free(&der);
	return ret;
}

static int read_private_pem(struct crypto_ec_public *out, struct view file, struct error *err)
{
	struct crypto_ec_key *key;
	int ret = crypto_ec_from_pem(&key, (const char *)file.data, file.len, err);

	if (ret)
		return ret;
	ret = crypto_ec_public(key, out);
	crypto_ec_free(key);
	return ret ? error_fail(err, ret, "private key", "no public half") : 0;
}

int snp_key_read(struct crypto_ec_public *out, struct view file, struct error *err)
{
	static const char first[] = "-----BEGIN PUBLIC KEY-----\n";
	const size_t len = sizeof(first) - 1;

	if (file.len == SNP_KEY_SIZE && get_le32(file.data) == CURVE_P384)
		return snp_key_decode(out, file.data, err);
	if (file.len > len && memcmp(file.data, first, len) == 0)
		return read_public_pem(out, (struct view){file.data + len, file.len - len}, err);
	if (file.len > 11 && memcmp(file.data, "-----BEGIN ", 11) == 0)
		return read_private_pem(out, file, err);
	return read_der(out, file, err);
}

/* R and S little-endian in 72 bytes each; the rest of 512 zero. */
static int sign(
	uint8_t out[SIGNATURE], const struct crypto_ec_key *key, const uint8_t *data, size_t len)
{
	uint8_t digest[SHA384_SIZE], r[48], s[48];
	int ret = crypto_sha384(digest, data, len);

	if (ret == 0)
		ret = crypto_ecdsa_sign(key, digest, sizeof(digest), r, s);
	if (ret)
		return ret;
	memset(out, 0, SIGNATURE);
	bytes_reverse(out, r, sizeof(r));
	bytes_reverse(out + COORDINATE, s, sizeof(s));
	return 0;
}

static int verify(const uint8_t sig[SIGNATURE], const struct crypto_ec_public *key,
	const uint8_t *data, size_t len)
{
	uint8_t digest[SHA384_SIZE], r[48], s[48];
	const size_t pad = COORDINATE - sizeof(r), end = 2 * COORDINATE;
	int ret;

	if (!bytes_all_zero(sig + sizeof(r), pad) ||
		!bytes_all_zero(sig + COORDINATE + sizeof(s), pad) ||
		!bytes_all_zero(sig + end, SIGNATURE - end))
		return HC_EFORMAT;
	bytes_reverse(r, sig, sizeof(r));
	bytes_reverse(s, sig + COORDINATE, sizeof(s));
	ret = crypto_sha384(digest, data, len);
	return ret ? ret : crypto_ecdsa_verify(key, digest, sizeof(digest), r, s);
}

static int put_key(uint8_t *out, const struct crypto_ec_key *key, struct error *err)
{
	struct crypto_ec_public pub;
	int ret = crypto_ec_public(key, &pub);

	return ret ? error_fail(err, ret, "key", "no public half") : snp_key_encode(out, &pub, err);
}

int snp_id_auth_build(uint8_t out[SNP_ID_AUTH_SIZE], const uint8_t block[SNP_ID_BLOCK_SIZE],
	const struct crypto_ec_key *id_key, const struct crypto_ec_key *author_key,
	struct error *err)
{
	int ret;

	memset(out, 0, SNP_ID_AUTH_SIZE);
	put_le32(out + AUTH_ID_KEY_ALGO, ALGO_ECDSA_P384);
	ret = put_key(out + AUTH_ID_KEY, id_key, err);
	if (ret == 0 && author_key) {
		put_le32(out + AUTH_AUTHOR_KEY_ALGO, ALGO_ECDSA_P384);
		ret = put_key(out + AUTH_AUTHOR_KEY, author_key, err);
	}
	if (ret)
		return ret;
	ret = sign(out + AUTH_BLOCK_SIG, id_key, block, SNP_ID_BLOCK_SIZE);
	if (ret == 0 && author_key)
		ret = sign(out + AUTH_ID_KEY_SIG, author_key, out + AUTH_ID_KEY, SNP_KEY_SIZE);
	return ret ? error_fail(err, ret, "ID authentication", "signing failed") : 0;
}

static int check_reserved(const uint8_t *a, struct error *err)
{
	static const struct {
		size_t from, to;
	} zero[] = {
		{AUTH_AUTHOR_KEY_ALGO + 4, AUTH_BLOCK_SIG},
		{AUTH_ID_KEY + SNP_KEY_SIZE, AUTH_ID_KEY_SIG},
		{AUTH_AUTHOR_KEY + SNP_KEY_SIZE, SNP_ID_AUTH_SIZE},
	};

	for (size_t i = 0; i < sizeof(zero) / sizeof(zero[0]); i++)
		if (!bytes_all_zero(a + zero[i].from, zero[i].to - zero[i].from))
			return bad(err, HC_EFORMAT, "ID authentication: reserved bytes", 1,
				zero[i].from);
	return 0;
}

static int check_signed(uint8_t key_digest[SHA384_SIZE], const uint8_t *a, size_t key_at,
	size_t sig_at, struct view data, struct error *err)
{
	struct crypto_ec_public key;
	int ret = snp_key_decode(&key, a + key_at, err);

	if (ret)
		return ret;
	ret = verify(a + sig_at, &key, data.data, data.len);
	if (ret) {
		error_fail(err, ret, "ID authentication: signature", "of another key or content");
		error_section(err, section);
		error_at(err, sig_at);
		return ret;
	}
	return snp_key_digest(key_digest, &key, err);
}

bool snp_id_auth_has_author(struct view auth)
{
	const uint8_t *a = auth.data;

	return auth.len == SNP_ID_AUTH_SIZE &&
	       (get_le32(a + AUTH_AUTHOR_KEY_ALGO) != 0 ||
		       !bytes_all_zero(a + AUTH_ID_KEY_SIG, SNP_ID_AUTH_SIZE - AUTH_ID_KEY_SIG));
}

static int check_author(struct snp_id_keys *out, const uint8_t *a, struct error *err)
{
	uint32_t algo = get_le32(a + AUTH_AUTHOR_KEY_ALGO);

	if (!snp_id_auth_has_author((struct view){a, SNP_ID_AUTH_SIZE}))
		return 0;
	if (algo != ALGO_ECDSA_P384)
		return bad(err, HC_EUNSUPPORTED, "ID authentication: author key algorithm", algo,
			AUTH_AUTHOR_KEY_ALGO);
	out->author = true;
	return check_signed(out->author_key_digest, a, AUTH_AUTHOR_KEY, AUTH_ID_KEY_SIG,
		(struct view){a + AUTH_ID_KEY, SNP_KEY_SIZE}, err);
}

int snp_id_auth_verify(
	struct snp_id_keys *out, struct view block, struct view auth, struct error *err)
{
	struct snp_id_block unused;
	int ret = snp_id_block_parse(&unused, block, err);

	*out = (struct snp_id_keys){0};
	if (ret)
		return ret;
	if (auth.len != SNP_ID_AUTH_SIZE)
		return bad(err, HC_EFORMAT, "ID authentication: size", auth.len, 0);
	if (get_le32(auth.data + AUTH_ID_KEY_ALGO) != ALGO_ECDSA_P384)
		return bad(err, HC_EUNSUPPORTED, "ID authentication: ID key algorithm",
			get_le32(auth.data), AUTH_ID_KEY_ALGO);
	ret = check_reserved(auth.data, err);
	if (ret == 0)
		ret = check_signed(
			out->id_key_digest, auth.data, AUTH_ID_KEY, AUTH_BLOCK_SIG, block, err);
	if (ret == 0)
		ret = check_author(out, auth.data, err);
	if (ret)
		*out = (struct snp_id_keys){0};
	return ret;
}
