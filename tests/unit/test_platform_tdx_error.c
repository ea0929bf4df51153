/* SPDX-License-Identifier: Apache-2.0 */
/* Failures of KVM's TDX commands in words. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "vmm/kvm_uapi.h"
#include "vmm/platform/tdx_error.h"

static const char *text_of(uint64_t status)
{
	static char text[TDX_STATUS_TEXT];

	memset(text, 'x', sizeof(text));
	tdx_status_text(text, status);
	assert_non_null(memchr(text, '\0', sizeof(text)));
	return text;
}

static void no_status_has_no_text(void **state)
{
	(void)state;
	assert_string_equal(text_of(0), "");
}

static void names_status_and_operand(void **state)
{
	(void)state;
	assert_string_equal(text_of(0xc000010000000041),
		"TDX_OPERAND_INVALID (0xc000010000000041), operand XFAM");
	assert_string_equal(
		text_of(0x8000020000000080), "TDX_OPERAND_BUSY (0x8000020000000080), operand TDR");
	assert_string_equal(text_of(0xc0000b0d00000001),
		"TDX_EPT_ENTRY_STATE_INCORRECT (0xc0000b0d00000001), operand RCX");
}

/* RAX is operand 0: an invalid operand always is one, other statuses have 0 for none. */
static void operand_zero_is_named_where_there_must_be_one(void **state)
{
	(void)state;
	assert_string_equal(text_of(0xc000010000000000),
		"TDX_OPERAND_INVALID (0xc000010000000000), operand RAX");
	assert_string_equal(text_of(0x8000020300000000), "TDX_RND_NO_ENTROPY (0x8000020300000000)");
}

static void unknown_status_comes_with_its_class(void **state)
{
	(void)state;
	assert_string_equal(
		text_of(0xc00006fe00000000), "status 0xc00006fe00000000 of class \"TD state\"");
	assert_string_equal(text_of(0xc000017700001234),
		"status 0xc000017700001234 of class \"invalid operand\", operand 4660");
	assert_string_equal(
		text_of(0xc000770000000000), "status 0xc000770000000000 of class \"unknown\"");
}

static void every_status_has_a_text_that_fits(void **state)
{
	(void)state;
	for (uint64_t low = 0; low < 0x1200; low++)
		for (unsigned int top = 0; top < 16; top++) {
			const uint64_t status = (uint64_t)top << 60 | low << 32;

			assert_true(!status || *text_of(status));
			assert_true(*text_of(status | 0xffffffff));
		}
}

static void error_names_command_errno_status_and_remedy(void **state)
{
	struct error err = {0};

	(void)state;
	assert_int_equal(
		tdx_error(&err, KVM_TDX_INIT_VM, -EINVAL, 0xc000010000000040), HC_EPLATFORM);
	assert_string_equal(err.where, "KVM_TDX_INIT_VM");
	assert_string_equal(err.found,
		"Invalid argument; TDX_OPERAND_INVALID (0xc000010000000040), operand ATTRIBUTES");
	assert_non_null(strstr(err.remedy, "td_attributes"));
}

static void status_decides_before_errno(void **state)
{
	struct error err = {0};

	(void)state;
	tdx_error(&err, KVM_TDX_INIT_VM, -EIO, 0x8000020300000000);
	assert_non_null(strstr(err.remedy, "random numbers"));
	tdx_error(&err, KVM_TDX_INIT_VM, -EIO, 0);
	assert_non_null(strstr(err.remedy, "CPU that is online"));
	/* A status that has no advice of its own leaves it to the errno. */
	tdx_error(&err, KVM_TDX_INIT_VM, -EIO, 0xc000060800000000);
	assert_non_null(strstr(err.remedy, "CPU that is online"));
}

static void same_errno_means_another_thing_in_another_command(void **state)
{
	struct error busy = {0}, key = {0};

	(void)state;
	tdx_error(&key, KVM_TDX_INIT_VM, -EBUSY, 0);
	tdx_error(&busy, KVM_TDX_FINALIZE_VM, -EBUSY, 0);
	assert_non_null(strstr(key.remedy, "misc.max"));
	assert_non_null(strstr(busy.remedy, "busy"));
}

static void every_failure_has_a_name_and_a_remedy_that_is_whole(void **state)
{
	struct error err;

	(void)state;
	for (uint32_t command = 0; command < 8; command++)
		for (int e = 1; e < 134; e++) {
			memset(&err, 0, sizeof(err));
			assert_int_equal(tdx_error(&err, command, -e, 0), HC_EPLATFORM);
			assert_true(*err.where && *err.found && *err.remedy);
			assert_true(strlen(err.remedy) < sizeof(err.remedy) - 1);
			assert_true(strlen(err.found) < sizeof(err.found) - 1);
		}
	for (uint64_t low = 0; low < 0x1200; low++) {
		tdx_error(&err, KVM_TDX_INIT_VM, -EIO, 0xc000000000000000 | low << 32);
		assert_true(strlen(err.remedy) < sizeof(err.remedy) - 1);
	}
}

static void takes_no_error(void **state)
{
	(void)state;
	assert_int_equal(tdx_error(NULL, KVM_TDX_INIT_VM, -EINVAL, 1), HC_EPLATFORM);
}

static void command_that_is_unknown_has_a_name(void **state)
{
	(void)state;
	assert_string_equal(tdx_command_name(KVM_TDX_GET_CPUID), "KVM_TDX_GET_CPUID");
	assert_string_equal(tdx_command_name(77), "an unknown TDX command");
}

static void run_that_failed_says_what_to_do(void **state)
{
	(void)state;
	assert_non_null(strstr(tdx_run_remedy(-EIO), "before it accepted"));
	assert_non_null(strstr(tdx_run_remedy(-ENOMEM), "memory.max"));
	assert_non_null(tdx_run_remedy(-EINVAL));
	assert_non_null(tdx_run_remedy(-EFAULT));
	assert_null(tdx_run_remedy(-EPERM));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_status_has_no_text),
		cmocka_unit_test(names_status_and_operand),
		cmocka_unit_test(operand_zero_is_named_where_there_must_be_one),
		cmocka_unit_test(unknown_status_comes_with_its_class),
		cmocka_unit_test(every_status_has_a_text_that_fits),
		cmocka_unit_test(error_names_command_errno_status_and_remedy),
		cmocka_unit_test(status_decides_before_errno),
		cmocka_unit_test(same_errno_means_another_thing_in_another_command),
		cmocka_unit_test(every_failure_has_a_name_and_a_remedy_that_is_whole),
		cmocka_unit_test(takes_no_error),
		cmocka_unit_test(command_that_is_unknown_has_a_name),
		cmocka_unit_test(run_that_failed_says_what_to_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
