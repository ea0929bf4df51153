/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole launches with the real firmware images on the model: every size, every failing call, and
 * two guests on one host. What is one technology's own is in test_platform_snp.c and
 * test_platform_tdx.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <poll.h>
#include <unistd.h>

#include "common/file.h"
#include "common/hex.h"
#include "tests/unit/model_scene.h"
#include "vmm/exit.h"

static struct model_scene s;

/* The lines are in the transcript, one after the other. */
static void check_order(const char *transcript, const char *const *order)
{
	const char *at = transcript;

	for (; *order; order++) {
		const char *found = strstr(at, *order);

		if (!found)
			fail_msg("no \"%s\" here or later: %.400s", *order, at);
		else
			at = found;
	}
}

static void launches(void)
{
	uint8_t want[SHA384_SIZE];
	int status = model_scene_run(&s);

	if (status != VMM_EXIT_OFF)
		fail_msg("status %d: %s", status, tiny_guest_log(&s.guest));
	s.tee->predict(s.guest.config, want);
	assert_memory_equal(s.tee->measured(s.m, 0), want, sizeof(want));
	check_order(kvm_model_transcript(s.m), s.tee->order);
	model_scene_check_leaks(&s, true);
}

static void every_size_is_launched(const struct model_tee *tee)
{
	static const uint64_t mib[] = {128, 3072, 3074, 16384, 262144, 1048576};

	if (!model_tee_built(tee))
		skip();
	model_scene_open(&s, tee, 1, 128);
	for (unsigned int vcpus = 1; vcpus <= HC_VCPUS_MAX; vcpus++)
		for (size_t i = 0; i < sizeof(mib) / sizeof(mib[0]); i++) {
			model_scene_again(&s, vcpus, mib[i]);
			launches();
			assert_int_equal(s.m->vm[0].vcpus, vcpus);
		}
	kvm_model_free(s.m);
	model_scene_close(&s);
}

static void snp_guests_of_1_to_16_vcpus_and_128_mib_to_1_tib_are_launched(void **state)
{
	(void)state;
	every_size_is_launched(&model_tees[0]);
}

static void tdx_guests_of_1_to_16_vcpus_and_128_mib_to_1_tib_are_launched(void **state)
{
	(void)state;
	every_size_is_launched(&model_tees[1]);
}

/* A launch is the same calls in the same order each time: hc-vmm chooses nothing by chance. */
static void two_launches_have_one_transcript(void **state)
{
	(void)state;
	for (size_t i = 0; i < model_tee_count; i++) {
		char *first, *end;

		if (!model_tee_built(&model_tees[i]))
			continue;
		model_scene_open(&s, &model_tees[i], 3, 4096);
		launches();
		first = strdup(kvm_model_transcript(s.m));
		assert_non_null(first);
		model_scene_again(&s, 3, 4096);
		launches();
		end = strstr(first, "guests run\n");
		assert_non_null(end);
		assert_memory_equal(first, kvm_model_transcript(s.m), (size_t)(end - first));
		free(first);
		kvm_model_free(s.m);
		model_scene_close(&s);
	}
}

/* --- failing calls --- */

static const char *name_of(const char *failed)
{
	if (!strcmp(failed, "KVM_CHECK_EXTENSION") || !strcmp(failed, "KVM_ENABLE_CAP"))
		return "KVM_CAP_";
	/* An attribute is named by what it says. */
	if (!strcmp(failed, "KVM_GET_DEVICE_ATTR"))
		return "KVM_X86_";
	return strcmp(failed, "mmap") ? failed : "mmap of a vCPU";
}

static void check_error(unsigned int n, int error)
{
	const char *log = tiny_guest_log(&s.guest), *line = strstr(log, "ERROR");
	const bool asks = !strcmp(s.m->failed, "KVM_CHECK_EXTENSION") ||
			  !strcmp(s.m->failed, "KVM_GET_DEVICE_ATTR") ||
			  !strcmp(s.m->failed, "KVM_GET_API_VERSION");

	/* What was asked for and is not there may be told as what was found instead. */
	if (asks && line && strstr(line, "found") && strstr(line, "expected"))
		return;
	if (!line || !strstr(line, name_of(s.m->failed)) || !strstr(line, "Do: ") ||
		(!asks && !strstr(line, error_errno_text(error))))
		fail_msg("call %u, %s: %s", n, s.m->failed, log);
}

/* Does the launch go on without it? Then the guest runs to its end. */
static bool may_fail(const char *failed)
{
	return !strcmp(failed, "KVM_CHECK_EXTENSION") || !strcmp(failed, "KVM_GET_DEVICE_ATTR") ||
	       !strcmp(failed, "KVM_IOEVENTFD");
}

static void every_call_fails_in_turn(const struct model_tee *tee)
{
	static const int errors[] = {EIO, ENOMEM, EPERM};
	unsigned int n = 0;

	if (!model_tee_built(tee))
		skip();
	model_scene_open(&s, tee, 2, 4096);
	for (bool failed = true; failed;) {
		const int error = errors[++n % 3];
		int status;

		model_scene_again(&s, 2, 4096);
		s.m->fail_at = n;
		s.m->fail_with = error;
		status = model_scene_run(&s);
		model_scene_check_leaks(&s, s.m->running);
		failed = s.m->failed[0];
		if (status == VMM_EXIT_OFF) {
			if (failed && !s.m->running && !may_fail(s.m->failed))
				fail_msg("call %u, %s: nobody minds", n, s.m->failed);
			continue;
		}
		assert_int_equal(status, VMM_EXIT_ERROR);
		assert_true(failed);
		check_error(n, error);
	}
	assert_true(n > 40);
	kvm_model_free(s.m);
	model_scene_close(&s);
}

static void every_call_of_an_snp_launch_that_fails_is_named_and_leaves_nothing(void **state)
{
	(void)state;
	every_call_fails_in_turn(&model_tees[0]);
}

static void every_call_of_a_tdx_launch_that_fails_is_named_and_leaves_nothing(void **state)
{
	(void)state;
	every_call_fails_in_turn(&model_tees[1]);
}

static void a_host_without_memory_ends_the_launch(void **state)
{
	(void)state;
	for (size_t i = 0; i < model_tee_count; i++) {
		if (!model_tee_built(&model_tees[i]))
			continue;
		model_scene_open(&s, &model_tees[i], 1, 128);
		s.m->frames_max = 5;
		assert_int_equal(model_scene_run(&s), VMM_EXIT_ERROR);
		model_scene_check_leaks(&s, false);
		kvm_model_free(s.m);
		model_scene_close(&s);
	}
}

/* --- the programs --- */

/* The first word that hc-measure prints for this guest. */
static void measured_by_program(const struct model_scene *scene, char out[2 * SHA384_SIZE + 1])
{
	char program[PATH_MAX], command[PATH_MAX + 128], path[96];
	ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 1);
	FILE *f;

	assert_true(n > 0);
	program[n] = '\0';
	snprintf(path, sizeof(path), "%s/config.json", scene->guest.dir);
	assert_int_equal(
		file_write(path, scene->guest.config, strlen(scene->guest.config), 0600, NULL), 0);
	snprintf(command, sizeof(command), "%s/../../bin/hc-measure %s --config %s",
		dirname(program), scene->tee->command, path);
	f = popen(command, "re");
	assert_non_null(f);
	/* "MRTD" or the like may stand before it. */
	do
		if (fscanf(f, "%96s", out) != 1)
			out[0] = '\0';
	while (out[0] && strlen(out) != 2 * SHA384_SIZE);
	while (fgets(command, sizeof(command), f))
		;
	assert_int_equal(pclose(f), 0);
	unlink(path);
}

static void hc_measure_the_library_and_the_model_say_the_same(void **state)
{
	static const unsigned int vcpus[] = {1, 5, 16};
	char text[2 * SHA384_SIZE + 1], model[2 * SHA384_SIZE + 1];

	(void)state;
	for (size_t i = 0; i < model_tee_count; i++) {
		if (!model_tee_built(&model_tees[i]))
			continue;
		model_scene_open(&s, &model_tees[i], 1, 128);
		for (size_t k = 0; k < 3; k++) {
			model_scene_again(&s, vcpus[k], 4096);
			launches();
			hex_encode(model, s.tee->measured(s.m, 0), SHA384_SIZE);
			measured_by_program(&s, text);
			assert_string_equal(text, model);
		}
		kvm_model_free(s.m);
		model_scene_close(&s);
	}
}

/* --- two guests --- */

#define SECRET_LEN 64
#define PAGES      16u
#define AREA       0x1000000ULL

static const char secret[2][SECRET_LEN] = {
	"the secret of guest A: sixty-four bytes that B never gets to see",
	"and that of guest B, of as many bytes, which is nothing for A   ",
};
static const struct model_tee *tee_in_hand;

static int accept_area(struct kvm_model *m, struct model_vcpu *v, const struct kvm_model_step *step)
{
	return tee_in_hand->accept(m, v, step);
}

/*
 * What the host can read: every frame, used or given back, and the guest's shared memory; and what
 * this guest can read, its own frames through its key. The other's secret is in none of it; its own
 * in nothing that the host reads.
 */
static int search(struct kvm_model *m, struct model_vcpu *v, const struct kvm_model_step *step)
{
	const char *other = step->data;
	uint8_t page[HC_PAGE_SIZE];

	for (size_t i = 0; i < 2; i++)
		m->guest_errors += kvm_model_finds(m, secret[i], SECRET_LEN);
	for (uint32_t i = 0; i < MODEL_SLOTS; i++) {
		const struct model_slot *slot = &v->vm->slot[i];

		if (!slot->size || !slot->host)
			continue;
		for (size_t k = 0; k < 2; k++)
			m->guest_errors +=
				memmem(slot->host, slot->size, secret[k], SECRET_LEN) != NULL;
	}
	for (uint32_t n = 0; n < m->frames_touched; n++) {
		if (!m->frame[n].used || m->gmem[m->frame[n].gmem - 1].vm != v->vm->index)
			continue;
		kvm_model_frame_read(m, n, 0, page, sizeof(page));
		m->guest_errors += memmem(page, sizeof(page), other, SECRET_LEN) != NULL;
	}
	return MODEL_NEXT;
}

/* Both are there: neither searches a host that the other has not come to, or has left. */
static int meet(struct kvm_model *m, struct model_vcpu *v, const struct kvm_model_step *step)
{
	uint64_t *met = step->result;

	if (!v->scratch[3])
		(*met)++;
	v->scratch[3] = 1;
	if (*met < 2 * (step->value + 1)) {
		/* Out, and in again: the other one needs the model. */
		v->run->exit_reason = KVM_EXIT_INTR;
		pthread_mutex_unlock(&m->lock);
		poll(NULL, 0, 1);
		pthread_mutex_lock(&m->lock);
		v->at--; /* the same step */
		return MODEL_EXIT;
	}
	v->scratch[3] = 0;
	return MODEL_NEXT;
}

#define FILL(page, mine)                                                                           \
	{                                                                                          \
		.fn = kvm_model_fill, .gpa = AREA + (page)*HC_PAGE_SIZE, .flag = true,             \
		.data = (mine), .len = SECRET_LEN                                                  \
	}
#define ACCEPT(page, pages)                                                                        \
	{                                                                                          \
		.fn = accept_area, .gpa = AREA + (page)*HC_PAGE_SIZE, .len = (pages)*HC_PAGE_SIZE  \
	}
#define CONVERT(page, pages, private)                                                              \
	{                                                                                          \
		.fn = kvm_model_convert, .gpa = AREA + (page)*HC_PAGE_SIZE, .len = (pages),        \
		.flag = (private)                                                                  \
	}
#define SHARED(page, byte)                                                                         \
	{                                                                                          \
		.fn = kvm_model_write, .gpa = AREA + (page)*HC_PAGE_SIZE, .value = (byte),         \
		.len = SECRET_LEN                                                                  \
	}

static void run_two(const struct model_tee *tee)
{
	static struct kvm_model_step script[2][24];
	struct model_scene b;
	uint64_t *met;

	tee_in_hand = tee;
	model_scene_open(&s, tee, 1, 64);
	model_scene_beside(&b, &s);
	met = kvm_model_alloc(s.m, sizeof(*met));
	for (uint32_t i = 0; i < 2; i++) {
		const char *mine = secret[i], *other = secret[!i];
		const struct kvm_model_step steps[] = {
			{.fn = meet, .result = met},
			ACCEPT(0, PAGES),
			FILL(0, mine),
			FILL(1, mine),
			FILL(7, mine),
			FILL(PAGES - 1, mine),
			{.fn = search, .data = other},
			{.fn = meet, .result = met, .value = 1},
			/* Given away full of secrets; taken back; given away by an access alone. */
			CONVERT(0, 2, false),
			SHARED(0, 0x11),
			SHARED(1, 0x22),
			{.fn = search, .data = other},
			CONVERT(0, 2, true),
			ACCEPT(0, 2),
			FILL(0, mine),
			SHARED(7, 0x33),
			{.fn = search, .data = other},
			{.fn = meet, .result = met, .value = 2},
			CONVERT(2, PAGES - 2, false),
			CONVERT(2, PAGES - 2, true),
			ACCEPT(2, PAGES - 2),
			FILL(3, mine),
			{.fn = search, .data = other},
			MODEL_OFF,
		};

		assert_int_equal(sizeof(steps), sizeof(script[i]));
		memcpy(script[i], steps, sizeof(steps));
		MODEL_SCRIPT(s.m, i, 0, script[i]);
	}
	model_scene_start(&s);
	/* The first VM is A's. */
	while (!__atomic_load_n(&s.m->vms_made, __ATOMIC_ACQUIRE))
		poll(NULL, 0, 1);
	model_scene_start(&b);
	if (model_scene_finish(&s) != VMM_EXIT_OFF)
		fail_msg("A: %s", tiny_guest_log(&s.guest));
	if (model_scene_finish(&b) != VMM_EXIT_OFF)
		fail_msg("B: %s", tiny_guest_log(&b.guest));
	assert_int_equal(s.m->vms_made, 2);
	assert_int_equal(s.m->guest_errors, 0);
	/* Nobody runs any more: nothing is left of either in what went back to the host. */
	for (size_t i = 0; i < 2; i++)
		assert_false(kvm_model_finds(s.m, secret[i], SECRET_LEN));
	model_scene_check_leaks(&b, true);
	kvm_model_free(s.m);
	model_scene_close(&b);
	model_scene_close(&s);
}

static void the_secrets_of_one_guest_are_never_in_anothers_pages(void **state)
{
	(void)state;
	for (size_t i = 0; i < model_tee_count; i++)
		if (model_tee_built(&model_tees[i]))
			run_two(&model_tees[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(snp_guests_of_1_to_16_vcpus_and_128_mib_to_1_tib_are_launched),
		cmocka_unit_test(tdx_guests_of_1_to_16_vcpus_and_128_mib_to_1_tib_are_launched),
		cmocka_unit_test(two_launches_have_one_transcript),
		cmocka_unit_test(
			every_call_of_an_snp_launch_that_fails_is_named_and_leaves_nothing),
		cmocka_unit_test(every_call_of_a_tdx_launch_that_fails_is_named_and_leaves_nothing),
		cmocka_unit_test(a_host_without_memory_ends_the_launch),
		cmocka_unit_test(hc_measure_the_library_and_the_model_say_the_same),
		cmocka_unit_test(the_secrets_of_one_guest_are_never_in_anothers_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
