/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GetQuote from the guest's call to the status in its buffer, against a quote service that answers
 * well, slowly, short, oversized, wrong, and not at all. The dialler is the real one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/vm_sockets.h>

#include "tests/unit/fake_host.h"
#include "tests/unit/fake_qgs.h"
#include "vmm/kvm_uapi.h"
#include "vmm/quote/quote_service.h"
#include "vmm/sandbox.h"

#define GPA         0x10000ull
#define BUFFER      0x2000ull
#define QUOTE_BYTES 5000
#define SETTLED_MS  10000

struct fixture {
	struct fake_host fh;
	struct fake_qgs qgs;
	struct quote_service qs;
	int64_t now;
	unsigned int fds;
	uint8_t request[QUOTE_REQUEST_BYTES];
};

static unsigned int open_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned int n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static int64_t fake_now(void *ctx)
{
	return *(int64_t *)ctx;
}

static void open_service(struct fixture *f)
{
	struct quote_address address = {
		.vsock = f->qgs.port, .cid = VMADDR_CID_LOCAL, .port = f->qgs.port};
	const struct quote_service_options o = {
		.address = &address, .now_ms = fake_now, .now_ctx = &f->now};

	snprintf(address.path, sizeof(address.path), "%s", f->qgs.path);
	assert_int_equal(quote_service_open(&f->qs, &f->fh.host, &o, NULL), 0);
}

static bool setup_over(struct fixture *f, bool vsock)
{
	memset(f, 0, sizeof(*f));
	f->fds = open_fds();
	if (!vsock)
		fake_qgs_open(&f->qgs);
	else if (!fake_qgs_open_vsock(&f->qgs))
		return false;
	fake_host_init(&f->fh);
	open_service(f);
	return true;
}

static int setup(void **state)
{
	static struct fixture f;

	*state = &f;
	return setup_over(&f, false) ? 0 : -1;
}

/* Whatever a test did: no descriptor, no process and no request is left. */
static int teardown(void **state)
{
	struct fixture *f = *state;

	quote_service_close(&f->qs);
	fake_qgs_close(&f->qgs);
	assert_int_equal(f->fh.watches, 0);
	assert_int_equal(open_fds(), f->fds);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	fake_host_fini(&f->fh);
	return 0;
}

static uint64_t buffer_gpa(unsigned int i)
{
	return GPA + i * BUFFER;
}

static uint8_t *at(struct fixture *f, unsigned int i)
{
	return f->fh.low + buffer_gpa(i);
}

static uint64_t status(struct fixture *f, unsigned int i)
{
	return get_le64(at(f, i) + 8);
}

static uint32_t out_len(struct fixture *f, unsigned int i)
{
	return get_le32(at(f, i) + 20);
}

static uint64_t call(struct fixture *f, unsigned int i)
{
	const struct quote_buffer b = {buffer_gpa(i), BUFFER};
	struct quote_ticket ticket;

	put_le64(at(f, i), 1);
	put_le64(at(f, i) + 8, 0);
	put_le32(at(f, i) + 16, 1024);
	put_le32(at(f, i) + 20, 99);
	memset(at(f, i) + 24, (int)(0x40 + i), 1024);
	return quote_service_call(&f->qs, &b, &ticket);
}

/* Until a request is where it shall be: the dialler is another process, and takes its time. */
static bool settles(struct fixture *f, unsigned int place, enum quote_state s)
{
	for (int ms = 0; ms < SETTLED_MS && f->qs.request[place].state != s; ms++)
		if (!fake_host_run(&f->fh, 100))
			poll(NULL, 0, 1);
	return f->qs.request[place].state == s;
}

/* Call, be dialled, and read the request as the service; the connection. */
static int connected(struct fixture *f, unsigned int i)
{
	int fd;

	assert_true(call(f, i) == TDVMCALL_SUCCESS);
	assert_true(settles(f, i, QUOTE_RECEIVING));
	assert_true(status(f, i) == QUOTE_STATUS_IN_FLIGHT);
	fd = fake_qgs_accept(&f->qgs);
	assert_true(fd >= 0);
	assert_int_equal(fake_qgs_request(fd, f->request), QUOTE_REQUEST_BYTES);
	return fd;
}

static void say(int fd, const uint8_t *bytes, size_t len)
{
	assert_int_equal(write(fd, bytes, len), len);
}

static void ends(struct fixture *f, unsigned int i, uint64_t expected)
{
	assert_true(settles(f, i, QUOTE_FREE));
	assert_true(status(f, i) == expected);
	if (expected != QUOTE_STATUS_SUCCESS)
		assert_int_equal(out_len(f, i), 0);
}

static void an_answer_reaches_the_guest(void **state)
{
	struct fixture *f = *state;
	uint8_t answer[QUOTE_BYTES + 28];
	const size_t len = fake_qgs_answer(answer, QUOTE_BYTES);
	int fd = connected(f, 0);

	assert_int_equal(f->request[28], 0x40);
	assert_int_equal(f->request[1051], 0x40);
	say(fd, answer, len);
	ends(f, 0, QUOTE_STATUS_SUCCESS);
	assert_int_equal(out_len(f, 0), QUOTE_BYTES);
	assert_memory_equal(at(f, 0) + 24, answer + 28, QUOTE_BYTES);
	assert_int_equal(f->qs.counts.served, 1);
	assert_int_equal(f->fh.complaints, 0);
	assert_int_equal(f->fh.msi_count, 0);
	close(fd);
}

static void an_answer_may_come_byte_by_byte(void **state)
{
	struct fixture *f = *state;
	uint8_t answer[300 + 28];
	const size_t len = fake_qgs_answer(answer, 300);
	int fd = connected(f, 0);

	for (size_t i = 0; i < len; i++) {
		assert_true(status(f, 0) == QUOTE_STATUS_IN_FLIGHT);
		say(fd, answer + i, 1);
		fake_host_run(&f->fh, 100);
	}
	ends(f, 0, QUOTE_STATUS_SUCCESS);
	assert_memory_equal(at(f, 0) + 24, answer + 28, 300);
	close(fd);
}

static void an_answer_cut_at_any_length_is_an_error(void **state)
{
	struct fixture *f = *state;
	uint8_t answer[60 + 28];
	const size_t len = fake_qgs_answer(answer, 60);

	for (size_t cut = 1; cut < len; cut++) {
		int fd = connected(f, 0);

		say(fd, answer, cut);
		fake_host_run(&f->fh, 100);
		assert_true(status(f, 0) == QUOTE_STATUS_IN_FLIGHT);
		close(fd);
		ends(f, 0, QUOTE_STATUS_ERROR);
	}
	assert_int_equal(f->qs.counts.failed, len - 1);
	assert_non_null(strstr(f->fh.complaint, "in the middle"));
}

static void an_answer_too_large_for_the_buffer_is_not_read(void **state)
{
	struct fixture *f = *state;
	uint8_t answer[BUFFER + 28];
	int fd = connected(f, 0);

	(void)fake_qgs_answer(answer, BUFFER - 24 + 1);
	say(fd, answer, 4);
	ends(f, 0, QUOTE_STATUS_ERROR);
	assert_non_null(strstr(f->fh.complaint, "at most 8168 bytes"));
	close(fd);
}

static void an_answer_that_just_fits_does(void **state)
{
	struct fixture *f = *state;
	uint8_t answer[BUFFER + 28];
	const size_t len = fake_qgs_answer(answer, BUFFER - 24);
	int fd = connected(f, 0);

	say(fd, answer, len);
	ends(f, 0, QUOTE_STATUS_SUCCESS);
	assert_int_equal(out_len(f, 0), BUFFER - 24);
	close(fd);
}

/* One spoilt field each. */
static void wrong_answers_are_errors(void **state)
{
	static const struct {
		size_t at;
		uint8_t value;
		const char *named;
	} wrong[] = {
		{0, 0x80, "length"},
		{4, 2, "version"},
		{6, 0, "version"},
		{8, 0, "type"},
		{12, 1, "size"},
		{16, 4, "error 0x"},
		{20, 1, "selected_id_size"},
		{24, 9, "quote_size"},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		uint8_t answer[100 + 28];
		const size_t len = fake_qgs_answer(answer, 100);
		int fd = connected(f, 0);

		answer[wrong[i].at] = wrong[i].value;
		say(fd, answer, len);
		ends(f, 0, QUOTE_STATUS_ERROR);
		assert_non_null(strstr(f->fh.complaint, wrong[i].named));
		close(fd);
	}
}

static void garbage_is_an_error(void **state)
{
	static const uint8_t garbage[] = "HTTP/1.1 400 Bad Request\r\n\r\n";
	struct fixture *f = *state;
	int fd = connected(f, 0);

	say(fd, garbage, sizeof(garbage));
	ends(f, 0, QUOTE_STATUS_ERROR);
	close(fd);
}

static void a_byte_too_many_is_an_error(void **state)
{
	struct fixture *f = *state;
	uint8_t answer[100 + 29] = {0};
	const size_t len = fake_qgs_answer(answer, 100);
	int fd = connected(f, 0);

	say(fd, answer, len + 1);
	ends(f, 0, QUOTE_STATUS_ERROR);
	close(fd);
}

/* After the first connection: the second one. */
static int connected_again(struct fixture *f)
{
	for (int ms = 0; ms < SETTLED_MS && f->qs.request[0].attempts < 2; ms++)
		if (!fake_host_run(&f->fh, 100))
			poll(NULL, 0, 1);
	assert_true(settles(f, 0, QUOTE_RECEIVING));
	return fake_qgs_accept(&f->qgs);
}

static void hanging_up_is_tried_once_more(void **state)
{
	struct fixture *f = *state;
	uint8_t answer[100 + 28];
	const size_t len = fake_qgs_answer(answer, 100);
	int fd = connected(f, 0);

	close(fd);
	fd = connected_again(f);
	assert_int_equal(fake_qgs_request(fd, f->request), QUOTE_REQUEST_BYTES);
	say(fd, answer, len);
	ends(f, 0, QUOTE_STATUS_SUCCESS);
	close(fd);
}

static void hanging_up_twice_is_unavailable(void **state)
{
	struct fixture *f = *state;
	int fd = connected(f, 0);

	close(fd);
	close(connected_again(f));
	ends(f, 0, QUOTE_STATUS_UNAVAILABLE);
	assert_non_null(strstr(f->fh.complaint, "without an answer"));
}

static void nobody_who_listens_is_unavailable(void **state)
{
	struct fixture *f = *state;

	close(f->qgs.listener);
	f->qgs.listener = -1;
	assert_true(call(f, 0) == TDVMCALL_SUCCESS);
	ends(f, 0, QUOTE_STATUS_UNAVAILABLE);
	assert_non_null(strstr(f->fh.complaint, "cannot connect"));
	unlink(f->qgs.path);
	assert_true(call(f, 0) == TDVMCALL_SUCCESS);
	ends(f, 0, QUOTE_STATUS_UNAVAILABLE);
}

/* Port 1 of the loopback: there is nobody, or no vsock at all. Both have to be said. */
static void a_vsock_that_nobody_has_is_unavailable(void **state)
{
	const struct quote_address address = {.vsock = true, .cid = 1, .port = 1};
	const struct quote_service_options o = {.address = &address,
		.now_ms = fake_now,
		.now_ctx = &((struct fixture *)*state)->now};
	struct fixture *f = *state;

	quote_service_close(&f->qs);
	assert_int_equal(quote_service_open(&f->qs, &f->fh.host, &o, NULL), 0);
	assert_true(call(f, 0) == TDVMCALL_SUCCESS);
	ends(f, 0, QUOTE_STATUS_UNAVAILABLE);
	assert_non_null(strstr(f->fh.complaint, "cannot connect"));
}

static void a_service_without_descriptors_is_an_error_that_says_so(void **state)
{
	struct rlimit none = {3, 3}, before;
	struct fixture *f = *state;
	struct error err = {0};
	const struct quote_address address = {.path = "/nowhere"};
	const struct quote_service_options o = {.address = &address};
	int rc;

	quote_service_close(&f->qs);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none.rlim_max = before.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	rc = quote_service_open(&f->qs, &f->fh.host, &o, &err);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(rc, HC_EIO);
	assert_non_null(strstr(err.where, "quote service"));
}

static void expire(struct fixture *f)
{
	for (unsigned int i = 0; i < f->fh.watches; i++)
		if (f->fh.watch[i].fd == f->qs.timer_fd) {
			f->fh.watch[i].fn(f->fh.watch[i].dev, f->qs.timer_fd, POLLIN);
			return;
		}
	fail();
}

static void silence_ends_at_the_deadline_and_not_before(void **state)
{
	struct fixture *f = *state;
	int fd = connected(f, 0);

	f->now = QUOTE_DEADLINE_MS - 1;
	expire(f);
	assert_true(status(f, 0) == QUOTE_STATUS_IN_FLIGHT);
	f->now = QUOTE_DEADLINE_MS;
	expire(f);
	ends(f, 0, QUOTE_STATUS_UNAVAILABLE);
	assert_non_null(strstr(f->fh.complaint, "no answer in time"));
	close(fd);
}

static void the_timer_is_set_for_the_first_deadline(void **state)
{
	struct fixture *f = *state;
	struct pollfd p = {.fd = f->qs.timer_fd, .events = POLLIN};
	int fd = connected(f, 0);

	assert_int_equal(poll(&p, 1, 0), 0);
	/* A second request, when the first is all but over, sets it for the first. */
	f->now = QUOTE_DEADLINE_MS - 1;
	assert_true(call(f, 1) == TDVMCALL_SUCCESS);
	assert_int_equal(poll(&p, 1, SETTLED_MS), 1);
	close(fd);
}

static void a_connection_that_comes_after_the_deadline_is_closed(void **state)
{
	struct fixture *f = *state;
	uint8_t byte;
	int fd;

	assert_true(call(f, 0) == TDVMCALL_SUCCESS);
	fd = fake_qgs_accept(&f->qgs);
	f->now = QUOTE_DEADLINE_MS;
	expire(f);
	ends(f, 0, QUOTE_STATUS_UNAVAILABLE);
	while (recv(fd, &byte, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN)
		fake_host_run(&f->fh, 100);
	assert_int_equal(recv(fd, &byte, 1, 0), 0);
	close(fd);
}

static void the_seventeenth_has_to_come_again(void **state)
{
	struct fixture *f = *state;
	uint8_t answer[100 + 28];
	const size_t len = fake_qgs_answer(answer, 100);
	int fd[QUOTE_REQUESTS_MAX];

	for (unsigned int i = 0; i < QUOTE_REQUESTS_MAX; i++)
		fd[i] = connected(f, i);
	assert_true(call(f, QUOTE_REQUESTS_MAX) == TDVMCALL_RETRY);
	assert_true(status(f, QUOTE_REQUESTS_MAX) == 0);
	assert_int_equal(f->qs.counts.refused, 1);
	/* One that is stuck keeps nobody else waiting. */
	say(fd[5], answer, len);
	ends(f, 5, QUOTE_STATUS_SUCCESS);
	assert_true(call(f, QUOTE_REQUESTS_MAX) == TDVMCALL_SUCCESS);
	for (unsigned int i = 0; i < QUOTE_REQUESTS_MAX; i++)
		close(fd[i]);
}

static void every_request_gets_its_own_answer(void **state)
{
	struct fixture *f = *state;
	uint8_t answer[64 + 28];
	int fd[4];

	for (unsigned int i = 0; i < 4; i++)
		fd[i] = connected(f, i);
	for (unsigned int i = 4; i-- > 0;) {
		const size_t len = fake_qgs_answer(answer, 60 + i);

		say(fd[i], answer, len);
		ends(f, i, QUOTE_STATUS_SUCCESS);
		close(fd[i]);
	}
	for (unsigned int i = 0; i < 4; i++)
		assert_int_equal(out_len(f, i), 60 + i);
}

static void a_buffer_in_use_is_not_taken_twice(void **state)
{
	struct fixture *f = *state;
	int fd = connected(f, 0);

	assert_true(call(f, 0) == TDVMCALL_GPA_INUSE);
	put_le64(at(f, 0) + 8, QUOTE_STATUS_IN_FLIGHT);
	close(fd);
}

static void a_call_that_makes_no_sense_disturbs_nobody(void **state)
{
	struct fixture *f = *state;
	const struct quote_buffer b = {GPA + 1, BUFFER};
	struct quote_ticket ticket = {7, 7};

	assert_true(quote_service_call(&f->qs, &b, &ticket) == TDVMCALL_ALIGN_ERROR);
	assert_true(ticket.serial == 0);
	assert_int_equal(f->qs.counts.refused, 1);
}

static void a_buffer_made_private_meanwhile_is_not_written_to(void **state)
{
	struct fixture *f = *state;
	uint8_t answer[100 + 28];
	const size_t len = fake_qgs_answer(answer, 100);
	int fd = connected(f, 0);

	f->fh.private_gpa = GPA;
	f->fh.private_len = BUFFER;
	say(fd, answer, len);
	assert_true(settles(f, 0, QUOTE_FREE));
	assert_true(status(f, 0) == QUOTE_STATUS_IN_FLIGHT);
	assert_int_equal(at(f, 0)[24], 0x40);
	assert_non_null(strstr(f->fh.complaint, "took its buffer back"));
	close(fd);
}

static void closing_ends_what_is_in_flight(void **state)
{
	struct fixture *f = *state;
	struct quote_counts counts;
	int fd = connected(f, 0);

	assert_true(call(f, 1) == TDVMCALL_SUCCESS);
	quote_service_count(&f->qs, &counts);
	assert_int_equal(counts.failed, 2);
	assert_int_equal(counts.served, 0);
	quote_service_close(&f->qs);
	assert_true(status(f, 0) == QUOTE_STATUS_UNAVAILABLE);
	assert_true(status(f, 1) == QUOTE_STATUS_UNAVAILABLE);
	assert_int_equal(out_len(f, 1), 0);
	close(fd);
}

static void a_dialler_that_was_killed_makes_it_unavailable(void **state)
{
	struct fixture *f = *state;
	int fd = connected(f, 0);

	kill(f->qs.dialler.pid, SIGKILL);
	for (int ms = 0; ms < SETTLED_MS && !f->qs.gone; ms++)
		if (!fake_host_run(&f->fh, 1))
			poll(NULL, 0, 1);
	assert_true(f->qs.gone);
	assert_int_equal(fake_host_run(&f->fh, 100), 0); /* and nobody spins */
	assert_true(call(f, 1) == TDVMCALL_SUCCESS);
	ends(f, 1, QUOTE_STATUS_UNAVAILABLE);
	/* What is connected goes on. */
	assert_true(status(f, 0) == QUOTE_STATUS_IN_FLIGHT);
	close(fd);
	ends(f, 0, QUOTE_STATUS_UNAVAILABLE);
}

/* Each try takes seconds where the service's backlog is full, and guests ask more often. */
static void a_dialler_that_falls_behind_is_not_said_to_be_gone(void **state)
{
	struct fixture *f = *state;
	int rc = 0;

	kill(f->qs.dialler.pid, SIGSTOP);
	for (int i = 0; i < 100000 && !rc; i++)
		rc = quote_dialler_ask(&f->qs.dialler, 1u << 30);
	assert_int_equal(rc, HC_EBUSY);
	assert_true(call(f, 0) == TDVMCALL_SUCCESS);
	assert_true(status(f, 0) == QUOTE_STATUS_UNAVAILABLE);
	assert_non_null(strstr(f->fh.complaint, "too slowly"));
	assert_false(f->qs.gone);
	kill(f->qs.dialler.pid, SIGCONT);
}

/* As hc-vmm: the filter first, then the guest's call. The service is another process's matter. */
static void call_under_the_filter(struct fixture *f)
{
	bool ok;

	if (sandbox_drop(NULL) || sandbox_filter(SANDBOX_QUOTE, NULL))
		syscall(SYS_exit_group, 2);
	ok = call(f, 0) == TDVMCALL_SUCCESS && settles(f, 0, QUOTE_FREE) &&
	     status(f, 0) == QUOTE_STATUS_SUCCESS;
	quote_service_close(&f->qs);
	syscall(SYS_exit_group, ok ? 0 : 1);
}

static void a_request_passes_hc_vmms_filter(void **state)
{
	struct fixture *f = *state;
	uint8_t answer[100 + 28];
	const size_t len = fake_qgs_answer(answer, 100);
	int fd, ended;
	pid_t pid;

	/* The dialler has to be the child's own, for it to wait for. */
	quote_service_close(&f->qs);
	pid = fork();
	if (!pid) {
		open_service(f);
		call_under_the_filter(f);
	}
	fd = fake_qgs_accept(&f->qgs);
	assert_int_equal(fake_qgs_request(fd, f->request), QUOTE_REQUEST_BYTES);
	say(fd, answer, len);
	assert_int_equal(waitpid(pid, &ended, 0), pid);
	assert_int_equal(ended, 0);
	close(fd);
}

static void without_a_service_the_answer_is_unavailable_at_once(void **state)
{
	const struct quote_service_options none = {0};
	struct fixture *f = *state;

	quote_service_close(&f->qs);
	assert_int_equal(quote_service_open(&f->qs, &f->fh.host, &none, NULL), 0);
	assert_true(call(f, 0) == TDVMCALL_SUCCESS);
	assert_true(status(f, 0) == QUOTE_STATUS_UNAVAILABLE);
	assert_int_equal(out_len(f, 0), 0);
	assert_int_equal(f->fh.watches, 0);
	assert_non_null(strstr(f->fh.complaint, "no quote service is configured"));
}

static void the_end_is_told_by_the_interrupt_that_was_asked_for(void **state)
{
	struct fixture *f = *state;
	int fd = connected(f, 0);

	assert_false(quote_service_notify(&f->qs, 0, 31));
	assert_false(quote_service_notify(&f->qs, 0, 256));
	assert_false(quote_service_notify(&f->qs, 0, UINT64_MAX));
	assert_true(quote_service_notify(&f->qs, 0x1203, 0x51));
	close(fd);
	fd = connected_again(f);
	assert_int_equal(f->fh.msi_count, 0);
	close(fd);
	ends(f, 0, QUOTE_STATUS_UNAVAILABLE);
	assert_int_equal(f->fh.msi_count, 1);
	assert_int_equal(f->fh.msi_of[0x51], 1);
	assert_true(f->fh.msi_address == 0x00001200fee03000ull);
	assert_true(quote_service_notify(&f->qs, 1, 255));
	assert_true(quote_service_notify(&f->qs, 1, 32));
}

/* All of the above that has a service to talk to. */
static void the_same_over_vsock(void **state)
{
	static const struct {
		CMUnitTestFunction run;
		const char *name;
	} again[] = {
#define A(name) {name, #name}
		A(an_answer_cut_at_any_length_is_an_error),
		A(an_answer_too_large_for_the_buffer_is_not_read),
		A(wrong_answers_are_errors),
		A(garbage_is_an_error),
		A(a_byte_too_many_is_an_error),
		A(hanging_up_is_tried_once_more),
		A(hanging_up_twice_is_unavailable),
		A(nobody_who_listens_is_unavailable),
		A(silence_ends_at_the_deadline_and_not_before),
		A(a_connection_that_comes_after_the_deadline_is_closed),
		A(the_seventeenth_has_to_come_again),
		A(a_buffer_made_private_meanwhile_is_not_written_to),
		A(closing_ends_what_is_in_flight),
		A(a_dialler_that_was_killed_makes_it_unavailable),
		A(a_request_passes_hc_vmms_filter),
		A(an_answer_reaches_the_guest),
		A(an_answer_may_come_byte_by_byte),
		A(an_answer_that_just_fits_does),
		A(every_request_gets_its_own_answer),
#undef A
	};
	static struct fixture f;
	void *over_vsock = &f;

	(void)state;
	for (size_t i = 0; i < sizeof(again) / sizeof(again[0]); i++) {
		if (!setup_over(&f, true)) {
			print_message(
				"SKIPPED: this kernel has no vsock loopback (vsock_loopback)\n");
			skip();
		}
		print_message("over vsock: %s\n", again[i].name);
		again[i].run(&over_vsock);
		teardown(&over_vsock);
	}
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(an_answer_cut_at_any_length_is_an_error),
		T(an_answer_too_large_for_the_buffer_is_not_read),
		T(wrong_answers_are_errors),
		T(garbage_is_an_error),
		T(a_byte_too_many_is_an_error),
		T(hanging_up_is_tried_once_more),
		T(hanging_up_twice_is_unavailable),
		T(nobody_who_listens_is_unavailable),
		T(a_vsock_that_nobody_has_is_unavailable),
		T(a_service_without_descriptors_is_an_error_that_says_so),
		T(silence_ends_at_the_deadline_and_not_before),
		T(the_timer_is_set_for_the_first_deadline),
		T(a_connection_that_comes_after_the_deadline_is_closed),
		T(the_seventeenth_has_to_come_again),
		T(a_buffer_in_use_is_not_taken_twice),
		T(a_call_that_makes_no_sense_disturbs_nobody),
		T(a_buffer_made_private_meanwhile_is_not_written_to),
		T(closing_ends_what_is_in_flight),
		T(a_dialler_that_was_killed_makes_it_unavailable),
		T(a_dialler_that_falls_behind_is_not_said_to_be_gone),
		T(without_a_service_the_answer_is_unavailable_at_once),
		T(a_request_passes_hc_vmms_filter),
		T(an_answer_reaches_the_guest),
		T(an_answer_may_come_byte_by_byte),
		T(an_answer_that_just_fits_does),
		T(every_request_gets_its_own_answer),
		T(the_end_is_told_by_the_interrupt_that_was_asked_for),
		cmocka_unit_test(the_same_over_vsock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
