/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What TDX adds to entry.S, which includes this at HC_ENTRY_TDX. Every vCPU starts at the end of the reset page,
 * in flat 32-bit protected mode without paging, EFER.LME and NXE set, ESI the index that the TDX module
 * gave it (TDX module 1.5 base specification, initial state of guest registers). RBX, RCX and R8 come from
 * the host or are not needed; nothing but ESI is believed.
 */
#define CR0_WP_PG  0x80010000
#define CR4_PAE    0x20
#define TDG_VMCALL 0
#define TDVMCALL_REPORT_FATAL_ERROR 0x10003
/* Registers that the host may see: RDX, RBX, RSI, RDI and R8 to R15. */
#define TDVMCALL_MESSAGE_REGISTERS  0xffcc

	/* Before paging, and for vCPUs that wait: in a measured page, accessed bits set beforehand. */
	.code32
entry_tdx:
	cli
	cld
	lgdt	tdx_gdtr
	mov	%cr4, %eax
	or	$CR4_PAE, %eax
	mov	%eax, %cr4
	mov	$HC_PAGETABLE_GPA, %eax
	mov	%eax, %cr3
	mov	%cr0, %eax
	or	$CR0_WP_PG, %eax
	mov	%eax, %cr0
	ljmp	$HC_ENTRY_CS, $1f
	.code64
1:	mov	$HC_ENTRY_DS, %eax
	.irp	seg, ds, es, fs, gs, ss
	mov	%eax, %\seg
	.endr
	mov	%esi, %esi
	test	%esi, %esi
	jz	entry_bsp

	/*
	 * All others: as soon as the host likes, and so before any memory is accepted. Until the first vCPU
	 * says that the mailbox is there they touch launch pages only. Then Linux names one by its APIC id
	 * and where to go (ACPI 5.2.12.19); the id is the vCPU's index.
	 */
1:	pause
	cmpl	$1, tdx_released(%rip)
	jne	1b
	mov	$HC_MAILBOX_GPA, %ebx
2:	pause
	movzwl	MAILBOX_COMMAND(%rbx), %eax
	cmp	$MAILBOX_WAKEUP, %ax
	jne	2b
	cmp	%esi, MAILBOX_APIC_ID(%rbx)
	jne	2b
	mov	MAILBOX_VECTOR(%rbx), %rdx
	/* The processor may have looked at low memory before that was made executable. */
	mov	%cr3, %rax
	mov	%rax, %cr3
	movw	$0, MAILBOX_COMMAND(%rbx)
	jmp	*%rdx

	.balign	8
tdx_gdt:
	.quad	0
	.quad	0
	.quad	0x00af9b000000ffff /* HC_ENTRY_CS */
	.quad	0x00cf93000000ffff /* HC_ENTRY_DS */
tdx_gdtr:
	.word	. - tdx_gdt - 1
	.long	tdx_gdt

	/*
	 * void tdx_fatal(const uint64_t report[9]): 64 bytes of text, then the code (GHCI 3.4). RBP, which
	 * the host does not get, keeps the way back to them: it is told again if it comes back.
	 */
	.globl	tdx_fatal
tdx_fatal:
	mov	%rdi, %rbp
1:	mov	0x00(%rbp), %r14
	mov	0x08(%rbp), %r15
	mov	0x10(%rbp), %rbx
	mov	0x18(%rbp), %rdi
	mov	0x20(%rbp), %rsi
	mov	0x28(%rbp), %r8
	mov	0x30(%rbp), %r9
	mov	0x38(%rbp), %rdx
	mov	0x40(%rbp), %r12
	mov	$TDG_VMCALL, %eax
	mov	$TDVMCALL_MESSAGE_REGISTERS, %ecx
	xor	%r10d, %r10d
	mov	$TDVMCALL_REPORT_FATAL_ERROR, %r11d
	xor	%r13d, %r13d
	.byte	0x66, 0x0f, 0x01, 0xcc /* tdcall */
	pause
	jmp	1b

	/* The page of the reset vector; its jump wraps to low memory. Paging is off while it is used. */
	.section .reset, "ax"
	.org	0xff0
	.byte	0xe9 /* jmp rel32 */
	.long	(HC_ENTRY_TDX - HC_TDX_RESET_GPA - 0xff5) & 0xffffffff
	.org	0x1000
	.text
