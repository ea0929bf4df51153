/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GetQuote: guests' requests for quotes, carried to the host's quote service and back. At most
 * QUOTE_REQUESTS_MAX at a time, each over a connection of its own, each with a deadline; every
 * request that was taken ends in a final status in the guest's buffer, whatever the service does:
 * Linux's driver refuses every later request while it believes that one is in flight.
 *
 * All calls with the device lock held. Nothing is allocated after open, and nothing waits but
 * quote_service_wait, which gives the lock up meanwhile.
 */
#ifndef HC_VMM_QUOTE_QUOTE_SERVICE_H
#define HC_VMM_QUOTE_QUOTE_SERVICE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"
#include "vmm/device/host.h"
#include "vmm/quote/quote_address.h"
#include "vmm/quote/quote_buffer.h"
#include "vmm/quote/quote_dialler.h"

#define QUOTE_REQUESTS_MAX 16
/* Shorter than the 30 seconds for which Linux's driver waits: it sees the end that we write. */
#define QUOTE_DEADLINE_MS 25000
/*
 * How long a vCPU is kept from the guest for its own quote. Linux looks at the status once when it
 * is back and then once a second: an answer within this time saves the guest most of a second.
 */
#define QUOTE_WAIT_MS 300

enum quote_state { QUOTE_FREE, QUOTE_DIALLING, QUOTE_SENDING, QUOTE_RECEIVING };

struct quote_service;

struct quote_request {
	enum quote_state state;
	struct quote_service *service;
	struct quote_buffer buffer;
	uint64_t serial; /* of this use of the place */
	int64_t deadline_ms;
	unsigned int attempts; /* to connect */
	uint32_t tag;          /* of the one that goes on */
	int fd;                /* connection, -1: none */
	uint8_t message[QUOTE_REQUEST_BYTES];
	size_t got; /* bytes in `answer` */
	uint8_t *answer;
};

struct quote_counts {
	uint64_t served, failed, refused; /* refused: RETRY, or a call that made no sense */
};

struct quote_service {
	const struct device_host *host;
	bool configured; /* there is a service to ask */
	bool gone;       /* the dialler is */
	struct quote_dialler dialler;
	int timer_fd;
	struct quote_request request[QUOTE_REQUESTS_MAX];
	uint8_t *answers;
	uint64_t serials;
	uint32_t tags;
	int64_t (*now_ms)(void *ctx);
	void *now_ctx;
	pthread_cond_t ended; /* a request has */
	bool waiting;         /* a vCPU is in quote_service_wait */
	unsigned int vector;  /* of the completion interrupt; 0: none is wanted */
	uint32_t apic_id;
	struct quote_counts counts;
};

struct quote_service_options {
	const struct quote_address *address; /* NULL: none, every request is "unavailable" */
	int64_t (*now_ms)(void *ctx);        /* NULL: the monotonic clock */
	void *now_ctx;
};

/*
 * Starts the dialler (quote_dialler.h says when that may be) and watches it. `host` outlives the
 * service. On error nothing is left.
 */
HC_MUST_USE int quote_service_open(struct quote_service *qs, const struct device_host *host,
	const struct quote_service_options *options, struct error *err);
/* Every request ends as "unavailable"; a zeroed service is left alone. */
void quote_service_close(struct quote_service *qs);

/* What close will have counted: requests that go on have failed. */
void quote_service_count(const struct quote_service *qs, struct quote_counts *out);

/* A request that goes on; serial 0: none. */
struct quote_ticket {
	unsigned int place;
	uint64_t serial;
};

/*
 * The guest's GetQuote: what it gets in R10. TDVMCALL_SUCCESS: the status in the buffer says the
 * rest, now or later (*ticket). TDVMCALL_RETRY: as many requests as there may be are in flight.
 * TDVMCALL_GPA_INUSE: one is, in this buffer.
 */
uint64_t quote_service_call(
	struct quote_service *qs, const struct quote_buffer *buffer, struct quote_ticket *ticket);

/*
 * Wait until the request has ended, at most `ms`, with `lock` (the device lock) given up meanwhile.
 * One vCPU at a time: for a second one it returns at once, so that a guest that asks on all of its
 * vCPUs does not stand still.
 */
void quote_service_wait(struct quote_service *qs, const struct quote_ticket *ticket,
	pthread_mutex_t *lock, unsigned int ms);

/*
 * The guest's SetupEventNotifyInterrupt on the vCPU of this APIC id: whenever a request has ended,
 * that vCPU gets the vector. The last call counts. False for a vector that no device may use.
 */
bool quote_service_notify(struct quote_service *qs, uint32_t apic_id, uint64_t vector);

#endif
