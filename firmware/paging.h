/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The page tables, one to one, baked into the image by pagetable.S and changed at three places of
 * the boot. Until the last of them no page is both writable and executable. Also read by the
 * assembler.
 *
 * PML4[0..2] -> three PDPTs, one behind the other: 512 GiB each, to the end of RAM at its largest.
 * PDPT[0] -> PD -> [0] PT, else leaves of 2 MiB: everything that every boot touches. PDPT[3] -> PD
 * for the staging window while that is mapped. All other entries of the PDPTs are leaves of 1 GiB:
 * only a platform that accepts memory page by page goes there, and those processors have such
 * leaves; a paravirtual KVM has none.
 */
#ifndef HC_FIRMWARE_PAGING_H
#define HC_FIRMWARE_PAGING_H

#include "firmware/abi/layout.h"

#define PAGING_PML4       (HC_PAGETABLE_GPA + 0x0000)
#define PAGING_PDPT       (HC_PAGETABLE_GPA + 0x1000)
#define PAGING_PDPTS      3 /* PAGING_512G each */
#define PAGING_PD         (HC_PAGETABLE_GPA + 0x4000)
#define PAGING_PT         (HC_PAGETABLE_GPA + 0x5000)
#define PAGING_PD_STAGING (HC_PAGETABLE_GPA + 0x6000)
#define PAGING_SIZE       0x7000

#define PAGING_ENTRIES 512
#define PAGING_2M      HC_U64(0x200000)
#define PAGING_1G      HC_U64(0x40000000)
#define PAGING_512G    HC_U64(0x8000000000)

/* What marks private memory in an entry: nothing, or the C-bit in an image for SNP. */
#ifndef PTE_PRIVATE
#define PTE_PRIVATE 0
#endif

/* Bits of an entry (SDM volume 3, 4.5); accessed and dirty are set beforehand. */
#define PTE_PRESENT  HC_U64(0x001)
#define PTE_WRITE    HC_U64(0x002)
#define PTE_ACCESSED HC_U64(0x020)
#define PTE_DIRTY    HC_U64(0x040)
#define PTE_LEAF     HC_U64(0x080) /* in PDPT and PD */
#define PTE_NX       HC_U64(0x8000000000000000)

#define PTE_TABLE (PTE_PRESENT + PTE_WRITE + PTE_ACCESSED)
#define PTE_RX    (PTE_PRESENT + PTE_ACCESSED)
#define PTE_R     (PTE_RX + PTE_NX)
#define PTE_RW    (PTE_PRESENT + PTE_WRITE + PTE_ACCESSED + PTE_DIRTY + PTE_NX)

#ifndef __ASSEMBLER__

#include "firmware/range.h"

/*
 * Page 0, absent while hostile input is parsed so that a null pointer faults. `private_bits` mark
 * private memory, as in struct platform.
 */
void paging_map_page0(uint64_t private_bits);

/*
 * The staging window, read-only: `shared_bits` are what the platform marks shared memory with. The
 * tables that map it are private.
 */
void paging_map_staging(uint64_t private_bits, uint64_t shared_bits);
void paging_unmap_staging(void);

/*
 * Make the first MiB and `kernel` (below HC_BLOBS_END) executable and writable, as the kernel's
 * entry code needs. The last thing before the jump.
 */
void paging_open(struct range kernel);

#endif
#endif
