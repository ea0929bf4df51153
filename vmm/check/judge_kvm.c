/* SPDX-License-Identifier: Apache-2.0 */
/* Judging KVM as every platform needs it. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "vmm/check/report.h"

/* scripts/node draws the line here too: interpreted ring 0 reaches 1 M/s, processors over 100 M/s.
 */
#define FAST_LOOPS 30000000u

static const char *const after_device[] = {"kvm.device", NULL};

static void no_device(struct check_finding *f, const struct host_cpu *cpu)
{
	if (!cpu->flags_rc && cpu->flag[FLAG_SVM])
		report_remedy(f,
			"modprobe kvm_amd; if it refuses, dmesg says why: often SVM Mode is "
			"disabled in the BIOS, or the kernel lacks CONFIG_KVM_AMD");
	else if (!cpu->flags_rc && cpu->flag[FLAG_VMX])
		report_remedy(f, "modprobe kvm_intel; if it refuses, dmesg says why: often Intel "
				 "Virtualization Technology (VT-x) is disabled in the BIOS");
	else if (cpu->in_vm)
		report_remedy(f, "this virtual machine has no hardware virtualisation: have nested "
				 "virtualisation switched on for it, or use a machine of metal");
	else
		report_remedy(f,
			"enable virtualisation in the BIOS (AMD: SVM Mode; Intel: Intel "
			"Virtualization Technology, VT-x), switch the machine off and on, then "
			"modprobe kvm_amd or kvm_intel");
}

static void no_access(struct check_finding *f, const struct host *h)
{
	const struct check_file *file = &h->kvm.file;
	const char *user = h->user_rc ? "USER" : h->user.name;

	if (!h->kvm.file_rc && (file->mode & 060) == 060 && strcmp(file->group, "root"))
		report_remedy(f, "usermod -aG %s %s, then log in anew", file->group, user);
	else
		report_remedy(f,
			"a udev rule: KERNEL==\"kvm\", GROUP=\"kvm\", MODE=\"0660\"; then "
			"usermod -aG kvm %s. In a container: give it the device",
			user);
}

static void device(struct check_report *r)
{
	const struct host_kvm *k = &r->host->kvm;
	struct check_finding *f = report_add(r, "kvm.device", ON_ALL, CHECK_OK);

	report_looked(f, "/dev/kvm");
	report_needed(f, "opens for reading and writing");
	if (k->file_rc)
		report_found(f, "%s", error_errno_text(-k->file_rc));
	else
		report_found(f, "%s:%s, mode %04o: %s", k->file.owner, k->file.group,
			k->file.mode & 07777,
			k->open_rc < 0 ? error_errno_text(-k->open_rc) : "opens");
	if (k->open_rc >= 0)
		return;
	f->outcome = CHECK_MISSING;
	if (k->open_rc == -EACCES || k->open_rc == -EPERM)
		no_access(f, r->host);
	else if (k->open_rc == -EBUSY)
		report_remedy(f, "another hypervisor holds the processor: stop it");
	else
		no_device(f, &r->host->cpu);
}

static void module(struct check_report *r)
{
	const struct host *h = r->host;
	struct check_finding *f = report_add(r, "kvm.module", ON_ALL, CHECK_OK);

	report_looked(f, "/sys/module, /proc/cpuinfo");
	report_needed(f, "kvm_amd or kvm_intel, on a processor with svm or vmx");
	switch (h->kvm.kind) {
	case HOST_KVM_AMD:
		report_found(f, "kvm_amd");
		return;
	case HOST_KVM_INTEL:
		report_found(f, "kvm_intel");
		return;
	case HOST_KVM_PVM:
		report_found(f, "kvm_pvm: KVM without hardware virtualisation, %s",
			h->cpu.flag[FLAG_SVM] || h->cpu.flag[FLAG_VMX]
				? "though the processor has it"
				: "which this processor has not (neither svm nor vmx)");
		break;
	case HOST_KVM_UNKNOWN:
		report_found(f, "none of kvm_amd, kvm_intel and kvm_pvm");
		break;
	}
	f->outcome = CHECK_NOTE;
	report_remedy(
		f, "sev-snp needs kvm_amd and tdx kvm_intel; others have ordinary guests only");
}

static void version(struct check_report *r)
{
	const struct fact *v = &r->host->kvm.version;
	struct check_finding *f = report_add(r, "kvm.version", ON_ALL, CHECK_OK);

	report_looked(f, "KVM_GET_API_VERSION");
	report_needed(f, "%d", KVM_API_VERSION);
	report_found(f, "%llu", (unsigned long long)v->value);
	if (v->rc) {
		report_unread(f, v->rc)->outcome = CHECK_UNKNOWN;
		report_follows(r, f, after_device);
	} else if (v->value != KVM_API_VERSION) {
		f->outcome = CHECK_MISSING;
		report_remedy(
			f, "use a kernel newer than 2.6.22: this number has not changed since");
	}
}

static void capabilities(struct check_report *r)
{
	const struct host_kvm *k = &r->host->kvm;
	struct check_finding *f = report_add(r, "kvm.capabilities", ON_ALL, CHECK_OK);

	report_looked(f, "KVM_CHECK_EXTENSION");
	report_needed(f, "what hc-vmm cannot do without, KVM_CAP_SPLIT_IRQCHIP and others");
	report_found(f, "all");
	if (k->version.rc) {
		report_unread(f, k->version.rc)->outcome = CHECK_UNKNOWN;
		report_follows(r, f, after_device);
	} else if (k->lacks) {
		f->outcome = CHECK_MISSING;
		report_found(f, "no %s", k->lacks);
		report_remedy(f, "use a newer kernel, or the distribution's own kernel");
	}
}

static void vm_types(struct check_report *r)
{
	static const char *const names[] = {
		"ordinary", "software-protected", "SEV", "SEV-ES", "SEV-SNP", "TDX"};
	const struct fact *types = &r->host->kvm.vm_types;
	struct check_finding *f = report_add(r, "kvm.vm-types", ON_ALL, CHECK_OK);
	size_t len = 0;

	report_looked(f, "KVM_CHECK_EXTENSION(KVM_CAP_VM_TYPES)");
	report_needed(f, "plain and sim-snp: bit 0; sev-snp: bit 4; tdx: bit 5");
	if (types->rc) {
		report_unread(f, types->rc)->outcome = CHECK_UNSURE;
		report_follows(r, f, after_device);
		return;
	}
	if (!types->value) {
		report_found(f, "no such question: this KVM, older than Linux 6.8, has ordinary "
				"guests only");
		return;
	}
	report_found(f, "0x%llx:", (unsigned long long)types->value);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (types->value >> i & 1) {
			len = strlen(f->found);
			snprintf(f->found + len, sizeof(f->found) - len, "%s %s",
				strchr(f->found, ' ') ? "," : "", names[i]);
		}
}

static void speed(struct check_report *r)
{
	const struct fact *s = &r->host->kvm.speed;
	const unsigned long long per_s = s->value;
	struct check_finding *f = report_add(r, "kvm.speed", ON_SHARED, CHECK_OK);

	report_looked(f, "a loop in a guest's 64-bit ring 0, measured");
	report_needed(f, "%u million loops a second", FAST_LOOPS / 1000000);
	if (s->rc == -ETIMEDOUT) {
		f->outcome = CHECK_MISSING;
		report_found(f, "the guest did not come back within 2 s");
		report_remedy(f, "this KVM does not run guests: see dmesg");
	} else if (s->rc) {
		report_unread(f, s->rc)->outcome = CHECK_UNKNOWN;
		report_follows(r, f, after_device);
		if (!f->follows)
			report_remedy(f, "see dmesg: KVM opens, and runs no guest");
	} else {
		report_found(f, "%llu.%llu million a second", per_s / 1000000, per_s / 100000 % 10);
	}
	if (s->rc || per_s >= FAST_LOOPS)
		return;
	f->outcome = CHECK_LIMIT;
	report_remedy(f,
		"guests' kernels are interpreted here and start in minutes, not in a second, if "
		"all of them run: use a machine whose processor shows svm or vmx");
}

/* RAM of plain and sim on a guest_memfd, which a configuration may ask for. */
static void mapped_memory(struct check_report *r, const struct check_wants *wants)
{
	const uint64_t both = GUEST_MEMFD_FLAG_MMAP | GUEST_MEMFD_FLAG_INIT_SHARED;
	const struct fact *flags = &r->host->kvm.gmem_flags;
	struct check_finding *f = report_add(r, "kvm.mapped-memory", ON_SHARED, CHECK_NOTE);

	report_looked(f, "KVM_CHECK_EXTENSION(KVM_CAP_GUEST_MEMFD_FLAGS)");
	report_needed(f, "bits 0 and 1, for \"memory_backing\": \"guest_memfd\"");
	if (wants->guest_memfd)
		f->outcome = CHECK_OK;
	if (flags->rc) {
		report_unread(f, flags->rc);
		if (!wants->guest_memfd)
			return;
		f->outcome = CHECK_UNKNOWN;
		report_follows(r, f, after_device);
		return;
	}
	report_found(f, "0x%llx: %s", (unsigned long long)flags->value,
		(flags->value & both) == both ? "a guest_memfd can be mapped"
					      : "no guest_memfd that can be mapped");
	if ((flags->value & both) == both || !wants->guest_memfd)
		return;
	f->outcome = CHECK_MISSING;
	report_remedy(f, "use Linux 6.18 or newer, or leave memory_backing out");
}

void judge_vm_type(struct check_report *r, const char *id, enum check_platform platform,
	const char *const causes[], const char *remedy)
{
	const struct fact *types = &r->host->kvm.vm_types;
	const unsigned int type = platform == CHECK_TDX ? KVM_X86_TDX_VM : KVM_X86_SNP_VM;
	struct check_finding *f = report_add(r, id, 1u << platform, CHECK_OK);
	const bool offered = host_offers(r->host, type);

	report_looked(f, "KVM_CAP_VM_TYPES bit %u", type);
	report_needed(f, "KVM offers such guests");
	report_found(f, offered ? "offered" : "not offered");
	if (offered)
		return;
	f->outcome = types->rc ? CHECK_UNKNOWN : CHECK_MISSING;
	if (types->rc)
		report_unread(f, types->rc);
	report_follows(r, f, causes);
	if (!f->follows)
		report_remedy(f, "%s", remedy);
}

void judge_settled(struct check_report *r, const char *const ids[])
{
	for (; *ids; ids++)
		for (size_t i = 0; i < r->count; i++)
			if (!strcmp(r->finding[i].id, *ids) && r->finding[i].outcome > CHECK_NOTE) {
				r->finding[i].outcome = CHECK_NOTE;
				r->finding[i].follows = NULL;
				report_remedy(&r->finding[i],
					"nothing: KVM offers such guests all the same");
			}
}

void judge_kvm(struct check_report *r, const struct check_wants *wants)
{
	device(r);
	module(r);
	version(r);
	capabilities(r);
	vm_types(r);
	speed(r);
	mapped_memory(r, wants);
}

void judge_log(struct check_report *r, unsigned int platforms)
{
	const struct host *h = r->host;

	for (unsigned int i = 0; i < h->log_lines; i++) {
		struct check_finding *f = report_add(r, "kernel.log", platforms, CHECK_NOTE);

		report_looked(f, "dmesg");
		report_found(f, "%s", h->log[i]);
	}
}
