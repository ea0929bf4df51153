/* SPDX-License-Identifier: Apache-2.0 */
/* KVM_RUN: a script instead of a guest. kvm_arch_vcpu_ioctl_run, vcpu_run of Linux. */
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "tests/model/kvm_model_internal.h"

#define IDLE_MS 2

static bool kicked(const struct model_vcpu *v)
{
	return __atomic_load_n(&v->run->immediate_exit, __ATOMIC_ACQUIRE);
}

/* Nothing to do: like a vCPU that waits, until it is kicked. Not under the lock. */
static int idle(const struct model_vcpu *v)
{
	/* poll(2) is a wait that hc-vmm's filter allows. */
	while (!kicked(v))
		poll(NULL, 0, IDLE_MS);
	return -EINTR;
}

/* One entry of the guest: up to an exit, an error, or the end of the script. */
static int enter(struct kvm_model *m, struct model_vcpu *v)
{
	while (v->at < v->steps) {
		const struct kvm_model_step *s = &v->script[v->at];
		int rc = s->fn(m, v, s);

		if (rc == MODEL_FAULT)
			return -EFAULT;
		v->at++;
		if (rc)
			return rc;
	}
	return MODEL_IDLE;
}

int model_run(struct kvm_model *m, struct model_vcpu *v)
{
	int (*complete)(struct kvm_model * m, struct model_vcpu * v);
	int rc = 0;

	pthread_mutex_lock(&m->lock);
	if (!m->running)
		kvm_model_note(m, "guests run\n");
	m->running = true;
	if (m->vendor && m->vendor->pre_run)
		rc = m->vendor->pre_run(m, v);
	/* What the last exit asked for comes first, whether it is kicked or not. */
	complete = v->complete;
	v->complete = NULL;
	if (!rc && complete)
		rc = complete(m, v);
	if (!rc && kicked(v))
		rc = -EINTR;
	if (!rc) {
		v->has_run = true;
		rc = enter(m, v);
	}
	pthread_mutex_unlock(&m->lock);
	return rc == MODEL_IDLE ? idle(v) : rc == MODEL_EXIT ? 0 : rc;
}

/* --- what guests do --- */

int kvm_model_memory_fault(struct model_vcpu *v, uint64_t gpa, bool is_private)
{
	/* kvm_prepare_memory_fault_exit */
	v->run->exit_reason = KVM_EXIT_MEMORY_FAULT;
	KVM_RUN_EXIT(v->run)->memory_fault = (struct kvm_run_memory_fault){
		.flags = is_private ? KVM_MEMORY_EXIT_FLAG_PRIVATE : 0,
		.gpa = gpa & ~(uint64_t)(HC_PAGE_SIZE - 1),
		.size = HC_PAGE_SIZE,
	};
	return MODEL_FAULT;
}

static int private_access(struct kvm_model *m, struct model_vcpu *v, uint64_t gpa, bool write,
	void *bytes, size_t len)
{
	const uint64_t page = gpa & ~(uint64_t)(HC_PAGE_SIZE - 1);
	uint32_t frame;
	bool is_new;
	int rc = kvm_model_gmem_frame(m, v->vm, gpa, &frame, &is_new);

	if (rc == -EFAULT)
		return kvm_model_memory_fault(v, gpa, true);
	if (!rc && m->vendor && m->vendor->gmem_prepare)
		rc = m->vendor->gmem_prepare(m, v->vm, page, frame);
	if (!rc && m->vendor && m->vendor->guest_private)
		rc = m->vendor->guest_private(m, v, page, frame, write);
	if (rc)
		return rc;
	if (write)
		kvm_model_frame_write(m, frame, gpa % HC_PAGE_SIZE, bytes, len);
	else
		kvm_model_frame_read(m, frame, gpa % HC_PAGE_SIZE, bytes, len);
	return MODEL_NEXT;
}

static int no_slot(struct model_vcpu *v, uint64_t gpa, bool write, size_t len)
{
	v->run->exit_reason = KVM_EXIT_MMIO;
	v->run->mmio.phys_addr = gpa;
	v->run->mmio.len = (uint32_t)(len < 8 ? len : 8);
	v->run->mmio.is_write = write;
	return MODEL_EXIT;
}

int kvm_model_access(struct kvm_model *m, struct model_vcpu *v, uint64_t gpa, bool is_private,
	bool write, void *bytes, size_t len)
{
	struct model_slot *s = kvm_model_slot_at(v->vm, gpa);
	uint8_t *at;

	/* kvm_mmu_faultin_pfn: attribute and access must agree, where there is such memory. */
	if (v->vm->has_private_mem && kvm_model_is_private(v->vm, gpa, 1, true) != is_private)
		return kvm_model_memory_fault(v, gpa, is_private);
	if (is_private && v->vm->has_private_mem)
		return private_access(m, v, gpa, write, bytes, len);
	if (!s || (write && (s->flags & KVM_MEM_READONLY)))
		return no_slot(v, gpa, write, len);
	at = s->host + (gpa - s->gpa);
	memcpy(write ? (void *)at : bytes, write ? bytes : (void *)at, len);
	return MODEL_NEXT;
}

int kvm_model_out(struct kvm_model *m, struct model_vcpu *v, const struct kvm_model_step *s)
{
	(void)m;
	v->run->exit_reason = KVM_EXIT_IO;
	v->run->io.direction = KVM_EXIT_IO_OUT;
	v->run->io.port = (uint16_t)s->gpa;
	v->run->io.size = (uint8_t)s->size;
	v->run->io.count = 1;
	v->run->io.data_offset = MODEL_PIO_AT;
	memcpy((uint8_t *)v->run + MODEL_PIO_AT, &s->value, sizeof(s->value));
	return MODEL_EXIT;
}

int kvm_model_in(struct kvm_model *m, struct model_vcpu *v, const struct kvm_model_step *s)
{
	(void)kvm_model_out(m, v, s);
	v->run->io.direction = KVM_EXIT_IO_IN;
	return MODEL_EXIT;
}

int kvm_model_exit(struct kvm_model *m, struct model_vcpu *v, const struct kvm_model_step *s)
{
	(void)m;
	v->run->exit_reason = s->reason;
	if (s->data)
		memcpy(KVM_RUN_EXIT(v->run), s->data, sizeof(union kvm_run_exit));
	return MODEL_EXIT;
}

int kvm_model_error(struct kvm_model *m, struct model_vcpu *v, const struct kvm_model_step *s)
{
	(void)m;
	v->run->exit_reason = KVM_EXIT_UNKNOWN; /* as kvm_vcpu_ioctl leaves it */
	return -s->error;
}

int kvm_model_write(struct kvm_model *m, struct model_vcpu *v, const struct kvm_model_step *s)
{
	uint8_t bytes[64];

	memset(bytes, (int)s->value, sizeof(bytes));
	return kvm_model_access(m, v, s->gpa, s->flag, true, bytes,
		s->len < sizeof(bytes) ? s->len : sizeof(bytes));
}

int kvm_model_fill(struct kvm_model *m, struct model_vcpu *v, const struct kvm_model_step *s)
{
	return kvm_model_access(m, v, s->gpa, s->flag, true, (void *)(uintptr_t)s->data, s->len);
}

int kvm_model_read(struct kvm_model *m, struct model_vcpu *v, const struct kvm_model_step *s)
{
	uint8_t bytes[64] = {0};
	size_t len = s->len < sizeof(bytes) ? s->len : sizeof(bytes);
	int rc = kvm_model_access(m, v, s->gpa, s->flag, false, bytes, len);

	for (size_t i = 0; !rc && i < len; i++)
		if (bytes[i] != (uint8_t)s->value) {
			m->guest_errors++;
			break;
		}
	return rc;
}

static int after_hypercall(struct kvm_model *m, struct model_vcpu *v)
{
	const struct kvm_model_step *s = &v->script[v->at - 1];

	(void)m;
	if (s->result)
		*s->result = KVM_RUN_EXIT(v->run)->hypercall.ret;
	return 0;
}

/* snp_begin_psc and tdx_map_gpa: 4 KiB pages, `ret` preset to 0. Without the capability the guest
 * gets the error and user space sees nothing. */
int kvm_model_convert(struct kvm_model *m, struct model_vcpu *v, const struct kvm_model_step *s)
{
	(void)m;
	if (!(v->vm->exit_hypercalls >> KVM_HC_MAP_GPA_RANGE & 1)) {
		if (s->result)
			*s->result = ~0ULL;
		return MODEL_NEXT;
	}
	v->run->exit_reason = KVM_EXIT_HYPERCALL;
	KVM_RUN_EXIT(v->run)->hypercall = (struct kvm_run_hypercall){
		.nr = KVM_HC_MAP_GPA_RANGE,
		.args = {s->gpa, s->len, (s->flag ? KVM_MAP_GPA_RANGE_ENCRYPTED : 0) | s->value},
	};
	v->complete = after_hypercall;
	return MODEL_EXIT;
}
