/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Intel TDX. The TDX module is asked for four things: who we are, to accept memory, to extend
 * RTMR1, and to pass on why the boot ends. No #VE handler, no CPUID, no port; the host is spoken to
 * in the last case only.
 */
#include "firmware/tdx.h"

#include <string.h>

#include "firmware/accept.h"
#include "firmware/ccel.h"
#include "firmware/cpu.h"
#include "firmware/paging.h"
#include "firmware/platform.h"
#include "firmware/ram.h"
#include "firmware/sha384.h"
#include "firmware/staging.h"

/* Others show the guest to a debugger, let it be moved, or are unknown here. */
#define ATTRIBUTES_ALLOWED                                                                         \
	(TDX_ATTRIBUTE_SEPT_VE_DISABLE | TDX_ATTRIBUTE_PKS | TDX_ATTRIBUTE_PERFMON)
#define BUSY_TRIES 1000

/* In bss, so 0 in the measured launch. */
volatile uint32_t tdx_released;

static uint64_t shared_bit; /* of a page table entry */

static uint32_t status_of(uint64_t result)
{
	return (uint32_t)(result >> TDX_STATUS_SHIFT);
}

static int attributes_check(uint64_t attributes, const struct hc_manifest *manifest)
{
	if (manifest->features_mask != UINT64_MAX)
		return HC_REFUSE_MANIFEST_RANGE;
	/* Without it a page that the host takes away is an exception here, not the end of the
	 * guest. */
	if (!(attributes & TDX_ATTRIBUTE_SEPT_VE_DISABLE) || (attributes & ~ATTRIBUTES_ALLOWED) ||
		attributes != manifest->features)
		return HC_REFUSE_FEATURES;
	return 0;
}

static int tdx_identify(const struct hc_manifest *manifest)
{
	struct tdx_regs info = {0};
	uint64_t gpaw;

	if (tdx_call(TDX_INFO, &info) != 0)
		return HC_REFUSE_NOT_GENUINE_PLATFORM;
	gpaw = info.rcx & TDX_GPAW_MASK;
	if (gpaw != TDX_GPAW_4 && gpaw != TDX_GPAW_5)
		return HC_REFUSE_NOT_GENUINE_PLATFORM;
	shared_bit = (uint64_t)1 << (gpaw - 1);
	if ((uint32_t)info.r8 != manifest->vcpu_count)
		return HC_REFUSE_FDT_CPUS;
	return attributes_check(info.rdx, manifest);
}

static int tdx_accept_page(uint64_t gpa, bool large)
{
	for (unsigned int i = 0; i < BUSY_TRIES; i++) {
		struct tdx_regs regs = {.rcx = gpa | (large ? TDX_ACCEPT_2M : 0)};

		switch (status_of(tdx_call(TDX_ACCEPT, &regs))) {
		case TDX_SUCCESS:
			return 0;
		case TDX_ALREADY_ACCEPTED:
			return HC_REFUSE_ACCEPTED_BEFORE;
		case TDX_SIZE_MISMATCH:
			return large ? ACCEPT_MISMATCH : HC_REFUSE_ACCEPT;
		case TDX_OPERAND_BUSY:
			break;
		default:
			return HC_REFUSE_ACCEPT;
		}
	}
	return HC_REFUSE_ACCEPT;
}

static int tdx_accept(uint64_t gpa, uint64_t len_bytes)
{
	return accept_pages(gpa, len_bytes, tdx_accept_page);
}

static void tdx_map_staging(void)
{
	paging_map_staging(0, shared_bit);
}

/* RTMR1, and the log that says so (abi/ccel.h). */
static int tdx_measure(const struct hc_manifest *manifest)
{
	static uint8_t digest[FW_SHA384_SIZE] __attribute__((aligned(TDX_DIGEST_ALIGN)));
	struct tdx_regs regs = {.rcx = (uintptr_t)digest, .rdx = HC_CCEL_RTMR};

	sha384_of(digest, manifest, sizeof(*manifest));
	if (tdx_call(TDX_RTMR_EXTEND, &regs) != 0)
		return HC_REFUSE_MEASURE;
	ccel_log_build(ram_at(HC_CCEL_LOG_GPA, HC_CCEL_LOG_SIZE), manifest, digest);
	return 0;
}

static uint64_t tdx_setup_data(void)
{
	return 0;
}

/* The mailbox was zeroed with the other areas; only this guest can write to it. */
static void tdx_release_vcpus(void)
{
	__asm__ volatile("" ::: "memory");
	tdx_released = 1;
}

static const char *refusal_name(uint8_t code)
{
	static const struct {
		uint8_t code;
		char name[23];
	} names[] = {
#define NAME(number, name, meaning, remedy) {number, #name},
		HC_REFUSALS(NAME)
#undef NAME
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].code == code)
			return names[i].name;
	}
	return "";
}

static FW_NORETURN void tdx_die(uint8_t code, uint8_t detail)
{
	static uint64_t report[TDX_REPORT_WORDS];
	static const char prefix[] = "huisclos: ";
	const char *name = refusal_name(code);
	char *text = (char *)report;

	memcpy(text, prefix, sizeof(prefix) - 1);
	memcpy(text + sizeof(prefix) - 1, name, strlen(name));
	report[TDX_REPORT_WORDS - 1] =
		(uint64_t)HC_REFUSE_MAGIC << 16 | (uint64_t)detail << 8 | code;
	tdx_fatal(report);
}

const struct platform platform = {
	.id = HC_PLATFORM_TDX,
	.private_bits = 0,
	.acpi = {.mailbox = HC_MAILBOX_GPA, .log = HC_CCEL_LOG_GPA, .log_len = HC_CCEL_LOG_MAX},
	.identify = tdx_identify,
	.accept = tdx_accept,
	.map_staging = tdx_map_staging,
	.unmap_staging = paging_unmap_staging,
	.staging_read = staging_copy,
	.measure = tdx_measure,
	.setup_data = tdx_setup_data,
	.release_vcpus = tdx_release_vcpus,
	.die = tdx_die,
};
