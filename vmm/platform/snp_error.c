/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words for failures of SNP launch commands. Sources: include/uapi/linux/psp-sev.h (names), SNP
 * firmware ABI 1.57 (status codes, each command's "Status codes"), arch/x86/kvm/svm/sev.c (errno).
 */
#include "vmm/platform/snp_error.h"

#include <errno.h>
#include <stdio.h>

#define ANY 0 /* no command has this number here; no firmware status either */

static const struct {
	uint32_t status;
	const char *name;
} statuses[] = {
	{0x00, "SUCCESS"},
	{0x01, "INVALID_PLATFORM_STATE"},
	{0x02, "INVALID_GUEST_STATE"},
	{0x03, "INVALID_CONFIG"},
	{0x04, "INVALID_LEN"},
	{0x05, "ALREADY_OWNED"},
	{0x06, "INVALID_CERTIFICATE"},
	{0x07, "POLICY_FAILURE"},
	{0x08, "INACTIVE"},
	{0x09, "INVALID_ADDRESS"},
	{0x0a, "BAD_SIGNATURE"},
	{0x0b, "BAD_MEASUREMENT"},
	{0x0c, "ASID_OWNED"},
	{0x0d, "INVALID_ASID"},
	{0x0e, "WBINVD_REQUIRED"},
	{0x0f, "DFFLUSH_REQUIRED"},
	{0x10, "INVALID_GUEST"},
	{0x11, "INVALID_COMMAND"},
	{0x12, "ACTIVE"},
	{0x13, "HWERROR_PLATFORM"},
	{0x14, "HWERROR_UNSAFE"},
	{0x15, "UNSUPPORTED"},
	{SNP_STATUS_INVALID_PARAM, "INVALID_PARAM"},
	{0x17, "RESOURCE_LIMIT"},
	{0x18, "SECURE_DATA_INVALID"},
	{0x19, "INVALID_PAGE_SIZE"},
	{0x1a, "INVALID_PAGE_STATE"},
	{0x1b, "INVALID_MDATA_ENTRY"},
	{0x1c, "INVALID_PAGE_OWNER"},
	{0x1d, "AEAD_OFLOW"},
	{0x1f, "EXIT_RING_BUFFER"},
	{0x20, "RMP_INIT_REQUIRED"},
	{0x21, "BAD_SVN"},
	{0x22, "BAD_VERSION"},
	{0x23, "SHUTDOWN_REQUIRED"},
	{0x24, "UPDATE_FAILED"},
	{0x25, "RESTORE_REQUIRED"},
	{0x26, "RMP_INITIALIZATION_FAILED"},
	{0x27, "INVALID_KEY"},
	{SNP_STATUS_NO_CALL, "NO_FW_CALL"},
};

static const struct {
	uint32_t id;
	const char *name;
} commands[] = {
	{KVM_SEV_INIT2, "KVM_SEV_INIT2"},
	{KVM_SEV_SNP_LAUNCH_START, "KVM_SEV_SNP_LAUNCH_START"},
	{KVM_SEV_SNP_LAUNCH_UPDATE, "KVM_SEV_SNP_LAUNCH_UPDATE"},
	{KVM_SEV_SNP_LAUNCH_FINISH, "KVM_SEV_SNP_LAUNCH_FINISH"},
	{KVM_SEV_SNP_ENABLE_REQ_CERTS, "KVM_SEV_SNP_ENABLE_REQ_CERTS"},
};

#define START  KVM_SEV_SNP_LAUNCH_START
#define UPDATE KVM_SEV_SNP_LAUNCH_UPDATE
#define FINISH KVM_SEV_SNP_LAUNCH_FINISH
#define NOT_READY                                                                                  \
	"SNP is not initialised: enable it in the BIOS, boot with an IOMMU, see dmesg for ccp, "   \
	"SEV-SNP and RMP"
#define STALE                                                                                      \
	"the page was not given back by an earlier guest: this is a bug of the host's kernel; "    \
	"keep dmesg and restart the host"
#define OURS "report this with the log of hc-vmm and the host's kernel version"

/* What to do; the first row that fits. */
static const struct {
	uint32_t command, status; /* ANY */
	const char *remedy;
} by_status[] = {
	{ANY, 0x01, NOT_READY},
	{ANY, 0x26, NOT_READY},
	{ANY, 0x20, NOT_READY},
	{ANY, 0x02, "the launch is out of order: " OURS},
	{FINISH, 0x07,
		"the guest policy in the ID block is not that of the launch: have one signed for "
		"it (hc-measure id-block --policy)"},
	{ANY, 0x07,
		"this machine cannot keep the guest policy: allow SMT (bit 16) where SMT is on, "
		"ask for an older ABI, for no feature that is off"},
	{FINISH, 0x0a,
		"the ID block, or its author's key, is not signed by the key in id_auth: make both "
		"anew with hc-measure id-block"},
	{FINISH, 0x0b,
		"the ID block is for another launch digest: compare it with the predicted one "
		"above, and have one signed for this guest"},
	{FINISH, SNP_STATUS_INVALID_PARAM,
		"the ID block is of a version or algorithm that the firmware does not know: make "
		"it "
		"with hc-measure id-block"},
	{FINISH, 0x22, "the ID block is of another version: make it with hc-measure id-block"},
	{FINISH, 0x27,
		"no VLEK is loaded: leave \"vcek\": \"disabled\" out, or load one (snphost)"},
	{UPDATE, SNP_STATUS_INVALID_PARAM,
		"the processor refused the page; for the CPUID page see the corrections above, and "
		"update microcode and SNP firmware"},
	{ANY, 0x0c, "another guest owns the ASID: see dmesg, and restart the host if it stays"},
	{ANY, 0x0d, "see min_sev_asid in the BIOS: SNP needs ASIDs below it"},
	{ANY, 0x0e, "see dmesg: KVM should have flushed the caches by itself"},
	{ANY, 0x0f, "see dmesg: KVM should have flushed the data fabric by itself"},
	{ANY, 0x15, "update the SNP firmware and the BIOS"},
	{ANY, 0x17, "the processor is out of memory for guests: stop some"},
	{ANY, 0x1a, STALE},
	{ANY, 0x1c, STALE},
	{ANY, 0x19, STALE},
	{ANY, 0x23, "shut SNP down and initialise it again: restart the host"},
	{ANY, 0x13, "the hardware failed: see dmesg"},
	{ANY, 0x14, "the hardware failed: see dmesg"},
	{ANY, SNP_STATUS_NO_CALL, "see dmesg for ccp: the processor was never asked"},
};

static const struct {
	uint32_t command; /* ANY */
	int error;
	const char *remedy;
} by_errno[] = {
	{KVM_SEV_INIT2, EINVAL,
		"KVM does not take these SEV_FEATURES, or vCPUs exist already: run Linux 6.11 or "
		"newer"},
	{KVM_SEV_INIT2, EBUSY,
		"no ASID is free: stop a guest, raise min_sev_asid in the BIOS, or the limit "
		"\"sev_es\" of the cgroup (misc.max)"},
	{KVM_SEV_INIT2, EIO, NOT_READY},
	{START, EINVAL, "KVM does not take this guest policy: see \"policy bits\" of hc-vmm check"},
	{START, ENOTTY, "the processor could not make a guest: " NOT_READY},
	{UPDATE, EINVAL, "KVM does not take the page's address, alignment or type: " OURS},
	{UPDATE, EIO,
		"KVM could not give the page to the guest, and says no more: see its dmesg, and "
		"whether the host has memory left"},
	{UPDATE, ENOMEM, "the host is out of memory: free some, or give the guest less"},
	{FINISH, EINVAL, "KVM does not take a vCPU's state, or the ID block: " OURS},
	{KVM_SEV_SNP_ENABLE_REQ_CERTS, EINVAL,
		"run Linux 7.0 or newer, or leave out \"certificates\""},
	{ANY, EAGAIN, "the host is busy: start the guest again"},
	{ANY, EBADF, "/dev/sev is not the secure processor's: load ccp"},
	{ANY, EPERM, "let this user open /dev/sev for writing"},
	{ANY, EACCES, "let this user open /dev/sev for writing"},
	{ANY, ENOTTY, "SEV is off in KVM: kvm_amd.sev=1 kvm_amd.sev_snp=1, and see the BIOS"},
	{ANY, ENOMEM, "the host is out of memory: free some"},
	{ANY, EFAULT, OURS},
};

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

const char *snp_error_status(uint32_t status)
{
	for (size_t i = 0; i < ROWS(statuses); i++)
		if (statuses[i].status == status)
			return statuses[i].name;
	return "unknown";
}

const char *snp_error_command(uint32_t id)
{
	for (size_t i = 0; i < ROWS(commands); i++)
		if (commands[i].id == id)
			return commands[i].name;
	return "KVM_MEMORY_ENCRYPT_OP";
}

static const char *remedy_for(uint32_t command, uint32_t status, int error)
{
	for (size_t i = 0; status != SNP_STATUS_NONE && i < ROWS(by_status); i++)
		if (by_status[i].status == status &&
			(by_status[i].command == ANY || by_status[i].command == command))
			return by_status[i].remedy;
	for (size_t i = 0; i < ROWS(by_errno); i++)
		if (by_errno[i].error == error &&
			(by_errno[i].command == ANY || by_errno[i].command == command))
			return by_errno[i].remedy;
	return "see the host's dmesg about ccp, SEV and kvm";
}

int snp_error_fail(struct error *err, const struct kvm_sev_cmd *command, int rc, const char *what)
{
	const int code = rc == -EBUSY || rc == -EAGAIN ? HC_EBUSY : HC_EPLATFORM;
	char where[96];

	snprintf(where, sizeof(where), "%s%s%s", snp_error_command(command->id), what ? " of " : "",
		what ? what : "");
	if (command->error == SNP_STATUS_NONE)
		error_fail(err, code, where, "%s, no status of the secure processor",
			error_errno_text(-rc));
	else
		error_fail(err, code, where, "%s, status 0x%02x of the secure processor: %s",
			error_errno_text(-rc), command->error, snp_error_status(command->error));
	error_remedy(err, "%s", remedy_for(command->id, command->error, -rc));
	return code;
}
