/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ports of firmware/abi/sim_mailbox.h in front of a sim_psp. The guest is hostile: whatever it
 * does out of order, with another width or one word too many ends in STATUS_BAD_REQUEST and drops
 * the request. The mailbox lies in the caller's storage and allocates nothing. Not thread-safe: the
 * caller serialises vCPUs.
 */
#ifndef HC_VMM_SIM_SIM_MAILBOX_H
#define HC_VMM_SIM_SIM_MAILBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "vmm/sim/sim_psp.h"

#define SIM_MAILBOX_PORT_FIRST HC_SIM_PORT_SIGNATURE
#define SIM_MAILBOX_PORT_COUNT 16

struct sim_mailbox {
	struct sim_psp *psp;
	uint32_t status;
	bool collecting; /* between CMD_BEGIN and the command that uses the request */
	uint32_t request_len, response_len, response_pos; /* bytes */
	uint8_t request[HC_SIM_REQUEST_SIZE];
	uint8_t response[SIM_PSP_RESPONSE_SIZE + HC_SIM_CERTS_MAX];
};

/* `psp` is borrowed. */
void sim_mailbox_init(struct sim_mailbox *mb, struct sim_psp *psp);

/* Guest wrote or reads `width` bytes (1, 2, 4) at `port` in [FIRST, FIRST + COUNT). */
void sim_mailbox_out(struct sim_mailbox *mb, uint16_t port, unsigned int width, uint32_t value);
uint32_t sim_mailbox_in(struct sim_mailbox *mb, uint16_t port, unsigned int width);

#endif
