/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Failures of KVM's TDX commands in words: the command, what errno says, the status with which the
 * TDX module ended its SEAMCALL where KVM hands that on, and what to do. Names and numbers: Intel
 * TDX Module ABI specification 348551, completion status codes and operand identifiers.
 */
#ifndef HC_VMM_PLATFORM_TDX_ERROR_H
#define HC_VMM_PLATFORM_TDX_ERROR_H

#include <stddef.h>
#include <stdint.h>

#include "common/error.h"

#define TDX_STATUS_TEXT 128 /* bytes that hold every text of tdx_status_text */

/* Of a completion status: bits 63:32 say what happened, 31:0 to which operand. */
#define TDX_STATUS_MASK            0xffffffff00000000ULL
#define TDX_STATUS_OPERAND_INVALID 0xc000010000000000ULL
#define TDX_STATUS_OPERAND_BUSY    0x8000020000000000ULL
#define TDX_OPERAND_CPUID_CONFIG   69u

/* "KVM_TDX_INIT_VM"; "KVM_TDX command N" for one that is unknown. */
const char *tdx_command_name(uint32_t command);

/*
 * "TDX_OPERAND_INVALID (0xc000010000000041), operand XFAM". A status without a name here comes with
 * its class: "TD state" and its like. 0: "" - KVM handed none on.
 */
void tdx_status_text(char out[TDX_STATUS_TEXT], uint64_t status);

/*
 * HC_EPLATFORM and all of `err` for a command that ended with rc = -errno and this status (hw_error
 * of struct kvm_tdx_cmd). The caller adds the page (error_at).
 */
int tdx_error(struct error *err, uint32_t command, int rc, uint64_t status);

/* What to do about a KVM_RUN that failed with -errno; NULL: nothing is known about that one. */
const char *tdx_run_remedy(int rc);

#endif
