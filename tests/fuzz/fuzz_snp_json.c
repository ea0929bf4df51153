/* SPDX-License-Identifier: Apache-2.0 */
/* Any 1184 bytes as a report and any bytes as a certificate table: what we send, we can read. */
#include <stdlib.h>
#include <string.h>

#include "attest/kbs/snp_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Is everything in it that the encoding carries, and nothing else? */
static void compare(const uint8_t *sent, const struct snp_evidence *got)
{
	for (size_t i = 0; i < SNP_JSON_REPORT_SIZE; i++)
		if (got->report[i] && got->report[i] != sent[i])
			abort();
	if (memcmp(sent + 0x50, got->report + 0x50, 0x180 - 0x50) != 0 ||
		memcmp(sent + 0x2a0, got->report + 0x2a0, 144) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct snp_evidence out;
	json_t *json = NULL;

	if (size < SNP_JSON_REPORT_SIZE ||
		snp_json_build((struct view){data, SNP_JSON_REPORT_SIZE},
			(struct view){data + SNP_JSON_REPORT_SIZE, size - SNP_JSON_REPORT_SIZE},
			&json, NULL))
		return 0;
	/* Eight certificates are read, sixteen can be in a table: a refusal is possible then. */
	if (!snp_json_parse(json, &out, NULL))
		compare(data, &out);
	else if (json_array_size(json_object_get(json, "cert_chain")) <= SNP_JSON_CERTS_MAX)
		abort();
	snp_evidence_fini(&out);
	json_decref(json);
	return 0;
}
