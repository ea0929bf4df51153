/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Save areas as KVM measures them. Every register is a constant of the boot contract, so that the
 * digest depends on nothing of the host: not on the CPU model (RDX), not on the VMM's whim.
 */
#include "attest/measure/vmsa.h"

#include "attest/measure/measure.h"

#define EFER_SVME 0x1000ULL /* KVM sets it in the save area of every SNP vCPU */
#define CODE64    0xa9b     /* present, code, readable, accessed, L, G */
#define DATA      0xc93     /* present, data, writable, accessed, D, G */

enum vmsa_offset {
	VMSA_ES = 0x000,
	VMSA_CS = 0x010,
	VMSA_SS = 0x020,
	VMSA_DS = 0x030,
	VMSA_FS = 0x040,
	VMSA_GS = 0x050,
	VMSA_GDTR = 0x060,
	VMSA_LDTR = 0x070,
	VMSA_IDTR = 0x080,
	VMSA_TR = 0x090,
	VMSA_EFER = 0x0d0,
	VMSA_CR4 = 0x148,
	VMSA_CR3 = 0x150,
	VMSA_CR0 = 0x158,
	VMSA_DR7 = 0x160,
	VMSA_DR6 = 0x168,
	VMSA_RFLAGS = 0x170,
	VMSA_RIP = 0x178,
	VMSA_RSP = 0x1d8,
	VMSA_PAT = 0x268,
	VMSA_RDX = 0x310,
	VMSA_SEV_FEATURES = 0x3b0,
	VMSA_XCR0 = 0x3e8,
	VMSA_MXCSR = 0x408,
	VMSA_X87_FCW = 0x410,
};

static void put_segment(uint8_t *p, const struct vmsa_segment *s)
{
	put_le16(p, s->selector);
	put_le16(p + 2, s->attributes);
	put_le32(p + 4, s->limit);
	put_le64(p + 8, s->base);
}

static void put_segments(uint8_t *page, const struct vmsa_state *s)
{
	put_segment(page + VMSA_ES, &s->es);
	put_segment(page + VMSA_CS, &s->cs);
	put_segment(page + VMSA_SS, &s->ss);
	put_segment(page + VMSA_DS, &s->ds);
	put_segment(page + VMSA_FS, &s->fs);
	put_segment(page + VMSA_GS, &s->gs);
	put_segment(page + VMSA_GDTR, &s->gdtr);
	put_segment(page + VMSA_LDTR, &s->ldtr);
	put_segment(page + VMSA_IDTR, &s->idtr);
	put_segment(page + VMSA_TR, &s->tr);
}

void vmsa_encode(uint8_t page[4096], const struct vmsa_state *s)
{
	memset(page, 0, 4096);
	put_segments(page, s);
	put_le64(page + VMSA_EFER, s->efer);
	put_le64(page + VMSA_CR4, s->cr4);
	put_le64(page + VMSA_CR3, s->cr3);
	put_le64(page + VMSA_CR0, s->cr0);
	put_le64(page + VMSA_DR7, s->dr7);
	put_le64(page + VMSA_DR6, s->dr6);
	put_le64(page + VMSA_RFLAGS, s->rflags);
	put_le64(page + VMSA_RIP, s->rip);
	put_le64(page + VMSA_RSP, s->rsp);
	put_le64(page + VMSA_PAT, s->pat);
	put_le64(page + VMSA_RDX, s->rdx);
	put_le64(page + VMSA_SEV_FEATURES, s->sev_features);
	put_le64(page + VMSA_XCR0, s->xcr0);
	put_le32(page + VMSA_MXCSR, s->mxcsr);
	put_le16(page + VMSA_X87_FCW, s->x87_fcw);
}

void vmsa_defaults(struct vmsa_state *state)
{
	*state = (struct vmsa_state){
		.gdtr = {.limit = 0xffff},
		.idtr = {.limit = 0xffff},
		.ldtr = {.attributes = 0x82, .limit = 0xffff},
		.tr = {.attributes = 0x8b, .limit = 0xffff},
		.dr6 = 0xffff0ff0,
		.dr7 = 0x400,
		.rflags = 2,
		.pat = 0x0007040600070406,
		.xcr0 = 1,
		.mxcsr = 0x1f80,
		.x87_fcw = 0x37f,
	};
}

void vmsa_build(uint8_t page[4096], uint32_t vcpu_index, uint64_t sev_features, bool c_bit)
{
	const struct vmsa_segment code = {HC_ENTRY_CS, CODE64, 0xffffffff, 0};
	const struct vmsa_segment data = {HC_ENTRY_DS, DATA, 0xffffffff, 0};
	struct vmsa_state s;

	vmsa_defaults(&s);
	s.cs = code;
	s.es = s.ss = s.ds = s.fs = s.gs = data;
	s.efer = HC_ENTRY_EFER | EFER_SVME;
	s.cr0 = HC_ENTRY_CR0;
	s.cr3 = HC_PAGETABLE_GPA | (c_bit ? 1ULL << HC_SNP_CBIT : 0);
	s.cr4 = HC_ENTRY_CR4;
	s.rflags = HC_ENTRY_RFLAGS;
	s.rip = vcpu_index == 0 ? HC_ENTRY_BSP : HC_ENTRY_AP;
	s.sev_features = sev_features;
	vmsa_encode(page, &s);
}
