/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Judging TDX from the ground up. The names of BIOS settings are Intel's, which most vendors show.
 * What refuses, and with which words: Linux, arch/x86/virt/vmx/tdx/tdx.c (tdx_init) and
 * arch/x86/kvm/vmx/tdx.c (tdx_bringup); Documentation/arch/x86/tdx.rst.
 */
#include <errno.h>
#include <string.h>

#include "vmm/check/report.h"
#include "vmm/platform/tdx_td.h"

#define INTEL "GenuineIntel"

#define ATTRIBUTE_SEPT_VE_DISABLE (1ull << 28)

#define BIOS_TDX                                                                                   \
	"Memory Encryption (TME) Enable, Total Memory Encryption Multi-Tenant (TME-MT) Enable, "   \
	"TME-MT memory integrity Disable, Trust Domain Extension (TDX) Enable, TDX Secure "        \
	"Arbitration Mode Loader (SEAM Loader) Enable, TME-MT/TDX key split not zero, Limit CPU "  \
	"PA to 46 bits Disable, SW Guard Extensions (SGX) Enable (for quotes)"

static const char *const causes[] = {"kvm.device", "tdx.kernel", "tdx.hibernation", "tdx.bios",
	"tdx.requirements", "tdx.parameter", NULL};

/* What the kernel looks at before KVM offers such guests. */
static const char *const circumstances[] = {"tdx.processor", "tdx.kernel", "tdx.hibernation",
	"tdx.bios", "tdx.requirements", "tdx.parameter", NULL};

static bool other_make(struct check_report *r)
{
	const struct host_cpu *cpu = &r->host->cpu;
	struct check_finding *f;

	if (!strcmp(cpu->vendor, INTEL))
		return false;
	f = report_add(r, "tdx.processor", ON_TDX, CHECK_MISSING);
	report_looked(f, "CPUID 0");
	report_found(f, "%s", cpu->vendor);
	report_needed(f, INTEL);
	report_remedy(f,
		"none on this machine: TDX needs an Intel Xeon of the 5th generation (Emerald "
		"Rapids) or newer, or one of the 4th that has it");
	return true;
}

static void processor(struct check_report *r)
{
	const char *name = report_product(&r->host->cpu);
	struct check_finding *f = report_add(r, "tdx.processor", ON_TDX, CHECK_OK);

	report_looked(f, "CPUID 0 and 1");
	report_needed(f, "an Intel processor with TDX");
	report_found(f, "%s", name ? name : "a product that hc-vmm does not know");
	if (!name && !host_offers(r->host, KVM_X86_TDX_VM)) {
		f->outcome = CHECK_UNSURE;
		report_remedy(f, "look up whether this processor has TDX");
	}
}

static void kernel(struct check_report *r)
{
	const struct host *h = r->host;
	struct check_finding *f = report_add(r, "tdx.kernel", ON_TDX, CHECK_OK);

	report_looked(f, "uname(2), KVM_CAP_VM_TYPES, /boot/config-%.64s", h->uname.release);
	report_needed(f,
		"Linux 6.16 or newer with CONFIG_INTEL_TDX_HOST and CONFIG_KVM_INTEL_TDX, or a "
		"distribution's kernel with its TDX");
	report_found(f, "%u.%u%s", h->kernel_major, h->kernel_minor,
		h->config_rc    ? ", its configuration not known"
		: h->config_tdx ? ", with TDX"
				: ", without CONFIG_INTEL_TDX_HOST or CONFIG_KVM_INTEL_TDX");
	if (host_offers(h, KVM_X86_TDX_VM))
		return;
	if (!h->kernel_major) {
		f->outcome = CHECK_UNSURE;
		report_found(f, "not known: no version in \"%.32s\"", h->uname.release);
	} else if (h->kernel_major < 6 || (h->kernel_major == 6 && h->kernel_minor < 16)) {
		f->outcome = CHECK_MISSING;
		report_remedy(f, "install Linux 6.16 or newer");
	} else if (!h->config_rc && !h->config_tdx) {
		f->outcome = CHECK_MISSING;
		report_remedy(f, "use a kernel with both, not one of a cloud flavour");
	}
}

static void hibernation(struct check_report *r)
{
	const struct fact *hib = &r->host->hibernation;
	struct check_finding *f = report_add(r, "tdx.hibernation", ON_TDX, CHECK_OK);

	report_looked(f, "/sys/power/disk");
	report_needed(f, "hibernation off for good: the kernel leaves TDX alone otherwise");
	report_found(f, hib->value ? "the kernel can hibernate" : "off");
	if (hib->rc)
		report_unread(f, hib->rc)->outcome =
			host_offers(r->host, KVM_X86_TDX_VM) ? CHECK_OK : CHECK_UNSURE;
	else if (hib->value && !host_offers(r->host, KVM_X86_TDX_VM))
		f->outcome = CHECK_MISSING;
	if (f->outcome != CHECK_OK)
		report_remedy(f, "add nohibernate to the kernel's command line and boot anew");
}

static void bios(struct check_report *r)
{
	const struct host_cpu *cpu = &r->host->cpu;
	struct check_finding *f = report_add(r, "tdx.bios", ON_TDX, CHECK_OK);

	report_looked(f, "/proc/cpuinfo, flag tdx_host_platform");
	report_needed(f, "the BIOS left private keys for TDX, and the kernel took them");
	report_found(f, cpu->flag[FLAG_TDX_HOST] ? "there" : "not there");
	if (cpu->flags_rc) {
		report_unread(f, cpu->flags_rc)->outcome =
			host_offers(r->host, KVM_X86_TDX_VM) ? CHECK_UNSURE : CHECK_UNKNOWN;
		return;
	}
	if (cpu->flag[FLAG_TDX_HOST])
		return;
	f->outcome = CHECK_MISSING;
	if (cpu->in_vm) {
		report_remedy(f, "a virtual machine has no TDX to give: use a machine of metal");
		return;
	}
	report_follows(r, f, (const char *const[]){"tdx.kernel", "tdx.hibernation", NULL});
	report_remedy(f, "in the BIOS, Socket Configuration > Processor Configuration: " BIOS_TDX);
}

static void requirements(struct check_report *r)
{
	static const enum host_param needed[] = {PARAM_EPT, PARAM_EPTAD, PARAM_APICV, PARAM_TDP_MMU,
		PARAM_MMIO_CACHING, PARAM_VIRT_AT_LOAD};
	const struct host *h = r->host;
	struct check_finding *f = report_add(r, "tdx.requirements", ON_TDX, CHECK_OK);

	report_looked(f, "parameters of kvm and kvm_intel, flags movdir64b and ss");
	report_needed(f, "kvm_intel ept, eptad, enable_apicv, kvm tdp_mmu, mmio_caching, "
			 "enable_virt_at_load, and both flags");
	report_found(f, "none switched off");
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		const struct fact *p = &h->param[needed[i]];

		if (p->rc || p->value)
			continue;
		f->outcome = CHECK_MISSING;
		report_found(f, "%s=N", host_param_name(needed[i]));
		report_remedy(f, "take %s=0 out of /etc/modprobe.d and the kernel's command line",
			host_param_name(needed[i]));
		return;
	}
	if (h->cpu.flags_rc || (h->cpu.flag[FLAG_MOVDIR64B] && h->cpu.flag[FLAG_SELFSNOOP]))
		return;
	f->outcome = CHECK_MISSING;
	report_found(f, "no flag %s", h->cpu.flag[FLAG_MOVDIR64B] ? "ss" : "movdir64b");
	report_remedy(f, "no clearcpuid= on the kernel's command line; else another processor");
}

static void parameter(struct check_report *r)
{
	const struct host *h = r->host;
	const struct fact *p = &h->param[PARAM_TDX];
	struct check_finding *f = report_add(r, "tdx.parameter", ON_TDX, CHECK_OK);

	report_looked(f, "/sys/module/kvm_intel/parameters/tdx");
	report_needed(f, "Y");
	report_found(f, p->value ? "Y" : "N");
	if (!p->rc && p->value)
		return;
	f->outcome = host_offers(h, KVM_X86_TDX_VM) ? CHECK_UNSURE : CHECK_MISSING;
	if (p->rc)
		report_found(f, "%s",
			h->kvm.kind == HOST_KVM_INTEL
				? "no such parameter: kvm_intel was built without TDX"
				: "kvm_intel is not loaded");
	report_follows(r, f, causes);
	report_remedy(
		f, h->kvm.kind != HOST_KVM_INTEL
			   ? "modprobe kvm_intel tdx=1"
			   : "kvm_intel.tdx=1 on the kernel's command line, or \"options kvm_intel "
			     "tdx=1\" in /etc/modprobe.d; off is the default. If it was asked for, "
			     "dmesg (virt/tdx) says why the module did not start");
}

static void module(struct check_report *r, const struct check_wants *wants)
{
	const struct host_kvm *k = &r->host->kvm;
	const struct kvm_tdx_capabilities *c = &k->tdx;
	const uint64_t attributes = ATTRIBUTE_SEPT_VE_DISABLE | wants->td_attributes;
	struct check_finding *f = report_add(r, "tdx.module", ON_TDX, CHECK_OK);

	report_looked(f, "KVM_TDX_CAPABILITIES of a VM of type 5");
	report_needed(f, "attributes 0x%llx, XFAM 0x%llx", (unsigned long long)attributes,
		(unsigned long long)TDX_XFAM);
	report_found(f, "attributes 0x%llx, XFAM 0x%llx, %u CPUID leaves",
		(unsigned long long)c->supported_attrs, (unsigned long long)c->supported_xfam,
		c->cpuid.nent);
	if (k->tdx_rc) {
		report_unread(f, k->tdx_rc)->outcome = CHECK_UNKNOWN;
		report_remedy(f, "see dmesg about virt/tdx and kvm_intel");
	} else if (attributes & ~c->supported_attrs) {
		f->outcome = CHECK_MISSING;
		report_remedy(f,
			"leave them out of confidential.td_attributes, or use a newer kernel and "
			"TDX module");
	} else if (TDX_XFAM & ~c->supported_xfam) {
		f->outcome = CHECK_MISSING;
		report_remedy(f,
			"XFAM is the same on every host: use a processor, kernel and TDX module "
			"that have these parts of XCR0 (AVX-512, protection keys)");
	}
}

static void vcpus(struct check_report *r, const struct check_wants *wants)
{
	const struct fact *most = &r->host->kvm.tdx_vcpus;
	struct check_finding *f = report_add(r, "tdx.vcpus", ON_TDX, CHECK_OK);

	report_looked(f, "KVM_CAP_MAX_VCPUS of a VM of type 5");
	report_needed(f, "%u vCPUs", wants->vcpus ? wants->vcpus : 1);
	report_found(f, "at most %llu in one TD", (unsigned long long)most->value);
	if (most->rc) {
		report_unread(f, most->rc)->outcome = CHECK_UNSURE;
	} else if (most->value < (wants->vcpus ? wants->vcpus : 1)) {
		f->outcome = CHECK_MISSING;
		report_remedy(f, "give the guest fewer: a TD has no more vCPUs than its host has "
				 "processors");
	}
}

static void bus_cycles(struct check_report *r)
{
	const struct fact *b = &r->host->kvm.bus_cycles;
	struct check_finding *f = report_add(r, "tdx.apic-timer", ON_TDX, CHECK_OK);

	report_looked(f, "KVM_CAP_X86_APIC_BUS_CYCLES_NS");
	report_needed(f, "the APIC's clock can be set to the 25 MHz that TDX guests are told");
	report_found(f, !b->rc && b->value ? "yes" : "no");
	if (!b->rc && b->value)
		return;
	f->outcome = CHECK_MISSING;
	report_remedy(f, "use Linux 6.11 or newer");
}

static void quotes(struct check_report *r)
{
	const struct host *h = r->host;
	struct check_finding *f = report_add(r, "tdx.quote-service", ON_TDX, CHECK_OK);

	if (h->quote.vsock)
		report_looked(f, "vsock:%u:%u", h->quote.cid, h->quote.port);
	else
		report_looked(f, "unix:%s", h->quote.path);
	report_needed(f, "Intel's quote generation service answers (qgsd, from SGX DCAP)");
	report_found(f, "%s", h->quote_rc ? error_errno_text(-h->quote_rc) : "it answers");
	if (!h->quote_rc)
		return;
	f->outcome = CHECK_LIMIT;
	report_remedy(f,
		h->quote_rc == -EACCES || h->quote_rc == -EPERM
			? "let this user connect to it: usermod -aG qgsd USER"
			: "without it guests start and cannot prove themselves: install tdx-qgs, "
			  "start qgsd, name it in confidential.quote_service, and register the "
			  "platform (PCCS or PCKIDRetrievalTool)");
}

void judge_tdx(struct check_report *r, const struct check_wants *wants)
{
	if (other_make(r))
		return;
	processor(r);
	kernel(r);
	hibernation(r);
	bios(r);
	requirements(r);
	parameter(r);
	judge_vm_type(r, "tdx.vm-type", CHECK_TDX, causes,
		"dmesg says why: look for virt/tdx. If there is no module: put TDX-SEAM.so and its "
		".sigstruct where the BIOS or the SEAM loader looks for them");
	if (host_offers(r->host, KVM_X86_TDX_VM)) {
		judge_settled(r, circumstances);
		module(r, wants);
		vcpus(r, wants);
		judge_private_memory(r, ON_TDX);
		bus_cycles(r);
	}
	quotes(r);
	judge_log(r, ON_TDX);
}
