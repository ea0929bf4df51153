/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Debian 13's kernel for guests as scripts/setup unpacks it (or the folder that HC_GUEST_TRIXIE
 * names), a guest that has memory to accept, and what has to be true when its decompressor is
 * through.
 */
#ifndef HC_TESTS_TRIXIE_H
#define HC_TESTS_TRIXIE_H

#include "tests/firmware/guest.h"
#include "tests/firmware/softlinux.h"

struct trixie {
	struct bytes vmlinuz, vmlinux;
	const uint8_t
		*entry; /* of the unpacked kernel: TRIXIE_ENTRY bytes, the same wherever it goes */
	uint64_t entry_offset; /* from the kernel's first byte */
};
#define TRIXIE_ENTRY 12

/* False if the kernel is not there. */
bool trixie_open(struct trixie *t);
void trixie_close(struct trixie *t);

/*
 * So little below 1 GiB that the kernel does not fit beside its decompressor, and 4 GiB that Linux
 * accepts, on both sides of the window.
 */
void trixie_plan(struct guest_plan *out, const struct trixie *t, const char *image);
#define TRIXIE_LOW (96ULL << 20)

/*
 * The kernel was entered at `at`: it lies in memory that Linux accepted, whole, and of each 2 MiB
 * that the firmware left Linux has accepted all or nothing, as its bitmap says. NULL, or what is
 * wrong; *units is how many it accepted.
 */
const char *trixie_wrong(const struct trixie *t, const struct guest *g, uint64_t at,
	bool (*accepted)(uint64_t gpa), uint64_t *units);

#endif
