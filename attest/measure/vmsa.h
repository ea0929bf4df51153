/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The save area of an SNP vCPU (AMD64 APM volume 2, table B-4) as KVM builds it before it is
 * measured. Only what KVM takes from its caller is a field here; the rest is constant or zero.
 */
#ifndef HC_ATTEST_MEASURE_VMSA_H
#define HC_ATTEST_MEASURE_VMSA_H

#include <stdint.h>

struct vmsa_segment {
	uint16_t selector;
	uint16_t attributes; /* type 3:0, S 4, DPL 6:5, P 7, AVL 8, L 9, DB 10, G 11 */
	uint32_t limit;
	uint64_t base;
};

struct vmsa_state {
	struct vmsa_segment es, cs, ss, ds, fs, gs, gdtr, ldtr, idtr, tr;
	uint64_t efer, cr0, cr3, cr4, dr6, dr7, rflags, rip, rsp, rdx, pat, sev_features, xcr0;
	uint32_t mxcsr;
	uint16_t x87_fcw;
};

/* What is the same at every start of a vCPU under KVM; the caller sets the rest. */
void vmsa_defaults(struct vmsa_state *state);

/* The 4096 bytes that are measured. */
void vmsa_encode(uint8_t page[4096], const struct vmsa_state *state);

#endif
