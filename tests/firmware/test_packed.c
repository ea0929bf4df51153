/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packed guests: the IGVM file of a guest, loaded as other VMMs load it (loader.h), on the software
 * SNP and TDX machines to the kernel's entry. The digest of what was launched is that of
 * hc-measure.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "attest/measure/igvm.h"
#include "firmware/abi/codes.h"
#include "tests/firmware/softsnp.h"
#include "tests/firmware/softtdx.h"

#define MIB (1ULL << 20)
#define GIB (1ULL << 30)

static struct guest guest;
static struct softsnp snp;
static struct softtdx tdx;
static struct bytes file;
static struct loader loaded;

static void packed_plan(struct guest_plan *out, const char *image, uint64_t ram, uint32_t vcpus)
{
	guest_plan_small(out, image, ram, vcpus);
	out->packed = true;
}

static uint64_t ram_end(void)
{
	return guest.plan.ram[0].end;
}

static const char *load(enum loader_platform platform, enum loader_order order)
{
	return loader_load(&loaded, bytes_view(&file), platform, order, ram_end());
}

static void begin(const struct guest_plan *plan)
{
	guest_init(&guest, plan);
	guest_pack(&guest, &file);
}

static void end(void)
{
	loader_free(&loaded);
	bytes_free(&file);
	guest_fini(&guest);
}

/* To Linux, or to a refusal: its code. */
static unsigned int snp_boots(bool large)
{
	enum softcpu_stop stop;
	const char *wrong = load(LOADER_SNP, LOADER_FILE_ORDER);
	unsigned int refusal = 0;

	if (wrong)
		fail_msg("%s", wrong);
	softsnp_init(&snp, &guest);
	softsnp_launch_loaded(&snp, &loaded, large);
	stop = softsnp_boot(&snp);
	if (stop == SOFTCPU_HALTED && snp.terminated)
		refusal = snp.reason;
	else if (stop != SOFTCPU_ENTERED)
		fail_msg("stop %d: %s", (int)stop, softcpu_violation_text(snp.bsp));
	wrong = refusal ? NULL : softsnp_handover_wrong(&snp);
	if (wrong)
		fail_msg("%s", wrong);
	for (uint32_t i = 1; !refusal && i < guest.plan.vcpus; i++)
		assert_null(softsnp_ap_wrong(&snp, i));
	softsnp_fini(&snp);
	return refusal;
}

static void tdx_boots(bool large)
{
	enum softcpu_stop stop;
	const char *wrong = load(LOADER_TDX, LOADER_FILE_ORDER);

	if (wrong)
		fail_msg("%s", wrong);
	softtdx_init(&tdx, &guest);
	softtdx_launch_loaded(&tdx, &loaded, large);
	stop = softtdx_boot(&tdx);
	if (stop != SOFTCPU_ENTERED)
		fail_msg("stop %d: %s; %s", (int)stop, softcpu_violation_text(tdx.cpu[0]),
			tdx.fatal_text);
	wrong = softtdx_handover_wrong(&tdx);
	if (wrong)
		fail_msg("%s", wrong);
	softtdx_fini(&tdx);
}

static void an_snp_guest_reaches_linux(void **state)
{
	static const uint32_t vcpus[] = {1, 2, 3, 16};
	static const uint64_t ram[] = {64 * MIB, 126 * MIB, 1024 * MIB, 3 * GIB};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct guest_plan plan;

		packed_plan(&plan, "snp", ram[i], vcpus[i]);
		begin(&plan);
		assert_int_equal(snp_boots(i % 2 == 0), 0);
		end();
	}
}

static void a_tdx_guest_reaches_linux(void **state)
{
	static const uint32_t vcpus[] = {1, 3};
	static const uint64_t ram[] = {64 * MIB, 3 * GIB};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct guest_plan plan;

		packed_plan(&plan, "tdx", ram[i], vcpus[i]);
		begin(&plan);
		tdx_boots(i == 0);
		end();
	}
}

static void without_an_initrd_too(void **state)
{
	struct guest_plan plan;

	(void)state;
	packed_plan(&plan, "snp", 64 * MIB, 1);
	plan.initrd = (struct view){0};
	begin(&plan);
	assert_int_equal(snp_boots(true), 0);
	end();
}

/* What Linux is left to accept lies above all that comes with the launch. */
static void where_linux_accepts_memory_too(void **state)
{
	struct guest_plan plan;

	(void)state;
	for (int i = 0; i < 2; i++) {
		packed_plan(&plan, i ? "tdx" : "snp", 3 * GIB, 2);
		plan.lazy = true;
		begin(&plan);
		if (i)
			tdx_boots(true);
		else
			assert_int_equal(snp_boots(true), 0);
		end();
	}
}

static void predicted(uint8_t out[48], bool of_tdx)
{
	struct igvm igvm;

	assert_int_equal(igvm_parse(&igvm, bytes_view(&file), NULL), 0);
	if (of_tdx)
		assert_int_equal(igvm_measure_tdx(out, &igvm, NULL, NULL, NULL), 0);
	else
		assert_int_equal(igvm_measure_snp(out, &igvm, NULL, NULL, NULL), 0);
}

static void the_predicted_digest_is_that_of_the_launch_in_either_order(void **state)
{
	static const uint32_t vcpus[] = {1, 2, 3, 16};

	(void)state;
	for (unsigned int i = 0; i < 12; i++) {
		const bool of_tdx = i % 3 == 2; /* which nobody sorts */
		uint8_t want[48], got[48];
		struct guest_plan plan;

		packed_plan(&plan, of_tdx ? "tdx" : "snp", 64 * MIB, vcpus[i / 3]);
		begin(&plan);
		predicted(want, of_tdx);
		assert_null(load(of_tdx ? LOADER_TDX : LOADER_SNP,
			i % 3 == 1 ? LOADER_BY_ADDRESS : LOADER_FILE_ORDER));
		assert_int_equal(loaded.contexts, of_tdx ? 0 : vcpus[i / 3]);
		loader_digest(&loaded, got);
		assert_memory_equal(want, got, 48);
		end();
	}
}

/* What is unmeasured is the host's to choose: the manifest's digests are what holds it. */
static void another_kernel_in_the_file_keeps_the_digest_and_is_refused(void **state)
{
	uint8_t before[48], after[48];
	struct guest_plan plan;
	uint8_t *kernel = NULL;

	(void)state;
	packed_plan(&plan, "snp", 64 * MIB, 1);
	begin(&plan);
	predicted(before, false);
	for (size_t at = 0; !kernel; at += HC_PAGE_SIZE)
		if (memcmp(file.data + at, plan.kernel.data, HC_PAGE_SIZE) == 0)
			kernel = file.data + at;
	kernel[HC_PAGE_SIZE - 1] ^= 1;
	predicted(after, false);
	assert_memory_equal(before, after, 48);
	assert_int_equal(snp_boots(true), HC_REFUSE_KERNEL_DIGEST);
	end();
}

/* One page header less of the packed range: the digest says so, and the firmware does not go on. */
static void a_page_left_out_changes_the_digest(void **state)
{
	uint8_t before[48], after[48];
	struct guest_plan plan;

	(void)state;
	packed_plan(&plan, "snp", 64 * MIB, 1);
	begin(&plan);
	assert_null(load(LOADER_SNP, LOADER_FILE_ORDER));
	loader_digest(&loaded, before);
	loaded.count--;
	loader_digest(&loaded, after);
	assert_memory_not_equal(before, after, 48);
	end();
}

static void the_loader_refuses_what_others_would(void **state)
{
	struct guest_plan plan;

	(void)state;
	packed_plan(&plan, "snp", 64 * MIB, 1);
	begin(&plan);
	assert_string_equal(load(LOADER_TDX, LOADER_FILE_ORDER), "no compatible platform");
	loader_free(&loaded);
	assert_string_equal(
		loader_load(&loaded, bytes_view(&file), LOADER_SNP, LOADER_FILE_ORDER, 32 * MIB),
		"a page where no memory is");
	loader_free(&loaded);
	file.data[16]++;
	assert_string_equal(load(LOADER_SNP, LOADER_FILE_ORDER), "invalid IGVM file");
	end();
}

static void a_plain_guest_has_the_registers_of_one_vcpu(void **state)
{
	struct guest_plan plan;

	(void)state;
	packed_plan(&plan, "plain", 64 * MIB, 2);
	begin(&plan);
	assert_null(load(LOADER_NATIVE, LOADER_FILE_ORDER));
	assert_int_equal(loaded.contexts, 1);
	assert_int_equal(get_le64(loaded.context[0] + 0x80), HC_ENTRY_BSP);
	end();
}

static void debians_kernel_is_entered(void **state)
{
	struct bytes kernel = {0};
	struct guest_plan plan;

	(void)state;
	for (int i = 0; i < 2; i++) {
		if (!guest_plan_debian(&plan, i ? "tdx" : "snp", &kernel))
			skip();
		plan.packed = true;
		begin(&plan);
		if (i)
			tdx_boots(true);
		else
			assert_int_equal(snp_boots(true), 0);
		print_message("# %s: %zu pages in the launch\n", plan.image, loaded.count);
		end();
		bytes_free(&kernel);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_snp_guest_reaches_linux),
		cmocka_unit_test(a_tdx_guest_reaches_linux),
		cmocka_unit_test(without_an_initrd_too),
		cmocka_unit_test(where_linux_accepts_memory_too),
		cmocka_unit_test(the_predicted_digest_is_that_of_the_launch_in_either_order),
		cmocka_unit_test(another_kernel_in_the_file_keeps_the_digest_and_is_refused),
		cmocka_unit_test(a_page_left_out_changes_the_digest),
		cmocka_unit_test(the_loader_refuses_what_others_would),
		cmocka_unit_test(a_plain_guest_has_the_registers_of_one_vcpu),
		cmocka_unit_test(debians_kernel_is_entered),
	};

	return cmocka_run_group_tests_name("packed", tests, NULL, NULL);
}
