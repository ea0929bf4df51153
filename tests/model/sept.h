/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A model of the Secure EPT of an Intel TDX guest as the guest meets it (TDX module 1.5 base and
 * ABI specifications: TDH.MEM.PAGE.ADD and AUG, TDG.MEM.PAGE.ACCEPT): which private pages are
 * there, in which size, and which the guest has accepted. It also keeps how often the guest
 * accepted each page, which hardware does not.
 */
#ifndef HC_TESTS_MODEL_SEPT_H
#define HC_TESTS_MODEL_SEPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEPT_PAGE  0x1000ULL
#define SEPT_LARGE 0x200000ULL

/* Completion status, bits 63:32 of RAX. */
#define SEPT_SUCCESS          0x00000000u
#define SEPT_ALREADY_ACCEPTED 0x00000b0au
#define SEPT_SIZE_MISMATCH    0xc0000b0bu
#define SEPT_OPERAND_INVALID  0xc0000100u
#define SEPT_VIOLATION        0xffffffffu /* no status: the host has to map the page first */

enum sept_access {
	SEPT_OK,
	SEPT_PENDING, /* given, not accepted: with SEPT_VE_DISABLE the end of the guest */
	SEPT_ABSENT,  /* the host's turn */
	SEPT_KIND,    /* a shared access to private memory, or the other way round */
};

struct sept_entry {
	bool mapped; /* private */
	bool accepted;
	bool large; /* one of the 512 pages of a 2 MiB mapping */
	bool shared;
	bool launched;
	uint8_t accepts; /* by the guest; stops at 255 */
};

struct sept {
	struct sept_entry *entry;
	size_t pages;
	uint64_t accepts[2]; /* that succeeded: 4 KiB, 2 MiB */
	uint64_t mismatches;
};

bool sept_init(struct sept *sept, uint64_t end_gpa);
void sept_fini(struct sept *sept);
struct sept_entry *sept_at(const struct sept *sept, uint64_t gpa); /* NULL beyond the end */

/* PAGE.AUG by the host: pending; `large` where alignment allows. */
void sept_map(struct sept *sept, uint64_t gpa, uint64_t len_bytes, bool large);
void sept_share(struct sept *sept, uint64_t gpa, uint64_t len_bytes);
/* PAGE.ADD before the launch is final. */
void sept_launch(struct sept *sept, uint64_t gpa);
/* PAGE.REMOVE, and PAGE.AUG of another page after it. */
void sept_take(struct sept *sept, uint64_t gpa);
void sept_swap(struct sept *sept, uint64_t gpa);

/* TDG.MEM.PAGE.ACCEPT with RCX as given: the status. */
uint32_t sept_accept(struct sept *sept, uint64_t rcx);

enum sept_access sept_access(const struct sept *sept, uint64_t gpa, bool private_mapping);

#endif
