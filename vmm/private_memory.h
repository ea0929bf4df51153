/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Guest RAM with two backings: the guest's own in a guest_memfd, and shared memory of hc-vmm's at
 * the same addresses. Each page is in exactly one of the two states, private or shared, and only
 * the backing of its state is kept: what a guest leaves behind on the other side is given back to
 * the host at once, so that it is neither counted twice nor found later. One thing can: a device's
 * write that was under way when its page became private lands on the shared side, in memory that
 * the guest no longer sees, and stays until the page is converted again.
 *
 * Where nothing protects private pages (plain, sim), one guest_memfd can be the backing of both
 * states, mapped into hc-vmm. A page that changes its state is then dropped as well, since the side
 * it comes to has nothing yet, and one that has the state already keeps what is in it: a guest sees
 * what it would see of two backings. Devices are kept from private pages by is_shared alone.
 *
 * Kept here: the map of states that devices ask (guest_memory.h: is_shared), the order of a
 * conversion (KVM's attribute, then the discard of the side that was left, under one lock), and
 * counters.
 */
#ifndef HC_VMM_PRIVATE_MEMORY_H
#define HC_VMM_PRIVATE_MEMORY_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"
#include "vmm/guest_memory.h"
#include "vmm/kvm.h"

/*
 * Bytes to convert at once while a guest runs: KVM changes attributes with its slots locked, and a
 * doorbell waits for that with the device lock held.
 */
#define PRIVATE_MEMORY_PIECE (256ULL << 20)
/* Before it runs: a terabyte in one call can lock up a CPU before Linux 6.16 (47bb584237cc). */
#define PRIVATE_MEMORY_FIRST_PIECE (16ULL << 30)

struct private_memory_counts {
	uint64_t to_private, to_shared; /* conversions; of a big request, pieces */
	uint64_t implied;               /* of those, by an access rather than a request */
	uint64_t shared_pages;          /* now */
	uint64_t shared_peak;
};

struct private_memory {
	struct kvm *kvm;
	struct guest_memory *mem;
	int gmem;                           /* one guest_memfd for all RAM; -1: none */
	bool mapped;                        /* it is the only backing */
	uint64_t offset[HC_RAM_RANGES_MAX]; /* in gmem, of each range of mem->ram */
	uint64_t pages;                     /* of all ranges */
	uint64_t *shared; /* one bit per page, in the order of gmem; 1: shared. Atomic words */
	pthread_mutex_t lock;
	struct private_memory_counts counts; /* under lock */
};

/*
 * A guest_memfd for all RAM of `mem`, which has its ranges; nothing is mapped yet. From here on
 * `mem` answers for shared pages only, and there are none. Everything stays the caller's; close is
 * safe at any time, also after a failure, and takes is_shared away from `mem`.
 */
HC_MUST_USE int private_memory_open(struct private_memory *pm, struct kvm *kvm,
	struct guest_memory *mem, uint64_t ram_bytes, struct error *err);
void private_memory_close(struct private_memory *pm);

/*
 * The same with the guest_memfd as the only backing, and all pages shared at first. HC_EUNSUPPORTED
 * where this kernel has none that can be mapped.
 */
HC_MUST_USE int private_memory_open_mapped(struct private_memory *pm, struct kvm *kvm,
	struct guest_memory *mem, uint64_t ram_bytes, struct error *err);

/*
 * The slot of one range of mem->ram (its index is the slot's number), all of it private; with one
 * backing, all of it shared, and the range's host memory is replaced by the guest_memfd.
 */
HC_MUST_USE int private_memory_map(
	struct private_memory *pm, const struct guest_ram *ram, struct error *err);

/* HC_ERANGE where private_memory_convert would say so; changes nothing. Any thread. */
HC_MUST_USE int private_memory_check(
	const struct private_memory *pm, uint64_t gpa, uint64_t len, struct error *err);

/*
 * Convert [gpa, gpa + len). HC_ERANGE where it is not page aligned, is empty, wraps or is not all
 * in one range of RAM: the guest's mistake, nothing has changed. Any other error is the host's, and
 * the guest cannot go on. Converting what is converted already drops the other side once more;
 * with one backing, there is none and nothing is dropped. Any thread.
 */
HC_MUST_USE int private_memory_convert(
	struct private_memory *pm, uint64_t gpa, uint64_t len, bool to_private, struct error *err);

/*
 * An access found a page in the other state (KVM_EXIT_MEMORY_FAULT): convert it to what the access
 * was. HC_ERANGE as above; HC_EMISMATCH where the page has that state already, so that going on
 * would not end.
 */
HC_MUST_USE int private_memory_fault(
	struct private_memory *pm, uint64_t gpa, uint64_t len, bool is_private, struct error *err);

/* Is all of a range in that state? False for what is not RAM. Any thread. */
bool private_memory_is(
	const struct private_memory *pm, uint64_t gpa, uint64_t len, bool is_private);

void private_memory_count(struct private_memory *pm, struct private_memory_counts *out);

#endif
