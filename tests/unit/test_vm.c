/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of a VM on the real KVM, with guests of a few instructions. Skipped where there is no
 * /dev/kvm.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/tiny_guest.h"
#include "vmm/exit.h"

/* mov dx, imm16; mov al, imm8; out dx, al */
#define OUTB(port, value) 0x66, 0xba, (port)&0xff, (port) >> 8, 0xb0, (value), 0xee
/* mov dx, imm16; mov eax, imm32; out dx, eax */
#define OUTL(port, value)                                                                          \
	0x66, 0xba, (port)&0xff, (port) >> 8, 0xb8, (value)&0xff, ((value) >> 8) & 0xff,           \
		((value) >> 16) & 0xff, ((value) >> 24) & 0xff, 0xef
#define SPIN 0xeb, 0xfe
/* mov eax, [imm64]; cmp eax, imm32; jne +skip */
#define LOAD_EAX(address)                                                                          \
	0xa1, (address)&0xff, ((address) >> 8) & 0xff, ((address) >> 16) & 0xff,                   \
		((address) >> 24) & 0xff, 0, 0, 0, 0
#define CMP_EAX(value)                                                                             \
	0x3d, (value)&0xff, ((value) >> 8) & 0xff, ((value) >> 16) & 0xff, ((value) >> 24) & 0xff
#define JNE(skip) 0x75, (skip)
#define POWER_OFF OUTB(HC_PORT_SLEEP_CTRL, HC_SLEEP_S5), SPIN
#define RESET     OUTB(HC_PORT_RESET, HC_RESET_VALUE), SPIN
#define KERN      0x6e72656b /* "kern" */

static int have_kvm(void)
{
	return access("/dev/kvm", R_OK | W_OK) == 0;
}

#define NEED_KVM()                                                                                 \
	do {                                                                                       \
		if (!have_kvm()) {                                                                 \
			print_message("no /dev/kvm that this user may open\n");                    \
			skip();                                                                    \
		}                                                                                  \
	} while (0)

static int run_code(
	const uint8_t *code, size_t len, char *out, size_t cap, char *log, size_t log_cap)
{
	struct tiny_guest t;
	struct tiny_run run;
	int status;

	tiny_guest_make(&t, HC_PLATFORM_PLAIN, code, len, "}");
	tiny_guest_start(&run, &t, &kvm_sys_linux, NULL);
	status = tiny_guest_wait(&run, out, cap);
	snprintf(log, log_cap, "%s", tiny_guest_log(&t));
	tiny_guest_remove(&t);
	return status;
}

static char output[4096], log_text[8192];

#define RUN(code) run_code(code, sizeof(code), output, sizeof(output), log_text, sizeof(log_text))

static void a_power_off_ends_with_status_0(void **state)
{
	static const uint8_t code[] = {
		OUTB(HC_PORT_SERIAL, 'h'), OUTB(HC_PORT_SERIAL, 'i'), POWER_OFF};

	(void)state;
	NEED_KVM();
	assert_int_equal(RUN(code), VMM_EXIT_OFF);
	assert_string_equal(output, "hi");
}

static void a_reset_ends_with_its_status(void **state)
{
	static const uint8_t code[] = {RESET}, keyboard[] = {OUTB(0x64, 0xfe), SPIN};

	(void)state;
	NEED_KVM();
	assert_int_equal(RUN(code), VMM_EXIT_RESET);
	assert_int_equal(RUN(keyboard), VMM_EXIT_RESET);
}

static void a_refusal_is_named_with_what_to_do(void **state)
{
	static const uint8_t code[] = {OUTL(HC_PORT_REFUSE, 0x48430740), SPIN};

	(void)state;
	NEED_KVM();
	assert_int_equal(RUN(code), VMM_EXIT_REFUSED);
	assert_non_null(strstr(log_text, "KERNEL_DIGEST"));
	assert_non_null(strstr(log_text, "0x07"));
	assert_non_null(strstr(log_text, "the manifest was made from"));
	assert_null(strstr(log_text, "not by the firmware"));
}

static void a_kernel_that_plays_the_refusing_firmware_is_told_from_it(void **state)
{
	static const uint8_t code[] = {
		OUTB(HC_PORT_SERIAL, 'k'), OUTL(HC_PORT_REFUSE, 0x48430740), SPIN};

	(void)state;
	NEED_KVM();
	assert_int_equal(RUN(code), VMM_EXIT_REFUSED);
	assert_non_null(strstr(log_text, "not by the firmware"));
}

/*
 * Four vCPUs move a BAR about and ring its doorbell all at once, each through the same two ports.
 * The first copies what the others run, in real mode, to 0x8000, wakes them (INIT, SIPI), and
 * powers off after a hundred rounds; they go on until they are kicked out.
 */
static void vcpus_that_move_a_bar_under_each_other_end_as_they_ask(void **state)
{
	/* clang-format off */
	static const uint8_t code[] = {
		0xbb, 0x00, 0x00, 0xe0, 0xfe, /* mov ebx,0xfee00000 */
		0xc7, 0x83, 0xf0, 0x00, 0x00, 0x00, 0xff, 0x01, 0x00, 0x00, /* mov DWORD PTR [rbx+0xf0],0x1ff */
		0xfc, /* cld */
		0x48, 0x8d, 0x35, 0x7a, 0x00, 0x00, 0x00, /* lea rsi,[rip+0x7a] # 0x91 */
		0xbf, 0x00, 0x80, 0x00, 0x00, /* mov edi,0x8000 */
		0xb9, 0x2d, 0x00, 0x00, 0x00, /* mov ecx,0x2d */
		0xf3, 0xa4, /* rep movs BYTE PTR es:[rdi],BYTE PTR ds:[rsi] */
		0xc7, 0x83, 0x00, 0x03, 0x00, 0x00, 0x00, 0x45, 0x0c, 0x00, /* mov DWORD PTR [rbx+0x300],0xc4500 */
		0xc7, 0x83, 0x00, 0x03, 0x00, 0x00, 0x08, 0x46, 0x0c, 0x00, /* mov DWORD PTR [rbx+0x300],0xc4608 */
		0xbd, 0x64, 0x00, 0x00, 0x00, /* mov ebp,0x64 */
		0xba, 0xf8, 0x0c, 0x00, 0x00, /* mov edx,0xcf8 */
		0xb8, 0x04, 0x08, 0x00, 0x80, /* mov eax,0x80000804 */
		0xef, /* out dx,eax */
		0xba, 0xfc, 0x0c, 0x00, 0x00, /* mov edx,0xcfc */
		0xb8, 0x02, 0x00, 0x00, 0x00, /* mov eax,0x2 */
		0xef, /* out dx,eax */
		0xba, 0xf8, 0x0c, 0x00, 0x00, /* mov edx,0xcf8 */
		0xb8, 0x10, 0x08, 0x00, 0x80, /* mov eax,0x80000810 */
		0xef, /* out dx,eax */
		0x89, 0xe8, /* mov eax,ebp */
		0x83, 0xe0, 0x07, /* and eax,0x7 */
		0xc1, 0xe0, 0x0f, /* shl eax,0xf */
		0x0d, 0x00, 0x00, 0x00, 0xe0, /* or eax,0xe0000000 */
		0x89, 0xc6, /* mov esi,eax */
		0xba, 0xfc, 0x0c, 0x00, 0x00, /* mov edx,0xcfc */
		0xef, /* out dx,eax */
		0x66, 0xc7, 0x86, 0x00, 0x30, 0x00, 0x00, 0x00, 0x00, /* mov WORD PTR [rsi+0x3000],0x0 */
		0x89, 0xe8, /* mov eax,ebp */
		0x83, 0xe0, 0x0f, /* and eax,0xf */
		0x88, 0x46, 0x14, /* mov BYTE PTR [rsi+0x14],al */
		0xff, 0xcd, /* dec ebp */
		0x75, 0xb5, /* jne 0x3c */
		0xba, 0x01, 0x06, 0x00, 0x00, /* mov edx,0x601 */
		0xb0, 0x34, /* mov al,0x34 */
		0xee, /* out dx,al */
		0xeb, 0xfe, /* jmp 0x8f */
		0xfa, /* cli */
		0xba, 0xf8, 0x0c, /* mov dx,0xcf8 */
		0x66, 0xb8, 0x10, 0x08, 0x00, 0x80, /* mov eax,0x80000810 */
		0x66, 0xef, /* out dx,eax */
		0xba, 0xfc, 0x0c, /* mov dx,0xcfc */
		0x66, 0xed, /* in eax,dx */
		0x66, 0x05, 0x00, 0x80, 0x00, 0x00, /* add eax,0x8000 */
		0x66, 0x25, 0x00, 0x80, 0x03, 0x00, /* and eax,0x38000 */
		0x66, 0x0d, 0x00, 0x00, 0x00, 0xe0, /* or eax,0xe0000000 */
		0x66, 0xef, /* out dx,eax */
		0xba, 0xf8, 0x03, /* mov dx,0x3f8 */
		0xb0, 0x2e, /* mov al,0x2e */
		0xee, /* out dx,al */
		0xeb, 0xd4, /* jmp 0x92 */
	};
	/* clang-format on */
	char more[256], path[64];
	struct tiny_guest t;
	struct tiny_run run;

	(void)state;
	NEED_KVM();
	snprintf(path, sizeof(path), "/tmp/hc-tiny-vsock-%d", (int)getpid());
	snprintf(more, sizeof(more),
		"},\"machine-config\":{\"vcpu_count\":4},"
		"\"vsock\":{\"guest_cid\":3,\"uds_path\":\"%s\"}",
		path);
	tiny_guest_make(&t, HC_PLATFORM_PLAIN, code, sizeof(code), more);
	tiny_guest_start(&run, &t, &kvm_sys_linux, NULL);
	assert_int_equal(tiny_guest_wait(&run, output, sizeof(output)), VMM_EXIT_OFF);
	assert_non_null(strchr(output, '.')); /* of the other vCPUs */
	assert_int_equal(access(path, F_OK), -1);
	tiny_guest_remove(&t);
}

static void a_triple_fault_is_a_crash(void **state)
{
	static const uint8_t code[] = {0x0f, 0x0b}; /* ud2, and no IDT */

	(void)state;
	NEED_KVM();
	assert_int_equal(RUN(code), VMM_EXIT_CRASHED);
	assert_non_null(strstr(log_text, "crashed"));
	assert_non_null(strstr(log_text, "RIP"));
}

static void the_kernel_lies_in_the_staging_window_until_the_first_access(void **state)
{
	/* Three jumps to the last instruction unless all is as it should be. */
	static const uint8_t code[] = {LOAD_EAX(HC_STAGING_GPA), CMP_EAX(KERN),
		JNE(7 + 9 + 5 + 2 + 9), OUTB(HC_PORT_SERIAL, 'k'), /* the window goes away */
		LOAD_EAX(HC_STAGING_GPA), CMP_EAX(0xffffffff), JNE(9), POWER_OFF, RESET};

	(void)state;
	NEED_KVM();
	assert_int_equal(RUN(code), VMM_EXIT_OFF);
	assert_string_equal(output, "k");
}

static void the_manifest_is_where_the_contract_has_it(void **state)
{
	/* "HCMA" */
	static const uint8_t code[] = {
		LOAD_EAX(HC_MANIFEST_GPA), CMP_EAX(0x414d4348), JNE(9), POWER_OFF, RESET};

	(void)state;
	NEED_KVM();
	assert_int_equal(RUN(code), VMM_EXIT_OFF);
}

static void wait_for_output(const struct tiny_run *run, char expected)
{
	char got = 0;

	assert_int_equal(read(run->output, &got, 1), 1);
	assert_int_equal(got, expected);
}

static void sigterm_stops_a_guest_that_never_stops(void **state)
{
	static const uint8_t code[] = {OUTB(HC_PORT_SERIAL, 's'), SPIN};
	struct tiny_guest t;
	struct tiny_run run;
	char rest[16];

	(void)state;
	NEED_KVM();
	tiny_guest_make(&t, HC_PLATFORM_PLAIN, code, sizeof(code),
		"},\"machine-config\":{\"vcpu_count\":4}");
	tiny_guest_start(&run, &t, &kvm_sys_linux, NULL);
	wait_for_output(&run, 's');
	kill(run.pid, SIGTERM);
	assert_int_equal(tiny_guest_wait(&run, rest, sizeof(rest)), VMM_EXIT_STOPPED);
	assert_non_null(strstr(tiny_guest_log(&t), "signal 15"));
	tiny_guest_remove(&t);
}

/* The value of a line of /proc/PID/status, as text without spaces in front. */
static void status_line(pid_t pid, const char *name, char out[64])
{
	char path[64], line[256];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "re");
	assert_non_null(f);
	out[0] = '\0';
	while (fgets(line, sizeof(line), f)) {
		size_t n = strlen(name);

		if (strncmp(line, name, n) || line[n] != ':')
			continue;
		snprintf(out, 64, "%.40s", line + n + 1 + strspn(line + n + 1, " \t"));
		out[strcspn(out, "\n")] = '\0';
	}
	fclose(f);
}

static void a_running_guest_has_a_vmm_without_any_privilege(void **state)
{
	static const uint8_t code[] = {OUTB(HC_PORT_SERIAL, 's'), SPIN};
	static const struct {
		const char *name, *value;
	} lines[] = {
		{"CapEff", "0000000000000000"},
		{"CapPrm", "0000000000000000"},
		{"CapInh", "0000000000000000"},
		{"CapAmb", "0000000000000000"},
		{"NoNewPrivs", "1"},
		{"Seccomp", "2"},
	};
	struct tiny_guest t;
	struct tiny_run run;
	char value[64];

	(void)state;
	NEED_KVM();
	tiny_guest_make(&t, HC_PLATFORM_PLAIN, code, sizeof(code), "}");
	tiny_guest_start(&run, &t, &kvm_sys_linux, NULL);
	wait_for_output(&run, 's');
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		status_line(run.pid, lines[i].name, value);
		assert_string_equal(value, lines[i].value);
	}
	kill(run.pid, SIGTERM);
	assert_int_equal(tiny_guest_wait(&run, value, sizeof(value)), VMM_EXIT_STOPPED);
	tiny_guest_remove(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_power_off_ends_with_status_0),
		cmocka_unit_test(a_reset_ends_with_its_status),
		cmocka_unit_test(a_refusal_is_named_with_what_to_do),
		cmocka_unit_test(a_kernel_that_plays_the_refusing_firmware_is_told_from_it),
		cmocka_unit_test(vcpus_that_move_a_bar_under_each_other_end_as_they_ask),
		cmocka_unit_test(a_triple_fault_is_a_crash),
		cmocka_unit_test(the_kernel_lies_in_the_staging_window_until_the_first_access),
		cmocka_unit_test(the_manifest_is_where_the_contract_has_it),
		cmocka_unit_test(sigterm_stops_a_guest_that_never_stops),
		cmocka_unit_test(a_running_guest_has_a_vmm_without_any_privilege),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
