/* SPDX-License-Identifier: Apache-2.0 */
/* A failed launch command says which, why by name, and what to do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "vmm/platform/snp_error.h"

static struct error err;

static int fails(uint32_t id, int error, uint32_t status, const char *what)
{
	const struct kvm_sev_cmd command = {.id = id, .error = status};

	memset(&err, 0, sizeof(err));
	return snp_error_fail(&err, &command, -error, what);
}

static void every_command_is_named_and_other_numbers_are_not(void **state)
{
	(void)state;
	assert_string_equal(snp_error_command(22), "KVM_SEV_INIT2");
	assert_string_equal(snp_error_command(100), "KVM_SEV_SNP_LAUNCH_START");
	assert_string_equal(snp_error_command(101), "KVM_SEV_SNP_LAUNCH_UPDATE");
	assert_string_equal(snp_error_command(102), "KVM_SEV_SNP_LAUNCH_FINISH");
	assert_string_equal(snp_error_command(103), "KVM_SEV_SNP_ENABLE_REQ_CERTS");
	assert_string_equal(snp_error_command(0), "KVM_MEMORY_ENCRYPT_OP");
	assert_string_equal(snp_error_command(104), "KVM_MEMORY_ENCRYPT_OP");
}

/* Gaps are as telling as names: 0x1e is none. */
static void statuses_have_the_names_of_the_kernels_header(void **state)
{
	(void)state;
	assert_string_equal(snp_error_status(0x01), "INVALID_PLATFORM_STATE");
	assert_string_equal(snp_error_status(0x07), "POLICY_FAILURE");
	assert_string_equal(snp_error_status(0x0b), "BAD_MEASUREMENT");
	assert_string_equal(snp_error_status(0x16), "INVALID_PARAM");
	assert_string_equal(snp_error_status(0x1a), "INVALID_PAGE_STATE");
	assert_string_equal(snp_error_status(0x27), "INVALID_KEY");
	assert_string_equal(snp_error_status(0xffffffff), "NO_FW_CALL");
	assert_string_equal(snp_error_status(0x1e), "unknown");
	assert_string_equal(snp_error_status(0x28), "unknown");
}

static void an_error_has_command_object_errno_status_and_remedy(void **state)
{
	(void)state;
	assert_int_equal(fails(101, EIO, 0x16, "CPUID page at 0x117000"), HC_EPLATFORM);
	assert_string_equal(err.where, "KVM_SEV_SNP_LAUNCH_UPDATE of CPUID page at 0x117000");
	assert_non_null(strstr(err.found, error_errno_text(EIO)));
	assert_non_null(strstr(err.found, "0x16"));
	assert_non_null(strstr(err.found, "INVALID_PARAM"));
	assert_non_null(strstr(err.remedy, "CPUID"));
	assert_int_equal(fails(100, EINVAL, 0, NULL), HC_EPLATFORM);
	assert_string_equal(err.where, "KVM_SEV_SNP_LAUNCH_START");
	assert_non_null(strstr(err.found, "no status"));
	assert_non_null(strstr(err.remedy, "guest policy"));
}

static void one_status_means_different_things_in_different_commands(void **state)
{
	(void)state;
	fails(100, EIO, 0x07, NULL);
	assert_non_null(strstr(err.remedy, "SMT"));
	fails(102, EIO, 0x07, NULL);
	assert_non_null(strstr(err.remedy, "ID block"));
	fails(102, EIO, 0x16, NULL);
	assert_null(strstr(err.remedy, "CPUID"));
}

static void what_may_pass_later_is_told_from_what_will_not(void **state)
{
	(void)state;
	assert_int_equal(fails(22, EBUSY, 0, NULL), HC_EBUSY);
	assert_non_null(strstr(err.remedy, "ASID"));
	assert_int_equal(fails(101, EAGAIN, 0, NULL), HC_EBUSY);
	assert_int_equal(fails(22, EINVAL, 0, NULL), HC_EPLATFORM);
}

/* Whatever a kernel or firmware answers, the text fits and there is something to do. */
static void every_answer_has_a_remedy_that_is_not_cut(void **state)
{
	static const uint32_t ids[] = {22, 100, 101, 102, 103, 7};

	(void)state;
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		for (int error = 1; error < 134; error++)
			for (uint32_t status = 0; status < 0x30; status++) {
				fails(ids[i], error, status, "NORMAL pages at 0x100000");
				assert_true(*err.where && *err.found && *err.remedy);
				assert_true(strlen(err.remedy) < sizeof(err.remedy) - 1);
				assert_true(strlen(err.found) < sizeof(err.found) - 1);
			}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_command_is_named_and_other_numbers_are_not),
		cmocka_unit_test(statuses_have_the_names_of_the_kernels_header),
		cmocka_unit_test(an_error_has_command_object_errno_status_and_remedy),
		cmocka_unit_test(one_status_means_different_things_in_different_commands),
		cmocka_unit_test(what_may_pass_later_is_told_from_what_will_not),
		cmocka_unit_test(every_answer_has_a_remedy_that_is_not_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
