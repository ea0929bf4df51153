/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates for SNP guests: tables, locks, and what a guest's own numbers cannot do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attest/evidence/cert_table.h"
#include "vmm/platform/snp_certs.h"

#define RAM_PAGES 8

static char dir[32], path[64], log_path[64];
static struct log log_to;
static struct snp_certs *c;
static struct error err;
static uint8_t ram[RAM_PAGES * HC_PAGE_SIZE];
static bool ram_is_shared;

static int is_shared(void *ctx, uint64_t gpa, uint64_t len)
{
	(void)ctx;
	(void)gpa;
	(void)len;
	return ram_is_shared;
}

static const struct guest_memory mem = {
	.count = 1, .ram = {{0, sizeof(ram), ram}}, .is_shared = is_shared};

/* A "certificate": DER's outermost header around `len` bytes of `fill`. */
static void der(uint8_t *out, size_t len, uint8_t fill)
{
	memset(out, fill, len);
	out[0] = 0x30;
	out[1] = 0x82;
	out[2] = (uint8_t)((len - 4) >> 8);
	out[3] = (uint8_t)(len - 4);
}

static void put(const char *name, const void *data, size_t len)
{
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	/* In place, as the protocol has it. */
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0 && write(fd, data, len) == (ssize_t)len);
	close(fd);
}

static void put_der(const char *name, size_t len, uint8_t fill)
{
	static uint8_t bytes[SNP_CERTS_MAX + 64];

	der(bytes, len, fill);
	put(name, bytes, len);
}

static int set_up(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/hc-certs-XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(log_path, sizeof(log_path), "%s/log", dir);
	log_to = (struct log){.fd = open(log_path, O_RDWR | O_CREAT | O_APPEND, 0600),
		.level = LOG_LEVEL_INFO,
		.program = "test"};
	c = calloc(1, sizeof(*c));
	assert_non_null(c);
	snp_certs_init(c);
	ram_is_shared = true;
	memset(ram, 0x5a, sizeof(ram));
	return 0;
}

static int tear_down(void **state)
{
	static const char *const names[] = {
		"vcek.der", "vlek.der", "ask.der", "ark.der", "table", "log"};

	(void)state;
	snp_certs_close(c);
	free(c);
	close(log_to.fd);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		unlink(path);
	}
	assert_int_equal(rmdir(dir), 0);
	return 0;
}

static void put_folder(void)
{
	put_der("vcek.der", 1400, 0x11);
	put_der("ask.der", 1600, 0x22);
	put_der("ark.der", 1700, 0x33);
}

static unsigned int log_lines(void)
{
	char all[4096];
	ssize_t n = pread(log_to.fd, all, sizeof(all), 0);
	unsigned int lines = 0;

	for (ssize_t i = 0; i < n; i++)
		lines += all[i] == '\n';
	return lines;
}

/* Is there a lock on `name` that a writer would have to wait for? */
static bool locked(const char *name)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int fd, rc;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_RDWR);
	assert_true(fd >= 0);
	rc = fcntl(fd, F_OFD_SETLK, &lock);
	close(fd);
	return rc != 0;
}

static void a_table_is_what_the_verifier_reads(void **state)
{
	uint8_t vlek[40], ask[50], ark[60], out[1024];
	const struct view cert[SNP_CERT_KINDS] = {[SNP_CERT_VLEK] = {vlek, sizeof(vlek)},
		[SNP_CERT_ASK] = {ask, sizeof(ask)},
		[SNP_CERT_ARK] = {ark, sizeof(ark)}};
	struct cert_table table;
	size_t len;

	(void)state;
	memset(vlek, 1, sizeof(vlek));
	memset(ask, 2, sizeof(ask));
	memset(ark, 3, sizeof(ark));
	assert_int_equal(snp_certs_build(out, sizeof(out), &len, cert, &err), 0);
	assert_int_equal(len, 4 * 24 + 150);
	assert_int_equal(cert_table_parse(&table, (struct view){out, len}, &err), 0);
	assert_int_equal(table.count, 3);
	assert_int_equal(table.entry[0].kind, CERT_TABLE_VLEK);
	assert_int_equal(table.entry[1].kind, CERT_TABLE_ASK);
	assert_int_equal(table.entry[2].kind, CERT_TABLE_ARK);
	assert_memory_equal(table.entry[2].data.data, ark, sizeof(ark));
	assert_int_equal(snp_certs_check((struct view){out, len}, &err), 0);
}

static void a_table_that_does_not_fit_is_not_cut(void **state)
{
	uint8_t vcek[40] = {1}, out[48 + 40];
	const struct view cert[SNP_CERT_KINDS] = {[SNP_CERT_VCEK] = {vcek, sizeof(vcek)}};
	size_t len;

	(void)state;
	assert_int_equal(snp_certs_build(out, sizeof(out), &len, cert, &err), 0);
	for (size_t cap = 0; cap < sizeof(out); cap++)
		assert_int_equal(snp_certs_build(out, cap, &len, cert, &err), HC_ERANGE);
}

/* Cut anywhere, and with any bit of its entries changed: never a read outside (sanitizers look). */
static void a_damaged_table_is_refused_or_harmless(void **state)
{
	uint8_t vcek[40] = {1}, ask[16] = {2}, out[256];
	const struct view cert[SNP_CERT_KINDS] = {
		[SNP_CERT_VCEK] = {vcek, sizeof(vcek)}, [SNP_CERT_ASK] = {ask, sizeof(ask)}};
	size_t len;

	(void)state;
	assert_int_equal(snp_certs_build(out, sizeof(out), &len, cert, &err), 0);
	for (size_t cut = 0; cut < len; cut++) {
		uint8_t *copy = malloc(cut + 1);

		assert_non_null(copy);
		memcpy(copy, out, cut);
		assert_int_not_equal(snp_certs_check((struct view){copy, cut}, &err), 0);
		free(copy);
	}
	for (size_t bit = 0; bit < 24 * 8; bit++) {
		out[bit / 8] ^= (uint8_t)(1 << bit % 8);
		/* Another GUID is no VCEK; another length or offset leaves the table, or is data.
		 */
		if (bit < 128)
			assert_int_not_equal(snp_certs_check((struct view){out, len}, &err), 0);
		else
			(void)!snp_certs_check((struct view){out, len}, &err);
		out[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

static void a_table_needs_a_key_and_data_behind_its_entries(void **state)
{
	uint8_t out[256] = {0}, vcek[8] = {1}, ask[8] = {2};
	struct view cert[SNP_CERT_KINDS] = {[SNP_CERT_ASK] = {ask, sizeof(ask)}};
	size_t len;

	(void)state;
	assert_int_equal(snp_certs_check((struct view){out, 24}, &err), HC_EFORMAT);
	assert_int_equal(snp_certs_build(out, sizeof(out), &len, cert, &err), 0);
	assert_int_equal(snp_certs_check((struct view){out, len}, &err), HC_EFORMAT);
	cert[SNP_CERT_VCEK] = (struct view){vcek, sizeof(vcek)};
	assert_int_equal(snp_certs_build(out, sizeof(out), &len, cert, &err), 0);
	put_le32(out + 16, 71); /* into the entries */
	assert_int_equal(snp_certs_check((struct view){out, len}, &err), HC_EFORMAT);
	put_le32(out + 16, 72);
	put_le32(out + 20, 0);
	assert_int_equal(snp_certs_check((struct view){out, len}, &err), HC_EFORMAT);
	put_le32(out + 20, UINT32_MAX);
	assert_int_equal(snp_certs_check((struct view){out, len}, &err), HC_EFORMAT);
}

static void a_folder_has_one_signing_key_or_is_refused(void **state)
{
	(void)state;
	assert_int_equal(snp_certs_open(c, dir, &log_to, &err), HC_EMISSING);
	assert_non_null(strstr(err.found, "neither"));
	put_folder();
	put_der("vlek.der", 1400, 0x44);
	assert_int_equal(snp_certs_open(c, dir, &log_to, &err), HC_EMISSING);
	assert_non_null(strstr(err.found, "both"));
	assert_int_equal(snp_certs_open(c, "/nowhere/at/all", &log_to, &err), HC_EIO);
	assert_int_equal(snp_certs_open(c, "/dev/null", &log_to, &err), HC_EFORMAT);
}

static void closing_what_was_never_opened_closes_nothing(void **state)
{
	(void)state;
	snp_certs_close(c);
	assert_true(fcntl(0, F_GETFD) >= 0 || errno == EBADF);
	for (size_t i = 0; i < SNP_CERT_KINDS; i++)
		assert_int_equal(c->file[i], -1);
	assert_int_equal(c->table, -1);
	/* The log stands for any other descriptor of the process. */
	assert_true(fcntl(log_to.fd, F_GETFD) >= 0);
}

static void half_a_certificate_is_refused_before_the_guest_starts(void **state)
{
	(void)state;
	put_folder();
	snprintf(path, sizeof(path), "%s/ask.der", dir);
	assert_int_equal(truncate(path, 1599), 0);
	assert_int_equal(snp_certs_open(c, dir, &log_to, &err), HC_EFORMAT);
	assert_string_equal(err.where, "ask.der");
	put_der("ask.der", SNP_CERTS_MAX + 8, 0x22);
	assert_int_equal(snp_certs_open(c, dir, &log_to, &err), HC_EIO);
	assert_int_equal(c->lock_file, -1);
}

static void an_answer_holds_the_lock_until_it_is_released(void **state)
{
	struct cert_table table;
	uint64_t npages = 2;

	(void)state;
	put_folder();
	assert_int_equal(snp_certs_open(c, dir, &log_to, &err), 0);
	assert_false(locked("vcek.der"));
	assert_int_equal(snp_certs_answer(c, &mem, 0x1000, &npages), 0);
	assert_true(locked("vcek.der"));
	assert_int_equal(cert_table_parse(&table,
				 (struct view){ram + 0x1000, 4 * 24 + 1400 + 1600 + 1700}, &err),
		0);
	assert_int_equal(ram[0xfff], 0x5a);
	/* Two vCPUs share it, and the last one drops it. */
	assert_int_equal(snp_certs_answer(c, &mem, 0x4000, &npages), 0);
	snp_certs_release(c);
	assert_true(locked("vcek.der"));
	snp_certs_release(c);
	assert_false(locked("vcek.der"));
}

static void a_key_that_is_being_changed_is_asked_for_again_later(void **state)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	uint64_t npages = 2;
	int fd;

	(void)state;
	put_folder();
	assert_int_equal(snp_certs_open(c, dir, &log_to, &err), 0);
	snprintf(path, sizeof(path), "%s/vcek.der", dir);
	fd = open(path, O_RDWR);
	assert_int_equal(fcntl(fd, F_OFD_SETLK, &lock), 0);
	assert_int_equal(snp_certs_answer(c, &mem, 0, &npages), EAGAIN);
	assert_int_equal(ram[0], 0x5a);
	close(fd);
	assert_int_equal(snp_certs_answer(c, &mem, 0, &npages), 0);
	snp_certs_release(c);
}

static void too_few_pages_are_told_how_many_it_takes(void **state)
{
	uint64_t npages = 1;

	(void)state;
	put_folder();
	assert_int_equal(snp_certs_open(c, dir, &log_to, &err), 0);
	assert_int_equal(snp_certs_answer(c, &mem, 0, &npages), ENOSPC);
	assert_int_equal(npages, 2);
	npages = 0;
	assert_int_equal(snp_certs_answer(c, &mem, 0, &npages), ENOSPC);
	assert_int_equal(ram[0], 0x5a);
	assert_false(locked("vcek.der"));
}

static void memory_that_is_private_or_no_ram_gets_nothing(void **state)
{
	static const uint64_t bad[] = {
		sizeof(ram) - HC_PAGE_SIZE, sizeof(ram), HC_STAGING_GPA, UINT64_MAX & ~0xfffull};
	uint64_t npages = UINT64_MAX;

	(void)state;
	put_folder();
	assert_int_equal(snp_certs_open(c, dir, &log_to, &err), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(snp_certs_answer(c, &mem, bad[i], &npages), EIO);
	ram_is_shared = false;
	assert_int_equal(snp_certs_answer(c, &mem, 0, &npages), EIO);
	assert_int_equal(ram[0], 0x5a);
	assert_int_equal(ram[sizeof(ram) - 1], 0x5a);
	assert_false(locked("vcek.der"));
	/* A guest may ask as often as it likes. */
	assert_int_equal(log_lines(), 1);
}

static void a_changed_file_is_read_anew_and_a_broken_one_refused(void **state)
{
	uint64_t npages = 4;

	(void)state;
	put_folder();
	assert_int_equal(snp_certs_open(c, dir, &log_to, &err), 0);
	put_der("vcek.der", 1300, 0x77);
	assert_int_equal(snp_certs_answer(c, &mem, 0, &npages), 0);
	assert_int_equal(ram[4 * 24 + 1299], 0x77);
	snp_certs_release(c);
	put("vcek.der", "not it", 6);
	assert_int_equal(snp_certs_answer(c, &mem, 0, &npages), EIO);
	assert_false(locked("vcek.der"));
}

static void a_replaced_file_is_not_served_any_more(void **state)
{
	uint64_t npages = 4;

	(void)state;
	put_folder();
	assert_int_equal(snp_certs_open(c, dir, &log_to, &err), 0);
	snprintf(path, sizeof(path), "%s/vcek.der", dir);
	assert_int_equal(unlink(path), 0);
	put_der("vcek.der", 1400, 0x11);
	assert_int_equal(snp_certs_answer(c, &mem, 0, &npages), EIO);
	assert_int_equal(log_lines(), 1);
}

static void a_guests_mistake_does_not_silence_a_complaint_about_the_files(void **state)
{
	uint64_t npages = 4;

	(void)state;
	put_folder();
	assert_int_equal(snp_certs_open(c, dir, &log_to, &err), 0);
	for (int i = 0; i < 8; i++)
		assert_int_equal(snp_certs_answer(c, &mem, sizeof(ram), &npages), EIO);
	assert_int_equal(log_lines(), 1);
	/* Broken, good, broken: once each. */
	for (unsigned int i = 0; i < 2; i++) {
		put("vcek.der", "not it", 6);
		for (int j = 0; j < 8; j++)
			assert_int_equal(snp_certs_answer(c, &mem, 0, &npages), EIO);
		assert_int_equal(log_lines(), 2 + i);
		put_der("vcek.der", 1400, 0x11);
		assert_int_equal(snp_certs_answer(c, &mem, 0, &npages), 0);
		snp_certs_release(c);
	}
}

static void a_file_is_a_table_that_is_there_already(void **state)
{
	uint8_t vcek[5000], out[8192];
	const struct view cert[SNP_CERT_KINDS] = {[SNP_CERT_VCEK] = {vcek, sizeof(vcek)}};
	uint64_t npages = 1;
	size_t len;

	(void)state;
	der(vcek, sizeof(vcek), 9);
	assert_int_equal(snp_certs_build(out, sizeof(out), &len, cert, &err), 0);
	put("table", out, len);
	assert_int_equal(snp_certs_open(c, path, &log_to, &err), 0);
	assert_int_equal(snp_certs_answer(c, &mem, 0, &npages), ENOSPC);
	assert_int_equal(npages, 2);
	assert_int_equal(snp_certs_answer(c, &mem, 0, &npages), 0);
	assert_memory_equal(ram, out, len);
	assert_true(locked("table"));
	snp_certs_release(c);
	put("table", out, 40);
	assert_int_equal(snp_certs_answer(c, &mem, 0, &npages), EIO);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_table_is_what_the_verifier_reads),
		TEST(a_table_that_does_not_fit_is_not_cut),
		TEST(a_damaged_table_is_refused_or_harmless),
		TEST(a_table_needs_a_key_and_data_behind_its_entries),
		TEST(a_folder_has_one_signing_key_or_is_refused),
		TEST(closing_what_was_never_opened_closes_nothing),
		TEST(half_a_certificate_is_refused_before_the_guest_starts),
		TEST(an_answer_holds_the_lock_until_it_is_released),
		TEST(a_key_that_is_being_changed_is_asked_for_again_later),
		TEST(too_few_pages_are_told_how_many_it_takes),
		TEST(memory_that_is_private_or_no_ram_gets_nothing),
		TEST(a_changed_file_is_read_anew_and_a_broken_one_refused),
		TEST(a_replaced_file_is_not_served_any_more),
		TEST(a_guests_mistake_does_not_silence_a_complaint_about_the_files),
		TEST(a_file_is_a_table_that_is_there_already),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
