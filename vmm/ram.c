/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's RAM on the host's side. */
#include "vmm/ram.h"

#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <sys/mman.h>

/* Map with the host address as aligned as the guest's, so that the host can use 2 MiB pages. */
static void *map_aligned(uint64_t size)
{
	size_t len = (size_t)(size + HC_RAM_ALIGN), before;
	uint8_t *at = mmap(NULL, len, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (at == MAP_FAILED)
		return NULL;
	before = (size_t)(-(uintptr_t)at & (HC_RAM_ALIGN - 1));
	if (before)
		munmap(at, before);
	munmap(at + before + size, HC_RAM_ALIGN - before);
	return at + before;
}

static int add_range(
	struct guest_memory *mem, uint64_t gpa, uint64_t size, bool huge_pages, struct error *err)
{
	struct guest_ram *ram = &mem->ram[mem->count];
	uint8_t *host = map_aligned(size);

	if (!host) {
		error_errno(err, "mmap of the guest's RAM", errno);
		error_remedy(err, "give the guest less than %" PRIu64 " MiB", size >> 20);
		return HC_EIO;
	}
	*ram = (struct guest_ram){.gpa = gpa, .size = size, .host = host};
	mem->count++;
	if (madvise(host, size, MADV_DONTDUMP))
		return error_errno(err, "madvise(MADV_DONTDUMP)", errno);
	if (huge_pages && madvise(host, size, MADV_HUGEPAGE)) {
		error_errno(err, "madvise(MADV_HUGEPAGE)", errno);
		error_remedy(err, "machine-config.huge_pages: None");
		return HC_EIO;
	}
	return 0;
}

int ram_open(struct guest_memory *mem, uint64_t bytes, bool huge_pages, struct error *err)
{
	uint64_t low = bytes < HC_RAM_LOW_END ? bytes : HC_RAM_LOW_END;
	int rc;

	*mem = (struct guest_memory){0};
	rc = add_range(mem, 0, low, huge_pages, err);
	if (!rc && bytes > low)
		rc = add_range(mem, HC_RAM_HIGH_BASE, bytes - low, huge_pages, err);
	if (rc)
		ram_close(mem);
	return rc;
}

void ram_close(struct guest_memory *mem)
{
	for (size_t i = 0; i < mem->count; i++)
		munmap(mem->ram[i].host, mem->ram[i].size);
	*mem = (struct guest_memory){0};
}
