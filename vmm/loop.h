/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The event loop of the device thread, on epoll. Nothing is allocated after loop_init. The table of
 * sources belongs to the device lock: watch and unwatch are called with it held, and it is held
 * while a source's function runs, so that devices never see two threads at once.
 */
#ifndef HC_VMM_LOOP_H
#define HC_VMM_LOOP_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"

/* Descriptors are below this number (the sandbox sets RLIMIT_NOFILE to it). */
#define LOOP_FD_MAX 1024

typedef void loop_fn(void *ctx, int fd, uint32_t events);

struct loop_source {
	loop_fn *fn; /* NULL: not registered */
	void *ctx;
	uint32_t events;
	uint32_t generation; /* of this number: an event of a descriptor closed since is stale */
	bool polled;         /* epoll knows it */
};

struct loop {
	int epoll_fd;
	pthread_mutex_t *lock;                  /* the device lock; not owned */
	struct loop_source source[LOOP_FD_MAX]; /* by descriptor */
};

HC_MUST_USE int loop_init(struct loop *loop, pthread_mutex_t *lock, struct error *err);
void loop_fini(struct loop *loop);

/*
 * Call fn(ctx, fd, events) when `fd` has one of EPOLL* `events` (level-triggered). Again for the
 * same fd: changes events, function and context. events 0: keep it, without being called. HC_ERANGE
 * for a descriptor past LOOP_FD_MAX, HC_EIO where epoll refuses (a regular file). Lock held.
 */
HC_MUST_USE int loop_watch(struct loop *loop, int fd, uint32_t events, loop_fn *fn, void *ctx);
/* Forget it, before it is closed; no call follows. Unknown descriptors are ignored. Lock held. */
void loop_unwatch(struct loop *loop, int fd);

/*
 * Wait at most timeout_ms (-1: for ever) and call what is ready, each call with the lock held.
 * Returns how many were called, or HC_EIO. Lock not held.
 */
HC_MUST_USE int loop_step(struct loop *loop, int timeout_ms, struct error *err);

#endif
