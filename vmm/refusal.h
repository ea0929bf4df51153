/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest's last word, in words: what its firmware says through the channel of its platform
 * (firmware/abi/codes.h) and, on hardware, what a kernel says through the same one. All of it comes
 * from the guest: any value may come, and nothing but printable text goes out. Allocates nothing,
 * so that a vCPU's thread may use it.
 */
#ifndef HC_VMM_REFUSAL_H
#define HC_VMM_REFUSAL_H

#include <stdbool.h>
#include <stdint.h>

#include "common/log.h"

#define REFUSAL_WORDS    400
#define REFUSAL_TDX_REGS 16

struct refusal {
	bool firmware; /* written as the firmware does; false: in another's way */
	char words[REFUSAL_WORDS];
};

/* plain, sim: what was written to HC_PORT_REFUSE, its magic number apart. */
void refusal_from_port(struct refusal *out, uint8_t code, uint8_t detail);

/*
 * SNP: data[0] of KVM_SYSTEM_EVENT_SEV_TERM. A termination request of the GHCB MSR protocol (GHCB
 * 2.03, 2.3.1), or the address of the GHCB for an event of the GHCB itself, which has no reason.
 */
void refusal_from_snp(struct refusal *out, uint64_t value);

/*
 * TDX: data[] of KVM_SYSTEM_EVENT_TDX_FATAL: RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8..R15 of
 * ReportFatalError (GHCI 1.5, 3.4). Only the registers that RCX names are text.
 */
void refusal_from_tdx(struct refusal *out, const uint64_t reg[REFUSAL_TDX_REGS]);

/* The exit status: VMM_EXIT_REFUSED from the firmware, else VMM_EXIT_CRASHED. */
int refusal_status(const struct refusal *r);

/*
 * One line, as an error. by_kernel: the firmware had left already, so that its words were a
 * kernel's; a line says so first.
 */
void refusal_log(const struct log *log, const struct refusal *r, bool by_kernel);

#endif
