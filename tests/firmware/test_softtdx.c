/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The software TDX machine itself: a firmware that does what none may do, a few bytes each, and the
 * machine has to say so. What it let pass here it would let pass of huisclos-tdx.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "firmware/paging.h"
#include "tests/firmware/softtdx.h"

#define CODE_MAX   128
#define SNIPPET_AT 0x400 /* in the text: the first vCPU; others 0x200 on */

#define U32(v)          (v) & 0xff, (v) >> 8 & 0xff, (v) >> 16 & 0xff, (v) >> 24 & 0xff
#define MOV_EAX(v)      0xb8, U32(v)
#define MOV_ECX(v)      0xb9, U32(v)
#define MOV_EDX(v)      0xba, U32(v)
#define MOV_R11D(v)     0x41, 0xbb, U32(v)
#define MOV_R12D(v)     0x41, 0xbc, U32(v)
#define CLEAR_R10       0x45, 0x31, 0xd2
#define MOV_RAX(hi, lo) 0x48, 0xb8, U32(lo), U32(hi)
#define STORE_RAX(at)   0x48, 0x89, 0x04, 0x25, U32(at)
#define LOAD_CL         0x8a, 0x08 /* mov (%rax), %cl */
#define STORE_CL        0x88, 0x08 /* mov %cl, (%rax) */
#define JMP_RAX         0xff, 0xe0
#define HLT             0xf4
#define TDCALL          0x66, 0x0f, 0x01, 0xcc
#define MOV_CR3_RAX     0x0f, 0x22, 0xd8
#define ACCEPT(gpa)     MOV_EAX(6), MOV_ECX(gpa), TDCALL
#define VMCALL(leaf, mask, code)                                                                   \
	MOV_EAX(0), MOV_ECX(mask), CLEAR_R10, MOV_R11D(leaf), MOV_R12D(code), TDCALL
#define FATAL(code)        VMCALL(0x10003, 0xffcc, code)
#define WINDOW_PDPTE       (PAGING_PDPT + 3 * 8)
#define PT_ENTRY(gpa)      (PAGING_PT + (gpa) / 4096 * 8)
#define MAP_WINDOW(hi, lo) MOV_RAX(hi, lo), STORE_RAX(WINDOW_PDPTE), MOV_EAX(0xc0000000u)

struct sin {
	const char *name;
	uint8_t code[CODE_MAX];
	const char *text; /* in the violation */
};

static const struct sin sins[] = {
	{"CPUID", {0x0f, 0xa2}, "forbidden"},
	{"output", {0xee}, "to port"},
	{"input", {0xec}, "of port"},
	{"HLT", {HLT}, "halts"},
	{"an MSR", {0x0f, 0x32}, "instruction on TDX"},
	{"PVALIDATE", {0xf2, 0x0f, 0x01, 0xff}, "instruction on TDX"},
	{"reading what was not accepted", {MOV_EAX(0x2000000), LOAD_CL}, "never accepted"},
	{"writing what was not accepted", {MOV_EAX(0x2000000), STORE_CL}, "never accepted"},
	{"touching a hole", {MOV_EAX(0x8000000), LOAD_CL}, "never accepted"},
	{"accepting twice", {ACCEPT(0x1000), ACCEPT(0x1000)}, "accepts again"},
	{"accepting a launch page", {ACCEPT(HC_MANIFEST_GPA)}, "accepts 0x118000"},
	{"accepting a hole", {ACCEPT(0x8000000)}, "accepts 0x8000000"},
	{"a report", {MOV_EAX(4), TDCALL}, "calls leaf 0x4"},
	{"asking the host", {VMCALL(10, 0xffcc, 0)}, "asks the host"},
	{"showing other registers", {VMCALL(0x10003, 0xffec, 0)}, "shows the host registers"},
	{"saying something else", {FATAL(1), FATAL(2)}, "something else"},
	{"going on after the last word", {FATAL(1), ACCEPT(0x1000)}, "after its last word"},
	{"reading the device tree later", {ACCEPT(0x1000), MOV_EAX(HC_HOSTFDT_GPA), LOAD_CL},
		"device tree"},
	{"reading the window twice", {MAP_WINDOW(0x80008000u, 0xc00000a1u), LOAD_CL, LOAD_CL},
		"of the window again"},
	{"writing the window", {MAP_WINDOW(0x80008000u, 0xc00000e3u), STORE_CL},
		"host memory used"},
	{"the window as private memory", {MAP_WINDOW(0x80000000u, 0xc00000a1u), LOAD_CL},
		"by a private mapping"},
	{"executing the window", {MAP_WINDOW(0x8000u, 0xc00000a1u), JMP_RAX},
		"executes 0xc0000000"},
	{"tables in other launch pages", {MOV_EAX(HC_BSS_GPA), MOV_CR3_RAX},
		"among other launch pages"},
	{"private memory by a shared mapping",
		{MOV_RAX(0x80008000u, HC_MANIFEST_GPA | 0x21), STORE_RAX(PT_ENTRY(HC_MANIFEST_GPA)),
			MOV_EAX(HC_MANIFEST_GPA), LOAD_CL},
		"by a shared mapping"},
	{"another page under an address",
		{MOV_RAX(0x80000000u, HC_SECRETS_GPA | 0x21), STORE_RAX(PT_ENTRY(HC_MANIFEST_GPA)),
			MOV_EAX(HC_MANIFEST_GPA), LOAD_CL},
		"one to one"},
	{"writable and executable",
		{MOV_RAX(0, HC_STACK_GPA | 0x63), STORE_RAX(PT_ENTRY(HC_STACK_GPA)),
			MOV_EAX(HC_STACK_GPA), LOAD_CL},
		"writable and executable"},
	{"writing the manifest",
		{MOV_RAX(0x80000000u, HC_MANIFEST_GPA | 0x63), STORE_RAX(PT_ENTRY(HC_MANIFEST_GPA)),
			MOV_EAX(HC_MANIFEST_GPA), STORE_CL},
		"writes to a launch page"},
};

/* Of a vCPU that has to wait. */
static const struct sin waiting_sins[] = {
	{"calling the module", {ACCEPT(0x1000)}, "a waiting vCPU calls"},
	{"writing a launch page", {MOV_EAX(HC_BSS_GPA), STORE_CL}, "a waiting vCPU writes"},
	{"looking at the mailbox too early", {MOV_EAX(HC_MAILBOX_GPA), LOAD_CL}, "never accepted"},
	{"output", {0xee}, "to port"},
	{"halting", {HLT}, "does not wait"},
};

/* In 32-bit code. */
static const struct sin early_sins[] = {
	{"CPUID", {0x0f, 0xa2}, "executes 0x0f"},
	{"output", {0xee}, "executes 0xee"},
	{"reading memory", {0xa1, U32(0x2000000)}, "executes 0xa1"},
	{"jumping without paging", {0xea, U32(HC_TEXT_GPA), 0x10, 0x00}, "without paging"},
	{"running elsewhere", {0xe9, U32(0x100000)}, "touches what is not there"},
	{"a debug register", {0x0f, 0x22, 0xf8}, "uses CR7"},
};

static struct guest guest;
static struct softtdx machine;
static uint8_t text[8 * HC_PAGE_SIZE];

static void jump(uint32_t from, uint32_t to)
{
	text[from] = 0xe9;
	put_le32(text + from + 1, to - from - 5);
}

/* The text of the image, its first page, with other code at one place of it. */
static void begin(void)
{
	struct guest_plan plan;

	guest_plan_small(&plan, "tdx", 64u << 20, 2);
	guest_init(&guest, &plan);
	memset(text, HLT, sizeof(text));
	memcpy(text, guest.image.region[0].data, HC_PAGE_SIZE);
	guest.image.region[0].data = text;
	softtdx_init(&machine, &guest);
}

static void put(uint32_t at, const uint8_t code[CODE_MAX])
{
	size_t len = CODE_MAX;

	while (len > 0 && code[len - 1] == 0)
		len--;
	memcpy(text + at, code, CODE_MAX);
	memset(text + at + len, HLT, CODE_MAX - len);
}

static void end(void)
{
	softtdx_fini(&machine);
	guest_fini(&guest);
}

static void found(const struct sin *sin, uint32_t index, const char *other)
{
	const char *text_found = softcpu_violation_text(machine.cpu[index]);

	if (!strstr(text_found, sin->text) && !(other && strstr(other, sin->text)))
		fail_msg("%s: \"%s\"", sin->name, text_found);
	end();
}

static void sees_everything_that_no_firmware_may_do(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(sins) / sizeof(sins[0]); i++) {
		begin();
		jump(0, SNIPPET_AT);
		put(SNIPPET_AT, sins[i].code);
		softtdx_launch(&machine, false);
		softtdx_boot(&machine);
		found(&sins[i], 0, NULL);
	}
}

static void sees_a_vcpu_that_does_not_wait(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(waiting_sins) / sizeof(waiting_sins[0]); i++) {
		const uint8_t pause[] = {0xf3, 0x90};
		uint8_t *loop;
		const char *wrong;

		begin();
		loop = memmem(text + HC_ENTRY_TDX - HC_TEXT_GPA, 0x100, pause, sizeof(pause));
		assert_non_null(loop);
		jump((uint32_t)(loop - text), SNIPPET_AT + 0x200);
		put(SNIPPET_AT + 0x200, waiting_sins[i].code);
		softtdx_launch(&machine, false);
		wrong = softtdx_wait_wrong(&machine, 1);
		assert_non_null(wrong);
		found(&waiting_sins[i], 1, wrong);
	}
}

static void sees_what_32_bit_code_may_not_do(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(early_sins) / sizeof(early_sins[0]); i++) {
		begin();
		put(HC_ENTRY_TDX - HC_TEXT_GPA, early_sins[i].code);
		softtdx_launch(&machine, false);
		assert_int_equal(softtdx_boot(&machine), SOFTCPU_VIOLATION);
		found(&early_sins[i], 0, NULL);
	}
}

static void the_last_word_is_none(void **state)
{
	const uint8_t code[CODE_MAX] = {FATAL(0x48430010), 0xeb, 0xe1};

	(void)state;
	begin();
	jump(0, SNIPPET_AT);
	put(SNIPPET_AT, code);
	softtdx_launch(&machine, false);
	assert_int_equal(softtdx_boot(&machine), SOFTCPU_HALTED);
	assert_int_equal(machine.fatal_code, 0x48430010);
	assert_int_equal(machine.fatal_calls, 3);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sees_everything_that_no_firmware_may_do),
		cmocka_unit_test(sees_a_vcpu_that_does_not_wait),
		cmocka_unit_test(sees_what_32_bit_code_may_not_do),
		cmocka_unit_test(the_last_word_is_none),
	};

	return cmocka_run_group_tests_name("softtdx", tests, NULL, NULL);
}
