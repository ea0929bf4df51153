/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A TDX machine around software processors: Secure EPT, shared bit, TDCALL with the four leaves
 * that the firmware may use, run-time measurement registers, and up to 16 vCPUs that all start at
 * the reset vector whenever the host likes.
 *
 * Violations found here, besides those of softwatch.h and softcpu32.h: memory touched that was
 * never accepted, or by the wrong mapping; a page accepted twice, or a launch page; any TDCALL but
 * INFO, RTMR.EXTEND, ACCEPT and the fatal error; registers shown to the host that are not its
 * message; any MSR; a waiting vCPU that writes anything.
 */
#ifndef HC_TESTS_SOFTTDX_H
#define HC_TESTS_SOFTTDX_H

#include "tests/firmware/loader.h"
#include "tests/firmware/softwatch.h"
#include "tests/model/sept.h"

enum softtdx_event {
	SOFTTDX_EV_INFO,
	SOFTTDX_EV_ACCEPT, /* before it; gpa of the page */
	SOFTTDX_EV_EXTEND,
	SOFTTDX_EV_WINDOW_READ, /* before a read of host memory; gpa */
	SOFTTDX_EVENTS
};

struct softtdx {
	struct softwatch watch;
	struct softcpu *cpu[HC_VCPUS_MAX];
	bool started[HC_VCPUS_MAX];
	uint32_t running; /* index */
	struct sept sept;
	unsigned int gpaw;
	uint64_t attributes;
	uint32_t vcpus; /* of TDG.VP.INFO */
	uint8_t rtmr[4][48];
	unsigned int pauses; /* of the vCPU that runs */

	/* How it ended, if by a fatal error. */
	unsigned int fatal_calls;
	uint64_t fatal_code;
	char fatal_text[65];

	/* The hostile host, as in softsnp.h; `forced` answers a TDCALL in place of the model. */
	void (*host)(struct softtdx *m, enum softtdx_event event, uint64_t gpa);
	uint64_t events[SOFTTDX_EVENTS];
	bool forced, tampered;
	bool other; /* another kind of machine: TDCALL is no instruction */
	uint64_t forced_rax;
};

void softtdx_init(struct softtdx *m, struct guest *g);
void softtdx_launch(struct softtdx *m, bool large);
/* The same from a file that loader_load took; there is no staging window then. */
void softtdx_launch_loaded(struct softtdx *m, const struct loader *l, bool large);
void softtdx_fini(struct softtdx *m);

/* The first vCPU to the kernel's entry; SOFTCPU_HALTED after the fatal error was reported. */
enum softcpu_stop softtdx_boot(struct softtdx *m);

/* Another vCPU, from the reset vector or from where it waits: NULL if it goes on waiting. */
const char *softtdx_wait_wrong(struct softtdx *m, uint32_t index);

/* Linux wakes `index`, by the mailbox of the MADT: NULL if it, and no other, comes to `vector`. */
const char *softtdx_wake_wrong(struct softtdx *m, uint32_t index, uint64_t vector);

/* After SOFTCPU_ENTERED: NULL if everything is as a stock Linux needs it. */
const char *softtdx_handover_wrong(struct softtdx *m);

#endif
