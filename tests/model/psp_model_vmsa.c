/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The save area that KVM makes of a vCPU's registers and the processor measures: sev_es_sync_vmsa
 * and what svm.c keeps in the VMCB; offsets of struct sev_es_save_area (arch/x86/include/asm/svm.h)
 * and AMD64 APM volume 2, table B-4. Nothing here comes from attest/measure: that is the point.
 */
#include <errno.h>
#include <string.h>

#include "common/bytes.h"
#include "tests/model/psp_model_internal.h"

#define EFER_SVME 0x1000ULL             /* svm_set_efer */
#define CR4_MCE   0x40ULL               /* svm_set_cr4: as the host has it */
#define CR0_CD_NW 0x60000000ULL         /* svm_set_cr0: KVM_X86_QUIRK_CD_NW_CLEARED */
#define PAT_RESET 0x0007040600070406ULL /* kvm_vcpu_reset */
#define MSR_PAT   0x277
#define DR7_FIXED 0x400ULL

/* svm_set_segment: how a segment's attributes lie in the VMCB */
static void segment(uint8_t *at, const struct kvm_segment *s)
{
	unsigned int attributes = (unsigned int)(s->type | s->s << 4 | s->dpl << 5 | s->avl << 8 |
						 s->l << 9 | s->db << 10 | s->g << 11);

	if (s->present && !s->unusable)
		attributes |= 1u << 7;
	put_le16(at, s->selector);
	put_le16(at + 2, (uint16_t)attributes);
	put_le32(at + 4, s->limit);
	put_le64(at + 8, s->base);
}

static void table(uint8_t *at, const struct kvm_dtable *t)
{
	put_le32(at + 4, t->limit);
	put_le64(at + 8, t->base);
}

static uint64_t msr(const struct model_vcpu *v, uint32_t index, uint64_t otherwise)
{
	for (uint32_t i = 0; i < v->msr_count; i++)
		if (v->msr[i].index == index)
			return v->msr[i].data;
	return otherwise;
}

static void save_system(uint8_t *page, const struct model_vcpu *v)
{
	const struct kvm_sregs *s = &v->sregs;

	segment(page + 0x00, &s->es);
	segment(page + 0x10, &s->cs);
	segment(page + 0x20, &s->ss);
	segment(page + 0x30, &s->ds);
	segment(page + 0x40, &s->fs);
	segment(page + 0x50, &s->gs);
	table(page + 0x60, &s->gdt);
	segment(page + 0x70, &s->ldt);
	table(page + 0x80, &s->idt);
	segment(page + 0x90, &s->tr);
	page[0xcb] = s->ss.dpl & 3; /* CPL */
	put_le64(page + 0xd0, s->efer | EFER_SVME);
	put_le64(page + 0x148, s->cr4 | CR4_MCE);
	put_le64(page + 0x150, s->cr3);
	put_le64(page + 0x158, s->cr0 & ~CR0_CD_NW);
	put_le64(page + 0x160, v->debug.dr7);
	put_le64(page + 0x168, v->debug.dr6);
	put_le64(page + 0x268, msr(v, MSR_PAT, PAT_RESET));
}

static void save_general(uint8_t *page, const struct kvm_regs *r)
{
	const uint64_t high[] = {r->r8, r->r9, r->r10, r->r11, r->r12, r->r13, r->r14, r->r15};

	put_le64(page + 0x170, r->rflags);
	put_le64(page + 0x178, r->rip);
	put_le64(page + 0x1d8, r->rsp);
	put_le64(page + 0x1f8, r->rax);
	put_le64(page + 0x308, r->rcx);
	put_le64(page + 0x310, r->rdx);
	put_le64(page + 0x318, r->rbx);
	put_le64(page + 0x328, r->rbp);
	put_le64(page + 0x330, r->rsi);
	put_le64(page + 0x338, r->rdi);
	for (size_t i = 0; i < 8; i++)
		put_le64(page + 0x340 + 8 * i, high[i]);
}

int psp_vmsa_sync(const struct model_vcpu *v, uint64_t features, uint8_t page[4096])
{
	/* sev_es_sync_vmsa: no debugging of the guest */
	if (v->guest_state_protected || v->debug.dr7 & ~DR7_FIXED)
		return -EINVAL;
	memset(page, 0, 4096);
	save_system(page, v);
	save_general(page, &v->regs);
	put_le64(page + 0x3b0, features);
	/* XCR0 and the FPU: the VM's type is not the default one. */
	put_le64(page + 0x3e8, v->xcr0);
	put_le32(page + 0x408, v->fpu.mxcsr);
	put_le16(page + 0x40e, v->fpu.fsw);
	put_le16(page + 0x410, v->fpu.fcw);
	return 0;
}
