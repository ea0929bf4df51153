/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The processor's own tables: segments, interrupt vectors, and the stack that exceptions use. All
 * exceptions are fatal. Also read by the assembler, which takes the constants.
 */
#ifndef HC_FIRMWARE_CPU_H
#define HC_FIRMWARE_CPU_H

#define CPU_SEL_CANARY 0x20
#define CPU_SEL_TSS    0x28
#define CPU_VECTORS    32
#define CPU_STUB_SIZE  16 /* bytes */

#ifndef __ASSEMBLER__

#include <stdint.h>

/* Load segments, task register and vectors; called once, before anything can fault on purpose. */
void cpu_setup(void);

/* Leave for the kernel; see entry.S. */
_Noreturn void linux_enter(uint64_t entry, uint64_t boot_params);

static inline void cpu_out32(uint16_t port, uint32_t value)
{
	__asm__ volatile("outl %0, %1" ::"a"(value), "d"(port));
}

static inline _Noreturn void cpu_stop(void)
{
	for (;;)
		__asm__ volatile("cli; hlt" ::: "memory");
}

static inline void cpu_flush_tlb(void)
{
	uint64_t cr3;

	__asm__ volatile("mov %%cr3, %0; mov %0, %%cr3" : "=r"(cr3)::"memory");
}

/* Copy forward, each byte read exactly once. */
static inline void cpu_copy(void *to, const void *from, uint64_t len_bytes)
{
	uint64_t words = len_bytes / 8, rest = len_bytes % 8;

	__asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words)::"memory");
	__asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(rest)::"memory");
}

#endif
#endif
