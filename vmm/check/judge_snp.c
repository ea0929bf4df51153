/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Judging SEV-SNP from the ground up: processor, BIOS, kernel, module, KVM. The names of BIOS
 * settings are those of AMD CBS, which most vendors show as they are. What refuses, and with which
 * words: Linux, arch/x86/virt/svm/sev.c, drivers/iommu/amd/init.c, drivers/crypto/ccp/sev-dev.c,
 * arch/x86/kvm/svm/sev.c.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "firmware/abi/layout.h"
#include "vmm/check/report.h"

#define AMD "AuthenticAMD"

/* CPUID 0x8000001f EAX (AMD64 APM volume 3, E.4.17). */
#define EAX_SME      (1u << 0)
#define EAX_SEV      (1u << 1)
#define EAX_SEV_ES   (1u << 3)
#define EAX_SEV_SNP  (1u << 4)
#define EAX_SEGMENTS (1u << 23)

#define RMP_ENTRY       16ull /* bytes a page of 4 KiB */
#define RMP_BOOKKEEPING 0x4000ull
#define SYSCFG_SNP_EN   (1ull << 24)
#define RMP_SEGMENTED   1ull

#define BIOS_SNP                                                                                   \
	"AMD CBS > CPU Common Options: SMEE Enabled, SEV Control Enabled, SNP Memory (RMP Table) " \
	"Coverage Enabled, SEV-ES ASID Space Limit Control Manual with a SEV-ES ASID Space Limit " \
	"of 100 or so; AMD CBS > NBIO Common Options: SEV-SNP Support Enabled (Auto is off), "     \
	"IOMMU Enabled"

static const char *const causes[] = {"kvm.device", "snp.processor", "snp.kernel", "snp.config",
	"snp.bios", "snp.iommu", "snp.rmp", "snp.asids", "snp.device", "snp.parameters", NULL};

/* What the kernel looks at before KVM offers such guests. */
static const char *const circumstances[] = {
	"snp.config", "snp.cmdline", "snp.bios", "snp.iommu", "snp.rmp", "snp.parameters", NULL};

static void processor(struct check_report *r)
{
	const struct host_cpu *cpu = &r->host->cpu;
	struct check_finding *f = report_add(r, "snp.processor", ON_SNP, CHECK_OK);

	report_looked(f, "CPUID 0x8000001f EAX");
	report_needed(f, "bits 0, 1, 3 and 4: SME, SEV, SEV-ES, SEV-SNP");
	report_found(f, "0x%08x", cpu->sev[0]);
	if (!(~cpu->sev[0] & (EAX_SME | EAX_SEV | EAX_SEV_ES | EAX_SEV_SNP)))
		return;
	f->outcome = CHECK_MISSING;
	if (cpu->in_vm)
		report_remedy(f,
			"a virtual machine has no SEV-SNP to give: use a machine of metal with AMD "
			"EPYC 9004 (Genoa), 9005 (Turin) or newer");
	else if (cpu->family < 0x19)
		report_remedy(f, "this generation has no SEV-SNP: use AMD EPYC 9004 (Genoa), 9005 "
				 "(Turin) or "
				 "newer");
	else
		report_remedy(f, "in the BIOS: " BIOS_SNP "; then switch the machine off and on");
}

/* Nothing else of SEV-SNP is worth a word on a processor of another make. */
static bool other_make(struct check_report *r)
{
	const struct host_cpu *cpu = &r->host->cpu;
	struct check_finding *f;

	if (!strcmp(cpu->vendor, AMD))
		return false;
	f = report_add(r, "snp.processor", ON_SNP, CHECK_MISSING);
	report_looked(f, "CPUID 0");
	report_found(f, "%s", cpu->vendor);
	report_needed(f, AMD);
	report_remedy(f,
		"none on this machine: use one with AMD EPYC 9004 (Genoa), 9005 (Turin) or newer");
	return true;
}

static void product(struct check_report *r)
{
	const struct host_cpu *cpu = &r->host->cpu;
	const char *name = report_product(cpu);
	struct check_finding *f = report_add(r, "snp.product", ON_SNP, CHECK_OK);

	report_looked(f, "CPUID 1");
	report_needed(f, "a product line that verifiers accept: Genoa, Turin");
	report_found(f, "%s", name ? name : "a product that hc-vmm does not know");
	if (!name) {
		f->outcome = CHECK_UNSURE;
		report_remedy(f, "check that the verifiers' release knows this product line");
	} else if (cpu->family == 0x19 && cpu->model < 0x10) {
		f->outcome = CHECK_LIMIT;
		report_remedy(f,
			"verifiers refuse Milan unless their policy names it: its root seed can be "
			"extracted in software. Use Genoa, Turin or newer");
	}
}

static void c_bit(struct check_report *r)
{
	const unsigned int bit = r->host->cpu.sev[1] & 0x3f;
	struct check_finding *f = report_add(r, "snp.c-bit", ON_SNP, CHECK_OK);

	report_looked(f, "CPUID 0x8000001f EBX bits 5 to 0");
	report_needed(f, "%u, for which the firmware image is built", HC_SNP_CBIT);
	report_found(f, "%u", bit);
	if (bit == HC_SNP_CBIT)
		return;
	f->outcome = CHECK_MISSING;
	report_remedy(f, "report this processor: the firmware needs an image for its C-bit");
}

static void asids(struct check_report *r)
{
	const uint32_t all = r->host->cpu.sev[2], first_sev = r->host->cpu.sev[3];
	const uint32_t ours = first_sev ? first_sev - 1 : 0;
	struct check_finding *f = report_add(r, "snp.asids", ON_SNP, CHECK_OK);

	report_looked(f, "CPUID 0x8000001f ECX, EDX");
	report_needed(f, "one for each SEV-SNP or SEV-ES guest");
	report_found(f, "%u keys for guests, %u of them for SEV-ES and SEV-SNP", all, ours);
	if (ours)
		return;
	f->outcome = CHECK_MISSING;
	report_remedy(f,
		"in the BIOS, AMD CBS > CPU Common Options: SEV-ES ASID Space Limit Control "
		"Manual, "
		"SEV-ES ASID Space Limit 100 or so (1, the default, leaves none); then switch the "
		"machine off and on");
}

static void kernel(struct check_report *r)
{
	const struct host *h = r->host;
	struct check_finding *f = report_add(r, "snp.kernel", ON_SNP, CHECK_OK);

	report_looked(f, "uname(2) and KVM_CAP_VM_TYPES");
	report_needed(f, "Linux 6.11 or newer, or a distribution's kernel with its SEV-SNP");
	report_found(f, "%u.%u", h->kernel_major, h->kernel_minor);
	if (host_offers(h, KVM_X86_SNP_VM) || h->kernel_major > 6 ||
		(h->kernel_major == 6 && h->kernel_minor >= 11))
		return;
	if (!h->kernel_major) {
		f->outcome = CHECK_UNSURE;
		report_found(f, "not known: no version in \"%.32s\"", h->uname.release);
		return;
	}
	f->outcome = CHECK_MISSING;
	report_remedy(f, "install Linux 6.11 or newer (7.0 hands certificates to guests)");
}

static void config(struct check_report *r)
{
	const struct host *h = r->host;
	const bool parameter = !h->param[PARAM_SEV].rc;
	struct check_finding *f = report_add(r, "snp.config", ON_SNP, CHECK_OK);

	report_needed(f, "CONFIG_KVM_AMD_SEV and CONFIG_CRYPTO_DEV_SP_PSP");
	report_looked(
		f, "/boot/config-%.64s, /sys/module/kvm_amd/parameters/sev", h->uname.release);
	if (parameter) {
		report_found(f, "kvm_amd has its parameter sev, so it was built with them");
		return;
	}
	if (!h->config_rc)
		report_found(f, "CONFIG_KVM_AMD_SEV %s, CONFIG_CRYPTO_DEV_SP_PSP %s",
			h->config_sev ? "set" : "not set", h->config_psp ? "set" : "not set");
	if (!h->config_rc && h->config_sev && h->config_psp)
		return;
	if (!h->config_rc || h->kvm.kind == HOST_KVM_AMD) {
		f->outcome = CHECK_MISSING;
		if (h->config_rc)
			report_found(f, "kvm_amd without a parameter sev: it was built without "
					"CONFIG_KVM_AMD_SEV");
		report_remedy(f,
			"use a kernel with both: not one of the distribution's cloud flavour "
			"(Debian: linux-image-amd64 instead of linux-image-cloud-amd64)");
		return;
	}
	f->outcome = CHECK_UNSURE;
	report_unread(f, h->config_rc);
	report_remedy(f, "zgrep -e KVM_AMD_SEV -e SP_PSP /proc/config.gz, if the kernel has that");
}

static void bios(struct check_report *r)
{
	const struct host_cpu *cpu = &r->host->cpu;
	struct check_finding *f = report_add(r, "snp.bios", ON_SNP, CHECK_OK);

	report_looked(f, "/proc/cpuinfo, flags");
	report_needed(
		f, "sme, sev, sev_es and sev_snp: enabled in the BIOS, and known to the kernel");
	if (cpu->flags_rc) {
		report_unread(f, cpu->flags_rc)->outcome =
			host_offers(r->host, KVM_X86_SNP_VM) ? CHECK_UNSURE : CHECK_UNKNOWN;
		return;
	}
	report_found(f, "sme %s, sev %s, sev_es %s, sev_snp %s", cpu->flag[FLAG_SME] ? "yes" : "no",
		cpu->flag[FLAG_SEV] ? "yes" : "no", cpu->flag[FLAG_SEV_ES] ? "yes" : "no",
		cpu->flag[FLAG_SEV_SNP] ? "yes" : "no");
	if (cpu->flag[FLAG_SEV_SNP])
		return;
	f->outcome = CHECK_MISSING;
	if (!cpu->flag[FLAG_SME])
		report_remedy(f,
			"SMEE is off (\"memory encryption not enabled by BIOS\"). In the BIOS, all "
			"of: " BIOS_SNP "; then switch the machine off and on");
	else
		report_remedy(f, "memory encryption is on, SEV-SNP is not. In the BIOS: " BIOS_SNP
				 "; in the kernel: see snp.iommu, snp.rmp, snp.config");
}

/* A word of the kernel's command line. */
static bool has_word(const char *cmdline, const char *word)
{
	const size_t len = strlen(word);

	for (const char *p = cmdline; (p = strstr(p, word)) != NULL; p += len)
		if ((p == cmdline || p[-1] == ' ') && strchr(" \n", p[len]))
			return true;
	return false;
}

static const char *bad_word(const char *cmdline)
{
	static const char *const bad[] = {"iommu=pt", "iommu=off", "iommu.passthrough=1",
		"amd_iommu=off", "amd_iommu=pgtbl_v2", "kvm_amd.sev=0", "kvm_amd.sev_es=0",
		"kvm_amd.sev_snp=0", NULL};

	for (size_t i = 0; bad[i]; i++)
		if (has_word(cmdline, bad[i]))
			return bad[i];
	return NULL;
}

static void cmdline(struct check_report *r)
{
	const struct host *h = r->host;
	const char *word = h->cmdline_rc < 0 ? NULL : bad_word(h->cmdline);
	struct check_finding *f = report_add(r, "snp.cmdline", ON_SNP, CHECK_OK);

	report_looked(f, "/proc/cmdline");
	report_needed(f, "neither the IOMMU off or in passthrough, nor SEV switched off");
	report_found(f, "%s", word ? word : "nothing of the kind");
	if (h->cmdline_rc < 0)
		report_unread(f, h->cmdline_rc)->outcome = CHECK_UNSURE;
	if (!word)
		return;
	f->outcome = CHECK_MISSING;
	report_remedy(f, "take %s out of the kernel's command line and boot anew", word);
}

static void iommu(struct check_report *r)
{
	const struct host *h = r->host;
	struct check_finding *f = report_add(r, "snp.iommu", ON_SNP, CHECK_OK);

	report_looked(f, "/sys/class/iommu");
	report_needed(f, "an AMD IOMMU that the kernel uses (ivhd0)");
	report_found(f, "%s", h->iommu);
	if (!h->iommu_rc)
		return;
	f->outcome = h->iommu_rc == -ENOENT ? CHECK_MISSING : CHECK_UNKNOWN;
	if (h->iommu_rc == -ENOENT)
		report_found(f, "none");
	else
		report_unread(f, h->iommu_rc);
	report_remedy(f, "in the BIOS, AMD CBS > NBIO Common Options: IOMMU Enabled");
	report_follows(r, f, (const char *const[]){"snp.cmdline", NULL});
}

static void rmp_size(struct check_finding *f, const struct host_snp *s)
{
	const uint64_t size = s->rmp_end.value + 1 - s->rmp_base.value;
	const uint64_t top =
		s->ram_end.value > s->rmp_end.value + 1 ? s->ram_end.value : s->rmp_end.value + 1;
	const uint64_t need = (top >> 12) * RMP_ENTRY + RMP_BOOKKEEPING;

	report_found(f, "0x%llx to 0x%llx, %llu MiB; RAM ends at 0x%llx",
		(unsigned long long)s->rmp_base.value, (unsigned long long)s->rmp_end.value,
		(unsigned long long)(size >> 20), (unsigned long long)s->ram_end.value);
	report_needed(f, "%llu MiB, so that it covers all RAM",
		(unsigned long long)(need + 0xfffff) >> 20);
	if (size >= need)
		return;
	f->outcome = CHECK_MISSING;
	report_remedy(f,
		"the BIOS made the table too small for this RAM. AMD CBS > CPU Common Options: SNP "
		"Memory (RMP Table) Coverage Enabled, not Custom; or update the BIOS");
}

static void rmp(struct check_report *r)
{
	const struct host_snp *s = &r->host->snp;
	const struct fact *snp = &r->host->param[PARAM_SEV_SNP];
	/* kvm_amd takes its parameter back where the kernel did not take the table. */
	const bool taken = host_offers(r->host, KVM_X86_SNP_VM) || (!snp->rc && snp->value);
	struct check_finding *f = report_add(r, "snp.rmp", ON_SNP, CHECK_OK);

	report_looked(f, "MSR 0xc0010132, 0xc0010133 and 0xc0010136 (RMP_BASE, RMP_END, RMP_CFG)");
	report_needed(f, "a reverse map table that covers all RAM");
	if (!s->rmp_base.rc && !s->rmp_end.rc && (!s->rmp_base.value || !s->rmp_end.value)) {
		f->outcome = CHECK_MISSING;
		report_found(f, "none reserved");
		report_remedy(f,
			"in the BIOS, AMD CBS > CPU Common Options (some boards: NBIO Common "
			"Options): SNP Memory (RMP Table) Coverage Enabled");
	} else if (!s->rmp_cfg.rc && (r->host->cpu.sev[0] & EAX_SEGMENTS) &&
		   s->rmp_cfg.value & RMP_SEGMENTED) {
		report_found(f, "in segments, at 0x%llx", (unsigned long long)s->rmp_base.value);
	} else if (!s->rmp_base.rc && !s->rmp_end.rc && !s->ram_end.rc) {
		rmp_size(f, s);
	} else if (taken) {
		report_found(f,
			"the kernel took it (kvm_amd.sev_snp); its registers are not known: %s",
			error_errno_text(-(s->rmp_base.rc ? s->rmp_base.rc : s->ram_end.rc)));
	} else {
		f->outcome = CHECK_UNSURE;
		report_unread(f, s->rmp_base.rc ? s->rmp_base.rc : s->ram_end.rc);
		report_remedy(f,
			"modprobe msr, and ask again as root; or look for \"RMP table\" in dmesg");
	}
}

static void parameters(struct check_report *r)
{
	const struct host *h = r->host;
	const struct fact *sev = &h->param[PARAM_SEV], *es = &h->param[PARAM_SEV_ES],
			  *snp = &h->param[PARAM_SEV_SNP];
	struct check_finding *f = report_add(r, "snp.parameters", ON_SNP, CHECK_OK);

	report_looked(f, "/sys/module/kvm_amd/parameters/sev, sev_es, sev_snp");
	report_needed(f, "sev=Y sev_es=Y sev_snp=Y");
#define SHOW(p) ((p)->rc ? "?" : (p)->value ? "Y" : "N")
	report_found(f, "sev=%s sev_es=%s sev_snp=%s", SHOW(sev), SHOW(es), SHOW(snp));
#undef SHOW
	if (!sev->rc && !es->rc && !snp->rc && sev->value && es->value && snp->value)
		return;
	f->outcome = host_offers(h, KVM_X86_SNP_VM) ? CHECK_UNSURE : CHECK_MISSING;
	report_follows(r, f, causes);
	if (h->kvm.kind != HOST_KVM_AMD) {
		report_found(f, "kvm_amd is not loaded");
		report_remedy(f, "modprobe kvm_amd");
	} else {
		report_remedy(f,
			"kvm_amd switched it off when it was loaded: take sev=0, sev_es=0 and "
			"sev_snp=0 out of /etc/modprobe.d, then modprobe -r kvm_amd and modprobe "
			"kvm_amd; dmesg names any other reason");
	}
}

static void device(struct check_report *r)
{
	const struct host_snp *s = &r->host->snp;
	struct check_finding *f = report_add(r, "snp.device", ON_SNP, CHECK_OK);

	report_looked(f, "/dev/sev");
	report_needed(f, "opens for reading and writing");
	if (s->file_rc)
		report_found(f, "%s", error_errno_text(-s->file_rc));
	else
		report_found(f, "%s:%s, mode %04o: %s", s->file.owner, s->file.group,
			s->file.mode & 07777,
			s->open_rc < 0 ? error_errno_text(-s->open_rc) : "opens");
	if (s->open_rc >= 0)
		return;
	f->outcome = CHECK_MISSING;
	if (!s->file_rc) {
		report_remedy(f,
			"a udev rule in /etc/udev/rules.d: KERNEL==\"sev\", GROUP=\"kvm\", "
			"MODE=\"0660\"; then udevadm trigger /dev/sev. In a container: give it "
			"the device");
		return;
	}
	report_follows(r, f, causes);
	report_remedy(f, s->ccp ? "ccp found no secure processor: see dmesg about ccp, and the BIOS"
				: "modprobe ccp; a kernel with CONFIG_CRYPTO_DEV_SP_PSP");
}

void judge_snp(struct check_report *r, const struct check_wants *wants)
{
	if (other_make(r))
		return;
	processor(r);
	if (!(r->host->cpu.sev[0] & EAX_SEV_SNP)) {
		judge_vm_type(r, "snp.vm-type", CHECK_SEV_SNP, causes,
			"dmesg says why: look for SEV-SNP, kvm_amd and ccp");
		return;
	}
	product(r);
	c_bit(r);
	asids(r);
	kernel(r);
	config(r);
	cmdline(r);
	bios(r);
	iommu(r);
	rmp(r);
	device(r);
	parameters(r);
	judge_vm_type(r, "snp.vm-type", CHECK_SEV_SNP, causes,
		"dmesg says why: look for SEV-SNP, kvm_amd and ccp");
	if (host_offers(r->host, KVM_X86_SNP_VM))
		judge_settled(r, circumstances);
	judge_snp_firmware(r, wants);
	judge_log(r, ON_SNP);
}
