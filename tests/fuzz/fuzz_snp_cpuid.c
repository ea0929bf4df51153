/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CPUID tables as a kernel might give them, and pages as a secure processor might leave them: never
 * more than 64 functions, and a page that is taken claims nothing that hc-vmm's did not.
 */
#include <stdlib.h>
#include <string.h>

#include "vmm/platform/snp_cpuid.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static bool claims_more(const struct snp_cpuid_page *ours, const struct snp_cpuid_page *theirs)
{
	for (uint32_t i = 0; i < SNP_CPUID_MAX; i++)
		for (size_t r = 0; r < 4; r++)
			if (theirs->entry[i].reg[r] & ~ours->entry[i].reg[r])
				return true;
	return theirs->count != ours->count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct log log = {.fd = -1, .level = LOG_LEVEL_ERROR, .program = "fuzz"};
	static struct kvm_cpuid_table table;
	struct snp_cpuid_page ours, theirs;
	struct error err = {0};
	uint32_t n = 0;

	memset(&table, 0, sizeof(table));
	for (; n < KVM_CPUID_MAX && len >= sizeof(table.entry[0]) + 1 && data[0] & 1; n++) {
		memcpy(&table.entry[n], data + 1, sizeof(table.entry[0]));
		data += sizeof(table.entry[0]) + 1;
		len -= sizeof(table.entry[0]) + 1;
	}
	table.head.nent = n;
	(void)!snp_cpuid_fit(&table, &err);
	if (snp_cpuid_build(&ours, &table, &err))
		return 0;
	if (ours.count > SNP_CPUID_MAX)
		abort();
	/* The rest: changes to the page. */
	theirs = ours;
	for (; len >= 3; data += 3, len -= 3)
		((uint8_t *)&theirs)[(size_t)(data[0] | data[1] << 8) % sizeof(theirs)] ^= data[2];
	if (!snp_cpuid_corrected(&ours, &theirs, &log, &err) && claims_more(&ours, &theirs))
		abort();
	return 0;
}
