/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/bytes.h"
#include "tests/unit/fake_host.h"
#include "vmm/device/virtqueue.h"

#define SIZE  8
#define DESC  0x1000ull
#define AVAIL 0x2000ull
#define USED  0x3000ull
#define DATA  0x10000ull

struct fixture {
	struct fake_host fh;
	struct virtqueue vq;
	struct virtqueue_chain chain;
	uint16_t avail_idx;
};

static int setup(void **state)
{
	static struct fixture f;

	memset(&f, 0, sizeof(f));
	fake_host_init(&f.fh);
	virtqueue_init(&f.vq, &f.fh.mem, 256);
	f.vq.size = SIZE;
	f.vq.desc = DESC;
	f.vq.avail = AVAIL;
	f.vq.used = USED;
	f.vq.indirect = true;
	assert_int_equal(virtqueue_enable(&f.vq), 0);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	fake_host_fini(&f->fh);
	return 0;
}

static void desc_at(struct fixture *f, uint64_t table, unsigned int i, uint64_t addr, uint32_t len,
	unsigned int flags, unsigned int next)
{
	uint8_t *p = f->fh.low + table + 16 * i;

	put_le64(p, addr);
	put_le32(p + 8, len);
	put_le16(p + 12, (uint16_t)flags);
	put_le16(p + 14, (uint16_t)next);
}

static void desc(struct fixture *f, unsigned int i, uint64_t addr, uint32_t len, unsigned int flags,
	unsigned int next)
{
	desc_at(f, DESC, i, addr, len, flags, next);
}

static void publish(struct fixture *f, uint16_t head)
{
	put_le16(f->fh.low + AVAIL + 4 + 2 * (f->avail_idx % SIZE), head);
	put_le16(f->fh.low + AVAIL + 2, ++f->avail_idx);
}

static int pop(struct fixture *f)
{
	return virtqueue_pop(&f->vq, &f->chain);
}

/* The chain at head 0 breaks the queue, and it stays broken. */
static void breaks(struct fixture *f)
{
	publish(f, 0);
	assert_int_equal(pop(f), HC_EFORMAT);
	assert_true(f->vq.broken);
	assert_non_null(f->vq.why);
	desc(f, 0, DATA, 16, 0, 0);
	assert_int_equal(pop(f), HC_EFORMAT);
	virtqueue_push(&f->vq, 0, 0);
	assert_int_equal(get_le16(f->fh.low + USED + 2), 0);
	assert_false(virtqueue_wants_interrupt(&f->vq));
	assert_false(virtqueue_has_request(&f->vq));
}

static void refuses_sizes_that_are_no_power_of_two_or_too_large(void **state)
{
	struct fixture *f = *state;

	for (unsigned int size = 0; size <= 0xffff; size++) {
		bool good = size && size <= 256 && (size & (size - 1)) == 0;

		virtqueue_reset(&f->vq);
		assert_int_equal(f->vq.size, 256);
		f->vq.size = (uint16_t)size;
		f->vq.desc = DESC;
		f->vq.avail = AVAIL;
		f->vq.used = USED;
		assert_int_equal(virtqueue_enable(&f->vq), good ? 0 : HC_ERANGE);
		assert_true(f->vq.ready == good);
	}
}

static void enable(struct fixture *f, uint64_t d, uint64_t a, uint64_t u, int want)
{
	virtqueue_reset(&f->vq);
	f->vq.size = SIZE;
	f->vq.desc = d;
	f->vq.avail = a;
	f->vq.used = u;
	assert_int_equal(virtqueue_enable(&f->vq), want);
	assert_int_equal(pop(f), 0);
}

static void refuses_areas_that_are_misaligned_or_outside_ram(void **state)
{
	struct fixture *f = *state;
	/* Bytes of the three areas for a queue of 8. */
	const uint64_t nd = 16 * SIZE, na = 6 + 2 * SIZE, nu = 6 + 8 * SIZE;

	for (uint64_t off = 1; off < 16; off++)
		enable(f, DESC + off, AVAIL, USED, HC_ERANGE);
	enable(f, DESC, AVAIL + 1, USED, HC_ERANGE);
	for (uint64_t off = 1; off < 4; off++)
		enable(f, DESC, AVAIL, USED + off, HC_ERANGE);
	enable(f, FAKE_LOW_SIZE - nd, FAKE_LOW_SIZE - na, FAKE_LOW_SIZE - ((nu + 3) & ~3ull), 0);
	enable(f, FAKE_LOW_SIZE - nd + 16, AVAIL, USED, HC_ERANGE);
	enable(f, DESC, FAKE_LOW_SIZE - na + 2, USED, HC_ERANGE);
	enable(f, DESC, AVAIL, FAKE_LOW_SIZE - nu + 2, HC_ERANGE);
	enable(f, FAKE_LOW_SIZE, AVAIL, USED, HC_ERANGE);
	enable(f, UINT64_MAX - 15, AVAIL, USED, HC_ERANGE);
	enable(f, DESC, UINT64_MAX - 1, USED, HC_ERANGE);
	enable(f, DESC, AVAIL, UINT64_MAX - 3, HC_ERANGE);
	enable(f, FAKE_HIGH_GPA - 16, AVAIL, USED, HC_ERANGE);
	enable(f, FAKE_HIGH_GPA, FAKE_HIGH_GPA + 0x1000, FAKE_HIGH_GPA + 0x2000, 0);
	f->fh.private_gpa = USED;
	f->fh.private_len = 0x1000;
	enable(f, DESC, AVAIL, USED, HC_ERANGE);
}

static void nothing_comes_out_of_a_queue_that_is_not_ready(void **state)
{
	struct fixture *f = *state;

	desc(f, 0, DATA, 16, 0, 0);
	publish(f, 0);
	f->vq.ready = false;
	assert_int_equal(pop(f), 0);
	assert_false(virtqueue_has_request(&f->vq));
	virtqueue_push(&f->vq, 0, 0);
	virtqueue_want_doorbell(&f->vq, false);
	assert_int_equal(get_le16(f->fh.low + USED), 0);
}

static void an_available_index_ahead_of_the_queue_breaks_it(void **state)
{
	struct fixture *f = *state;

	put_le16(f->fh.low + AVAIL + 2, SIZE + 1);
	assert_int_equal(pop(f), HC_EFORMAT);
}

static void an_available_index_that_goes_back_breaks_it(void **state)
{
	struct fixture *f = *state;

	desc(f, 0, DATA, 16, 0, 0);
	publish(f, 0);
	assert_int_equal(pop(f), 1);
	put_le16(f->fh.low + AVAIL + 2, 0);
	assert_int_equal(pop(f), HC_EFORMAT);
}

static void more_in_flight_than_the_queue_holds_breaks_it(void **state)
{
	struct fixture *f = *state;

	desc(f, 0, DATA, 16, 0, 0);
	for (unsigned int i = 0; i < SIZE; i++) {
		publish(f, 0);
		assert_int_equal(pop(f), 1);
	}
	publish(f, 0);
	assert_int_equal(pop(f), HC_EFORMAT);
}

static void a_head_outside_the_table_breaks_it(void **state)
{
	struct fixture *f = *state;

	publish(f, SIZE);
	assert_int_equal(pop(f), HC_EFORMAT);
}

static void a_next_outside_the_table_breaks_it(void **state)
{
	struct fixture *f = *state;

	desc(f, 0, DATA, 16, VIRTQ_DESC_F_NEXT, SIZE);
	breaks(f);
}

static void loops_break_it(void **state)
{
	struct fixture *f = *state;

	desc(f, 0, DATA, 16, VIRTQ_DESC_F_NEXT, 1);
	desc(f, 1, DATA, 16, VIRTQ_DESC_F_NEXT, 0);
	breaks(f);
}

static void loops_of_empty_descriptors_break_it(void **state)
{
	struct fixture *f = *state;

	desc(f, 0, 0, 0, VIRTQ_DESC_F_NEXT, 0);
	breaks(f);
}

static void readable_after_writable_breaks_it(void **state)
{
	struct fixture *f = *state;

	desc(f, 0, DATA, 16, VIRTQ_DESC_F_NEXT | VIRTQ_DESC_F_WRITE, 1);
	desc(f, 1, DATA, 16, 0, 0);
	breaks(f);
}

static void buffers_outside_shared_ram_break_it(void **state)
{
	struct fixture *f = *state;
	static const struct {
		uint64_t addr;
		uint32_t len;
	} bad[] = {
		{FAKE_LOW_SIZE, 1},
		{FAKE_LOW_SIZE - 1, 2},
		{0, (uint32_t)FAKE_LOW_SIZE + 1},
		{0, UINT32_MAX},
		{UINT64_MAX, 1},
		{UINT64_MAX, 2},
		{UINT64_MAX - 15, 16},
		{FAKE_HIGH_GPA - 1, 2},
		{FAKE_HIGH_GPA + FAKE_HIGH_SIZE - 1, 2},
		{0xfee00000, 16},
		{0xe0000000, 16},
		{0x8000, 0x1001},
		{0x9fff, 1},
	};

	f->fh.private_gpa = 0x9000;
	f->fh.private_len = 0x1000;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		for (unsigned int flags = 0; flags <= VIRTQ_DESC_F_WRITE;
			flags += VIRTQ_DESC_F_WRITE) {
			f->vq.broken = false;
			desc(f, 0, bad[i].addr, bad[i].len, flags, 0);
			put_le16(f->fh.low + AVAIL + 2, (uint16_t)(f->vq.next_avail + 1));
			put_le16(f->fh.low + AVAIL + 4, 0);
			assert_int_equal(pop(f), HC_EFORMAT);
		}
	}
}

static void memory_taken_away_after_enable_breaks_it(void **state)
{
	struct fixture *f = *state;
	static const uint64_t areas[] = {DESC, AVAIL};

	desc(f, 0, DATA, 16, 0, 0);
	publish(f, 0);
	for (unsigned int i = 0; i < 2; i++) {
		f->vq.broken = false;
		f->fh.private_gpa = areas[i];
		f->fh.private_len = 0x1000;
		assert_int_equal(pop(f), HC_EFORMAT);
	}
	f->vq.broken = false;
	f->fh.private_gpa = USED;
	assert_int_equal(pop(f), 1);
	virtqueue_push(&f->vq, 0, 0);
	assert_true(f->vq.broken);
}

static void indirect_tables_that_break_a_rule_break_it(void **state)
{
	struct fixture *f = *state;
	static const struct {
		uint64_t addr;
		uint32_t len;
		unsigned int more;
	} bad[] = {
		{DATA, 0, 0},
		{DATA, 15, 0},
		{DATA, 17, 0},
		{DATA, 16 * (VIRTQUEUE_CHAIN_MAX + 1), 0},
		{DATA, UINT32_MAX & ~15u, 0},
		{DATA, 32, VIRTQ_DESC_F_NEXT},
		{FAKE_LOW_SIZE - 16, 32, 0},
		{UINT64_MAX - 15, 16, 0},
	};

	desc_at(f, DATA, 0, DATA, 4, 0, 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		f->vq.broken = false;
		desc(f, 0, bad[i].addr, bad[i].len, VIRTQ_DESC_F_INDIRECT | bad[i].more, 1);
		put_le16(f->fh.low + AVAIL + 2, 1);
		assert_int_equal(pop(f), HC_EFORMAT);
	}
}

static void nested_indirect_tables_break_it(void **state)
{
	struct fixture *f = *state;

	desc(f, 0, DATA, 32, VIRTQ_DESC_F_INDIRECT, 0);
	desc_at(f, DATA, 0, DATA, 32, VIRTQ_DESC_F_INDIRECT, 0);
	breaks(f);
}

static void a_loop_in_an_indirect_table_breaks_it(void **state)
{
	struct fixture *f = *state;

	desc(f, 0, DATA, 32, VIRTQ_DESC_F_INDIRECT, 0);
	desc_at(f, DATA, 0, DATA, 1, VIRTQ_DESC_F_NEXT, 1);
	desc_at(f, DATA, 1, DATA, 1, VIRTQ_DESC_F_NEXT, 0);
	breaks(f);
}

static void indirect_without_the_feature_breaks_it(void **state)
{
	struct fixture *f = *state;

	f->vq.indirect = false;
	desc(f, 0, DATA, 16, VIRTQ_DESC_F_INDIRECT, 0);
	desc_at(f, DATA, 0, DATA, 4, 0, 0);
	breaks(f);
}

static void an_indirect_table_may_end_a_direct_chain(void **state)
{
	struct fixture *f = *state;

	desc(f, 0, DATA, 8, VIRTQ_DESC_F_NEXT, 3);
	desc(f, 3, DATA + 0x100, 48, VIRTQ_DESC_F_INDIRECT, 0);
	desc_at(f, DATA + 0x100, 0, DATA + 0x200, 4, VIRTQ_DESC_F_NEXT, 2);
	desc_at(f, DATA + 0x100, 2, DATA + 0x300, 5, VIRTQ_DESC_F_WRITE, 0);
	publish(f, 0);
	assert_int_equal(pop(f), 1);
	assert_int_equal(f->chain.readable, 2);
	assert_int_equal(f->chain.writable, 1);
	assert_true(f->chain.readable_bytes == 12 && f->chain.writable_bytes == 5);
	assert_ptr_equal(f->chain.iov[2].iov_base, f->fh.low + DATA + 0x300);
}

static void the_longest_chain_is_taken_and_one_more_is_not(void **state)
{
	struct fixture *f = *state;
	const unsigned int max = VIRTQUEUE_CHAIN_MAX;

	/* The pointer to the table counts. */
	desc(f, 0, DATA, 16 * max, VIRTQ_DESC_F_INDIRECT, 0);
	for (unsigned int i = 0; i < max; i++)
		desc_at(f, DATA, i, DATA, 1, i + 2 < max ? VIRTQ_DESC_F_NEXT : 0, i + 1);
	publish(f, 0);
	assert_int_equal(pop(f), 1);
	assert_int_equal(f->chain.readable, max - 1);
	desc_at(f, DATA, max - 2, DATA, 1, VIRTQ_DESC_F_NEXT, max - 1);
	publish(f, 0);
	assert_int_equal(pop(f), HC_EFORMAT);
}

static void indices_wrap(void **state)
{
	struct fixture *f = *state;

	for (unsigned int i = 0; i < 3 * 65536; i++) {
		uint16_t head = (uint16_t)(i % SIZE);

		desc(f, head, DATA + i % 64, 16, VIRTQ_DESC_F_WRITE, 0);
		publish(f, head);
		assert_int_equal(pop(f), 1);
		assert_int_equal(f->chain.head, head);
		virtqueue_push(&f->vq, head, i);
		assert_int_equal(get_le16(f->fh.low + USED + 2), (uint16_t)(i + 1));
		assert_int_equal(get_le32(f->fh.low + USED + 4 + 8 * (i % SIZE)), head);
		assert_int_equal(get_le32(f->fh.low + USED + 8 + 8 * (i % SIZE)), i);
	}
	assert_int_equal(pop(f), 0);
}

static void an_unpopped_request_comes_again(void **state)
{
	struct fixture *f = *state;

	desc(f, 5, DATA, 16, 0, 0);
	publish(f, 5);
	assert_int_equal(pop(f), 1);
	virtqueue_unpop(&f->vq);
	assert_true(virtqueue_has_request(&f->vq));
	assert_int_equal(pop(f), 1);
	assert_int_equal(f->chain.head, 5);
	assert_int_equal(pop(f), 0);
}

static void interrupts_follow_the_flag(void **state)
{
	struct fixture *f = *state;

	assert_false(virtqueue_wants_interrupt(&f->vq));
	for (unsigned int flag = 0; flag < 2; flag++) {
		put_le16(f->fh.low + AVAIL, (uint16_t)flag);
		desc(f, 0, DATA, 16, 0, 0);
		publish(f, 0);
		assert_int_equal(pop(f), 1);
		virtqueue_push(&f->vq, 0, 0);
		assert_true(virtqueue_wants_interrupt(&f->vq) == !flag);
		assert_false(virtqueue_wants_interrupt(&f->vq));
	}
}

static void interrupts_follow_the_event_index(void **state)
{
	struct fixture *f = *state;
	unsigned int wanted = 0;

	f->vq.event_idx = true;
	put_le16(f->fh.low + AVAIL + 4 + 2 * SIZE, 2); /* when the third was pushed */
	for (unsigned int i = 0; i < 6; i++) {
		desc(f, 0, DATA, 16, 0, 0);
		publish(f, 0);
		assert_int_equal(pop(f), 1);
		virtqueue_push(&f->vq, 0, 0);
		if (virtqueue_wants_interrupt(&f->vq)) {
			assert_int_equal(i, 2);
			wanted++;
		}
	}
	assert_int_equal(wanted, 1);
}

static void doorbells_are_asked_for_and_declined(void **state)
{
	struct fixture *f = *state;

	virtqueue_want_doorbell(&f->vq, false);
	assert_int_equal(get_le16(f->fh.low + USED), 1);
	virtqueue_want_doorbell(&f->vq, true);
	assert_int_equal(get_le16(f->fh.low + USED), 0);
	f->vq.event_idx = true;
	f->vq.next_avail = 77;
	virtqueue_want_doorbell(&f->vq, true);
	assert_int_equal(get_le16(f->fh.low + USED + 4 + 8 * SIZE), 77);
}

static void pieces_of_a_chain_are_cut_exactly(void **state)
{
	struct fixture *f = *state;
	struct iovec iov[VIRTQUEUE_CHAIN_MAX];
	uint8_t bytes[32];

	for (unsigned int i = 0; i < 24; i++)
		f->fh.low[DATA + i + (i / 8) * 8] = (uint8_t)i; /* 8 at 0, 16 and 32 */
	desc(f, 0, DATA, 8, VIRTQ_DESC_F_NEXT, 1);
	desc(f, 1, DATA + 16, 8, VIRTQ_DESC_F_NEXT, 2);
	desc(f, 2, DATA + 32, 8, VIRTQ_DESC_F_NEXT, 3);
	desc(f, 3, DATA + 64, 5, VIRTQ_DESC_F_NEXT | VIRTQ_DESC_F_WRITE, 4);
	desc(f, 4, DATA + 80, 5, VIRTQ_DESC_F_WRITE, 0);
	publish(f, 0);
	assert_int_equal(pop(f), 1);
	for (uint64_t off = 0; off <= 24; off++) {
		for (uint64_t len = 0; len <= 26; len++) {
			int rc = virtqueue_chain_read(&f->chain, off, bytes, len);

			assert_int_equal(rc, off + len <= 24 ? 0 : HC_ERANGE);
			for (uint64_t i = 0; rc == 0 && i < len; i++)
				assert_int_equal(bytes[i], off + i);
		}
	}
	assert_int_equal(virtqueue_chain_slice(&f->chain, false, UINT64_MAX, 2, iov), HC_ERANGE);
	assert_int_equal(virtqueue_chain_slice(&f->chain, true, 2, UINT64_MAX, iov), HC_ERANGE);
	assert_int_equal(virtqueue_chain_slice(&f->chain, true, 4, 2, iov), 2);
	memset(bytes, 0xee, sizeof(bytes));
	assert_int_equal(virtqueue_chain_write(&f->chain, 4, bytes, 7), HC_ERANGE);
	assert_int_equal(virtqueue_chain_write(&f->chain, 4, bytes, 2), 0);
	assert_int_equal(f->fh.low[DATA + 67], 0);
	assert_int_equal(f->fh.low[DATA + 68], 0xee);
	assert_int_equal(f->fh.low[DATA + 69], 0);
	assert_int_equal(f->fh.low[DATA + 80], 0xee);
	assert_int_equal(f->fh.low[DATA + 81], 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(refuses_sizes_that_are_no_power_of_two_or_too_large),
		T(refuses_areas_that_are_misaligned_or_outside_ram),
		T(nothing_comes_out_of_a_queue_that_is_not_ready),
		T(an_available_index_ahead_of_the_queue_breaks_it),
		T(an_available_index_that_goes_back_breaks_it),
		T(more_in_flight_than_the_queue_holds_breaks_it),
		T(a_head_outside_the_table_breaks_it),
		T(a_next_outside_the_table_breaks_it),
		T(loops_break_it),
		T(loops_of_empty_descriptors_break_it),
		T(readable_after_writable_breaks_it),
		T(buffers_outside_shared_ram_break_it),
		T(memory_taken_away_after_enable_breaks_it),
		T(indirect_tables_that_break_a_rule_break_it),
		T(nested_indirect_tables_break_it),
		T(a_loop_in_an_indirect_table_breaks_it),
		T(indirect_without_the_feature_breaks_it),
		T(an_indirect_table_may_end_a_direct_chain),
		T(the_longest_chain_is_taken_and_one_more_is_not),
		T(indices_wrap),
		T(an_unpopped_request_comes_again),
		T(interrupts_follow_the_flag),
		T(interrupts_follow_the_event_index),
		T(doorbells_are_asked_for_and_declined),
		T(pieces_of_a_chain_are_cut_exactly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
