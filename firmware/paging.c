/* SPDX-License-Identifier: Apache-2.0 */
/* Changes to the page tables: see paging.h. */
#include "firmware/paging.h"

#include "firmware/cpu.h"
#include "firmware/ram.h"

_Static_assert(PAGING_SIZE <= HC_PAGETABLE_MAX, "the tables have their place in layout.h");
_Static_assert(PAGING_PDPT + PAGING_PDPTS * HC_PAGE_SIZE == PAGING_PD, "no gap between the tables");
_Static_assert(HC_RAM_HIGH_END == HC_RAM_HIGH_BASE + HC_RAM_MAX - HC_RAM_LOW_END &&
		       HC_RAM_HIGH_END <= PAGING_PDPTS * PAGING_512G,
	"the tables map all RAM that there may be");
_Static_assert(HC_STAGING_GPA % PAGING_1G == 0, "the window starts a page directory of its own");
_Static_assert(HC_STAGING_SIZE <= PAGING_1G, "one page directory maps the window");
_Static_assert(HC_BLOBS_END == PAGING_1G, "the other maps where kernel and initrd go");

static uint64_t *table(uint64_t gpa)
{
	return ram_at(gpa, HC_PAGE_SIZE);
}

void paging_map_page0(uint64_t private_bits)
{
	table(PAGING_PT)[0] = PTE_RW | private_bits;
}

void paging_map_staging(uint64_t private_bits, uint64_t shared_bits)
{
	uint64_t *pd = table(PAGING_PD_STAGING);

	for (uint64_t at = 0; at < HC_STAGING_SIZE; at += PAGING_2M)
		pd[at / PAGING_2M] = (HC_STAGING_GPA + at) | shared_bits | PTE_R | PTE_LEAF;
	table(PAGING_PDPT)[HC_STAGING_GPA / PAGING_1G] =
		PAGING_PD_STAGING | PTE_TABLE | private_bits;
}

void paging_unmap_staging(void)
{
	table(PAGING_PDPT)[HC_STAGING_GPA / PAGING_1G] = 0;
	cpu_flush_tlb();
}

void paging_open(struct range kernel)
{
	uint64_t *pt = table(PAGING_PT), *pd = table(PAGING_PD);

	for (uint64_t at = 0; at < HC_LOW_RESERVED; at += HC_PAGE_SIZE)
		pt[at / HC_PAGE_SIZE] &= ~PTE_NX;
	for (uint64_t at = kernel.start; at < kernel.end; at += PAGING_2M)
		pd[at / PAGING_2M] &= ~PTE_NX;
	cpu_flush_tlb();
}
