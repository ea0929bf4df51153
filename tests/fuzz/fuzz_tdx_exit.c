/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a TD can make hc-vmm see: calls that KVM hands on, conversions, last words, and the end of a
 * vCPU, one after another. Each exit is its kind (one byte) and then what KVM would put into the
 * union of struct kvm_run, cut or padded with zeros. On the model of KVM and the TDX module.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/tdx_vm.h"

#define EXITS_MAX 64

static struct tdx_vm t;

static void start(void)
{
	tdx_vm_open(&t);
	if (tdx_vm_create(&t))
		abort();
	/* The launch is not what is tried here. */
	t.vm.phase = VM_SEALED;
	close(t.log.fd);
	t.log.fd = -1;
}

/* Devices reach exactly the pages that KVM was told are shared. */
static void check_page(uint64_t gpa)
{
	gpa = gpa % t.config.ram_bytes & ~(uint64_t)(HC_PAGE_SIZE - 1);
	if (kvm_model_is_private(&t.m->vm[0], gpa, HC_PAGE_SIZE, true) ==
		(guest_memory_at(&t.vm.mem, gpa, HC_PAGE_SIZE) != NULL))
		abort();
}

static void check_call(const struct kvm_run_tdx *tdx, uint64_t preset)
{
	switch (tdx->nr) {
	case TDVMCALL_GET_QUOTE:
	case TDVMCALL_SETUP_EVENT_NOTIFY:
	case TDVMCALL_GET_TD_VM_CALL_INFO:
		if (tdx->ret > TDVMCALL_RETRY &&
			(tdx->ret < TDVMCALL_INVALID_OPERAND || tdx->ret > TDVMCALL_UNSUPPORTED))
			abort();
		return;
	default:
		if (tdx->ret != preset)
			abort();
	}
}

static void one_exit(const uint8_t *in, size_t len)
{
	static const uint32_t reasons[] = {KVM_EXIT_TDX, KVM_EXIT_HYPERCALL, KVM_EXIT_SYSTEM_EVENT,
		KVM_EXIT_INTERNAL_ERROR, KVM_EXIT_IO};
	static union {
		struct kvm_run run;
		uint8_t bytes[2 * HC_PAGE_SIZE];
	} page;
	union kvm_run_exit *e = KVM_RUN_EXIT(&page.run);
	enum platform_exit end;
	uint64_t preset;
	int status = -1;

	memset(&page, 0, sizeof(page));
	page.run.exit_reason = reasons[in[0] % 5];
	memcpy(e, in + 1, len - 1 < sizeof(*e) ? len - 1 : sizeof(*e));
	preset = e->tdx.ret;
	end = platform_handle_exit(&t.vm, in[0] & 1, &page.run, &status);
	if ((end == PLATFORM_EXIT_STOP) != (status != -1))
		abort();
	if (page.run.exit_reason == KVM_EXIT_TDX)
		check_call(&e->tdx, preset);
	if (page.run.exit_reason != KVM_EXIT_HYPERCALL)
		return;
	if (e->hypercall.ret && e->hypercall.ret != EINVAL)
		abort();
	check_page(e->hypercall.args[0]);
	check_page(e->hypercall.args[0] - 1);
	check_page(e->hypercall.args[0] + e->hypercall.args[1] * HC_PAGE_SIZE);
	check_page(e->hypercall.args[0] + e->hypercall.args[1] * HC_PAGE_SIZE - 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!t.m)
		start();
	if (platform_convert(&t.vm, 0, t.config.ram_bytes, true, &t.err))
		abort();
	/* A length before each. */
	for (unsigned int i = 0; i < EXITS_MAX && size > 1; i++) {
		size_t len = data[0] % 160u + 1u;

		data++;
		size--;
		if (len > size)
			len = size;
		one_exit(data, len);
		data += len;
		size -= len;
	}
	return 0;
}
