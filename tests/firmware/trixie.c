/* SPDX-License-Identifier: Apache-2.0 */
/* Debian 13's kernel in a guest of the software machines: see trixie.h. */
#include "tests/firmware/trixie.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/file.h"

#define FILE_BYTES (256u << 20)
#define GIB        (1ULL << 30)
#define UNIT       0x200000ULL
#define BITMAP     (HC_EFI_GPA + 0x1000 + 24)

static bool file(struct bytes *out, const char *name)
{
	const char *folder = getenv("HC_GUEST_TRIXIE");
	struct error err = {0};
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", folder ? folder : HC_BUILD "/guest-trixie", name);
	return file_read(out, path, FILE_BYTES, &err) == 0;
}

bool trixie_open(struct trixie *t)
{
	Elf64_Ehdr eh;
	Elf64_Phdr ph;

	*t = (struct trixie){0};
	if (!file(&t->vmlinuz, "vmlinuz") || !file(&t->vmlinux, "vmlinux") ||
		t->vmlinux.len < sizeof(eh)) {
		trixie_close(t);
		return false;
	}
	memcpy(&eh, t->vmlinux.data, sizeof(eh));
	memcpy(&ph, t->vmlinux.data + eh.e_phoff, sizeof(ph));
	t->entry_offset = eh.e_entry - ph.p_paddr;
	t->entry = t->vmlinux.data + ph.p_offset + t->entry_offset;
	return true;
}

void trixie_close(struct trixie *t)
{
	bytes_free(&t->vmlinuz);
	bytes_free(&t->vmlinux);
}

void trixie_plan(struct guest_plan *out, const struct trixie *t, const char *image)
{
	static const struct range ram[] = {{0, TRIXIE_LOW}, {GIB, 3 * GIB}, {4 * GIB, 6 * GIB}};

	guest_plan_small(out, image, 0, 1);
	memcpy(out->ram, ram, sizeof(ram));
	out->ram_count = sizeof(ram) / sizeof(ram[0]);
	out->kernel = bytes_view(&t->vmlinuz);
	out->cmdline = "console=ttyS0 quiet";
}

static const char *unit_wrong(const struct guest *g, uint64_t at, bool (*accepted)(uint64_t gpa),
	bool used, uint64_t *units)
{
	const uint64_t n = (at - HC_EAGER_END) / UNIT;
	const bool left = guest_memory(g, BITMAP)[n / 8] >> n % 8 & 1;

	for (uint64_t page = at; page < at + UNIT; page += HC_PAGE_SIZE) {
		if (accepted(page) == left)
			return "the bitmap is not what was accepted";
	}
	*units += !left;
	return used && left ? "the kernel lies in memory that was not accepted" : NULL;
}

const char *trixie_wrong(const struct trixie *t, const struct guest *g, uint64_t at,
	bool (*accepted)(uint64_t gpa), uint64_t *units)
{
	const struct range kernel = {
		at - t->entry_offset, at - t->entry_offset + range_len(guest_kernel_range(g))};
	const char *wrong = NULL;

	*units = 0;
	if (kernel.start < HC_EAGER_END)
		return "the kernel lies where the firmware accepted memory: a run that shows "
		       "nothing";
	for (uint64_t gpa = HC_EAGER_END; !wrong && gpa < g->end; gpa += UNIT) {
		const bool used = gpa + UNIT > kernel.start && gpa < kernel.end;

		if (guest_is_ram(g, gpa))
			wrong = unit_wrong(g, gpa, accepted, used, units);
		else if (used)
			wrong = "the kernel lies where there is no memory";
	}
	return wrong;
}
