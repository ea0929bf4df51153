/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what a launch carries beside its pages; judges nothing of it but sizes. */
#include "vmm/launch_identity.h"

#include <string.h>

#include "common/bytes.h"
#include "common/file.h"

#define TENANT_POLICY_MAX (1u << 20) /* bytes */

/* Exactly `size` bytes. */
static int read_exactly(uint8_t *out, size_t size, const char *path, struct error *err)
{
	struct bytes file = {0};
	int rc = file_read(&file, path, size, err);

	if (!rc && file.len != size) {
		error_fail(err, HC_EFORMAT, path, "%zu bytes", file.len);
		error_expected(err, "%zu bytes, as hc-measure id-block writes it", size);
		rc = HC_EFORMAT;
	}
	if (!rc)
		memcpy(out, file.data, size);
	bytes_free(&file);
	return rc;
}

/* One file, two digests: each platform's field has the length of one of them. */
static int digest_of_policy(struct launch_identity *out, const char *path, struct error *err)
{
	struct bytes file = {0};
	int rc = file_read(&file, path, TENANT_POLICY_MAX, err);

	if (!rc && file.len == 0) {
		rc = error_fail(err, HC_EFORMAT, path, "an empty file");
	} else if (!rc) {
		rc = crypto_hash(CRYPTO_SHA256, bytes_view(&file), out->host_data);
		if (!rc)
			rc = crypto_hash(CRYPTO_SHA384, bytes_view(&file), out->mrconfigid);
		if (rc)
			error_fail(err, rc, path, "hashing failed");
	}
	bytes_free(&file);
	return rc;
}

int launch_identity_read(
	struct launch_identity *out, const struct vm_config *config, struct error *err)
{
	bool author;
	int rc = 0;

	memset(out, 0, sizeof(*out));
	if (config->has_host_data)
		memcpy(out->host_data, config->host_data, sizeof(out->host_data));
	else if (config->tenant_policy_path)
		rc = digest_of_policy(out, config->tenant_policy_path, err);
	if (config->tdx.has_mrconfigid)
		memcpy(out->mrconfigid, config->tdx.mrconfigid, sizeof(out->mrconfigid));
	if (rc || !config->id_block_path)
		return rc;
	rc = read_exactly(out->id_block, sizeof(out->id_block), config->id_block_path, err);
	if (!rc)
		rc = read_exactly(out->id_auth, sizeof(out->id_auth), config->id_auth_path, err);
	if (rc)
		return rc;
	author = snp_id_auth_has_author((struct view){out->id_auth, sizeof(out->id_auth)});
	out->has_id_block = true;
	out->author_key = config->author_key == VM_AUTHOR_KEY_YES ||
			  (config->author_key == VM_AUTHOR_KEY_IF_THERE && author);
	return 0;
}
