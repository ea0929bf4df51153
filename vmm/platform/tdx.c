/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Intel TDX: the verbs of a platform, on KVM of Linux 6.16 or newer. The TD is made before anything
 * else is (tdx_td.h), all RAM is private memory from the start, and the launch pages are added and
 * measured through vCPU 0. While the guest runs: conversions, calls that KVM hands on, and its last
 * word. A TD cannot be reset; a new one is made.
 *
 * No TDX hardware was at hand when this was written: it has run on the model in tests/model only.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "attest/measure/tdvf.h"
#include "common/hex.h"
#include "vmm/cpuid.h"
#include "vmm/platform/conversion.h"
#include "vmm/platform/kinds.h"
#include "vmm/platform/tdx_cpuid.h"
#include "vmm/platform/tdx_error.h"
#include "vmm/platform/tdx_td.h"
#include "vmm/quote/tdvmcall.h"
#include "vmm/refusal.h"
#include "vmm/sandbox.h"
#include "vmm/vm.h"

#define X2APIC_API (KVM_X2APIC_API_USE_32BIT_IDS | KVM_X2APIC_API_DISABLE_BROADCAST_QUIRK)
#define SOURCE_LEN ((size_t)HC_LAUNCH_MAX_PAGES * HC_PAGE_SIZE)
/* A TD's local APIC timer runs at 25 MHz (TDX module base specification, CPUID leaf 0x15). */
#define APIC_BUS_NS 40

struct tdx {
	struct conversions conversions;
	struct quote_service quotes;
	struct tdx_capabilities have;
	struct kvm_cpuid_table leaves; /* of the step at hand */
	struct mrtd mrtd;              /* what the module's is, by our own account */
	uint8_t *source;               /* page-aligned place for what is added */
	uint8_t *reset_page;           /* shared side of that page; nobody touches it */
	int reset_gmem;                /* -1: none */
	bool vcpus_started;
	bool unknown_call; /* one was logged; atomic */
};

static int map_pages(uint8_t **out, size_t len, struct error *err)
{
	void *at = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		return error_fail(err, HC_ENOMEM, "launch pages", "%zu bytes", len);
	*out = at;
	return 0;
}

static int check_host(struct vm *vm, struct error *err)
{
	int types = kvm_has(&vm->kvm, KVM_CAP_VM_TYPES);

	if (types >> KVM_X86_TDX_VM & 1)
		return 0;
	error_fail(err, HC_EUNSUPPORTED, "KVM_CAP_VM_TYPES", "0x%x", (unsigned int)types);
	error_expected(err, "bit %d: TDX", KVM_X86_TDX_VM);
	error_remedy(err, "enable TDX in the machine's firmware, run Linux 6.16 or newer with "
			  "kvm_intel.tdx=1; hc-vmm check says what is missing");
	return HC_EUNSUPPORTED;
}

/* The VM's own limit, which is also the TD's: KVM takes no other (tdx_vm_init, setup_tdparams). */
static int check_vcpus(struct vm *vm, struct error *err)
{
	int most = kvm_has(&vm->kvm, KVM_CAP_MAX_VCPUS);

	if (vm->config->vcpu_count <= (uint32_t)most)
		return 0;
	error_fail(err, HC_ERANGE, "machine-config.vcpu_count", "%u", vm->config->vcpu_count);
	error_expected(err, "at most %d: a TD has no more vCPUs than its host has CPUs", most);
	return HC_ERANGE;
}

static int set_up_vm(struct vm *vm, struct error *err)
{
	const struct {
		uint32_t cap;
		uint64_t arg;
		const char *name;
	} caps[] = {
		/* Or the guest's requests for conversions end in KVM. */
		{KVM_CAP_EXIT_HYPERCALL, 1u << KVM_HC_MAP_GPA_RANGE, "KVM_CAP_EXIT_HYPERCALL"},
		/* KVM cannot see a TD's EOIs: it makes TDs with no other interrupt controller. */
		{KVM_CAP_SPLIT_IRQCHIP, 0, "KVM_CAP_SPLIT_IRQCHIP"},
		{KVM_CAP_X2APIC_API, X2APIC_API, "KVM_CAP_X2APIC_API"},
		{KVM_CAP_X86_APIC_BUS_CYCLES_NS, APIC_BUS_NS, "KVM_CAP_X86_APIC_BUS_CYCLES_NS"},
	};
	int rc = check_host(vm, err);

	if (!rc)
		rc = kvm_create_vm(&vm->kvm, KVM_X86_TDX_VM, err);
	if (!rc)
		rc = check_vcpus(vm, err);
	for (size_t i = 0; i < sizeof(caps) / sizeof(caps[0]) && !rc; i++)
		rc = kvm_enable(&vm->kvm, caps[i].cap, caps[i].arg, caps[i].name, err);
	return rc;
}

/* The leaves as any vCPU has them: what says which one it is cannot be configured. */
static int choose_leaves(struct vm *vm, struct tdx *t, struct error *err)
{
	bool tsc_deadline = kvm_has(&vm->kvm, KVM_CAP_TSC_DEADLINE_TIMER);
	struct kvm_cpuid_table wanted, configurable;
	int rc = kvm_supported_cpuid(&vm->kvm, &wanted, err);

	if (!rc)
		rc = cpuid_fix(&wanted, 0, vm->config->vcpu_count, tsc_deadline, err);
	if (!rc)
		rc = tdx_cpuid_want(&wanted, err);
	if (rc)
		return rc;
	configurable.head = t->have.head.cpuid;
	memcpy(configurable.entry, t->have.entry, sizeof(configurable.entry));
	return tdx_cpuid_configure(&t->leaves, &wanted, &configurable, err);
}

static int make_td(struct vm *vm, struct tdx *t, struct error *err)
{
	struct tdx_params params = {
		.attributes = TDX_ATTRIBUTES | vm->config->tdx.attributes,
		.xfam = TDX_XFAM,
		.cpuid = &t->leaves,
	};
	int rc = tdx_td_capabilities(&vm->kvm, &t->have, err);

	memcpy(params.mrconfigid, vm->identity.mrconfigid, sizeof(params.mrconfigid));
	memcpy(params.mrowner, vm->config->tdx.mrowner, sizeof(params.mrowner));
	memcpy(params.mrownerconfig, vm->config->tdx.mrownerconfig, sizeof(params.mrownerconfig));
	if (!rc)
		rc = tdx_td_check(&t->have, &params, err);
	if (!rc)
		rc = choose_leaves(vm, t, err);
	return rc ? rc : tdx_td_init(&vm->kvm, &params, err);
}

/* The page of the reset vector is no RAM of the guest's: a slot and a guest_memfd of its own. */
static int map_reset_page(struct vm *vm, struct tdx *t, struct error *err)
{
	struct kvm_userspace_memory_region2 region = {
		.slot = VM_SLOT_PLATFORM,
		.flags = KVM_MEM_GUEST_MEMFD,
		.guest_phys_addr = HC_TDX_RESET_GPA,
		.memory_size = HC_PAGE_SIZE,
	};
	int rc = map_pages(&t->reset_page, HC_PAGE_SIZE, err);

	if (!rc)
		rc = kvm_create_gmem(&vm->kvm, HC_PAGE_SIZE, 0, &t->reset_gmem, err);
	if (rc)
		return rc;
	region.userspace_addr = (uintptr_t)t->reset_page;
	region.guest_memfd = (uint32_t)t->reset_gmem;
	rc = kvm_set_memory2(&vm->kvm, &region, err);
	if (rc)
		return rc;
	return kvm_set_private(&vm->kvm, HC_TDX_RESET_GPA, HC_PAGE_SIZE, true, err);
}

static int open_quotes(struct vm *vm, struct tdx *t, struct error *err)
{
	struct quote_address address;
	struct quote_service_options options = {0};
	int rc = 0;

	if (vm->config->quote_service) {
		rc = quote_address_parse(
			&address, vm->config->quote_service, "confidential.quote_service", err);
		options.address = &address;
	} else {
		log_line(vm->log, LOG_LEVEL_WARN,
			"no quote service is configured: this guest can get no quote");
	}
	return rc ? rc : quote_service_open(&t->quotes, &vm->host, &options, err);
}

static int tdx_create(struct vm *vm, struct error *err)
{
	struct tdx *t = calloc(1, sizeof(*t));
	int rc;

	if (!t)
		return error_fail(err, HC_ENOMEM, "platform tdx", "no memory");
	t->reset_gmem = -1;
	vm->platform_state = t;
	log_line(vm->log, LOG_LEVEL_WARN,
		"platform tdx was tested on a software model of KVM and the TDX module, never on "
		"TDX hardware");
	/* A process is forked for it: before there is a VM or any guest memory. */
	rc = open_quotes(vm, t, err);
	if (!rc && mrtd_init(&t->mrtd))
		rc = error_fail(err, HC_EINTERNAL, "MRTD", "no hashing");
	if (!rc)
		rc = set_up_vm(vm, err);
	if (!rc)
		rc = make_td(vm, t, err);
	if (!rc)
		rc = map_reset_page(vm, t, err);
	return rc ? rc : map_pages(&t->source, SOURCE_LEN, err);
}

static int tdx_map_memory(struct vm *vm, const struct guest_ram *ram, struct error *err)
{
	struct tdx *t = vm->platform_state;

	return conversion_map_private(&t->conversions, vm, ram, err);
}

struct changes {
	const struct log *log;
	unsigned int count;
};

static void note_change(void *ctx, const struct tdx_cpuid_change *c)
{
	struct changes *changes = ctx;

	changes->count++;
	log_line(changes->log, LOG_LEVEL_DEBUG,
		"CPUID 0x%x.%u %s: the TDX module sets 0x%08x and clears 0x%08x", c->function,
		c->index, c->reg, c->is & ~c->was, c->was & ~c->is);
}

static int tdx_fit_cpuid(
	struct vm *vm, uint32_t index, struct kvm_cpuid_table *table, struct error *err)
{
	struct changes changes = {.log = vm->log};
	struct tdx *t = vm->platform_state;
	int rc = tdx_cpuid_want(table, err);

	if (!rc)
		rc = tdx_td_cpuid(&vm->kvm, &vm->vcpu[index], &t->leaves, err);
	/* They differ by nothing that the module decides: the first vCPU's are told. */
	if (!rc)
		rc = tdx_cpuid_correct(
			table, &t->leaves, index ? NULL : note_change, &changes, err);
	if (!rc && changes.count)
		log_line(vm->log, LOG_LEVEL_INFO,
			"the TDX module decides %u registers of CPUID otherwise than KVM (Debug "
			"lists them)",
			changes.count);
	return rc;
}

static int start_vcpus(struct vm *vm, struct tdx *t, struct error *err)
{
	int rc = 0;

	if (t->vcpus_started)
		return 0;
	for (uint32_t i = 0; i < vm->vcpus && !rc; i++)
		rc = tdx_td_init_vcpu(&vm->kvm, &vm->vcpu[i], err);
	t->vcpus_started = !rc;
	return rc;
}

static int account(struct tdx *t, const struct fw_region *region, bool measured, struct error *err)
{
	int rc = 0;

	for (uint32_t i = 0; i < region->pages && !rc; i++) {
		const size_t off = (size_t)i * HC_PAGE_SIZE;

		rc = mrtd_add(&t->mrtd, region->gpa + off);
		if (!rc && measured)
			rc = mrtd_extend(&t->mrtd, region->gpa + off, t->source + off);
	}
	return rc ? error_fail(err, rc, "MRTD", "hashing failed") : 0;
}

static int tdx_load(
	struct vm *vm, const struct fw_region *region, const uint8_t *data, struct error *err)
{
	const bool measured = region->type != HC_PAGE_UNMEASURED;
	const size_t len = (size_t)region->pages * HC_PAGE_SIZE;
	struct tdx *t = vm->platform_state;
	int rc = start_vcpus(vm, t, err);

	if (rc)
		return rc;
	if (region->type == HC_PAGE_SECRETS || region->type == HC_PAGE_CPUID || len > SOURCE_LEN)
		return error_fail(err, HC_EUNSUPPORTED, "firmware region",
			"type %d, %u pages at 0x%" PRIx64, region->type, region->pages,
			region->gpa);
	/* KVM wants pages, and what we are given lies anywhere. */
	if (data)
		memcpy(t->source, data, len);
	else
		memset(t->source, 0, len);
	rc = tdx_td_add(
		&vm->kvm, &vm->vcpu[0], region->gpa, t->source, region->pages, measured, err);
	return rc ? rc : account(t, region, measured, err);
}

/* Nothing to set: the module starts every vCPU at the reset vector, in the state it has. */
static int tdx_reset_vcpu(struct vm *vm, uint32_t index, struct error *err)
{
	const struct tdx *t = vm->platform_state;

	if (t->vcpus_started)
		return 0;
	return error_fail(err, HC_ESTATE, "platform tdx", "vCPU %u is not initialised", index);
}

static int tdx_seal(struct vm *vm, struct error *err)
{
	struct tdx *t = vm->platform_state;
	char text[2 * SHA384_SIZE + 1];
	uint8_t digest[SHA384_SIZE];
	int rc = tdx_td_finalize(&vm->kvm, err);

	if (rc)
		return rc;
	munmap(t->source, SOURCE_LEN);
	t->source = NULL;
	rc = mrtd_peek(&t->mrtd, digest);
	if (rc)
		return error_fail(err, rc, "MRTD", "hashing failed");
	hex_encode(text, digest, sizeof(digest));
	log_line(vm->log, LOG_LEVEL_INFO, "MRTD %s", text);
	return 0;
}

static int tdx_convert(
	struct vm *vm, uint64_t gpa, uint64_t len, bool to_private, struct error *err)
{
	struct tdx *t = vm->platform_state;

	return private_memory_convert(&t->conversions.memory, gpa, len, to_private, err);
}

static enum platform_exit call_exit(struct vm *vm, uint32_t index, struct kvm_run *run)
{
	struct tdx *t = vm->platform_state;
	const struct tdvmcall_info info = {
		.kernel_r11 = t->have.head.kernel_tdvmcallinfo_1_r11,
		.user_r11 = t->have.head.user_tdvmcallinfo_1_r11,
		.kernel_r12 = t->have.head.kernel_tdvmcallinfo_1_r12,
		.user_r12 = t->have.head.user_tdvmcallinfo_1_r12,
	};
	const uint64_t nr = KVM_RUN_EXIT(run)->tdx.nr;

	if (nr != TDVMCALL_GET_QUOTE && nr != TDVMCALL_SETUP_EVENT_NOTIFY &&
		nr != TDVMCALL_GET_TD_VM_CALL_INFO &&
		!__atomic_exchange_n(&t->unknown_call, true, __ATOMIC_ACQ_REL))
		log_line(vm->log, LOG_LEVEL_WARN,
			"the guest made call 0x%" PRIx64
			", which hc-vmm does not know; it is told so, this time and every other",
			nr);
	tdvmcall_handle(&t->quotes, &vm->lock, &info, index, run);
	return PLATFORM_EXIT_DONE;
}

static enum platform_exit fatal_exit(struct vm *vm, const struct kvm_run *run, int *status)
{
	const struct kvm_run_system_event *event = &KVM_RUN_EXIT(run)->system_event;
	uint64_t regs[REFUSAL_TDX_REGS] = {0};
	struct refusal r;
	bool by_kernel;

	for (uint32_t i = 0; i < event->ndata && i < REFUSAL_TDX_REGS; i++)
		regs[i] = event->data[i];
	refusal_from_tdx(&r, regs);
	pthread_mutex_lock(&vm->lock);
	by_kernel = !vm->staging.host;
	pthread_mutex_unlock(&vm->lock);
	refusal_log(vm->log, &r, by_kernel);
	*status = refusal_status(&r);
	return PLATFORM_EXIT_STOP;
}

/* KVM has nothing to do with this end of TDH.VP.ENTER: data[0] is its status. */
static enum platform_exit module_exit(
	struct vm *vm, uint32_t index, const struct kvm_run *run, int *status)
{
	char text[TDX_STATUS_TEXT];

	if (run->internal.suberror != KVM_INTERNAL_ERROR_UNEXPECTED_EXIT_REASON ||
		!run->internal.ndata)
		return PLATFORM_EXIT_NOT_MINE;
	tdx_status_text(text, run->internal.data[0]);
	log_line(vm->log, LOG_LEVEL_ERROR,
		"the guest crashed: vCPU %u: the TDX module does not run it any more: %s. Do: see "
		"the host's dmesg; a TD cannot be reset, start it anew",
		index, text);
	*status = VMM_EXIT_CRASHED;
	return PLATFORM_EXIT_STOP;
}

static enum platform_exit tdx_handle_exit(
	struct vm *vm, uint32_t index, struct kvm_run *run, int *status)
{
	struct tdx *t = vm->platform_state;

	switch (run->exit_reason) {
	case KVM_EXIT_TDX:
		return call_exit(vm, index, run);
	case KVM_EXIT_SYSTEM_EVENT:
		if (KVM_RUN_EXIT(run)->system_event.type != KVM_SYSTEM_EVENT_TDX_FATAL)
			return PLATFORM_EXIT_NOT_MINE;
		return fatal_exit(vm, run, status);
	case KVM_EXIT_INTERNAL_ERROR:
		return module_exit(vm, index, run, status);
	default:
		return conversion_exit(&t->conversions, index, run, status);
	}
}

/* For who runs the quote service: it can wedge for days, and only guests would notice. */
static void log_quotes(const struct vm *vm, const struct quote_service *qs)
{
	struct quote_counts c;

	quote_service_count(qs, &c);
	if (c.served || c.failed || c.refused)
		log_line(vm->log, LOG_LEVEL_INFO,
			"quotes: %" PRIu64 " served, %" PRIu64 " failed, %" PRIu64 " calls refused",
			c.served, c.failed, c.refused);
}

static void tdx_destroy(struct vm *vm)
{
	struct tdx *t = vm->platform_state;

	if (!t)
		return;
	log_quotes(vm, &t->quotes);
	quote_service_close(&t->quotes);
	conversion_close(&t->conversions);
	kvm_close_fd(&vm->kvm, t->reset_gmem);
	if (t->reset_page)
		munmap(t->reset_page, HC_PAGE_SIZE);
	if (t->source)
		munmap(t->source, SOURCE_LEN);
	mrtd_fini(&t->mrtd);
	free(t);
	vm->platform_state = NULL;
}

const struct platform_ops platform_tdx = {
	.name = "tdx",
	.id = HC_PLATFORM_TDX,
	.simulated = false,
	.sandbox = SANDBOX_PRIVATE,
	.create = tdx_create,
	.map_memory = tdx_map_memory,
	.fit_cpuid = tdx_fit_cpuid,
	.load = tdx_load,
	.reset_vcpu = tdx_reset_vcpu,
	.seal = tdx_seal,
	.convert = tdx_convert,
	.handle_exit = tdx_handle_exit,
	.run_remedy = tdx_run_remedy,
	.destroy = tdx_destroy,
};
