/* SPDX-License-Identifier: Apache-2.0 */
/* Judging what KVM and the secure processor offer an SNP guest, where there can be one. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "vmm/check/report.h"
#include "vmm/platform/snp_policy.h"

/* Least that Linux takes (SNP_MIN_API_MAJOR, _MINOR of drivers/crypto/ccp/sev-dev.h). */
#define API_MAJOR  1
#define API_MINOR  51
#define STATE_INIT 1

#define VMSA_SECURE_TSC (1ull << 9)

static const char *const after_device[] = {"snp.device", NULL};

void judge_private_memory(struct check_report *r, unsigned int platforms)
{
	const struct host_kvm *k = &r->host->kvm;
	const struct {
		const struct fact *fact;
		uint64_t bits;
		const char *name;
	} needed[] = {
		{&k->user_memory2, 1, "KVM_CAP_USER_MEMORY2"},
		{&k->memory_fault, 1, "KVM_CAP_MEMORY_FAULT_INFO"},
		{&k->attributes, KVM_MEMORY_ATTRIBUTE_PRIVATE, "KVM_CAP_MEMORY_ATTRIBUTES"},
		{&k->gmem, 1, "KVM_CAP_GUEST_MEMFD"},
		{&k->exit_hypercall, 1ull << KVM_HC_MAP_GPA_RANGE, "KVM_CAP_EXIT_HYPERCALL bit 12"},
	};
	struct check_finding *f = report_add(r, "kvm.private-memory", platforms, CHECK_OK);

	report_looked(f, "KVM_CHECK_EXTENSION 231 to 234 and 201");
	report_needed(f, "guest_memfd, private attributes, exits for conversions");
	report_found(f, "all");
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		if (!needed[i].fact->rc && (needed[i].fact->value & needed[i].bits))
			continue;
		if (needed[i].fact->rc) {
			report_unread(f, needed[i].fact->rc)->outcome = CHECK_UNKNOWN;
			report_remedy(f, "see dmesg: KVM offers such guests, and makes none");
			return;
		}
		f->outcome = CHECK_MISSING;
		report_found(f, "no %s", needed[i].name);
		report_remedy(f, "use a kernel with CONFIG_KVM_GUEST_MEMFD (Linux 6.11 or newer)");
		return;
	}
}

static void features(struct check_report *r)
{
	const struct fact *v = &r->host->kvm.vmsa_features;
	struct check_finding *f = report_add(r, "snp.vmsa-features", ON_SNP, CHECK_NOTE);

	report_looked(f, "KVM_X86_SEV_VMSA_FEATURES of /dev/kvm");
	if (v->rc)
		report_unread(f, v->rc);
	else
		report_found(f, "0x%llx%s", (unsigned long long)v->value,
			v->value & VMSA_SECURE_TSC ? ", secure TSC among them" : ", no secure TSC");
}

static void policy(struct check_report *r, const struct check_wants *wants)
{
	const struct fact *p = &r->host->kvm.policy_bits;
	const bool old = p->rc == -ENXIO;
	struct check_finding *f = report_add(r, "snp.policy", ON_SNP, CHECK_OK);
	struct error err = {0};

	report_looked(f, "KVM_X86_SNP_POLICY_BITS of /dev/kvm");
	report_needed(f, "guest policy 0x%llx", (unsigned long long)wants->policy);
	report_found(f, "0x%llx", (unsigned long long)p->value);
	if (p->rc && !old) {
		report_unread(f, p->rc)->outcome = CHECK_UNSURE;
		return;
	}
	if (old)
		report_found(f,
			"a kernel older than 6.19, which does not say: it takes policies with SMT "
			"(bit 16) and without SINGLE_SOCKET (bit 20) only");
	if (!snp_policy_host(wants->policy, old ? SNP_POLICY_OLD_KVM : p->value, old, &err))
		return;
	f->outcome = CHECK_MISSING;
	report_remedy(f, "%s", *err.remedy ? err.remedy : "use a kernel that allows these bits");
}

static void certificates(struct check_report *r, const struct check_wants *wants)
{
	const struct fact *c = &r->host->kvm.req_certs;
	struct check_finding *f = report_add(r, "snp.certificates", ON_SNP, CHECK_OK);

	report_looked(f, "KVM_X86_SEV_SNP_REQ_CERTS of /dev/kvm");
	report_needed(f, "guests get the chip's certificate with their reports");
	report_found(f, c->rc ? "no" : "yes");
	if (!c->rc && c->value)
		return;
	f->outcome = CHECK_LIMIT;
	if (c->rc && c->rc != -ENXIO) {
		f->outcome = CHECK_UNSURE;
		report_unread(f, c->rc);
	}
	if (wants->certificates)
		f->outcome = c->rc && c->rc != -ENXIO ? CHECK_UNKNOWN : CHECK_MISSING;
	report_remedy(f, "%s",
		wants->certificates ? "run Linux 7.0 or newer, or leave confidential.certificates "
				      "out"
				    : "Linux 7.0 or newer hands certificates on; without it "
				      "verifiers need them from their own mirror");
}

static void prefault(struct check_report *r)
{
	const struct fact *p = &r->host->kvm.prefault;
	struct check_finding *f = report_add(r, "kvm.prefault", ON_SNP, CHECK_NOTE);

	report_looked(f, "KVM_CAP_PRE_FAULT_MEMORY");
	report_found(f,
		!p->rc && p->value ? "there" : "not there: memory is populated as it is touched");
}

static void smt(struct check_report *r)
{
	const struct fact *s = &r->host->smt;
	struct check_finding *f = report_add(r, "snp.smt", ON_SNP, CHECK_NOTE);

	report_looked(f, "/sys/devices/system/cpu/smt/active");
	if (s->rc)
		report_unread(f, s->rc);
	else
		report_found(f, s->value ? "SMT is on: guests whose policy forbids it (bit 16 "
					   "clear) are refused"
					 : "SMT is off: guests that forbid it can start too");
	report_remedy(f,
		"only for tenants who forbid SMT: nosmt on the kernel's command line, or in "
		"the BIOS SMT Control Disabled");
}

/* What SNP_PLATFORM_STATUS could not say, and why. */
static void no_status(struct check_report *r, struct check_finding *f)
{
	const struct host_snp *s = &r->host->snp;

	f->outcome = host_offers(r->host, KVM_X86_SNP_VM) ? CHECK_UNSURE : CHECK_UNKNOWN;
	report_unread(f, s->status_rc);
	if (s->open_rc < 0) {
		report_follows(r, f, after_device);
		return;
	}
	if (s->status_rc == -EIO)
		report_found(f, "the firmware answered 0x%02x", s->firmware);
	report_remedy(f, "see dmesg about ccp; update the secure processor's firmware, see below");
}

#define UPDATE                                                                                     \
	"update the BIOS, or put the newest amd_sev_famXXh_modelXXh.sbin of linux-firmware into "  \
	"/lib/firmware/amd and load ccp anew"

static void firmware(struct check_report *r)
{
	const struct host_snp *s = &r->host->snp;
	const struct kvm_snp_status *st = &s->status;
	struct check_finding *f = report_add(r, "snp.firmware", ON_SNP, CHECK_OK);

	report_looked(f, "/dev/sev, SNP_PLATFORM_STATUS");
	report_needed(f, "API %d.%d or newer, state INIT, RMP initialised", API_MAJOR, API_MINOR);
	if (s->status_rc) {
		no_status(r, f);
		return;
	}
	report_found(f, "API %u.%u build %u, state %s, RMP %s, %u guests", st->api_major,
		st->api_minor, st->build, st->state == STATE_INIT ? "INIT" : "UNINIT",
		st->rmp_initialised ? "initialised" : "not initialised", st->guests);
	if (st->api_major < API_MAJOR ||
		(st->api_major == API_MAJOR && st->api_minor < API_MINOR)) {
		f->outcome = CHECK_MISSING;
		report_remedy(f, "the secure processor's firmware is too old: " UPDATE);
	} else if (st->state != STATE_INIT || !st->rmp_initialised) {
		f->outcome = host_offers(r->host, KVM_X86_SNP_VM) ? CHECK_LIMIT : CHECK_MISSING;
		report_remedy(f,
			"nobody has initialised it yet: load kvm_amd (modprobe -r kvm_amd, "
			"modprobe "
			"kvm_amd); if it stays so, dmesg about ccp names the error");
	}
}

static void signing(struct check_report *r)
{
	const struct kvm_snp_status *st = &r->host->snp.status;
	struct check_finding *f = report_add(r, "snp.reports", ON_SNP, CHECK_OK);

	report_looked(f, "/dev/sev, SNP_PLATFORM_STATUS");
	report_needed(f, "reports are signed and name the chip");
	report_found(f, "%s%s", st->vlek_loaded ? "a VLEK is loaded, " : "",
		st->mask_chip_key  ? "reports are not signed (MASK_CHIP_KEY)"
		: st->mask_chip_id ? "reports do not name the chip (MASK_CHIP_ID)"
				   : "reports are signed and name the chip");
	if (!st->mask_chip_key && !st->mask_chip_id)
		return;
	f->outcome = CHECK_LIMIT;
	report_remedy(f,
		"no verifier accepts such reports by default: clear it with SNP_SET_CONFIG "
		"(snphost config set)");
}

/* TCB_VERSION by product: Milan and Genoa, or Turin with its FMC (SEV-SNP ABI, 2.2). */
static void tcb_text(char *out, size_t cap, const struct host_cpu *cpu, uint64_t tcb)
{
	uint8_t b[8];

	put_le64(b, tcb);
	if (cpu->family >= 0x1a)
		snprintf(out, cap, "fmc %u, boot loader %u, tee %u, snp %u, microcode %u", b[0],
			b[1], b[2], b[3], b[7]);
	else
		snprintf(out, cap, "boot loader %u, tee %u, snp %u, microcode %u", b[0], b[1], b[6],
			b[7]);
}

static void tcb(struct check_report *r)
{
	const struct kvm_snp_status *st = &r->host->snp.status;
	struct check_finding *f = report_add(r, "snp.tcb", ON_SNP, CHECK_NOTE);
	char current[96], reported[96];

	tcb_text(current, sizeof(current), &r->host->cpu, st->current_tcb);
	tcb_text(reported, sizeof(reported), &r->host->cpu, st->reported_tcb);
	report_looked(f, "/dev/sev, SNP_PLATFORM_STATUS");
	if (st->current_tcb == st->reported_tcb) {
		report_found(f, "%s; reported the same", current);
		return;
	}
	report_found(f, "%s; reported: %s", current, reported);
	report_remedy(f,
		"verifiers judge the reported level: raise it with SNP_SET_CONFIG or SNP_COMMIT "
		"(snphost) once the older level is not needed");
}

static void hiding(struct check_report *r)
{
	const struct kvm_snp_status *st = &r->host->snp.status;
	struct check_finding *f = report_add(r, "snp.ciphertext-hiding", ON_SNP, CHECK_NOTE);

	report_looked(f, "/dev/sev, SNP_PLATFORM_STATUS");
	report_found(f, "ciphertext hiding %s, RAPL %s",
		st->ciphertext_hiding           ? "on"
		: st->ciphertext_hiding_capable ? "off"
						: "not offered",
		st->rapl_disabled ? "off" : "on");
	if (st->ciphertext_hiding_capable && !st->ciphertext_hiding)
		report_remedy(f,
			"for tenants whose policy asks for it: kvm_amd.ciphertext_hiding_asids=N "
			"(Linux 6.18 or newer)");
}

void judge_snp_firmware(struct check_report *r, const struct check_wants *wants)
{
	smt(r);
	firmware(r);
	if (!r->host->snp.status_rc) {
		signing(r);
		tcb(r);
		hiding(r);
	}
	if (!host_offers(r->host, KVM_X86_SNP_VM))
		return;
	judge_private_memory(r, ON_SNP);
	features(r);
	policy(r, wants);
	certificates(r, wants);
	prefault(r);
}
