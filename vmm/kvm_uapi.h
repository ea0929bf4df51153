/* SPDX-License-Identifier: Apache-2.0 */
/*
 * KVM's interface for confidential guests where the installed headers are older than it: Debian 12
 * has those of Linux 6.1, the newest pieces here are of 7.0. What the headers have is theirs; the
 * rest is declared below under the kernel's own names. The assertions at the end hold for both, so
 * a build with old headers and one with new headers (make uapi-check) agree on every number.
 *
 * A header of ours, and not newer headers fetched at set-up: a build needs nothing but what the
 * distribution has, and every number on which a launch depends stands in one place to be audited.
 * Facts: Linux 7.3, include/uapi/linux/kvm.h and arch/x86/include/uapi/asm/kvm.h.
 */
#ifndef HC_VMM_KVM_UAPI_H
#define HC_VMM_KVM_UAPI_H

#include <linux/kvm.h>
#include <linux/kvm_para.h>
#include <stddef.h>
#include <stdint.h>

/* Linux 6.8: memory that only the guest reaches. */
#ifndef KVM_CAP_GUEST_MEMFD
#define KVM_CAP_USER_MEMORY2      231
#define KVM_CAP_MEMORY_FAULT_INFO 232
#define KVM_CAP_MEMORY_ATTRIBUTES 233
#define KVM_CAP_GUEST_MEMFD       234
#define KVM_CAP_VM_TYPES          235

#define KVM_X86_DEFAULT_VM      0
#define KVM_X86_SW_PROTECTED_VM 1

#define KVM_MEM_GUEST_MEMFD (1UL << 2)
struct kvm_userspace_memory_region2 {
	__u32 slot;
	__u32 flags;
	__u64 guest_phys_addr;
	__u64 memory_size;
	__u64 userspace_addr;
	__u64 guest_memfd_offset;
	__u32 guest_memfd;
	__u32 pad1;
	__u64 pad2[14];
};
#define KVM_SET_USER_MEMORY_REGION2 _IOW(KVMIO, 0x49, struct kvm_userspace_memory_region2)

#define KVM_MEMORY_ATTRIBUTE_PRIVATE (1ULL << 3)
struct kvm_memory_attributes {
	__u64 address;
	__u64 size;
	__u64 attributes;
	__u64 flags;
};
#define KVM_SET_MEMORY_ATTRIBUTES _IOW(KVMIO, 0xd2, struct kvm_memory_attributes)

struct kvm_create_guest_memfd {
	__u64 size;
	__u64 flags;
	__u64 reserved[6];
};
#define KVM_CREATE_GUEST_MEMFD _IOWR(KVMIO, 0xd4, struct kvm_create_guest_memfd)

#define KVM_EXIT_MEMORY_FAULT        39
#define KVM_MEMORY_EXIT_FLAG_PRIVATE (1ULL << 3)
#endif

/* Linux 6.18: guest_memfd that the host may map. */
#ifndef KVM_CAP_GUEST_MEMFD_FLAGS
#define KVM_CAP_GUEST_MEMFD_FLAGS    244
#define GUEST_MEMFD_FLAG_MMAP        (1ULL << 0)
#define GUEST_MEMFD_FLAG_INIT_SHARED (1ULL << 1)
#endif

#ifndef KVM_CAP_PRE_FAULT_MEMORY
#define KVM_CAP_PRE_FAULT_MEMORY 236
#endif
#ifndef KVM_CAP_X86_APIC_BUS_CYCLES_NS
#define KVM_CAP_X86_APIC_BUS_CYCLES_NS 237
#endif

/* Linux 6.10: KVM_SEV_INIT2. */
#ifndef KVM_X86_SEV_VMSA_FEATURES
#define KVM_X86_GRP_SEV           1
#define KVM_X86_SEV_VMSA_FEATURES 0
#define KVM_SEV_INIT2             22
struct kvm_sev_init {
	__u64 vmsa_features;
	__u32 flags;
	__u16 ghcb_version;
	__u16 pad1;
	__u32 pad2[8];
};
#endif

/* Linux 6.11: SEV-SNP. */
#ifndef KVM_X86_SNP_VM
#define KVM_X86_SNP_VM            4
#define KVM_SEV_SNP_LAUNCH_START  100
#define KVM_SEV_SNP_LAUNCH_UPDATE 101
#define KVM_SEV_SNP_LAUNCH_FINISH 102

struct kvm_sev_snp_launch_start {
	__u64 policy;
	__u8 gosvw[16];
	__u16 flags;
	__u8 pad0[6];
	__u64 pad1[4];
};

#define KVM_SEV_SNP_PAGE_TYPE_NORMAL     0x1
#define KVM_SEV_SNP_PAGE_TYPE_ZERO       0x3
#define KVM_SEV_SNP_PAGE_TYPE_UNMEASURED 0x4
#define KVM_SEV_SNP_PAGE_TYPE_SECRETS    0x5
#define KVM_SEV_SNP_PAGE_TYPE_CPUID      0x6
struct kvm_sev_snp_launch_update {
	__u64 gfn_start;
	__u64 uaddr;
	__u64 len;
	__u8 type;
	__u8 pad0;
	__u16 flags;
	__u32 pad1;
	__u64 pad2[4];
};

#define KVM_SEV_SNP_ID_BLOCK_SIZE    96
#define KVM_SEV_SNP_ID_AUTH_SIZE     4096
#define KVM_SEV_SNP_FINISH_DATA_SIZE 32
struct kvm_sev_snp_launch_finish {
	__u64 id_block_uaddr;
	__u64 id_auth_uaddr;
	__u8 id_block_en;
	__u8 auth_key_en;
	__u8 vcek_disabled;
	__u8 host_data[KVM_SEV_SNP_FINISH_DATA_SIZE];
	__u8 pad0[3];
	__u16 flags;
	__u64 pad1[4];
};
#endif

/* Linux 6.19 and 7.0. */
#ifndef KVM_X86_SNP_POLICY_BITS
#define KVM_X86_SNP_POLICY_BITS 1
#endif
#ifndef KVM_X86_SEV_SNP_REQ_CERTS
#define KVM_X86_SEV_SNP_REQ_CERTS    2
#define KVM_SEV_SNP_ENABLE_REQ_CERTS 103
#endif
#ifndef KVM_EXIT_SNP_REQ_CERTS
#define KVM_EXIT_SNP_REQ_CERTS 43
struct kvm_exit_snp_req_certs {
	__u64 gpa;
	__u64 npages;
	__u64 ret;
};
#endif

/* Linux 6.16: Intel TDX. */
#ifndef KVM_X86_TDX_VM
#define KVM_X86_TDX_VM 5

#define KVM_TDX_CAPABILITIES    0
#define KVM_TDX_INIT_VM         1
#define KVM_TDX_INIT_VCPU       2
#define KVM_TDX_INIT_MEM_REGION 3
#define KVM_TDX_FINALIZE_VM     4
#define KVM_TDX_GET_CPUID       5

struct kvm_tdx_cmd {
	__u32 id;
	__u32 flags;
	__u64 data;
	__u64 hw_error;
};

struct kvm_tdx_capabilities {
	__u64 supported_attrs;
	__u64 supported_xfam;
	__u64 kernel_tdvmcallinfo_1_r11;
	__u64 user_tdvmcallinfo_1_r11;
	__u64 kernel_tdvmcallinfo_1_r12;
	__u64 user_tdvmcallinfo_1_r12;
	__u64 reserved[250];
	struct kvm_cpuid2 cpuid;
};

struct kvm_tdx_init_vm {
	__u64 attributes;
	__u64 xfam;
	__u64 mrconfigid[6];
	__u64 mrowner[6];
	__u64 mrownerconfig[6];
	__u64 reserved[12];
	struct kvm_cpuid2 cpuid;
};

#define KVM_TDX_MEASURE_MEMORY_REGION (1ULL << 0)
struct kvm_tdx_init_mem_region {
	__u64 source_addr;
	__u64 gpa;
	__u64 nr_pages;
};
#endif
#ifndef KVM_EXIT_TDX
#define KVM_EXIT_TDX 40
#endif
#ifndef KVM_SYSTEM_EVENT_TDX_FATAL
#define KVM_SYSTEM_EVENT_TDX_FATAL 7
#endif

/*
 * What an exit left in struct kvm_run, whose union is anonymous and grows with the kernel: read and
 * written through KVM_RUN_EXIT(run), never by the union's newer members.
 */
#define KVM_RUN_EXIT_OFFSET 32
struct kvm_run_memory_fault {
	uint64_t flags, gpa, size;
};
struct kvm_run_hypercall {
	uint64_t nr, args[6], ret, flags;
};
struct kvm_run_system_event {
	uint32_t type, ndata;
	uint64_t data[16];
};
struct kvm_run_tdx {
	uint64_t flags, nr, ret; /* ret stands first in each of the following */
	union {
		struct {
			uint64_t gpa, size;
		} get_quote;
		struct {
			uint64_t leaf, r11, r12, r13, r14;
		} get_tdvmcall_info;
		struct {
			uint64_t vector;
		} setup_event_notify;
	};
};
union kvm_run_exit {
	struct kvm_run_memory_fault memory_fault;
	struct kvm_run_hypercall hypercall;
	struct kvm_run_system_event system_event;
	struct kvm_exit_snp_req_certs snp_req_certs;
	struct kvm_run_tdx tdx;
};
#define KVM_RUN_EXIT(run) ((union kvm_run_exit *)(void *)((uint8_t *)(run) + KVM_RUN_EXIT_OFFSET))

/* The TDVMCALL numbers and answers that KVM hands on (Intel GHCI 1.5). */
#define TDVMCALL_GET_TD_VM_CALL_INFO 0x10000
#define TDVMCALL_GET_QUOTE           0x10002
#define TDVMCALL_SETUP_EVENT_NOTIFY  0x10004
#define TDVMCALL_SUCCESS             0ULL
#define TDVMCALL_RETRY               1ULL
#define TDVMCALL_INVALID_OPERAND     0x8000000000000000ULL
#define TDVMCALL_GPA_INUSE           0x8000000000000001ULL
#define TDVMCALL_ALIGN_ERROR         0x8000000000000002ULL
#define TDVMCALL_UNSUPPORTED         0x8000000000000003ULL

#define UAPI_SIZE(type, bytes) _Static_assert(sizeof(type) == (bytes), #type)
#define UAPI_AT(type, member, offset)                                                              \
	_Static_assert(offsetof(type, member) == (offset), #type "." #member)
#define UAPI_IS(name, value) _Static_assert((name) == (value), #name)

UAPI_AT(struct kvm_run, exit_reason, 8);
UAPI_AT(struct kvm_run, hypercall, KVM_RUN_EXIT_OFFSET);
UAPI_AT(struct kvm_run_hypercall, args, 8);
UAPI_AT(struct kvm_run_hypercall, ret, 56);
UAPI_AT(struct kvm_run_system_event, data, 8);
UAPI_AT(struct kvm_run_tdx, get_quote, 24);
UAPI_AT(struct kvm_run_tdx, setup_event_notify, 24);
UAPI_SIZE(struct kvm_exit_snp_req_certs, 24);

UAPI_IS(KVM_SET_USER_MEMORY_REGION2, 0x40a0ae49);
UAPI_IS(KVM_SET_MEMORY_ATTRIBUTES, 0x4020aed2);
UAPI_IS(KVM_CREATE_GUEST_MEMFD, 0xc040aed4);
UAPI_IS(KVM_MEMORY_ENCRYPT_OP, 0xc008aeba);
UAPI_AT(struct kvm_userspace_memory_region2, guest_memfd_offset, 32);
UAPI_AT(struct kvm_userspace_memory_region2, guest_memfd, 40);
UAPI_IS(KVM_MEM_GUEST_MEMFD, 4);
UAPI_IS(KVM_MEMORY_ATTRIBUTE_PRIVATE, 8);
UAPI_IS(KVM_MEMORY_EXIT_FLAG_PRIVATE, 8);
UAPI_IS(GUEST_MEMFD_FLAG_MMAP, 1);
UAPI_IS(GUEST_MEMFD_FLAG_INIT_SHARED, 2);
UAPI_IS(KVM_HC_MAP_GPA_RANGE, 12);

UAPI_SIZE(struct kvm_sev_cmd, 24);
UAPI_AT(struct kvm_sev_cmd, data, 8);
UAPI_AT(struct kvm_sev_cmd, error, 16);
UAPI_IS(KVM_SEV_INIT2, 22);
UAPI_IS(KVM_SEV_SNP_LAUNCH_START, 100);
UAPI_IS(KVM_SEV_SNP_LAUNCH_UPDATE, 101);
UAPI_IS(KVM_SEV_SNP_LAUNCH_FINISH, 102);
UAPI_IS(KVM_SEV_SNP_ENABLE_REQ_CERTS, 103);
UAPI_SIZE(struct kvm_sev_init, 48);
UAPI_SIZE(struct kvm_sev_snp_launch_start, 64);
UAPI_SIZE(struct kvm_sev_snp_launch_update, 64);
UAPI_AT(struct kvm_sev_snp_launch_update, type, 24);
UAPI_AT(struct kvm_sev_snp_launch_update, flags, 26);
UAPI_SIZE(struct kvm_sev_snp_launch_finish, 88);
UAPI_AT(struct kvm_sev_snp_launch_finish, id_block_en, 16);
UAPI_AT(struct kvm_sev_snp_launch_finish, host_data, 19);
UAPI_AT(struct kvm_sev_snp_launch_finish, flags, 54);

UAPI_SIZE(struct kvm_tdx_cmd, 24);
UAPI_AT(struct kvm_tdx_cmd, hw_error, 16);
UAPI_IS(KVM_TDX_GET_CPUID, 5);
UAPI_AT(struct kvm_tdx_capabilities, cpuid, 2048);
UAPI_AT(struct kvm_tdx_init_vm, mrconfigid, 16);
UAPI_AT(struct kvm_tdx_init_vm, mrowner, 64);
UAPI_AT(struct kvm_tdx_init_vm, mrownerconfig, 112);
UAPI_AT(struct kvm_tdx_init_vm, reserved, 160);
UAPI_AT(struct kvm_tdx_init_vm, cpuid, 256);
UAPI_SIZE(struct kvm_tdx_init_mem_region, 24);

UAPI_IS(KVM_CAP_USER_MEMORY2, 231);
UAPI_IS(KVM_CAP_MEMORY_FAULT_INFO, 232);
UAPI_IS(KVM_CAP_MEMORY_ATTRIBUTES, 233);
UAPI_IS(KVM_CAP_GUEST_MEMFD, 234);
UAPI_IS(KVM_CAP_VM_TYPES, 235);
UAPI_IS(KVM_CAP_PRE_FAULT_MEMORY, 236);
UAPI_IS(KVM_CAP_X86_APIC_BUS_CYCLES_NS, 237);
UAPI_IS(KVM_CAP_GUEST_MEMFD_FLAGS, 244);
UAPI_IS(KVM_EXIT_MEMORY_FAULT, 39);
UAPI_IS(KVM_EXIT_TDX, 40);
UAPI_IS(KVM_EXIT_SNP_REQ_CERTS, 43);
UAPI_IS(KVM_SYSTEM_EVENT_TDX_FATAL, 7);
UAPI_IS(KVM_X86_SNP_VM, 4);
UAPI_IS(KVM_X86_TDX_VM, 5);
UAPI_IS(KVM_X86_GRP_SEV, 1);
UAPI_IS(KVM_X86_SNP_POLICY_BITS, 1);
UAPI_IS(KVM_X86_SEV_SNP_REQ_CERTS, 2);

#endif
