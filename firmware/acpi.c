/* SPDX-License-Identifier: Apache-2.0 */
/* The ACPI tables: see acpi.h. Numbers in brackets are sections of the ACPI specification 6.4. */
#include "firmware/acpi.h"

#include <stddef.h>
#include <string.h>

#include "common/bytes.h"

/* firmware/dsdt.asl as iasl compiled it. */
static const uint8_t dsdt[] = {
#include "dsdt.inc"
};

/* Where each table lies in the area. */
enum {
	RSDP_AT = 0x000,
	XSDT_AT = 0x040,
	FADT_AT = 0x080,
	MADT_AT = 0x200,
	CCEL_AT = 0x380,
	DSDT_AT = 0x400,
};

/* Every table but the RSDP starts with this header (5.2.6). */
enum {
	HDR_SIGNATURE = 0,
	HDR_LENGTH = 4,
	HDR_REVISION = 8,
	HDR_CHECKSUM = 9,
	HDR_OEM_ID = 10,
	HDR_OEM_TABLE_ID = 16,
	HDR_OEM_REVISION = 24,
	HDR_CREATOR_ID = 28,
	HDR_CREATOR_REVISION = 32,
	HDR_SIZE = 36,
};

/* RSDP (5.2.5.3) */
enum {
	RSDP_CHECKSUM = 8,
	RSDP_OEM_ID = 9,
	RSDP_REVISION = 15,
	RSDP_LENGTH = 20,
	RSDP_XSDT = 24,
	RSDP_CHECKSUM_ALL = 32,
	RSDP_SIZE_V1 = 20,
	RSDP_SIZE = 36,
};

/* XSDT (5.2.8) */
enum { XSDT_ENTRIES = HDR_SIZE, XSDT_ENTRIES_MAX = 3 };

/* FADT (5.2.9); all that is not written is zero, which hardware-reduced ACPI requires. */
enum {
	FADT_DSDT = 40,
	FADT_BOOT_ARCH = 109,
	FADT_FLAGS = 112,
	FADT_RESET_REG = 116,
	FADT_RESET_VALUE = 128,
	FADT_MINOR = 131,
	FADT_X_DSDT = 140,
	FADT_SLEEP_CONTROL = 244,
	FADT_SLEEP_STATUS = 256,
	FADT_SIZE = 276,
};
#define FADT_MINOR_VERSION 4
#define BOOT_ARCH_NO_VGA   (1u << 2)
#define BOOT_ARCH_NO_ASPM  (1u << 4)
#define BOOT_ARCH_NO_RTC                                                                           \
	(1u << 5) /* as an ACPI device; Linux reads the clock's ports all the same */
#define FADT_WBINVD          (1u << 0)
#define FADT_NO_POWER_BUTTON (1u << 4)
#define FADT_NO_SLEEP_BUTTON (1u << 5)
#define FADT_RESET_SUPPORTED (1u << 10)
#define FADT_HW_REDUCED      (1u << 20)

/* Generic address structure (5.2.3.2) */
enum { GAS_SPACE = 0, GAS_BITS = 1, GAS_ACCESS = 3, GAS_ADDRESS = 4 };
#define GAS_SYSTEM_IO   1
#define GAS_BYTE_ACCESS 1

/* MADT (5.2.12) and its processor local APIC structure (5.2.12.2) */
enum {
	MADT_LAPIC = 36,
	MADT_ENTRIES = 44,
	CPU_TYPE = 0,
	CPU_LENGTH = 1,
	CPU_UID = 2,
	CPU_APIC_ID = 3,
	CPU_FLAGS = 4,
	CPU_SIZE = 8,
};
#define CPU_ENABLED 1

/* Multiprocessor wake-up, in the MADT (5.2.12.19); mailbox version 0. */
enum {
	WAKEUP_TYPE = 0,
	WAKEUP_LENGTH = 1,
	WAKEUP_MAILBOX = 8,
	WAKEUP_SIZE = 16,
	WAKEUP_TYPE_VALUE = 0x10,
};

/* CC Event Log (5.2.34) */
enum { CCEL_TYPE = 36, CCEL_LOG_LENGTH = 40, CCEL_LOG_ADDRESS = 48, CCEL_SIZE = 56 };
#define CCEL_TYPE_TDX 2

_Static_assert(RSDP_AT + RSDP_SIZE <= XSDT_AT, "RSDP and XSDT");
_Static_assert(XSDT_AT + XSDT_ENTRIES + 8 * XSDT_ENTRIES_MAX <= FADT_AT, "XSDT and FADT");
_Static_assert(FADT_AT + FADT_SIZE <= MADT_AT, "FADT and MADT");
_Static_assert(
	MADT_AT + MADT_ENTRIES + HC_VCPUS_MAX * CPU_SIZE + WAKEUP_SIZE <= CCEL_AT, "MADT and CCEL");
_Static_assert(CCEL_AT + CCEL_SIZE <= DSDT_AT, "CCEL and DSDT");
_Static_assert(DSDT_AT + sizeof(dsdt) <= HC_ACPI_SIZE, "DSDT and the end of the area");
_Static_assert(HC_PCI_MMIO32_GPA + HC_PCI_MMIO32_SIZE - 1 == HC_PCI_MMIO32_LAST, "dsdt.asl");
_Static_assert(HC_VCPUS_MAX < 255, "APIC ids fit the 8-bit structure");

#define OEM_ID         "HCLOS "
#define OEM_TABLE_ID   "HUISCLOS"
#define CREATOR_ID     "HCLS"
#define TABLE_REVISION 1 /* ours: OEM and creator revision */

/* The byte that makes the sum of all bytes zero, given that it was zero before. */
static uint8_t checksum(const uint8_t *p, size_t len)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < len; i++)
		sum = (uint8_t)(sum + p[i]);
	return (uint8_t)(0 - sum);
}

static void table_begin(uint8_t *t, const char signature[4], size_t len, uint8_t revision)
{
	memcpy(t + HDR_SIGNATURE, signature, 4);
	put_le32(t + HDR_LENGTH, (uint32_t)len);
	t[HDR_REVISION] = revision;
	memcpy(t + HDR_OEM_ID, OEM_ID, 6);
	memcpy(t + HDR_OEM_TABLE_ID, OEM_TABLE_ID, 8);
	put_le32(t + HDR_OEM_REVISION, TABLE_REVISION);
	memcpy(t + HDR_CREATOR_ID, CREATOR_ID, 4);
	put_le32(t + HDR_CREATOR_REVISION, TABLE_REVISION);
}

static void table_end(uint8_t *t)
{
	t[HDR_CHECKSUM] = checksum(t, get_le32(t + HDR_LENGTH));
}

static void gas_port(uint8_t *gas, uint16_t port)
{
	gas[GAS_SPACE] = GAS_SYSTEM_IO;
	gas[GAS_BITS] = 8;
	gas[GAS_ACCESS] = GAS_BYTE_ACCESS;
	put_le64(gas + GAS_ADDRESS, port);
}

static void rsdp_build(uint8_t *t, uint64_t xsdt)
{
	memcpy(t, "RSD PTR ", 8);
	memcpy(t + RSDP_OEM_ID, OEM_ID, 6);
	t[RSDP_REVISION] = 2;
	put_le32(t + RSDP_LENGTH, RSDP_SIZE);
	put_le64(t + RSDP_XSDT, xsdt);
	t[RSDP_CHECKSUM] = checksum(t, RSDP_SIZE_V1);
	t[RSDP_CHECKSUM_ALL] = checksum(t, RSDP_SIZE);
}

static void xsdt_build(uint8_t *t, const uint64_t *tables, size_t count)
{
	table_begin(t, "XSDT", XSDT_ENTRIES + 8 * count, 1);
	for (size_t i = 0; i < count; i++)
		put_le64(t + XSDT_ENTRIES + 8 * i, tables[i]);
	table_end(t);
}

static void fadt_build(uint8_t *t, uint64_t dsdt_gpa)
{
	table_begin(t, "FACP", FADT_SIZE, 6);
	put_le32(t + FADT_DSDT, (uint32_t)dsdt_gpa);
	put_le16(t + FADT_BOOT_ARCH, BOOT_ARCH_NO_VGA | BOOT_ARCH_NO_ASPM | BOOT_ARCH_NO_RTC);
	put_le32(t + FADT_FLAGS, FADT_WBINVD | FADT_NO_POWER_BUTTON | FADT_NO_SLEEP_BUTTON |
					 FADT_RESET_SUPPORTED | FADT_HW_REDUCED);
	gas_port(t + FADT_RESET_REG, HC_PORT_RESET);
	t[FADT_RESET_VALUE] = HC_RESET_VALUE;
	t[FADT_MINOR] = FADT_MINOR_VERSION;
	put_le64(t + FADT_X_DSDT, dsdt_gpa);
	gas_port(t + FADT_SLEEP_CONTROL, HC_PORT_SLEEP_CTRL);
	gas_port(t + FADT_SLEEP_STATUS, HC_PORT_SLEEP_STATUS);
	table_end(t);
}

/* Local APIC ids are 0 to vcpu_count - 1; no I/O APIC, no legacy interrupt controller (flags 0). */
static void madt_build(uint8_t *t, uint32_t vcpu_count, uint64_t mailbox)
{
	uint8_t *entry = t + MADT_ENTRIES;

	for (uint32_t i = 0; i < vcpu_count; i++, entry += CPU_SIZE) {
		entry[CPU_TYPE] = 0;
		entry[CPU_LENGTH] = CPU_SIZE;
		entry[CPU_UID] = (uint8_t)i;
		entry[CPU_APIC_ID] = (uint8_t)i;
		put_le32(entry + CPU_FLAGS, CPU_ENABLED);
	}
	if (mailbox) {
		entry[WAKEUP_TYPE] = WAKEUP_TYPE_VALUE;
		entry[WAKEUP_LENGTH] = WAKEUP_SIZE;
		put_le64(entry + WAKEUP_MAILBOX, mailbox);
		entry += WAKEUP_SIZE;
	}
	table_begin(t, "APIC", (size_t)(entry - t), 5);
	put_le32(t + MADT_LAPIC, (uint32_t)HC_LAPIC_GPA);
	table_end(t);
}

static void ccel_build(uint8_t *t, const struct acpi_extra *extra)
{
	table_begin(t, "CCEL", CCEL_SIZE, 1);
	t[CCEL_TYPE] = CCEL_TYPE_TDX;
	put_le64(t + CCEL_LOG_LENGTH, extra->log_len);
	put_le64(t + CCEL_LOG_ADDRESS, extra->log);
	table_end(t);
}

uint64_t acpi_build(uint8_t area[HC_ACPI_SIZE], uint64_t gpa, uint32_t vcpu_count,
	const struct acpi_extra *extra)
{
	const uint64_t tables[XSDT_ENTRIES_MAX] = {gpa + FADT_AT, gpa + MADT_AT, gpa + CCEL_AT};

	rsdp_build(area + RSDP_AT, gpa + XSDT_AT);
	xsdt_build(area + XSDT_AT, tables, extra->log ? XSDT_ENTRIES_MAX : XSDT_ENTRIES_MAX - 1);
	fadt_build(area + FADT_AT, gpa + DSDT_AT);
	madt_build(area + MADT_AT, vcpu_count, extra->mailbox);
	if (extra->log)
		ccel_build(area + CCEL_AT, extra);
	memcpy(area + DSDT_AT, dsdt, sizeof(dsdt));
	return gpa + RSDP_AT;
}
