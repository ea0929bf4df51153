/* SPDX-License-Identifier: Apache-2.0 */
/* SNP guests that run, on the model: conversions, certificates, and every way to end. */
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

#include "firmware/abi/codes.h"
#include "tests/unit/snp_scene.h"
#include "vmm/exit.h"
#include "vmm/platform/conversion.h"
#include "vmm/platform/snp_certs.h"

#define PAGE    0x200000ULL
#define OTHER   0x300000ULL
#define PRIVATE true
#define SHARED  false

static struct snp_scene s;
static uint64_t *answer; /* of steps, in shared memory */

/* Steps in words. */
/* clang-format off */
#define VALIDATE(at, n)      {.fn = psp_model_pvalidate, .gpa = (at), .len = (n), .flag = true}
#define RESCIND(at, n)       {.fn = psp_model_pvalidate, .gpa = (at), .len = (n)}
#define FILL(at, how, d, n)  {.fn = kvm_model_fill, .gpa = (at), .flag = (how), .data = (d), .len = (n)}
#define WRITE(at, how, byte) {.fn = kvm_model_write, .gpa = (at), .flag = (how), .value = (byte), .len = 64}
#define READ(at, how, byte)  {.fn = kvm_model_read, .gpa = (at), .flag = (how), .value = (byte), .len = 64}
#define CONVERT(at, n, to)   {.fn = kvm_model_convert, .gpa = (at), .len = (n), .flag = (to)}
#define REPORT(at, n)        {.fn = psp_model_report, .gpa = (at), .len = (n)}
#define END(why, what)       {.fn = kvm_model_exit, .reason = (why), .data = (what)}
#define TERMINATE(set, why)  {.fn = psp_model_terminate, .len = 0x100 | (set) << 12 | (why) << 16}
/* clang-format on */

static void open_scene(const char *members)
{
	snp_scene_open(&s, KVM_MODEL_7_3, 1, 128, members);
	answer = kvm_model_alloc(s.m, 16 * sizeof(*answer));
}

static int set_up(void **state)
{
	(void)state;
	open_scene("");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	snp_scene_close(&s);
	return 0;
}

static int run_script(const struct kvm_model_step *steps, size_t count)
{
	s.m->script[0][0].steps = steps;
	s.m->script[0][0].count = count;
	return snp_scene_run(&s);
}
#define RUN(steps) run_script(steps, sizeof(steps) / sizeof((steps)[0]))

static void expect_off(int status)
{
	if (status != VMM_EXIT_OFF)
		fail_msg("status %d: %s", status, tiny_guest_log(&s.guest));
	assert_int_equal(s.m->guest_errors, 0);
}

static void expect(int status, int want, const char *words)
{
	if (status != want || !snp_scene_logged(&s, words))
		fail_msg("status %d, not %d with \"%s\": %s", status, want, words,
			tiny_guest_log(&s.guest));
}

static void what_a_guest_shares_is_seen_and_what_it_takes_back_is_gone(void **state)
{
	static const struct kvm_model_step steps[] = {
		VALIDATE(PAGE, 1),
		WRITE(PAGE, PRIVATE, 0x11),
		READ(PAGE, PRIVATE, 0x11),
		RESCIND(PAGE, 1),
		CONVERT(PAGE, 1, SHARED),
		READ(PAGE, SHARED, 0), /* the other side was never used */
		WRITE(PAGE, SHARED, 0x22),
		READ(PAGE, SHARED, 0x22),
		CONVERT(PAGE, 1, PRIVATE),
		VALIDATE(PAGE, 1),
		WRITE(PAGE, PRIVATE, 0x33),
		RESCIND(PAGE, 1),
		CONVERT(PAGE, 1, SHARED),
		READ(PAGE, SHARED, 0), /* and what was there has been given back */
		MODEL_OFF,
	};

	(void)state;
	expect_off(RUN(steps));
	assert_true(snp_scene_logged(&s, "2 conversions to shared, 1 to private, 0 of them"));
}

/* A step: how many private pages does the host hold for this guest? */
static int count_private(
	struct kvm_model *m, struct model_vcpu *v, const struct kvm_model_step *step)
{
	(void)v;
	*step->result = m->gmem[0].pages;
	return MODEL_NEXT;
}

static void a_private_page_that_became_shared_is_held_no_more(void **state)
{
	struct kvm_model_step steps[] = {
		{.fn = count_private},
		VALIDATE(PAGE, 3),
		{.fn = count_private},
		RESCIND(PAGE, 3),
		CONVERT(PAGE, 3, SHARED),
		{.fn = count_private},
		READ(PAGE, SHARED, 0),
		VALIDATE(PAGE, 1), /* private by access */
		{.fn = count_private},
		READ(PAGE, SHARED, 0), /* shared by access */
		{.fn = count_private},
		MODEL_OFF,
	};

	(void)state;
	steps[0].result = &answer[0];
	steps[2].result = &answer[1];
	steps[5].result = &answer[2];
	steps[8].result = &answer[3];
	steps[10].result = &answer[4];
	expect_off(RUN(steps));
	assert_int_equal(answer[1], answer[0] + 3);
	assert_int_equal(answer[2], answer[0]);
	assert_int_equal(answer[3], answer[0] + 1);
	assert_int_equal(answer[4], answer[0]);
}

static void an_access_in_the_other_state_converts(void **state)
{
	static const struct kvm_model_step steps[] = {
		WRITE(PAGE, SHARED, 0x22),
		READ(PAGE, SHARED, 0x22),
		VALIDATE(PAGE, 1),
		WRITE(PAGE, PRIVATE, 0x33),
		READ(PAGE, PRIVATE, 0x33),
		MODEL_OFF,
	};

	(void)state;
	expect_off(RUN(steps));
	assert_true(snp_scene_logged(&s, "1 conversions to shared, 1 to private, 2 of them"));
}

static void hostile_conversions_are_answered_with_an_error_and_the_guest_goes_on(void **state)
{
	static struct kvm_model_step steps[10];
	static const uint64_t ranges[][3] = {{PAGE + 1, 1, 0}, {PAGE, 0, 0}, {PAGE, 1, 0x40},
		{HC_STAGING_GPA, 1, 0}, {0, 1ull << 52, 0}, {128ull << 20, 1, 0},
		{(128ull << 20) - 0x1000, 2, 0}, {~0xfffull, 1, 0}};

	(void)state;
	for (size_t i = 0; i < 8; i++)
		steps[i] = (struct kvm_model_step){.fn = kvm_model_convert,
			.gpa = ranges[i][0],
			.len = ranges[i][1],
			.value = (uint32_t)ranges[i][2],
			.result = &answer[i]};
	steps[8] = (struct kvm_model_step)VALIDATE(PAGE, 1);
	steps[9] = (struct kvm_model_step)MODEL_OFF;
	expect_off(RUN(steps));
	for (size_t i = 0; i < 8; i++)
		assert_int_equal(answer[i], EINVAL);
	assert_true(snp_scene_logged(&s, "0 conversions to shared, 0 to private"));
	assert_true(snp_scene_logged(&s, "8 refused"));
}

static void a_private_access_outside_ram_ends_the_guest(void **state)
{
	static const struct kvm_model_step steps[] = {READ(HC_STAGING_GPA, PRIVATE, 0), MODEL_OFF};

	(void)state;
	expect(RUN(steps), VMM_EXIT_CRASHED, "memory that it cannot have");
}

static void the_staging_window_is_read_shared(void **state)
{
	/* The kernel's file begins with "k". */
	static const struct kvm_model_step steps[] = {
		{.fn = kvm_model_read, .gpa = HC_STAGING_GPA, .len = 1, .value = 'k'}, MODEL_OFF};

	(void)state;
	expect_off(RUN(steps));
}

/* What one guest left in its private memory and what it shared, after another one has run. */
static void the_secrets_of_a_guest_are_in_no_page_that_the_host_has_back(void **state)
{
	static const char secret[] = "a secret of the first guest's that nobody else shall see";
	static const struct kvm_model_step steps[] = {
		VALIDATE(PAGE, 1),
		FILL(PAGE, PRIVATE, secret, sizeof(secret)),
		VALIDATE(OTHER, 1),
		FILL(OTHER, PRIVATE, secret, sizeof(secret)),
		RESCIND(OTHER, 1),
		CONVERT(OTHER, 1, SHARED),
		READ(OTHER, SHARED, 0),
		MODEL_OFF,
	};
	(void)state;
	expect_off(RUN(steps));
	assert_false(kvm_model_finds(s.m, secret, sizeof(secret) - 1));
}

static void faults_without_end_are_slowed_down_and_counted(void **state)
{
	static struct kvm_model_step steps[2 * (CONVERSION_FAULTS_A_SECOND / 2 + 2) + 1];
	const size_t n = sizeof(steps) / sizeof(steps[0]);

	(void)state;
	for (size_t i = 0; i + 1 < n; i++)
		steps[i] = i % 2 ? (struct kvm_model_step)VALIDATE(PAGE, 1)
				 : (struct kvm_model_step)READ(PAGE, SHARED, 0);
	steps[n - 1] = (struct kvm_model_step)MODEL_OFF;
	(void)RUN(steps);
	assert_true(snp_scene_logged(&s, "of them without a request"));
}

#define CROWD       8u
#define CROWD_STEPS 400u

/* Every vCPU on the same few pages: requests, accesses in both states, and what became of them. */
static void vcpus_that_convert_the_same_pages_at_once_end_in_one_state(void **state)
{
	static struct kvm_model_step steps[CROWD][CROWD_STEPS + 1];
	uint64_t seed = 1125;

	(void)state;
	snp_scene_again(&s, KVM_MODEL_7_3, CROWD, 128, "");
	for (uint32_t v = 0; v < CROWD; v++) {
		for (uint32_t i = 0; i < CROWD_STEPS; i++) {
			seed = seed * 6364136223846793005ull + 1442695040888963407ull;
			steps[v][i] = (struct kvm_model_step){
				.fn = seed >> 40 & 1 ? kvm_model_convert : kvm_model_read,
				.gpa = PAGE + (seed >> 50 & 7) * HC_PAGE_SIZE,
				.len = seed >> 60 & 3,
				/* Only shared reads: private pages would have to be accepted. */
				.flag = (seed >> 40 & 1) && (seed >> 41 & 1),
			};
		}
		s.m->script[0][v].steps = steps[v];
		s.m->script[0][v].count = CROWD_STEPS;
	}
	steps[0][CROWD_STEPS] = (struct kvm_model_step)MODEL_OFF;
	s.m->script[0][0].count++;
	expect_off(run_script(steps[0], CROWD_STEPS + 1));
	assert_true(snp_scene_logged(&s, "conversions to shared"));
}

/* --- certificates --- */

static char cert_path[96];
static int writer = -1;

/* Runs inside KVM_RUN, when the report is made: may somebody change the certificates now? */
static void nobody_may_write(struct kvm_model *m, struct model_vcpu *v)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	(void)v;
	m->guest_errors += !fcntl(writer, F_OFD_SETLK, &lock);
}

static void put_table_for(unsigned int vcpus)
{
	uint8_t vcek[1400] = {0x30, 0x82, 0x05, 0x74}, table[2048];
	const struct view cert[SNP_CERT_KINDS] = {[SNP_CERT_VCEK] = {vcek, sizeof(vcek)}};
	char members[160];
	size_t len;
	int fd;

	snprintf(cert_path, sizeof(cert_path), "%s/table", s.guest.dir);
	assert_int_equal(snp_certs_build(table, sizeof(table), &len, cert, NULL), 0);
	fd = open(cert_path, O_RDWR | O_CREAT, 0600);
	assert_int_equal(write(fd, table, len), len);
	close(fd);
	writer = open(cert_path, O_RDWR);
	snprintf(members, sizeof(members), ",\"certificates\":\"%s\"", cert_path);
	snp_scene_again(&s, KVM_MODEL_7_3, vcpus, 128, members);
	answer = kvm_model_alloc(s.m, 16 * sizeof(*answer));
	s.psp->on_report = nobody_may_write;
}

static void put_table(void)
{
	put_table_for(1);
}

static void take_table(void)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	/* Nobody holds it any more. */
	assert_int_equal(fcntl(writer, F_OFD_SETLK, &lock), 0);
	close(writer);
	unlink(cert_path);
}

static void a_report_comes_with_certificates_that_nobody_can_change_meanwhile(void **state)
{
	struct kvm_model_step steps[] = {
		CONVERT(PAGE, 4, SHARED),
		REPORT(PAGE, 4),
		/* The VCEK's GUID, and so the table: 63da758d... */
		{.fn = kvm_model_read, .gpa = PAGE, .len = 1, .value = 0x63},
		REPORT(PAGE, 4),
		MODEL_OFF,
	};

	(void)state;
	put_table();
	answer[0] = answer[1] = 99;
	steps[1].result = &answer[0];
	steps[3].result = &answer[1];
	expect_off(RUN(steps));
	assert_int_equal(answer[0], 0);
	assert_int_equal(answer[1], 0);
	assert_int_equal(s.psp->reports, 2);
	take_table();
}

static void requests_that_cannot_be_served_get_their_error_and_no_report(void **state)
{
	struct kvm_model_step steps[] = {
		REPORT(PAGE, 4), /* private */
		CONVERT(PAGE, 4, SHARED),
		REPORT(PAGE, 0),
		REPORT(HC_STAGING_GPA, 4),
		REPORT(~0xfffull, ~0ull),
		MODEL_OFF,
	};
	static const uint64_t want[] = {EIO, ENOSPC, EIO, EIO};

	(void)state;
	put_table();
	steps[0].result = &answer[0];
	for (size_t i = 1; i < 4; i++)
		steps[i + 1].result = &answer[i];
	expect_off(RUN(steps));
	assert_memory_equal(answer, want, sizeof(want));
	assert_int_equal(s.psp->reports, 0);
	take_table();
}

static void a_folder_for_the_other_key_than_that_which_signs_is_refused(void **state)
{
	const uint8_t der[8] = {0x30, 0x82, 0x00, 0x04};
	char more[160];
	int fd;

	(void)state;
	snprintf(cert_path, sizeof(cert_path), "%s/vcek.der", s.guest.dir);
	fd = open(cert_path, O_WRONLY | O_CREAT, 0600);
	assert_int_equal(write(fd, der, sizeof(der)), sizeof(der));
	close(fd);
	snprintf(more, sizeof(more), ",\"vcek\":\"disabled\",\"certificates\":\"%s\"", s.guest.dir);
	snp_scene_again(&s, KVM_MODEL_7_3, 1, 128, more);
	expect(snp_scene_run(&s), VMM_EXIT_ERROR, "no report is signed by a VCEK");
	unlink(cert_path);
}

static void certificates_that_are_being_changed_are_asked_for_again(void **state)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	struct kvm_model_step steps[] = {
		CONVERT(PAGE, 4, SHARED),
		REPORT(PAGE, 4),
		MODEL_OFF,
	};

	(void)state;
	put_table();
	assert_int_equal(fcntl(writer, F_OFD_SETLK, &lock), 0);
	steps[1].result = &answer[0];
	expect_off(RUN(steps));
	assert_int_equal(answer[0], EAGAIN);
	assert_int_equal(s.psp->reports, 0);
	take_table();
}

static void vcpus_that_ask_for_reports_at_once_share_the_lock(void **state)
{
	struct kvm_model_step steps[CROWD][22];
	uint64_t reports;

	(void)state;
	put_table_for(CROWD);
	for (uint32_t v = 0; v < CROWD; v++) {
		const uint64_t at = PAGE + v * 4 * HC_PAGE_SIZE;

		steps[v][0] = (struct kvm_model_step)CONVERT(at, 4, SHARED);
		for (size_t i = 1; i < 21; i++)
			steps[v][i] = (struct kvm_model_step)REPORT(at, 4);
		steps[v][21] = (struct kvm_model_step)MODEL_OFF;
		s.m->script[0][v].steps = steps[v];
		s.m->script[0][v].count = v ? 21 : 22;
	}
	expect_off(run_script(steps[0], 22));
	/* The first vCPU's, and as many of the others' as there was time for. */
	reports = s.psp->reports;
	assert_true(reports >= 20 && reports <= 20 * CROWD);
	take_table();
}

static void without_certificates_kvm_serves_an_empty_table_by_itself(void **state)
{
	static const struct kvm_model_step steps[] = {
		CONVERT(PAGE, 1, SHARED),
		WRITE(PAGE, SHARED, 0xff),
		REPORT(PAGE, 1),
		{.fn = kvm_model_read, .gpa = PAGE, .len = 24, .value = 0},
		MODEL_OFF,
	};

	(void)state;
	expect_off(RUN(steps));
	assert_int_equal(s.psp->reports, 1);
}

/* --- ends --- */

static void the_firmwares_refusal_is_told_in_its_words(void **state)
{
	static const struct kvm_model_step steps[] = {TERMINATE(HC_REFUSE_SNP_REASON_SET, 0x40ull)};

	(void)state;
	expect(RUN(steps), VMM_EXIT_REFUSED, "KERNEL_DIGEST");
	assert_false(snp_scene_logged(&s, "not by the firmware"));
}

static void a_kernel_that_speaks_in_the_firmwares_name_is_told_apart(void **state)
{
	static const struct kvm_model_step steps[] = {
		/* Any access to a device but a refusal: the kernel runs. */
		{.fn = kvm_model_in, .gpa = 0x3fd, .size = 1},
		TERMINATE(HC_REFUSE_SNP_REASON_SET, 0x40ull)};

	(void)state;
	expect(RUN(steps), VMM_EXIT_REFUSED, "not by the firmware");
}

static void linuxs_own_reasons_end_as_a_crash_in_words(void **state)
{
	static const struct kvm_model_step steps[] = {TERMINATE(1, 2ull)};

	(void)state;
	expect(RUN(steps), VMM_EXIT_CRASHED, "PVALIDATE failed");
}

static void a_termination_without_a_reason_is_a_crash(void **state)
{
	static const struct kvm_model_step steps[] = {
		{.fn = psp_model_terminate, .len = 0x12345000}};

	(void)state;
	expect(RUN(steps), VMM_EXIT_CRASHED, "gave no reason");
}

static void every_other_end_is_told_in_words(void **state)
{
	static const union kvm_run_exit tdx = {.system_event = {.type = 7, .ndata = 1}};
	static const union kvm_run_exit no_data = {.system_event = {.type = 6, .ndata = 0}};
	static const struct {
		struct kvm_model_step step;
		int status;
		const char *words;
	} cases[] = {
		{END(KVM_EXIT_SHUTDOWN, NULL), VMM_EXIT_CRASHED, "triple fault"},
		{END(KVM_EXIT_FAIL_ENTRY, NULL), VMM_EXIT_CRASHED, "save area or ASID"},
		{END(KVM_EXIT_INTERNAL_ERROR, NULL), VMM_EXIT_CRASHED, "cannot see it"},
		{END(KVM_EXIT_SYSTEM_EVENT, &tdx), VMM_EXIT_CRASHED, "no SNP guest makes (0x7)"},
		{END(KVM_EXIT_SYSTEM_EVENT, &no_data), VMM_EXIT_CRASHED, "no SNP guest makes"},
		{END(KVM_EXIT_TDX, NULL), VMM_EXIT_CRASHED, "does not know"},
		{{.fn = kvm_model_error, .error = EIO}, VMM_EXIT_ERROR, "KVM_RUN of vCPU 0 failed"},
		{{.fn = kvm_model_error, .error = EFAULT}, VMM_EXIT_ERROR, "KVM_RUN of vCPU 0"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snp_scene_again(&s, KVM_MODEL_7_3, 1, 128, "");
		expect(run_script(&cases[i].step, 1), cases[i].status, cases[i].words);
	}
}

/* An exit that KVM makes only after ENABLE_REQ_CERTS, unasked for. */
static void a_request_for_certificates_that_are_not_served_is_an_error_for_the_guest(void **state)
{
	static const union kvm_run_exit request = {.snp_req_certs = {.gpa = PAGE, .npages = 4}};
	static const struct kvm_model_step steps[] = {
		END(KVM_EXIT_SNP_REQ_CERTS, &request), MODEL_OFF};

	(void)state;
	expect_off(RUN(steps));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_a_guest_shares_is_seen_and_what_it_takes_back_is_gone),
		TEST(a_private_page_that_became_shared_is_held_no_more),
		TEST(an_access_in_the_other_state_converts),
		TEST(hostile_conversions_are_answered_with_an_error_and_the_guest_goes_on),
		TEST(a_private_access_outside_ram_ends_the_guest),
		TEST(the_staging_window_is_read_shared),
		TEST(the_secrets_of_a_guest_are_in_no_page_that_the_host_has_back),
		TEST(faults_without_end_are_slowed_down_and_counted),
		TEST(vcpus_that_convert_the_same_pages_at_once_end_in_one_state),
		TEST(a_report_comes_with_certificates_that_nobody_can_change_meanwhile),
		TEST(requests_that_cannot_be_served_get_their_error_and_no_report),
		TEST(a_folder_for_the_other_key_than_that_which_signs_is_refused),
		TEST(certificates_that_are_being_changed_are_asked_for_again),
		TEST(vcpus_that_ask_for_reports_at_once_share_the_lock),
		TEST(without_certificates_kvm_serves_an_empty_table_by_itself),
		TEST(the_firmwares_refusal_is_told_in_its_words),
		TEST(a_kernel_that_speaks_in_the_firmwares_name_is_told_apart),
		TEST(linuxs_own_reasons_end_as_a_crash_in_words),
		TEST(a_termination_without_a_reason_is_a_crash),
		TEST(every_other_end_is_told_in_words),
		TEST(a_request_for_certificates_that_are_not_served_is_an_error_for_the_guest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
