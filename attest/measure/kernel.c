/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is a kernel one that our firmware starts? The firmware judges for itself and more strictly
 * (firmware/bzimage.c); this is for a clear word before a digest is published that no guest can
 * have. Linux Documentation/arch/x86/boot.rst.
 */
#include "attest/measure/measure.h"

enum {
	AT_SETUP_SECTS = 0x1f1,
	AT_BOOT_FLAG = 0x1fe,
	AT_MAGIC = 0x202,
	AT_VERSION = 0x206,
	AT_LOADFLAGS = 0x211,
	AT_XLOADFLAGS = 0x236,
	HEADER_END = 0x290,
	SECTOR = 512,
};

static int refuse(struct error *err, int code, const char *field, uint64_t found, size_t at,
	const char *expected)
{
	error_fail(err, code, field, "0x%llx", (unsigned long long)found);
	error_expected(err, "%s", expected);
	error_at(err, at);
	error_section(err, "Linux boot protocol 2.12");
	error_remedy(err, "name the distribution's /boot/vmlinuz, or arch/x86/boot/bzImage of the "
			  "kernel's build");
	return code;
}

static int check_fields(const uint8_t *k, struct error *err)
{
	if (get_le16(k + AT_BOOT_FLAG) != 0xaa55)
		return refuse(err, HC_EFORMAT, "kernel: boot flag", get_le16(k + AT_BOOT_FLAG),
			AT_BOOT_FLAG, "0xaa55: a bzImage");
	if (get_le32(k + AT_MAGIC) != 0x53726448)
		return refuse(err, HC_EFORMAT, "kernel: magic", get_le32(k + AT_MAGIC), AT_MAGIC,
			"0x53726448 (\"HdrS\"): a bzImage");
	if (get_le16(k + AT_VERSION) < 0x020c)
		return refuse(err, HC_EUNSUPPORTED, "kernel: boot protocol",
			get_le16(k + AT_VERSION), AT_VERSION, "0x20c or later");
	if (!(k[AT_LOADFLAGS] & 1))
		return refuse(err, HC_EUNSUPPORTED, "kernel: loadflags", k[AT_LOADFLAGS],
			AT_LOADFLAGS, "bit 0: loaded high");
	if (!(get_le16(k + AT_XLOADFLAGS) & 1))
		return refuse(err, HC_EUNSUPPORTED, "kernel: xloadflags",
			get_le16(k + AT_XLOADFLAGS), AT_XLOADFLAGS, "bit 0: a 64-bit entry");
	return 0;
}

int kernel_check(struct view kernel, struct error *err)
{
	size_t sects, setup;
	int ret;

	if (kernel.len >= 4 && memcmp(kernel.data, "\177ELF", 4) == 0)
		return refuse(err, HC_EFORMAT, "kernel", get_le32(kernel.data), 0,
			"a bzImage: this is an ELF file (a vmlinux)");
	if (kernel.len < HEADER_END)
		return refuse(err, HC_ETRUNCATED, "kernel: size", kernel.len, kernel.len,
			"a bzImage, whose header ends at 0x290");
	ret = check_fields(kernel.data, err);
	if (ret)
		return ret;
	sects = kernel.data[AT_SETUP_SECTS] ? kernel.data[AT_SETUP_SECTS] : 4;
	setup = (sects + 1) * SECTOR;
	if (kernel.len <= setup)
		return refuse(err, HC_ETRUNCATED, "kernel: setup sectors", sects, AT_SETUP_SECTS,
			"something behind them");
	return 0;
}
