/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What TDs do: TDG.MEM.PAGE.ACCEPT, and the calls that KVM answers or hands on (Intel GHCI; Linux
 * arch/x86/kvm/vmx/tdx.c, handle_tdvmcall).
 */
#include <errno.h>
#include <string.h>

#include "tests/model/tdx_module_internal.h"

#define PAGE        ((uint64_t)HC_PAGE_SIZE)
#define MAP_GPA_MAX 0x200000ULL /* TDX_MAP_GPA_MAX_LEN */
#define PHYS_BITS   52

static void answer(const struct kvm_model_step *s, size_t at, uint64_t value)
{
	if (s->result)
		s->result[at] = value;
}

static const struct kvm_model_step *last_step(const struct model_vcpu *v)
{
	return &v->script[v->at - 1];
}

static uint64_t shared_bit(const struct model_vcpu *v)
{
	return tdx_module_td(v->vm)->shared_bit;
}

/* --- MapGPA --- */

enum { NEXT, END, BUSY };

static int end_map_gpa(struct model_vcpu *v, uint64_t r10)
{
	answer(last_step(v), 0, r10);
	answer(last_step(v), 1, v->scratch[NEXT]);
	v->scratch[BUSY] = 0;
	return 0;
}

/* tdx_complete_vmcall_map_gpa; before 7.0 every answer but 0 was "invalid operand" */
static int after_map_gpa(struct kvm_model *m, struct model_vcpu *v)
{
	const uint64_t ret = KVM_RUN_EXIT(v->run)->hypercall.ret;

	if (ret == EAGAIN && m->kernel >= KVM_MODEL_7_0)
		return end_map_gpa(v, TDVMCALL_RETRY);
	if (ret && ret != EINVAL && m->kernel >= KVM_MODEL_7_0)
		return -EINVAL;
	if (ret)
		return end_map_gpa(v, TDVMCALL_INVALID_OPERAND);
	v->scratch[NEXT] += MAP_GPA_MAX;
	if (v->scratch[NEXT] >= v->scratch[END])
		return end_map_gpa(v, TDVMCALL_SUCCESS);
	v->at--; /* the next part */
	return 0;
}

/* __tdx_map_gpa */
static int map_gpa_part(struct model_vcpu *v)
{
	const uint64_t gpa = v->scratch[NEXT], left = v->scratch[END] - gpa;

	v->run->exit_reason = KVM_EXIT_HYPERCALL;
	KVM_RUN_EXIT(v->run)->hypercall = (struct kvm_run_hypercall){
		.nr = KVM_HC_MAP_GPA_RANGE,
		.args = {gpa & ~shared_bit(v), (left < MAP_GPA_MAX ? left : MAP_GPA_MAX) / PAGE,
			gpa & shared_bit(v) ? 0 : KVM_MAP_GPA_RANGE_ENCRYPTED},
		.flags = 1, /* KVM_EXIT_HYPERCALL_LONG_MODE */
	};
	v->complete = after_map_gpa;
	return MODEL_EXIT;
}

static bool is_legal(uint64_t gpa)
{
	return !(gpa >> PHYS_BITS);
}

/* tdx_map_gpa */
int tdx_guest_map_gpa(struct kvm_model *m, struct model_vcpu *v, const struct kvm_model_step *s)
{
	const uint64_t last = s->gpa + s->len - 1;
	uint64_t refused = 0;

	(void)m;
	if (v->scratch[BUSY])
		return map_gpa_part(v);
	if (!(v->vm->exit_hypercalls >> KVM_HC_MAP_GPA_RANGE & 1))
		refused = TDVMCALL_UNSUPPORTED;
	else if (s->gpa + s->len <= s->gpa || !is_legal(s->gpa) || !is_legal(last) ||
		 ((s->gpa ^ last) & shared_bit(v)))
		refused = TDVMCALL_INVALID_OPERAND;
	else if ((s->gpa | s->len) % PAGE)
		refused = TDVMCALL_ALIGN_ERROR;
	if (refused) {
		answer(s, 0, refused);
		answer(s, 1, s->gpa);
		return MODEL_NEXT;
	}
	v->scratch[NEXT] = s->gpa;
	v->scratch[END] = s->gpa + s->len;
	v->scratch[BUSY] = 1;
	return map_gpa_part(v);
}

/* --- accepting memory --- */

/* One page: like an access, but that a pending page is what it is for. */
static int accept_page(
	struct kvm_model *m, struct model_vcpu *v, uint64_t gpa, bool large, uint32_t *status)
{
	static const uint8_t zeros[HC_PAGE_SIZE];
	struct tdx_td *td = tdx_module_td(v->vm);
	struct sept_entry *e = tdx_sept_at(m, v->vm, gpa);
	uint32_t frame;
	bool is_new;
	int rc;

	if (!kvm_model_is_private(v->vm, gpa, PAGE, true))
		return kvm_model_memory_fault(v, gpa, true);
	rc = kvm_model_gmem_frame(m, v->vm, gpa, &frame, &is_new);
	if (rc == -EFAULT)
		return kvm_model_memory_fault(v, gpa, true);
	if (rc)
		return rc;
	if (e && !e->mapped)
		tdx_sept_aug(m, v->vm, gpa, frame);
	*status = sept_accept(&td->sept, gpa | large);
	/* TDG.MEM.PAGE.ACCEPT: the page is zero then. */
	if (*status == SEPT_SUCCESS)
		kvm_model_frame_write(m, frame, 0, zeros, sizeof(zeros));
	return MODEL_NEXT;
}

int tdx_guest_accept(struct kvm_model *m, struct model_vcpu *v, const struct kvm_model_step *s)
{
	const uint64_t step = s->flag ? SEPT_LARGE : SEPT_PAGE;
	uint64_t *done = &v->vendor[TDX_VCPU_PROGRESS];
	uint32_t status = SEPT_SUCCESS;
	int rc;

	for (; *done < s->len; *done += step) {
		rc = accept_page(m, v, s->gpa + *done, s->flag, &status);
		if (rc != MODEL_NEXT)
			return rc; /* it goes on here when it is entered again */
		if (status != SEPT_SUCCESS)
			break;
	}
	*done = 0;
	answer(s, 0, status);
	return MODEL_NEXT;
}

/* --- calls that are handed on --- */

/* tdx_complete_simple */
static int after_call(struct kvm_model *m, struct model_vcpu *v)
{
	(void)m;
	answer(last_step(v), 0, KVM_RUN_EXIT(v->run)->tdx.ret);
	return 0;
}

static struct kvm_run_tdx *hand_on(struct model_vcpu *v, uint64_t nr, uint64_t ret)
{
	struct kvm_run_tdx *tdx = &KVM_RUN_EXIT(v->run)->tdx;

	v->run->exit_reason = KVM_EXIT_TDX;
	*tdx = (struct kvm_run_tdx){.nr = nr, .ret = ret};
	v->complete = after_call;
	return tdx;
}

/* tdx_get_quote */
int tdx_guest_get_quote(struct kvm_model *m, struct model_vcpu *v, const struct kvm_model_step *s)
{
	struct kvm_run_tdx *tdx;

	(void)m;
	if (!(s->gpa & shared_bit(v))) {
		answer(s, 0, TDVMCALL_INVALID_OPERAND);
		return MODEL_NEXT;
	}
	tdx = hand_on(v, TDVMCALL_GET_QUOTE, TDVMCALL_UNSUPPORTED);
	tdx->get_quote.gpa = s->gpa & ~shared_bit(v);
	tdx->get_quote.size = s->len;
	return MODEL_EXIT;
}

/* tdx_setup_event_notify_interrupt */
int tdx_guest_notify(struct kvm_model *m, struct model_vcpu *v, const struct kvm_model_step *s)
{
	(void)m;
	if (s->len < 32 || s->len > 255) {
		answer(s, 0, TDVMCALL_INVALID_OPERAND);
		return MODEL_NEXT;
	}
	hand_on(v, TDVMCALL_SETUP_EVENT_NOTIFY, TDVMCALL_UNSUPPORTED)->setup_event_notify.vector =
		s->len;
	return MODEL_EXIT;
}

/* tdx_complete_get_td_vm_call_info */
static int after_info(struct kvm_model *m, struct model_vcpu *v)
{
	const struct kvm_run_tdx *tdx = &KVM_RUN_EXIT(v->run)->tdx;

	(void)m;
	answer(last_step(v), 0, tdx->ret);
	answer(last_step(v), 1, tdx->get_tdvmcall_info.r11);
	answer(last_step(v), 2, tdx->get_tdvmcall_info.r12);
	answer(last_step(v), 3, tdx->get_tdvmcall_info.r13);
	answer(last_step(v), 4, tdx->get_tdvmcall_info.r14);
	return 0;
}

/* tdx_get_td_vm_call_info: leaf 0 is KVM's own, "the base calls are there" */
int tdx_guest_info(struct kvm_model *m, struct model_vcpu *v, const struct kvm_model_step *s)
{
	(void)m;
	if (s->len != 1) {
		answer(s, 0, s->len ? TDVMCALL_INVALID_OPERAND : TDVMCALL_SUCCESS);
		return MODEL_NEXT;
	}
	hand_on(v, TDVMCALL_GET_TD_VM_CALL_INFO, TDVMCALL_SUCCESS)->get_tdvmcall_info.leaf = s->len;
	v->complete = after_info;
	return MODEL_EXIT;
}

/* tdx_report_fatal_error: RSP and RBP are not handed on */
int tdx_guest_fatal(struct kvm_model *m, struct model_vcpu *v, const struct kvm_model_step *s)
{
	struct kvm_run_system_event *e = &KVM_RUN_EXIT(v->run)->system_event;

	(void)m;
	v->run->exit_reason = KVM_EXIT_SYSTEM_EVENT;
	*e = (struct kvm_run_system_event){.type = KVM_SYSTEM_EVENT_TDX_FATAL, .ndata = 16};
	memcpy(e->data, s->data, sizeof(e->data));
	e->data[4] = e->data[5] = 0;
	return MODEL_EXIT;
}
