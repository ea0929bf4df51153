/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An SNP machine around the software processor: reverse map table, C-bit, the GHCB MSR and nothing
 * else, since that is all the firmware may need. Launch pages and registers come from the same
 * image and save areas that are measured.
 *
 * Violations found here, besides those of softwatch.h: memory touched that was never accepted, or
 * by the wrong mapping; a page validated twice, or a launch page; a validation taken back; any
 * request to the host but the one that ends the boot; any MSR but the two for that.
 */
#ifndef HC_TESTS_SOFTSNP_H
#define HC_TESTS_SOFTSNP_H

#include "tests/firmware/loader.h"
#include "tests/firmware/softwatch.h"
#include "tests/model/rmp.h"

enum softsnp_event {
	SOFTSNP_EV_PVALIDATE,  /* before it; gpa of the page */
	SOFTSNP_EV_RMPADJUST,  /* before it */
	SOFTSNP_EV_WINDOW_READ /* before a read of host memory; gpa */
};

struct softsnp {
	struct softwatch watch;
	struct softcpu *bsp, *ap;
	struct rmp rmp;
	uint8_t vmsa[HC_VCPUS_MAX][HC_PAGE_SIZE];
	uint64_t sev_status, ghcb;
	bool vmpl_proven;
	bool tampered; /* the host took pages: the last word may fail for want of them */
	bool other;    /* another kind of machine, without the MSRs: nobody hears a last word */
	uint32_t secrets_version; /* as launched */

	/* How it ended, if by a request to terminate. */
	bool terminated;
	unsigned int reason_set, reason;

	/* The hostile host: called with every event; may change memory, rmp and answers. */
	void (*host)(struct softsnp *m, enum softsnp_event event, uint64_t gpa);
	void *host_ctx;
	uint64_t events[3]; /* so far, by kind, this one not counted */
	/* If set by `host` for this PVALIDATE or RMPADJUST: the answer in place of the model's. */
	bool forced, forced_carry;
	uint32_t forced_eax;
};

/* `g` is borrowed and may be bent between this and softsnp_launch. */
void softsnp_init(struct softsnp *m, struct guest *g);
/* RAM assigned, in 2 MiB pages where `large`; launch pages in; registers from the save areas. */
void softsnp_launch(struct softsnp *m, bool large);
/* The same from a file that loader_load took; there is no staging window then. */
void softsnp_launch_loaded(struct softsnp *m, const struct loader *l, bool large);
void softsnp_fini(struct softsnp *m);

/*
 * Run the first vCPU to the kernel's entry, or to its end. After a request to terminate it is
 * resumed three times, as a host may, and must do nothing but halt.
 */
enum softcpu_stop softsnp_boot(struct softsnp *m);

/* Run another vCPU as launched, and resume it: NULL if it halts and touches nothing. */
const char *softsnp_ap_wrong(struct softsnp *m, uint32_t index);

/* After SOFTCPU_ENTERED: NULL if everything is as a stock Linux needs it. */
const char *softsnp_handover_wrong(struct softsnp *m);

/* The launch digest of what was launched, by the model's own account. */
void softsnp_digest(const struct softsnp *m, uint8_t out[48]);

#endif
