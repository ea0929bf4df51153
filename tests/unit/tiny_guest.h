/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Firmware images for tests that are a few instructions long, and running hc-vmm's whole life on
 * one in a child process (the sandbox does not come off again).
 */
#ifndef HC_TESTS_TINY_GUEST_H
#define HC_TESTS_TINY_GUEST_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "firmware/abi/manifest.h"
#include "vmm/kvm.h"

#define TINY_PATH 64

struct tiny_guest {
	char dir[TINY_PATH]; /* temporary; holds firmware, kernel, log */
	char firmware[TINY_PATH + 16], kernel[TINY_PATH + 16], log[TINY_PATH + 16];
	char config[1024]; /* JSON, for vm_config_parse */
	/* For a test that looks at the child: called in it before vm_run and after (the sandbox is
	 * on by then, if it came so far). NULL: nothing. */
	void (*before)(void *hook), (*after)(void *hook);
	void *hook;
};

/* An image whose text is `code`, entered in 64-bit mode with the first and the fourth GiB mapped; a
 * kernel "kernel...". */
void tiny_guest_make(struct tiny_guest *t, enum hc_platform platform, const uint8_t *code,
	size_t len, const char *more_config);
void tiny_guest_remove(struct tiny_guest *t);

struct tiny_run {
	pid_t pid;
	int output; /* the guest's serial port */
};

/* Start vm_run in a child, on the given KVM. */
void tiny_guest_start(
	struct tiny_run *run, const struct tiny_guest *t, const struct kvm_sys *sys, void *ctx);
/* Wait for its end: exit status, or 1000 + signal. Serial output (cut to cap - 1) into `out`. */
int tiny_guest_wait(struct tiny_run *run, char *out, size_t cap);

/* Text of the log so far, in a static buffer. */
const char *tiny_guest_log(const struct tiny_guest *t);

#endif
