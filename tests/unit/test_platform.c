/* SPDX-License-Identifier: Apache-2.0 */
/* The order of the eight verbs is kept by the wrappers, for every platform alike. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "vmm/vm.h"

static char called[32];

static void mark(char c)
{
	size_t n = strlen(called);

	called[n] = c;
	called[n + 1] = '\0';
}

static int do_create(struct vm *vm, struct error *err)
{
	(void)vm;
	(void)err;
	mark('c');
	return 0;
}

static int do_map(struct vm *vm, const struct guest_ram *ram, struct error *err)
{
	(void)vm;
	(void)ram;
	(void)err;
	mark('m');
	return 0;
}

static int do_load(
	struct vm *vm, const struct fw_region *region, const uint8_t *data, struct error *err)
{
	(void)vm;
	(void)region;
	(void)data;
	(void)err;
	mark('l');
	return 0;
}

static int do_reset(struct vm *vm, uint32_t index, struct error *err)
{
	(void)vm;
	(void)index;
	(void)err;
	mark('r');
	return 0;
}

static int do_seal(struct vm *vm, struct error *err)
{
	(void)vm;
	(void)err;
	mark('s');
	return 0;
}

static int do_convert(struct vm *vm, uint64_t gpa, uint64_t len, bool to_private, struct error *err)
{
	(void)vm;
	(void)gpa;
	(void)len;
	(void)to_private;
	(void)err;
	mark('v');
	return 0;
}

static enum platform_exit do_exit(struct vm *vm, uint32_t index, struct kvm_run *run, int *status)
{
	(void)vm;
	(void)index;
	(void)run;
	(void)status;
	mark('x');
	return PLATFORM_EXIT_DONE;
}

static void do_destroy(struct vm *vm)
{
	(void)vm;
	mark('d');
}

static int do_fit(struct vm *vm, uint32_t index, struct kvm_cpuid_table *table, struct error *err)
{
	(void)vm;
	(void)index;
	(void)table;
	(void)err;
	mark('f');
	return 0;
}

static const struct platform_ops recorder = {
	.name = "recorder",
	.create = do_create,
	.map_memory = do_map,
	.fit_cpuid = do_fit,
	.load = do_load,
	.reset_vcpu = do_reset,
	.seal = do_seal,
	.convert = do_convert,
	.handle_exit = do_exit,
	.destroy = do_destroy,
};

static struct vm vm;
static struct error err;

/* One verb by its letter; 0 or its error. */
static int verb(char c)
{
	int status;

	switch (c) {
	case 'c':
		return platform_create(&vm, &err);
	case 'm':
		return platform_map_memory(&vm, NULL, &err);
	case 'f':
		return platform_fit_cpuid(&vm, 0, NULL, &err);
	case 'l':
		return platform_load(&vm, NULL, NULL, &err);
	case 'r':
		return platform_reset_vcpu(&vm, 0, &err);
	case 's':
		return platform_seal(&vm, &err);
	case 'v':
		return platform_convert(&vm, 0, 0, false, &err);
	default:
		return platform_handle_exit(&vm, 0, NULL, &status) == PLATFORM_EXIT_DONE
			       ? 0
			       : HC_ESTATE;
	}
}

static void start_over(const char *sequence)
{
	memset(&vm, 0, sizeof(vm));
	memset(called, 0, sizeof(called));
	vm.platform = &recorder;
	for (; *sequence; sequence++)
		assert_int_equal(verb(*sequence), 0);
}

static void the_order_of_the_contract_passes(void **state)
{
	(void)state;
	start_over("cmmffllrrsvxvx");
	platform_destroy(&vm);
	assert_string_equal(called, "cmmffllrrsvxvxd");
}

static void every_other_verb_is_refused_and_not_called(void **state)
{
	/* After the first string, none of the second. */
	static const char *const cases[][2] = {
		{"", "mflrsvx"},
		{"c", "cflrsvx"},
		{"cm", "crsvx"},
		/* Both ranges of RAM, below 3 GiB and above 4 GiB, come before anything is loaded.
		 */
		{"cmm", "crsvx"},
		{"cmmf", "crsvx"},
		{"cmmfl", "cmfsvx"},
		{"cml", "cmfsvx"},
		{"cmlr", "cmflvx"},
		{"cmlrs", "cmflrs"},
		{"cmlrsx", "cmflrs"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (const char *c = cases[i][1]; *c; c++) {
			start_over(cases[i][0]);
			if (verb(*c) != HC_ESTATE)
				fail_msg("'%c' after \"%s\"", *c, cases[i][0]);
			assert_string_equal(called, cases[i][0]);
		}
}

static void destroy_is_safe_before_create(void **state)
{
	(void)state;
	start_over("");
	platform_destroy(&vm);
	assert_string_equal(called, "");
}

static void every_platform_fills_every_slot(void **state)
{
	(void)state;
	for (const struct platform_ops *const *p = platforms; *p; p++) {
		enum hc_platform id;
		struct vm_config c = {.platform = (char *)(uintptr_t)(*p)->name};

		assert_int_equal(vm_config_platform(&c, &id, &err), 0);
		assert_int_equal(id, (*p)->id);
		assert_true((*p)->create && (*p)->map_memory && (*p)->load && (*p)->reset_vcpu &&
			    (*p)->fit_cpuid);
		assert_true((*p)->seal && (*p)->convert && (*p)->handle_exit && (*p)->destroy);
		assert_int_equal((*p)->simulated, !strncmp((*p)->name, "sim", 3));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_order_of_the_contract_passes),
		cmocka_unit_test(every_other_verb_is_refused_and_not_called),
		cmocka_unit_test(destroy_is_safe_before_create),
		cmocka_unit_test(every_platform_fills_every_slot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
