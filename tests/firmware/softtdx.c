/* SPDX-License-Identifier: Apache-2.0 */
/* The TDX machine: see softtdx.h. */
#include "tests/firmware/softtdx.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attest/measure/measure_tdx.h"
#include "firmware/abi/ccel.h"
#include "tests/firmware/softcpu32.h"

#define BLOCKS_MAX  400000000ULL
#define WAIT_PAUSES 20
#define VECTOR_UD   6
#define FATAL_TIMES 3
/* Of TDVMCALL (GHCI 3.4): RDX, RBX, RSI, RDI, R8 to R15. */
#define FATAL_REGISTERS 0xffccu
#define FATAL_ERROR     0x10003u

static uint64_t shared_bit(const struct softtdx *m)
{
	/* A width that there is not must not make private memory shared here. */
	return m->gpaw == 52 ? 1ULL << 51 : 1ULL << 47;
}

static uint8_t *on_memory(void *machine, uint64_t gpa)
{
	const struct softtdx *m = machine;

	return guest_memory(m->watch.guest, gpa);
}

static void event(struct softtdx *m, enum softtdx_event kind, uint64_t gpa)
{
	m->forced = false;
	if (m->host)
		m->host(m, kind, gpa);
	m->events[kind]++;
}

static void violation(struct softtdx *m, const char *text, uint64_t value)
{
	softcpu_violation(m->watch.cpu, "%s 0x%llx", text, (unsigned long long)value);
}

static int window_access(
	struct softtdx *m, uint64_t gpa, unsigned int size, uint64_t leaf, enum softcpu_access kind)
{
	if (!(leaf & shared_bit(m)))
		violation(m, "host memory by a private mapping:", gpa);
	if (m->running != 0)
		violation(m, "a waiting vCPU uses the window:", gpa);
	if (kind == SOFTCPU_READ)
		event(m, SOFTTDX_EV_WINDOW_READ, gpa);
	softwatch_window(&m->watch, gpa, size, leaf, kind);
	return 0;
}

/* What a waiting vCPU may do: run, look, and take its name out of the mailbox. */
static void waiting_access(struct softtdx *m, uint64_t gpa, enum softcpu_access kind)
{
	const bool mailbox = gpa == HC_MAILBOX_GPA;

	if (m->running != 0 && kind == SOFTCPU_WRITE && !mailbox)
		violation(m, "a waiting vCPU writes to", gpa);
}

static int on_access(
	void *machine, uint64_t gpa, unsigned int size, uint64_t leaf, enum softcpu_access kind)
{
	struct softtdx *m = machine;
	const struct sept_entry *e = sept_at(&m->sept, gpa);

	if (e && e->shared)
		return window_access(m, gpa, size, leaf, kind);
	switch (sept_access(&m->sept, gpa, !(leaf & shared_bit(m)))) {
	case SEPT_OK:
		break;
	case SEPT_KIND:
		violation(m, "private memory by a shared mapping:", gpa);
		return 0;
	case SEPT_PENDING:
	case SEPT_ABSENT:
		/* The end of the guest, or a wait for the host. It was the host's doing if it was
		 * there. */
		if (e && (e->launched || e->accepts))
			return SOFTCPU_HOST;
		violation(m, "touches what was never accepted:", gpa);
		return 0;
	}
	waiting_access(m, gpa, kind);
	if (e->launched)
		softwatch_launch_page(&m->watch, gpa, size, kind);
	else if (kind == SOFTCPU_EXECUTE || kind == SOFTCPU_TABLE)
		violation(m, "code or tables outside the launch:", gpa);
	return 0;
}

static uint64_t reg(const struct softtdx *m, enum softcpu_reg r)
{
	return softcpu_get(m->watch.cpu, r);
}

static void set(struct softtdx *m, enum softcpu_reg r, uint64_t value)
{
	softcpu_set(m->watch.cpu, r, value);
}

static int info(struct softtdx *m)
{
	event(m, SOFTTDX_EV_INFO, 0);
	set(m, SOFTCPU_RCX, m->gpaw);
	set(m, SOFTCPU_RDX, m->attributes);
	set(m, SOFTCPU_R8, (uint64_t)m->vcpus << 32 | m->vcpus);
	set(m, SOFTCPU_R9, m->running);
	set(m, SOFTCPU_R10, 0);
	set(m, SOFTCPU_R11, 0);
	set(m, SOFTCPU_RAX, m->forced ? m->forced_rax : 0);
	return 0;
}

static void check_accept(struct softtdx *m, uint64_t gpa, uint64_t len)
{
	for (uint64_t at = gpa; at < gpa + len; at += SEPT_PAGE) {
		const struct sept_entry *e = sept_at(&m->sept, at);

		if (!e || softwatch_region(&m->watch, at) ||
			(!m->watch.bent && !guest_is_ram(m->watch.guest, at)))
			violation(m, "accepts", at);
		else if (e->accepts)
			violation(m, "accepts again", at);
	}
}

static int accept(struct softtdx *m)
{
	const uint64_t rcx = reg(m, SOFTCPU_RCX), gpa = rcx & ~(SEPT_PAGE - 1);
	const uint64_t len = rcx & 1 ? SEPT_LARGE : SEPT_PAGE;
	uint32_t status;

	m->watch.hostfdt_closed = true;
	event(m, SOFTTDX_EV_ACCEPT, gpa);
	check_accept(m, gpa, len);
	if (m->forced) {
		set(m, SOFTCPU_RAX, m->forced_rax);
		return 0;
	}
	status = sept_accept(&m->sept, rcx);
	if (status == SEPT_VIOLATION)
		return SOFTCPU_HOST;
	/* Accepting clears; where nothing was ever written there is nothing to clear. */
	if (status == SEPT_SUCCESS && gpa < HC_BLOBS_END)
		memset(guest_memory(m->watch.guest, gpa), 0, len);
	set(m, SOFTCPU_RAX, (uint64_t)status << 32);
	return 0;
}

static int extend(struct softtdx *m)
{
	const uint64_t gpa = reg(m, SOFTCPU_RCX), index = reg(m, SOFTCPU_RDX);
	uint8_t both[96];

	event(m, SOFTTDX_EV_EXTEND, gpa);
	if (index > 3 || gpa % 64 != 0 || sept_access(&m->sept, gpa, true) != SEPT_OK) {
		set(m, SOFTCPU_RAX, (uint64_t)SEPT_OPERAND_INVALID << 32);
		return 0;
	}
	memcpy(both, m->rtmr[index], 48);
	memcpy(both + 48, guest_memory(m->watch.guest, gpa), 48);
	if (!m->forced && crypto_sha384(m->rtmr[index], both, sizeof(both)))
		abort();
	set(m, SOFTCPU_RAX, m->forced ? m->forced_rax : 0);
	return 0;
}

/* The text in the order of GHCI 3.4; then the host puts what it likes into all it was shown. */
static void fatal_message(struct softtdx *m)
{
	static const enum softcpu_reg text[] = {SOFTCPU_R14, SOFTCPU_R15, SOFTCPU_RBX, SOFTCPU_RDI,
		SOFTCPU_RSI, SOFTCPU_R8, SOFTCPU_R9, SOFTCPU_RDX};

	for (size_t i = 0; i < 8; i++) {
		const uint64_t value = reg(m, text[i]);

		memcpy(m->fatal_text + 8 * i, &value, 8);
		set(m, text[i], 0xdeadbeefcafe0000 + i);
	}
	set(m, SOFTCPU_R10, 0xdead);
	set(m, SOFTCPU_R11, 0xdead);
	set(m, SOFTCPU_R12, 0xdead);
	set(m, SOFTCPU_R13, 0xdead);
	set(m, SOFTCPU_RAX, 0);
}

static int vmcall(struct softtdx *m)
{
	const uint64_t code = reg(m, SOFTCPU_R12);

	if (reg(m, SOFTCPU_R10) != 0 || reg(m, SOFTCPU_R11) != FATAL_ERROR)
		violation(m, "asks the host for", reg(m, SOFTCPU_R11));
	if (reg(m, SOFTCPU_RCX) != FATAL_REGISTERS)
		violation(m, "shows the host registers", reg(m, SOFTCPU_RCX));
	if (m->fatal_calls++ && code != m->fatal_code)
		violation(m, "says something else the next time:", code);
	m->fatal_code = code;
	fatal_message(m);
	if (m->fatal_calls == FATAL_TIMES)
		softcpu_pause(m->watch.cpu);
	return 0;
}

static int tdcall(struct softtdx *m)
{
	const uint64_t leaf = reg(m, SOFTCPU_RAX);

	if (m->running != 0)
		violation(m, "a waiting vCPU calls leaf", leaf);
	if (m->fatal_calls && leaf != 0)
		violation(m, "goes on after its last word with leaf", leaf);
	switch (leaf) {
	case 0:
		return vmcall(m);
	case 1:
		return info(m);
	case 2:
		return extend(m);
	case 6:
		return accept(m);
	default:
		violation(m, "calls leaf", leaf);
		return 0;
	}
}

static int on_insn(void *machine, enum softcpu_insn insn)
{
	struct softtdx *m = machine;

	if (insn == SOFTCPU_TDCALL)
		return m->other ? VECTOR_UD : tdcall(m);
	if (insn != SOFTCPU_PAUSE)
		violation(m, "instruction on TDX:", (uint64_t)insn);
	else if (m->running != 0 && ++m->pauses == WAIT_PAUSES)
		softcpu_pause(m->watch.cpu);
	return 0;
}

/* Whatever the width: both shared bits are no address of memory here. */
static const struct softcpu_ops ops = {
	.address_bits = 0x00007ffffffff000,
	.memory = on_memory,
	.access = on_access,
	.insn = on_insn,
};

void softtdx_init(struct softtdx *m, struct guest *g)
{
	*m = (struct softtdx){.gpaw = 48, .attributes = TDX_ATTRIBUTES, .vcpus = g->plan.vcpus};
	softwatch_init(&m->watch, g);
	if (!sept_init(&m->sept, g->end))
		abort();
}

void softtdx_fini(struct softtdx *m)
{
	for (size_t i = 0; i < HC_VCPUS_MAX; i++)
		softcpu_free(m->cpu[i]);
	sept_fini(&m->sept);
	softwatch_fini(&m->watch);
	*m = (struct softtdx){0};
}

static void launch_region(struct softtdx *m, const struct fw_region *r)
{
	for (uint32_t i = 0; i < r->pages; i++) {
		const uint64_t gpa = r->gpa + (uint64_t)i * HC_PAGE_SIZE;
		const uint8_t *bytes = guest_page(m->watch.guest, r, i);

		if (bytes)
			memcpy(guest_memory(m->watch.guest, gpa), bytes, HC_PAGE_SIZE);
		sept_launch(&m->sept, gpa);
	}
}

static void launch_memory(struct softtdx *m, bool large)
{
	const struct guest *g = m->watch.guest;

	for (size_t i = 0; i < g->plan.ram_count; i++)
		sept_map(&m->sept, g->plan.ram[i].start, range_len(g->plan.ram[i]), large);
}

void softtdx_launch_loaded(struct softtdx *m, const struct loader *l, bool large)
{
	launch_memory(m, large);
	for (size_t i = 0; i < l->count; i++) {
		memcpy(guest_memory(m->watch.guest, l->page[i].gpa), l->page[i].bytes,
			HC_PAGE_SIZE);
		sept_launch(&m->sept, l->page[i].gpa);
	}
}

void softtdx_launch(struct softtdx *m, bool large)
{
	const struct guest *g = m->watch.guest;

	launch_memory(m, large);
	sept_share(&m->sept, HC_STAGING_GPA, HC_STAGING_SIZE);
	for (size_t i = 0; i < g->image.region_count; i++)
		launch_region(m, &g->image.region[i]);
	guest_stage(m->watch.guest);
}

static uint64_t text_len(const struct softtdx *m)
{
	return (uint64_t)softwatch_region(&m->watch, HC_TEXT_GPA)->pages * HC_PAGE_SIZE;
}

/* What VP.INIT makes of a vCPU; RCX is the host's to choose. */
static void start(struct softtdx *m, uint32_t index)
{
	struct guest *g = m->watch.guest;
	struct softcpu *cpu = softcpu_new(&ops, m);
	const struct softcpu32 state = {
		.reg = {0, 0xbad0bad0, 0x806f8, m->gpaw, 0, 0, index, 0},
		.eip = 0xfffffff0,
		.cr0 = 0x21,
		.cr4 = 0x2040,
		.text = HC_TEXT_GPA,
		.text_len = text_len(m),
		.text_memory = guest_memory(g, HC_TEXT_GPA),
		.reset = HC_TDX_RESET_GPA,
		.reset_memory = guest_memory(g, HC_TDX_RESET_GPA),
	};

	m->cpu[index] = m->watch.cpu = cpu;
	m->started[index] = true;
	m->running = index;
	softcpu_map(cpu, 0, g->low, HC_RAM_LOW_END);
	softcpu_map(cpu, HC_STAGING_GPA, g->window, HC_STAGING_SIZE);
	if (g->high)
		softcpu_map(cpu, HC_RAM_HIGH_BASE, g->high, g->high_bytes);
	softcpu_watch_stack(cpu, HC_STACK_GPA, HC_STACK_MAX);
	softcpu_text(cpu, HC_TEXT_GPA, text_len(m));
	softcpu32_enter(&state, cpu);
}

enum softcpu_stop softtdx_boot(struct softtdx *m)
{
	enum softcpu_stop stop;

	start(m, 0);
	if (softcpu_violation_text(m->cpu[0])[0])
		return SOFTCPU_VIOLATION;
	stop = softcpu_run(m->cpu[0], guest_kernel_range(m->watch.guest).start + 0x200, BLOCKS_MAX);
	if (softcpu_violation_text(m->cpu[0])[0])
		return SOFTCPU_VIOLATION;
	if (stop == SOFTCPU_RUNNING && m->fatal_calls == FATAL_TIMES)
		return SOFTCPU_HALTED;
	/* HLT is an exception to a TDX guest; only where pages are gone is it the last way out. */
	if (stop == SOFTCPU_HALTED && !m->tampered && !m->other)
		softcpu_violation(m->cpu[0], "halts");
	return softcpu_violation_text(m->cpu[0])[0] ? SOFTCPU_VIOLATION : stop;
}

/* Let vCPU `index` run until it has waited a while, or has come to `until`. */
static enum softcpu_stop step(struct softtdx *m, uint32_t index, uint64_t until)
{
	struct softcpu *const before = m->watch.cpu;
	const uint32_t running = m->running;
	enum softcpu_stop stop;

	if (!m->started[index])
		start(m, index);
	m->watch.cpu = m->cpu[index];
	m->running = index;
	m->pauses = 0;
	stop = softcpu_run(m->cpu[index], until, 1000);
	if (softcpu_violation_text(m->cpu[index])[0])
		stop = SOFTCPU_VIOLATION;
	m->watch.cpu = before;
	m->running = running;
	return stop;
}

const char *softtdx_wait_wrong(struct softtdx *m, uint32_t index)
{
	if (step(m, index, 0) == SOFTCPU_RUNNING)
		return NULL;
	return softcpu_violation_text(m->cpu[index])[0] ? softcpu_violation_text(m->cpu[index])
							: "a waiting vCPU does not wait";
}

const char *softtdx_wake_wrong(struct softtdx *m, uint32_t index, uint64_t vector)
{
	uint8_t *mailbox = guest_memory(m->watch.guest, HC_MAILBOX_GPA);
	bool write, execute;

	put_le32(mailbox + 4, index);
	put_le64(mailbox + 8, vector);
	put_le16(mailbox, 1);
	for (uint32_t i = 1; i < m->watch.guest->plan.vcpus; i++) {
		if (i != index && m->cpu[i] && softcpu_get(m->cpu[i], SOFTCPU_RIP) == vector)
			continue; /* woken before */
		if (i != index && softtdx_wait_wrong(m, i))
			return "another vCPU does not wait";
	}
	if (step(m, index, vector) != SOFTCPU_ENTERED)
		return "the vCPU does not come";
	if (get_le16(mailbox) != 0)
		return "the vCPU did not say that it comes";
	if (!softcpu_walk(m->cpu[index], vector, &write, &execute) || !execute)
		return "the vector is not executable";
	return NULL;
}

static bool usable(void *machine, uint64_t gpa)
{
	const struct softtdx *m = machine;

	return sept_access(&m->sept, gpa, true) == SEPT_OK;
}

static unsigned int times(void *machine, uint64_t gpa)
{
	const struct softtdx *m = machine;

	return sept_at(&m->sept, gpa)->accepts;
}

/* The table `signature` of the XSDT in guest memory, or NULL. */
static const uint8_t *acpi_table(struct softtdx *m, const char *signature)
{
	const uint8_t *zero_page = guest_memory(m->watch.guest, HC_BOOTPARAM_GPA);
	const uint8_t *rsdp = guest_memory(m->watch.guest, get_le64(zero_page + 0x70));
	const uint8_t *xsdt = guest_memory(m->watch.guest, get_le64(rsdp + 24));

	for (uint32_t at = 36; at < get_le32(xsdt + 4); at += 8) {
		const uint8_t *table = guest_memory(m->watch.guest, get_le64(xsdt + at));

		if (memcmp(table, signature, 4) == 0)
			return table;
	}
	return NULL;
}

static const char *log_wrong(struct softtdx *m)
{
	const uint8_t *ccel = acpi_table(m, "CCEL");
	uint8_t expected[CCEL_RTMRS][48], replayed[CCEL_RTMRS][48];
	struct view log;

	if (!ccel || ccel[36] != 2)
		return "no CCEL table of TDX";
	log = (struct view){guest_memory(m->watch.guest, get_le64(ccel + 48)), get_le64(ccel + 40)};
	if (measure_tdx_rtmrs(expected, &m->watch.guest->manifest, NULL) ||
		ccel_replay(replayed, log, NULL, NULL, NULL))
		return "the log cannot be replayed";
	if (memcmp(expected, m->rtmr, sizeof(m->rtmr)) != 0)
		return "the registers are not the predicted ones";
	return memcmp(replayed, m->rtmr, sizeof(m->rtmr)) ? "the log is not the registers" : NULL;
}

static const char *madt_wrong(struct softtdx *m)
{
	const uint8_t *madt = acpi_table(m, "APIC");
	const uint32_t at = 44 + 8 * m->watch.guest->plan.vcpus;

	if (!madt || get_le32(madt + 4) != at + 16 || madt[at] != 0x10 || madt[at + 1] != 16 ||
		get_le64(madt + at + 8) != HC_MAILBOX_GPA)
		return "no wake-up structure in the MADT";
	return NULL;
}

const char *softtdx_handover_wrong(struct softtdx *m)
{
	const struct softwatch_memory memory = {
		.machine = m,
		.usable = usable,
		.times = times,
		.encryption_bits = 1ULL << 47 | 1ULL << 51,
		.private_bits = 0,
		.setup_data = 0,
		.cr3 = HC_PAGETABLE_GPA,
	};
	const char *wrong = softwatch_handover_wrong(&m->watch, m->cpu[0], &memory);

	if (!wrong)
		wrong = log_wrong(m);
	return wrong ? wrong : madt_wrong(m);
}
