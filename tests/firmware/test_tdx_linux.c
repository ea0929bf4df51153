/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From huisclos-tdx on into Debian 13's kernel, as it is in the package: its decompressor finds the
 * table of unaccepted memory, accepts where it unpacks the kernel by TDG.MEM.PAGE.ACCEPT, and goes
 * there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "tests/firmware/softtdx.h"
#include "tests/firmware/trixie.h"

#define VMCALL_IO    30
#define SERIAL_READY 0x60 /* line status: room to write */

static struct guest guest;
static struct softtdx machine;
static struct softlinux *l;

static uint64_t reg(enum softcpu_reg r)
{
	return softlinux_get(l, r);
}

static void accept(void)
{
	const uint64_t rcx = reg(SOFTCPU_RCX), gpa = rcx & ~(SEPT_PAGE - 1);
	const uint64_t len = rcx & 1 ? SEPT_LARGE : SEPT_PAGE;
	uint32_t status = SEPT_SIZE_MISMATCH; /* of 1 GiB */

	if ((rcx & 7) < 2) {
		if (!guest_is_ram(&guest, gpa) || !guest_is_lazy(&guest, gpa))
			softlinux_violation(l, "accepts 0x%llx", (unsigned long long)gpa);
		status = sept_accept(&machine.sept, rcx);
		if (status == SEPT_ALREADY_ACCEPTED)
			softlinux_violation(l, "accepts 0x%llx again", (unsigned long long)gpa);
		if (status == SEPT_SUCCESS)
			softlinux_map(l, gpa, len);
	}
	softlinux_set(l, SOFTCPU_RAX, (uint64_t)status << 32);
}

/* TDG.VP.VMCALL<Instruction.IO>: the serial port, and nothing else of the host. */
static void vmcall(void)
{
	const uint64_t port = reg(SOFTCPU_R14);

	if (reg(SOFTCPU_R10) != 0 || reg(SOFTCPU_R11) != VMCALL_IO)
		softlinux_violation(
			l, "asks the host for 0x%llx", (unsigned long long)reg(SOFTCPU_R11));
	if (reg(SOFTCPU_R13) == 1 && port == HC_PORT_SERIAL)
		softlinux_console(l, (uint8_t)reg(SOFTCPU_R15));
	if (port < HC_PORT_SERIAL || port >= HC_PORT_SERIAL + 8)
		softlinux_violation(l, "uses port 0x%llx", (unsigned long long)port);
	softlinux_set(l, SOFTCPU_R11, port == HC_PORT_SERIAL + 5 ? SERIAL_READY : 0);
	softlinux_set(l, SOFTCPU_R10, 0);
	softlinux_set(l, SOFTCPU_RAX, 0);
}

static unsigned int on_insn(void *m, const uint8_t *bytes, size_t len)
{
	static const uint8_t tdcall[] = {0x66, 0x0f, 0x01, 0xcc};

	(void)m;
	if (len < sizeof(tdcall) || memcmp(bytes, tdcall, sizeof(tdcall)) != 0)
		return 0;
	switch (reg(SOFTCPU_RAX)) {
	case 0:
		vmcall();
		break;
	case 6:
		accept();
		break;
	default:
		softlinux_violation(l, "calls leaf %llu", (unsigned long long)reg(SOFTCPU_RAX));
	}
	return sizeof(tdcall);
}

static void text_regs(uint32_t out[4], const char *text)
{
	memcpy(&out[1], text, 4);
	memcpy(&out[3], text + 4, 4);
	memcpy(&out[2], text + 8, 4);
}

/* What the TDX module answers itself; other leaves are an exception in a TD. */
static void on_cpuid(void *m, uint32_t leaf, uint32_t subleaf, uint32_t out[4])
{
	(void)m;
	if (leaf == 0) {
		out[0] = 0x21;
		text_regs(out, "GenuineIntel");
	} else if (leaf == 1) {
		out[0] = 0x806f8;
		out[2] =
			1u << 30 | 1u << 31; /* RDRAND, hypervisor; no TSC: one place in all runs */
		out[3] = 1u << 6 | 1u << 25 | 1u << 26;
	} else if (leaf == 0x21 && subleaf == 0) {
		text_regs(out, "IntelTDX    ");
	} else if (leaf == 0x80000000) {
		out[0] = 0x80000008;
	} else if (leaf == 0x80000001) {
		out[3] = 1u << 20 | 1u << 29;
	} else if (leaf != 7 && leaf != 0x80000008) {
		softlinux_violation(l, "CPUID leaf 0x%x", leaf);
	}
}

static bool accepted(uint64_t gpa)
{
	return sept_access(&machine.sept, gpa, true) == SEPT_OK;
}

static void debian_13_unpacks_its_kernel_into_memory_that_it_accepted(void **state)
{
	static const struct softlinux_ops ops = {.insn = on_insn, .cpuid = on_cpuid};
	struct guest_plan plan;
	struct trixie kernel;
	const char *wrong;
	uint64_t at, units;

	(void)state;
	if (!trixie_open(&kernel)) {
		print_message("# SKIP no kernel of Debian 13: scripts/setup unpacks it\n");
		skip();
	}
	trixie_plan(&plan, &kernel, "tdx");
	guest_init(&guest, &plan);
	assert_true(guest.manifest.flags & HC_MANIFEST_LAZY);
	softtdx_init(&machine, &guest);
	softtdx_launch(&machine, true);
	assert_int_equal(softtdx_boot(&machine), SOFTCPU_ENTERED);
	assert_null(softtdx_handover_wrong(&machine));
	l = softlinux_new(&guest, machine.cpu[0], &ops, NULL);
	softlinux_map(l, 0, TRIXIE_LOW);
	at = softlinux_run(l, kernel.entry, TRIXIE_ENTRY);
	if (at == 0)
		fail_msg("%s; %s", softlinux_violation_text(l), softlinux_text(l));
	wrong = trixie_wrong(&kernel, &guest, at, accepted, &units);
	if (wrong)
		fail_msg("%s", wrong);
	print_message("# entered at 0x%llx; %llu of 2048 units of 2 MiB accepted\n",
		(unsigned long long)at, (unsigned long long)units);
	softlinux_free(l);
	softtdx_fini(&machine);
	guest_fini(&guest);
	trixie_close(&kernel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(debian_13_unpacks_its_kernel_into_memory_that_it_accepted),
	};

	return cmocka_run_group_tests_name("tdx_linux", tests, NULL, NULL);
}
