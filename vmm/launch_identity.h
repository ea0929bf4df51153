/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a launch carries beside its pages: ID block, ID authentication information and HOST_DATA on
 * SNP, MRCONFIGID on TDX. None of it is in the launch digest. Who checks an ID block is the secure
 * processor, at the end of launch.
 */
#ifndef HC_VMM_LAUNCH_IDENTITY_H
#define HC_VMM_LAUNCH_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>

#include "attest/measure/id_block.h"
#include "common/error.h"
#include "vmm/config.h"

struct launch_identity {
	bool has_id_block;
	bool author_key; /* AUTHOR_KEY_EN of SNP_LAUNCH_FINISH */
	uint8_t id_block[SNP_ID_BLOCK_SIZE], id_auth[SNP_ID_AUTH_SIZE];
	uint8_t host_data[VM_HOST_DATA_SIZE]; /* zero unless configured */
	uint8_t mrconfigid[SHA384_SIZE];      /* as configured, SHA-384 of the policy, or 0 */
};

/*
 * Read the files that a checked configuration names. HC_EIO, or HC_EFORMAT with the file for one
 * of another size than an ID block (96 bytes) or ID authentication information (4096) has.
 */
HC_MUST_USE int launch_identity_read(
	struct launch_identity *out, const struct vm_config *config, struct error *err);

#endif
