/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A model of the reverse map table of AMD SEV-SNP as a guest meets it (AMD64 APM volume 2, 15.36):
 * who owns each guest-physical page, in which size, and whether the guest has validated it. The
 * model also keeps what hardware does not: how often the guest validated each page. It is exact
 * where a guest could be led astray and silent on the rest (no ASIDs, no lower VMPLs).
 */
#ifndef HC_TESTS_MODEL_RMP_H
#define HC_TESTS_MODEL_RMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RMP_PAGE  0x1000ULL
#define RMP_LARGE 0x200000ULL

/* What PVALIDATE and RMPADJUST leave in EAX (APM volume 3), and below 0 what they raise instead. */
enum rmp_result {
	RMP_SUCCESS = 0,
	RMP_FAIL_INPUT = 1,
	RMP_FAIL_PERMISSION = 2,
	RMP_FAIL_SIZEMISMATCH = 6,
	RMP_NESTED_FAULT = -1, /* the host's turn: it has to give or to split the page */
};

enum rmp_access {
	RMP_OK,
	RMP_NOT_VALIDATED, /* #VC in the guest */
	RMP_NOT_ASSIGNED,  /* nested page fault: the host stops the guest, or gives it a page */
	RMP_CIPHERTEXT,    /* a shared access to a private page, or the other way round */
};

struct rmp_entry {
	bool assigned;  /* a private page of the guest */
	bool validated; /* by the guest, or by the secure processor at launch */
	bool large;     /* one of the 512 pages of a 2 MiB entry */
	bool shared;    /* host memory that the guest may read */
	bool launched;
	uint8_t validations; /* by the guest, each that changed something; stops at 255 */
	uint8_t lines_read;  /* since then, by whoever keeps it: bit 0 the first, bit 1 the last */
};

struct rmp {
	struct rmp_entry *entry;
	size_t pages; /* guest-physical addresses below pages * 4 KiB */
	unsigned int vmpl;
	uint64_t pvalidates[2]; /* that succeeded: 4 KiB, 2 MiB */
	uint64_t mismatches;
};

/* False without memory. */
bool rmp_init(struct rmp *rmp, uint64_t end_gpa);
void rmp_fini(struct rmp *rmp);

/* The entry of the page that holds `gpa`; NULL beyond the table. */
struct rmp_entry *rmp_at(const struct rmp *rmp, uint64_t gpa);

/* The host gives memory: unvalidated; `large` where alignment allows. Ranges are page aligned. */
void rmp_assign(struct rmp *rmp, uint64_t gpa, uint64_t len_bytes, bool large);
/* The host gives a page the guest may read and everybody may write. */
void rmp_share(struct rmp *rmp, uint64_t gpa, uint64_t len_bytes);
/* The secure processor's launch: assigned and validated. */
void rmp_launch(struct rmp *rmp, uint64_t gpa);
/* The host takes a page and puts another one in its place: assigned, not validated. */
void rmp_swap(struct rmp *rmp, uint64_t gpa);
/* The host takes a page away. */
void rmp_take(struct rmp *rmp, uint64_t gpa);
/* PSMASH: a 2 MiB entry becomes 512 of 4 KiB. */
void rmp_smash(struct rmp *rmp, uint64_t gpa);

/* The instructions. `unchanged` is CF, valid with RMP_SUCCESS only. */
enum rmp_result rmp_pvalidate(
	struct rmp *rmp, uint64_t gpa, bool large, bool validate, bool *unchanged);
enum rmp_result rmp_adjust(struct rmp *rmp, uint64_t gpa, bool large, unsigned int target_vmpl);

/* An access by the guest through a mapping that is private (C-bit) or not. */
enum rmp_access rmp_access(const struct rmp *rmp, uint64_t gpa, bool private_mapping);

#endif
