/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the platforms without memory encryption have in common: memory is just there, and a refusal
 * is one write to a port. The images for real confidential hardware include none of this.
 */
#ifndef HC_FIRMWARE_PORT_H
#define HC_FIRMWARE_PORT_H

#include "firmware/abi/codes.h"
#include "firmware/abi/layout.h"
#include "firmware/cpu.h"
#include "firmware/paging.h"
#include "firmware/refusal.h"
#include "firmware/staging.h"

static inline void port_map_staging(void)
{
	paging_map_staging(0, 0);
}

static inline FW_NORETURN void port_die(uint8_t code, uint8_t detail)
{
	cpu_out32(HC_PORT_REFUSE, (uint32_t)HC_REFUSE_MAGIC << 16 | (uint32_t)detail << 8 | code);
	cpu_stop();
}

#endif
