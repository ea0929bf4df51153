/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hc-check policy example: a strict policy to start from. The floors are levels that published
 * reports of 2025 and 2026 show, no more: raise them to what the machines in custody run.
 */
#include "attest/check/policy_command.h"
#include "common/hex.h"

static const char snp[] =
	"{\n"
	"  \"version\": 1,\n"
	"  \"name\": \"example-name-it-after-who-and-what\",\n"
	"  \"deny\": {\n"
	"    \"snp\": { \"products\": [\"milan\"] }\n"
	"  },\n"
	"  \"accept\": [\n"
	"    {\n"
	"      \"name\": \"genoa-add-your-chips\",\n"
	"      \"snp\": {\n"
	"        \"products\": [\"genoa\"],\n"
	"        \"measurements\": [\n"
	"          \"%s\"\n"
	"        ],\n"
	"        \"tcb\": {\n"
	"          \"genoa\": { \"all\": { \"bootloader\": 10, \"snp\": 23, \"microcode\": 84 } }\n"
	"        },\n"
	"        \"firmware\": { \"current\": \"1.55.40\", \"committed\": \"1.55.40\" },\n"
	"        \"guest_policy\": { \"debug\": \"required-0\", \"migrate_ma\": \"required-0\" },\n"
	"        \"platform_info\": { \"alias_check_complete\": \"required-1\" },\n"
	"        \"unknown_bits\": \"refuse\",\n"
	"        \"report_versions\": [3, 5],\n"
	"        \"vmpl\": [0],\n"
	"        \"signing_key\": [\"vcek\"]\n"
	"      }\n"
	"    },\n"
	"    {\n"
	"      \"name\": \"turin-add-your-chips\",\n"
	"      \"snp\": {\n"
	"        \"products\": [\"turin\"],\n"
	"        \"measurements\": [\n"
	"          \"%s\"\n"
	"        ],\n"
	"        \"tcb\": {\n"
	"          \"turin\": {\n"
	"            \"all\": { \"fmc\": 1, \"bootloader\": 1, \"tee\": 1, \"snp\": 4, "
	"\"microcode\": 81 }\n"
	"          }\n"
	"        },\n"
	"        \"firmware\": { \"current\": \"1.55.65\", \"committed\": \"1.55.65\" },\n"
	"        \"mitigations\": { \"launch\": \"0x3f\", \"current\": \"0x3f\" },\n"
	"        \"guest_policy\": { \"debug\": \"required-0\", \"migrate_ma\": \"required-0\" },\n"
	"        \"platform_info\": { \"alias_check_complete\": \"required-1\" },\n"
	"        \"unknown_bits\": \"refuse\",\n"
	"        \"report_versions\": [5],\n"
	"        \"vmpl\": [0],\n"
	"        \"signing_key\": [\"vcek\"]\n"
	"      }\n"
	"    }\n"
	"  ]\n"
	"}\n";

static const char tdx[] =
	"{\n"
	"  \"version\": 1,\n"
	"  \"name\": \"example-name-it-after-who-and-what\",\n"
	"  \"accept\": [\n"
	"    {\n"
	"      \"name\": \"tdx-add-your-platforms\",\n"
	"      \"tdx\": {\n"
	"        \"mrtd\": [\n"
	"          \"%s\"\n"
	"        ],\n"
	"        \"mrsignerseam\": [\n"
	"          \"%s\"\n"
	"        ],\n"
	"        \"tcb_statuses\": [\"UpToDate\"],\n"
	"        \"min_evaluation_number\": 19,\n"
	"        \"td_attributes\": {\n"
	"          \"debug\": \"required-0\", \"hgs_plus_prof\": \"required-0\", \"perf_prof\": "
	"\"required-0\",\n"
	"          \"pmt_prof\": \"required-0\", \"migratable\": \"required-0\", "
	"\"sept_ve_disable\": \"required-1\"\n"
	"        },\n"
	"        \"seamattributes\": \"0x0000000000000000\",\n"
	"        \"unknown_bits\": \"refuse\",\n"
	"        \"bodies\": [\"TD 1.0\", \"TD 1.5\"]\n"
	"      }\n"
	"    }\n"
	"  ]\n"
	"}\n";

int policy_example(const char *tee, const char *measurement, enum messages_lang lang)
{
	uint8_t digest[48] = {0};
	char hex[97], intel[97];
	struct error err;

	if (strcmp(tee, "snp") && strcmp(tee, "tdx")) {
		error_fail(&err, HC_EUSAGE, "policy example", "\"%.40s\"", tee);
		error_expected(&err, "snp or tdx");
		return command_fail(&err, lang);
	}
	hex_encode(intel, digest, sizeof(digest));
	if (measurement && hex_decode(digest, sizeof(digest), measurement, "MEASUREMENT", &err)) {
		err.code = HC_EUSAGE;
		return command_fail(&err, lang);
	}
	hex_encode(hex, digest, sizeof(digest));
	if (!strcmp(tee, "snp"))
		printf(snp, hex, hex);
	else /* a module of Intel's is signed by nobody: zeros */
		printf(tdx, hex, intel);
	return command_flush(COMMAND_TRUSTED, lang);
}
