/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What went wrong in a launch command, in words: the command, what the kernel says, what the secure
 * processor says, and what to do. Tables only.
 */
#ifndef HC_VMM_PLATFORM_SNP_ERROR_H
#define HC_VMM_PLATFORM_SNP_ERROR_H

#include <stdint.h>

#include "common/error.h"
#include "vmm/kvm_uapi.h"

/* Statuses of the firmware that the code acts on (include/uapi/linux/psp-sev.h). */
#define SNP_STATUS_INVALID_PARAM 0x16u
#define SNP_STATUS_NONE          0u          /* the firmware was not the one that refused */
#define SNP_STATUS_NO_CALL       0xffffffffu /* the firmware was never called */

/* "INVALID_PARAM"; "unknown" for a number that is not in psp-sev.h. Never NULL. */
const char *snp_error_status(uint32_t status);

/* "KVM_SEV_SNP_LAUNCH_START"; "KVM_MEMORY_ENCRYPT_OP" for another number. */
const char *snp_error_command(uint32_t id);

/*
 * Fill `err` for a command that KVM answered with `rc` (-errno); command->error is the firmware's
 * status. `what`: of what it was the command ("CPUID page at 0x117000"), or NULL. Returns
 * HC_EPLATFORM, or HC_EBUSY where the same launch may pass later.
 */
int snp_error_fail(struct error *err, const struct kvm_sev_cmd *command, int rc, const char *what);

#endif
