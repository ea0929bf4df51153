/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The processor from Linux's first instruction on, through the decompressor of a bzImage to the
 * first instruction of the kernel that it unpacked. The decompressor runs one to one like the
 * firmware, so the engine still runs flat; unlike the firmware it may use all its memory as it
 * likes. Here only memory that was accepted exists for the engine: a touch of anything else
 * (unaccepted RAM, the staging window, a hole) is a violation, and what Linux accepts comes into
 * being.
 */
#ifndef HC_TESTS_SOFTLINUX_H
#define HC_TESTS_SOFTLINUX_H

#include "tests/firmware/guest.h"
#include "tests/firmware/softcpu.h"

struct softlinux;

enum { SOFTLINUX_CPUID = 0xa2, SOFTLINUX_RDMSR = 0x32, SOFTLINUX_WRMSR = 0x30 };

/* What the machine does for an instruction that the engine does not know. */
struct softlinux_ops {
	/* At `bytes`, `len` of them; gives its length, 0 if it is none that Linux may use here. */
	unsigned int (*insn)(void *machine, const uint8_t *bytes, size_t len);
	/*
	 * CPUID, RDMSR or WRMSR about to execute, by its second opcode byte: 0 if it is done, or
	 * the vector of the exception that it is, whose error code goes to *code. NULL: the engine
	 * does them, CPUID by `cpuid`.
	 */
	int (*trapped)(void *machine, uint8_t opcode, uint64_t *code);
	/* CPUID, by its operands in RAX and RCX: RAX, RBX, RCX and RDX. */
	void (*cpuid)(void *machine, uint32_t leaf, uint32_t subleaf, uint32_t out[4]);
};

/* Starts with the registers of `entered`, a processor at Linux's entry. Both are borrowed. */
struct softlinux *softlinux_new(struct guest *g, const struct softcpu *entered,
	const struct softlinux_ops *ops, void *machine);
void softlinux_free(struct softlinux *l);

/* Memory that was accepted: from now on it is there. */
void softlinux_map(struct softlinux *l, uint64_t gpa, uint64_t len_bytes);

uint64_t softlinux_get(const struct softlinux *l, enum softcpu_reg reg);
void softlinux_set(struct softlinux *l, enum softcpu_reg reg, uint64_t value);
__attribute__((format(printf, 2, 3))) void softlinux_violation(
	struct softlinux *l, const char *format, ...);

/* A byte that Linux wrote to the first serial port. */
void softlinux_console(struct softlinux *l, uint8_t byte);
const char *softlinux_text(const struct softlinux *l);

/*
 * Run to the first instruction of the unpacked kernel, which starts with the `len` bytes at
 * `entry`. Gives its address; 0 after a violation, or if it does not get there.
 */
uint64_t softlinux_run(struct softlinux *l, const uint8_t *entry, size_t len);
const char *softlinux_violation_text(const struct softlinux *l);

#endif
