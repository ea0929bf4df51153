/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A loader of IGVM files that shares no code with attest/measure: it applies the directives of a
 * file as the loaders of VMMs do, by their sources as read in November 2026, and refuses what any
 * of them refuses. From it the software machines launch, and the digest of what it launches is
 * reckoned here.
 *
 *   QEMU               backends/igvm.c: qigvm_process_file, qigvm_supported_platform_compat_mask,
 *                      qigvm_process_mem_region, qigvm_type_to_cgs_type,
 * qigvm_directive_vp_context; target/i386/sev.c: check_vmsa_supported, sev_set_cpu_context Cloud
 * Hypervisor   vmm/src/igvm/igvm_loader.rs: load_igvm; loader.rs: Loader::import_pages OpenVMM
 * openvmm_core/src/worker/vm_loaders/igvm.rs: load_igvm_x86 the igvm crate
 * igvm/src/measurement/tdx.rs, for TDX, which no VMM among these loads
 *
 * Pages are launched in the order of the file, or by address, as Cloud Hypervisor and OpenVMM's
 * backend for MSHV sort them. The flag "shared" counts for nothing, as in QEMU and Cloud
 * Hypervisor.
 */
#ifndef HC_TESTS_LOADER_H
#define HC_TESTS_LOADER_H

#include <stdbool.h>

#include "common/bytes.h"
#include "firmware/abi/image.h"
#include "firmware/abi/layout.h"

enum loader_platform { LOADER_NATIVE = 0, LOADER_SNP = 2, LOADER_TDX = 3 };
enum loader_order { LOADER_FILE_ORDER, LOADER_BY_ADDRESS };

struct loader_page {
	uint64_t gpa;
	enum hc_page_type type; /* as SNP calls it */
	const uint8_t *bytes;   /* 4096 in the file */
};

struct loader {
	struct view file; /* borrowed */
	enum loader_platform platform;
	struct loader_page *page; /* in the order of the launch */
	size_t count;
	const uint8_t *context[HC_VCPUS_MAX]; /* of the vCPUs that the file has one for */
	uint32_t contexts;
	uint64_t policy; /* SNP */
};

/*
 * Load `file` for `platform`. NULL, or what a loader would say; pair: loader_free, after both. All
 * pages have to be in [0, ram_end), or be the page of the TDX reset vector.
 */
const char *loader_load(struct loader *out, struct view file, enum loader_platform platform,
	enum loader_order order, uint64_t ram_end);
void loader_free(struct loader *l);

/* SNP: the launch digest (SNP firmware ABI 8.17.2), save areas last as KVM has it. TDX: MRTD. */
void loader_digest(const struct loader *l, uint8_t out[48]);

/* One page more in a launch digest; `bytes` NULL where its content is not measured. */
void loader_snp_extend(uint8_t ld[48], enum hc_page_type type, uint64_t gpa, const uint8_t *bytes);

#endif
