/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conversions at run time. Must answer every request, may leave nothing half done, and may not be
 * driven in circles by a guest.
 */
#include "vmm/platform/conversion.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/kvm_para.h>
#include <poll.h>
#include <sys/mman.h>
#include <time.h>

#include "vmm/vm.h"

#define SIZE_BITS (KVM_MAP_GPA_RANGE_PAGE_SZ_2M | KVM_MAP_GPA_RANGE_PAGE_SZ_1G)
#define KNOWN     (SIZE_BITS | KVM_MAP_GPA_RANGE_ENCRYPTED)

static int bad_request(
	const struct kvm_run_hypercall *call, const char *expected, struct error *err)
{
	error_fail(err, HC_ERANGE, "KVM_HC_MAP_GPA_RANGE",
		"0x%" PRIx64 ", 0x%" PRIx64 " pages, attributes 0x%" PRIx64, call->args[0],
		call->args[1], call->args[2]);
	error_expected(err, "%s", expected);
	return HC_ERANGE;
}

int conversion_decode(
	struct conversion_request *out, const struct kvm_run_hypercall *call, struct error *err)
{
	const uint64_t gpa = call->args[0], pages = call->args[1], attributes = call->args[2];

	if (call->nr != KVM_HC_MAP_GPA_RANGE)
		return error_fail(err, HC_EUNSUPPORTED, "hypercall of the guest", "number %" PRIu64,
			call->nr);
	if (attributes & ~(uint64_t)KNOWN || (attributes & SIZE_BITS) == SIZE_BITS)
		return bad_request(call, "a page size and \"encrypted\", no other attribute", err);
	if (gpa % HC_PAGE_SIZE)
		return bad_request(call, "an address that is page aligned", err);
	if (!pages || pages > (UINT64_MAX - gpa) / HC_PAGE_SIZE)
		return bad_request(call, "at least one page, and an end below 2^64", err);
	*out = (struct conversion_request){
		.gpa = gpa,
		.len = pages * HC_PAGE_SIZE,
		/* By the bit, not by "not zero": a shared range of 2 MiB pages has a bit set too.
		 */
		.to_private = (attributes & KVM_MAP_GPA_RANGE_ENCRYPTED) != 0,
	};
	return 0;
}

int conversion_map(
	struct conversions *c, struct vm *vm, const struct guest_ram *ram, struct error *err)
{
	const uint64_t bytes = vm->config->ram_bytes;
	int rc = 0;

	if (!c->log && vm->config->guest_memfd)
		rc = private_memory_open_mapped(&c->memory, &vm->kvm, &vm->mem, bytes, err);
	else if (!c->log)
		rc = private_memory_open(&c->memory, &vm->kvm, &vm->mem, bytes, err);
	c->log = vm->log;
	return rc ? rc : private_memory_map(&c->memory, ram, err);
}

int conversion_map_private(
	struct conversions *c, struct vm *vm, const struct guest_ram *ram, struct error *err)
{
	if (vm->config->huge_pages) {
		error_fail(err, HC_EUNSUPPORTED, "machine-config.huge_pages",
			"\"Transparent\" on platform %s", vm->platform->name);
		error_remedy(err, "leave it out: private memory has no huge pages to choose, and "
				  "shared pages are few");
		return HC_EUNSUPPORTED;
	}
	/* EINVAL: a kernel that has none at all. */
	if (madvise(ram->host, (size_t)ram->size, MADV_NOHUGEPAGE) && errno != EINVAL)
		return error_errno(err, "madvise(MADV_NOHUGEPAGE)", errno);
	return conversion_map(c, vm, ram, err);
}

static void summary(struct conversions *c)
{
	const uint64_t refused = __atomic_load_n(&c->refused, __ATOMIC_ACQUIRE);
	const uint64_t waits = __atomic_load_n(&c->waits, __ATOMIC_ACQUIRE);
	struct private_memory_counts n;

	private_memory_count(&c->memory, &n);
	if (n.to_private || n.to_shared || refused)
		log_line(c->log, LOG_LEVEL_INFO,
			"memory: %" PRIu64 " conversions to shared, %" PRIu64
			" to private, %" PRIu64 " of them without a request, %" PRIu64
			" refused, %" PRIu64 " waits; shared at most %" PRIu64
			" KiB, at the end %" PRIu64 " KiB",
			n.to_shared, n.to_private, n.implied, refused, waits,
			n.shared_peak * (HC_PAGE_SIZE / 1024),
			n.shared_pages * (HC_PAGE_SIZE / 1024));
}

void conversion_close(struct conversions *c)
{
	if (!c->log)
		return;
	if (c->memory.shared)
		summary(c);
	private_memory_close(&c->memory);
	c->log = NULL;
}

/* The first only: a guest can cause them at any rate. */
static void count_refusal(struct conversions *c, const struct error *err)
{
	if (!__atomic_fetch_add(&c->refused, 1, __ATOMIC_ACQ_REL))
		log_error(c->log,
			"the guest asked for a conversion that cannot be (others are counted)",
			err);
}

static enum platform_exit stop(
	struct conversions *c, const char *what, const struct error *err, int ends, int *status)
{
	log_error(c->log, what, err);
	*status = ends;
	return PLATFORM_EXIT_STOP;
}

/*
 * A request in pieces. A kick means that the guest is ending and will not ask what was done: then
 * the rest is left out, for the main thread waits for this one.
 */
static int convert(struct conversions *c, const struct conversion_request *r,
	const struct kvm_run *run, struct error *err)
{
	int rc = private_memory_check(&c->memory, r->gpa, r->len, err);
	uint64_t done = 0, len;

	for (; !rc && done < r->len; done += len) {
		len = r->len - done;
		if (len > PRIVATE_MEMORY_PIECE)
			len = PRIVATE_MEMORY_PIECE;
		rc = private_memory_convert(&c->memory, r->gpa + done, len, r->to_private, err);
		if (__atomic_load_n(&run->immediate_exit, __ATOMIC_ACQUIRE))
			break;
	}
	return rc;
}

static enum platform_exit requested(struct conversions *c, struct kvm_run *run, int *status)
{
	struct kvm_run_hypercall *call = &KVM_RUN_EXIT(run)->hypercall;
	struct conversion_request r;
	struct error err;
	int rc = conversion_decode(&r, call, &err);

	if (!rc)
		rc = convert(c, &r, run, &err);
	if (rc == HC_ERANGE || rc == HC_EUNSUPPORTED) {
		count_refusal(c, &err);
		/* Positive, and this one: newer KVMs take no other but EAGAIN (Linux 5d40e5b49442).
		 */
		call->ret = EINVAL;
		return PLATFORM_EXIT_DONE;
	}
	if (rc)
		return stop(
			c, "converting memory as the guest asked", &err, VMM_EXIT_ERROR, status);
	call->ret = 0;
	return PLATFORM_EXIT_DONE;
}

/* Too many in this second: wait for the next. A kick's signal ends the wait. */
static void slow_down(struct conversions *c, struct conversion_vcpu *v)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (v->second != now.tv_sec) {
		v->second = now.tv_sec;
		v->faults = 0;
	}
	if (++v->faults <= CONVERSION_FAULTS_A_SECOND)
		return;
	__atomic_fetch_add(&c->waits, 1, __ATOMIC_ACQ_REL);
	poll(NULL, 0, 1000 - (int)(now.tv_nsec / 1000000));
}

static enum platform_exit faulted(struct conversions *c, struct conversion_vcpu *v,
	const struct kvm_run_memory_fault *fault, int *status)
{
	/* Flags that are not known yet would be news of another kind than "private or not". */
	const bool is_private = fault->flags & KVM_MEMORY_EXIT_FLAG_PRIVATE;
	struct error err;
	int rc;

	if (fault->flags & ~KVM_MEMORY_EXIT_FLAG_PRIVATE)
		rc = error_fail(&err, HC_EUNSUPPORTED, "KVM_EXIT_MEMORY_FAULT", "flags 0x%" PRIx64,
			fault->flags);
	else
		rc = private_memory_fault(&c->memory, fault->gpa, fault->size, is_private, &err);
	if (rc == HC_EMISMATCH && v->vain_gpa != fault->gpa)
		v->in_vain = 0;
	v->vain_gpa = fault->gpa;
	if (rc == HC_EMISMATCH && ++v->in_vain <= CONVERSION_IN_VAIN_MAX)
		return PLATFORM_EXIT_DONE;
	if (rc == HC_EMISMATCH)
		error_remedy(&err,
			"see the host's dmesg: KVM refuses an access it should allow, or "
			"the memory is broken");
	if (rc == HC_ERANGE || rc == HC_EMISMATCH)
		return stop(c, "the guest touched memory that it cannot have", &err,
			VMM_EXIT_CRASHED, status);
	if (rc)
		return stop(c, "converting memory on access", &err, VMM_EXIT_ERROR, status);
	v->in_vain = 0;
	slow_down(c, v);
	return PLATFORM_EXIT_DONE;
}

enum platform_exit conversion_exit(
	struct conversions *c, uint32_t index, struct kvm_run *run, int *status)
{
	struct conversion_vcpu *v = &c->vcpu[index];

	if (run->exit_reason == KVM_EXIT_MEMORY_FAULT)
		return faulted(c, v, &KVM_RUN_EXIT(run)->memory_fault, status);
	v->in_vain = 0;
	if (run->exit_reason == KVM_EXIT_HYPERCALL)
		return requested(c, run, status);
	return PLATFORM_EXIT_NOT_MINE;
}
