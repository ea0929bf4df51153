/* SPDX-License-Identifier: Apache-2.0 */
/* The processor's own tables: see cpu.h. Intel SDM volume 3, sections 3.4, 6.14 and 7.7. */
#include "firmware/cpu.h"

#include <stdbool.h>
#include <stddef.h>

#include "firmware/abi/layout.h"
#include "firmware/platform.h"

/* 64-bit task state segment (SDM 7.7); only the one interrupt stack is used. */
struct tss {
	uint32_t reserved0;
	uint64_t rsp[3];
	uint64_t reserved1;
	uint64_t ist[7];
	uint64_t reserved2;
	uint16_t reserved3;
	uint16_t io_map;
} __attribute__((packed));
_Static_assert(sizeof(struct tss) == 104, "SDM 7.7");
_Static_assert(offsetof(struct tss, ist) == 36, "SDM 7.7");

/* 64-bit interrupt gate (SDM 6.14.1) */
struct gate {
	uint16_t offset_low;
	uint16_t selector;
	uint8_t ist;
	uint8_t type;
	uint16_t offset_mid;
	uint32_t offset_high;
	uint32_t reserved;
};
_Static_assert(sizeof(struct gate) == 16, "SDM 6.14.1");

/* What LGDT and LIDT take (SDM 3.5.1) */
struct table_register {
	uint16_t limit;
	uint64_t base;
} __attribute__((packed));
_Static_assert(sizeof(struct table_register) == 10, "SDM 3.5.1");

#define GDT_ENTRIES     (CPU_SEL_TSS / 8 + 2)
#define DESC_CODE       0x00af9b000000ffffULL /* 64-bit, accessed */
#define DESC_DATA       0x00cf93000000ffffULL /* flat, accessed */
#define DESC_TSS        0x0000890000000000ULL /* available */
#define GATE_INTERRUPT  0x8e
#define IST_INDEX       1
#define EXCEPTION_STACK 1024 /* bytes */

/*
 * libfdt comes compiled with the stack protector, which keeps its word at this offset of the FS
 * segment (x86-64 psABI). The word is a constant with a NUL and a newline in it: it finds overruns
 * by strings, it is no secret.
 */
#define CANARY_OFFSET 0x28
#define CANARY_VALUE  0x5a3c000a0dff9617ULL

static uint64_t gdt[GDT_ENTRIES];
static struct gate idt[CPU_VECTORS];
static struct tss tss;
static uint8_t exception_stack[EXCEPTION_STACK] __attribute__((aligned(16)));
static uint64_t canary;

extern const uint8_t exception_stubs[CPU_VECTORS][CPU_STUB_SIZE];
void cpu_segments_load(void);
_Noreturn void cpu_exception(uint32_t vector);
_Noreturn void __stack_chk_fail(void);

/* A descriptor's base, 32 bits of it, in the places SDM 3.4.5 gives it. */
static uint64_t desc_base(uint64_t base)
{
	return (base & 0xffffff) << 16 | (base >> 24 & 0xff) << 56;
}

static void gdt_build(void)
{
	const uint64_t canary_base = (uintptr_t)&canary - CANARY_OFFSET;
	const uint64_t tss_base = (uintptr_t)&tss;

	gdt[HC_ENTRY_CS / 8] = DESC_CODE;
	gdt[HC_ENTRY_DS / 8] = DESC_DATA;
	gdt[CPU_SEL_CANARY / 8] = DESC_DATA | desc_base(canary_base);
	gdt[CPU_SEL_TSS / 8] = DESC_TSS | desc_base(tss_base) | (sizeof(tss) - 1);
	gdt[CPU_SEL_TSS / 8 + 1] = tss_base >> 32;
}

static void idt_build(void)
{
	for (unsigned int i = 0; i < CPU_VECTORS; i++) {
		const uint64_t at = (uintptr_t)exception_stubs[i];

		idt[i].offset_low = (uint16_t)at;
		idt[i].offset_mid = (uint16_t)(at >> 16);
		idt[i].offset_high = (uint32_t)(at >> 32);
		idt[i].selector = HC_ENTRY_CS;
		idt[i].ist = IST_INDEX;
		idt[i].type = GATE_INTERRUPT;
	}
	tss.ist[IST_INDEX - 1] = (uintptr_t)exception_stack + sizeof(exception_stack);
	tss.io_map = sizeof(tss);
}

void cpu_setup(void)
{
	const struct table_register gdtr = {sizeof(gdt) - 1, (uintptr_t)gdt};
	const struct table_register idtr = {sizeof(idt) - 1, (uintptr_t)idt};

	canary = CANARY_VALUE;
	gdt_build();
	idt_build();
	__asm__ volatile("lgdt %0" ::"m"(gdtr));
	cpu_segments_load();
	__asm__ volatile("lidt %0" ::"m"(idtr));
}

_Noreturn void cpu_exception(uint32_t vector)
{
	/* Not even the last word gets out: this is no machine that the image was built for. */
	static bool dying;

	if (dying)
		cpu_stop();
	dying = true;
	platform.die(HC_REFUSE_EXCEPTION, (uint8_t)vector);
}

/* Called by code that was compiled with the stack protector and found its word changed. */
_Noreturn void __stack_chk_fail(void)
{
	platform.die(HC_REFUSE_BROKEN, 0);
}
