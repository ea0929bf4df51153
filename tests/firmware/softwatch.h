/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the software machines have in common: rules for host memory and launch pages while the
 * firmware runs, and the look at everything that Linux is handed.
 *
 * Violations found here: host memory used for anything but reading, or a byte of it read twice, of
 * the blobs of a packed guest too, which may be written to when all were read; measured pages
 * written; anything but measured text executed; page tables outside the launch pages made for them;
 * the device tree read after the first page was accepted.
 */
#ifndef HC_TESTS_SOFTWATCH_H
#define HC_TESTS_SOFTWATCH_H

#include "tests/firmware/guest.h"
#include "tests/firmware/softcpu.h"

struct softwatch {
	struct guest *guest;
	struct softcpu *cpu;  /* the one that runs: violations are its */
	uint8_t *window_seen; /* a bit for each byte of the window */
	uint64_t window_reads;
	bool hostfdt_closed; /* no more reads of the device tree */
	bool bent;           /* the host lies: RAM may be less or other than the plan has */
};

void softwatch_init(struct softwatch *w, struct guest *g);
void softwatch_fini(struct softwatch *w);

/* The region of the launch that holds `gpa`, or NULL. */
const struct fw_region *softwatch_region(const struct softwatch *w, uint64_t gpa);

/* `leaf` maps the window. */
void softwatch_window(struct softwatch *w, uint64_t gpa, unsigned int size, uint64_t leaf,
	enum softcpu_access kind);
void softwatch_launch_page(
	struct softwatch *w, uint64_t gpa, unsigned int size, enum softcpu_access kind);

/* What a machine knows of its memory. */
struct softwatch_memory {
	void *machine;
	bool (*usable)(void *machine, uint64_t gpa);        /* by the guest, as private memory */
	unsigned int (*times)(void *machine, uint64_t gpa); /* accepted by the firmware */
	uint64_t encryption_bits, private_bits;             /* of a leaf: which, and their value */
	uint64_t setup_data, cr3;
};

/* At the kernel's entry: NULL, or what is wrong with memory, tables, registers. */
const char *softwatch_handover_wrong(
	struct softwatch *w, struct softcpu *cpu, const struct softwatch_memory *memory);

#endif
