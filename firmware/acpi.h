/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ACPI tables of the guest (ACPI 6.4): constants, and the number of vCPUs. Never anything that
 * the host supplied: a table with bytecode of the host would run it in the guest's kernel.
 */
#ifndef HC_FIRMWARE_ACPI_H
#define HC_FIRMWARE_ACPI_H

#include <stdint.h>

#include "firmware/abi/layout.h"

/*
 * RSDP, XSDT, FADT, MADT and DSDT into `area`, which is zeroed memory at `gpa`. 1 <= vcpu_count <=
 * HC_VCPUS_MAX. Returns the guest-physical address of the RSDP.
 */
uint64_t acpi_build(uint8_t area[HC_ACPI_SIZE], uint64_t gpa, uint32_t vcpu_count);

#endif
