/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The software SNP machine itself: a firmware that does what none may do, a few bytes each, and the
 * machine has to say so. What it let pass here it would let pass of huisclos-snp.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/paging.h"
#include "tests/firmware/softsnp.h"

#define CODE_MAX 96

/* Pieces of code; the entry is at the start of the text, which is where they go. */
#define MOV_EAX(v) 0xb8, (v)&0xff, (v) >> 8 & 0xff, (v) >> 16 & 0xff, (v) >> 24 & 0xff
#define MOV_ECX(v) 0xb9, (v)&0xff, (v) >> 8 & 0xff, (v) >> 16 & 0xff, (v) >> 24 & 0xff
#define MOV_EDX(v) 0xba, (v)&0xff, (v) >> 8 & 0xff, (v) >> 16 & 0xff, (v) >> 24 & 0xff
#define MOV_RAX(hi, lo)                                                                            \
	0x48, MOV_EAX(lo), (hi)&0xff, (hi) >> 8 & 0xff, (hi) >> 16 & 0xff, (hi) >> 24 & 0xff
#define STORE_RAX(at)      0x48, 0x89, 0x04, 0x25, (at)&0xff, (at) >> 8 & 0xff, (at) >> 16 & 0xff, 0
#define LOAD_CL            0x8a, 0x08 /* mov (%rax), %cl */
#define STORE_CL           0x88, 0x08 /* mov %cl, (%rax) */
#define JMP_RAX            0xff, 0xe0
#define HLT                0xf4
#define PVALIDATE          0xf2, 0x0f, 0x01, 0xff
#define RMPADJUST          0xf3, 0x0f, 0x01, 0xfe
#define VMGEXIT            0xf3, 0x0f, 0x01, 0xd9
#define WRMSR              0x0f, 0x30
#define RDMSR              0x0f, 0x32
#define MOV_CR3_RAX        0x0f, 0x22, 0xd8
#define MOV_CR0_RAX        0x0f, 0x22, 0xc0
#define ACCEPT(gpa)        MOV_EAX(gpa), MOV_ECX(0), MOV_EDX(1), PVALIDATE
#define WINDOW_PDPTE       (PAGING_PDPT + 3 * 8)
#define PT_ENTRY(gpa)      (PAGING_PT + (gpa) / 4096 * 8)
#define LAST_WORD          MOV_ECX(0xc0010130u), MOV_EAX(0x102100), MOV_EDX(0), WRMSR, VMGEXIT
#define MAP_WINDOW(hi, lo) MOV_RAX(hi, lo), STORE_RAX(WINDOW_PDPTE), MOV_EAX(0xc0000000u)

static const struct sin {
	const char *name;
	uint8_t code[CODE_MAX];
	enum softcpu_stop stop;
	const char *text; /* in the violation */
} sins[] = {
	{"CPUID", {0x0f, 0xa2}, SOFTCPU_VIOLATION, "forbidden"},
	{"output", {0xee}, SOFTCPU_VIOLATION, "to port"},
	{"input", {0xec}, SOFTCPU_VIOLATION, "of port"},
	{"time stamp", {0x0f, 0x31}, SOFTCPU_VIOLATION, "forbidden"},
	{"WBINVD", {0x0f, 0x09}, SOFTCPU_VIOLATION, "forbidden"},
	{"VMMCALL", {0x0f, 0x01, 0xd9}, SOFTCPU_VIOLATION, "forbidden"},
	{"TDCALL", {0x66, 0x0f, 0x01, 0xcc}, SOFTCPU_VIOLATION, "on SNP"},
	{"debug registers", {0x0f, 0x23, 0xc0}, SOFTCPU_VIOLATION, "forbidden"},
	{"CR0", {MOV_CR0_RAX}, SOFTCPU_VIOLATION, "CR0"},
	{"reading what was not accepted", {MOV_EAX(0x2000000), LOAD_CL}, SOFTCPU_VIOLATION,
		"never accepted"},
	{"writing what was not accepted", {MOV_EAX(0x2000000), STORE_CL}, SOFTCPU_VIOLATION,
		"never accepted"},
	{"touching a hole", {MOV_EAX(0x8000000), LOAD_CL}, SOFTCPU_VIOLATION, "no memory"},
	{"accepting twice", {ACCEPT(0x1000), ACCEPT(0x1000)}, SOFTCPU_VIOLATION, "again"},
	{"accepting a launch page", {ACCEPT(HC_MANIFEST_GPA)}, SOFTCPU_VIOLATION,
		"validates 0x118000"},
	{"accepting a hole", {ACCEPT(0x8000000)}, SOFTCPU_VIOLATION, "validates 0x8000000"},
	{"taking back", {MOV_EAX(0x1000), MOV_ECX(0), MOV_EDX(0), PVALIDATE}, SOFTCPU_VIOLATION,
		"back"},
	{"rights for VMPL 1", {MOV_EAX(HC_BSS_GPA), MOV_ECX(0), MOV_EDX(0x101), RMPADJUST},
		SOFTCPU_VIOLATION, "permissions"},
	{"asking the host", {MOV_ECX(0xc0010130u), MOV_EAX(6), MOV_EDX(0), WRMSR, VMGEXIT},
		SOFTCPU_VIOLATION, "asks the host"},
	{"another MSR", {MOV_ECX(0xc0000080u), RDMSR}, SOFTCPU_VIOLATION, "reads MSR"},
	{"writing SEV_STATUS", {MOV_ECX(0xc0010131u), WRMSR}, SOFTCPU_VIOLATION, "writes MSR"},
	{"going on after the last word", {LAST_WORD, ACCEPT(0x1000)}, SOFTCPU_VIOLATION,
		"after its last word"},
	{"going on when resumed", {LAST_WORD, HLT, ACCEPT(0x1000)}, SOFTCPU_VIOLATION,
		"after its last word"},
	{"halting without a word", {HLT}, SOFTCPU_VIOLATION, "without a word"},
	{"reading the device tree later", {ACCEPT(0x1000), MOV_EAX(HC_HOSTFDT_GPA), LOAD_CL},
		SOFTCPU_VIOLATION, "device tree"},
	{"reading the window twice", {MAP_WINDOW(0x80000000u, 0xc00000a1u), LOAD_CL, LOAD_CL},
		SOFTCPU_VIOLATION, "of the window again"},
	{"writing the window", {MAP_WINDOW(0x80000000u, 0xc00000e3u), STORE_CL}, SOFTCPU_VIOLATION,
		"host memory used"},
	{"the window as private memory", {MAP_WINDOW(0x80080000u, 0xc00000a1u), LOAD_CL},
		SOFTCPU_VIOLATION, "by a private mapping"},
	{"executing the window", {MAP_WINDOW(0, 0xc00000a1u), JMP_RAX}, SOFTCPU_VIOLATION,
		"executes 0xc0000000"},
	{"tables in the window", {MOV_EAX(0xc0000000u), MOV_CR3_RAX}, SOFTCPU_VIOLATION,
		"host memory used"},
	{"tables in other launch pages", {MOV_RAX(0x80000u, HC_BSS_GPA), MOV_CR3_RAX},
		SOFTCPU_VIOLATION, "among other launch pages"},
	{"private memory by a shared mapping",
		{MOV_RAX(0x80000000u, HC_MANIFEST_GPA | 0x21), STORE_RAX(PT_ENTRY(HC_MANIFEST_GPA)),
			MOV_EAX(HC_MANIFEST_GPA), LOAD_CL},
		SOFTCPU_VIOLATION, "by a shared mapping"},
	{"accepting by a shared mapping",
		{MOV_RAX(0x80000000u, 0x1063), STORE_RAX(PT_ENTRY(0x1000)), ACCEPT(0x1000)},
		SOFTCPU_VIOLATION, "by a shared mapping"},
	{"another page under an address",
		{MOV_RAX(0x80080000u, HC_SECRETS_GPA | 0x21), STORE_RAX(PT_ENTRY(HC_MANIFEST_GPA)),
			MOV_EAX(HC_MANIFEST_GPA), LOAD_CL},
		SOFTCPU_VIOLATION, "one to one"},
	{"writable and executable",
		{MOV_RAX(0x80000u, HC_STACK_GPA | 0x63), STORE_RAX(PT_ENTRY(HC_STACK_GPA)),
			MOV_EAX(HC_STACK_GPA), LOAD_CL},
		SOFTCPU_VIOLATION, "writable and executable"},
	{"writing the manifest",
		{MOV_RAX(0x80080000u, HC_MANIFEST_GPA | 0x63), STORE_RAX(PT_ENTRY(HC_MANIFEST_GPA)),
			MOV_EAX(HC_MANIFEST_GPA), STORE_CL},
		SOFTCPU_VIOLATION, "writes to a launch page"},
	{"writing the text", {MOV_EAX(HC_TEXT_GPA + 0x100), STORE_CL}, SOFTCPU_SHUTDOWN, ""},
	{"a null pointer", {MOV_EAX(0), LOAD_CL}, SOFTCPU_SHUTDOWN, ""},
	{"executing the stack", {MOV_EAX(HC_STACK_GPA), JMP_RAX}, SOFTCPU_VIOLATION, "executes"},
};

static struct guest guest;
static struct softsnp machine;
static uint8_t text[8 * HC_PAGE_SIZE];

static enum softcpu_stop run(const uint8_t *code, size_t at)
{
	struct guest_plan plan;

	guest_plan_small(&plan, "snp", 64u << 20, 2);
	guest_init(&guest, &plan);
	memset(text, HLT, sizeof(text));
	memcpy(text + at, code, CODE_MAX);
	for (size_t i = CODE_MAX; i > 0 && code[i - 1] == 0; i--)
		text[at + i - 1] = HLT;
	guest.image.region[0].data = text;
	softsnp_init(&machine, &guest);
	softsnp_launch(&machine, false);
	return softsnp_boot(&machine);
}

static void end(void)
{
	softsnp_fini(&machine);
	guest_fini(&guest);
}

static void sees_everything_that_no_firmware_may_do(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(sins) / sizeof(sins[0]); i++) {
		const enum softcpu_stop stop = run(sins[i].code, 0);
		const char *found = softcpu_violation_text(machine.bsp);

		if (stop != sins[i].stop || !strstr(found, sins[i].text))
			fail_msg("%s: stop %d, \"%s\"", sins[i].name, (int)stop, found);
		end();
	}
}

static void a_last_word_is_none(void **state)
{
	const uint8_t code[CODE_MAX] = {LAST_WORD, HLT};

	(void)state;
	assert_int_equal(run(code, 0), SOFTCPU_HALTED);
	assert_true(machine.terminated);
	assert_int_equal(machine.reason_set, 2);
	assert_int_equal(machine.reason, 0x10);
	end();
}

static void sees_a_parked_vcpu_that_does_not_stay_parked(void **state)
{
	static const uint8_t codes[][CODE_MAX] = {{ACCEPT(0x1000)}, {0x50, HLT}, {0xee}};

	(void)state;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		run(codes[i], HC_ENTRY_AP - HC_TEXT_GPA);
		assert_non_null(softsnp_ap_wrong(&machine, 1));
		end();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sees_everything_that_no_firmware_may_do),
		cmocka_unit_test(a_last_word_is_none),
		cmocka_unit_test(sees_a_parked_vcpu_that_does_not_stay_parked),
	};

	return cmocka_run_group_tests_name("softsnp", tests, NULL, NULL);
}
