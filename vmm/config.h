/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a guest is made of: Firecracker's configuration file (boot-source, machine-config, drives,
 * vsock, logger) plus our "confidential" object, and the command line's overrides. Strict: a member
 * that is unknown, or asks for something that is not built here, is an error with its path.
 * hc-measure reads the same files through this header, so nothing here opens a file but the
 * configuration.
 */
#ifndef HC_VMM_CONFIG_H
#define HC_VMM_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attest/measure/measure.h"
#include "common/error.h"
#include "common/log.h"

#define VM_DRIVES_MAX 16
/* Longest configuration file, bytes. */
#define VM_CONFIG_MAX 65536

/* Strings are owned by the configuration; NULL where not given. */
struct vm_drive {
	char *id;
	char *path;
	char *partuuid; /* of the root file system, for a root drive */
	bool root, read_only;
};

#define VM_HOST_DATA_SIZE 32 /* bytes of HOST_DATA in an SNP report */

/* TDX. vmm/config_tdx.c */
struct vm_config_tdx {
	uint64_t attributes; /* of the TD, beside TDX_ATTRIBUTES */
	bool has_mrconfigid, has_owner;
	uint8_t mrconfigid[SHA384_SIZE]; /* instead of the tenant policy's digest */
	uint8_t mrowner[SHA384_SIZE], mrownerconfig[SHA384_SIZE]; /* zero unless given */
};

/* Does the author key enter the report? By default if the ID authentication file has one. */
enum vm_author_key { VM_AUTHOR_KEY_IF_THERE, VM_AUTHOR_KEY_NO, VM_AUTHOR_KEY_YES };

/* sev-snp; the guest policy and its permissions on sim-snp too. vmm/config_snp.c */
struct vm_config_snp {
	uint64_t policy; /* guest policy of the launch (SNP firmware ABI, 4.3) */
	bool migration_allowed;
	bool vcek_disabled;      /* VCEK_DIS of SNP_LAUNCH_FINISH: reports under a VLEK only */
	bool strict_cpuid;       /* no correction of the CPUID page is taken */
	char *certificates_path; /* file or folder for extended guest requests; NULL: none */
};

struct vm_config {
	char *kernel_path, *initrd_path, *boot_args;
	uint32_t vcpu_count;
	uint64_t ram_bytes;
	bool huge_pages; /* "Transparent": madvise(MADV_HUGEPAGE) */
	size_t drive_count;
	struct vm_drive drive[VM_DRIVES_MAX]; /* in slot order: the root drive first */
	char *vsock_path;                     /* NULL: no vsock */
	uint32_t vsock_cid;
	char *log_path;
	enum log_level log_level;
	bool log_off;
	char *platform;      /* name of vmm/platform/platform.h */
	char *firmware_path; /* NULL: beside the program */
	char *sim_state;     /* NULL: the program's default */
	char *manifest_path; /* a manifest page made elsewhere; NULL: made from the above */
	bool guest_memfd;    /* "memory_backing": RAM of plain and sim is one guest_memfd */
	bool ram_exact;      /* "memory": "exact": ram_bytes is in the manifest as its bounds */
	/* What a launch carries beside its pages; not in the launch digest. */
	char *id_block_path, *id_auth_path; /* both or none */
	enum vm_author_key author_key;
	bool has_host_data;
	uint8_t host_data[VM_HOST_DATA_SIZE];
	char *tenant_policy_path; /* its SHA-256 is HOST_DATA; not with host_data */
	bool debug_allowed;       /* somebody named it: the host may read such a guest */
	struct vm_config_snp snp;
	char *quote_service; /* TDX: as in vmm/quote/quote_address.h; NULL: none */
	struct vm_config_tdx tdx;
};

/* Firecracker's defaults: 1 vCPU, 128 MiB; platform plain. */
void vm_config_init(struct vm_config *config);
void vm_config_fini(struct vm_config *config);

/* Read a file, or text, into an initialised configuration. HC_ENOMEM, HC_EIO or what json.h says.
 */
HC_MUST_USE int vm_config_load(struct vm_config *config, const char *path, struct error *err);
HC_MUST_USE int vm_config_parse(struct vm_config *config, const char *text, size_t len,
	const char *what, struct error *err);

/*
 * One override, option name without dashes: kernel, initrd, cmdline, vcpus, memory (MiB), platform,
 * firmware, memory-backing, manifest, sim-state, id-block, id-auth, tenant-policy, host-data (64
 * hex digits), log, log-level, drive (PATH[,ro][,root], added), vsock (CID:PATH), guest-policy (a
 * number), debug and migration ("allowed"), vcek ("disabled"), cpuid ("strict"), certificates,
 * quote-service. HC_EUSAGE for another name.
 */
HC_MUST_USE int vm_config_set(
	struct vm_config *config, const char *option, const char *value, struct error *err);

/* Is it complete and within the boot contract's limits? Call once all of it is read. */
HC_MUST_USE int vm_config_check(const struct vm_config *config, struct error *err);

/*
 * The guest's command line as it is measured: boot_args (or the default), without "pci=off" since
 * every device here is on PCI, then Firecracker's "root=/dev/vda rw" (or ro, or root=PARTUUID=...)
 * for a root drive. HC_ERANGE if longer than the boot contract allows.
 */
HC_MUST_USE int vm_config_cmdline(
	const struct vm_config *config, char out[HC_CMDLINE_MAX + 1], struct error *err);

/* Was "pci=off" taken out of the command line? hc-vmm says so in its log. */
bool vm_config_drops_pci_off(const struct vm_config *config);

/* The PCI functions of the guest: drives from slot 1, then the vsock. Returns how many. */
size_t vm_config_devices(
	const struct vm_config *config, struct hc_manifest_device out[HC_DEVICES_MAX]);

/* The platform by its name in the configuration; HC_EUNSUPPORTED for one that is unknown. */
HC_MUST_USE int vm_config_platform(
	const struct vm_config *config, enum hc_platform *out, struct error *err);

/*
 * Everything of manifest_build's inputs but the contents of kernel and initrd, which the caller
 * adds. `cmdline` is the caller's buffer, borrowed by `out`.
 */
HC_MUST_USE int vm_config_inputs(const struct vm_config *config, char cmdline[HC_CMDLINE_MAX + 1],
	struct guest_inputs *out, struct error *err);

#endif
