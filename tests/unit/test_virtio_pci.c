/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "tests/unit/fake_driver.h"

#define QUEUES  2
#define RING    0x10000ull
#define FEATURE (1ull << 3)
#define NOTHING 0xffff

struct fixture {
	struct fake_host fh;
	struct virtio_pci vp;
	struct driver d;
	unsigned int started, resets, notified[QUEUES];
};

static void started(void *dev)
{
	((struct fixture *)dev)->started++;
}

static void was_reset(void *dev)
{
	((struct fixture *)dev)->resets++;
}

static void notify(void *dev, unsigned int queue)
{
	struct fixture *f = dev;

	assert_true(virtio_pci_running(&f->vp));
	f->notified[queue]++;
}

static const struct virtio_ops ops = {
	.name = "toy",
	.type = 42,
	.pci_class = 0xff0000,
	.queues = QUEUES,
	.queue_size = 64,
	.started = started,
	.reset = was_reset,
	.notify = notify,
};

static int setup(void **state)
{
	static const uint8_t config[] = {1, 2, 3, 4, 5, 6};
	static struct fixture f;

	memset(&f, 0, sizeof(f));
	fake_host_init(&f.fh);
	assert_int_equal(virtio_pci_init(&f.vp, &f.fh.host, &f.fh.pci, 2, &ops, &f, FEATURE, config,
				 sizeof(config), NULL),
		0);
	driver_probe(&f.d, &f.fh, 2, DRIVER_BAR);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	virtio_pci_fini(&f->vp);
	virtio_pci_fini(&f->vp);
	assert_int_equal(f->fh.watches, 0);
	assert_int_equal(f->fh.doorbells, 0);
	fake_host_fini(&f->fh);
	return 0;
}

static void run_device(struct fixture *f, uint64_t features)
{
	assert_true(
		driver_negotiate(&f->d, DRIVER_REQUIRED | features) & VIRTIO_STATUS_FEATURES_OK);
	for (unsigned int q = 0; q < QUEUES; q++)
		assert_true(driver_queue(&f->d, q, 16, RING + 0x2000 * q));
	driver_set_status(&f->d, DRIVER_STATUS_OK);
	assert_int_equal(driver_status(&f->d), DRIVER_STATUS_OK);
}

static void looks_like_a_modern_device_to_a_driver(void **state)
{
	struct fixture *f = *state;
	static const struct {
		uint8_t type, size;
		uint32_t offset, length;
	} want[] = {
		{1, 16, 0x0000, 0x38},
		{2, 20, 0x3000, 4 * QUEUES},
		{3, 16, 0x1000, 1},
		{4, 16, 0x2000, 6},
	};

	assert_int_equal(driver_config_read(&f->d, 0, 4), (0x1040 + 42) << 16 | 0x1af4);
	assert_int_equal(driver_config_read(&f->d, 8, 1), 1);
	assert_int_equal(driver_config_read(&f->d, 9, 2), 0x0000);
	assert_int_equal(driver_config_read(&f->d, 0x0b, 1), 0xff);
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		unsigned int cap = driver_find_cap(&f->d, 9, want[i].type);

		assert_int_not_equal(cap, 0);
		assert_int_equal(driver_config_read(&f->d, cap + 2, 1), want[i].size);
		assert_int_equal(driver_config_read(&f->d, cap + 4, 1), 0);
		assert_int_equal(driver_config_read(&f->d, cap + 8, 4), want[i].offset);
		assert_int_equal(driver_config_read(&f->d, cap + 12, 4), want[i].length);
	}
	assert_int_equal(driver_config_read(&f->d, driver_find_cap(&f->d, 9, 2) + 16, 4), 4);
	assert_int_equal(driver_read(&f->d, 0x12, 2), QUEUES);
}

static void features_ok_needs_version_1_and_access_platform(void **state)
{
	struct fixture *f = *state;
	uint64_t offered = driver_offered(&f->d);

	assert_true((offered & DRIVER_REQUIRED) == DRIVER_REQUIRED);
	assert_true(offered & FEATURE);
	assert_false(driver_negotiate(&f->d, 0) & VIRTIO_STATUS_FEATURES_OK);
	assert_false(driver_negotiate(&f->d, VIRTIO_F_VERSION_1) & VIRTIO_STATUS_FEATURES_OK);
	assert_false(driver_negotiate(&f->d, VIRTIO_F_ACCESS_PLATFORM | FEATURE) &
		     VIRTIO_STATUS_FEATURES_OK);
	assert_int_equal(f->fh.complaints, 3);
	assert_true(driver_negotiate(&f->d, DRIVER_REQUIRED) & VIRTIO_STATUS_FEATURES_OK);
	assert_true(driver_negotiate(&f->d, offered) & VIRTIO_STATUS_FEATURES_OK);
}

static void features_that_were_not_offered_are_refused(void **state)
{
	struct fixture *f = *state;
	uint64_t offered = driver_offered(&f->d);

	for (unsigned int bit = 0; bit < 64; bit++) {
		uint64_t feature = 1ull << bit;
		bool ok = driver_negotiate(&f->d, DRIVER_REQUIRED | feature) &
			  VIRTIO_STATUS_FEATURES_OK;

		assert_true(ok == ((offered & feature) != 0));
	}
}

static void feature_words_beyond_the_second_are_empty(void **state)
{
	struct fixture *f = *state;

	driver_negotiate(&f->d, DRIVER_REQUIRED);
	for (uint32_t select = 2; select; select <<= 1) {
		driver_write(&f->d, 0x00, 4, select);
		assert_int_equal(driver_read(&f->d, 0x04, 4), 0);
		driver_write(&f->d, 0x08, 4, select);
		driver_write(&f->d, 0x0c, 4, 0xffffffff);
		assert_int_equal(driver_read(&f->d, 0x0c, 4), 0);
	}
	assert_true(f->vp.accepted == DRIVER_REQUIRED);
}

static void features_are_frozen_after_features_ok(void **state)
{
	struct fixture *f = *state;

	driver_negotiate(&f->d, DRIVER_REQUIRED);
	driver_write(&f->d, 0x08, 4, 0);
	driver_write(&f->d, 0x0c, 4, 0xffffffff);
	assert_true(f->vp.accepted == DRIVER_REQUIRED);
}

static void driver_ok_without_features_ok_does_not_start(void **state)
{
	struct fixture *f = *state;

	driver_negotiate(&f->d, 0);
	driver_set_status(&f->d, DRIVER_STATUS_OK);
	assert_false(driver_status(&f->d) & VIRTIO_STATUS_DRIVER_OK);
	assert_int_equal(f->started, 0);
	assert_false(virtio_pci_running(&f->vp));
}

static void the_driver_clears_no_status_bit_but_by_reset(void **state)
{
	struct fixture *f = *state;

	run_device(f, 0);
	for (unsigned int value = 1; value < 256; value++)
		driver_set_status(&f->d, (uint8_t)value);
	assert_int_equal(driver_status(&f->d), DRIVER_STATUS_OK | VIRTIO_STATUS_FAILED);
	assert_int_equal(f->started, 1);
	driver_set_status(&f->d, 0);
	assert_int_equal(driver_status(&f->d), 0);
	assert_int_equal(f->resets, 2); /* one of them the driver's first */
}

static void a_queue_is_enabled_only_between_features_ok_and_driver_ok(void **state)
{
	struct fixture *f = *state;

	assert_false(driver_queue(&f->d, 0, 16, RING));
	driver_negotiate(&f->d, DRIVER_REQUIRED);
	assert_true(driver_queue(&f->d, 0, 16, RING));
	driver_set_status(&f->d, DRIVER_STATUS_OK);
	assert_false(driver_queue(&f->d, 1, 16, RING));
}

static void a_queue_that_is_not_allowed_stays_disabled(void **state)
{
	struct fixture *f = *state;

	driver_negotiate(&f->d, DRIVER_REQUIRED);
	assert_false(driver_queue_at(&f->d, 0, 0, RING, RING + 0x1000, RING + 0x2000));
	assert_false(driver_queue_at(&f->d, 0, 3, RING, RING + 0x1000, RING + 0x2000));
	assert_false(driver_queue_at(&f->d, 0, 128, RING, RING + 0x1000, RING + 0x2000));
	assert_false(driver_queue_at(&f->d, 0, 16, RING + 8, RING + 0x1000, RING + 0x2000));
	assert_false(driver_queue_at(&f->d, 0, 16, FAKE_LOW_SIZE, RING, RING));
	assert_false(driver_queue_at(&f->d, 0, 16, 0xfee00000, RING, RING));
	assert_false(driver_queue_at(&f->d, 0, 16, DRIVER_BAR, RING, RING));
	assert_int_equal(f->fh.complaints, 7);
	assert_true(driver_queue_at(&f->d, 0, 64, RING, RING + 0x1000, RING + 0x2000));
}

static void an_enabled_queue_does_not_change(void **state)
{
	struct fixture *f = *state;

	driver_negotiate(&f->d, DRIVER_REQUIRED);
	assert_true(driver_queue(&f->d, 0, 16, RING));
	for (unsigned int off = 0x20; off < 0x38; off += 4)
		driver_write(&f->d, off, 4, 0xffffffff);
	driver_write(&f->d, 0x18, 2, 4);
	driver_write(&f->d, 0x1c, 2, 0);
	assert_int_equal(driver_read(&f->d, 0x1c, 2), 1);
	assert_int_equal(driver_read(&f->d, 0x18, 2), 16);
	assert_true(driver_read(&f->d, 0x20, 8) == RING);
}

static void queues_that_do_not_exist_read_zero_and_take_nothing(void **state)
{
	struct fixture *f = *state;
	static const uint16_t absent[] = {QUEUES, 4, 5, 255, 0xffff};

	driver_negotiate(&f->d, DRIVER_REQUIRED);
	for (size_t i = 0; i < sizeof(absent) / sizeof(absent[0]); i++) {
		driver_write(&f->d, 0x16, 2, absent[i]);
		driver_write(&f->d, 0x18, 2, 16);
		driver_write(&f->d, 0x20, 4, RING);
		driver_write(&f->d, 0x1c, 2, 1);
		assert_int_equal(driver_read(&f->d, 0x18, 2), 0);
		assert_int_equal(driver_read(&f->d, 0x1c, 2), 0);
		assert_int_equal(driver_read(&f->d, 0x1a, 2), VIRTIO_NO_VECTOR);
	}
}

static void registers_answer_to_their_own_size_only(void **state)
{
	struct fixture *f = *state;
	static const struct {
		unsigned int at, size;
	} fields[] = {{0, 4}, {4, 4}, {8, 4}, {0xc, 4}, {0x10, 2}, {0x12, 2}, {0x14, 1}, {0x15, 1},
		{0x16, 2}, {0x18, 2}, {0x1a, 2}, {0x1c, 2}, {0x1e, 2}, {0x20, 4}, {0x24, 4},
		{0x28, 4}, {0x2c, 4}, {0x30, 4}, {0x34, 4}};

	run_device(f, 0);
	for (unsigned int at = 0; at < 0x40; at++) {
		for (unsigned int size = 1; size <= 8; size *= 2) {
			bool known = size == 8 && at >= 0x20 && at < 0x38 && at % 8 == 0;

			for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
				known |= fields[i].at == at && fields[i].size == size;
			if (known)
				continue;
			driver_write(&f->d, at, size, 0);
			assert_true(driver_read(&f->d, at, size) == 0);
		}
	}
	assert_int_equal(driver_status(&f->d), DRIVER_STATUS_OK);
	assert_int_equal(f->resets, 1);
}

static void vectors_that_do_not_exist_read_back_as_none(void **state)
{
	struct fixture *f = *state;

	for (unsigned int v = 0; v < 8; v++) {
		unsigned int want = v <= QUEUES ? v : VIRTIO_NO_VECTOR;

		driver_write(&f->d, 0x10, 2, v);
		assert_int_equal(driver_read(&f->d, 0x10, 2), want);
		driver_write(&f->d, 0x1a, 2, v);
		assert_int_equal(driver_read(&f->d, 0x1a, 2), want);
	}
}

static void a_doorbell_rings_only_while_the_device_runs(void **state)
{
	struct fixture *f = *state;

	driver_kick(&f->d, 0);
	driver_negotiate(&f->d, DRIVER_REQUIRED);
	assert_true(driver_queue(&f->d, 0, 16, RING));
	driver_kick(&f->d, 0);
	assert_int_equal(f->notified[0], 0);
	driver_set_status(&f->d, DRIVER_STATUS_OK);
	driver_kick(&f->d, 0);
	assert_int_equal(f->notified[0], 1);
	driver_kick(&f->d, 1); /* never enabled */
	assert_int_equal(f->notified[1], 0);
	driver_set_status(&f->d, 0);
	driver_kick(&f->d, 0);
	assert_int_equal(f->notified[0], 1);
}

static void a_doorbell_just_before_reset_is_not_heard_after_it(void **state)
{
	struct fixture *f = *state;

	run_device(f, 0);
	driver_write(&f->d, VIRTIO_BAR_NOTIFY, 2, 0);
	driver_set_status(&f->d, 0);
	fake_host_run(&f->fh, 10);
	assert_int_equal(f->notified[0], 0);
}

static void doorbells_follow_the_bar(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(f->fh.doorbells, QUEUES);
	for (unsigned int q = 0; q < QUEUES; q++)
		assert_true(f->fh.doorbell[q].gpa == DRIVER_BAR + VIRTIO_BAR_NOTIFY + 4 * q);
	driver_config_write(&f->d, 0x10, 4, 0xe0800000);
	assert_int_equal(f->fh.doorbells, QUEUES);
	assert_true(f->fh.doorbell[0].gpa == 0xe0803000);
	driver_config_write(&f->d, 0x04, 2, 0);
	assert_int_equal(f->fh.doorbells, 0);
}

static void doorbells_that_the_kernel_refuses_still_ring(void **state)
{
	struct fixture *f = *state;

	driver_config_write(&f->d, 0x04, 2, 0);
	f->fh.refuse_doorbells = true;
	driver_config_write(&f->d, 0x04, 2, 2);
	assert_int_equal(f->fh.doorbells, 0);
	run_device(f, 0);
	driver_kick(&f->d, 1);
	assert_int_equal(f->notified[1], 1);
	for (unsigned int off = 4 * QUEUES; off < 0x1000; off += 2)
		driver_write(&f->d, VIRTIO_BAR_NOTIFY + off, 2, 0);
	driver_write(&f->d, VIRTIO_BAR_NOTIFY + 1, 2, 0);
	fake_host_run(&f->fh, 10);
	assert_int_equal(f->notified[0], 0);
	assert_int_equal(f->notified[1], 1);
}

static void a_broken_device_says_so_once_and_stops(void **state)
{
	struct fixture *f = *state;

	run_device(f, 0);
	virtio_pci_broken(&f->vp, "test");
	virtio_pci_broken(&f->vp, "test");
	assert_int_equal(f->fh.complaints, 1);
	assert_int_equal(f->fh.msi_of[DRIVER_MSI_DATA], 1);
	assert_int_equal(driver_status(&f->d), DRIVER_STATUS_OK | VIRTIO_STATUS_NEEDS_RESET);
	assert_int_equal(driver_read(&f->d, VIRTIO_BAR_ISR, 1), 2);
	assert_int_equal(driver_read(&f->d, VIRTIO_BAR_ISR, 1), 0);
	driver_kick(&f->d, 0);
	assert_int_equal(f->notified[0], 0);
	run_device(f, 0);
	assert_int_equal(f->started, 2);
}

static void a_changed_configuration_has_a_new_generation(void **state)
{
	struct fixture *f = *state;
	static const uint8_t config[] = {9, 9, 9, 9, 9, 9};
	uint64_t before = driver_read(&f->d, 0x15, 1);

	run_device(f, 0);
	virtio_pci_config_changed(&f->vp, config);
	assert_int_equal(driver_read(&f->d, 0x15, 1), before + 1);
	assert_int_equal(driver_read(&f->d, VIRTIO_BAR_DEVICE, 4), 0x09090909);
	assert_int_equal(f->fh.msi_of[DRIVER_MSI_DATA], 1);
}

static void configuration_is_read_inside_its_length_and_not_written(void **state)
{
	struct fixture *f = *state;

	driver_write(&f->d, VIRTIO_BAR_DEVICE, 4, 0xffffffff);
	assert_int_equal(driver_read(&f->d, VIRTIO_BAR_DEVICE, 4), 0x04030201);
	assert_int_equal(driver_read(&f->d, VIRTIO_BAR_DEVICE + 4, 2), 0x0605);
	assert_int_equal(driver_read(&f->d, VIRTIO_BAR_DEVICE + 4, 4), 0);
	assert_int_equal(driver_read(&f->d, VIRTIO_BAR_DEVICE + 6, 1), 0);
	assert_int_equal(driver_read(&f->d, VIRTIO_BAR_DEVICE + 0xffc, 4), 0);
}

static void window(struct fixture *f, uint8_t bar, uint32_t offset, uint32_t length)
{
	unsigned int cap = driver_find_cap(&f->d, 9, 5);

	driver_config_write(&f->d, cap + 4, 1, bar);
	driver_config_write(&f->d, cap + 8, 4, offset);
	driver_config_write(&f->d, cap + 12, 4, length);
}

static void the_pci_cfg_window_reaches_the_bar_without_memory_decoding(void **state)
{
	struct fixture *f = *state;
	unsigned int data = driver_find_cap(&f->d, 9, 5) + 16;

	driver_config_write(&f->d, 0x04, 2, 0);
	window(f, 0, 0x12, 2);
	assert_int_equal(driver_config_read(&f->d, data, 2), QUEUES);
	window(f, 0, 0x14, 1);
	driver_config_write(&f->d, data, 1, VIRTIO_STATUS_ACKNOWLEDGE);
	assert_int_equal(f->vp.status, VIRTIO_STATUS_ACKNOWLEDGE);
	window(f, 0, VIRTIO_BAR_MSIX + 8, 4);
	driver_config_write(&f->d, data, 4, 0x77);
	assert_int_equal(driver_config_read(&f->d, data, 4), 0x77);
}

static void the_pci_cfg_window_has_no_way_out_of_the_bar(void **state)
{
	struct fixture *f = *state;
	unsigned int data = driver_find_cap(&f->d, 9, 5) + 16;
	static const struct {
		uint8_t bar;
		uint32_t offset, length;
	} bad[] = {{1, 0x12, 2}, {6, 0, 4}, {255, 0, 4}, {0, 0x12, 3}, {0, 0x13, 2}, {0, 0, 0},
		{0, 0, 8}, {0, 0, 0xffffffff}, {0, 0x7ffe, 4}, {0, VIRTIO_BAR_SIZE, 4},
		{0, 0xfffffffc, 4}, {0, 0xffffffff, 1}};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		window(f, bad[i].bar, bad[i].offset, bad[i].length);
		driver_config_write(&f->d, data, 4, 0xffffffff);
		(void)driver_config_read(&f->d, data, 4);
	}
	assert_int_equal(f->vp.status, 0);
	assert_int_equal(f->notified[0] + f->notified[1] + f->resets, 0);
}

static void no_interrupt_without_a_vector(void **state)
{
	struct fixture *f = *state;

	run_device(f, 0);
	driver_write(&f->d, 0x16, 2, 0);
	driver_write(&f->d, 0x1a, 2, NOTHING);
	driver_desc(&f->d, 0, 0, 0x8000, 16, 0, 0);
	driver_publish(&f->d, 0, 0);
	f->vp.queue[0].next_avail++;
	f->vp.queue[0].in_flight++;
	virtqueue_push(&f->vp.queue[0], 0, 0);
	virtio_pci_signal(&f->vp, 0);
	assert_int_equal(f->fh.msi_count, 0);
	assert_int_equal(driver_read(&f->d, VIRTIO_BAR_ISR, 1), 1);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(looks_like_a_modern_device_to_a_driver),
		T(features_ok_needs_version_1_and_access_platform),
		T(features_that_were_not_offered_are_refused),
		T(feature_words_beyond_the_second_are_empty),
		T(features_are_frozen_after_features_ok),
		T(driver_ok_without_features_ok_does_not_start),
		T(the_driver_clears_no_status_bit_but_by_reset),
		T(a_queue_is_enabled_only_between_features_ok_and_driver_ok),
		T(a_queue_that_is_not_allowed_stays_disabled),
		T(an_enabled_queue_does_not_change),
		T(queues_that_do_not_exist_read_zero_and_take_nothing),
		T(registers_answer_to_their_own_size_only),
		T(vectors_that_do_not_exist_read_back_as_none),
		T(a_doorbell_rings_only_while_the_device_runs),
		T(a_doorbell_just_before_reset_is_not_heard_after_it),
		T(doorbells_follow_the_bar),
		T(doorbells_that_the_kernel_refuses_still_ring),
		T(a_broken_device_says_so_once_and_stops),
		T(a_changed_configuration_has_a_new_generation),
		T(configuration_is_read_inside_its_length_and_not_written),
		T(the_pci_cfg_window_reaches_the_bar_without_memory_decoding),
		T(the_pci_cfg_window_has_no_way_out_of_the_bar),
		T(no_interrupt_without_a_vector),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
