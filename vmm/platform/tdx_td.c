/* SPDX-License-Identifier: Apache-2.0 */
/* KVM's TDX commands. Must keep hw_error 0 on the way in, and every field that is reserved. */
#include "vmm/platform/tdx_td.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "firmware/abi/layout.h"
#include "vmm/platform/tdx_cpuid.h"
#include "vmm/platform/tdx_error.h"

/* Tries that bring nothing forward: the first at once, the others a millisecond apart. */
#define TRIES_AT_ONCE 100
#define TRIES         500

_Static_assert(offsetof(struct tdx_capabilities, entry) ==
		       offsetof(struct kvm_tdx_capabilities, cpuid.entries),
	"leaves follow the capabilities");
_Static_assert(offsetof(struct tdx_init, entry) == offsetof(struct kvm_tdx_init_vm, cpuid.entries),
	"leaves follow the parameters");

struct command {
	struct kvm *kvm;
	const struct kvm_vcpu *vcpu; /* NULL: of the VM */
	uint32_t id, flags;
	uint64_t data;
	uint64_t status; /* out: hw_error */
};

static int issue(struct command *c)
{
	struct kvm_tdx_cmd cmd = {.id = c->id, .flags = c->flags, .data = c->data};
	int rc = kvm_encrypt_op(c->kvm, c->vcpu, &cmd);

	c->status = cmd.hw_error;
	return rc < 0 ? rc : 0;
}

static int fail(const struct command *c, int rc, struct error *err)
{
	return tdx_error(err, c->id, rc, c->status);
}

/* One more try? Waits before it says yes a second hundred times. */
static bool again(unsigned int *tries)
{
	const struct timespec ms = {.tv_nsec = 1000000};

	if (++*tries >= TRIES)
		return false;
	if (*tries > TRIES_AT_ONCE)
		nanosleep(&ms, NULL);
	return true;
}

int tdx_td_capabilities(struct kvm *kvm, struct tdx_capabilities *out, struct error *err)
{
	struct command c = {
		.kvm = kvm,
		.id = KVM_TDX_CAPABILITIES,
		.data = (uintptr_t)out,
	};
	int rc;

	memset(out, 0, sizeof(*out));
	/* The most that INIT_VM would take: E2BIG then has no second try. */
	out->head.cpuid.nent = KVM_CPUID_MAX;
	rc = issue(&c);
	if (rc)
		return fail(&c, rc, err);
	if (out->head.cpuid.nent > KVM_CPUID_MAX)
		return fail(&c, -E2BIG, err);
	return 0;
}

static int not_there(
	const char *field, uint64_t want, uint64_t have, const char *remedy, struct error *err)
{
	error_fail(err, HC_EUNSUPPORTED, field,
		"0x%" PRIx64 " of 0x%" PRIx64 " is not to be had on this host", want & ~have, want);
	error_expected(err, "bits of 0x%" PRIx64, have);
	error_remedy(err, "%s", remedy);
	return HC_EUNSUPPORTED;
}

int tdx_td_check(
	const struct tdx_capabilities *have, const struct tdx_params *want, struct error *err)
{
	if (want->attributes & ~have->head.supported_attrs)
		return not_there("TD attributes", want->attributes, have->head.supported_attrs,
			"leave them out of confidential.td_attributes, or use a newer kernel and "
			"TDX module",
			err);
	if (want->xfam & ~have->head.supported_xfam)
		return not_there("XFAM", want->xfam, have->head.supported_xfam,
			"use a host whose processor, kernel and TDX module have these parts of "
			"XCR0; XFAM is the same on every host",
			err);
	return 0;
}

/* The width of addresses is for KVM, which wants it; the module never sees it. */
static void zero_leaf(struct kvm_cpuid_entry2 *e)
{
	e->eax &= e->function == TDX_LEAF_ADDRESSES ? TDX_EAX_GPAW : 0;
	e->ebx = e->ecx = e->edx = 0;
}

/* Leaf `zeroed` of p->cpuid says nothing, as if it had been left out; NULL: none. */
static void fill_init(
	struct tdx_init *init, const struct tdx_params *p, const struct kvm_cpuid_entry2 *zeroed)
{
	memset(init, 0, sizeof(*init));
	init->head.attributes = p->attributes;
	init->head.xfam = p->xfam;
	memcpy(init->head.mrconfigid, p->mrconfigid, sizeof(p->mrconfigid));
	memcpy(init->head.mrowner, p->mrowner, sizeof(p->mrowner));
	memcpy(init->head.mrownerconfig, p->mrownerconfig, sizeof(p->mrownerconfig));
	for (uint32_t i = 0; i < p->cpuid->head.nent && i < KVM_CPUID_MAX; i++) {
		init->entry[i] = p->cpuid->entry[i];
		if (&p->cpuid->entry[i] == zeroed)
			zero_leaf(&init->entry[i]);
		init->head.cpuid.nent++;
	}
}

static int try_init(struct command *c, struct tdx_init *init)
{
	unsigned int tries = 0;
	int rc;

	c->data = (uintptr_t)init;
	/* TDX_RND_NO_ENTROPY; KVM has undone everything by then. */
	do
		rc = issue(c);
	while (rc == -EAGAIN && again(&tries));
	return rc;
}

static bool leaves_refused(const struct command *c, int rc)
{
	return rc == -EINVAL &&
	       c->status == (TDX_STATUS_OPERAND_INVALID | TDX_OPERAND_CPUID_CONFIG);
}

/* The TD may well be made by one of these tries. It is given up all the same. */
static void name_refused_leaf(
	struct command *c, struct tdx_init *init, const struct tdx_params *p, struct error *err)
{
	for (uint32_t i = 0; i < p->cpuid->head.nent && i < KVM_CPUID_MAX; i++) {
		const struct kvm_cpuid_entry2 *e = &p->cpuid->entry[i];

		fill_init(init, p, e);
		if (leaves_refused(c, try_init(c, init)))
			continue;
		snprintf(err->where, sizeof(err->where), "%s: CPUID 0x%x.%u = %08x %08x %08x %08x",
			tdx_command_name(c->id), e->function, e->index, e->eax, e->ebx, e->ecx,
			e->edx);
		return;
	}
}

int tdx_td_init(struct kvm *kvm, const struct tdx_params *params, struct error *err)
{
	struct command c = {.kvm = kvm, .id = KVM_TDX_INIT_VM};
	struct tdx_init init;
	int rc;

	fill_init(&init, params, NULL);
	rc = try_init(&c, &init);
	if (!rc)
		return 0;
	fail(&c, rc, err);
	if (leaves_refused(&c, rc) && err)
		name_refused_leaf(&c, &init, params, err);
	return HC_EPLATFORM;
}

static void name_vcpu(struct error *err, const struct command *c)
{
	if (err)
		snprintf(err->where, sizeof(err->where), "%s of vCPU %u", tdx_command_name(c->id),
			c->vcpu->index);
}

int tdx_td_init_vcpu(struct kvm *kvm, const struct kvm_vcpu *vcpu, struct error *err)
{
	/* data is RCX and R8 at entry: the firmware reads neither (firmware/entry_tdx.S). */
	struct command c = {.kvm = kvm, .vcpu = vcpu, .id = KVM_TDX_INIT_VCPU};
	int rc = issue(&c);

	if (!rc)
		return 0;
	rc = fail(&c, rc, err);
	name_vcpu(err, &c);
	return rc;
}

int tdx_td_cpuid(struct kvm *kvm, const struct kvm_vcpu *vcpu, struct kvm_cpuid_table *out,
	struct error *err)
{
	struct command c = {
		.kvm = kvm,
		.vcpu = vcpu,
		.id = KVM_TDX_GET_CPUID,
		.data = (uintptr_t)out,
	};
	int rc;

	memset(out, 0, sizeof(*out));
	out->head.nent = KVM_CPUID_MAX;
	rc = issue(&c);
	if (!rc && out->head.nent > KVM_CPUID_MAX)
		rc = -E2BIG;
	if (!rc)
		return 0;
	rc = fail(&c, rc, err);
	name_vcpu(err, &c);
	return rc;
}

static bool may_pass(int rc)
{
	return rc == -EAGAIN || rc == -EINTR || rc == -EBUSY;
}

int tdx_td_add(struct kvm *kvm, const struct kvm_vcpu *vcpu, uint64_t gpa, const uint8_t *source,
	uint32_t pages, bool measured, struct error *err)
{
	struct kvm_tdx_init_mem_region region = {
		.source_addr = (uintptr_t)source,
		.gpa = gpa,
		.nr_pages = pages,
	};
	struct command c = {
		.kvm = kvm,
		.vcpu = vcpu,
		.id = KVM_TDX_INIT_MEM_REGION,
		.flags = measured ? KVM_TDX_MEASURE_MEMORY_REGION : 0,
		.data = (uintptr_t)&region,
	};
	uint64_t left = pages;
	unsigned int tries = 0;
	int rc;

	/* KVM moves the region on by the pages that it has added, also when it fails. */
	for (;;) {
		rc = issue(&c);
		if (!rc && !region.nr_pages)
			return 0;
		if (region.nr_pages < left)
			tries = 0;
		left = region.nr_pages;
		if ((rc && !may_pass(rc)) || !again(&tries))
			break;
	}
	rc = fail(&c, rc ? rc : -EAGAIN, err);
	error_at(err, region.gpa);
	return rc;
}

int tdx_td_finalize(struct kvm *kvm, struct error *err)
{
	struct command c = {.kvm = kvm, .id = KVM_TDX_FINALIZE_VM};
	unsigned int tries = 0;
	int rc;

	do
		rc = issue(&c);
	while (rc == -EBUSY && again(&tries));
	return rc ? fail(&c, rc, err) : 0;
}
