/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private memory of TDs: pages added at launch and MRTD, pages added later and accepted by the
 * guest. Functions named in comments are of Linux's arch/x86/kvm/vmx/tdx.c unless a file is given;
 * TDH.* and TDG.* of the TDX module's ABI specification.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "tests/model/tdx_module_internal.h"

#define PAGE         ((uint64_t)HC_PAGE_SIZE)
#define EXTEND_CHUNK 256
#define MR_BLOCK     128
#define MR_GPA       16 /* offset of the address in a block */

/* --- Secure EPT --- */

/* As far as the guest's memory reaches when its first page comes: slots do not change then. */
static void make_sept(struct kvm_model *m, struct model_vm *vm)
{
	struct tdx_td *td = tdx_module_td(vm);
	uint64_t end = 0;

	for (uint32_t i = 0; i < MODEL_SLOTS; i++)
		if (vm->slot[i].size && vm->slot[i].gpa + vm->slot[i].size > end)
			end = vm->slot[i].gpa + vm->slot[i].size;
	td->sept.pages = (size_t)(end / PAGE);
	td->sept.entry = kvm_model_alloc(m, td->sept.pages * sizeof(*td->sept.entry));
}

struct sept_entry *tdx_sept_at(struct kvm_model *m, struct model_vm *vm, uint64_t gpa)
{
	struct tdx_td *td = tdx_module_td(vm);

	if (!td->sept.entry)
		make_sept(m, vm);
	return sept_at(&td->sept, gpa);
}

/* The frame remembers where it is mapped, for the day on which it is taken away. */
static void map(struct kvm_model *m, uint64_t gpa, uint32_t frame, uint64_t key)
{
	m->frame[frame].vendor = (uint32_t)(gpa / PAGE) + 1;
	kvm_model_frame_encrypt(m, frame, key);
}

void tdx_sept_aug(struct kvm_model *m, struct model_vm *vm, uint64_t gpa, uint32_t frame)
{
	struct tdx_td *td = tdx_module_td(vm);

	sept_map(&td->sept, gpa, PAGE, false); /* tdx_sept_map_leaf_spte: 4 KiB only */
	map(m, gpa, frame, td->key);
}

/* tdx_sept_remove_leaf_spte */
static void unmap(struct tdx_td *td, uint64_t gpa)
{
	struct sept_entry *e = sept_at(&td->sept, gpa);

	if (td->sept.entry && e && e->mapped)
		*e = (struct sept_entry){0};
}

void tdx_gmem_invalidate(struct kvm_model *m, uint32_t frame)
{
	const struct model_frame *f = &m->frame[frame];
	const struct model_vm *vm;

	if (!f->vendor || !f->gmem)
		return;
	vm = &m->vm[m->gmem[f->gmem - 1].vm];
	if (vm->type == KVM_X86_TDX_VM && vm->state)
		unmap(tdx_module_td(vm), (uint64_t)(f->vendor - 1) * PAGE);
}

void tdx_attributes_change(struct model_vm *vm, const struct kvm_memory_attributes *a)
{
	struct tdx_td *td = tdx_module_td(vm);
	uint64_t end = a->address + a->size;

	/* What is refused changes nothing; what becomes private was not mapped. */
	if (a->attributes || a->flags || !a->size || end < a->address ||
		(a->address | a->size) % PAGE || !td->sept.entry)
		return;
	if (end > td->sept.pages * PAGE)
		end = td->sept.pages * PAGE;
	for (uint64_t at = a->address; at < end; at += PAGE)
		unmap(td, at);
}

/* --- launch --- */

/* TDH.MEM.PAGE.ADD and TDH.MR.EXTEND: a block that names the operation and the address. */
static void extend(struct tdx_td *td, const char *operation, uint64_t gpa)
{
	uint8_t block[MR_BLOCK] = {0};

	for (size_t i = 0; operation[i]; i++)
		block[i] = (uint8_t)operation[i];
	for (size_t i = 0; i < sizeof(gpa); i++)
		block[MR_GPA + i] = (uint8_t)(gpa >> 8 * i);
	if (crypto_sha384_update(&td->measurement, block, sizeof(block)))
		abort();
}

/* What is measured is what is in memory, read through the key. */
static void measure(struct kvm_model *m, struct tdx_td *td, uint64_t gpa, uint32_t frame)
{
	uint8_t chunk[EXTEND_CHUNK];

	for (size_t at = 0; at < PAGE; at += EXTEND_CHUNK) {
		extend(td, "MR.EXTEND", gpa + at);
		kvm_model_frame_read(m, frame, at, chunk, sizeof(chunk));
		if (crypto_sha384_update(&td->measurement, chunk, sizeof(chunk)))
			abort();
	}
	td->measured++;
}

/* kvm_gmem_populate, __kvm_gmem_populate (guest_memfd.c) up to the callback */
static int find_frame(struct kvm_model *m, struct model_vm *vm, uint64_t gpa, uint32_t *frame)
{
	const struct model_slot *s = kvm_model_slot_at(vm, gpa);
	const struct sept_entry *e;
	bool is_new;
	int rc;

	if (!s || !(s->flags & KVM_MEM_GUEST_MEMFD))
		return -EINVAL;
	if (!s->gmem)
		return -EFAULT;
	e = tdx_sept_at(m, vm, gpa);
	/* Populated before: the folio is up to date; from 7.0 on, the page is mapped
	 * (kvm_tdp_mmu_map_private_pfn, mmu.c). */
	if (e && e->mapped)
		return m->kernel >= KVM_MODEL_7_0 ? -EIO : -EEXIST;
	if (!kvm_model_is_private(vm, gpa, PAGE, true))
		return -EINVAL;
	rc = kvm_model_gmem_frame(m, vm, gpa, frame, &is_new);
	return rc;
}

/* tdx_gmem_post_populate, tdx_mem_page_add */
static int add_page(
	struct kvm_model *m, struct model_vm *vm, uint64_t gpa, uint64_t source, bool measured)
{
	struct tdx_module *t = tdx_module(m);
	struct tdx_td *td = tdx_module_td(vm);
	uint32_t frame;
	int rc = find_frame(m, vm, gpa, &frame);

	if (rc)
		return rc;
	if (t->add_busy) {
		/* TDX_OPERAND_BUSY: kvm_tdp_map_page's retry before 7.0 */
		t->add_busy--;
		return m->kernel >= KVM_MODEL_7_0 ? -EBUSY : -EAGAIN;
	}
	if (t->add_status) {
		td->dead = true;
		return -EIO;
	}
	map(m, gpa, frame, td->key);
	/* NOLINTNEXTLINE(performance-no-int-to-ptr): as the kernel takes it */
	kvm_model_frame_write(m, frame, 0, (const void *)(uintptr_t)source, PAGE);
	sept_launch(&td->sept, gpa);
	extend(td, "MEM.PAGE.ADD", gpa);
	td->added++;
	if (measured)
		measure(m, td, gpa, frame);
	return 0;
}

static bool region_is_good(
	const struct kvm_model *m, const struct tdx_td *td, const struct kvm_tdx_init_mem_region *r)
{
	const uint64_t len = r->nr_pages * PAGE;

	/* Since 7.0 a source of 0 is refused too; before, it was a page like another. */
	if (m->kernel >= KVM_MODEL_7_0 && !r->source_addr)
		return false;
	return !(r->source_addr % PAGE) && !(r->gpa % PAGE) && r->nr_pages &&
	       r->gpa + len > r->gpa && !(r->gpa & td->shared_bit) &&
	       !((r->gpa + len - 1) & td->shared_bit);
}

/* tdx_vcpu_init_mem_region: the caller's structure is moved on also where it fails */
int tdx_init_mem_region(struct kvm_model *m, struct model_vcpu *v, const struct kvm_tdx_cmd *cmd)
{
	/* NOLINTNEXTLINE(performance-no-int-to-ptr): as the kernel takes it */
	struct kvm_tdx_init_mem_region *r = (void *)(uintptr_t)cmd->data;
	const bool measured = cmd->flags & KVM_TDX_MEASURE_MEMORY_REGION;
	unsigned int done = 0;
	int rc = 0;

	if (!v->vendor[TDX_VCPU_INITIALIZED] ||
		(cmd->flags & ~(uint32_t)KVM_TDX_MEASURE_MEMORY_REGION) ||
		!region_is_good(m, tdx_module_td(v->vm), r))
		return -EINVAL;
	while (r->nr_pages && !rc) {
		if (m->chunk && done == m->chunk)
			return -EINTR; /* signal_pending */
		rc = add_page(m, v->vm, r->gpa, r->source_addr, measured);
		if (rc)
			break;
		r->source_addr += PAGE;
		r->gpa += PAGE;
		r->nr_pages--;
		done++;
	}
	return rc;
}

/* --- the guest --- */

/* tdx_handle_ept_violation: a page that was not there is added, and then the guest finds it pending
 */
int tdx_guest_private(
	struct kvm_model *m, struct model_vcpu *v, uint64_t gpa, uint32_t frame, bool write)
{
	struct tdx_td *td;
	struct sept_entry *e;

	(void)write;
	if (v->vm->type != KVM_X86_TDX_VM)
		return MODEL_NEXT;
	td = tdx_module_td(v->vm);
	e = tdx_sept_at(m, v->vm, gpa);
	if (e && e->mapped && e->accepted)
		return MODEL_NEXT;
	if (!(td->attributes & TDX_ATTR_SEPT_VE_DISABLE))
		kvm_model_complain(m, "a TD that gets #VE for 0x%llx\n", (unsigned long long)gpa);
	if (e && !e->mapped)
		tdx_sept_aug(m, v->vm, gpa, frame);
	v->run->exit_reason = KVM_EXIT_UNKNOWN;
	td->dead = true; /* "Guest access before accepting" */
	return -EIO;
}
