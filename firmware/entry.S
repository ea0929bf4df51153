/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the vCPUs start (state: HC_ENTRY_* of abi/layout.h), what the 32 exceptions end in, and the
 * way out into Linux. Nothing here depends on a register that the host set.
 */
#include "firmware/abi/layout.h"
#include "firmware/cpu.h"
#include "firmware/tdx.h"

	.section .text.entry, "ax"
	.code64

	/* HC_ENTRY_BSP. No stack yet, so nothing is pushed before one is there. */
	.globl entry_bsp
entry_bsp:
	cli
	cld
	mov	$HC_STACK_GPA + HC_STACK_MAX, %esp
	pushq	$HC_ENTRY_RFLAGS
	popfq
	xor	%ebp, %ebp
	call	boot_main
	ud2

	/* HC_ENTRY_AP: a host may start a vCPU here at any time; it must do nothing for ever. */
	.org	HC_ENTRY_AP - HC_TEXT_GPA
	.globl entry_ap
entry_ap:
	cli
1:	hlt
	jmp	1b

	/* HC_ENTRY_TDX: only TDX starts there. Elsewhere it parks, 32-bit and 64-bit code alike. */
	.org	HC_ENTRY_TDX - HC_TEXT_GPA
#ifdef FW_TDX
#include "firmware/entry_tdx.S"
#else
	cli
1:	hlt
	jmp	1b
#endif

	.text

	/* One stub for each vector, CPU_STUB_SIZE bytes apart. The frame below is never returned to. */
	.globl exception_stubs
	.balign	CPU_STUB_SIZE
exception_stubs:
	.set	vector, 0
	.rept	CPU_VECTORS
	.balign	CPU_STUB_SIZE
	mov	$vector, %edi
	jmp	exception_any
	.set	vector, vector + 1
	.endr
exception_any:
	cld
	and	$-16, %rsp
	call	cpu_exception
	ud2

	/* void cpu_segments_load(void): the selectors of cpu.h, FS on the stack protector's word. */
	.globl cpu_segments_load
cpu_segments_load:
	mov	$HC_ENTRY_DS, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	mov	%eax, %gs
	mov	$CPU_SEL_CANARY, %eax
	mov	%eax, %fs
	mov	$CPU_SEL_TSS, %eax
	ltr	%ax
	pop	%rax
	pushq	$HC_ENTRY_CS
	push	%rax
	lretq

	/*
	 * void linux_enter(uint64_t entry, uint64_t boot_params): the state of the 64-bit boot
	 * protocol (Linux Documentation/arch/x86/boot.rst, last section), all else zero.
	 */
	.globl linux_enter
linux_enter:
	mov	$HC_ENTRY_DS, %eax
	mov	%eax, %fs
	mov	%rdi, %rax
	mov	$HC_STACK_GPA + HC_STACK_MAX, %esp
	pushq	$HC_ENTRY_RFLAGS
	popfq
	.irp	reg, ebx, ecx, edx, edi, ebp, r8d, r9d, r10d, r11d, r12d, r13d, r14d, r15d
	xor	%\reg, %\reg
	.endr
	cli
	cld
	jmp	*%rax

	.section .note.GNU-stack, "", @progbits
