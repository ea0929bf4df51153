/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A TDX guest's calls as KVM hands them on: what is in struct kvm_run before and after. A second
 * thread plays the device thread, as in hc-vmm.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/fake_host.h"
#include "tests/unit/fake_qgs.h"
#include "vmm/kvm_uapi.h"
#include "vmm/quote/tdvmcall.h"

#define GPA    0x10000ull
#define BUFFER 0x2000ull
/* What KVM presets, so that what is left alone is seen. */
#define PRESET 0x77ull

struct fixture {
	struct fake_host fh;
	struct fake_qgs qgs;
	struct quote_service qs;
	pthread_mutex_t lock;
	pthread_t device;
	bool stop; /* under lock */
	union {
		struct kvm_run run;
		uint8_t bytes[4096];
	} page;
	struct kvm_run_tdx *tdx;
};

static const struct tdvmcall_info info = {
	.kernel_r11 = 0x100, .user_r11 = 0xff, .kernel_r12 = 0x200, .user_r12 = 0xff};

static void *device_thread(void *arg)
{
	struct fixture *f = arg;
	bool stop;

	do {
		pthread_mutex_lock(&f->lock);
		fake_host_run(&f->fh, 10);
		stop = f->stop;
		pthread_mutex_unlock(&f->lock);
		poll(NULL, 0, 1);
	} while (!stop);
	return NULL;
}

static int setup(void **state)
{
	struct quote_address address = {0};
	const struct quote_service_options o = {.address = &address};
	static struct fixture f;

	memset(&f, 0, sizeof(f));
	fake_host_init(&f.fh);
	fake_qgs_open(&f.qgs);
	snprintf(address.path, sizeof(address.path), "%s", f.qgs.path);
	assert_int_equal(quote_service_open(&f.qs, &f.fh.host, &o, NULL), 0);
	pthread_mutex_init(&f.lock, NULL);
	pthread_create(&f.device, NULL, device_thread, &f);
	f.tdx = &KVM_RUN_EXIT(&f.page.run)->tdx;
	f.tdx->ret = PRESET;
	put_le64(f.fh.low + GPA, 1);
	put_le32(f.fh.low + GPA + 16, 1024);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	pthread_mutex_lock(&f->lock);
	f->stop = true;
	pthread_mutex_unlock(&f->lock);
	pthread_join(f->device, NULL);
	quote_service_close(&f->qs);
	fake_qgs_close(&f->qgs);
	fake_host_fini(&f->fh);
	pthread_mutex_destroy(&f->lock);
	return 0;
}

static void handle(struct fixture *f, uint64_t nr)
{
	f->tdx->nr = nr;
	tdvmcall_handle(&f->qs, &f->lock, &info, 3, &f->page.run);
}

static void a_call_that_nobody_knows_keeps_kvms_answer(void **state)
{
	struct fixture *f = *state;

	handle(f, 0x10003);
	assert_true(f->tdx->ret == PRESET);
	handle(f, UINT64_MAX);
	assert_true(f->tdx->ret == PRESET);
}

static void the_optional_calls_are_kvms_and_the_one_that_is_ours(void **state)
{
	struct fixture *f = *state;

	f->tdx->get_tdvmcall_info.leaf = 1;
	handle(f, 0x10000);
	assert_true(f->tdx->ret == TDVMCALL_SUCCESS);
	assert_true(f->tdx->get_tdvmcall_info.r11 == 0x102);
	assert_true(f->tdx->get_tdvmcall_info.r12 == 0x200);
	assert_true(f->tdx->get_tdvmcall_info.r13 == 0);
	assert_true(f->tdx->get_tdvmcall_info.r14 == 0);
	f->tdx->get_tdvmcall_info.leaf = 2;
	handle(f, 0x10000);
	assert_true(f->tdx->ret == TDVMCALL_INVALID_OPERAND);
}

static void a_vector_is_taken_or_refused(void **state)
{
	struct fixture *f = *state;

	f->tdx->setup_event_notify.vector = 0x31;
	handle(f, 0x10004);
	assert_true(f->tdx->ret == TDVMCALL_SUCCESS);
	assert_int_equal(f->qs.apic_id, 3);
	f->tdx->setup_event_notify.vector = 0x1f;
	handle(f, 0x10004);
	assert_true(f->tdx->ret == TDVMCALL_INVALID_OPERAND);
	assert_int_equal(f->qs.vector, 0x31);
}

static void get_quote(struct fixture *f, uint64_t gpa)
{
	f->tdx->get_quote.gpa = gpa;
	f->tdx->get_quote.size = BUFFER;
	handle(f, 0x10002);
}

static void a_buffer_that_is_none_is_said_so(void **state)
{
	struct fixture *f = *state;

	get_quote(f, GPA + 1);
	assert_true(f->tdx->ret == TDVMCALL_ALIGN_ERROR);
	get_quote(f, FAKE_LOW_SIZE);
	assert_true(f->tdx->ret == TDVMCALL_INVALID_OPERAND);
}

static void *quick_server(void *arg)
{
	struct fixture *f = arg;
	uint8_t request[QUOTE_REQUEST_BYTES], answer[128];
	const size_t len = fake_qgs_answer(answer, 100);
	int fd = fake_qgs_accept(&f->qgs);
	bool ok = fake_qgs_request(fd, request) && write(fd, answer, len) == (ssize_t)len;

	close(fd);
	return ok ? f : NULL;
}

static void a_quick_answer_is_there_when_the_guest_is_back(void **state)
{
	struct fixture *f = *state;
	pthread_t server;
	void *ok;

	pthread_create(&server, NULL, quick_server, f);
	get_quote(f, GPA);
	assert_true(f->tdx->ret == TDVMCALL_SUCCESS);
	assert_true(get_le64(f->fh.low + GPA + 8) == QUOTE_STATUS_SUCCESS);
	assert_int_equal(get_le32(f->fh.low + GPA + 20), 100);
	pthread_join(server, &ok);
	assert_non_null(ok);
}

static void a_slow_answer_leaves_the_guest_to_poll(void **state)
{
	struct fixture *f = *state;

	get_quote(f, GPA);
	assert_true(f->tdx->ret == TDVMCALL_SUCCESS);
	assert_true(get_le64(f->fh.low + GPA + 8) == QUOTE_STATUS_IN_FLIGHT);
}

static void a_second_vcpu_is_not_kept_waiting(void **state)
{
	struct quote_ticket ticket = {0, 1};
	struct fixture *f = *state;

	pthread_mutex_lock(&f->lock);
	f->qs.waiting = true; /* another one is */
	f->qs.request[0].state = QUOTE_RECEIVING;
	f->qs.request[0].serial = 1;
	f->qs.request[0].deadline_ms = INT64_MAX;
	/* A day: that it comes back is the test. */
	quote_service_wait(&f->qs, &ticket, &f->lock, 86400000);
	assert_true(f->qs.waiting);
	f->qs.request[0].state = QUOTE_FREE;
	pthread_mutex_unlock(&f->lock);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_call_that_nobody_knows_keeps_kvms_answer),
		T(the_optional_calls_are_kvms_and_the_one_that_is_ours),
		T(a_vector_is_taken_or_refused),
		T(a_buffer_that_is_none_is_said_so),
		T(a_quick_answer_is_there_when_the_guest_is_back),
		T(a_slow_answer_leaves_the_guest_to_poll),
		T(a_second_vcpu_is_not_kept_waiting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
