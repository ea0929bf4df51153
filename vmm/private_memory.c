/* SPDX-License-Identifier: Apache-2.0 */
/* Must keep: attribute first, discard second, one lock; a page's bit is what KVM was told last. */
#include "vmm/private_memory.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/mman.h>

#define WORD_PAGES 64

static size_t map_bytes(const struct private_memory *pm)
{
	return (size_t)((pm->pages + WORD_PAGES - 1) / WORD_PAGES * sizeof(uint64_t));
}

/* Which range of RAM holds all of [gpa, gpa + len)? NULL: none. */
static const struct guest_ram *range_of(const struct private_memory *pm, uint64_t gpa, uint64_t len)
{
	for (size_t i = 0; i < pm->mem->count; i++) {
		const struct guest_ram *ram = &pm->mem->ram[i];

		if (gpa >= ram->gpa && gpa - ram->gpa < ram->size && len &&
			len <= ram->size - (gpa - ram->gpa))
			return ram;
	}
	return NULL;
}

static uint64_t offset_of(
	const struct private_memory *pm, const struct guest_ram *ram, uint64_t gpa)
{
	return pm->offset[ram - pm->mem->ram] + (gpa - ram->gpa);
}

/* The bits of word `at` that [first, end) covers; pages, end > first. */
static uint64_t mask_of(uint64_t at, uint64_t first, uint64_t end)
{
	uint64_t low = at * WORD_PAGES, mask = ~0ULL;

	if (first > low)
		mask &= ~0ULL << (first - low);
	if (end < low + WORD_PAGES)
		mask &= ~0ULL >> (low + WORD_PAGES - end);
	return mask;
}

static bool all_are(const struct private_memory *pm, uint64_t first, uint64_t end, bool is_private)
{
	for (uint64_t at = first / WORD_PAGES; at <= (end - 1) / WORD_PAGES; at++) {
		uint64_t word = __atomic_load_n(&pm->shared[at], __ATOMIC_ACQUIRE);
		uint64_t mask = mask_of(at, first, end);

		if ((word & mask) != (is_private ? 0 : mask))
			return false;
	}
	return true;
}

/* Under lock. */
static void mark(struct private_memory *pm, uint64_t first, uint64_t end, bool is_private)
{
	for (uint64_t at = first / WORD_PAGES; at <= (end - 1) / WORD_PAGES; at++) {
		uint64_t mask = mask_of(at, first, end);
		uint64_t was = pm->shared[at], is = is_private ? was & ~mask : was | mask;

		pm->counts.shared_pages += (uint64_t)__builtin_popcountll(is);
		pm->counts.shared_pages -= (uint64_t)__builtin_popcountll(was);
		/* Most of a big guest is never shared: leave its part of the map untouched. */
		if (is != was)
			__atomic_store_n(&pm->shared[at], is, __ATOMIC_RELEASE);
	}
	if (pm->counts.shared_pages > pm->counts.shared_peak)
		pm->counts.shared_peak = pm->counts.shared_pages;
}

bool private_memory_is(const struct private_memory *pm, uint64_t gpa, uint64_t len, bool is_private)
{
	const struct guest_ram *ram = range_of(pm, gpa, len);
	uint64_t at;

	if (!ram)
		return false;
	at = offset_of(pm, ram, gpa);
	return all_are(pm, at / HC_PAGE_SIZE, (at + len - 1) / HC_PAGE_SIZE + 1, is_private);
}

static int is_shared(void *ctx, uint64_t gpa, uint64_t len)
{
	return private_memory_is(ctx, gpa, len, false);
}

static int open_with(struct private_memory *pm, struct kvm *kvm, struct guest_memory *mem,
	uint64_t ram_bytes, uint64_t gmem_flags, struct error *err)
{
	void *map;
	int rc;

	*pm = (struct private_memory){
		.kvm = kvm,
		.mem = mem,
		.gmem = -1,
		.pages = ram_bytes / HC_PAGE_SIZE,
	};
	pthread_mutex_init(&pm->lock, NULL);
	/* Zero pages until they are written: a map of 1 TiB costs nothing at first. */
	map = mmap(NULL, map_bytes(pm), PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (map == MAP_FAILED)
		return error_errno(err, "map of private memory", errno);
	pm->shared = map;
	rc = kvm_create_gmem(kvm, ram_bytes, gmem_flags, &pm->gmem, err);
	if (rc)
		return rc;
	mem->is_shared = is_shared;
	mem->is_shared_ctx = pm;
	return 0;
}

int private_memory_open(struct private_memory *pm, struct kvm *kvm, struct guest_memory *mem,
	uint64_t ram_bytes, struct error *err)
{
	return open_with(pm, kvm, mem, ram_bytes, 0, err);
}

int private_memory_open_mapped(struct private_memory *pm, struct kvm *kvm, struct guest_memory *mem,
	uint64_t ram_bytes, struct error *err)
{
	const uint64_t flags = GUEST_MEMFD_FLAG_MMAP | GUEST_MEMFD_FLAG_INIT_SHARED;
	int rc;

	if (!kvm_has_mapped_gmem(kvm)) {
		error_fail(err, HC_EUNSUPPORTED, "confidential.memory_backing",
			"\"guest_memfd\", and this kernel has none that can be mapped");
		error_remedy(err, "run Linux 6.18 or newer, or leave memory_backing out");
		return HC_EUNSUPPORTED;
	}
	rc = open_with(pm, kvm, mem, ram_bytes, flags, err);
	if (rc)
		return rc;
	pm->mapped = true;
	mark(pm, 0, pm->pages, false);
	return 0;
}

void private_memory_close(struct private_memory *pm)
{
	if (!pm->kvm)
		return;
	pm->mem->is_shared = NULL;
	pm->mem->is_shared_ctx = NULL;
	kvm_close_fd(pm->kvm, pm->gmem);
	if (pm->shared)
		munmap(pm->shared, map_bytes(pm));
	pthread_mutex_destroy(&pm->lock);
	*pm = (struct private_memory){.gmem = -1};
}

static int set_private(struct private_memory *pm, const struct guest_ram *ram, struct error *err)
{
	uint64_t done = 0, len;
	int rc = 0;

	for (; !rc && done < ram->size; done += len) {
		len = ram->size - done;
		if (len > PRIVATE_MEMORY_FIRST_PIECE)
			len = PRIVATE_MEMORY_FIRST_PIECE;
		rc = kvm_set_private(pm->kvm, ram->gpa + done, len, true, err);
	}
	return rc;
}

int private_memory_map(struct private_memory *pm, const struct guest_ram *ram, struct error *err)
{
	size_t index = (size_t)(ram - pm->mem->ram);
	struct kvm_userspace_memory_region2 region;
	uint64_t offset = 0;
	int rc;

	for (size_t i = 0; i < index; i++)
		offset += pm->mem->ram[i].size;
	pm->offset[index] = offset;
	region = (struct kvm_userspace_memory_region2){
		.slot = (uint32_t)index,
		.flags = KVM_MEM_GUEST_MEMFD,
		.guest_phys_addr = ram->gpa,
		.memory_size = ram->size,
		.userspace_addr = (uintptr_t)ram->host,
		.guest_memfd_offset = offset,
		.guest_memfd = (uint32_t)pm->gmem,
	};
	if (pm->mapped) {
		rc = kvm_map_gmem(pm->kvm, pm->gmem, offset, ram->host, (size_t)ram->size, err);
		return rc ? rc : kvm_set_memory2(pm->kvm, &region, err);
	}
	rc = kvm_set_memory2(pm->kvm, &region, err);
	return rc ? rc : set_private(pm, ram, err);
}

/* The first page in [at, end) that is not in the state; `end` if all are. */
static uint64_t skip(const struct private_memory *pm, uint64_t at, uint64_t end, bool is_private)
{
	while (at < end) {
		uint64_t word = pm->shared[at / WORD_PAGES] ^ (is_private ? 0 : ~0ULL);
		uint64_t others = word >> at % WORD_PAGES;

		if (others) {
			at += (uint64_t)__builtin_ctzll(others);
			break;
		}
		at = (at | (WORD_PAGES - 1)) + 1;
	}
	return at < end ? at : end;
}

/* Under lock. Only what changes its state is dropped: the state is all there is to change. */
static int convert_mapped(
	struct private_memory *pm, uint64_t first, uint64_t end, bool to_private, struct error *err)
{
	int rc = 0;

	for (first = skip(pm, first, end, to_private); first < end && !rc;
		first = skip(pm, first, end, to_private)) {
		uint64_t until = skip(pm, first, end, !to_private);

		mark(pm, first, until, to_private);
		rc = kvm_punch(pm->kvm, pm->gmem, first * HC_PAGE_SIZE,
			(until - first) * HC_PAGE_SIZE, err);
	}
	return rc;
}

static int bad_range(uint64_t gpa, uint64_t len, struct error *err)
{
	error_fail(err, HC_ERANGE, "conversion of memory", "0x%" PRIx64 " + 0x%" PRIx64, gpa, len);
	error_expected(err, "whole pages, all in one range of RAM");
	return HC_ERANGE;
}

/* Under lock. */
static int convert(struct private_memory *pm, const struct guest_ram *ram, uint64_t gpa,
	uint64_t len, bool to_private, struct error *err)
{
	uint64_t at = offset_of(pm, ram, gpa);
	int rc;

	if (pm->mapped) {
		(*(to_private ? &pm->counts.to_private : &pm->counts.to_shared))++;
		return convert_mapped(
			pm, at / HC_PAGE_SIZE, (at + len) / HC_PAGE_SIZE, to_private, err);
	}
	rc = kvm_set_private(pm->kvm, gpa, len, to_private, err);
	if (rc)
		return rc;
	mark(pm, at / HC_PAGE_SIZE, (at + len) / HC_PAGE_SIZE, to_private);
	if (to_private) {
		pm->counts.to_private++;
		return kvm_discard(pm->kvm, ram->host + (gpa - ram->gpa), (size_t)len, err);
	}
	pm->counts.to_shared++;
	return kvm_punch(pm->kvm, pm->gmem, at, len, err);
}

int private_memory_check(
	const struct private_memory *pm, uint64_t gpa, uint64_t len, struct error *err)
{
	if (!range_of(pm, gpa, len) || (gpa | len) % HC_PAGE_SIZE)
		return bad_range(gpa, len, err);
	return 0;
}

int private_memory_convert(
	struct private_memory *pm, uint64_t gpa, uint64_t len, bool to_private, struct error *err)
{
	int rc = private_memory_check(pm, gpa, len, err);

	if (rc)
		return rc;
	pthread_mutex_lock(&pm->lock);
	rc = convert(pm, range_of(pm, gpa, len), gpa, len, to_private, err);
	pthread_mutex_unlock(&pm->lock);
	return rc;
}

int private_memory_fault(
	struct private_memory *pm, uint64_t gpa, uint64_t len, bool is_private, struct error *err)
{
	int rc = private_memory_check(pm, gpa, len, err);

	if (rc)
		return rc;
	pthread_mutex_lock(&pm->lock);
	if (private_memory_is(pm, gpa, len, is_private)) {
		rc = error_fail(err, HC_EMISMATCH, "access to memory",
			"0x%" PRIx64 " is %s already", gpa, is_private ? "private" : "shared");
	} else {
		rc = convert(pm, range_of(pm, gpa, len), gpa, len, is_private, err);
		pm->counts.implied += !rc;
	}
	pthread_mutex_unlock(&pm->lock);
	return rc;
}

void private_memory_count(struct private_memory *pm, struct private_memory_counts *out)
{
	pthread_mutex_lock(&pm->lock);
	*out = pm->counts;
	pthread_mutex_unlock(&pm->lock);
}
