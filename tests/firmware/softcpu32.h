/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first instructions of a TDX vCPU: flat 32-bit protected mode without paging, up to the far
 * jump into 64-bit mode. A second Unicorn in 32-bit mode runs them; control registers are kept
 * here, and what the far jump would load is checked and put into the 64-bit processor. Only the
 * text and the reset page exist: anything else touched, and any instruction that leaves 32-bit code
 * otherwise, is a violation.
 */
#ifndef HC_TESTS_SOFTCPU32_H
#define HC_TESTS_SOFTCPU32_H

#include "tests/firmware/softcpu.h"

struct softcpu32 {
	uint32_t reg[8]; /* EAX ECX EDX EBX ESP EBP ESI EDI at the start */
	uint32_t eip, cr0, cr4;
	uint64_t text, text_len; /* guest-physical */
	uint8_t *text_memory, *reset_memory;
	uint64_t reset; /* guest-physical address of its page */
};

/* True if `cpu` is now at the first 64-bit instruction; false with a violation in `cpu`. */
bool softcpu32_enter(const struct softcpu32 *in, struct softcpu *cpu);

#endif
