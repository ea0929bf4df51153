/* SPDX-License-Identifier: Apache-2.0 */
/* What config.c and config_json.c share; nobody else includes it. */
#ifndef HC_VMM_CONFIG_INTERNAL_H
#define HC_VMM_CONFIG_INTERNAL_H

#include <jansson.h>

#include "vmm/config.h"

#define MIB           0x100000ULL
#define VSOCK_CID_MIN 3 /* 0 to 2 are the hypervisor, loopback and the host */
#define VSOCK_CID_MAX 0xfffffffeu

/* Replace an owned string by a copy of `value`. */
HC_MUST_USE int vm_config_own(char **slot, const char *value, struct error *err);

/*
 * Take over `drive` (left empty), the root drive first since it is /dev/vda, the others in their
 * order. On error the caller still owns it.
 */
HC_MUST_USE int vm_config_add_drive(struct vm_config *c, struct vm_drive *drive, struct error *err);
void vm_drive_fini(struct vm_drive *drive);

/* 64 hex digits; `where` is what the error names. */
HC_MUST_USE int vm_config_host_data(
	struct vm_config *c, const char *hex, const char *where, struct error *err);

/*
 * What is SEV-SNP's own (config_snp.c). A member of "confidential" is the option of the same name
 * with '_' for '-'. set: a name that is none of these is tried as TDX's. check: for a guest of
 * `platform`.
 */
extern const char *const vm_config_snp_members[]; /* NULL-terminated */
void vm_config_snp_init(struct vm_config *c);
HC_MUST_USE int vm_config_snp_set(
	struct vm_config *c, const char *option, const char *value, struct error *err);
HC_MUST_USE int vm_config_snp_parse(struct vm_config *c, const json_t *obj, struct error *err);
HC_MUST_USE int vm_config_snp_check(
	const struct vm_config *c, enum hc_platform platform, struct error *err);

/* "anonymous" or "guest_memfd"; `where` is what the error names. */
HC_MUST_USE int vm_config_memory_backing(
	struct vm_config *c, const char *text, const char *where, struct error *err);

/* Is `option` the command line's name of this member: '-' for '_'? */
bool vm_config_is_option(const char *member, const char *option);

/* What is TDX's own (config_tdx.c), by the same rules. */
HC_MUST_USE int vm_config_tdx_set(
	struct vm_config *c, const char *option, const char *value, struct error *err);
HC_MUST_USE int vm_config_tdx_parse(struct vm_config *c, const json_t *obj, struct error *err);
HC_MUST_USE int vm_config_tdx_check(
	const struct vm_config *c, enum hc_platform platform, struct error *err);

HC_MUST_USE int vm_config_log_level(struct vm_config *c, const char *text, struct error *err);

#endif
