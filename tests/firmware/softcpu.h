/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A processor in software for the real firmware images: Unicorn executes their instructions, and
 * this file does what a confidential guest's processor does around them. Chosen because it runs the
 * same bytes inside the test program, calls back for every access and every block, and is a
 * package; the instructions it does not know are found in the text beforehand and given to a model.
 *
 * Unicorn runs flat: what it calls an address is a virtual one. The firmware maps one to one, so
 * its memory is the guest's; but every access is first walked through the guest's own page tables
 * here, with their C-bit or shared bit (which Unicorn's own walk would take for reserved), held
 * against the rights it finds, and then shown to the model of the machine. Anything a sound
 * firmware never does is a violation: it stops the run and fails the test, whatever the boot would
 * have come to.
 *
 * Violations found here: a mapping that is not one to one or that is writable and executable,
 * executed memory that no block of the text is, I/O, CPUID, time stamps, any instruction that
 * confidential guests may not use without a handler, an exception before there are vectors.
 */
#ifndef HC_TESTS_SOFTCPU_H
#define HC_TESTS_SOFTCPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct softcpu;

enum softcpu_stop {
	SOFTCPU_RUNNING,
	SOFTCPU_ENTERED,  /* about to execute at `until` */
	SOFTCPU_HALTED,   /* HLT */
	SOFTCPU_BLOCKED,  /* the host has to act, and does not */
	SOFTCPU_SHUTDOWN, /* triple fault */
	SOFTCPU_BUDGET,   /* more blocks than a boot takes */
	SOFTCPU_VIOLATION,
};

enum softcpu_access { SOFTCPU_READ, SOFTCPU_WRITE, SOFTCPU_EXECUTE, SOFTCPU_TABLE };

enum softcpu_insn {
	SOFTCPU_PVALIDATE = 1,
	SOFTCPU_RMPADJUST,
	SOFTCPU_VMGEXIT,
	SOFTCPU_TDCALL,
	SOFTCPU_RDMSR,
	SOFTCPU_WRMSR,
	SOFTCPU_PAUSE,
	/* The rest is for softcpu.c. */
	SOFTCPU_HLT,
	SOFTCPU_READ_CR,
	SOFTCPU_WRITE_CR,
	SOFTCPU_FORBIDDEN,
};

enum softcpu_reg {
	SOFTCPU_RAX,
	SOFTCPU_RCX,
	SOFTCPU_RDX,
	SOFTCPU_RBX,
	SOFTCPU_RSP,
	SOFTCPU_RBP,
	SOFTCPU_RSI,
	SOFTCPU_RDI,
	SOFTCPU_R8,
	SOFTCPU_R9,
	SOFTCPU_R10,
	SOFTCPU_R11,
	SOFTCPU_R12,
	SOFTCPU_R13,
	SOFTCPU_R14,
	SOFTCPU_R15,
	SOFTCPU_RIP,
	SOFTCPU_RFLAGS,
	SOFTCPU_REGS,
};

/* The machine around the processor. `leaf` is the entry of the page tables that maps the page. */
struct softcpu_ops {
	uint64_t address_bits; /* of an entry of the page tables that are the address of a page */
	/* Memory behind a guest-physical address, to the end of its page; NULL: none. */
	uint8_t *(*memory)(void *machine, uint64_t gpa);
	/* 0, or the vector of the exception, or SOFTCPU_HOST if it is the host that has to act. */
	int (*access)(void *machine, uint64_t gpa, unsigned int size, uint64_t leaf,
		enum softcpu_access kind);
	/* One of the instructions up to SOFTCPU_PAUSE: as for access. RIP moves on afterwards. */
	int (*insn)(void *machine, enum softcpu_insn insn);
};
#define SOFTCPU_HOST (-1)

/* Aborts the test program if Unicorn does not start. `text` is guest-physical and one to one. */
struct softcpu *softcpu_new(const struct softcpu_ops *ops, void *machine);
void softcpu_free(struct softcpu *cpu);

/* Guest memory at [gpa, gpa + len_bytes), before anything runs. */
void softcpu_map(struct softcpu *cpu, uint64_t gpa, void *memory, uint64_t len_bytes);

/* Find the instructions that need the model in [gpa, gpa + len_bytes), which nothing may change. */
void softcpu_text(struct softcpu *cpu, uint64_t gpa, uint64_t len_bytes);

uint64_t softcpu_get(const struct softcpu *cpu, enum softcpu_reg reg);
void softcpu_set(struct softcpu *cpu, enum softcpu_reg reg, uint64_t value);
void softcpu_set_cr3(struct softcpu *cpu, uint64_t cr3);
void softcpu_set_gdtr(struct softcpu *cpu, uint64_t base, uint32_t limit);
uint64_t softcpu_cr3(const struct softcpu *cpu);
void softcpu_set_carry(struct softcpu *cpu, bool carry);

/* From RIP on, until something of enum softcpu_stop happens. `until` 0: nowhere. */
enum softcpu_stop softcpu_run(struct softcpu *cpu, uint64_t until, uint64_t max_blocks);

/* An exception or interrupt, whatever the guest wants, before the next instruction. For callbacks.
 */
void softcpu_raise(struct softcpu *cpu, int vector);

/* Stop at the next block boundary; softcpu_run gives SOFTCPU_RUNNING and may be called again. */
void softcpu_pause(struct softcpu *cpu);

/* Record the first violation and stop. */
__attribute__((format(printf, 2, 3))) void softcpu_violation(
	struct softcpu *cpu, const char *format, ...);
const char *softcpu_violation_text(const struct softcpu *cpu);

/* The leaf that maps `va`, 0 if none does; *writable and *executable by all levels. */
uint64_t softcpu_walk(struct softcpu *cpu, uint64_t va, bool *writable, bool *executable);

uint64_t softcpu_blocks(const struct softcpu *cpu);
/* The lowest address in [base, base + size) that was written, or base + size. */
void softcpu_watch_stack(struct softcpu *cpu, uint64_t base, uint64_t size);
uint64_t softcpu_stack_lowest(const struct softcpu *cpu);

#endif
