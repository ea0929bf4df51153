/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The queue of quote requests on the event loop. Two states never mix: what the guest is told
 * (finish, and nothing else, writes a final status) and what becomes of a connection (hang_up).
 */
#include "vmm/quote/quote_service.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "vmm/kvm_uapi.h"

#define NAME         "quote-service"
#define ATTEMPTS_MAX 2
/* The longest answer that fits a guest's buffer, and a byte more, which would be one too many. */
#define ANSWER_MAX   (QUOTE_MAX + QUOTE_ANSWER_HEADER + 1)
#define VECTOR_FIRST 32 /* below are the processor's own */
#define VECTOR_LAST  255

static int64_t monotonic_ms(void *ctx)
{
	struct timespec now;

	(void)ctx;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t now_ms(const struct quote_service *qs)
{
	return qs->now_ms(qs->now_ctx);
}

/* ---- ends ---- */

/* For the deadline that comes first; none: never. */
static void arm_timer(struct quote_service *qs)
{
	struct itimerspec when = {.it_value = {0}};
	int64_t first = INT64_MAX, left;

	for (unsigned int i = 0; i < QUOTE_REQUESTS_MAX; i++)
		if (qs->request[i].state != QUOTE_FREE && qs->request[i].deadline_ms < first)
			first = qs->request[i].deadline_ms;
	if (first != INT64_MAX) {
		left = first - now_ms(qs);
		/* 0 would disarm it. */
		left = left > 0 ? left : 1;
		when.it_value.tv_sec = left / 1000;
		when.it_value.tv_nsec = left % 1000 * 1000000;
	}
	(void)timerfd_settime(qs->timer_fd, 0, &when, NULL);
}

static void notify(const struct quote_service *qs)
{
	const uint64_t to = 0xfee00000ULL | (uint64_t)(qs->apic_id & 0xff) << 12 |
			    (uint64_t)(qs->apic_id & 0xffffff00) << 32;

	/* Fixed delivery, edge. */
	if (qs->vector)
		qs->host->ops->msi(qs->host->ctx, to, qs->vector);
}

static void complain(const struct quote_service *qs, const char *what)
{
	qs->host->ops->complain(qs->host->ctx, NAME, what);
}

static void hang_up(struct quote_request *r)
{
	const struct device_host *host = r->service->host;

	if (r->fd < 0)
		return;
	host->ops->unwatch(host->ctx, r->fd);
	close(r->fd);
	r->fd = -1;
}

static void finish(struct quote_request *r, uint64_t status, struct view quote)
{
	struct quote_service *qs = r->service;

	hang_up(r);
	r->state = QUOTE_FREE;
	if (!quote_buffer_finish(qs->host->mem, &r->buffer, status, quote))
		complain(qs, "the guest took its buffer back before its quote came");
	qs->counts.served += status == QUOTE_STATUS_SUCCESS;
	qs->counts.failed += status != QUOTE_STATUS_SUCCESS;
	arm_timer(qs);
	pthread_cond_broadcast(&qs->ended);
	notify(qs);
}

static void fail(struct quote_request *r, uint64_t status, const char *why)
{
	complain(r->service, why);
	finish(r, status, (struct view){0});
}

static void fail_with(struct quote_request *r, const struct error *err)
{
	char why[320];

	error_format(err, why, sizeof(why));
	fail(r, QUOTE_STATUS_ERROR, why);
}

/* ---- one connection ---- */

static void dial(struct quote_request *r)
{
	struct quote_service *qs = r->service;
	int rc = HC_EIO;

	hang_up(r);
	r->state = QUOTE_DIALLING;
	r->attempts++;
	r->got = 0;
	r->tag = ++qs->tags;
	if (!qs->gone)
		rc = quote_dialler_ask(&qs->dialler, r->tag);
	if (rc)
		fail(r, QUOTE_STATUS_UNAVAILABLE,
			rc == HC_EBUSY ? "it accepts connections too slowly"
				       : "the process that connects for us is gone");
}

/* It ended before it answered a byte: a service that was just restarted does that, once. */
static void again(struct quote_request *r, const char *why)
{
	if (r->attempts < ATTEMPTS_MAX)
		dial(r);
	else
		fail(r, QUOTE_STATUS_UNAVAILABLE, why);
}

static void answered(struct quote_request *r)
{
	const struct view got = {r->answer, r->got};
	struct view quote;
	struct error err;
	int rc = quote_message_parse(got, quote_buffer_room(&r->buffer), &quote, &err);

	if (rc)
		fail_with(r, &err);
	else
		finish(r, QUOTE_STATUS_SUCCESS, quote);
}

/* Is there more to come? The length is believed as soon as it is there, to read no byte in vain. */
static bool incomplete(struct quote_request *r, struct error *err, int *rc)
{
	const struct view got = {r->answer, r->got};
	size_t total;

	*rc = 0;
	if (r->got < QUOTE_LENGTH_BYTES)
		return true;
	*rc = quote_message_length(got, quote_buffer_room(&r->buffer), &total, err);
	return !*rc && r->got < total;
}

static void receive(struct quote_request *r)
{
	size_t cap = quote_buffer_room(&r->buffer) + QUOTE_ANSWER_HEADER + 1;
	ssize_t n = recv(r->fd, r->answer + r->got, cap - r->got, MSG_DONTWAIT);
	struct error err;
	int rc;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0 && !r->got) {
		again(r, "it hung up without an answer");
		return;
	}
	if (n <= 0) {
		fail(r, QUOTE_STATUS_ERROR, "it hung up in the middle of its answer");
		return;
	}
	r->got += (size_t)n;
	if (incomplete(r, &err, &rc))
		return;
	if (rc)
		fail_with(r, &err);
	else
		answered(r);
}

static void on_socket(void *dev, int fd, uint32_t events);

static void watch(struct quote_request *r, uint32_t events)
{
	const struct device_host *host = r->service->host;

	if (host->ops->watch(host->ctx, r->fd, events, on_socket, r))
		fail(r, QUOTE_STATUS_UNAVAILABLE, "too many descriptors");
}

/*
 * All of it in one call: a server that gets less in its first read starts over at the beginning of
 * its buffer (qgs_server.cpp), and the request is spoilt.
 */
static void transmit(struct quote_request *r)
{
	ssize_t n = send(r->fd, r->message, sizeof(r->message), MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n != sizeof(r->message)) {
		again(r, "it did not take the request whole");
		return;
	}
	r->state = QUOTE_RECEIVING;
	watch(r, EPOLLIN);
}

static void on_socket(void *dev, int fd, uint32_t events)
{
	struct quote_request *r = dev;

	(void)fd;
	(void)events;
	if (r->state == QUOTE_SENDING)
		transmit(r);
	else if (r->state == QUOTE_RECEIVING)
		receive(r);
}

/* ---- the dialler and the clock ---- */

static struct quote_request *dialling(struct quote_service *qs, uint32_t tag)
{
	for (unsigned int i = 0; i < QUOTE_REQUESTS_MAX; i++)
		if (qs->request[i].state == QUOTE_DIALLING && qs->request[i].tag == tag)
			return &qs->request[i];
	return NULL;
}

static void dialled(struct quote_service *qs, const struct quote_dialled *d)
{
	struct quote_request *r = dialling(qs, d->tag);
	char why[96];

	if (!r) { /* its deadline is over */
		if (d->fd >= 0)
			close(d->fd);
		return;
	}
	if (d->fd < 0) {
		snprintf(why, sizeof(why), "cannot connect to it: %s", error_errno_text(d->error));
		fail(r, QUOTE_STATUS_UNAVAILABLE, why);
		return;
	}
	r->fd = d->fd;
	r->state = QUOTE_SENDING;
	watch(r, EPOLLOUT);
}

static void lose_dialler(struct quote_service *qs)
{
	qs->gone = true;
	qs->host->ops->unwatch(qs->host->ctx, qs->dialler.fd);
	complain(qs, "the process that connects for us is gone: no more quotes");
	for (unsigned int i = 0; i < QUOTE_REQUESTS_MAX; i++)
		if (qs->request[i].state == QUOTE_DIALLING)
			finish(&qs->request[i], QUOTE_STATUS_UNAVAILABLE, (struct view){0});
}

static void on_dialler(void *dev, int fd, uint32_t events)
{
	struct quote_service *qs = dev;
	struct quote_dialled d;
	int rc = 0;

	(void)fd;
	(void)events;
	for (unsigned int i = 0; i < QUOTE_REQUESTS_MAX; i++) {
		rc = quote_dialler_answer(&qs->dialler, &d);
		if (rc <= 0)
			break;
		dialled(qs, &d);
	}
	if (rc < 0)
		lose_dialler(qs);
}

static void on_timer(void *dev, int fd, uint32_t events)
{
	struct quote_service *qs = dev;
	int64_t now = now_ms(qs);
	uint64_t expirations;

	(void)events;
	(void)!read(fd, &expirations, sizeof(expirations));
	for (unsigned int i = 0; i < QUOTE_REQUESTS_MAX; i++) {
		struct quote_request *r = &qs->request[i];

		if (r->state != QUOTE_FREE && r->deadline_ms <= now)
			fail(r, QUOTE_STATUS_UNAVAILABLE, "no answer in time");
	}
	arm_timer(qs);
}

/* ---- life ---- */

static int open_parts(struct quote_service *qs, const struct quote_address *a, struct error *err)
{
	const struct device_host *host = qs->host;
	int rc;

	qs->answers = calloc(QUOTE_REQUESTS_MAX, ANSWER_MAX);
	if (!qs->answers)
		return error_fail(err, HC_ENOMEM, "quote service", "no memory");
	qs->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (qs->timer_fd < 0)
		return error_errno(err, "quote service: timerfd_create", errno);
	rc = quote_dialler_start(&qs->dialler, a, err);
	if (rc)
		return rc;
	rc = host->ops->watch(host->ctx, qs->timer_fd, EPOLLIN, on_timer, qs);
	if (!rc)
		rc = host->ops->watch(host->ctx, qs->dialler.fd, EPOLLIN, on_dialler, qs);
	return rc ? error_fail(err, rc, "quote service", "cannot be watched") : 0;
}

int quote_service_open(struct quote_service *qs, const struct device_host *host,
	const struct quote_service_options *options, struct error *err)
{
	pthread_condattr_t attr;
	int rc;

	memset(qs, 0, sizeof(*qs));
	qs->host = host;
	qs->now_ms = options->now_ms ? options->now_ms : monotonic_ms;
	qs->now_ctx = options->now_ctx;
	qs->timer_fd = -1;
	qs->dialler = (struct quote_dialler){.fd = -1, .pid = -1};
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&qs->ended, &attr);
	pthread_condattr_destroy(&attr);
	if (!options->address)
		return 0;
	rc = open_parts(qs, options->address, err);
	if (rc) {
		quote_service_close(qs);
		return rc;
	}
	for (unsigned int i = 0; i < QUOTE_REQUESTS_MAX; i++)
		qs->request[i] = (struct quote_request){
			.service = qs, .fd = -1, .answer = qs->answers + (size_t)i * ANSWER_MAX};
	qs->configured = true;
	return 0;
}

void quote_service_close(struct quote_service *qs)
{
	const struct device_host *host = qs->host;

	if (!host)
		return;
	for (unsigned int i = 0; i < QUOTE_REQUESTS_MAX; i++)
		if (qs->request[i].state != QUOTE_FREE)
			finish(&qs->request[i], QUOTE_STATUS_UNAVAILABLE, (struct view){0});
	if (qs->timer_fd >= 0) {
		host->ops->unwatch(host->ctx, qs->timer_fd);
		close(qs->timer_fd);
	}
	if (qs->dialler.fd >= 0)
		host->ops->unwatch(host->ctx, qs->dialler.fd);
	quote_dialler_stop(&qs->dialler);
	pthread_cond_destroy(&qs->ended);
	free(qs->answers);
	memset(qs, 0, sizeof(*qs));
}

void quote_service_count(const struct quote_service *qs, struct quote_counts *out)
{
	*out = qs->counts;
	for (unsigned int i = 0; i < QUOTE_REQUESTS_MAX; i++)
		out->failed += qs->request[i].state != QUOTE_FREE;
}

/* ---- the guest's calls ---- */

static struct quote_request *free_place(
	struct quote_service *qs, const struct quote_buffer *buffer, uint64_t *ret)
{
	struct quote_request *place = NULL;

	*ret = TDVMCALL_RETRY;
	for (unsigned int i = 0; i < QUOTE_REQUESTS_MAX; i++) {
		struct quote_request *r = &qs->request[i];

		if (r->state == QUOTE_FREE) {
			place = place ? place : r;
		} else if (quote_buffer_overlap(&r->buffer, buffer)) {
			*ret = TDVMCALL_GPA_INUSE;
			return NULL;
		}
	}
	return place;
}

/* In answer to a call that made sense: there is nobody to ask. */
static uint64_t unavailable(struct quote_service *qs, const struct quote_buffer *buffer)
{
	qs->counts.failed++;
	(void)quote_buffer_finish(
		qs->host->mem, buffer, QUOTE_STATUS_UNAVAILABLE, (struct view){0});
	complain(qs, "a guest asks for a quote, and no quote service is configured");
	return TDVMCALL_SUCCESS;
}

uint64_t quote_service_call(
	struct quote_service *qs, const struct quote_buffer *buffer, struct quote_ticket *ticket)
{
	uint8_t report[QUOTE_REPORT_BYTES];
	struct quote_request *r;
	uint64_t ret = quote_buffer_take(qs->host->mem, buffer, report);

	*ticket = (struct quote_ticket){0};
	if (ret == TDVMCALL_SUCCESS && !qs->configured)
		return unavailable(qs, buffer);
	r = ret == TDVMCALL_SUCCESS ? free_place(qs, buffer, &ret) : NULL;
	if (!r) {
		qs->counts.refused++;
		return ret;
	}
	quote_message_request(r->message, report);
	r->buffer = *buffer;
	r->serial = ++qs->serials;
	r->attempts = 0;
	r->deadline_ms = now_ms(qs) + QUOTE_DEADLINE_MS;
	*ticket = (struct quote_ticket){(unsigned int)(r - qs->request), r->serial};
	quote_buffer_in_flight(qs->host->mem, buffer);
	dial(r);
	arm_timer(qs);
	return TDVMCALL_SUCCESS;
}

static bool goes_on(const struct quote_service *qs, const struct quote_ticket *t)
{
	const struct quote_request *r = &qs->request[t->place];

	return t->serial && r->state != QUOTE_FREE && r->serial == t->serial;
}

void quote_service_wait(struct quote_service *qs, const struct quote_ticket *ticket,
	pthread_mutex_t *lock, unsigned int ms)
{
	struct timespec until;

	if (qs->waiting)
		return;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += (long)(ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	qs->waiting = true;
	while (goes_on(qs, ticket) && !pthread_cond_timedwait(&qs->ended, lock, &until))
		;
	qs->waiting = false;
}

bool quote_service_notify(struct quote_service *qs, uint32_t apic_id, uint64_t vector)
{
	if (vector < VECTOR_FIRST || vector > VECTOR_LAST)
		return false;
	qs->vector = (unsigned int)vector;
	qs->apic_id = apic_id;
	return true;
}
