/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Test only: a 64 KiB ROM that takes a plain QEMU machine from its reset vector to the state in which hc-vmm,
 * or the launched VMSA, enters the firmware (HC_ENTRY_* of abi/layout.h). The last steps run
 * in a page of the text area that holds nothing of an image, since the image's own page tables map nothing
 * else as executable; -device loader puts the section .hcstub of this file there. firmware/objs.mk gives both
 * sections their addresses.
 */
#include "firmware/abi/layout.h"
#include "firmware/paging.h"

#define MSR_EFER 0xc0000080
#define SEL_CODE32 0x08

	.section .hcrom, "ax"
rom:
	/* Identity map of 4 GiB, for the way to the stub only. Accessed bits cannot be set in a ROM. */
pml4:	.quad	pdpt + PTE_TABLE
	.org	0x1000
pdpt:	.quad	0 * PAGING_1G + PTE_TABLE + PTE_DIRTY + PTE_LEAF
	.quad	1 * PAGING_1G + PTE_TABLE + PTE_DIRTY + PTE_LEAF
	.quad	2 * PAGING_1G + PTE_TABLE + PTE_DIRTY + PTE_LEAF
	.quad	3 * PAGING_1G + PTE_TABLE + PTE_DIRTY + PTE_LEAF
	.org	0x2000
gdt:	.quad	0
	.quad	0x00cf9b000000ffff /* 32-bit code */
	.quad	0x00af9b000000ffff /* HC_ENTRY_CS */
	.quad	0x00cf93000000ffff /* HC_ENTRY_DS */
gdtr:	.word	. - gdt - 1
	.long	gdt

	.code16
start16:
	cli
	lgdtl	%cs:(gdtr - rom)
	mov	%cr0, %eax
	or	$1, %eax
	mov	%eax, %cr0
	ljmpl	$SEL_CODE32, $start32

	.code32
start32:
	mov	$HC_ENTRY_CR4, %eax
	mov	%eax, %cr4
	mov	$pml4, %eax
	mov	%eax, %cr3
	mov	$MSR_EFER, %ecx
	mov	$(HC_ENTRY_EFER & ~0x400), %eax /* LMA comes with paging */
	xor	%edx, %edx
	wrmsr
	mov	$HC_ENTRY_CR0, %eax
	mov	%eax, %cr0
	ljmpl	$HC_ENTRY_CS, $stub

	.org	0xfff0
	.code16
	.byte	0xe9 /* jmp rel16 */
	.word	start16 - (. + 2)
	.org	0x10000

	.section .hcstub, "ax"
	.code64
stub:
	mov	$HC_ENTRY_DS, %eax
	.irp	seg, ds, es, fs, gs, ss
	mov	%eax, %\seg
	.endr
	mov	$HC_PAGETABLE_GPA, %eax
	mov	%rax, %cr3
	.irp	reg, eax, ebx, ecx, edx, esi, edi, ebp, esp, r8d, r9d, r10d, r11d, r12d, r13d, r14d, r15d
	xor	%\reg, %\reg
	.endr
	jmp	HC_ENTRY_BSP

	.section .note.GNU-stack, "", @progbits
