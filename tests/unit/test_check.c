/* SPDX-License-Identifier: Apache-2.0 */
/* hc-vmm check on made-up machines: what it concludes, and that it never takes silence for yes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "tests/unit/fake_node.h"

static struct fake_node node;
static struct check_report report;

static void is(const char *id, enum check_outcome outcome, const char *remedy)
{
	const struct check_finding *f = fake_node_finding(&report, id);

	if (!f)
		fail_msg("no finding %s", id);
	if (f->outcome != outcome)
		fail_msg("%s is %s (%s), not %s", id, report_outcome_name(f->outcome), f->found,
			report_outcome_name(outcome));
	if (remedy && !strstr(f->remedy, remedy))
		fail_msg("%s: \"%s\" lacks \"%s\"", id, f->remedy, remedy);
}

static void found(const char *id, const char *text)
{
	const struct check_finding *f = fake_node_finding(&report, id);

	assert_non_null(f);
	if (!strstr(f->found, text))
		fail_msg("%s: \"%s\" lacks \"%s\"", id, f->found, text);
}

static void follows(const char *id, const char *from)
{
	const struct check_finding *f = fake_node_finding(&report, id);

	assert_non_null(f);
	assert_non_null(f->follows);
	assert_string_equal(f->follows, from);
}

static void verdicts(enum check_verdict plain, enum check_verdict snp, enum check_verdict tdx)
{
	const enum check_verdict want[] = {plain, plain, snp, tdx};

	for (int p = 0; p < CHECK_PLATFORMS; p++) {
		const enum check_verdict got = report_verdict(&report, (enum check_platform)p);

		if (got == want[p])
			continue;
		for (size_t i = 0; i < report.count; i++)
			if (report.finding[i].outcome > CHECK_NOTE)
				print_message(
					"%s: %s\n", report.finding[i].id, report.finding[i].found);
		fail_msg("%s is %s, not %s", report_platform_name((enum check_platform)p),
			report_verdict_name(got), report_verdict_name(want[p]));
	}
}

static void check(void)
{
	fake_node_check(&node, &report);
	assert_int_equal(node.open_fds, 0);
}

static void an_snp_host_with_all_of_it_is_usable(void **state)
{
	(void)state;
	fake_node_snp(&node);
	check();
	verdicts(CHECK_USABLE, CHECK_USABLE, CHECK_UNUSABLE);
	is("tdx.processor", CHECK_MISSING, "none on this machine");
	found("snp.asids", "1006 keys for guests, 99 of them");
	found("snp.firmware", "API 1.55 build 39, state INIT, RMP initialised, 0 guests");
	found("snp.tcb", "boot loader 7, tee 10, snp 24, microcode 72; reported the same");
	found("cgroup.sev-es", "3 used of 40");
	found("cgroup.pids", "300");
	found("kvm.vm-types", "0x1d: ordinary, SEV, SEV-ES, SEV-SNP");
}

static void linux_6_11_starts_snp_guests_without_their_certificates(void **state)
{
	(void)state;
	fake_node_snp(&node);
	node.release = "6.11.2";
	node.has_policy_bits = node.has_req_certs = false;
	check();
	verdicts(CHECK_USABLE, CHECK_LIMITED, CHECK_UNUSABLE);
	is("snp.certificates", CHECK_LIMIT, "Linux 7.0");
	is("snp.policy", CHECK_OK, NULL);
	found("snp.policy", "older than 6.19");
}

static void certificates_that_are_asked_for_and_cannot_be_had_are_missing(void **state)
{
	const struct check_wants wants = {.platforms = ON_ALL,
		.built = ON_ALL,
		.sim_state = "/x",
		.policy = 0x30000,
		.certificates = true};

	(void)state;
	fake_node_snp(&node);
	fake_node_check_with(&node, &report, &wants);
	is("snp.certificates", CHECK_OK, NULL);
	node.has_req_certs = false;
	fake_node_check_with(&node, &report, &wants);
	is("snp.certificates", CHECK_MISSING, "leave confidential.certificates out");
}

static void a_policy_that_the_kernel_refuses_is_named(void **state)
{
	struct check_wants wants = {
		.platforms = ON_ALL, .built = ON_ALL, .sim_state = "/x", .policy = 0x20000};

	(void)state;
	fake_node_snp(&node);
	node.has_policy_bits = false;
	fake_node_check_with(&node, &report, &wants);
	is("snp.policy", CHECK_MISSING, "SMT");
	node.has_policy_bits = true;
	node.policy_bits = 0x1ffff;
	fake_node_check_with(&node, &report, &wants);
	is("snp.policy", CHECK_MISSING, "leave them out");
	node.policy_bits = 0x3ffffff;
	fake_node_check_with(&node, &report, &wants);
	is("snp.policy", CHECK_OK, NULL);
	found("snp.smt", "guests whose policy forbids it");
}

static void snp_switched_off_in_the_module_is_missing(void **state)
{
	(void)state;
	fake_node_snp(&node);
	fake_node_file(&node, "/sys/module/kvm_amd/parameters/sev_snp", "N\n");
	node.vm_types = 0xd;
	check();
	verdicts(CHECK_USABLE, CHECK_UNUSABLE, CHECK_UNUSABLE);
	is("snp.parameters", CHECK_MISSING, "/etc/modprobe.d");
	found("snp.parameters", "sev=Y sev_es=Y sev_snp=N");
	follows("snp.vm-type", "snp.parameters");
	fake_node_file(&node, "/proc/cmdline", "quiet kvm_amd.sev_snp=0\n");
	check();
	is("snp.cmdline", CHECK_MISSING, "take kvm_amd.sev_snp=0 out");
}

/* SNP in the processor, and not in the kernel's flags: what the BIOS and the kernel decide. */
static void without(const char *flags)
{
	fake_node_file(&node, "/proc/cpuinfo", flags);
	fake_node_file(&node, "/sys/module/kvm_amd/parameters/sev_snp", "N\n");
	node.vm_types = 0xd;
	check();
	verdicts(CHECK_USABLE, CHECK_UNUSABLE, CHECK_UNUSABLE);
	follows("snp.vm-type", "snp.bios");
}

static void a_bios_that_left_memory_encryption_off_is_told_apart(void **state)
{
	(void)state;
	fake_node_snp(&node);
	without("flags\t\t: fpu svm\n");
	is("snp.bios", CHECK_MISSING, "SMEE is off");
	fake_node_snp(&node);
	without("flags\t\t: fpu svm sme sev sev_es\n");
	is("snp.bios", CHECK_MISSING, "memory encryption is on, SEV-SNP is not");
}

static void a_table_too_small_for_the_ram_is_missing(void **state)
{
	(void)state;
	fake_node_snp(&node);
	node.vm_types = 0xd;
	node.msr_rc = 0;
	node.rmp_base = 0x4000000000 - (1ull << 30);
	/* 256 GiB and 1 GiB of holes: 16 bytes a page, and 16 KiB. */
	node.rmp_end = node.rmp_base + 0x40400000 + 0x4000 - 1;
	check();
	is("snp.rmp", CHECK_OK, NULL);
	node.rmp_end -= 0x10000;
	check();
	is("snp.rmp", CHECK_MISSING, "not Custom");
	verdicts(CHECK_USABLE, CHECK_UNUSABLE, CHECK_UNUSABLE);
	node.rmp_base = node.rmp_end = 0;
	check();
	is("snp.rmp", CHECK_MISSING, "Coverage Enabled");
	node.sev[0] |= 1u << 23;
	node.rmp_base = 0x100000;
	node.rmp_end = 0x100fff;
	node.rmp_cfg = 0x1801;
	check();
	is("snp.rmp", CHECK_OK, NULL);
	found("snp.rmp", "in segments");
}

static void a_table_that_nobody_may_look_at_is_as_the_kernel_says(void **state)
{
	(void)state;
	fake_node_snp(&node);
	check();
	is("snp.rmp", CHECK_OK, NULL);
	found("snp.rmp", "the kernel took it");
	node.vm_types = 0xd;
	fake_node_file(&node, "/sys/module/kvm_amd/parameters/sev_snp", "N\n");
	check();
	is("snp.rmp", CHECK_UNSURE, "as root");
	/* Those who are not root see addresses of zero. */
	node.msr_rc = 0;
	node.rmp_base = 1 << 20;
	node.rmp_end = 1 << 30;
	fake_node_file(&node, "/proc/iomem", "00000000-00000000 : System RAM\n");
	check();
	is("snp.rmp", CHECK_UNSURE, "as root");
}

static void a_device_that_may_not_be_opened_is_missing(void **state)
{
	(void)state;
	fake_node_snp(&node);
	fake_node_refuse(&node, "/dev/sev", -EACCES);
	check();
	verdicts(CHECK_USABLE, CHECK_UNUSABLE, CHECK_UNUSABLE);
	is("snp.device", CHECK_MISSING, "KERNEL==\"sev\", GROUP=\"kvm\", MODE=\"0660\"");
	is("snp.firmware", CHECK_UNSURE, NULL);
	found("snp.firmware", "not known: ");
	follows("snp.firmware", "snp.device");
	assert_null(fake_node_finding(&report, "snp.tcb"));
	fake_node_refuse(&node, "/dev/sev", -ENOENT);
	fake_node_refuse(&node, "/sys/module/ccp", -ENOENT);
	check();
	is("snp.device", CHECK_MISSING, "modprobe ccp");
}

static void kvm_that_may_not_be_opened_leaves_the_rest_unknown(void **state)
{
	(void)state;
	fake_node_snp(&node);
	fake_node_refuse(&node, "/dev/kvm", -EACCES);
	check();
	verdicts(CHECK_UNUSABLE, CHECK_UNUSABLE, CHECK_UNUSABLE);
	is("kvm.device", CHECK_MISSING, "usermod -aG kvm huisclos");
	is("kvm.version", CHECK_UNKNOWN, NULL);
	follows("kvm.version", "kvm.device");
	follows("kvm.speed", "kvm.device");
	is("snp.vm-type", CHECK_UNKNOWN, NULL);
	follows("snp.vm-type", "kvm.device");
	fake_node_file(&node, "/dev/kvm", NULL);
	fake_node_refuse(&node, "/dev/kvm", -EACCES);
	check();
	is("kvm.device", CHECK_MISSING, "KERNEL==\"kvm\"");
}

static void no_kvm_at_all_has_the_remedy_of_its_reason(void **state)
{
	(void)state;
	fake_node_snp(&node);
	fake_node_refuse(&node, "/dev/kvm", -ENOENT);
	check();
	is("kvm.device", CHECK_MISSING, "modprobe kvm_amd");
	fake_node_file(&node, "/proc/cpuinfo", "flags\t\t: fpu\n");
	check();
	is("kvm.device", CHECK_MISSING, "SVM Mode");
	node.leaf1[2] = 1u << 31;
	check();
	is("kvm.device", CHECK_MISSING, "nested");
	fake_node_tdx(&node);
	fake_node_refuse(&node, "/dev/kvm", -ENOENT);
	check();
	is("kvm.device", CHECK_MISSING, "modprobe kvm_intel");
}

static void old_firmware_of_the_secure_processor_is_missing(void **state)
{
	(void)state;
	fake_node_snp(&node);
	node.snp_status[1] = 50;
	check();
	is("snp.firmware", CHECK_MISSING, "/lib/firmware/amd");
	verdicts(CHECK_USABLE, CHECK_UNUSABLE, CHECK_UNUSABLE);
	node.snp_status[1] = 51;
	check();
	is("snp.firmware", CHECK_OK, NULL);
	node.snp_status[2] = 0;
	check();
	is("snp.firmware", CHECK_LIMIT, "initialised");
	node.snp_rc = -EIO;
	node.snp_firmware = 0x0f;
	check();
	is("snp.firmware", CHECK_UNSURE, NULL);
	found("snp.firmware", "0x0f");
}

static void reports_that_nobody_accepts_are_a_limit(void **state)
{
	(void)state;
	fake_node_snp(&node);
	node.snp_status[8] = 1;
	check();
	is("snp.reports", CHECK_LIMIT, "SNP_SET_CONFIG");
	found("snp.reports", "MASK_CHIP_ID");
	node.snp_status[8] = 2 | 4;
	check();
	found("snp.reports", "a VLEK is loaded, reports are not signed");
	put_le64(node.snp_status + 24, 0x4817000000000a07ull);
	check();
	found("snp.tcb", "reported: boot loader 7, tee 10, snp 23, microcode 72");
}

static void milan_is_a_limit_and_rome_has_no_snp(void **state)
{
	(void)state;
	fake_node_snp(&node);
	node.leaf1[0] = 0x00a00f11;
	check();
	is("snp.product", CHECK_LIMIT, "root seed");
	verdicts(CHECK_USABLE, CHECK_LIMITED, CHECK_UNUSABLE);
	node.leaf1[0] = 0x00830f10;
	node.sev[0] = 0xf;
	node.vm_types = 0xd;
	check();
	is("snp.processor", CHECK_MISSING, "this generation has no SEV-SNP");
	follows("snp.vm-type", "snp.processor");
	assert_null(fake_node_finding(&report, "snp.bios"));
	node.leaf1[0] = 0x00b00f21;
	node.sev[0] = 0x019d3fff;
	check();
	found("snp.product", "Turin");
	found("snp.tcb", "fmc 7, boot loader 10, tee 0, snp 0, microcode 72");
	node.leaf1[0] = 0x00b50f00;
	check();
	is("snp.product", CHECK_UNSURE, NULL);
}

static void another_c_bit_and_no_asids_are_missing(void **state)
{
	(void)state;
	fake_node_snp(&node);
	node.sev[1] = 47;
	node.sev[3] = 1;
	check();
	is("snp.c-bit", CHECK_MISSING, NULL);
	is("snp.asids", CHECK_MISSING, "SEV-ES ASID Space Limit");
	fake_node_file(
		&node, "/sys/fs/cgroup/system.slice/guest.service/misc.current", "sev_es 40\n");
	check();
	is("cgroup.sev-es", CHECK_MISSING, "none is left");
}

static void passthrough_and_no_iommu_are_missing(void **state)
{
	(void)state;
	fake_node_snp(&node);
	node.vm_types = 0xd;
	fake_node_file(&node, "/proc/cmdline", "quiet iommu=pt\n");
	check();
	is("snp.cmdline", CHECK_MISSING, "iommu=pt");
	fake_node_file(&node, "/proc/cmdline", "x=iommu=pt iommu=ptx xiommu=pt\n");
	check();
	is("snp.cmdline", CHECK_OK, NULL);
	fake_node_refuse(&node, "/sys/class/iommu/ivhd0", -ENOENT);
	check();
	is("snp.iommu", CHECK_MISSING, "IOMMU Enabled");
}

/* What KVM offers, it can do, whatever a file says. */
static void what_kvm_offers_no_circumstance_gainsays(void **state)
{
	(void)state;
	fake_node_snp(&node);
	fake_node_file(&node, "/proc/cmdline", "iommu=pt\n");
	fake_node_file(&node, "/proc/cpuinfo", "flags\t\t: svm\n");
	fake_node_refuse(&node, "/sys/class/iommu/ivhd0", -ENOENT);
	check();
	verdicts(CHECK_USABLE, CHECK_USABLE, CHECK_UNUSABLE);
	is("snp.cmdline", CHECK_NOTE, "all the same");
	is("snp.bios", CHECK_NOTE, "all the same");
	is("snp.iommu", CHECK_NOTE, "all the same");
	fake_node_tdx(&node);
	fake_node_file(&node, "/sys/power/disk", "[platform]\n");
	fake_node_file(&node, "/proc/cpuinfo", "flags\t\t: vmx\n");
	check();
	verdicts(CHECK_USABLE, CHECK_UNUSABLE, CHECK_USABLE);
	is("tdx.bios", CHECK_NOTE, "all the same");
}

static void a_kernel_without_sev_is_told_from_an_old_one(void **state)
{
	static const char *const params[] = {"/sys/module/kvm_amd/parameters/sev",
		"/sys/module/kvm_amd/parameters/sev_es", "/sys/module/kvm_amd/parameters/sev_snp"};

	(void)state;
	fake_node_snp(&node);
	node.vm_types = 1;
	for (size_t i = 0; i < 3; i++)
		fake_node_refuse(&node, params[i], -ENOENT);
	check();
	is("snp.config", CHECK_MISSING, "cloud");
	found("snp.config", "without a parameter sev");
	is("snp.kernel", CHECK_OK, NULL);
	fake_node_file(&node, "/boot/config-7.0.3-amd64",
		"CONFIG_KVM_AMD=m\n# CONFIG_KVM_AMD_SEV is not set\nCONFIG_CRYPTO_DEV_SP_PSP=y\n");
	check();
	found("snp.config", "CONFIG_KVM_AMD_SEV not set, CONFIG_CRYPTO_DEV_SP_PSP set");
	fake_node_snp(&node);
	node.release = "6.1.0-56-amd64";
	node.vm_types = 0;
	check();
	is("snp.kernel", CHECK_MISSING, "6.11");
	follows("snp.vm-type", "snp.kernel");
	found("kvm.vm-types", "older than Linux 6.8");
	verdicts(CHECK_USABLE, CHECK_UNUSABLE, CHECK_UNUSABLE);
}

static void a_distributions_older_kernel_with_snp_is_believed(void **state)
{
	(void)state;
	fake_node_snp(&node);
	node.release = "5.14.0-611.el9";
	check();
	is("snp.kernel", CHECK_OK, NULL);
	verdicts(CHECK_USABLE, CHECK_USABLE, CHECK_UNUSABLE);
}

static void a_tdx_host_with_its_module_is_usable(void **state)
{
	(void)state;
	fake_node_tdx(&node);
	check();
	verdicts(CHECK_USABLE, CHECK_UNUSABLE, CHECK_USABLE);
	is("snp.processor", CHECK_MISSING, "none on this machine");
	found("tdx.module", "attributes 0x10000000, XFAM 0x602e7, 40 CPUID leaves");
	assert_string_equal(node.connected, "vsock");
	found("cgroup.tdx", "2 used of 16");
}

static void without_a_quote_service_tdx_has_a_limit(void **state)
{
	(void)state;
	fake_node_tdx(&node);
	fake_node_refuse(&node, "/etc/qgs.conf", -ENOENT);
	node.connect_rc = -ENOENT;
	check();
	verdicts(CHECK_USABLE, CHECK_UNUSABLE, CHECK_LIMITED);
	is("tdx.quote-service", CHECK_LIMIT, "qgsd");
	assert_string_equal(node.connected, "/var/run/tdx-qgs/qgs.socket");
	node.connect_rc = -EACCES;
	check();
	is("tdx.quote-service", CHECK_LIMIT, "usermod");
}

static void tdx_that_was_not_asked_for_is_missing(void **state)
{
	(void)state;
	fake_node_tdx(&node);
	fake_node_file(&node, "/sys/module/kvm_intel/parameters/tdx", "N\n");
	node.vm_types = 1;
	check();
	verdicts(CHECK_USABLE, CHECK_UNUSABLE, CHECK_UNUSABLE);
	is("tdx.parameter", CHECK_MISSING, "kvm_intel.tdx=1");
	follows("tdx.vm-type", "tdx.parameter");
	/* Asked for, and the kernel left it alone because it can hibernate. */
	fake_node_file(&node, "/sys/power/disk", "[platform] shutdown reboot\n");
	fake_node_file(&node, "/proc/cpuinfo", "flags\t\t: vmx ss movdir64b\n");
	check();
	is("tdx.hibernation", CHECK_MISSING, "nohibernate");
	follows("tdx.bios", "tdx.hibernation");
	follows("tdx.vm-type", "tdx.hibernation");
	fake_node_file(&node, "/sys/power/disk", "[disabled]\n");
	check();
	is("tdx.bios", CHECK_MISSING, "TME-MT");
	follows("tdx.vm-type", "tdx.bios");
}

static void a_td_that_does_not_fit_its_host_is_said(void **state)
{
	struct check_wants wants = {
		.platforms = ON_TDX, .built = ON_ALL, .sim_state = "/x", .vcpus = 8};

	(void)state;
	fake_node_tdx(&node);
	fake_node_check_with(&node, &report, &wants);
	is("tdx.vcpus", CHECK_OK, NULL);
	wants.vcpus = 9;
	wants.td_attributes = 1ull << 30;
	fake_node_check_with(&node, &report, &wants);
	is("tdx.vcpus", CHECK_MISSING, "fewer");
	is("tdx.module", CHECK_MISSING, "td_attributes");
	node.tdx_attributes = UINT64_MAX;
	node.tdx_xfam = 7;
	fake_node_check_with(&node, &report, &wants);
	is("tdx.module", CHECK_MISSING, "AVX-512");
}

static void what_tdx_requires_of_kvm_is_named(void **state)
{
	(void)state;
	fake_node_tdx(&node);
	node.vm_types = 1;
	fake_node_file(&node, "/sys/module/kvm/parameters/enable_virt_at_load", "N\n");
	check();
	is("tdx.requirements", CHECK_MISSING, "kvm.enable_virt_at_load=0");
	fake_node_file(&node, "/sys/module/kvm/parameters/enable_virt_at_load", "Y\n");
	fake_node_file(&node, "/proc/cpuinfo", "flags\t\t: vmx ss tdx_host_platform\n");
	check();
	found("tdx.requirements", "movdir64b");
}

static void a_module_that_says_nothing_is_unknown(void **state)
{
	(void)state;
	fake_node_tdx(&node);
	node.tdx_rc = -EIO;
	check();
	verdicts(CHECK_USABLE, CHECK_UNUSABLE, CHECK_NOT_KNOWN);
	node.tdx_rc = 0;
	node.tdx_attributes = 0;
	check();
	is("tdx.module", CHECK_MISSING, "TDX module");
	node.create_rc = -EBUSY;
	check();
	verdicts(CHECK_USABLE, CHECK_UNUSABLE, CHECK_NOT_KNOWN);
}

static void an_old_intel_kernel_is_missing_tdx(void **state)
{
	(void)state;
	fake_node_tdx(&node);
	node.release = "6.12.9";
	node.vm_types = 1;
	check();
	is("tdx.kernel", CHECK_MISSING, "6.16");
	follows("tdx.vm-type", "tdx.kernel");
}

static void private_memory_is_needed_by_both(void **state)
{
	(void)state;
	fake_node_snp(&node);
	node.no_private = true;
	check();
	is("kvm.private-memory", CHECK_MISSING, "CONFIG_KVM_GUEST_MEMFD");
	verdicts(CHECK_USABLE, CHECK_UNUSABLE, CHECK_UNUSABLE);
	fake_node_tdx(&node);
	node.no_gmem = true;
	check();
	verdicts(CHECK_USABLE, CHECK_UNUSABLE, CHECK_UNUSABLE);
}

/* This kind of machine is common: a virtual machine without nested virtualisation, on PVM. */
static void a_paravirtual_kvm_is_named_and_measured(void **state)
{
	(void)state;
	fake_node_snp(&node);
	node.leaf1[2] = 1u << 31;
	memcpy(node.hypervisor, (const uint32_t[]){0x40000001, 0x4b4d564b, 0x564b4d56, 0x4d}, 16);
	memset(node.sev, 0, sizeof(node.sev));
	node.vm_types = 1;
	node.speed = 830000;
	fake_node_file(&node, "/sys/module/kvm_pvm", NULL);
	fake_node_refuse(&node, "/sys/module/kvm_amd", -ENOENT);
	fake_node_file(&node, "/proc/cpuinfo", "flags\t\t: fpu hypervisor\n");
	check();
	verdicts(CHECK_LIMITED, CHECK_UNUSABLE, CHECK_UNUSABLE);
	found("cpu.virtual-machine", "KVMKVMKVM");
	found("kvm.module", "kvm_pvm");
	found("kvm.module", "neither svm nor vmx");
	is("kvm.speed", CHECK_LIMIT, "interpreted");
	found("kvm.speed", "0.8 million");
	is("snp.processor", CHECK_MISSING, "virtual machine");
	node.speed_rc = -ETIMEDOUT;
	check();
	verdicts(CHECK_UNUSABLE, CHECK_UNUSABLE, CHECK_UNUSABLE);
	node.speed_rc = -EIO;
	check();
	verdicts(CHECK_NOT_KNOWN, CHECK_UNUSABLE, CHECK_UNUSABLE);
}

static void a_kvm_that_lacks_what_hc_vmm_needs_is_unusable(void **state)
{
	(void)state;
	fake_node_snp(&node);
	node.lacks_ioeventfd = true;
	check();
	verdicts(CHECK_UNUSABLE, CHECK_UNUSABLE, CHECK_UNUSABLE);
	found("kvm.capabilities", "KVM_CAP_IOEVENTFD");
}

static void limits_are_the_tightest_of_all_groups(void **state)
{
	(void)state;
	fake_node_snp(&node);
	fake_node_file(&node, "/sys/fs/cgroup/system.slice/pids.max", "20\n");
	fake_node_file(&node, "/sys/fs/cgroup/system.slice/memory.max", "1073741824\n");
	check();
	is("cgroup.pids", CHECK_LIMIT, "TasksMax");
	found("cgroup.pids", "20");
	found("cgroup.memory", "1024 MiB");
	is("cgroup.memory", CHECK_NOTE, NULL);
}

static void groups_of_version_1_are_read_too(void **state)
{
	(void)state;
	fake_node_snp(&node);
	fake_node_file(&node, "/proc/self/cgroup",
		"8:pids:/a\n4:cpu,memory:/a/b\n1:name=systemd:/\n0::/\n");
	fake_node_file(&node, "/proc/self/mountinfo",
		"38 31 0:35 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,cpu,memory\n"
		"39 31 0:36 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n"
		"41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n");
	fake_node_file(&node, "/sys/fs/cgroup/memory/a/memory.limit_in_bytes", "536870912\n");
	fake_node_file(
		&node, "/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
	fake_node_file(&node, "/sys/fs/cgroup/pids/a/pids.max", "7\n");
	check();
	found("cgroup.memory", "512 MiB");
	found("cgroup.pids", "7");
}

static void a_guest_that_does_not_fit_is_said(void **state)
{
	struct check_wants wants = {.platforms = ON_PLAIN,
		.built = ON_ALL,
		.sim_state = "/x",
		.policy = 0x30000,
		.ram_bytes = 1ull << 40,
		.huge_pages = true};

	(void)state;
	fake_node_snp(&node);
	fake_node_file(&node, "/sys/kernel/mm/transparent_hugepage/enabled", "always [never]\n");
	fake_node_check_with(&node, &report, &wants);
	is("memory.ram", CHECK_MISSING, NULL);
	is("memory.huge-pages", CHECK_LIMIT, "madvise");
	assert_null(fake_node_finding(&report, "snp.processor"));
	wants.ram_bytes = 2ull << 30;
	fake_node_file(
		&node, "/sys/fs/cgroup/system.slice/guest.service/memory.max", "2147483648\n");
	fake_node_check_with(&node, &report, &wants);
	is("memory.ram", CHECK_OK, NULL);
	is("cgroup.memory", CHECK_MISSING, "MemoryMax");
}

static void a_guest_memfd_is_missed_only_where_it_is_asked_for(void **state)
{
	struct check_wants wants = {
		.platforms = ON_PLAIN, .built = ON_ALL, .sim_state = "/x", .policy = 0x30000};

	(void)state;
	fake_node_snp(&node);
	fake_node_check_with(&node, &report, &wants);
	is("kvm.mapped-memory", CHECK_NOTE, NULL);
	wants.guest_memfd = true;
	fake_node_check_with(&node, &report, &wants);
	is("kvm.mapped-memory", CHECK_MISSING, "6.18");
	node.gmem_flags = 1;
	fake_node_check_with(&node, &report, &wants);
	is("kvm.mapped-memory", CHECK_MISSING, "6.18");
	node.gmem_flags = 3;
	fake_node_check_with(&node, &report, &wants);
	is("kvm.mapped-memory", CHECK_OK, NULL);
}

static void what_hc_vmm_itself_lacks_is_said(void **state)
{
	struct check_wants wants = {.platforms = ON_ALL,
		.built = ON_PLAIN,
		.sim_state = "/x",
		.no_image = {[CHECK_PLAIN] = "/nowhere/huisclos-plain.img"}};

	(void)state;
	fake_node_snp(&node);
	fake_node_check_with(&node, &report, &wants);
	is("firmware.image", CHECK_MISSING, "--firmware");
	is("hc-vmm.platform", CHECK_MISSING, "SIM=0");
	verdicts(CHECK_UNUSABLE, CHECK_UNUSABLE, CHECK_UNUSABLE);
	wants.built = ON_ALL;
	fake_node_check_with(&node, &report, &wants);
	is("sim.root", CHECK_MISSING, "hc-vmm sim-init --state /x");
}

static void a_system_without_filters_starts_nothing(void **state)
{
	(void)state;
	fake_node_snp(&node);
	node.seccomp_rc = -EOPNOTSUPP;
	check();
	verdicts(CHECK_UNUSABLE, CHECK_UNUSABLE, CHECK_UNUSABLE);
}

static void text_from_outside_is_made_harmless(void **state)
{
	const struct check_finding *f;

	(void)state;
	fake_node_snp(&node);
	node.release = "7.0\033[2J\xff\n";
	node.log =
		"<6>[ 1.0] usb: nothing\n<6>[ 1.1] SEV-SNP: RMP table\033[0m\n[ 2.0] kvm_amd: x\n";
	check();
	found("kernel.version", "7.0?[2J??");
	f = fake_node_finding(&report, "kernel.log");
	assert_non_null(f);
	assert_string_equal(f->found, "[ 1.1] SEV-SNP: RMP table?[0m");
	assert_string_equal(f[1].found, "[ 2.0] kvm_amd: x");
}

/* Nothing is cut, every finding says what was looked at and found, and what to do where it is bad.
 */
static void complete(void)
{
	assert_false(report.full);
	for (size_t i = 0; i < report.count; i++) {
		const struct check_finding *f = &report.finding[i];

		assert_true(f->platforms);
		assert_in_range(strlen(f->looked), 1, sizeof(f->looked) - 2);
		assert_in_range(strlen(f->found), 1, sizeof(f->found) - 2);
		assert_in_range(strlen(f->needed), 0, sizeof(f->needed) - 2);
		assert_in_range(strlen(f->remedy), 0, sizeof(f->remedy) - 2);
		if (f->outcome == CHECK_MISSING && !*f->remedy && !f->follows)
			fail_msg("%s is missing, and nothing is said to do", f->id);
		if (f->outcome >= CHECK_LIMIT && !*f->needed && f->outcome != CHECK_UNSURE)
			fail_msg("%s is bad, and what is needed is not said", f->id);
		if (f->follows && !fake_node_finding(&report, f->follows))
			fail_msg("%s follows from %s, which is not there", f->id, f->follows);
	}
}

static char *printed(int (*print)(const struct check_report *, FILE *))
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	assert_int_equal(print(&report, out), 0);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void json_is_whole(void)
{
	char *text = printed(report_print_json);
	json_t *obj = json_loads(text, JSON_REJECT_DUPLICATES, NULL), *list;
	size_t i;
	json_t *one;

	assert_non_null(obj);
	list = json_object_get(obj, "findings");
	assert_int_equal(json_array_size(list), report.count);
	json_array_foreach(list, i, one) assert_string_equal(
		json_string_value(json_object_get(one, "id")), report.finding[i].id);
	assert_string_equal(json_string_value(json_object_get(obj, "format")), "huisclos-check-1");
	json_decref(obj);
	free(text);
}

/* Every single look fails in turn, in several ways: never a crash, a leak, or a better verdict. */
static void fails_in_turn(void (*make)(struct fake_node *), enum check_platform platform)
{
	static const int with[] = {EACCES, EIO, ENOENT, ENOMEM};
	unsigned int looks;

	make(&node);
	check();
	looks = node.looks;
	assert_in_range(looks, 60, 200);
	for (size_t e = 0; e < sizeof(with) / sizeof(with[0]); e++)
		for (unsigned int i = 1; i <= looks; i++) {
			make(&node);
			node.fail_at = i;
			node.fail_with = with[e];
			check();
			complete();
			json_is_whole();
			for (int p = 0; p < CHECK_PLATFORMS; p++)
				if ((platform == CHECK_SEV_SNP) != (p == CHECK_SEV_SNP) &&
					p >= CHECK_SEV_SNP)
					assert_int_equal(
						report_verdict(&report, (enum check_platform)p),
						CHECK_UNUSABLE);
		}
}

static void no_look_that_fails_makes_anything_better(void **state)
{
	(void)state;
	fails_in_turn(fake_node_snp, CHECK_SEV_SNP);
	fails_in_turn(fake_node_tdx, CHECK_TDX);
}

/* What a platform stands on: if the look fails, it is not simply usable. */
static void a_failed_look_at_what_matters_is_never_usable(void **state)
{
	static const char *const matters[] = {"/dev/kvm", "speed", "seccomp", "uname", NULL};
	unsigned int seen = 0, looks;

	(void)state;
	fake_node_snp(&node);
	check();
	looks = node.looks;
	for (unsigned int i = 1; i <= looks; i++) {
		fake_node_snp(&node);
		node.fail_at = i;
		check();
		for (size_t m = 0; matters[m]; m++)
			if (!strcmp(node.failed, matters[m])) {
				seen++;
				if (report_verdict(&report, CHECK_SEV_SNP) == CHECK_USABLE &&
					report_verdict(&report, CHECK_PLAIN) == CHECK_USABLE &&
					strcmp(node.failed, "/dev/kvm"))
					fail_msg("%s failed, and all is usable", node.failed);
			}
	}
	assert_in_range(seen, 4, 8);
}

static void switched_off(struct fake_node *n)
{
	fake_node_snp(n);
	fake_node_file(n, "/sys/module/kvm_amd/parameters/sev_snp", "N\n");
	n->vm_types = 0xd;
}

static void no_failed_look_makes_the_unusable_usable(void **state)
{
	unsigned int looks;

	(void)state;
	switched_off(&node);
	check();
	looks = node.looks;
	for (unsigned int i = 1; i <= looks; i++) {
		switched_off(&node);
		node.fail_at = i;
		check();
		assert_true(report_verdict(&report, CHECK_SEV_SNP) > CHECK_LIMITED);
	}
}

/* Every file cut short at every length, and with each byte replaced. */
static void spoilt(void (*make)(struct fake_node *))
{
	char text[512];

	make(&node);
	for (size_t i = 0; i < FAKE_NODE_FILES && node.file[i].path; i++) {
		const char *whole = node.file[i].text;
		const size_t len = whole ? strlen(whole) : 0;

		assert_in_range(len, 0, sizeof(text) - 1);
		for (size_t at = 0; at < len; at++) {
			memcpy(text, whole, len + 1);
			text[at] = '\0';
			node.file[i].text = text;
			check();
			complete();
			memcpy(text, whole, len + 1);
			text[at] = at % 2 ? ' ' : '\xff';
			check();
			complete();
		}
		node.file[i].text = whole;
	}
}

static void no_file_however_spoilt_does_harm(void **state)
{
	(void)state;
	spoilt(fake_node_snp);
	spoilt(fake_node_tdx);
}

static void the_words_say_verdict_cause_and_remedy(void **state)
{
	char *text;

	(void)state;
	fake_node_snp(&node);
	without("flags\t\t: fpu svm\n");
	text = printed(report_print_text);
	assert_non_null(strstr(text, "plain     usable\n"));
	assert_non_null(strstr(text, "sev-snp   not usable          snp.bios\n"));
	assert_non_null(strstr(text, "\nMissing\n  snp.bios  [sev-snp]\n"));
	assert_non_null(strstr(text, "      so also snp.vm-type"));
	assert_null(strstr(text, "\n  snp.vm-type  ["));
	for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
		if (!strncmp(line, "      ", 6))
			assert_in_range(strcspn(line, "\n"), 0, 100);
	free(text);
}

static void a_full_disk_is_an_error(void **state)
{
	FILE *full = fopen("/dev/full", "w");

	(void)state;
	assert_non_null(full);
	fake_node_snp(&node);
	check();
	assert_int_equal(report_print_text(&report, full), -1);
	clearerr(full);
	assert_int_equal(report_print_json(&report, full), -1);
	fclose(full);
}

#define T(name) cmocka_unit_test(name)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(an_snp_host_with_all_of_it_is_usable),
		T(linux_6_11_starts_snp_guests_without_their_certificates),
		T(certificates_that_are_asked_for_and_cannot_be_had_are_missing),
		T(a_policy_that_the_kernel_refuses_is_named),
		T(snp_switched_off_in_the_module_is_missing),
		T(a_bios_that_left_memory_encryption_off_is_told_apart),
		T(a_table_too_small_for_the_ram_is_missing),
		T(a_table_that_nobody_may_look_at_is_as_the_kernel_says),
		T(a_device_that_may_not_be_opened_is_missing),
		T(kvm_that_may_not_be_opened_leaves_the_rest_unknown),
		T(no_kvm_at_all_has_the_remedy_of_its_reason),
		T(old_firmware_of_the_secure_processor_is_missing),
		T(reports_that_nobody_accepts_are_a_limit),
		T(milan_is_a_limit_and_rome_has_no_snp),
		T(another_c_bit_and_no_asids_are_missing),
		T(passthrough_and_no_iommu_are_missing),
		T(what_kvm_offers_no_circumstance_gainsays),
		T(a_kernel_without_sev_is_told_from_an_old_one),
		T(a_distributions_older_kernel_with_snp_is_believed),
		T(a_tdx_host_with_its_module_is_usable),
		T(without_a_quote_service_tdx_has_a_limit),
		T(tdx_that_was_not_asked_for_is_missing),
		T(a_td_that_does_not_fit_its_host_is_said),
		T(what_tdx_requires_of_kvm_is_named),
		T(a_module_that_says_nothing_is_unknown),
		T(an_old_intel_kernel_is_missing_tdx),
		T(private_memory_is_needed_by_both),
		T(a_paravirtual_kvm_is_named_and_measured),
		T(a_kvm_that_lacks_what_hc_vmm_needs_is_unusable),
		T(limits_are_the_tightest_of_all_groups),
		T(groups_of_version_1_are_read_too),
		T(a_guest_that_does_not_fit_is_said),
		T(a_guest_memfd_is_missed_only_where_it_is_asked_for),
		T(what_hc_vmm_itself_lacks_is_said),
		T(a_system_without_filters_starts_nothing),
		T(text_from_outside_is_made_harmless),
		T(no_look_that_fails_makes_anything_better),
		T(a_failed_look_at_what_matters_is_never_usable),
		T(no_failed_look_makes_the_unusable_usable),
		T(no_file_however_spoilt_does_harm),
		T(the_words_say_verdict_cause_and_remedy),
		T(a_full_disk_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
