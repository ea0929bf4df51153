/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "common/timefmt.h"
#include "tests/unit/policy_sample.h"

#define D64  "a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebf"
#define D32  "c0c1c2c3c4c5c6c7c8c9cacbcccdcecf"
#define D128 D64 D64

const char policy_sample_full[] =
	"{\"version\":1,\"name\":\"full\","
	"\"deny\":{\"snp\":{\"chips\":[\"" D128 "\",\"a0a1a2a3a4a5a6a7\"],"
	"\"products\":[\"milan\"],\"firmware_builds\":[\"1.55.21\"]}},"
	"\"accept\":["
	"{\"name\":\"genoa-paris\",\"snp\":{"
	"\"products\":[\"milan\",\"genoa\",\"turin\"],"
	"\"roots\":[\"amd-milan\",\"amd-genoa\",\"amd-turin\",\"sha256:" D64 "\"],"
	"\"measurements\":[\"" M96 "\"],"
	"\"tcb\":{"
	"\"milan\":{\"all\":{\"bootloader\":4,\"tee\":0,\"snp\":24,\"microcode\":219}},"
	"\"genoa\":{\"reported\":{\"microcode\":72},\"committed\":{\"snp\":21},"
	"\"current\":{\"tee\":0},\"launch\":{\"bootloader\":9},\"all\":{\"bootloader\":8}},"
	"\"turin\":{\"all\":{\"fmc\":1,\"bootloader\":1,\"tee\":1,\"snp\":4,\"microcode\":81}}},"
	"\"firmware\":{\"current\":\"1.55.29\",\"committed\":\"1.55.22\"},"
	"\"mitigations\":{\"launch\":\"0x0b\",\"current\":\"0x0B\"},"
	"\"guest_policy\":{\"smt_allowed\":\"any\",\"migrate_ma\":\"any\",\"debug\":\"required-1\","
	"\"single_socket\":\"required-1\",\"cxl_allow\":\"required-0\",\"mem_aes_256_xts\":\"any\","
	"\"rapl_dis\":\"any\",\"ciphertext_hiding\":\"any\",\"page_swap_disable\":\"any\"},"
	"\"platform_info\":{\"smt_en\":\"any\",\"tsme_en\":\"any\",\"ecc_en\":\"any\","
	"\"rapl_dis\":\"any\",\"ciphertext_hiding_en\":\"any\","
	"\"alias_check_complete\":\"required-1\",\"iommu_write_safe\":\"any\",\"tio_en\":"
	"\"required-0\"},"
	"\"unknown_bits\":\"warn\",\"abi\":{\"min\":\"1.51\"},"
	"\"report_versions\":[2,3,5,6],\"vmpl\":[0,1,2,3],\"signing_key\":[\"vcek\",\"vlek\"],"
	"\"id_key_digests\":[\"" M96 "\"],\"author_key_digests\":[\"" M96 "\"],"
	"\"host_data\":[\"" D64 "\"],\"family_ids\":[\"" D32 "\"],\"image_ids\":[\"" D32 "\"],"
	"\"guest_svn\":{\"min\":2},"
	"\"chips\":[{\"id\":\"" D128 "\",\"endorsement_keys\":[\"sha256:" D64 "\"],"
	"\"note\":\"rack 3\"},{\"id\":\"b0a1a2a3a4a5a6a7\"}]},"
	"\"loosen\":[" LOOSEN("debug", "2030-01-01") "," LOOSEN(
		"migration", "2030-01-01") "," LOOSEN("milan",
		"2030-01-01T12:00:00Z") "," LOOSEN("revocation", "2030-01-01") "," LOOSEN("vmpl",
		"2030-01-01") "," LOOSEN("masked-chip", "2030-01-01") "," LOOSEN("report-version-2",
		"2030-01-01") "," LOOSEN("report-version-6",
		"2030-01-01") "," LOOSEN("unknown-bits",
		"2030-01-01T00:00:00+02:00") "]},"
					     "{\"name\":\"second\",\"snp\":{\"measurements\":["
					     "\"" M96 "\"]}}]}";

int policy_sample_parse(struct policy *out, const char *text, struct error *err)
{
	return policy_parse(out, (struct view){(const uint8_t *)text, strlen(text)}, err);
}

void policy_sample_good(struct policy *out, const char *text)
{
	struct error err = {0};

	if (policy_sample_parse(out, text, &err))
		fail_msg("%s: found %s, expected %s, in %s", err.where, err.found, err.expected,
			text);
}

static void fill_report(struct snp_report *r)
{
	r->version = 5;
	r->has_mit_vector = true;
	r->launch_mit_vector = 0xb;
	r->current_mit_vector = 0xb;
	r->policy = SNP_POLICY_RESERVED_ONE | SNP_POLICY_SMT | 1 << 8 | 51;
	r->platform_info = SNP_PLATFORM_SMT_EN | SNP_PLATFORM_ALIAS_CHECK_COMPLETE;
	r->key_info = SNP_KEY_INFO_AUTHOR_KEY_EN;
	r->guest_svn = 2;
	memset(r->report_id_ma, 0xff, sizeof(r->report_id_ma));
	for (size_t i = 0; i < 64; i++)
		r->chip_id[i] = (uint8_t)(0xa0 + i % 32);
	for (size_t i = 0; i < 48; i++)
		r->id_key_digest[i] = r->author_key_digest[i] = (uint8_t)i;
	for (size_t i = 0; i < 32; i++)
		r->host_data[i] = (uint8_t)(0xa0 + i);
	for (size_t i = 0; i < 16; i++)
		r->family_id[i] = r->image_id[i] = (uint8_t)(0xc0 + i);
	r->current = (struct snp_version){.major = 1, .minor = 55, .build = 29};
	r->committed = r->current;
}

void policy_sample_claims(struct verdict *v)
{
	static const uint8_t tcb[8] = {9, 1, 0, 0, 0, 0, 21, 72};
	struct claims *c = &v->claims;

	verdict_reset(v, MESSAGES_EN);
	v->at = timefmt_civil(2026, 1, 1, 0, 0, 0);
	v->has_root = true;
	snprintf(v->root.name, sizeof(v->root.name), "amd-genoa");
	v->root.builtin = true;
	v->revocation = REVOCATION_GOOD;
	c->tee = CLAIMS_SEV_SNP;
	c->measurement_len = 48;
	for (size_t i = 0; i < 48; i++)
		c->measurement[i] = (uint8_t)i;
	fill_report(&c->snp.report);
	c->snp.product = SNP_PRODUCT_GENOA;
	c->snp.signing_key = SNP_SIGNING_KEY_VCEK;
	c->snp.has_endorsement_key = true;
	for (size_t i = 0; i < 32; i++)
		c->snp.endorsement_key_sha256[i] = (uint8_t)(0xa0 + i);
	snp_tcb_decode(&c->snp.current, tcb, SNP_PRODUCT_GENOA);
	c->snp.reported = c->snp.committed = c->snp.launch = c->snp.current;
}
