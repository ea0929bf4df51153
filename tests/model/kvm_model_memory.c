/* SPDX-License-Identifier: Apache-2.0 */
/* Slots, guest_memfd and memory attributes: virt/kvm/kvm_main.c and guest_memfd.c of Linux. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "common/bytes.h"
#include "tests/model/kvm_model_internal.h"

#define MEM_MAX_PAGES ((1ULL << 31) - 1) /* KVM_MEM_MAX_NR_PAGES */
#define SLOT_IDS      32764u             /* x86: KVM_USER_MEM_SLOTS - KVM_INTERNAL_MEM_SLOTS */

static bool aligned(uint64_t value)
{
	return value % HC_PAGE_SIZE == 0;
}

/* --- frames --- */

static uint32_t frame_new(struct kvm_model *m)
{
	uint32_t n = m->free_frames;

	if (m->frames_used == (m->frames_max ? m->frames_max : MODEL_FRAMES))
		return 0;
	if (n)
		m->free_frames = m->frame[n - 1].next;
	else
		n = ++m->frames_touched;
	m->frame[n - 1] = (struct model_frame){.used = true};
	m->frames_used++;
	return n;
}

/* Content stays, as it does in memory: what is found in it later is what the host would find. */
static void frame_free(struct kvm_model *m, uint32_t n)
{
	struct model_frame *f = &m->frame[n - 1];

	if (m->vendor && m->vendor->gmem_invalidate)
		m->vendor->gmem_invalidate(m, n - 1);
	*f = (struct model_frame){.next = m->free_frames};
	m->free_frames = n;
	m->frames_used--;
}

/* A stream from key, frame and place: enough that nothing of the content shows. */
static uint8_t stream(uint64_t key, uint32_t frame, size_t at)
{
	uint64_t x = key ^ ((uint64_t)frame << 12 | (at & ~(size_t)7));

	x += 0x9e3779b97f4a7c15ULL;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
	return (uint8_t)((x ^ x >> 31) >> 8 * (at & 7));
}

void kvm_model_frame_read(
	const struct kvm_model *m, uint32_t frame, size_t at, void *out, size_t len)
{
	const uint8_t *from = m->memory + (size_t)frame * HC_PAGE_SIZE + at;
	const uint64_t key = m->frame[frame].key;

	for (size_t i = 0; i < len; i++)
		((uint8_t *)out)[i] = key ? from[i] ^ stream(key, frame, at + i) : from[i];
}

void kvm_model_frame_write(
	struct kvm_model *m, uint32_t frame, size_t at, const void *in, size_t len)
{
	uint8_t *to = m->memory + (size_t)frame * HC_PAGE_SIZE + at;
	const uint64_t key = m->frame[frame].key;

	for (size_t i = 0; i < len; i++) {
		uint8_t byte = ((const uint8_t *)in)[i];

		to[i] = key ? byte ^ stream(key, frame, at + i) : byte;
	}
}

void kvm_model_frame_encrypt(struct kvm_model *m, uint32_t frame, uint64_t key)
{
	uint8_t page[HC_PAGE_SIZE];

	kvm_model_frame_read(m, frame, 0, page, sizeof(page));
	m->frame[frame].key = key;
	kvm_model_frame_write(m, frame, 0, page, sizeof(page));
}

bool kvm_model_finds(const struct kvm_model *m, const void *pattern, size_t len)
{
	return memmem(m->memory, (size_t)m->frames_touched * HC_PAGE_SIZE, pattern, len) != NULL;
}

/* --- guest_memfd --- */

/* The place of a page's frame number; NULL: its block is not there, and none shall be made. */
static uint32_t *place_of(struct kvm_model *m, struct model_gmem *g, uint64_t index, bool make)
{
	uint32_t *block = &g->blocks[index / MODEL_BLOCK_PAGES];

	if (!*block) {
		if (!make || m->blocks_touched == MODEL_BLOCKS)
			return NULL;
		*block = ++m->blocks_touched;
	}
	return &m->block[(size_t)(*block - 1) * MODEL_BLOCK_PAGES + index % MODEL_BLOCK_PAGES];
}

/* kvm_gmem_create, __kvm_gmem_create */
int model_create_gmem(
	struct kvm_model *m, struct model_vm *vm, const struct kvm_create_guest_memfd *r)
{
	uint64_t supported = 0;
	struct model_gmem *g;
	int fd;

	kvm_model_reserved(m, "struct kvm_create_guest_memfd", r->reserved, sizeof(r->reserved));
	/* kvm_gmem_get_supported_flags (6.18): the host may map; shared only without private. */
	if (m->kernel >= KVM_MODEL_7_0)
		supported = GUEST_MEMFD_FLAG_MMAP |
			    (vm->has_private_mem ? 0 : GUEST_MEMFD_FLAG_INIT_SHARED);
	if (r->flags & ~supported)
		return -EINVAL;
	if (!r->size || r->size >> 63 || !aligned(r->size))
		return -EINVAL;
	if (r->size > MODEL_GMEM_MAX)
		return -ENOMEM; /* the model's own limit */
	for (uint32_t i = 0; i < MODEL_GMEMS; i++) {
		g = &m->gmem[i];
		if (g->used)
			continue;
		fd = model_fd_new(m, MODEL_GMEM, i, 0);
		if (fd < 0)
			return fd;
		memset(g->blocks, 0, (r->size / MODEL_BLOCK_BYTES + 1) * sizeof(*g->blocks));
		g->used = true;
		g->vm = vm->index;
		g->size = r->size;
		g->flags = r->flags;
		g->pages = 0;
		vm->refs++; /* the file pins KVM */
		return fd;
	}
	return -EMFILE;
}

static void drop_page(struct kvm_model *m, struct model_gmem *g, uint64_t index)
{
	uint32_t *place = place_of(m, g, index, false);

	if (!place || !*place)
		return;
	frame_free(m, *place);
	*place = 0;
	g->pages--;
}

static void drop_pages(struct kvm_model *m, struct model_gmem *g, uint64_t first, uint64_t end)
{
	for (uint64_t at = first; at < end && g->pages; at++) {
		if (!g->blocks[at / MODEL_BLOCK_PAGES]) /* a hole as large as a block */
			at |= MODEL_BLOCK_PAGES - 1;
		else
			drop_page(m, g, at);
	}
}

/* Where the host has mapped it, the hole is in the mapping (unmap_mapping_pages). */
static void drop_mapped(struct kvm_model *m, uint32_t gmem, uint64_t first, uint64_t end)
{
	const struct model_vm *vm = &m->vm[m->gmem[gmem].vm];

	for (uint32_t i = 0; i < MODEL_SLOTS; i++) {
		const struct model_slot *s = &vm->slot[i];
		uint64_t from = first > s->gmem_offset ? first - s->gmem_offset : 0;
		uint64_t to = end > s->gmem_offset ? end - s->gmem_offset : 0;

		if (s->gmem != gmem + 1 || from >= s->size || from >= to)
			continue;
		if (madvise(s->host + from, (to < s->size ? to : s->size) - from, MADV_DONTNEED))
			kvm_model_complain(m, "a mapped guest_memfd cannot be punched\n");
	}
}

/* kvm_gmem_fallocate, kvm_gmem_punch_hole. What lies beyond the end has no pages. */
int model_punch(struct kvm_model *m, uint32_t gmem, uint64_t offset, uint64_t len)
{
	struct model_gmem *g = &m->gmem[gmem];

	/* vfs_fallocate */
	if (!len || (int64_t)offset < 0 || (int64_t)len < 0)
		return -EINVAL;
	if ((offset + len) >> 63)
		return -EFBIG;
	if (!aligned(offset) || !aligned(len))
		return -EINVAL;
	if (offset < g->size)
		drop_pages(m, g, offset / HC_PAGE_SIZE,
			(len < g->size - offset ? offset + len : g->size) / HC_PAGE_SIZE);
	if (g->flags & GUEST_MEMFD_FLAG_INIT_SHARED)
		drop_mapped(m, gmem, offset, offset + len);
	return 0;
}

/* kvm_gmem_release: bindings end, and the memory with the last reference to the inode. */
void model_close_gmem(struct kvm_model *m, uint32_t gmem)
{
	struct model_gmem *g = &m->gmem[gmem];
	struct model_vm *vm = &m->vm[g->vm];

	for (uint32_t i = 0; i < MODEL_SLOTS; i++)
		if (vm->slot[i].gmem == gmem + 1)
			vm->slot[i].gmem = 0;
	drop_pages(m, g, 0, g->size / HC_PAGE_SIZE);
	g->used = false;
	model_vm_put(m, vm);
}

int kvm_model_gmem_frame(
	struct kvm_model *m, struct model_vm *vm, uint64_t gpa, uint32_t *frame, bool *is_new)
{
	struct model_slot *s = kvm_model_slot_at(vm, gpa);
	struct model_gmem *g;
	uint64_t index;
	uint32_t *place;

	*is_new = false;
	if (!s || !s->gmem)
		return -EFAULT;
	g = &m->gmem[s->gmem - 1];
	index = (s->gmem_offset + (gpa - s->gpa)) / HC_PAGE_SIZE;
	place = place_of(m, g, index, true);
	if (!place)
		return -ENOMEM;
	if (!*place) {
		*place = frame_new(m);
		if (!*place)
			return -ENOMEM;
		g->pages++;
		m->frame[*place - 1].gmem = s->gmem;
		m->frame[*place - 1].index = index;
		memset(m->memory + (size_t)(*place - 1) * HC_PAGE_SIZE, 0, HC_PAGE_SIZE);
		*is_new = true;
	}
	*frame = *place - 1;
	return 0;
}

/* --- slots --- */

struct model_slot *kvm_model_slot_at(struct model_vm *vm, uint64_t gpa)
{
	for (uint32_t i = 0; i < MODEL_SLOTS; i++) {
		struct model_slot *s = &vm->slot[i];

		if (s->size && gpa >= s->gpa && gpa - s->gpa < s->size)
			return s;
	}
	return NULL;
}

/* check_memory_region_flags */
static bool flags_are_good(
	const struct kvm_model *m, const struct model_vm *vm, uint32_t flags, bool v2)
{
	uint32_t valid = KVM_MEM_LOG_DIRTY_PAGES;
	bool gmem = flags & KVM_MEM_GUEST_MEMFD;

	if (v2 && (vm->has_private_mem || m->kernel >= KVM_MODEL_7_0))
		valid |= KVM_MEM_GUEST_MEMFD;
	if (gmem)
		valid &= ~(uint32_t)KVM_MEM_LOG_DIRTY_PAGES;
	/* kvm_arch_has_readonly_mem: not where the guest's state is protected. */
	if (!vm->has_protected_state && !gmem)
		valid |= KVM_MEM_READONLY;
	return !(flags & ~valid);
}

/* __kvm_set_memory_region, what is checked before any slot is looked at */
static bool region_is_good(const struct kvm_userspace_memory_region2 *r)
{
	if (!aligned(r->memory_size) || !aligned(r->guest_phys_addr) || !aligned(r->userspace_addr))
		return false;
	if ((r->flags & KVM_MEM_GUEST_MEMFD) &&
		(!aligned(r->guest_memfd_offset) ||
			r->guest_memfd_offset + r->memory_size < r->guest_memfd_offset))
		return false;
	/* access_ok: user space ends below bit 47 */
	if (r->userspace_addr >> 47 || (r->userspace_addr + r->memory_size) >> 47)
		return false;
	if (r->slot >> 16 || (r->slot & 0xffff) >= SLOT_IDS)
		return false;
	return r->guest_phys_addr + r->memory_size >= r->guest_phys_addr &&
	       r->memory_size / HC_PAGE_SIZE <= MEM_MAX_PAGES;
}

static bool overlaps(const struct model_vm *vm, uint32_t slot, uint64_t gpa, uint64_t size)
{
	for (uint32_t i = 0; i < MODEL_SLOTS; i++) {
		const struct model_slot *s = &vm->slot[i];

		if (i != slot && s->size && gpa < s->gpa + s->size && s->gpa < gpa + size)
			return true;
	}
	return false;
}

/* kvm_gmem_bind */
static int bind(struct kvm_model *m, struct model_vm *vm, struct model_slot *s,
	const struct kvm_userspace_memory_region2 *r)
{
	const int at = (int)r->guest_memfd - MODEL_FD;
	const struct model_gmem *g;
	uint32_t n;

	if (at < 0 || at >= MODEL_FDS || !m->fd[at].kind)
		return -EBADF;
	if (m->fd[at].kind != MODEL_GMEM)
		return -EINVAL;
	n = m->fd[at].index;
	g = &m->gmem[n];
	if (g->vm != vm->index || r->guest_memfd_offset >> 63 ||
		r->guest_memfd_offset + r->memory_size > g->size)
		return -EINVAL;
	for (uint32_t i = 0; i < MODEL_SLOTS; i++) {
		const struct model_slot *o = &vm->slot[i];

		if (o->size && o->gmem == n + 1 &&
			r->guest_memfd_offset < o->gmem_offset + o->size &&
			o->gmem_offset < r->guest_memfd_offset + r->memory_size)
			return -EINVAL;
	}
	s->gmem = n + 1;
	s->gmem_offset = r->guest_memfd_offset;
	return 0;
}

/* The second half of __kvm_set_memory_region, for a slot that is there. */
static int change_slot(struct model_vm *vm, const struct kvm_userspace_memory_region2 *r)
{
	struct model_slot *s = &vm->slot[r->slot];

	if (!r->memory_size) {
		*s = (struct model_slot){0};
		return 0;
	}
	/* Private slots are immutable; others keep their memory and may move. */
	if ((r->flags | s->flags) & KVM_MEM_GUEST_MEMFD || r->memory_size != s->size ||
		r->userspace_addr != (uintptr_t)s->host ||
		((r->flags ^ s->flags) & KVM_MEM_READONLY))
		return -EINVAL;
	if (r->guest_phys_addr != s->gpa &&
		overlaps(vm, r->slot, r->guest_phys_addr, r->memory_size))
		return -EEXIST;
	s->gpa = r->guest_phys_addr;
	s->flags = r->flags;
	return 0;
}

int model_set_memory(struct kvm_model *m, struct model_vm *vm,
	const struct kvm_userspace_memory_region2 *r, bool v2)
{
	struct model_slot s = {
		.gpa = r->guest_phys_addr,
		.size = r->memory_size,
		/* NOLINTNEXTLINE(performance-no-int-to-ptr): as the kernel takes it */
		.host = (uint8_t *)(uintptr_t)r->userspace_addr,
		.flags = r->flags,
	};
	int rc = 0;

	if (v2) {
		kvm_model_reserved(
			m, "struct kvm_userspace_memory_region2", r->pad2, sizeof(r->pad2));
		kvm_model_reserved(
			m, "struct kvm_userspace_memory_region2", &r->pad1, sizeof(r->pad1));
	}
	if (!flags_are_good(m, vm, r->flags, v2) || !region_is_good(r))
		return -EINVAL;
	if (r->slot >= MODEL_SLOTS) {
		kvm_model_complain(m, "slot %u: the model has %u\n", r->slot, MODEL_SLOTS);
		return -ENOMEM;
	}
	if (vm->slot[r->slot].size)
		return change_slot(vm, r);
	if (!r->memory_size)
		return -EINVAL;
	/* x86, kvm_arch_prepare_memory_region: within the processor's guest-physical space */
	if ((r->guest_phys_addr + r->memory_size - 1) >> 52)
		return -EINVAL;
	if (overlaps(vm, r->slot, r->guest_phys_addr, r->memory_size))
		return -EEXIST;
	if (r->flags & KVM_MEM_GUEST_MEMFD)
		rc = bind(m, vm, &s, r);
	if (!rc)
		vm->slot[r->slot] = s;
	return rc;
}

/* --- attributes --- */

/* The first range that ends behind `at`. */
static uint32_t find_range(const struct model_vm *vm, uint64_t at)
{
	uint32_t low = 0, high = vm->privates;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (vm->private[middle].end <= at)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool kvm_model_is_private(const struct model_vm *vm, uint64_t gpa, uint64_t len, bool is_private)
{
	uint32_t i = find_range(vm, gpa);
	const struct model_range *r = &vm->private[i];

	if (is_private)
		return i < vm->privates && r->start <= gpa && gpa + len <= r->end;
	return i == vm->privates || r->start >= gpa + len;
}

/* Replace ranges [first, last) by what is in `with`. */
static bool replace(struct model_vm *vm, uint32_t first, uint32_t last,
	const struct model_range *with, uint32_t count)
{
	if (vm->privates - (last - first) + count > MODEL_RANGES)
		return false;
	memmove(&vm->private[first + count], &vm -> private[last],
		(vm->privates - last) * sizeof(*with));
	memcpy(&vm->private[first], with, count * sizeof(*with));
	vm->privates = vm->privates - (last - first) + count;
	return true;
}

static bool set_private(struct model_vm *vm, uint64_t start, uint64_t end)
{
	/* Those that touch it melt into it. */
	uint32_t first = start ? find_range(vm, start - 1) : 0, last = first;
	struct model_range all = {start, end};

	while (last < vm->privates && vm->private[last].start <= end) {
		if (vm->private[last].start < all.start)
			all.start = vm->private[last].start;
		if (vm->private[last].end > all.end)
			all.end = vm->private[last].end;
		last++;
	}
	return replace(vm, first, last, &all, 1);
}

static bool set_shared(struct model_vm *vm, uint64_t start, uint64_t end)
{
	uint32_t first = find_range(vm, start), last = first, count = 0;
	struct model_range rest[2];

	while (last < vm->privates && vm->private[last].start < end) {
		if (vm->private[last].start < start)
			rest[count++] = (struct model_range){vm->private[last].start, start};
		if (vm->private[last].end > end)
			rest[count++] = (struct model_range){end, vm->private[last].end};
		last++;
	}
	return replace(vm, first, last, rest, count);
}

/* kvm_supported_mem_attributes */
uint64_t model_supported_attributes(const struct model_vm *vm)
{
	return !vm || vm->has_private_mem ? KVM_MEMORY_ATTRIBUTE_PRIVATE : 0;
}

/* kvm_vm_ioctl_set_mem_attributes */
int model_set_attributes(
	struct kvm_model *m, struct model_vm *vm, const struct kvm_memory_attributes *a)
{
	bool done;

	(void)m;
	if (a->flags || (a->attributes & ~model_supported_attributes(vm)))
		return -EINVAL;
	if (!a->size || a->address + a->size < a->address)
		return -EINVAL;
	if (!aligned(a->address) || !aligned(a->size))
		return -EINVAL;
	done = a->attributes ? set_private(vm, a->address, a->address + a->size)
			     : set_shared(vm, a->address, a->address + a->size);
	return done ? 0 : -ENOMEM; /* xa_reserve */
}
