/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The walker as a bzImage: the fields of the boot header that a loader checks, and the 64-bit
 * entry. It maps 4 GiB one to one by itself and takes no exception: one ends the walk.
 */
#define LOAD      0x1000000
#define INIT_SIZE 0x200000

	.section .header, "a"
header:
	.org 0x1f1
	.byte 1			/* setup_sects */
	.word 0			/* root_flags */
	.long walker_paragraphs
	.word 0, 0, 0
	.word 0xaa55		/* boot_flag */
	.byte 0xeb, 0x6a	/* jump: the header ends at 0x26c */
	.ascii "HdrS"
	.word 0x020f		/* version */
	.long 0
	.word 0, 0
	.byte 0			/* type_of_loader */
	.byte 1			/* loadflags: LOADED_HIGH */
	.word 0
	.long LOAD		/* code32_start */
	.long 0, 0		/* ramdisk */
	.long 0
	.word 0
	.byte 0, 0
	.long 0			/* cmd_line_ptr */
	.long 0x7fffffff	/* initrd_addr_max */
	.long 0x200000		/* kernel_alignment */
	.byte 1, 21		/* relocatable, min_alignment */
	.word 1			/* xloadflags: KERNEL_64 */
	.long 2047		/* cmdline_size */
	.long 0
	.quad 0
	.long 0x200		/* payload_offset: there is none, but a loader wants one inside */
	.long 16		/* payload_length */
	.quad 0			/* setup_data */
	.quad LOAD		/* pref_address */
	.long INIT_SIZE		/* init_size */
	.long 0, 0
	.org 0x400

	.section .entry, "ax"
	.globl code
code:
	.code32
	hlt
	jmp code
	.org 0x200
	.code64
	cli
	cld
	leaq stack_end(%rip), %rsp
	movq %rsi, %rbp
	call map
	leaq pml4(%rip), %rax
	movq %rax, %cr3
	leaq gdt_pointer(%rip), %rax
	lgdt (%rax)
	call catch
	leaq idt_pointer(%rip), %rax
	lidt (%rax)
	movq %rbp, %rdi
	call walker_main
1:	hlt
	jmp 1b

/* PML4 -> PDPT -> four page directories of 2 MiB pages. */
map:
	leaq pdpt(%rip), %rax
	orq $3, %rax
	movq %rax, pml4(%rip)
	leaq pd(%rip), %rax
	orq $3, %rax
	leaq pdpt(%rip), %rdi
	movl $4, %ecx
1:	movq %rax, (%rdi)
	addq $8, %rdi
	addq $4096, %rax
	decl %ecx
	jnz 1b
	leaq pd(%rip), %rdi
	movq $0x83, %rax
	movl $2048, %ecx
1:	movq %rax, (%rdi)
	addq $8, %rdi
	addq $0x200000, %rax
	decl %ecx
	jnz 1b
	ret

/* All 256 vectors lead to `fault`. */
catch:
	leaq idt(%rip), %rdi
	leaq fault(%rip), %rax
	movl $256, %ecx
1:	movw %ax, (%rdi)
	movw $0x08, 2(%rdi)
	movw $0x8e00, 4(%rdi)
	movq %rax, %rdx
	shrq $16, %rdx
	movw %dx, 6(%rdi)
	movl $0, 8(%rdi)
	movl $0, 12(%rdi)
	addq $16, %rdi
	decl %ecx
	jnz 1b
	/* The entry code runs on a selector of the loader's; ours is flat 64-bit code as well. */
	popq %rax
	pushq $0x08
	pushq %rax
	lretq

fault:
	movq (%rsp), %rdi
	movq 8(%rsp), %rsi
	andq $-16, %rsp
	call walker_fault
1:	hlt
	jmp 1b

	.balign 8
gdt:
	.quad 0, 0x00af9b000000ffff, 0x00cf93000000ffff
gdt_pointer:
	.word 23
	.quad gdt
idt_pointer:
	.word 4095
	.quad idt

	.bss
	.balign 4096
pml4:	.skip 4096
pdpt:	.skip 4096
pd:	.skip 4 * 4096
idt:	.skip 4096
	.skip 16384
stack_end:

	.section .note.GNU-stack, "", @progbits
