/* SPDX-License-Identifier: Apache-2.0 */
/* REPORT_DATA from key and nonce. */
#include "attest/kbs/binding.h"

#include <jansson.h>
#include <string.h>

#include "attest/jose/jcs.h"
#include "attest/jose/jwk.h"
#include "common/json.h"

static int build(const struct crypto_ec_public *key, const char *nonce, const char *additional,
	struct bytes *out, struct error *err)
{
	struct bytes jwk = {0};
	json_t *key_json = NULL, *all = NULL;
	int rc = jwk_write_ec(key, JWK_ALG_KBS, &jwk, err);

	if (!rc)
		rc = json_parse_object(
			&key_json, (const char *)jwk.data, jwk.len, "tee-pubkey", err);
	if (!rc) {
		all = json_pack("{s:s, s:s, s:O}", "additional-evidence", additional, "nonce",
			nonce, "tee-pubkey", key_json);
		rc = all ? jcs_write(all, out, err)
			 : error_fail(err, HC_EFORMAT, "runtime data", "text that is no UTF-8");
	}
	json_decref(all);
	json_decref(key_json);
	bytes_free(&jwk);
	return rc;
}

int kbs_binding(const struct crypto_ec_public *key, const char *nonce,
	const char *additional_evidence, uint8_t report_data[KBS_REPORT_DATA_SIZE],
	struct bytes *runtime_data, struct error *err)
{
	struct bytes text = {0};
	int rc = build(key, nonce, additional_evidence, &text, err);

	memset(report_data, 0, KBS_REPORT_DATA_SIZE);
	if (!rc && crypto_sha384(report_data, text.data, text.len))
		rc = error_fail(err, HC_EINTERNAL, "runtime data", "hash failed");
	if (!rc && runtime_data && bytes_append(runtime_data, text.data, text.len))
		rc = error_fail(err, HC_ENOMEM, "runtime data", "%zu bytes", text.len);
	bytes_free(&text);
	return rc;
}
