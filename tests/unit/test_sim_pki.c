/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated root: never overwritten, never readable by others, never to be taken for AMD's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#if HC_SIM
#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "common/file.h"
#include "tests/unit/sim_state.h"
#include "vmm/sim/sim_pki.h"

static const char *const names[] = {
	"ark.key", "ask.key", "vcek.key", "ark.der", "ask.der", "vcek.der", "crl.der", "chip.bin"};
#define NAMES (sizeof(names) / sizeof(names[0]))

static size_t entries(const char *path)
{
	DIR *d = opendir(path);
	size_t n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n - 2; /* "." and ".." */
}

static void refuses_to_touch_a_directory_that_holds_anything(void **state)
{
	static const char *const there[] = {"ark.key", "crl.der", "precious", ".hidden"};

	(void)state;
	for (size_t i = 0; i < sizeof(there) / sizeof(there[0]); i++) {
		const char *dir = sim_state_temp();
		struct error err = {0};
		struct bytes left;

		sim_state_write(dir, there[i], "x", 1, 0600);
		assert_int_equal(sim_pki_create(dir, SIM_STATE_NOW, &err), HC_EUSAGE);
		assert_string_equal(err.where, dir);
		assert_non_null(strstr(err.found, there[i]));
		assert_int_equal(entries(dir), 1);
		left = sim_state_read(dir, there[i]);
		assert_int_equal(left.len, 1);
		bytes_free(&left);
	}
}

static void refuses_to_make_a_second_root_over_the_first(void **state)
{
	struct bytes before = sim_state_read(sim_state_dir(), "ark.der"), after;

	(void)state;
	assert_int_equal(sim_pki_create(sim_state_dir(), SIM_STATE_NOW, NULL), HC_EUSAGE);
	after = sim_state_read(sim_state_dir(), "ark.der");
	assert_int_equal(before.len, after.len);
	assert_memory_equal(before.data, after.data, before.len);
	bytes_free(&before);
	bytes_free(&after);
}

static void refuses_a_place_it_cannot_make(void **state)
{
	char dir[160], deep[700];

	(void)state;
	snprintf(dir, sizeof(dir), "%s", sim_state_temp());
	sim_state_write(dir, "file", "x", 1, 0600);
	strcat(dir, "/file/state");
	assert_int_equal(sim_pki_create(dir, SIM_STATE_NOW, NULL), HC_EIO);
	memset(deep, 'a', sizeof(deep) - 1);
	deep[sizeof(deep) - 1] = '\0';
	assert_int_equal(sim_pki_create(deep, SIM_STATE_NOW, NULL), HC_ERANGE);
}

static void load_fails(const char *dir, int code, const char *where)
{
	struct sim_pki_chip chip;
	struct error err = {0};

	assert_int_equal(sim_pki_load(&chip, dir, &err), code);
	assert_non_null(strstr(err.where, where));
	assert_null(chip.vcek_key);
	assert_null(chip.vcek.data);
}

static void load_names_what_is_missing_and_the_remedy(void **state)
{
	static const char *const needed[] = {
		"vcek.key", "vcek.der", "ask.der", "ark.der", "chip.bin"};
	struct sim_pki_chip chip;
	struct error err = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		const char *dir = sim_state_copy();
		char path[256];

		snprintf(path, sizeof(path), "%s/%s", dir, needed[i]);
		assert_int_equal(remove(path), 0);
		load_fails(dir, HC_EMISSING, needed[i]);
	}
	assert_int_equal(sim_pki_load(&chip, "/nonexistent/sim", &err), HC_EMISSING);
	assert_string_equal(err.remedy, "run hc-vmm sim-init --state /nonexistent/sim");
}

static void load_refuses_a_key_that_others_may_read(void **state)
{
	static const mode_t modes[] = {0640, 0604, 0660, 0610};
	const char *dir = sim_state_copy();
	char path[256];

	(void)state;
	snprintf(path, sizeof(path), "%s/vcek.key", dir);
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		assert_int_equal(chmod(path, modes[i]), 0);
		load_fails(dir, HC_EDENIED, "vcek.key");
	}
}

static void load_refuses_parts_that_do_not_belong_together(void **state)
{
	struct bytes der = sim_state_read(sim_state_dir(), "vcek.der"), ark;
	const char *dir = sim_state_copy();
	uint8_t hwid[SIM_PKI_HWID_SIZE + 1] = {0};

	(void)state;
	sim_state_write(dir, "chip.bin", hwid, SIM_PKI_HWID_SIZE, 0644);
	load_fails(dir, HC_EMISMATCH, dir);
	sim_state_write(dir, "chip.bin", hwid, SIM_PKI_HWID_SIZE - 1, 0644);
	load_fails(dir, HC_EFORMAT, "chip.bin");
	sim_state_write(dir, "chip.bin", hwid, SIM_PKI_HWID_SIZE + 1, 0644);
	load_fails(dir, HC_EFORMAT, "chip.bin");
	dir = sim_state_copy();
	ark = sim_state_read(sim_state_dir(), "ark.der");
	sim_state_write(dir, "vcek.der", ark.data, ark.len, 0644);
	load_fails(dir, HC_EMISMATCH, dir);
	sim_state_write(dir, "vcek.der", der.data, der.len, 0644);
	sim_state_write(dir, "vcek.key", "-----BEGIN EC PRIVATE KEY-----\n", 31, 0600);
	load_fails(dir, HC_EFORMAT, "private key");
	bytes_free(&der);
	bytes_free(&ark);
}

static void only_the_owner_may_read_the_keys(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(stat(sim_state_dir(), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	for (size_t i = 0; i < NAMES; i++) {
		char path[256];

		snprintf(path, sizeof(path), "%s/%s", sim_state_dir(), names[i]);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 0777, strstr(names[i], ".key") ? 0600 : 0644);
	}
	assert_int_equal(entries(sim_state_dir()), NAMES);
}

static void loads_what_it_made(void **state)
{
	struct bytes vcek = sim_state_read(sim_state_dir(), "vcek.der");
	struct sim_pki_chip chip;

	(void)state;
	assert_int_equal(sim_pki_load(&chip, sim_state_dir(), NULL), 0);
	assert_non_null(chip.vcek_key);
	assert_int_equal(chip.vcek.len, vcek.len);
	assert_memory_equal(chip.vcek.data, vcek.data, vcek.len);
	assert_false(bytes_all_zero(chip.hwid, sizeof(chip.hwid)));
	bytes_free(&vcek);
	sim_pki_fini(&chip);
	assert_null(chip.vcek_key);
	assert_true(bytes_all_zero((const uint8_t *)&chip, sizeof(chip)));
}

static unsigned int count_of(const struct bytes *in, const char *text)
{
	const uint8_t *p = in->data, *end = in->data + in->len;
	unsigned int n = 0;

	while ((p = memmem(p, (size_t)(end - p), text, strlen(text)))) {
		n++;
		p++;
	}
	return n;
}

static void every_name_says_that_it_is_simulated(void **state)
{
	static const struct {
		const char *file;
		unsigned int times; /* O, OU and CN of issuer and subject */
	} cases[] = {{"ark.der", 6}, {"ask.der", 6}, {"vcek.der", 6}, {"crl.der", 3}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bytes der = sim_state_read(sim_state_dir(), cases[i].file);

		assert_int_equal(
			count_of(&der, "HUIS CLOS SIMULATED ROOT - NOT HARDWARE"), cases[i].times);
		assert_int_equal(count_of(&der, "Advanced Micro Devices"), 0);
		bytes_free(&der);
	}
}

/* The extensions of a real Genoa VCEK at the same levels differ in the 64 bytes of HWID only. */
static void vcek_extensions_are_encoded_as_amd_encodes_them(void **state)
{
	static const uint8_t start[] = {0xa3, 0x82, 0x01, 0x13, 0x30, 0x82, 0x01, 0x0f};
	struct bytes ours = sim_state_read(sim_state_dir(), "vcek.der"), real = {0};
	const char *root = getenv("HC_VECTORS");
	const uint8_t *a, *b;
	char path[512];

	(void)state;
	snprintf(path, sizeof(path), "%s/snp/genoa-v5-vcek-yaxi/vcek.der",
		root ? root : "../shared/vectors");
	if (file_read(&real, path, 65536, NULL)) {
		print_message("test vectors not found: %s\n", path);
		bytes_free(&ours);
		skip();
	}
	a = memmem(ours.data, ours.len, start, sizeof(start));
	b = memmem(real.data, real.len, start, sizeof(start));
	assert_non_null(a);
	assert_non_null(b);
	assert_memory_equal(a, b, 4 + 275 - SIM_PKI_HWID_SIZE);
	assert_memory_not_equal(a + 4 + 275 - 64, b + 4 + 275 - 64, 64);
	bytes_free(&ours);
	bytes_free(&real);
}

static void openssl_verifies_chain_and_revocation_list(void **state)
{
	static const char *const good[] = {
		"x509 -inform der -in ark.der -out ark.pem",
		"x509 -inform der -in ask.der -out ask.pem",
		"x509 -inform der -in vcek.der -out vcek.pem",
		"crl -inform der -in crl.der -out crl.pem",
		"verify -attime 1795305600 -CAfile ark.pem -untrusted ask.pem vcek.pem",
		"verify -attime 1795305600 -CAfile ark.pem -CRLfile crl.pem -crl_check ask.pem",
		"verify -attime 2016057599 -CAfile ark.pem -untrusted ask.pem vcek.pem",
	};
	static const char *const bad[] = {
		"verify -attime 2016057601 -CAfile ark.pem -untrusted ask.pem vcek.pem", /* 7 years
											  */
		"verify -attime 1795132800 -CAfile ark.pem -untrusted ask.pem vcek.pem", /* before
											  */
		"verify -attime 1795305600 -CAfile ask.pem -untrusted ask.pem vcek.pem",
		"verify -attime 2016057601 -CAfile ark.pem -CRLfile crl.pem -crl_check ask.pem",
	};

	(void)state;
	if (sim_state_openssl("version") != 0) {
		print_message("openssl is not installed\n");
		skip();
	}
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (sim_state_openssl(good[i]) != 0)
			fail_msg("openssl %s failed", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (sim_state_openssl(bad[i]) == 0)
			fail_msg("openssl %s passed", bad[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_to_touch_a_directory_that_holds_anything),
		cmocka_unit_test(refuses_to_make_a_second_root_over_the_first),
		cmocka_unit_test(refuses_a_place_it_cannot_make),
		cmocka_unit_test(load_names_what_is_missing_and_the_remedy),
		cmocka_unit_test(load_refuses_a_key_that_others_may_read),
		cmocka_unit_test(load_refuses_parts_that_do_not_belong_together),
		cmocka_unit_test(only_the_owner_may_read_the_keys),
		cmocka_unit_test(loads_what_it_made),
		cmocka_unit_test(every_name_says_that_it_is_simulated),
		cmocka_unit_test(vcek_extensions_are_encoded_as_amd_encodes_them),
		cmocka_unit_test(openssl_verifies_chain_and_revocation_list),
	};

	return cmocka_run_group_tests_name("sim_pki", tests, sim_state_setup, sim_state_teardown);
}
#else
int main(void)
{
	puts("1..1\nok 1 - sim_pki # SKIP built with SIM=0");
	return 0;
}
#endif
