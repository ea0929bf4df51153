/* SPDX-License-Identifier: Apache-2.0 */
/* Bits of the guest policy. Must never let a bit through that nobody can name. */
#include "vmm/platform/snp_policy.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SECTION "SNP firmware ABI 1.57, 4.3"

static const struct {
	uint64_t bits;
	const char *name;
} names[] = {
	{SNP_POLICY_ABI, "ABI version"},
	{SNP_POLICY_SMT, "SMT"},
	{SNP_POLICY_MUST_BE_ONE, "bit 17"},
	{SNP_POLICY_MIGRATE_MA, "MIGRATE_MA"},
	{SNP_POLICY_DEBUG, "DEBUG"},
	{SNP_POLICY_SINGLE_SOCKET, "SINGLE_SOCKET"},
	{SNP_POLICY_CXL, "CXL_ALLOW"},
	{SNP_POLICY_MEM_AES_256, "MEM_AES_256_XTS"},
	{SNP_POLICY_RAPL_DIS, "RAPL_DIS"},
	{SNP_POLICY_CIPHERTEXT, "CIPHERTEXT_HIDING"},
	{SNP_POLICY_PAGE_SWAP_DIS, "PAGE_SWAP_DISABLE"},
};

static uint64_t known(void)
{
	uint64_t all = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		all |= names[i].bits;
	return all;
}

static int denied(uint64_t policy, const char *bit, const char *what, struct error *err)
{
	error_fail(err, HC_EDENIED, "guest policy", "0x%" PRIx64 ", with %s", policy, bit);
	error_remedy(err,
		"leave the bit out, or say \"%s\": \"allowed\"; a verifier will refuse it", what);
	return error_section(err, SECTION);
}

int snp_policy_check(uint64_t policy, bool debug_allowed, bool migration_allowed, struct error *err)
{
	if (!(policy & SNP_POLICY_MUST_BE_ONE) || policy & ~known()) {
		error_fail(err, HC_ERANGE, "guest policy", "0x%" PRIx64, policy);
		error_expected(err, "bit 17 set, and none of 0x%" PRIx64, ~known());
		error_section(err, SECTION);
		return HC_ERANGE;
	}
	if (policy & SNP_POLICY_DEBUG && !debug_allowed)
		return denied(policy, "DEBUG: the host may read the guest", "debug", err);
	if (policy & SNP_POLICY_MIGRATE_MA && !migration_allowed)
		return denied(policy, "MIGRATE_MA: an agent may move it", "migration", err);
	return 0;
}

int snp_policy_host(uint64_t policy, uint64_t bits, bool old, struct error *err)
{
	const uint64_t wrong = policy & ~bits;
	char list[128] = "";

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (wrong & names[i].bits) {
			const size_t n = strlen(list);

			snprintf(list + n, sizeof(list) - n, "%s%s", n ? ", " : "", names[i].name);
		}
	if (wrong) {
		error_fail(err, HC_EPLATFORM, "guest policy",
			"0x%" PRIx64 ": this host's KVM does not take %s", policy, list);
		error_expected(err, "bits of 0x%" PRIx64, bits);
		error_remedy(err, "leave them out%s",
			old ? ", or run Linux 6.19 or newer, which takes more" : "");
		return HC_EPLATFORM;
	}
	if (!old || policy & SNP_POLICY_SMT)
		return 0;
	error_fail(err, HC_EPLATFORM, "guest policy", "0x%" PRIx64 ", without SMT", policy);
	error_remedy(err, "this kernel launches only guests that allow SMT (bit 16); Linux 6.19 "
			  "and newer launch others");
	return HC_EPLATFORM;
}
