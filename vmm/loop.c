/* SPDX-License-Identifier: Apache-2.0 */
/* The device thread's event loop. Must never call a device without the lock. */
#include "vmm/loop.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define BATCH 32

int loop_init(struct loop *loop, pthread_mutex_t *lock, struct error *err)
{
	memset(loop, 0, sizeof(*loop));
	loop->lock = lock;
	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll_fd < 0)
		return error_errno(err, "epoll_create1", errno);
	return 0;
}

void loop_fini(struct loop *loop)
{
	if (loop->epoll_fd >= 0)
		close(loop->epoll_fd);
	loop->epoll_fd = -1;
}

static int tell_epoll(struct loop *loop, int op, int fd)
{
	const struct loop_source *s = &loop->source[fd];
	struct epoll_event ev = {.events = s->events};

	ev.data.u64 = (uint64_t)s->generation << 32 | (uint32_t)fd;
	return epoll_ctl(loop->epoll_fd, op, fd, &ev);
}

int loop_watch(struct loop *loop, int fd, uint32_t events, loop_fn *fn, void *ctx)
{
	struct loop_source *s;
	int rc = 0;

	if (fd < 0 || fd >= LOOP_FD_MAX)
		return HC_ERANGE;
	s = &loop->source[fd];
	s->fn = fn;
	s->ctx = ctx;
	s->events = events;
	/* Without events epoll would still report a hang-up, again and again: take it out. */
	if (!events) {
		if (s->polled)
			rc = tell_epoll(loop, EPOLL_CTL_DEL, fd);
		s->polled = false;
	} else {
		rc = tell_epoll(loop, s->polled ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd);
		/* Closed without unwatch: epoll forgot it, and this is another file. */
		if (rc && s->polled && errno == ENOENT)
			rc = tell_epoll(loop, EPOLL_CTL_ADD, fd);
		s->polled = !rc;
	}
	if (!rc)
		return 0;
	loop_unwatch(loop, fd);
	return HC_EIO;
}

void loop_unwatch(struct loop *loop, int fd)
{
	struct loop_source *s;

	if (fd < 0 || fd >= LOOP_FD_MAX)
		return;
	s = &loop->source[fd];
	if (s->polled)
		(void)tell_epoll(loop, EPOLL_CTL_DEL, fd);
	*s = (struct loop_source){.generation = s->generation + 1};
}

static bool call(struct loop *loop, const struct epoll_event *ev)
{
	const struct loop_source *s = &loop->source[(uint32_t)ev->data.u64 % LOOP_FD_MAX];
	bool fresh;

	pthread_mutex_lock(loop->lock);
	/* A call before this one of the same batch may have unwatched it. */
	fresh = s->fn && s->polled && s->generation == (uint32_t)(ev->data.u64 >> 32);
	if (fresh)
		s->fn(s->ctx, (int)(uint32_t)ev->data.u64, ev->events);
	pthread_mutex_unlock(loop->lock);
	return fresh;
}

int loop_step(struct loop *loop, int timeout_ms, struct error *err)
{
	struct epoll_event ready[BATCH];
	int n = epoll_wait(loop->epoll_fd, ready, BATCH, timeout_ms), called = 0;

	if (n < 0)
		return errno == EINTR ? 0 : error_errno(err, "epoll_wait", errno);
	for (int i = 0; i < n; i++)
		called += call(loop, &ready[i]);
	return called;
}
