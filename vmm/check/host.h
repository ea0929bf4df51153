/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `hc-vmm check` found on a machine, before anybody judges it. Each fact says whether it is
 * known: rc 0, or the -errno with which it could not be looked at. Nothing is guessed.
 */
#ifndef HC_VMM_CHECK_HOST_H
#define HC_VMM_CHECK_HOST_H

#include "vmm/check/probe.h"
#include "vmm/kvm_query.h"
#include "vmm/quote/quote_address.h"

#define HOST_LOG_LINES 8
#define HOST_LOG_LINE  160

struct fact {
	int rc;
	uint64_t value;
};

/* One module parameter, yes or no. */
enum host_param {
	PARAM_SEV,
	PARAM_SEV_ES,
	PARAM_SEV_SNP,
	PARAM_TDX,
	PARAM_EPT,
	PARAM_EPTAD,
	PARAM_APICV,
	PARAM_TDP_MMU,
	PARAM_MMIO_CACHING,
	PARAM_VIRT_AT_LOAD,
	PARAMS,
};
/* "kvm_amd.sev_snp" and the file of it. */
const char *host_param_name(enum host_param param);

/* Words of the "flags" line of /proc/cpuinfo: what the kernel lets itself use. */
enum host_flag {
	FLAG_SVM,
	FLAG_VMX,
	FLAG_SME,
	FLAG_SEV,
	FLAG_SEV_ES,
	FLAG_SEV_SNP,
	FLAG_TDX_HOST,
	FLAG_MOVDIR64B,
	FLAG_SELFSNOOP,
	FLAGS,
};
extern const char *const host_flag_names[FLAGS];

struct host_cpu {
	char vendor[13], brand[49];
	unsigned int family, model;
	bool in_vm; /* CPUID 1 ECX bit 31 */
	char hypervisor[13];
	uint32_t sev[4];      /* CPUID 0x8000001f; zero where there is no such leaf */
	uint32_t segments[4]; /* CPUID 0x80000025 */
	int flags_rc;
	bool flag[FLAGS];
};

/* Which module is behind /dev/kvm. */
enum host_kvm_kind { HOST_KVM_UNKNOWN, HOST_KVM_AMD, HOST_KVM_INTEL, HOST_KVM_PVM };

struct host_kvm {
	enum host_kvm_kind kind;
	int file_rc; /* of /dev/kvm */
	struct check_file file;
	int open_rc;
	struct fact version, speed;
	const char *lacks; /* the first of kvm_needs that is absent; NULL: none */
	/* Capabilities as KVM_CHECK_EXTENSION gives them. */
	struct fact vm_types, user_memory2, memory_fault, attributes, gmem, prefault, bus_cycles;
	struct fact gmem_flags, exit_hypercall;
	/* KVM_X86_GRP_SEV of /dev/kvm. */
	struct fact vmsa_features, policy_bits, req_certs;
	int tdx_rc; /* of KVM_TDX_CAPABILITIES; -ENOTTY where there is no TDX */
	struct kvm_tdx_capabilities tdx;
	struct fact tdx_vcpus; /* most in one TD */
};

struct host_snp {
	int file_rc; /* of /dev/sev */
	struct check_file file;
	int open_rc, status_rc;
	uint32_t firmware; /* SEV_RET_* where status_rc is -EIO */
	struct kvm_snp_status status;
	bool ccp; /* its module is loaded or built in */
	struct fact syscfg, rmp_base, rmp_end, rmp_cfg;
	struct fact ram_end; /* first byte after the last RAM, from /proc/iomem */
};

struct host_memory {
	struct fact total, available;                             /* bytes */
	struct fact huge_2m, huge_2m_free, huge_1g, huge_1g_free; /* pages in the pools */
	int thp_rc;
	char thp[16]; /* "always", "madvise", "never" */
};

#define HOST_UNLIMITED UINT64_MAX

struct host_limits {
	struct fact files, processes, locked, address_space; /* soft limits; HOST_UNLIMITED */
	struct fact pids, memory;                            /* of the control groups */
	int cgroup_version;                                  /* 1, 2, 0: none found */
	/* misc controller: what is left of ASIDs and keys for this group. */
	struct fact sev_es_max, sev_es_used, tdx_max, tdx_used;
};

struct host {
	int uname_rc;
	struct utsname uname;
	unsigned int kernel_major, kernel_minor; /* 0.0: not understood */
	int cmdline_rc;
	char cmdline[2048];
	int config_rc; /* of /boot/config-RELEASE */
	bool config_sev, config_psp, config_tdx;
	int log_rc;
	unsigned int log_lines;
	char log[HOST_LOG_LINES][HOST_LOG_LINE]; /* what the kernel said of SEV and TDX */
	int user_rc;
	struct check_user user;
	struct host_cpu cpu;
	struct fact param[PARAMS];
	struct fact smt; /* 1: active */
	struct host_kvm kvm;
	struct host_snp snp;
	struct host_memory memory;
	struct host_limits limits;
	int iommu_rc;
	char iommu[CHECK_NAME_MAX]; /* the first of /sys/class/iommu */
	struct fact hibernation;    /* 1: the kernel could hibernate */
	int seccomp_rc;
	struct quote_address quote; /* where TDX could be: the service asked */
	int quote_rc;
};

/*
 * Looks at everything. What cannot be looked at is said in its fact; nothing else can fail. `quote`
 * is the quote service to ask; NULL: the one that its own configuration names.
 */
void host_read(
	struct host *out, const struct check_probe *probe, const struct quote_address *quote);

/* Does KVM offer VMs of this type? Also false where it could not be asked. */
static inline bool host_offers(const struct host *h, unsigned int type)
{
	return !h->kvm.vm_types.rc && h->kvm.vm_types.value >> type & 1;
}

/* The parts of host_read. host_limits.c: */
void host_read_limits(struct host *out, const struct check_probe *probe);
/* host_kvm.c: KVM, the secure processor, the TDX module. After the processor is known. */
void host_read_kvm(struct host *out, const struct check_probe *probe);

/* One number, decimal or (base 0) 0x..., from a file. */
struct fact host_read_number(const struct check_probe *probe, const char *path, int base);
/* The text after `name` on the first line that starts with it, e.g. "MemTotal:"; NULL if none. */
const char *host_line(const char *text, const char *name);

#endif
