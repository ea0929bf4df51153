/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What QEMU, EC2 and Google's VMM launch of an OVMF image: order and types of pages, QEMU's page of
 * kernel hashes (target/i386/sev.c), and save areas as their KVM builds them.
 */
#include <stdio.h>

#include "attest/measure/ovmf.h"
#include "attest/measure/vmsa.h"

#define RESET_EIP 0xfffffff0U

int snp_vmm_by_name(enum snp_vmm *out, const char *name, struct error *err)
{
	static const char *const names[] = {"qemu", "ec2", "gce"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(name, names[i]) == 0) {
			*out = (enum snp_vmm)i;
			return 0;
		}
	}
	error_fail(err, HC_EUSAGE, "vmm", "%s", name);
	error_expected(err, "qemu, ec2 or gce");
	return HC_EUSAGE;
}

int snp_vcpu_signature(uint32_t *out, const char *type, struct error *err)
{
	/*
	 * Family, model and stepping of QEMU's models (target/i386/cpu.c, as of the first with
	 * EPYC-Turin); a version suffix does not change them.
	 */
	static const struct {
		const char *name;
		uint32_t versions, signature;
	} models[] = {
		{"EPYC", 5, 0x00800f12},
		{"EPYC-IBPB", 0, 0x00800f12},
		{"EPYC-Rome", 5, 0x00830f10},
		{"EPYC-Milan", 3, 0x00a00f11},
		{"EPYC-Genoa", 2, 0x00a10f10},
		{"EPYC-Turin", 1, 0x00b00f00},
	};
	char name[32];

	for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++) {
		for (uint32_t v = 0; v <= models[i].versions; v++) {
			snprintf(name, sizeof(name), v ? "%s-v%u" : "%s", models[i].name, v);
			if (strcmp(name, type) == 0) {
				*out = models[i].signature;
				return 0;
			}
		}
	}
	error_fail(err, HC_EUSAGE, "vCPU type", "%s", type);
	error_expected(err,
		"EPYC, EPYC-IBPB, EPYC-Rome, EPYC-Milan, EPYC-Genoa or EPYC-Turin, or with -vN");
	error_remedy(err, "give CPUID 1 EAX of the model as the signature");
	return HC_EUSAGE;
}

struct run {
	struct launch_digest *ld;
	measure_explain_fn *explain;
	void *ctx;
};

static int add(const struct run *run, enum hc_page_type type, uint64_t gpa, const uint8_t *page)
{
	int ret = launch_digest_page(run->ld, type, gpa, page);

	if (ret == 0 && run->explain)
		run->explain(run->ctx, type, gpa, run->ld->value);
	return ret;
}

static int add_range(const struct run *run, enum hc_page_type type, uint64_t gpa, uint64_t size,
	const uint8_t *data)
{
	int ret = 0;

	for (uint64_t off = 0; ret == 0 && off < size; off += HC_PAGE_SIZE)
		ret = add(run, type, gpa + off, data ? data + off : NULL);
	return ret;
}

/* {GUID, u16 50, SHA-256 of the data} */
static int hash_entry(uint8_t *p, const uint8_t guid[16], struct view data)
{
	static const uint8_t none[1];
	struct view safe = data.len ? data : (struct view){none, 0};

	memcpy(p, guid, 16);
	put_le16(p + 16, 50);
	return crypto_hash(CRYPTO_SHA256, safe, p + 18);
}

/* The table of QEMU: header, command line (with its NUL), initrd, kernel. */
static int hashes_page(
	uint8_t page[4096], const struct ovmf_snp_launch *launch, size_t at, struct error *err)
{
	static const uint8_t guid[4][16] = {
		/* 9438d606-4f22-4cc9-b479-a793d411fd21, the table */
		{0x06, 0xd6, 0x38, 0x94, 0x22, 0x4f, 0xc9, 0x4c, 0xb4, 0x79, 0xa7, 0x93, 0xd4, 0x11,
			0xfd, 0x21},
		/* 97d02dd8-bd20-4c94-aa78-e7714d36ab2a, command line */
		{0xd8, 0x2d, 0xd0, 0x97, 0x20, 0xbd, 0x94, 0x4c, 0xaa, 0x78, 0xe7, 0x71, 0x4d, 0x36,
			0xab, 0x2a},
		/* 44baf731-3a2f-4bd7-9af1-41e29169781d, initrd */
		{0x31, 0xf7, 0xba, 0x44, 0x2f, 0x3a, 0xd7, 0x4b, 0x9a, 0xf1, 0x41, 0xe2, 0x91, 0x69,
			0x78, 0x1d},
		/* 4de79437-abd2-427f-b835-d5b172d2045b, kernel */
		{0x37, 0x94, 0xe7, 0x4d, 0xd2, 0xab, 0x7f, 0x42, 0xb8, 0x35, 0xd5, 0xb1, 0x72, 0xd2,
			0x04, 0x5b},
	};
	enum { TABLE = 18 + 3 * 50 };
	const char *text = launch->cmdline ? launch->cmdline : "";
	const struct view cmdline = {(const uint8_t *)text, strlen(text) + 1};
	uint8_t *p = page + at;
	int ret;

	memset(page, 0, HC_PAGE_SIZE);
	if (at > HC_PAGE_SIZE - TABLE) {
		error_fail(err, HC_EFORMAT, "kernel hash table", "offset 0x%zx in its page", at);
		return error_expected(err, "room for %d bytes", TABLE);
	}
	memcpy(p, guid[0], 16);
	put_le16(p + 16, TABLE);
	ret = hash_entry(p + 18, guid[1], cmdline);
	if (ret == 0)
		ret = hash_entry(p + 68, guid[2], launch->initrd);
	if (ret == 0)
		ret = hash_entry(p + 118, guid[3], launch->kernel);
	return ret ? error_fail(err, ret, "kernel hash table", "hashing failed") : 0;
}

static int add_hashes(const struct run *run, const struct ovmf_sev *sev,
	const struct ovmf_snp_launch *launch, uint64_t gpa, struct error *err)
{
	uint8_t page[HC_PAGE_SIZE];
	int ret;

	if (!launch->kernel_hashes)
		return add(run, HC_PAGE_ZERO, gpa, NULL);
	if (sev->hashes_table < gpa || sev->hashes_table - gpa >= HC_PAGE_SIZE) {
		error_fail(err, HC_EFORMAT, "kernel hash table", "address 0x%llx",
			(unsigned long long)sev->hashes_table);
		return error_expected(err, "within the page at 0x%llx", (unsigned long long)gpa);
	}
	ret = hashes_page(page, launch, (size_t)(sev->hashes_table - gpa), err);
	return ret ? ret : add(run, HC_PAGE_NORMAL, gpa, page);
}

static int add_section(const struct run *run, const struct ovmf_sev *sev,
	const struct ovmf_snp_launch *launch, const struct ovmf_sev_section *s, struct error *err)
{
	switch (s->type) {
	case OVMF_SEV_SEC_MEM:
		return add_range(run,
			launch->vmm == SNP_VMM_GCE ? HC_PAGE_UNMEASURED : HC_PAGE_ZERO, s->gpa,
			s->size, NULL);
	case OVMF_SEV_SECRETS:
		return add(run, HC_PAGE_SECRETS, s->gpa, NULL);
	case OVMF_SEV_CPUID:
		return add(run, HC_PAGE_CPUID, s->gpa, NULL);
	case OVMF_SEV_SVSM_CAA:
		return add_range(run, HC_PAGE_ZERO, s->gpa, s->size, NULL);
	case OVMF_SEV_KERNEL_HASHES:
		return add_hashes(run, sev, launch, s->gpa, err);
	}
	return HC_EINTERNAL;
}

static int check_hashes(
	const struct ovmf_sev *sev, const struct ovmf_snp_launch *launch, struct error *err)
{
	if (!launch->kernel_hashes)
		return 0;
	if (launch->vmm != SNP_VMM_QEMU)
		return error_fail(err, HC_EUNSUPPORTED, "kernel hashes", "a VMM other than QEMU");
	for (size_t i = 0; i < sev->count; i++)
		if (sev->section[i].type == OVMF_SEV_KERNEL_HASHES)
			return 0;
	error_fail(err, HC_EUNSUPPORTED, "kernel hashes", "an image without a page for them");
	return error_remedy(err, "use an image built from AmdSevX64, or leave out the kernel");
}

/* EC2 adds the CPUID page after everything else. */
static bool in_pass(const struct ovmf_snp_launch *launch, enum ovmf_sev_type type, int pass)
{
	bool late = launch->vmm == SNP_VMM_EC2 && type == OVMF_SEV_CPUID;

	return late == (pass == 1);
}

int ovmf_snp_pages(struct launch_digest *ld, const struct ovmf_sev *sev,
	const struct ovmf_snp_launch *launch, measure_explain_fn *explain, void *ctx,
	struct error *err)
{
	const struct run run = {ld, explain, ctx};
	struct error unused = {0};
	int ret;

	err = err ? err : &unused;
	ret = check_hashes(sev, launch, err);
	if (ret)
		return ret;
	launch_digest_init(ld);
	err->code = 0;
	ret = add_range(
		&run, HC_PAGE_NORMAL, sev->image.gpa, sev->image.file.len, sev->image.file.data);
	for (int pass = 0; ret == 0 && pass < 2; pass++)
		for (size_t i = 0; ret == 0 && i < sev->count; i++)
			if (in_pass(launch, sev->section[i].type, pass))
				ret = add_section(&run, sev, launch, &sev->section[i], err);
	if (ret && err->code == 0)
		error_fail(err, ret, "launch digest", "a page that cannot be measured");
	return ret;
}

/* EC2 and Google run older or changed KVMs; what differs is in the published digests. */
static void vmm_state(struct vmsa_state *s, enum snp_vmm vmm, bool bsp)
{
	if (vmm == SNP_VMM_QEMU)
		return;
	s->rdx = 0x600;
	s->mxcsr = 0;
	s->x87_fcw = 0;
	if (vmm == SNP_VMM_GCE) {
		s->pat = 0x00070106;
		return;
	}
	s->ss.attributes = 0x92;
	s->tr.attributes = 0x83;
	if (bsp)
		s->cs.attributes = 0x9a;
}

void ovmf_vmsa(uint8_t page[4096], const struct ovmf_sev *sev, const struct ovmf_snp_launch *launch,
	uint32_t index)
{
	const struct vmsa_segment data = {0, 0x93, 0xffff, 0};
	uint32_t eip = index == 0 ? RESET_EIP : sev->ap_eip;
	struct vmsa_state s;

	vmsa_defaults(&s);
	s.es = s.ss = s.ds = s.fs = s.gs = data;
	s.cs = (struct vmsa_segment){0xf000, 0x9b, 0xffff, eip & 0xffff0000};
	s.rip = eip & 0xffff;
	s.efer = 0x1000;
	s.cr4 = 0x40;
	s.cr0 = 0x10;
	s.rdx = launch->vcpu_sig;
	s.sev_features = launch->sev_features;
	vmm_state(&s, launch->vmm, index == 0);
	vmsa_encode(page, &s);
}

int ovmf_snp_vcpu(struct launch_digest *ld, const struct ovmf_sev *sev,
	const struct ovmf_snp_launch *launch, uint32_t index, measure_explain_fn *explain,
	void *ctx, struct error *err)
{
	const struct run run = {ld, explain, ctx};
	uint8_t page[HC_PAGE_SIZE];
	struct error unused = {0};
	int ret;

	err = err ? err : &unused;
	if (index >= OVMF_VCPUS_MAX)
		return error_fail(err, HC_ERANGE, "vCPU", "%u", index);
	if (index > 0 && sev->ap_eip == 0) {
		error_fail(err, HC_EMISSING, "firmware image", "no SEV-ES reset block");
		return error_expected(err, "one, for guests with more than one vCPU");
	}
	ovmf_vmsa(page, sev, launch, index);
	ret = add(&run, HC_PAGE_VMSA, SNP_VMSA_GPA, page);
	return ret ? error_fail(err, ret, "launch digest", "hashing failed") : 0;
}
