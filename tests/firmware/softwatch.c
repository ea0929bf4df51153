/* SPDX-License-Identifier: Apache-2.0 */
/* What the software machines have in common: see softwatch.h. */
#include "tests/firmware/softwatch.h"

#include <stdlib.h>
#include <string.h>

#define LEAF_WRITE 2
#define LARGE_PAGE 0x200000ULL
#define MAP_STEP   0x10000ULL /* above the first 2 MiB everything is a multiple of 2 MiB */
#define E820_RAM   1
#define E820_ACPI  3

void softwatch_init(struct softwatch *w, struct guest *g)
{
	*w = (struct softwatch){.guest = g};
	w->window_seen = calloc(HC_STAGING_SIZE / 8, 1);
	if (!w->window_seen)
		abort();
}

void softwatch_fini(struct softwatch *w)
{
	free(w->window_seen);
	*w = (struct softwatch){0};
}

const struct fw_region *softwatch_region(const struct softwatch *w, uint64_t gpa)
{
	for (size_t i = 0; i < w->guest->image.region_count; i++) {
		const struct fw_region *r = &w->guest->image.region[i];

		if (gpa >= r->gpa && gpa - r->gpa < (uint64_t)r->pages * HC_PAGE_SIZE)
			return r;
	}
	return NULL;
}

static void read_once(struct softwatch *w, uint64_t from, unsigned int size)
{
	for (uint64_t at = from; at < from + size; at++) {
		if (w->window_seen[at / 8] >> at % 8 & 1)
			softcpu_violation(w->cpu, "reads byte 0x%llx of the window again",
				(unsigned long long)at);
		w->window_seen[at / 8] |= (uint8_t)(1u << at % 8);
	}
	w->window_reads += size;
}

void softwatch_window(struct softwatch *w, uint64_t gpa, unsigned int size, uint64_t leaf,
	enum softcpu_access kind)
{
	const uint64_t from = gpa - HC_STAGING_GPA;

	if (kind != SOFTCPU_READ) {
		softcpu_violation(w->cpu, "host memory used as kind %d", (int)kind);
		return;
	}
	read_once(w, from, size);
	if (leaf & LEAF_WRITE)
		softcpu_violation(w->cpu, "host memory is mapped writable");
}

static uint64_t blobs_len(const struct softwatch *w)
{
	return w->guest->plan.kernel.len + w->guest->plan.initrd.len;
}

static bool is_packed(const struct softwatch *w, uint64_t gpa)
{
	const struct range packed = guest_packed_range(w->guest);

	return gpa >= packed.start && gpa < packed.end;
}

static void packed_page(
	struct softwatch *w, uint64_t gpa, unsigned int size, enum softcpu_access kind)
{
	if (kind == SOFTCPU_READ)
		read_once(w, gpa - guest_packed_range(w->guest).start, size);
	else if (kind != SOFTCPU_WRITE)
		softcpu_violation(w->cpu, "what came with the launch used as kind %d", (int)kind);
	else if (w->window_reads != blobs_len(w))
		softcpu_violation(w->cpu, "writes to blobs that are still to be read");
}

void softwatch_launch_page(
	struct softwatch *w, uint64_t gpa, unsigned int size, enum softcpu_access kind)
{
	const struct fw_region *r = softwatch_region(w, gpa);
	bool tables, data;

	if (is_packed(w, gpa)) {
		packed_page(w, gpa, size, kind);
		return;
	}
	tables = r->gpa == HC_PAGETABLE_GPA;
	data = r->gpa == HC_BSS_GPA || r->gpa == HC_STACK_GPA;
	if (kind == SOFTCPU_WRITE && !tables && !data)
		softcpu_violation(
			w->cpu, "writes to a launch page at 0x%llx", (unsigned long long)gpa);
	if (kind == SOFTCPU_READ && r->role == HC_ROLE_HOSTFDT && w->hostfdt_closed)
		softcpu_violation(w->cpu, "reads the device tree later");
	if (kind == SOFTCPU_EXECUTE && r->gpa != HC_TEXT_GPA)
		softcpu_violation(w->cpu, "executes what is no text");
	if (kind == SOFTCPU_TABLE && !tables)
		softcpu_violation(w->cpu, "a page table among other launch pages");
}

/*
 * The next address to look at: above 4 GiB, where there may be a TiB of nothing, holes are looked
 * at in each 2 MiB only.
 */
static uint64_t next_at(const struct softwatch *w, uint64_t at, uint64_t step)
{
	return at + (at < HC_RAM_HIGH_BASE || guest_is_ram(w->guest, at) ? step : LARGE_PAGE);
}

/* All RAM accepted, once; the last page below 4 GiB is the launch's on TDX. */
static const char *memory_wrong(const struct softwatch *w, const struct softwatch_memory *m)
{
	for (uint64_t at = 0; at < w->guest->end; at = next_at(w, at, HC_PAGE_SIZE)) {
		const bool launch_area =
			(at >= HC_TEXT_GPA && at < HC_LAUNCH_END) || is_packed(w, at);
		const unsigned int times = m->times(m->machine, at);

		if (guest_is_lazy(w->guest, at) && times != 0)
			return "memory that is left to Linux was accepted";
		if (guest_is_lazy(w->guest, at))
			continue;
		if (guest_is_ram(w->guest, at) && !launch_area && times != 1)
			return "RAM was not accepted exactly once";
		if (!guest_is_ram(w->guest, at) && times)
			return "what is no RAM was accepted";
		if (is_packed(w, at) && times)
			return "a launch page was accepted";
		if (is_packed(w, at) && !bytes_all_zero(guest_memory(w->guest, at), HC_PAGE_SIZE))
			return "what came with the launch was not cleared";
	}
	return NULL;
}

/* The kernel is given what was accepted, and nothing of the launch. */
static const char *e820_wrong(
	const struct softwatch *w, const struct softwatch_memory *m, uint64_t rsi)
{
	for (uint64_t at = 0; at < w->guest->end;
		at = next_at(w, at, at < LARGE_PAGE ? HC_PAGE_SIZE : MAP_STEP)) {
		const uint32_t type = guest_e820_type(w->guest, rsi, at);
		const bool mine = at >= HC_TEXT_GPA && at < HC_ACPI_GPA;

		if (type == UINT32_MAX)
			return "the memory map has an address twice";
		if ((type == E820_RAM || type == E820_ACPI) && mine)
			return "the memory map gives the launch away";
		if (w->bent || (guest_is_lazy(w->guest, at) && guest_is_ram(w->guest, at)))
			continue;
		if ((type == E820_RAM || type == E820_ACPI) && !m->usable(m->machine, at))
			return "the memory map gives away what was not accepted";
		if (at >= LARGE_PAGE && guest_is_ram(w->guest, at) != (type == E820_RAM))
			return "the memory map is not the RAM";
	}
	return NULL;
}

static const char *leaf_wrong(const struct softwatch *w, struct softcpu *cpu,
	const struct softwatch_memory *m, uint64_t at)
{
	const struct range kernel = guest_kernel_range(w->guest);
	const bool open =
		at < HC_LOW_RESERVED || (at + LARGE_PAGE > kernel.start && at < kernel.end);
	const bool text = at >= HC_TEXT_GPA && at < HC_TEXT_GPA + HC_TEXT_MAX;
	const bool launch_area = at >= HC_TEXT_GPA && at < HC_LAUNCH_END;
	bool write = false, execute = false;
	const uint64_t leaf = softcpu_walk(cpu, at, &write, &execute);

	if (!leaf)
		return launch_area || (at >= HC_RAM_LOW_END && at < HC_RAM_HIGH_BASE)
			       ? NULL
			       : "memory is not mapped";
	if ((leaf & m->encryption_bits) != m->private_bits)
		return "memory is not mapped private";
	if ((write && execute) != open)
		return "the wrong memory is writable and executable";
	return execute && !open && !text ? "memory is executable that should not be" : NULL;
}

static const char *tables_wrong(
	const struct softwatch *w, struct softcpu *cpu, const struct softwatch_memory *m)
{
	const char *wrong = NULL;

	for (uint64_t at = 0; !wrong && at < w->guest->end;
		at += at < LARGE_PAGE ? HC_PAGE_SIZE : LARGE_PAGE)
		wrong = leaf_wrong(w, cpu, m, at);
	return wrong;
}

static const char *registers_wrong(struct softcpu *cpu, uint64_t cr3)
{
	static const enum softcpu_reg zero[] = {SOFTCPU_RBX, SOFTCPU_RCX, SOFTCPU_RDX, SOFTCPU_RBP,
		SOFTCPU_RDI, SOFTCPU_R8, SOFTCPU_R9, SOFTCPU_R10, SOFTCPU_R11, SOFTCPU_R12,
		SOFTCPU_R13, SOFTCPU_R14, SOFTCPU_R15};

	for (size_t i = 0; i < sizeof(zero) / sizeof(zero[0]); i++) {
		if (softcpu_get(cpu, zero[i]))
			return "a register is not zero";
	}
	if (softcpu_get(cpu, SOFTCPU_RFLAGS) & 0x600)
		return "interrupts on, or direction down";
	return softcpu_cr3(cpu) == cr3 ? NULL : "other page tables";
}

const char *softwatch_handover_wrong(
	struct softwatch *w, struct softcpu *cpu, const struct softwatch_memory *m)
{
	const uint64_t rsi = softcpu_get(cpu, SOFTCPU_RSI);
	const char *wrong = guest_handover_wrong(w->guest, rsi, m->setup_data);

	if (!wrong && !w->bent)
		wrong = memory_wrong(w, m);
	if (!wrong)
		wrong = e820_wrong(w, m, rsi);
	if (!wrong)
		wrong = guest_efi_wrong(w->guest, rsi);
	if (!wrong && !w->bent)
		wrong = tables_wrong(w, cpu, m);
	if (!wrong)
		wrong = registers_wrong(cpu, m->cr3);
	if (!wrong && w->window_reads != blobs_len(w))
		wrong = "not each byte of the blobs was read once";
	return wrong;
}
