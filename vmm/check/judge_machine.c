/* SPDX-License-Identifier: Apache-2.0 */
/* Judging what is no matter of KVM: kernel, processor, and what hc-vmm brings along itself. */
#include <string.h>

#include "common/version.h"
#include "vmm/check/report.h"

static void kernel(struct check_report *r)
{
	const struct host *h = r->host;
	struct check_finding *f = report_add(r, "kernel.version", ON_ALL, CHECK_OK);

	report_looked(f, "uname(2)");
	report_needed(f, "Linux on x86_64 (sev-snp: 6.11 or newer, tdx: 6.16 or newer)");
	if (h->uname_rc) {
		f->outcome = CHECK_UNKNOWN;
		report_unread(f, h->uname_rc);
		return;
	}
	report_found(f, "%s %s %s", h->uname.sysname, h->uname.release, h->uname.machine);
	if (strcmp(h->uname.machine, "x86_64")) {
		f->outcome = CHECK_MISSING;
		report_remedy(f, "use a machine with x86_64 processors");
	}
}

static void processor(struct check_report *r)
{
	const struct host_cpu *cpu = &r->host->cpu;
	const char *product = report_product(cpu);
	struct check_finding *f = report_add(r, "cpu.processor", ON_ALL, CHECK_OK);

	report_looked(f, "CPUID 0, 1 and 0x80000002 to 0x80000004");
	report_found(f, "%s, family 0x%02x model 0x%02x, %s: %s", cpu->vendor, cpu->family,
		cpu->model, product ? product : "a product that hc-vmm does not know",
		*cpu->brand ? cpu->brand : "no name");
}

static void inside_a_vm(struct check_report *r)
{
	const struct host_cpu *cpu = &r->host->cpu;
	struct check_finding *f = report_add(r, "cpu.virtual-machine", ON_ALL, CHECK_OK);

	report_looked(f, "CPUID 1 ECX bit 31 and CPUID 0x40000000");
	if (!cpu->in_vm) {
		report_found(f, "a machine, not a virtual one");
		return;
	}
	f->outcome = CHECK_NOTE;
	report_found(f, "this is a virtual machine itself, under \"%s\"",
		*cpu->hypervisor ? cpu->hypervisor : "no name");
	report_remedy(f,
		"for guests that nobody reads, use a machine of metal: whoever runs this virtual "
		"machine reads all of it");
}

static void without_protection(struct check_report *r)
{
	struct check_finding *f = report_add(r, "platform.protection", ON_SHARED, CHECK_NOTE);

	report_looked(f, "what plain and sim-snp are");
	report_found(f, "no protection: this machine's operator can read and alter such guests");
	report_remedy(f, "for tenants' data, sev-snp or tdx");
}

static void built(struct check_report *r, const struct check_wants *wants)
{
	for (int p = 0; p < CHECK_PLATFORMS; p++) {
		struct check_finding *f;

		if (wants->built >> p & 1)
			continue;
		f = report_add(r, "hc-vmm.platform", 1u << p, CHECK_MISSING);
		report_looked(f, "this program");
		report_found(f, "hc-vmm " HC_VERSION " was built without %s",
			report_platform_name((enum check_platform)p));
		report_needed(f, "an hc-vmm that has this platform");
		report_remedy(f, "%s",
			p == CHECK_SIM_SNP ? "build it without SIM=0"
					   : "install a release of hc-vmm that has it");
	}
}

static void images(struct check_report *r, const struct check_wants *wants)
{
	for (int p = 0; p < CHECK_PLATFORMS; p++) {
		struct check_finding *f;

		if (!wants->no_image[p])
			continue;
		f = report_add(r, "firmware.image", 1u << p, CHECK_MISSING);
		report_looked(f, "%s", wants->no_image[p]);
		report_found(f, "no such file, or none that can be read");
		report_needed(f, "the guest's firmware for %s",
			report_platform_name((enum check_platform)p));
		report_remedy(f,
			"install the firmware images in the folder firmware beside that of "
			"hc-vmm, or name one (--firmware, confidential.firmware)");
	}
}

static void simulated_root(struct check_report *r, const struct check_wants *wants)
{
	struct check_finding *f = report_add(r, "sim.root", ON_SIM, CHECK_OK);

	report_looked(f, "%s", wants->sim_state);
	report_needed(f, "this machine's simulated root");
	report_found(f, wants->sim_ready ? "there" : "not there, or not readable");
	if (!wants->sim_ready) {
		f->outcome = CHECK_MISSING;
		report_remedy(f, "make it: hc-vmm sim-init --state %s", wants->sim_state);
	}
}

void judge_machine(struct check_report *r, const struct check_wants *wants)
{
	kernel(r);
	processor(r);
	inside_a_vm(r);
	without_protection(r);
	built(r, wants);
	images(r, wants);
	if (wants->built & ON_SIM)
		simulated_root(r, wants);
}
