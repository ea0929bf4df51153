/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Test tool: a stock kernel whose acceptance of memory is simulated. Linux accepts memory by the
 * instructions of TDX or SNP and stops on any other machine ("Cannot accept memory: unknown
 * platform"), in the decompressor and in the kernel alike. This makes both go on as if the memory
 * had been accepted, and changes nothing else: table, bitmap and allocator are the distribution's.
 *
 *	simaccept BZIMAGE VMLINUX OUT
 *
 * VMLINUX is the kernel unpacked from BZIMAGE. The decompressor is changed in place. The kernel is
 * packed in it, so a few instructions are added which change it in memory after it was unpacked,
 * where the decompressor has code for SNP guests, which this one is not.
 */
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/file.h"

#define FILE_MAX_BYTES (256u << 20)
#define NEAR           0x400 /* bytes between the two reports of arch_accept_memory */

static const char unknown[] = "Cannot accept memory: unknown platform\n";
static const char failed[] = "TDX: Failed to accept memory\n";

struct code {
	uint8_t *at; /* first byte of the part that holds the code */
	size_t len;
};

static void die(const char *what)
{
	fprintf(stderr, "simaccept: %s: this kernel has another shape than the one known here\n",
		what);
	exit(1);
}

static size_t find(struct code c, const void *what, size_t len, size_t from)
{
	const uint8_t *p = from < c.len ? memmem(c.at + from, c.len - from, what, len) : NULL;

	return p ? (size_t)(p - c.at) : SIZE_MAX;
}

static size_t find_one(struct code c, const void *bytes, size_t len, const char *what)
{
	const size_t at = find(c, bytes, len, 0);

	if (at == SIZE_MAX || find(c, bytes, len, at + 1) != SIZE_MAX)
		die(what);
	return at;
}

/* Where a jump or call of 4 bytes distance at `at` (opcode not counted) goes. */
static size_t target(struct code c, size_t at)
{
	return at + 4 + (size_t)(int64_t)(int32_t)get_le32(c.at + at);
}

/* The one jump (JMP, or JE if `je`) to `to`: the offset behind it. */
static size_t jump_to(struct code c, size_t to, bool je)
{
	size_t found = SIZE_MAX;

	for (size_t at = 1; at + 4 <= c.len; at++) {
		if (target(c, at) != to ||
			(je ? c.at[at - 1] != 0x84 || at < 2 || c.at[at - 2] != 0x0f
			    : c.at[at - 1] != 0xe9))
			continue;
		if (found != SIZE_MAX)
			die("two jumps to one report");
		found = at + 4;
	}
	return found;
}

/*
 * Where the code goes on after TDX has accepted memory: behind the JE that leads to the report of
 * its failure, by itself or by one jump more.
 */
static size_t accepted(struct code c, size_t failure)
{
	size_t at = jump_to(c, failure, true);

	if (at == SIZE_MAX) {
		const size_t jump = jump_to(c, failure, false);

		at = jump == SIZE_MAX ? SIZE_MAX : jump_to(c, jump - 5, true);
	}
	if (at == SIZE_MAX)
		die("where memory is accepted");
	return at;
}

static void put_jump(uint8_t *at, size_t from, size_t to)
{
	at[0] = 0xe9;
	put_le32(at + 1, (uint32_t)(to - from - 5));
}

/* The instruction LEA text(%rip), %rdi of position-independent code. */
static size_t report_lea(struct code c, const char *text, size_t len)
{
	static const uint8_t lea[] = {0x48, 0x8d, 0x3d};
	const size_t string = find_one(c, text, len, text);

	for (size_t at = find(c, lea, 3, 0); at != SIZE_MAX; at = find(c, lea, 3, at + 1)) {
		if (at + 7 <= c.len && target(c, at + 3) == string)
			return at;
	}
	die(text);
	return 0;
}

/* The instruction MOV $text, %rdi of the kernel, whose text has the low 32 bits of its address. */
static size_t report_mov(struct code c, uint32_t address, const char *text, size_t len)
{
	uint8_t mov[7] = {0x48, 0xc7, 0xc7};

	put_le32(mov + 3, address + (uint32_t)find_one(c, text, len, text));
	return find_one(c, mov, sizeof(mov), text);
}

/* The first segment, and its virtual and physical address and the entry. */
static struct code kernel_code(struct bytes *vmlinux, Elf64_Phdr *ph, uint64_t *entry)
{
	Elf64_Ehdr eh;

	if (vmlinux->len < sizeof(eh) + sizeof(*ph))
		die("vmlinux");
	memcpy(&eh, vmlinux->data, sizeof(eh));
	if (eh.e_phoff > vmlinux->len - sizeof(*ph))
		die("vmlinux");
	memcpy(ph, vmlinux->data + eh.e_phoff, sizeof(*ph));
	if (ph->p_type != PT_LOAD || ph->p_offset > vmlinux->len ||
		ph->p_filesz > vmlinux->len - ph->p_offset || eh.e_entry < ph->p_paddr)
		die("vmlinux");
	*entry = eh.e_entry;
	return (struct code){vmlinux->data + ph->p_offset, ph->p_filesz};
}

/* Bytes to put at `at`, counted from the kernel's entry. */
struct change {
	uint32_t at;
	uint8_t jump[5];
};

static struct change kernel_change(struct bytes *vmlinux)
{
	struct change out;
	Elf64_Phdr ph;
	uint64_t entry;
	const struct code c = kernel_code(vmlinux, &ph, &entry);
	const uint32_t address = (uint32_t)ph.p_vaddr;
	const size_t report = report_mov(c, address, unknown, sizeof(unknown) - 1);
	const size_t failure = report_mov(c, address, failed, sizeof(failed) - 1);

	put_jump(out.jump, report, accepted(c, failure));
	out.at = (uint32_t)(ph.p_paddr + report - entry);
	return out;
}

/*
 * The way out of the decompressor, MOV %r15, %rsi; JMP *%rax with RAX the kernel's entry: by way of
 * `room`, where the kernel is changed first.
 */
static void change_at_exit(struct code c, size_t room, const struct change *change)
{
	static const uint8_t way_out[] = {0x4c, 0x89, 0xfe, 0xff, 0xe0};
	const size_t way = find_one(c, way_out, sizeof(way_out), "the decompressor's last jump");
	uint8_t *p = c.at + room;

	put_jump(c.at + way, way, room);
	for (size_t i = 0; i < sizeof(change->jump); i++) { /* MOVB $byte, at(%rax) */
		*p++ = 0xc6;
		*p++ = 0x80;
		put_le32(p, change->at + (uint32_t)i);
		p[4] = change->jump[i];
		p += 5;
	}
	memcpy(p, way_out, sizeof(way_out));
}

static void image_change(struct code c, const struct change *change)
{
	const size_t report = report_lea(c, unknown, sizeof(unknown) - 1);
	const size_t to = accepted(c, report_lea(c, failed, sizeof(failed) - 1));
	size_t snp = SIZE_MAX;

	if (report > to + NEAR || to > report + NEAR)
		die("the decompressor");
	/* The last jump out of the function before the report is the one to snp_accept_memory. */
	for (size_t at = to; at < report; at++) {
		if (c.at[at] == 0xe9 && at + 5 <= c.len && target(c, at + 1) < c.len &&
			(target(c, at + 1) < to - NEAR || target(c, at + 1) > report))
			snp = target(c, at + 1);
	}
	if (snp == SIZE_MAX)
		die("the decompressor's code for SNP");
	put_jump(c.at + report, report, to);
	change_at_exit(c, snp, change);
}

int main(int argc, char **argv)
{
	struct bytes image = {0}, vmlinux = {0};
	struct error err = {0};
	struct change change;
	size_t code;
	int rc;

	if (argc != 4) {
		fprintf(stderr, "usage: simaccept BZIMAGE VMLINUX OUT\n");
		return 2;
	}
	rc = file_read(&image, argv[1], FILE_MAX_BYTES, &err);
	if (!rc)
		rc = file_read(&vmlinux, argv[2], FILE_MAX_BYTES, &err);
	if (rc || image.len < 0x1000) {
		fprintf(stderr, "simaccept: %s: cannot be read\n", err.where);
		return 1;
	}
	change = kernel_change(&vmlinux);
	code = ((size_t)(image.data[0x1f1] ? image.data[0x1f1] : 4) + 1) * 512;
	image_change((struct code){image.data + code, image.len - code}, &change);
	rc = file_write(argv[3], image.data, image.len, 0644, &err);
	bytes_free(&image);
	bytes_free(&vmlinux);
	return rc ? 1 : 0;
}
