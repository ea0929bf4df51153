/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ACPI tables of the guest (ACPI 6.4): constants, and the number of vCPUs. Never anything that
 * the host supplied: a table with bytecode of the host would run it in the guest's kernel.
 */
#ifndef HC_FIRMWARE_ACPI_H
#define HC_FIRMWARE_ACPI_H

#include <stdint.h>

#include "firmware/abi/layout.h"

/* Guest-physical addresses; 0: no such structure. */
struct acpi_extra {
	uint64_t mailbox;      /* of the multiprocessor wake-up, for the MADT (5.2.12.19) */
	uint64_t log, log_len; /* of confidential computing events, for a CCEL table; bytes */
};

/*
 * RSDP, XSDT, FADT, MADT and DSDT, and CCEL if there is a log, into `area`, which is zeroed memory
 * at `gpa`. 1 <= vcpu_count <= HC_VCPUS_MAX. Returns the guest-physical address of the RSDP.
 */
uint64_t acpi_build(uint8_t area[HC_ACPI_SIZE], uint64_t gpa, uint32_t vcpu_count,
	const struct acpi_extra *extra);

#endif
