/* SPDX-License-Identifier: Apache-2.0 */
/* Tables, and how to look in them. Allocates nothing: the last function is for vCPU threads. */
#include "vmm/platform/tdx_error.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

#include "vmm/kvm_uapi.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* Bits 63:32. Those that a host can meet while it makes, fills and runs a TD. */
static const struct {
	uint32_t code;
	const char *name, *remedy; /* remedy NULL: that of the command and errno */
} statuses[] = {
	{0x40000001, "TDX_NON_RECOVERABLE_VCPU", NULL},
	{0x60000002, "TDX_NON_RECOVERABLE_TD", NULL},
	{0x80000003, "TDX_INTERRUPTED_RESUMABLE", NULL},
	{0x80000004, "TDX_INTERRUPTED_RESTARTABLE", NULL},
	{0x60000005, "TDX_NON_RECOVERABLE_TD_NON_ACCESSIBLE", NULL},
	{0xc0000006, "TDX_INVALID_RESUMPTION", NULL},
	{0xe0000007, "TDX_NON_RECOVERABLE_TD_WRONG_APIC_MODE", NULL},
	{0xc0000100, "TDX_OPERAND_INVALID", NULL}, /* the operand decides */
	{0xc0000101, "TDX_OPERAND_ADDR_RANGE_ERROR", NULL},
	{0x80000200, "TDX_OPERAND_BUSY",
		"other guests are being made or ended on this host: try again"},
	{0x80000201, "TDX_PREVIOUS_TLB_EPOCH_BUSY", "try again"},
	{0x80000202, "TDX_SYS_BUSY", "the TDX module is being set up or updated: try again"},
	{0x80000203, "TDX_RND_NO_ENTROPY",
		"the processor's random numbers were used up for a moment: try again"},
	{0x80000204, "TDX_OPERAND_BUSY_HOST_PRIORITY", "try again"},
	{0xc0000300, "TDX_PAGE_METADATA_INCORRECT", NULL},
	{0xc0000302, "TDX_PAGE_NOT_OWNED_BY_TD", NULL},
	{0xc0000303, "TDX_PAGE_NOT_FREE", NULL},
	{0xc0000400, "TDX_TD_ASSOCIATED_PAGES_EXIST", NULL},
	{0xc0000502, "TDX_SYS_LP_INIT_NOT_DONE",
		"a processor came online after the TDX module was set up: see dmesg; reboot"},
	{0xc0000505, "TDX_SYS_NOT_READY",
		"the TDX module is not set up: see dmesg and hc-vmm check"},
	{0xc0000506, "TDX_SYS_SHUTDOWN", "the TDX module was shut down: reboot this host"},
	{0xe0000604, "TDX_TD_FATAL", NULL},
	{0xc0000605, "TDX_TD_NON_DEBUG", NULL},
	{0xc0000606, "TDX_TDCS_NOT_ALLOCATED", NULL},
	{0xc0000607, "TDX_LIFECYCLE_STATE_INCORRECT", NULL},
	{0xc0000608, "TDX_OP_STATE_INCORRECT", NULL},
	{0xc0000609, "TDX_NO_VCPUS", NULL},
	{0xc0000610, "TDX_TDCX_NUM_INCORRECT", NULL},
	{0xc0000621, "TDX_X2APIC_ID_NOT_UNIQUE", NULL},
	{0xc0000700, "TDX_VCPU_STATE_INCORRECT", NULL},
	{0x80000701, "TDX_VCPU_ASSOCIATED", NULL},
	{0x80000702, "TDX_VCPU_NOT_ASSOCIATED", NULL},
	{0xc0000705, "TDX_MAX_VCPUS_EXCEEDED", "give the guest fewer vCPUs"},
	{0xc0000706, "TDX_TSC_ROLLBACK", NULL},
	{0xc0000731, "TD_VMCS_FIELD_ERROR", NULL},
	{0x80000800, "TDX_KEY_GENERATION_FAILED",
		"the processor's random numbers were used up for a moment: try again"},
	{0x80000810, "TDX_TD_KEYS_NOT_CONFIGURED", NULL},
	{0xc0000811, "TDX_KEY_STATE_INCORRECT", NULL},
	{0x00000815, "TDX_KEY_CONFIGURED", NULL},
	{0x80000817, "TDX_WBCACHE_NOT_COMPLETE", NULL},
	{0xc0000820, "TDX_HKID_NOT_FREE", NULL},
	{0x80000824, "TDX_FLUSHVP_NOT_DONE", NULL},
	{0xc0000900, "TDX_INCORRECT_CPUID_VALUE", NULL},
	{0xc0000902, "TDX_INCONSISTENT_CPUID_FIELD", NULL},
	{0xc0000903, "TDX_CPUID_MAX_SUBLEAVES_UNRECOGNIZED", NULL},
	{0xc0000904, "TDX_CPUID_LEAF_1F_FORMAT_UNRECOGNIZED", NULL},
	{0xc0000908, "TDX_CPUID_LEAF_NOT_SUPPORTED", NULL},
	{0xc0000921, "TDX_INCORRECT_MSR_VALUE", NULL},
	{0xc0000b00, "TDX_EPT_WALK_FAILED", NULL},
	{0xc0000b01, "TDX_EPT_ENTRY_FREE", NULL},
	{0xc0000b02, "TDX_EPT_ENTRY_NOT_FREE", NULL},
	{0xc0000b03, "TDX_EPT_ENTRY_NOT_PRESENT", NULL},
	{0xc0000b04, "TDX_EPT_ENTRY_NOT_LEAF", NULL},
	{0xc0000b05, "TDX_EPT_ENTRY_LEAF", NULL},
	{0xc0000b06, "TDX_GPA_RANGE_NOT_BLOCKED", NULL},
	{0x00000b07, "TDX_GPA_RANGE_ALREADY_BLOCKED", NULL},
	{0xc0000b08, "TDX_TLB_TRACKING_NOT_DONE", NULL},
	{0x00000b0a, "TDX_PAGE_ALREADY_ACCEPTED", NULL},
	{0xc0000b0b, "TDX_PAGE_SIZE_MISMATCH", NULL},
	{0xc0000b0c, "TDX_GPA_RANGE_BLOCKED", NULL},
	{0xc0000b0d, "TDX_EPT_ENTRY_STATE_INCORRECT", NULL},
	{0xc0000b0e, "TDX_EPT_PAGE_NOT_FREE", NULL},
	{0xc0000c00, "TDX_METADATA_FIELD_ID_INCORRECT", NULL},
	{0xc0000c02, "TDX_METADATA_FIELD_NOT_READABLE", NULL},
	{0xc0000c03, "TDX_METADATA_FIELD_VALUE_NOT_VALID", NULL},
};

/* Bits 47:40. */
static const struct {
	uint8_t class;
	const char *name;
} classes[] = {
	{0x00, "general"},
	{0x01, "invalid operand"},
	{0x02, "resource busy"},
	{0x03, "page metadata"},
	{0x04, "dependent resources"},
	{0x05, "TDX module state"},
	{0x06, "TD state"},
	{0x07, "TD vCPU state"},
	{0x08, "key management"},
	{0x09, "platform state"},
	{0x0a, "physical memory"},
	{0x0b, "guest TD memory"},
	{0x0c, "metadata"},
	{0x0d, "service TD"},
	{0x0e, "migration"},
	{0x10, "attestation"},
	{0x11, "TD partitioning"},
};

/* Bits 31:0 where the status is about one operand. Those of TD_PARAMS are what we chose. */
static const struct {
	uint32_t id;
	const char *name, *remedy;
} operands[] = {
	{0, "RAX", NULL},
	{1, "RCX", NULL},
	{2, "RDX", NULL},
	{8, "R8", NULL},
	{9, "R9", NULL},
	{64, "ATTRIBUTES",
		"take out of confidential.td_attributes what this TDX module does not have; see "
		"hc-vmm check"},
	{65, "XFAM", "this processor or TDX module is too old for the guests of hc-vmm"},
	{66, "EXEC_CONTROLS", NULL},
	{67, "EPTP_CONTROLS", NULL},
	{68, "MAX_VCPUS", "give the guest fewer vCPUs"},
	{TDX_OPERAND_CPUID_CONFIG, "CPUID_CONFIG",
		"update the TDX module and the host's kernel; report this with the line about "
		"TDH_MNG_INIT in dmesg, and the model of the processor"},
	{70, "TSC_FREQUENCY", "a TD needs a TSC between 100 MHz and 10 GHz: see dmesg"},
	{71, "NUM_L2_VMS", NULL},
	{72, "IA32_ARCH_CAPABILITIES_CONFIG", NULL},
	{95, "PAGE", NULL},
	{128, "TDR", NULL},
	{129, "TDCX", NULL},
	{130, "TDVPR", NULL},
	{144, "TDCS", NULL},
	{145, "TDVPS", NULL},
	{146, "SEPT", NULL},
	{147, "SEPT entry", NULL},
	{169, "TD_EPOCH", NULL},
	{172, "OP_STATE", NULL},
	{176, "metadata field", NULL},
	{177, "NUM_VCPUS", NULL},
	{184, "SYS", NULL},
	{186, "KOT", NULL},
};

#define BUG "report this with the host's kernel version and the lines of dmesg about kvm and tdx"
#define NO_KERNEL                                                                                  \
	"this needs Linux 6.16 or newer with kvm_intel tdx=1 on a host with a TDX module; see "    \
	"hc-vmm check"
#define NO_MEMORY "the host is out of memory: free some, or give the guest less"
#define TRY_AGAIN "the TDX module was busy for as long as hc-vmm waits: try again"
#define DMESG     "the host's dmesg names the SEAMCALL that failed; a TD cannot go on after that"

/* What KVM means by an errno (Linux 6.16 and later, arch/x86/kvm/vmx/tdx.c). */
static const struct {
	uint32_t command;
	int errno_value;
	const char *remedy;
} meanings[] = {
	{KVM_TDX_CAPABILITIES, ENOTTY, NO_KERNEL},
	{KVM_TDX_CAPABILITIES, EINVAL, NO_KERNEL},
	{KVM_TDX_CAPABILITIES, E2BIG,
		"this TDX module has more leaves than hc-vmm knows of: use a newer hc-vmm"},
	{KVM_TDX_CAPABILITIES, EIO,
		"this TDX module insists on what this kernel does not have: update the kernel"},
	{KVM_TDX_INIT_VM, EINVAL,
		"KVM itself refused the attributes, XFAM or CPUID leaves; see hc-vmm check"},
	{KVM_TDX_INIT_VM, ENOSPC,
		"no private key is left: end another TD, or give TDX more keys in the machine's "
		"firmware"},
	{KVM_TDX_INIT_VM, EBUSY,
		"no private key is left for this cgroup: raise tdx in misc.max, or end another TD"},
	{KVM_TDX_INIT_VM, EAGAIN,
		"the processor's random numbers were used up for as long as hc-vmm waits: try "
		"again"},
	{KVM_TDX_INIT_VM, EIO,
		"every processor package needs a CPU that is online; see dmesg for the SEAMCALL "
		"that failed"},
	{KVM_TDX_INIT_VCPU, EINVAL,
		"the vCPU has no x2APIC in its CPUID, or was initialised before; see dmesg"},
	{KVM_TDX_INIT_VCPU, EIO, DMESG},
	{KVM_TDX_INIT_MEM_REGION, EINVAL,
		"the page is not in private memory, or the launch was ended before"},
	{KVM_TDX_INIT_MEM_REGION, EFAULT,
		"the page has no slot with a guest_memfd, or is not private"},
	{KVM_TDX_INIT_MEM_REGION, EEXIST, "the page was added before: two regions overlap"},
	{KVM_TDX_INIT_MEM_REGION, EBUSY, TRY_AGAIN},
	{KVM_TDX_INIT_MEM_REGION, EAGAIN, TRY_AGAIN},
	{KVM_TDX_INIT_MEM_REGION, EINTR, TRY_AGAIN},
	{KVM_TDX_INIT_MEM_REGION, EIO, DMESG},
	{KVM_TDX_FINALIZE_VM, EINVAL,
		"pages are mapped that were never added, or the launch was ended before"},
	{KVM_TDX_FINALIZE_VM, EBUSY, TRY_AGAIN},
	{KVM_TDX_FINALIZE_VM, EIO, DMESG},
	{KVM_TDX_GET_CPUID, E2BIG,
		"this TDX module has more leaves than hc-vmm knows of: use a newer hc-vmm"},
	{KVM_TDX_GET_CPUID, EIO, DMESG},
};

const char *tdx_command_name(uint32_t command)
{
	static const char *const names[] = {
		[KVM_TDX_CAPABILITIES] = "KVM_TDX_CAPABILITIES",
		[KVM_TDX_INIT_VM] = "KVM_TDX_INIT_VM",
		[KVM_TDX_INIT_VCPU] = "KVM_TDX_INIT_VCPU",
		[KVM_TDX_INIT_MEM_REGION] = "KVM_TDX_INIT_MEM_REGION",
		[KVM_TDX_FINALIZE_VM] = "KVM_TDX_FINALIZE_VM",
		[KVM_TDX_GET_CPUID] = "KVM_TDX_GET_CPUID",
	};

	return command < ARRAY_LEN(names) ? names[command] : "an unknown TDX command";
}

/* Index into statuses, or -1. */
static int find_status(uint64_t status)
{
	for (size_t i = 0; i < ARRAY_LEN(statuses); i++)
		if (statuses[i].code == status >> 32)
			return (int)i;
	return -1;
}

static int find_operand(uint64_t status)
{
	for (size_t i = 0; i < ARRAY_LEN(operands); i++)
		if (operands[i].id == (uint32_t)status)
			return (int)i;
	return -1;
}

static const char *class_of(uint64_t status)
{
	for (size_t i = 0; i < ARRAY_LEN(classes); i++)
		if (classes[i].class == (uint8_t)(status >> 40))
			return classes[i].name;
	return "unknown";
}

/* Class 1 is about an operand always; of the others an operand is named where there is one. */
static bool names_operand(uint64_t status)
{
	return (uint32_t)status || (uint8_t)(status >> 40) == 1;
}

void tdx_status_text(char out[TDX_STATUS_TEXT], uint64_t status)
{
	int at = find_status(status), operand = find_operand(status), n;

	out[0] = '\0';
	if (!status)
		return;
	if (at >= 0)
		n = snprintf(
			out, TDX_STATUS_TEXT, "%s (0x%016" PRIx64 ")", statuses[at].name, status);
	else
		n = snprintf(out, TDX_STATUS_TEXT, "status 0x%016" PRIx64 " of class \"%s\"",
			status, class_of(status));
	if (!names_operand(status))
		return;
	if (operand >= 0)
		snprintf(out + n, TDX_STATUS_TEXT - (size_t)n, ", operand %s",
			operands[operand].name);
	else
		snprintf(out + n, TDX_STATUS_TEXT - (size_t)n, ", operand %u", (uint32_t)status);
}

static const char *remedy_of(uint32_t command, int errno_value, uint64_t status)
{
	int at = find_status(status), operand = find_operand(status);

	if (status && at >= 0 && statuses[at].remedy)
		return statuses[at].remedy;
	if ((status & TDX_STATUS_MASK) == TDX_STATUS_OPERAND_INVALID && operand >= 0 &&
		operands[operand].remedy)
		return operands[operand].remedy;
	if (errno_value == ENOMEM)
		return NO_MEMORY;
	for (size_t i = 0; i < ARRAY_LEN(meanings); i++)
		if (meanings[i].command == command && meanings[i].errno_value == errno_value)
			return meanings[i].remedy;
	return BUG;
}

int tdx_error(struct error *err, uint32_t command, int rc, uint64_t status)
{
	char text[TDX_STATUS_TEXT];

	tdx_status_text(text, status);
	error_fail(err, HC_EPLATFORM, tdx_command_name(command), "%s%s%s", error_errno_text(-rc),
		*text ? "; " : "", text);
	error_remedy(err, "%s", remedy_of(command, -rc, status));
	return HC_EPLATFORM;
}

const char *tdx_run_remedy(int rc)
{
	switch (-rc) {
	case EIO:
		return "the guest touched memory before it accepted it, or KVM gave the TD up "
		       "after "
		       "a SEAMCALL that failed: the host's dmesg says which. A TD cannot be reset: "
		       "start it anew";
	case EINVAL:
		return "KVM does not take the launch for ended; report this with the lines of "
		       "dmesg "
		       "about kvm and tdx";
	case ENOMEM:
		return "the host, or this cgroup, is out of memory for the guest's private pages: "
		       "raise memory.max, or give the guest less";
	case EFAULT:
		return "the guest reached memory that is not there, or wrote to the staging window";
	default:
		return NULL;
	}
}
