/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The instructions and registers of an SNP guest that the firmware uses, and the pages that the
 * secure processor fills. AMD64 APM volume 2 section 15.36 and volume 3; SEV-ES GHCB
 * specification 2.0, section 2.3.1; SNP firmware ABI sections 8.14 and 8.17.
 */
#ifndef HC_FIRMWARE_SNP_H
#define HC_FIRMWARE_SNP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "firmware/abi/layout.h"

#define SNP_MSR_GHCB   0xc0010130
#define SNP_MSR_STATUS 0xc0010131

/* SEV_STATUS: SEV, SEV-ES, and from bit 2 on the SEV_FEATURES of the save area (bit 0: SNP). */
#define SNP_STATUS_SEV_ES         HC_U64(0x3)
#define SNP_STATUS_FEATURES_SHIFT 2

#define SNP_FEATURE_ACTIVE           HC_U64(0x000001)
#define SNP_FEATURE_DEBUG_SWAP       HC_U64(0x000020)
#define SNP_FEATURE_PREVENT_HOST_IBS HC_U64(0x000040)
#define SNP_FEATURE_BTB_ISOLATION    HC_U64(0x000080)
#define SNP_FEATURE_SECURE_TSC       HC_U64(0x000200)
#define SNP_FEATURE_IBS_VIRT         HC_U64(0x001000)
#define SNP_FEATURE_SMT_PROTECTION   HC_U64(0x008000)
#define SNP_FEATURE_IBPB_ON_ENTRY    HC_U64(0x200000)

/* What PVALIDATE and RMPADJUST leave in EAX. */
#define SNP_FAIL_SIZEMISMATCH 6

/* GHCB MSR protocol: terminate, reason set in 15:12, reason in 23:16. */
#define SNP_GHCB_TERMINATE 0x100

/* The secrets page; what lies between is for Linux. */
struct snp_secrets {
	uint32_t version;
	uint8_t reserved0[0x144];
	uint64_t svsm_size; /* bytes; 0: there is no SVSM */
	uint8_t reserved1[0xeb0];
};
_Static_assert(offsetof(struct snp_secrets, svsm_size) == 0x148, "secrets page, version 3");
_Static_assert(sizeof(struct snp_secrets) == HC_PAGE_SIZE, "the secrets are a page");

#define SNP_SECRETS_VERSION_MIN 2

/* The CPUID page (SNP firmware ABI 8.17.2.6). */
#define SNP_CPUID_MAX 64
struct snp_cpuid_entry {
	uint32_t eax_in, ecx_in;
	uint64_t xcr0_in, xss_in;
	uint32_t eax, ebx, ecx, edx;
	uint64_t reserved;
};
struct snp_cpuid {
	uint32_t count;
	uint32_t reserved0;
	uint64_t reserved1;
	struct snp_cpuid_entry entry[SNP_CPUID_MAX];
};
_Static_assert(sizeof(struct snp_cpuid_entry) == 48, "ABI 8.17.2.6");
_Static_assert(offsetof(struct snp_cpuid, entry) == 16, "ABI 8.17.2.6");

#define SNP_CPUID_LEAF      0x8000001f /* memory encryption */
#define SNP_CPUID_CBIT_MASK 0x3f       /* of its EBX */

/* 0 and *unchanged false: the page is validated now, and was not before. `va` is mapped private. */
static inline uint32_t snp_pvalidate(uint64_t va, bool large, bool *unchanged)
{
	uint64_t result = va;
	bool carry;

	__asm__ volatile(".byte 0xf2, 0x0f, 0x01, 0xff" /* pvalidate */
			 : "+a"(result), "=@ccc"(carry)
			 : "c"((uint64_t)large), "d"(1ULL)
			 : "memory");
	*unchanged = carry;
	return (uint32_t)result;
}

/* Permissions of a lower VMPL for the page of 4 KiB at `va`: 0, or why not. */
static inline uint32_t snp_rmpadjust(uint64_t va, uint64_t attributes)
{
	uint64_t result = va;

	__asm__ volatile(".byte 0xf3, 0x0f, 0x01, 0xfe" /* rmpadjust */
			 : "+a"(result)
			 : "c"(0ULL), "d"(attributes)
			 : "memory", "cc");
	return (uint32_t)result;
}

static inline uint64_t snp_read_status(void)
{
	uint32_t low, high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(SNP_MSR_STATUS));
	return (uint64_t)high << 32 | low;
}

/* One request of the GHCB MSR protocol; no GHCB page is involved. */
static inline void snp_ghcb_request(uint64_t request)
{
	__asm__ volatile(
		"wrmsr" ::"c"(SNP_MSR_GHCB), "a"((uint32_t)request), "d"((uint32_t)(request >> 32))
		: "memory");
	__asm__ volatile("rep; vmmcall" ::: "memory"); /* vmgexit */
}

#endif
