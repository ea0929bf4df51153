/* SPDX-License-Identifier: Apache-2.0 */
/* The event loop calls what is ready, with the lock, and nothing that was taken out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "vmm/loop.h"

static struct loop loop;
static pthread_mutex_t lock;
static struct error err;

static int setup(void **state)
{
	pthread_mutexattr_t attr;

	(void)state;
	/* Checked, so that a call without the lock shows. */
	pthread_mutexattr_init(&attr);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK);
	pthread_mutex_init(&lock, &attr);
	return loop_init(&loop, &lock, &err);
}

static int teardown(void **state)
{
	(void)state;
	loop_fini(&loop);
	pthread_mutex_destroy(&lock);
	return 0;
}

struct probe {
	int calls, victim;
	uint32_t events;
};

static void note(void *ctx, int fd, uint32_t events)
{
	struct probe *p = ctx;

	(void)fd;
	assert_int_not_equal(pthread_mutex_lock(&lock), 0); /* held already */
	p->calls++;
	p->events = events;
	if (p->victim >= 0) {
		loop_unwatch(&loop, p->victim);
		close(p->victim);
	}
}

static int ready(void)
{
	int fd = eventfd(1, EFD_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static void refuses_descriptors_it_cannot_watch(void **state)
{
	int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_int_equal(loop_watch(&loop, -1, EPOLLIN, note, NULL), HC_ERANGE);
	assert_int_equal(loop_watch(&loop, LOOP_FD_MAX, EPOLLIN, note, NULL), HC_ERANGE);
	assert_int_equal(loop_watch(&loop, file, EPOLLIN, note, NULL), HC_EIO);
	assert_null(loop.source[file].fn);
	close(file);
	loop_unwatch(&loop, -1);
	loop_unwatch(&loop, LOOP_FD_MAX);
}

static void calls_what_is_ready_with_the_lock_held(void **state)
{
	struct probe p = {.victim = -1};
	int fd = ready();

	(void)state;
	assert_int_equal(loop_watch(&loop, fd, EPOLLIN, note, &p), 0);
	assert_int_equal(loop_step(&loop, 0, &err), 1);
	assert_int_equal(p.calls, 1);
	assert_int_equal(p.events, EPOLLIN);
	loop_unwatch(&loop, fd);
	assert_int_equal(loop_step(&loop, 0, &err), 0);
	close(fd);
}

static void events_0_keeps_it_silent_even_at_a_hang_up(void **state)
{
	struct probe p = {.victim = -1};
	int pipe_fd[2];

	(void)state;
	assert_int_equal(pipe2(pipe_fd, O_CLOEXEC), 0);
	close(pipe_fd[1]);
	assert_int_equal(loop_watch(&loop, pipe_fd[0], 0, note, &p), 0);
	assert_int_equal(loop_step(&loop, 0, &err), 0);
	assert_int_equal(loop_watch(&loop, pipe_fd[0], EPOLLIN, note, &p), 0);
	assert_int_equal(loop_step(&loop, 0, &err), 1);
	assert_int_equal(loop_watch(&loop, pipe_fd[0], 0, note, &p), 0);
	assert_int_equal(loop_step(&loop, 0, &err), 0);
	loop_unwatch(&loop, pipe_fd[0]);
	close(pipe_fd[0]);
}

static void an_event_of_one_taken_out_in_the_same_batch_is_dropped(void **state)
{
	struct probe a = {0}, b = {0};
	int fa = ready(), fb = ready();

	(void)state;
	a.victim = fb;
	b.victim = fa;
	assert_int_equal(loop_watch(&loop, fa, EPOLLIN, note, &a), 0);
	assert_int_equal(loop_watch(&loop, fb, EPOLLIN, note, &b), 0);
	assert_int_equal(loop_step(&loop, 0, &err), 1);
	assert_int_equal(a.calls + b.calls, 1);
	a.victim = b.victim = -1;
	loop_unwatch(&loop, fa);
	loop_unwatch(&loop, fb);
	close(a.calls ? fa : fb);
}

static void a_number_reused_without_unwatch_is_watched_anew(void **state)
{
	struct probe p = {.victim = -1};
	int fd = ready(), again;

	(void)state;
	assert_int_equal(loop_watch(&loop, fd, EPOLLIN, note, &p), 0);
	close(fd);
	again = ready();
	assert_int_equal(again, fd);
	assert_int_equal(loop_watch(&loop, again, EPOLLIN, note, &p), 0);
	assert_int_equal(loop_step(&loop, 0, &err), 1);
	loop_unwatch(&loop, again);
	close(again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			refuses_descriptors_it_cannot_watch, setup, teardown),
		cmocka_unit_test_setup_teardown(
			calls_what_is_ready_with_the_lock_held, setup, teardown),
		cmocka_unit_test_setup_teardown(
			events_0_keeps_it_silent_even_at_a_hang_up, setup, teardown),
		cmocka_unit_test_setup_teardown(
			an_event_of_one_taken_out_in_the_same_batch_is_dropped, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_number_reused_without_unwatch_is_watched_anew, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
