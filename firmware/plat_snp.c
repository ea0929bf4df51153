/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AMD SEV-SNP. All RAM is private from the start, so the only instruction that memory needs is
 * PVALIDATE; the host is spoken to once, by the GHCB MSR, to say why the boot ends. No GHCB page,
 * no exception that is handled, no CPUID, no port.
 */
#include "common/bytes.h"
#include "firmware/accept.h"
#include "firmware/cpu.h"
#include "firmware/paging.h"
#include "firmware/platform.h"
#include "firmware/ram.h"
#include "firmware/snp.h"
#include "firmware/staging.h"

#define C_BIT ((uint64_t)1 << HC_SNP_CBIT)

/*
 * Features that change nothing for this code and that Linux takes or does not see. All others
 * change who handles an event, or who may write the save area, and are refused whoever measured
 * them.
 */
#define FEATURES_ALLOWED                                                                           \
	(SNP_FEATURE_ACTIVE | SNP_FEATURE_DEBUG_SWAP | SNP_FEATURE_PREVENT_HOST_IBS |              \
		SNP_FEATURE_BTB_ISOLATION | SNP_FEATURE_SECURE_TSC | SNP_FEATURE_IBS_VIRT |        \
		SNP_FEATURE_SMT_PROTECTION | SNP_FEATURE_IBPB_ON_ENTRY)

/* VMPL 1 gets no permission that it did not have, which is none. Only VMPL 0 may say so. */
#define VMPL1_NOTHING 1

/*
 * struct setup_data with SETUP_CC_BLOB, and struct cc_blob_sev_info (Linux
 * Documentation/arch/x86/boot.rst; arch/x86/include/asm/sev.h).
 */
#define SETUP_CC_BLOB 7
#define CC_BLOB_MAGIC 0x45444d41 /* "AMDE" */
enum {
	SETUP_TYPE = 8,
	SETUP_LENGTH = 12,
	SETUP_BLOB_ADDRESS = 16,
	SETUP_BLOB_LENGTH = 4, /* of what follows the header of 16 bytes */
	BLOB_AT = 64,          /* behind it, in the same page */
	BLOB_SECRETS = 8,
	BLOB_SECRETS_LENGTH = 16,
	BLOB_CPUID = 24,
	BLOB_CPUID_LENGTH = 32,
	HANDOVER_SIZE = BLOB_AT + 40,
};

static int features_check(const struct hc_manifest *manifest)
{
	const uint64_t status = snp_read_status();
	const uint64_t features = status >> SNP_STATUS_FEATURES_SHIFT;

	if ((status & SNP_STATUS_SEV_ES) != SNP_STATUS_SEV_ES || !(features & SNP_FEATURE_ACTIVE))
		return HC_REFUSE_NOT_GENUINE_PLATFORM;
	if (manifest->features_mask != UINT64_MAX)
		return HC_REFUSE_MANIFEST_RANGE;
	if ((features & ~FEATURES_ALLOWED) != 0 || features != manifest->features)
		return HC_REFUSE_FEATURES;
	return 0;
}

static int vmpl_check(void)
{
	return snp_rmpadjust(HC_BSS_GPA, VMPL1_NOTHING) == 0 ? 0 : HC_REFUSE_NOT_VMPL0;
}

static int secrets_check(void)
{
	const struct snp_secrets *secrets = ram_at(HC_SECRETS_GPA, sizeof(*secrets));

	if (secrets->version < SNP_SECRETS_VERSION_MIN || secrets->svsm_size != 0)
		return HC_REFUSE_SECRETS_PAGE;
	return 0;
}

/* The secure processor has checked the values; that Linux takes the C-bit from here is our concern.
 */
static int cpuid_check(void)
{
	const struct snp_cpuid *cpuid = ram_at(HC_CPUID_GPA, sizeof(*cpuid));
	uint32_t found = 0;

	if (cpuid->count > SNP_CPUID_MAX || cpuid->reserved0 != 0 || cpuid->reserved1 != 0)
		return HC_REFUSE_CPUID_PAGE;
	for (uint32_t i = 0; i < cpuid->count; i++) {
		const struct snp_cpuid_entry *e = &cpuid->entry[i];

		if (e->eax_in != SNP_CPUID_LEAF)
			continue;
		found++;
		if ((e->ebx & SNP_CPUID_CBIT_MASK) != HC_SNP_CBIT)
			return HC_REFUSE_CPUID_PAGE;
	}
	return found == 1 ? 0 : HC_REFUSE_CPUID_PAGE;
}

static int snp_identify(const struct hc_manifest *manifest)
{
	int refusal = features_check(manifest);

	if (!refusal)
		refusal = vmpl_check();
	if (!refusal)
		refusal = secrets_check();
	return refusal ? refusal : cpuid_check();
}

/*
 * Some processors may serve stale lines of a page after it was validated (AMD-SB-3017). Reading its
 * first and last line throws them out; it is done on all.
 */
static void evict(uint64_t gpa, uint64_t len_bytes)
{
	for (uint64_t at = gpa; at < gpa + len_bytes; at += HC_PAGE_SIZE) {
		const volatile uint8_t *page = ram_at(at, HC_PAGE_SIZE);

		(void)page[0];
		(void)page[HC_PAGE_SIZE - 1];
	}
}

static int snp_accept_page(uint64_t gpa, bool large)
{
	bool unchanged;
	const uint32_t result = snp_pvalidate(gpa, large, &unchanged);

	if (result == SNP_FAIL_SIZEMISMATCH && large)
		return ACCEPT_MISMATCH;
	if (result != 0)
		return HC_REFUSE_ACCEPT;
	/* Validated before: the host may have two pages for one address, and swap them. */
	if (unchanged)
		return HC_REFUSE_ACCEPTED_BEFORE;
	evict(gpa, large ? ACCEPT_LARGE : HC_PAGE_SIZE);
	return 0;
}

static int snp_accept(uint64_t gpa, uint64_t len_bytes)
{
	return accept_pages(gpa, len_bytes, snp_accept_page);
}

static void snp_map_staging(void)
{
	paging_map_staging(C_BIT, 0);
}

/* What there is to measure is in the launch digest already. */
static int snp_measure(const struct hc_manifest *manifest)
{
	(void)manifest;
	return 0;
}

static uint64_t snp_setup_data(void)
{
	uint8_t *setup = ram_at(HC_SETUP_DATA_GPA, HANDOVER_SIZE);
	uint8_t *blob = setup + BLOB_AT;

	put_le32(setup + SETUP_TYPE, SETUP_CC_BLOB);
	put_le32(setup + SETUP_LENGTH, SETUP_BLOB_LENGTH);
	put_le32(setup + SETUP_BLOB_ADDRESS, HC_SETUP_DATA_GPA + BLOB_AT);
	put_le32(blob, CC_BLOB_MAGIC);
	put_le64(blob + BLOB_SECRETS, HC_SECRETS_GPA);
	put_le32(blob + BLOB_SECRETS_LENGTH, HC_PAGE_SIZE);
	put_le64(blob + BLOB_CPUID, HC_CPUID_GPA);
	put_le32(blob + BLOB_CPUID_LENGTH, HC_PAGE_SIZE);
	return HC_SETUP_DATA_GPA;
}

static FW_NORETURN void snp_die(uint8_t code, uint8_t detail)
{
	const bool vector = code == HC_REFUSE_EXCEPTION;
	const uint64_t set = vector ? HC_REFUSE_SNP_VECTOR_SET : HC_REFUSE_SNP_REASON_SET;
	const uint64_t reason = vector ? detail : code;

	snp_ghcb_request(SNP_GHCB_TERMINATE | set << 12 | reason << 16);
	cpu_stop();
}

/* They halt, and Linux starts them by other means. */
static void snp_release_vcpus(void)
{
}

const struct platform platform = {
	.id = HC_PLATFORM_SNP,
	.private_bits = C_BIT,
	.identify = snp_identify,
	.accept = snp_accept,
	.map_staging = snp_map_staging,
	.unmap_staging = paging_unmap_staging,
	.staging_read = staging_copy,
	.measure = snp_measure,
	.setup_data = snp_setup_data,
	.release_vcpus = snp_release_vcpus,
	.die = snp_die,
};
