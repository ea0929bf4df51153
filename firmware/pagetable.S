/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The page tables as they are measured: see paging.h. Parts of the launch area that hold nothing of
 * this image are mapped with the rights of the part they belong to, or not at all.
 */
#include "firmware/paging.h"

	.section .pagetables, "aw"

/* `size` bytes from `start` as entries of `step` bytes with `rights`. */
#define MAP(start, size, step, rights)                                                             \
	.set at, start;                                                                            \
	.rept (size) / (step);                                                                     \
	.quad at + rights + PTE_PRIVATE;                                                           \
	.set at, at + (step);                                                                      \
	.endr
#define UNMAPPED(size) .fill (size) / HC_PAGE_SIZE, 8, 0

	/* PML4 */
	MAP(PAGING_PDPT, PAGING_PDPTS * HC_PAGE_SIZE, HC_PAGE_SIZE, PTE_TABLE)

	/* PDPTs */
	.org	PAGING_PDPT - PAGING_PML4
	.quad	PAGING_PD + PTE_TABLE + PTE_PRIVATE
	MAP(PAGING_1G, HC_STAGING_GPA - PAGING_1G, PAGING_1G, PTE_RW + PTE_LEAF)
	.quad	0
	MAP(HC_RAM_HIGH_BASE, HC_RAM_HIGH_END - HC_RAM_HIGH_BASE, PAGING_1G, PTE_RW + PTE_LEAF)

	/* PD */
	.org	PAGING_PD - PAGING_PML4
	.quad	PAGING_PT + PTE_TABLE + PTE_PRIVATE
	MAP(PAGING_2M, PAGING_1G - PAGING_2M, PAGING_2M, PTE_RW + PTE_LEAF)

	/* PT, in the order of layout.h */
	.org	PAGING_PT - PAGING_PML4
	UNMAPPED(HC_PAGE_SIZE)
	MAP(HC_PAGE_SIZE, HC_TEXT_GPA - HC_PAGE_SIZE, HC_PAGE_SIZE, PTE_RW)
	MAP(HC_TEXT_GPA, HC_TEXT_MAX, HC_PAGE_SIZE, PTE_RX)
	MAP(HC_RODATA_GPA, HC_RODATA_MAX, HC_PAGE_SIZE, PTE_R)
	MAP(HC_BSS_GPA, HC_BSS_MAX, HC_PAGE_SIZE, PTE_RW)
	UNMAPPED(HC_STACK_GPA - HC_BSS_GPA - HC_BSS_MAX)
	MAP(HC_STACK_GPA, HC_STACK_MAX, HC_PAGE_SIZE, PTE_RW)
	MAP(HC_PAGETABLE_GPA, PAGING_SIZE, HC_PAGE_SIZE, PTE_RW)
	UNMAPPED(HC_MANIFEST_GPA - HC_PAGETABLE_GPA - PAGING_SIZE)
	MAP(HC_MANIFEST_GPA, HC_PAGE_SIZE, HC_PAGE_SIZE, PTE_R)
#if PTE_PRIVATE /* an SNP guest: the firmware reads both pages, and so does Linux before it has its own tables */
	MAP(HC_SECRETS_GPA, HC_HOSTFDT_GPA - HC_SECRETS_GPA, HC_PAGE_SIZE, PTE_R)
#else
	UNMAPPED(HC_HOSTFDT_GPA - HC_SECRETS_GPA)
#endif
	MAP(HC_HOSTFDT_GPA, HC_HOSTFDT_SIZE, HC_PAGE_SIZE, PTE_R)
	MAP(HC_LAUNCH_END, PAGING_2M - HC_LAUNCH_END, HC_PAGE_SIZE, PTE_RW)

	/* PD of the staging window: filled when that is mapped */
	.org	PAGING_PD_STAGING - PAGING_PML4
	.org	PAGING_SIZE

	.section .note.GNU-stack, "", @progbits
