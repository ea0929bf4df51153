/* SPDX-License-Identifier: Apache-2.0 */
/* The SNP machine: see softsnp.h. */
#include "tests/firmware/softsnp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define C_BIT       (1ULL << 51)
#define MSR_GHCB    0xc0010130
#define MSR_STATUS  0xc0010131
#define VECTOR_GP   13
#define VECTOR_VC   29
#define GARBAGE     0xd7
#define GARBAGE_END 0x2000000ULL /* what is new is garbage below; above it would only cost time */
#define BLOCKS_MAX  400000000ULL
#define CACHE_LINE  64
#define GHCB_CODE   0xfffULL
#define TERMINATE   0x100

static struct softcpu *new_cpu(struct softsnp *m);

static uint8_t *on_memory(void *machine, uint64_t gpa)
{
	const struct softsnp *m = machine;

	return guest_memory(m->watch.guest, gpa);
}

static void event(struct softsnp *m, enum softsnp_event kind, uint64_t gpa)
{
	m->forced = false;
	if (m->host)
		m->host(m, kind, gpa);
	m->events[kind]++;
}

/* Reading the first and the last line of a page evicts what the cache may hold of another page. */
static void note_line(struct rmp_entry *e, uint64_t gpa)
{
	if (gpa % RMP_PAGE < CACHE_LINE)
		e->lines_read |= 1;
	if (gpa % RMP_PAGE >= RMP_PAGE - CACHE_LINE)
		e->lines_read |= 2;
}

static int on_access(
	void *machine, uint64_t gpa, unsigned int size, uint64_t leaf, enum softcpu_access kind)
{
	struct softsnp *m = machine;
	struct rmp_entry *e = rmp_at(&m->rmp, gpa);

	if (m->watch.cpu == m->ap && (kind == SOFTCPU_READ || kind == SOFTCPU_WRITE))
		softcpu_violation(
			m->watch.cpu, "a parked vCPU uses 0x%llx", (unsigned long long)gpa);
	if (e && e->shared) {
		if (leaf & C_BIT)
			softcpu_violation(m->watch.cpu, "host memory by a private mapping");
		if (kind == SOFTCPU_READ)
			event(m, SOFTSNP_EV_WINDOW_READ, gpa);
		softwatch_window(&m->watch, gpa, size, leaf, kind);
		return 0;
	}
	switch (rmp_access(&m->rmp, gpa, leaf & C_BIT)) {
	case RMP_OK:
		break;
	case RMP_CIPHERTEXT:
		softcpu_violation(m->watch.cpu, "private memory at 0x%llx by a shared mapping",
			(unsigned long long)gpa);
		return 0;
	case RMP_NOT_VALIDATED:
		if (e->launched || e->validations)
			return VECTOR_VC;
		softcpu_violation(m->watch.cpu, "touches 0x%llx, which was never accepted",
			(unsigned long long)gpa);
		return 0;
	case RMP_NOT_ASSIGNED:
		if (e && (e->launched || e->validations))
			return SOFTCPU_HOST;
		softcpu_violation(
			m->watch.cpu, "touches 0x%llx, no memory of it", (unsigned long long)gpa);
		return 0;
	}
	if (kind == SOFTCPU_READ)
		note_line(e, gpa);
	if (e->launched)
		softwatch_launch_page(&m->watch, gpa, size, kind);
	else if (kind == SOFTCPU_EXECUTE || kind == SOFTCPU_TABLE)
		softcpu_violation(m->watch.cpu, "code or tables outside the launch");
	return 0;
}

/* The page that RAX names, by a private mapping; false is a violation. */
static bool operand(struct softsnp *m, uint64_t *gpa, int *fault)
{
	bool writable, executable;
	const uint64_t leaf = softcpu_walk(
		m->watch.cpu, softcpu_get(m->watch.cpu, SOFTCPU_RAX), &writable, &executable);

	*fault = leaf ? 0 : 14;
	*gpa = softcpu_get(m->watch.cpu, SOFTCPU_RAX);
	if (leaf && !(leaf & C_BIT))
		softcpu_violation(m->watch.cpu, "changes a page by a shared mapping");
	return leaf & C_BIT;
}

/* What comes with a validated page is whatever its ciphertext decrypts to. */
static void fill_garbage(struct softsnp *m, uint64_t gpa, uint64_t len)
{
	if (gpa < GARBAGE_END && guest_memory(m->watch.guest, gpa))
		memset(guest_memory(m->watch.guest, gpa), GARBAGE, len);
}

static int answer(struct softsnp *m, enum rmp_result result, bool carry)
{
	if (m->forced) {
		softcpu_set(m->watch.cpu, SOFTCPU_RAX, m->forced_eax);
		softcpu_set_carry(m->watch.cpu, m->forced_carry);
		return 0;
	}
	if (result == RMP_NESTED_FAULT)
		return SOFTCPU_HOST;
	softcpu_set(m->watch.cpu, SOFTCPU_RAX, (uint64_t)result);
	softcpu_set_carry(m->watch.cpu, carry);
	return 0;
}

static void check_validation(struct softsnp *m, uint64_t gpa, uint64_t len)
{
	for (uint64_t at = gpa; at < gpa + len; at += HC_PAGE_SIZE) {
		const struct rmp_entry *e = rmp_at(&m->rmp, at);

		if (!e || softwatch_region(&m->watch, at) ||
			(!m->watch.bent && !guest_is_ram(m->watch.guest, at)))
			softcpu_violation(m->watch.cpu, "validates 0x%llx", (unsigned long long)at);
		else if (e->validations)
			softcpu_violation(
				m->watch.cpu, "validates 0x%llx again", (unsigned long long)at);
	}
}

static int pvalidate(struct softsnp *m)
{
	const bool large = softcpu_get(m->watch.cpu, SOFTCPU_RCX) & 1;
	const uint64_t len = large ? RMP_LARGE : RMP_PAGE;
	enum rmp_result result;
	bool carry;
	uint64_t gpa;
	int fault;

	if (!operand(m, &gpa, &fault))
		return fault;
	if (softcpu_get(m->watch.cpu, SOFTCPU_RDX) != 1 ||
		softcpu_get(m->watch.cpu, SOFTCPU_RCX) > 1)
		softcpu_violation(m->watch.cpu, "takes a validation back");
	m->watch.hostfdt_closed = true;
	event(m, SOFTSNP_EV_PVALIDATE, gpa);
	if (m->forced)
		return answer(m, RMP_FAIL_INPUT, false);
	check_validation(m, gpa, len);
	result = rmp_pvalidate(&m->rmp, gpa, large, true, &carry);
	if (result == RMP_NESTED_FAULT && rmp_at(&m->rmp, gpa) && rmp_at(&m->rmp, gpa)->large) {
		rmp_smash(&m->rmp, gpa); /* a host that plays along */
		result = rmp_pvalidate(&m->rmp, gpa, large, true, &carry);
	}
	if (result == RMP_SUCCESS && !carry)
		fill_garbage(m, gpa, len);
	return answer(m, result, carry);
}

static int rmpadjust(struct softsnp *m)
{
	const unsigned int target = softcpu_get(m->watch.cpu, SOFTCPU_RDX) & 0xff;
	enum rmp_result result;
	uint64_t gpa;
	int fault;

	if (!operand(m, &gpa, &fault))
		return fault;
	event(m, SOFTSNP_EV_RMPADJUST, gpa);
	if (softcpu_get(m->watch.cpu, SOFTCPU_RDX) >> 8 != 0)
		softcpu_violation(m->watch.cpu, "gives a lower VMPL permissions");
	result = rmp_adjust(&m->rmp, gpa, softcpu_get(m->watch.cpu, SOFTCPU_RCX) & 1, target);
	m->vmpl_proven = result == RMP_SUCCESS && target == 1;
	return answer(m, result, false);
}

static int vmgexit(struct softsnp *m)
{
	if ((m->ghcb & GHCB_CODE) != TERMINATE)
		softcpu_violation(
			m->watch.cpu, "asks the host for 0x%llx", (unsigned long long)m->ghcb);
	else if (m->terminated)
		softcpu_violation(m->watch.cpu, "terminates twice");
	m->terminated = true;
	m->reason_set = m->ghcb >> 12 & 0xf;
	m->reason = m->ghcb >> 16 & 0xff;
	if (m->ghcb >> 24)
		softcpu_violation(m->watch.cpu, "reserved bits of the request");
	return 0;
}

static int msr(struct softsnp *m, bool write)
{
	const uint32_t index = (uint32_t)softcpu_get(m->watch.cpu, SOFTCPU_RCX);
	const uint64_t value = index == MSR_GHCB ? m->ghcb : m->sev_status;

	if (m->other)
		return VECTOR_GP;
	if (index != MSR_GHCB && (write || index != MSR_STATUS)) {
		softcpu_violation(m->watch.cpu, "%s MSR 0x%x", write ? "writes" : "reads", index);
	} else if (write) {
		m->ghcb = softcpu_get(m->watch.cpu, SOFTCPU_RDX) << 32 |
			  (uint32_t)softcpu_get(m->watch.cpu, SOFTCPU_RAX);
	} else {
		softcpu_set(m->watch.cpu, SOFTCPU_RAX, (uint32_t)value);
		softcpu_set(m->watch.cpu, SOFTCPU_RDX, value >> 32);
	}
	return 0;
}

static int on_insn(void *machine, enum softcpu_insn insn)
{
	struct softsnp *m = machine;

	if (m->watch.cpu == m->ap)
		softcpu_violation(m->watch.cpu, "a parked vCPU executes instruction %d", (int)insn);
	if (m->terminated)
		softcpu_violation(m->watch.cpu, "goes on after its last word");
	switch (insn) {
	case SOFTCPU_PVALIDATE:
		return pvalidate(m);
	case SOFTCPU_RMPADJUST:
		return rmpadjust(m);
	case SOFTCPU_VMGEXIT:
		return vmgexit(m);
	case SOFTCPU_RDMSR:
		return msr(m, false);
	case SOFTCPU_WRMSR:
		return msr(m, true);
	default:
		softcpu_violation(m->watch.cpu, "instruction %d on SNP", (int)insn);
		return 0;
	}
}

static const struct softcpu_ops ops = {
	.address_bits = 0x0007fffffffff000,
	.memory = on_memory,
	.access = on_access,
	.insn = on_insn,
};

static struct softcpu *new_cpu(struct softsnp *m)
{
	struct softcpu *cpu = softcpu_new(&ops, m);
	struct guest *g = m->watch.guest;

	softcpu_map(cpu, 0, g->low, HC_RAM_LOW_END);
	softcpu_map(cpu, HC_STAGING_GPA, g->window, HC_STAGING_SIZE);
	if (g->high)
		softcpu_map(cpu, HC_RAM_HIGH_BASE, g->high, g->high_bytes);
	softcpu_watch_stack(cpu, HC_STACK_GPA, HC_STACK_MAX);
	return cpu;
}

void softsnp_init(struct softsnp *m, struct guest *g)
{
	*m = (struct softsnp){.sev_status = 7, .secrets_version = 3};
	softwatch_init(&m->watch, g);
	if (!rmp_init(&m->rmp, g->end))
		abort();
}

/* Table B-4 of the APM: the registers of a save area that the model knows; the rest is fixed. */
static void load_vmsa(struct softcpu *cpu, const uint8_t *vmsa)
{
	static const struct {
		size_t offset;
		enum softcpu_reg reg;
	} fields[] = {{0x170, SOFTCPU_RFLAGS}, {0x178, SOFTCPU_RIP}, {0x1d8, SOFTCPU_RSP},
		{0x1f8, SOFTCPU_RAX}, {0x308, SOFTCPU_RCX}, {0x310, SOFTCPU_RDX},
		{0x318, SOFTCPU_RBX}, {0x328, SOFTCPU_RBP}, {0x330, SOFTCPU_RSI},
		{0x338, SOFTCPU_RDI}};

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		softcpu_set(cpu, fields[i].reg, get_le64(vmsa + fields[i].offset));
	softcpu_set_cr3(cpu, get_le64(vmsa + 0x150));
	/* Long mode with paging, write protection, no-execute; a 64-bit code segment. */
	if ((get_le64(vmsa + 0x158) & 0x80010001) != 0x80010001 ||
		!(get_le64(vmsa + 0x148) & 0x20) || (get_le64(vmsa + 0xd0) & 0xd00) != 0xd00 ||
		!(get_le16(vmsa + 0x12) & 0x200))
		softcpu_violation(cpu, "the save area does not start in 64-bit mode");
}

static void launch_region(struct softsnp *m, const struct fw_region *r)
{
	for (uint32_t i = 0; i < r->pages; i++) {
		const uint64_t gpa = r->gpa + (uint64_t)i * HC_PAGE_SIZE;
		const uint8_t *bytes = guest_page(m->watch.guest, r, i);

		if (bytes)
			memcpy(guest_memory(m->watch.guest, gpa), bytes, HC_PAGE_SIZE);
		rmp_launch(&m->rmp, gpa);
	}
}

/* What the secure processor puts into its two pages. */
static void launch_psp_pages(struct softsnp *m)
{
	uint8_t *secrets = guest_memory(m->watch.guest, HC_SECRETS_GPA);
	uint8_t *cpuid = guest_memory(m->watch.guest, HC_CPUID_GPA);

	put_le32(secrets, m->secrets_version);
	memset(secrets + 0x20, 0x5e, 32 * 4);
	put_le32(cpuid, 2);
	put_le32(cpuid + 16, 1);
	put_le32(cpuid + 64, 0x8000001f);
	put_le32(cpuid + 64 + 24, 0x1a);
	put_le32(cpuid + 64 + 28, 51 | 1 << 6);
}

static void launch_memory(struct softsnp *m, bool large)
{
	const struct guest *g = m->watch.guest;

	for (size_t i = 0; i < g->plan.ram_count; i++)
		rmp_assign(&m->rmp, g->plan.ram[i].start, range_len(g->plan.ram[i]), large);
}

static void launch_bsp(struct softsnp *m)
{
	m->watch.cpu = m->bsp = new_cpu(m);
	softcpu_text(m->bsp, HC_TEXT_GPA,
		(uint64_t)softwatch_region(&m->watch, HC_TEXT_GPA)->pages * HC_PAGE_SIZE);
	load_vmsa(m->bsp, m->vmsa[0]);
}

void softsnp_launch(struct softsnp *m, bool large)
{
	const struct guest *g = m->watch.guest;

	launch_memory(m, large);
	rmp_share(&m->rmp, HC_STAGING_GPA, HC_STAGING_SIZE);
	launch_psp_pages(m);
	for (size_t i = 0; i < g->image.region_count; i++)
		launch_region(m, &g->image.region[i]);
	guest_stage(m->watch.guest);
	for (uint32_t i = 0; i < g->plan.vcpus && i < HC_VCPUS_MAX; i++)
		vmsa_build(m->vmsa[i], i, SNP_SEV_FEATURES, true);
	launch_bsp(m);
}

void softsnp_launch_loaded(struct softsnp *m, const struct loader *l, bool large)
{
	launch_memory(m, large);
	for (size_t i = 0; i < l->count; i++) {
		const struct loader_page *p = &l->page[i];

		memcpy(guest_memory(m->watch.guest, p->gpa), p->bytes, HC_PAGE_SIZE);
		rmp_launch(&m->rmp, p->gpa);
	}
	launch_psp_pages(m);
	for (uint32_t i = 0; i < l->contexts; i++)
		memcpy(m->vmsa[i], l->context[i], HC_PAGE_SIZE);
	launch_bsp(m);
}

void softsnp_fini(struct softsnp *m)
{
	softcpu_free(m->bsp);
	softcpu_free(m->ap);
	rmp_fini(&m->rmp);
	softwatch_fini(&m->watch);
	*m = (struct softsnp){0};
}

/* The host resumes what has halted: it has to halt again at once. */
static enum softcpu_stop resume(struct softcpu *cpu)
{
	enum softcpu_stop stop = SOFTCPU_HALTED;

	for (int i = 0; i < 3 && stop == SOFTCPU_HALTED; i++)
		stop = softcpu_run(cpu, 0, 8);
	return stop;
}

enum softcpu_stop softsnp_boot(struct softsnp *m)
{
	enum softcpu_stop stop;

	m->watch.cpu = m->bsp;
	stop = softcpu_run(m->bsp, guest_kernel_range(m->watch.guest).start + 0x200, BLOCKS_MAX);
	if (stop == SOFTCPU_HALTED)
		stop = resume(m->bsp);
	if (stop == SOFTCPU_HALTED && !m->terminated && !m->tampered && !m->other)
		softcpu_violation(m->bsp, "halts without a word");
	return softcpu_violation_text(m->bsp)[0] ? SOFTCPU_VIOLATION : stop;
}

const char *softsnp_ap_wrong(struct softsnp *m, uint32_t index)
{
	enum softcpu_stop stop;

	if (!m->ap) {
		m->ap = new_cpu(m);
		softcpu_text(m->ap, HC_TEXT_GPA,
			(uint64_t)softwatch_region(&m->watch, HC_TEXT_GPA)->pages * HC_PAGE_SIZE);
	}
	m->watch.cpu = m->ap;
	load_vmsa(m->ap, m->vmsa[index]);
	stop = softcpu_run(m->ap, 0, 8);
	if (stop == SOFTCPU_HALTED)
		stop = resume(m->ap);
	m->watch.cpu = m->bsp;
	return stop == SOFTCPU_HALTED ? NULL : "a parked vCPU does not stay parked";
}

static const char *cc_blob_wrong(struct softsnp *m, uint64_t setup_data)
{
	const uint8_t *setup = guest_memory(m->watch.guest, setup_data);
	const uint8_t *blob = guest_memory(m->watch.guest, get_le32(setup + 16));
	const uint8_t *secrets = guest_memory(m->watch.guest, HC_SECRETS_GPA);

	if (get_le64(setup) != 0 || get_le32(setup + 8) != 7)
		return "setup_data is not one CC blob";
	if (get_le32(blob) != 0x45444d41 || get_le64(blob + 8) != HC_SECRETS_GPA ||
		get_le32(blob + 16) != 4096 || get_le64(blob + 24) != HC_CPUID_GPA ||
		get_le32(blob + 32) != 4096)
		return "the CC blob";
	if (secrets[0x20] != 0x5e || secrets[0x9f] != 0x5e ||
		get_le32(secrets) != m->secrets_version)
		return "the secrets page was changed";
	return NULL;
}

static bool usable(void *machine, uint64_t gpa)
{
	const struct softsnp *m = machine;

	return rmp_access(&m->rmp, gpa, true) == RMP_OK;
}

static unsigned int times(void *machine, uint64_t gpa)
{
	const struct softsnp *m = machine;

	return rmp_at(&m->rmp, gpa)->validations;
}

static const char *lines_wrong(const struct softsnp *m)
{
	const struct guest_plan *plan = &m->watch.guest->plan;

	for (size_t i = 0; i < plan->ram_count; i++) {
		for (uint64_t at = plan->ram[i].start; at < plan->ram[i].end; at += RMP_PAGE) {
			const struct rmp_entry *e = rmp_at(&m->rmp, at);

			if (e->validations && e->lines_read != 3)
				return "a page was accepted and its lines were not read";
		}
	}
	return NULL;
}

const char *softsnp_handover_wrong(struct softsnp *m)
{
	const struct softwatch_memory memory = {
		.machine = m,
		.usable = usable,
		.times = times,
		.encryption_bits = C_BIT,
		.private_bits = C_BIT,
		.setup_data = HC_SETUP_DATA_GPA,
		.cr3 = HC_PAGETABLE_GPA | C_BIT,
	};
	const char *wrong = softwatch_handover_wrong(&m->watch, m->bsp, &memory);

	if (!wrong)
		wrong = cc_blob_wrong(m, HC_SETUP_DATA_GPA);
	if (!wrong)
		wrong = lines_wrong(m);
	if (!wrong && !m->vmpl_proven)
		wrong = "VMPL 0 was not proven";
	return wrong;
}

void softsnp_digest(const struct softsnp *m, uint8_t out[48])
{
	static const uint8_t zero[HC_PAGE_SIZE];

	memset(out, 0, 48);
	for (size_t i = 0; i < m->watch.guest->image.region_count; i++) {
		const struct fw_region *r = &m->watch.guest->image.region[i];

		for (uint32_t k = 0; k < r->pages; k++) {
			const uint8_t *page = guest_page(m->watch.guest, r, k);
			const bool measured = r->type == HC_PAGE_NORMAL;

			loader_snp_extend(out, r->type, r->gpa + (uint64_t)k * HC_PAGE_SIZE,
				measured ? (page ? page : zero) : NULL);
		}
	}
	for (uint32_t i = 0; i < m->watch.guest->plan.vcpus; i++)
		loader_snp_extend(out, HC_PAGE_VMSA, 0xfffffffff000, m->vmsa[i]);
}
