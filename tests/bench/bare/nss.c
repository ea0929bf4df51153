/* SPDX-License-Identifier: Apache-2.0 */
/* NSS, by its PKCS #11 layer: softoken and freebl are behind that. */
#include <keyhi.h>
#include <nss.h>
#include <pk11pub.h>
#include <secoid.h>
#include <string.h>

#include "tests/bench/bare/bare.h"

static const char *version(void)
{
	return NSS_GetVersion();
}

struct key {
	SECKEYPublicKey *pub;
	SECItem sig;
	uint8_t bytes[96];
};

static SECItem item(const uint8_t *data, size_t len)
{
	return (SECItem){siBuffer, (unsigned char *)(uintptr_t)data, (unsigned int)len};
}

static SECKEYPublicKey *new_public(KeyType type)
{
	PLArenaPool *arena;
	SECKEYPublicKey *pub;

	if (!NSS_IsInitialized() && NSS_NoDB_Init(NULL) != SECSuccess)
		return NULL;
	arena = PORT_NewArena(4096);
	pub = PORT_ArenaZAlloc(arena, sizeof(*pub));
	pub->arena = arena;
	pub->keyType = type;
	pub->pkcs11ID = CK_INVALID_HANDLE;
	return pub;
}

static int copy(SECKEYPublicKey *pub, SECItem *to, const uint8_t *data, size_t len)
{
	SECItem from = item(data, len);

	return SECITEM_CopyItem(pub->arena, to, &from) != SECSuccess;
}

static void *ec_key(const struct bare_ec *in)
{
	SECOidData *oid;
	uint8_t params[16] = {SEC_ASN1_OBJECT_ID}, point[97] = {4};
	SECKEYPublicKey *pub = new_public(ecKey);
	struct key *key;

	if (!pub)
		return NULL;
	oid = SECOID_FindOIDByTag(
		in->size == 32 ? SEC_OID_ANSIX962_EC_PRIME256V1 : SEC_OID_SECG_EC_SECP384R1);
	params[1] = (uint8_t)oid->oid.len;
	memcpy(params + 2, oid->oid.data, oid->oid.len);
	memcpy(point + 1, in->x, in->size);
	memcpy(point + 1 + in->size, in->y, in->size);
	if (copy(pub, &pub->u.ec.DEREncodedParams, params, 2 + oid->oid.len) ||
		copy(pub, &pub->u.ec.publicValue, point, 1 + 2 * in->size))
		return NULL;
	pub->u.ec.size = (int)in->size * 8;
	pub->u.ec.encoding = ECPoint_Uncompressed;
	key = PORT_ArenaZAlloc(pub->arena, sizeof(*key));
	key->pub = pub;
	memcpy(key->bytes, in->r, in->size);
	memcpy(key->bytes + in->size, in->s, in->size);
	key->sig = item(key->bytes, 2 * in->size);
	return key;
}

static int ec_verify(void *key, const struct bare_ec *in)
{
	SECItem digest = item(in->digest, in->size);
	struct key *k = key;

	return PK11_VerifyWithMechanism(k->pub, CKM_ECDSA, NULL, &k->sig, &digest, NULL) !=
	       SECSuccess;
}

static void *rsa_key(const struct bare_rsa *in)
{
	SECKEYPublicKey *pub = new_public(rsaKey);

	if (!pub || copy(pub, &pub->u.rsa.modulus, in->n, in->n_len) ||
		copy(pub, &pub->u.rsa.publicExponent, in->e, in->e_len))
		return NULL;
	return pub;
}

static int rsa_verify(void *key, const struct bare_rsa *in)
{
	CK_RSA_PKCS_PSS_PARAMS params = {CKM_SHA384, CKG_MGF1_SHA384, 48};
	SECItem param = {siBuffer, (unsigned char *)&params, sizeof(params)};
	SECItem digest = item(in->digest, 48), sig = item(in->signature, in->n_len);

	return PK11_VerifyWithMechanism(key, CKM_RSA_PKCS_PSS, &param, &sig, &digest, NULL) !=
	       SECSuccess;
}

const struct bare_ops bare_ops = {
	.name = "nss",
	.version = version,
	.ec_key = ec_key,
	.ec_verify = ec_verify,
	.rsa_key = rsa_key,
	.rsa_verify = rsa_verify,
};
