/* SPDX-License-Identifier: Apache-2.0 */
/*
 * KVM of software, under vmm/kvm.h: what it keeps, checks and refuses is what Linux does, each rule
 * with its source beside it (docs/MODEL.md has the list). Guests are scripts. A vendor's part, the
 * secure processor or the TDX module, hangs on it by a table (struct kvm_model_vendor).
 *
 * All of it lies in one shared mapping: hc-vmm may run in a child under its real sandbox, which
 * lets nothing be mapped any more, and the parent looks at what is left afterwards.
 */
#ifndef HC_TESTS_KVM_MODEL_H
#define HC_TESTS_KVM_MODEL_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "firmware/abi/layout.h"
#include "vmm/kvm.h"

#define MODEL_VMS         4
#define MODEL_VCPUS       HC_VCPUS_MAX
#define MODEL_SLOTS       16
#define MODEL_GMEMS       8
#define MODEL_FDS         128
#define MODEL_FD          10000 /* the first descriptor: none of the process's own */
#define MODEL_FRAMES      0x10000u
#define MODEL_RANGES      0x8000u
#define MODEL_TEXT        0x100000u
#define MODEL_BLOCKS      8192u
#define MODEL_BLOCK_PAGES 512u
#define MODEL_BLOCK_BYTES (MODEL_BLOCK_PAGES * (uint64_t)HC_PAGE_SIZE)
#define MODEL_GMEM_MAX    (1ULL << 41)
#define MODEL_MSRS        16
#define MODEL_EVENTS      64
#define MODEL_PIO_AT      4096 /* arch/x86/include/asm/kvm_host.h, KVM_PIO_PAGE_OFFSET */

/* The kernels whose interface differs; later ones have all of earlier ones. */
enum kvm_model_kernel { KVM_MODEL_6_11, KVM_MODEL_6_16, KVM_MODEL_7_0, KVM_MODEL_7_3 };

struct kvm_model;
struct model_vm;
struct model_vcpu;

/* A frame of the host's memory. What it holds is stored as the host would read it. */
struct model_frame {
	bool used;
	uint32_t next;   /* of the free ones; index + 1 */
	uint32_t gmem;   /* whose, index + 1; 0: none */
	uint64_t index;  /* page of it */
	uint64_t key;    /* content is encrypted with it; 0: in the clear */
	uint32_t vendor; /* the vendor's own */
};

struct model_gmem {
	bool used;
	uint32_t vm;
	uint64_t size, flags;
	/* By 2 MiB: index + 1 of a block of 512 frame numbers + 1. */
	uint32_t *blocks;
	uint64_t pages; /* allocated */
};

struct model_slot {
	uint64_t gpa, size; /* size 0: not there */
	uint8_t *host;
	uint32_t flags;
	uint32_t gmem; /* index + 1; 0: none, or its descriptor was closed */
	uint64_t gmem_offset;
};

struct model_range {
	uint64_t start, end;
};

struct model_event {
	bool used;
	uint64_t address;
	int fd;
};

/* One thing a guest does. Returns MODEL_*, or -errno, which KVM_RUN returns as it is. */
struct kvm_model_step;
typedef int kvm_model_step_fn(
	struct kvm_model *m, struct model_vcpu *v, const struct kvm_model_step *s);
enum {
	MODEL_NEXT,  /* done, without leaving the guest */
	MODEL_EXIT,  /* done, KVM_RUN returns 0 with what is in v->run */
	MODEL_IDLE,  /* nothing more to do: waits until it is kicked */
	MODEL_FAULT, /* KVM_RUN returns -EFAULT; the same step once more when it is entered again */
};
struct kvm_model_step {
	kvm_model_step_fn *fn;
	uint64_t gpa, len;
	bool flag; /* private; out */
	uint32_t reason, value, size;
	int error;
	const void *data;
	uint64_t *result; /* in shared memory, if the parent shall see it */
};

struct model_vcpu {
	struct model_vm *vm;
	uint32_t index, id; /* order of creation, and what it was created with */
	bool used, cpuid_set, has_run, guest_state_protected;
	struct kvm_run *run;
	struct kvm_regs regs;
	struct kvm_sregs sregs;
	uint32_t mp_state;
	uint32_t msr_count;
	struct kvm_msr_entry msr[MODEL_MSRS];
	struct kvm_cpuid_table cpuid;
	uint64_t xcr0;
	struct kvm_fpu fpu;
	struct kvm_debugregs debug;
	const struct kvm_model_step *script;
	size_t steps, at;
	/* What KVM does first when entered again (vcpu->arch.complete_userspace_io). */
	int (*complete)(struct kvm_model *m, struct model_vcpu *v);
	uint64_t scratch[4]; /* of `complete` and of a step */
	uint64_t vendor[4];
};

struct model_vm {
	struct kvm_model *model;
	bool used;
	uint32_t index, refs;
	unsigned long type;
	bool has_private_mem, has_protected_state; /* struct kvm_arch */
	bool split_irqchip;
	uint64_t x2apic_api, exit_hypercalls, apic_bus_ns, tsc_khz, max_vcpus;
	struct model_slot slot[MODEL_SLOTS];
	struct model_range *private; /* sorted, disjoint, not touching: attribute PRIVATE */
	uint32_t privates;
	uint32_t vcpus;
	struct model_vcpu vcpu[MODEL_VCPUS];
	struct model_event event[MODEL_EVENTS];
	uint64_t msis;
	void *state; /* the vendor's, from kvm_model_alloc */
};

#define MODEL_MAY_EINTR  1u
#define MODEL_MAY_EAGAIN 2u

/*
 * A vendor's part. Any slot may be NULL. Errors are -errno, as the ioctl returns them. All are
 * called with the model's lock held.
 */
struct kvm_model_vendor {
	const char *name;
	unsigned long types; /* mask of the VM types it adds */
	/* Of a VM of one of these types: set has_private_mem and so on, and `state`. */
	int (*create_vm)(struct kvm_model *m, struct model_vm *vm);
	void (*destroy_vm)(struct kvm_model *m, struct model_vm *vm);
	/* KVM_ENABLE_CAP, before the common code: -ENOTTY for what is not its own. */
	int (*enable_cap)(struct kvm_model *m, struct model_vm *vm, const struct kvm_enable_cap *c);
	/* KVM_CHECK_EXTENSION, before the common code (vm may be NULL): -1 likewise. */
	int (*check_extension)(struct kvm_model *m, struct model_vm *vm, unsigned long cap);
	/* KVM_MEMORY_ENCRYPT_OP on the VM and on a vCPU; `command` is the caller's structure. */
	int (*vm_op)(struct kvm_model *m, struct model_vm *vm, void *command);
	int (*vcpu_op)(struct kvm_model *m, struct model_vcpu *v, void *command);
	/* KVM_GET_DEVICE_ATTR of /dev/kvm, groups other than 0. */
	int (*attribute)(struct kvm_model *m, uint32_t group, uint64_t attr, uint64_t *out);
	int (*create_vcpu)(struct kvm_model *m, struct model_vcpu *v);
	/* Any other ioctl of a VM or a vCPU, before the common code: 0 lets it through. */
	int (*vm_gate)(struct kvm_model *m, struct model_vm *vm, unsigned long request, void *arg);
	int (*vcpu_gate)(
		struct kvm_model *m, struct model_vcpu *v, unsigned long request, void *arg);
	/* KVM_RUN, before anything else; MODEL_EXIT with the exit made, too. */
	int (*pre_run)(struct kvm_model *m, struct model_vcpu *v);
	/* A guest touches a private page, the first time and again; a page goes back to the host.
	 */
	int (*gmem_prepare)(struct kvm_model *m, struct model_vm *vm, uint64_t gpa, uint32_t frame);
	void (*gmem_invalidate)(struct kvm_model *m, uint32_t frame);
	/* May the guest use this page by a private mapping? Otherwise as a step returns. */
	int (*guest_private)(struct kvm_model *m, struct model_vcpu *v, uint64_t gpa,
		uint32_t frame, bool write);
	/* The supported CPUID, after the common leaves. */
	void (*cpuid)(struct kvm_model *m, struct kvm_cpuid_table *t);
	/* A device file of its own, such as /dev/sev: 0, or -ENOENT. Its ioctls. */
	int (*open)(struct kvm_model *m, const char *path);
	int (*device)(struct kvm_model *m, unsigned long request, void *arg);
	/* Which of these this command may return without having failed. */
	unsigned int (*retries)(const void *command);
	/* For the transcript, before it is done: the text of KVM_MEMORY_ENCRYPT_OP, and of an ioctl
	 * of the device, which begins with its name. */
	void (*describe)(const void *command, char *out, size_t cap);
	void (*describe_device)(unsigned long request, const void *arg, char *out, size_t cap);
};

struct kvm_model {
	/* Set by a test. */
	enum kvm_model_kernel kernel;
	const struct kvm_model_vendor *vendor;
	void *vendor_state;     /* for all VMs: from kvm_model_alloc */
	unsigned int fail_at;   /* which call fails, from 1; 0: none. KVM_RUN is not counted */
	int fail_with;          /* errno */
	unsigned int interrupt; /* each n-th that may returns EINTR instead; 0: none */
	unsigned int again;     /* each n-th that may returns EAGAIN instead; 0: none */
	unsigned int chunk;     /* pages that one command adds before it returns early; 0: all */
	uint64_t frames_max;    /* host memory; 0: MODEL_FRAMES. Beyond it ENOMEM */
	struct {
		const struct kvm_model_step *steps;
		size_t count;
	} script[MODEL_VMS][MODEL_VCPUS]; /* by order of creation */

	/* Kept by the model. */
	pthread_mutex_t lock;
	unsigned int calls;
	char failed[64]; /* the call that was made to fail, as in the transcript */
	bool running;    /* since the first KVM_RUN */
	uint32_t vms_made;
	uint32_t maps;         /* of vCPUs, mapped now */
	uint32_t guest_errors; /* reads that found something else than the step said */
	struct {
		uint8_t kind;
		uint32_t index, vcpu;
	} fd[MODEL_FDS];
	struct model_vm vm[MODEL_VMS];
	struct model_gmem gmem[MODEL_GMEMS];
	struct model_frame *frame;
	uint8_t *memory; /* MODEL_FRAMES pages */
	uint32_t free_frames, frames_touched, frames_used;
	uint32_t
		*block; /* MODEL_BLOCKS of 512 frame numbers + 1; a block stays its guest_memfd's */
	uint32_t blocks_touched;
	char *text; /* transcript */
	size_t text_len;
	char *complaint; /* what KVM lets pass and a careful caller does not do */
	size_t complaint_len;
	size_t heap_used;
};

/* `ctx` is a struct kvm_model. */
extern const struct kvm_sys kvm_model_sys;

/* A model in shared memory, zero but for these; NULL without memory. free unmaps it. */
struct kvm_model *kvm_model_new(
	enum kvm_model_kernel kernel, const struct kvm_model_vendor *vendor);
void kvm_model_free(struct kvm_model *m);
/* Shared, zeroed, page-aligned memory that lives as long as the model. Never fails: it aborts. */
void *kvm_model_alloc(struct kvm_model *m, size_t len);

/* One line a call up to the first KVM_RUN and from there on: "vm0 KVM_ENABLE_CAP ... = 0". No host
 * addresses, so that two runs compare. */
const char *kvm_model_transcript(const struct kvm_model *m);
/* Empty, or lines: reserved bytes that KVM does not look at and that were not zero, ioctls that no
 * KVM has. */
const char *kvm_model_complaints(const struct kvm_model *m);
/* Empty, or what is still open, mapped or allocated. */
const char *kvm_model_leaks(const struct kvm_model *m, char *out, size_t cap);
/* Does a pattern stand in a frame of the host, as the host reads it: used, or given back? */
bool kvm_model_finds(const struct kvm_model *m, const void *pattern, size_t len);

/* --- for vendors and steps --- */

void kvm_model_note(struct kvm_model *m, const char *fmt, ...) HC_PRINTF(2, 3); /* transcript */
void kvm_model_complain(struct kvm_model *m, const char *fmt, ...) HC_PRINTF(2, 3);
/* Complains unless all are zero; the kernel does not look at them. */
void kvm_model_reserved(struct kvm_model *m, const char *what, const void *bytes, size_t len);
/* Is it an open descriptor of this device file? */
bool kvm_model_is_device(const struct kvm_model *m, int fd);
struct model_slot *kvm_model_slot_at(struct model_vm *vm, uint64_t gpa);
/* Do all of its pages have the attribute (or none of them)? */
bool kvm_model_is_private(const struct model_vm *vm, uint64_t gpa, uint64_t len, bool is_private);
/*
 * The frame behind a private page (kvm_gmem_get_pfn), allocated and zeroed if need be: 0, -EFAULT
 * without gmem, -ENOMEM. No `prepare`.
 */
int kvm_model_gmem_frame(
	struct kvm_model *m, struct model_vm *vm, uint64_t gpa, uint32_t *frame, bool *is_new);
/* The content of a frame through its key; encrypt: give what is there in the clear a key. */
void kvm_model_frame_read(
	const struct kvm_model *m, uint32_t frame, size_t at, void *out, size_t len);
void kvm_model_frame_write(
	struct kvm_model *m, uint32_t frame, size_t at, const void *in, size_t len);
void kvm_model_frame_encrypt(struct kvm_model *m, uint32_t frame, uint64_t key);

/* A guest's access; in one page. MODEL_NEXT, or MODEL_FAULT or MODEL_EXIT with the exit made. */
int kvm_model_access(struct kvm_model *m, struct model_vcpu *v, uint64_t gpa, bool is_private,
	bool write, void *bytes, size_t len);
/* KVM_EXIT_MEMORY_FAULT of one page. */
int kvm_model_memory_fault(struct model_vcpu *v, uint64_t gpa, bool is_private);

/* Steps. out: `value` of `size` bytes to port `gpa`. in: from a port, into *result. exit: `reason`,
 * `data` being a union kvm_run_exit or NULL. error: -`error`. write, read: `len` bytes of `value`
 * at gpa, private if `flag`; read complains of others. fill: as write, a pattern of `len` bytes at
 * `data`. convert: `len` pages to private if `flag`, *result is KVM's answer. mmio: a read of
 * `size` bytes. check: `data` is a function int (struct kvm_model *). */
kvm_model_step_fn kvm_model_out, kvm_model_in, kvm_model_exit, kvm_model_error, kvm_model_write,
	kvm_model_read, kvm_model_fill, kvm_model_convert;

#define MODEL_OFF                                                                                  \
	{                                                                                          \
		.fn = kvm_model_out, .gpa = HC_PORT_SLEEP_CTRL, .size = 1, .value = HC_SLEEP_S5    \
	}
#define MODEL_SCRIPT(m, vm_index, vcpu_index, array)                                               \
	((m)->script[vm_index][vcpu_index].steps = (array),                                        \
		(m)->script[vm_index][vcpu_index].count = sizeof(array) / sizeof((array)[0]))

#endif
