/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the TDX module does for its guest: TDCALL (TDX module 1.5 ABI specification, guest-side
 * functions). Also read by the assembler, which takes the mailbox (ACPI 6.4, 5.2.12.19).
 */
#ifndef HC_FIRMWARE_TDX_H
#define HC_FIRMWARE_TDX_H

#define MAILBOX_COMMAND 0
#define MAILBOX_APIC_ID 4
#define MAILBOX_VECTOR  8
#define MAILBOX_WAKEUP  1

#ifndef __ASSEMBLER__

#include <stdint.h>

#include "firmware/abi/layout.h"
#include "firmware/refusal.h"

/* Leaves */
#define TDX_INFO        1
#define TDX_RTMR_EXTEND 2
#define TDX_ACCEPT      6

/* Completion status, bits 63:32; below are details of the operands. */
#define TDX_STATUS_SHIFT     32
#define TDX_SUCCESS          0x00000000U
#define TDX_ALREADY_ACCEPTED 0x00000b0aU
#define TDX_SIZE_MISMATCH    0xc0000b0bU
#define TDX_OPERAND_BUSY     0x80000200U

#define TDX_GPAW_MASK 0x3f /* of RCX after TDX_INFO */
#define TDX_GPAW_4    48
#define TDX_GPAW_5    52

#define TDX_ATTRIBUTE_SEPT_VE_DISABLE (HC_U64(1) << 28)
#define TDX_ATTRIBUTE_PKS             (HC_U64(1) << 30)
#define TDX_ATTRIBUTE_PERFMON         (HC_U64(1) << 63)

#define TDX_ACCEPT_2M     1 /* level, in the low bits of the address */
#define TDX_DIGEST_ALIGN  64
#define TDX_REPORT_WORDS  9 /* what tdx_fatal takes: 64 bytes of text, then the code */
#define TDX_MESSAGE_BYTES 64

/* What the leaves above take and give; all they have besides is not looked at. */
struct tdx_regs {
	uint64_t rcx, rdx, r8;
};

/* Gives the status. R8 is not passed in. */
static inline uint64_t tdx_call(uint64_t leaf, struct tdx_regs *regs)
{
	__asm__ volatile(".byte 0x66, 0x0f, 0x01, 0xcc\n\t" /* tdcall */
			 "mov %%r8, %3"
			 : "+a"(leaf), "+c"(regs->rcx), "+d"(regs->rdx), "=m"(regs->r8)
			 :
			 : "r8", "r9", "r10", "r11", "memory", "cc");
	return leaf;
}

/* 1: the waiting vCPUs may look at the mailbox (entry_tdx.S). */
extern volatile uint32_t tdx_released;

/* ReportFatalError, for ever; see entry_tdx.S. */
FW_NORETURN void tdx_fatal(const uint64_t report[TDX_REPORT_WORDS]);

#endif
#endif
