/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/bytes.h"
#include "tests/unit/fake_driver.h"
#include "vmm/device/virtio_blk.h"

#define SECTORS 64
#define RING    0x10000ull
#define HEADER  0x20000ull
#define STATUS  0x21000ull
#define DATA    0x30000ull
#define F_RO    (1ull << 5)
#define F_FLUSH (1ull << 9)

struct fixture {
	struct fake_host fh;
	struct virtio_blk blk;
	struct driver d;
	int fd; /* our own view of the file */
};

static int image(size_t bytes)
{
	int fd = memfd_create("image", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)bytes), 0);
	for (unsigned int s = 0; s < bytes / 512; s++) {
		uint8_t sector[512];

		memset(sector, (int)(s + 1), sizeof(sector));
		assert_int_equal(pwrite(fd, sector, sizeof(sector), s * 512), sizeof(sector));
	}
	return fd;
}

static void start(struct fixture *f, bool read_only, uint64_t features)
{
	f->fd = image(SECTORS * 512 + 100);
	assert_int_equal(virtio_blk_init(&f->blk, &f->fh.host, &f->fh.pci, 3, dup(f->fd), read_only,
				 "serial-number-that-is-longer", NULL),
		0);
	driver_probe(&f->d, &f->fh, 3, DRIVER_BAR);
	assert_true(
		driver_negotiate(&f->d, DRIVER_REQUIRED | features) & VIRTIO_STATUS_FEATURES_OK);
	assert_true(driver_queue(&f->d, 0, 64, RING));
	driver_set_status(&f->d, DRIVER_STATUS_OK);
}

static int setup(void **state)
{
	static struct fixture f;

	memset(&f, 0, sizeof(f));
	fake_host_init(&f.fh);
	start(&f, false, F_FLUSH | VIRTIO_F_INDIRECT_DESC);
	*state = &f;
	return 0;
}

static int setup_read_only(void **state)
{
	static struct fixture f;

	memset(&f, 0, sizeof(f));
	fake_host_init(&f.fh);
	start(&f, true, F_FLUSH | F_RO);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	virtio_blk_fini(&f->blk);
	assert_int_equal(f->fh.watches, 0);
	assert_int_equal(f->fh.doorbells, 0);
	assert_int_equal(f->fh.mmio.count, 0);
	close(f->fd);
	fake_host_fini(&f->fh);
	return 0;
}

static void header(struct fixture *f, uint32_t type, uint64_t sector)
{
	uint8_t *h = driver_ram(&f->d, HEADER, 16);

	memset(h, 0, 16);
	put_le32(h, type);
	put_le64(h + 8, sector);
	*driver_ram(&f->d, STATUS, 1) = 0xaa;
}

/* Type, sector and data of `len` bytes; the status byte that came back, `written` to *len_out. */
static uint8_t request(
	struct fixture *f, uint32_t type, uint64_t sector, uint32_t len, uint32_t *len_out)
{
	struct driver_buf bufs[3] = {{HEADER, 16}, {DATA, len}, {STATUS, 1}};
	bool out = type == 1;
	uint32_t id, written;
	uint16_t head;

	header(f, type, sector);
	if (len == 0)
		bufs[1] = bufs[2];
	head = driver_add(&f->d, 0, bufs, out && len ? 2 : 1, (out || !len) ? 1 : 2);
	driver_kick(&f->d, 0);
	assert_true(driver_used(&f->d, 0, &id, &written));
	assert_int_equal(id, head);
	if (len_out)
		*len_out = written;
	return *driver_ram(&f->d, STATUS, 1);
}

static bool broken(struct fixture *f)
{
	return driver_status(&f->d) & VIRTIO_STATUS_NEEDS_RESET;
}

static void refuses_what_is_no_image(void **state)
{
	struct virtio_blk blk;
	struct fake_host fh;
	struct error err;
	int pipes[2], empty = image(0), small = image(512);

	(void)state;
	fake_host_init(&fh);
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(
		virtio_blk_init(&blk, &fh.host, &fh.pci, 1, pipes[0], false, "", &err), HC_EFORMAT);
	assert_int_equal(virtio_blk_init(&blk, &fh.host, &fh.pci, 1, -1, false, "", &err), HC_EIO);
	assert_int_equal(
		virtio_blk_init(&blk, &fh.host, &fh.pci, 1, empty, false, "", &err), HC_ERANGE);
	assert_int_equal(
		virtio_blk_init(&blk, &fh.host, &fh.pci, 0, small, false, "", &err), HC_EBUSY);
	virtio_blk_fini(&blk);
	assert_int_equal(fh.watches, 0);
	assert_true(fcntl(small, F_GETFD) >= 0); /* still the caller's */
	close(pipes[0]);
	close(pipes[1]);
	close(empty);
	close(small);
	fake_host_fini(&fh);
}

static void sectors_past_the_end_are_refused_without_wrapping(void **state)
{
	struct fixture *f = *state;
	static const struct {
		uint64_t sector;
		uint32_t len;
	} bad[] = {{SECTORS, 512}, {SECTORS - 1, 1024}, {0, (SECTORS + 1) * 512}, {UINT64_MAX, 512},
		{UINT64_MAX, 1024}, {UINT64_MAX / 512, 512}, {UINT64_MAX / 512 + 1, 512},
		{1ull << 55, 512}, {1ull << 63, 512}};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		for (uint32_t type = 0; type < 2; type++) {
			uint32_t written;

			assert_int_equal(request(f, type, bad[i].sector, bad[i].len, &written), 1);
			assert_int_equal(written, type); /* OUT: the status is all there is */
		}
	}
	assert_int_equal(lseek(f->fd, 0, SEEK_END), SECTORS * 512 + 100);
	assert_int_equal(request(f, 0, SECTORS - 1, 512, NULL), 0);
	assert_int_equal(request(f, 0, SECTORS, 0, NULL), 0);
	assert_false(broken(f));
}

static void lengths_that_are_no_sectors_are_refused(void **state)
{
	struct fixture *f = *state;

	for (uint32_t len = 1; len < 1024; len += 71) {
		assert_int_equal(request(f, 0, 0, len, NULL), 1);
		assert_int_equal(request(f, 1, 0, len, NULL), 1);
	}
}

static void unknown_requests_are_unsupported(void **state)
{
	struct fixture *f = *state;
	static const uint32_t types[] = {2, 3, 5, 6, 7, 9, 10, 11, 13, 0x80000000, 0xffffffff};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		assert_int_equal(request(f, types[i], 0, 512, NULL), 2);
}

static void a_short_header_is_an_error_with_a_status(void **state)
{
	struct fixture *f = *state;

	for (uint32_t len = 1; len < 16; len++) {
		struct driver_buf bufs[] = {{HEADER, len}, {STATUS, 1}};
		uint32_t id, written;

		header(f, 0, 0);
		driver_add(&f->d, 0, bufs, 1, 1);
		driver_kick(&f->d, 0);
		assert_true(driver_used(&f->d, 0, &id, &written));
		assert_int_equal(*driver_ram(&f->d, STATUS, 1), 1);
	}
}

static void a_request_without_room_for_a_status_breaks_the_queue(void **state)
{
	struct fixture *f = *state;
	struct driver_buf bufs[] = {{HEADER, 16}, {DATA, 512}};
	uint32_t id, len;

	header(f, 1, 0);
	driver_add(&f->d, 0, bufs, 2, 0);
	driver_kick(&f->d, 0);
	assert_true(broken(f));
	assert_false(driver_used(&f->d, 0, &id, &len));
	assert_int_equal(f->fh.msi_of[DRIVER_MSI_DATA], 1); /* configuration interrupt */
	assert_int_equal(f->fh.complaints, 1);
	/* Nothing more until reset; then it works again. */
	driver_kick(&f->d, 0);
	assert_true(broken(f));
	assert_true(driver_negotiate(&f->d, DRIVER_REQUIRED) & VIRTIO_STATUS_FEATURES_OK);
	assert_true(driver_queue(&f->d, 0, 64, RING));
	driver_set_status(&f->d, DRIVER_STATUS_OK);
	assert_int_equal(request(f, 0, 0, 512, NULL), 0);
}

static void a_broken_ring_ends_in_needs_reset(void **state)
{
	struct fixture *f = *state;

	driver_desc(&f->d, 0, 0, HEADER, 16, VIRTQ_DESC_F_NEXT, 0);
	driver_publish(&f->d, 0, 0);
	driver_kick(&f->d, 0);
	assert_true(broken(f));
	assert_non_null(strstr(f->fh.complaint, "loop"));
}

static void a_read_only_drive_is_never_written(void **state)
{
	struct fixture *f = *state;
	uint8_t sector[512];

	assert_true(driver_offered(&f->d) & F_RO);
	memset(driver_ram(&f->d, DATA, 512), 0x55, 512);
	assert_int_equal(request(f, 1, 0, 512, NULL), 1);
	assert_int_equal(pread(f->fd, sector, 512, 0), 512);
	assert_int_equal(sector[0], 1);
	assert_int_equal(request(f, 4, 0, 0, NULL), 0);
	assert_int_equal(request(f, 0, 0, 512, NULL), 0);
}

static void a_file_that_shrinks_is_an_error_and_no_crash(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(ftruncate(f->fd, 1000), 0);
	assert_int_equal(request(f, 0, 8, 4096, NULL), 1);
	assert_int_equal(request(f, 0, 1, 512, NULL), 1);
	assert_int_equal(request(f, 0, 0, 512, NULL), 0);
}

static void reads_and_writes_land_where_they_should(void **state)
{
	struct fixture *f = *state;
	uint8_t sector[512];
	uint32_t written;

	assert_int_equal(request(f, 0, 7, 1024, &written), 0);
	assert_int_equal(written, 1025);
	assert_int_equal(driver_ram(&f->d, DATA, 1024)[0], 8);
	assert_int_equal(driver_ram(&f->d, DATA, 1024)[1023], 9);
	memset(driver_ram(&f->d, DATA, 512), 0x5a, 512);
	assert_int_equal(request(f, 1, 63, 512, &written), 0);
	assert_int_equal(written, 1);
	assert_int_equal(pread(f->fd, sector, 512, 63 * 512), 512);
	assert_int_equal(sector[511], 0x5a);
	assert_int_equal(pread(f->fd, sector, 512, 62 * 512), 512);
	assert_int_equal(sector[511], 63);
	assert_int_equal(f->fh.msi_of[DRIVER_MSI_DATA + 1], 2);
}

static void header_data_and_status_may_be_cut_anywhere(void **state)
{
	struct fixture *f = *state;
	struct driver_buf bufs[40];
	uint32_t id, written;

	header(f, 0, 2);
	for (unsigned int i = 0; i < 16; i++)
		bufs[i] = (struct driver_buf){HEADER + i, 1};
	for (unsigned int i = 0; i < 19; i++)
		bufs[16 + i] = (struct driver_buf){DATA + 27 * i, 27}; /* 513 bytes */
	driver_add(&f->d, 0, bufs, 16, 19);
	driver_kick(&f->d, 0);
	assert_true(driver_used(&f->d, 0, &id, &written));
	assert_int_equal(written, 513);
	for (unsigned int i = 0; i < 512; i++)
		assert_int_equal(driver_ram(&f->d, DATA, 513)[i], 3);
	assert_int_equal(driver_ram(&f->d, DATA, 513)[512], 0);
}

static void flush_and_identity_are_answered(void **state)
{
	struct fixture *f = *state;
	uint32_t written;

	assert_int_equal(request(f, 4, 0, 0, &written), 0);
	assert_int_equal(written, 1);
	assert_int_equal(request(f, 8, 0, 19, NULL), 1);
	assert_int_equal(request(f, 8, 0, 20, &written), 0);
	assert_int_equal(written, 21);
	assert_memory_equal(driver_ram(&f->d, DATA, 20), "serial-number-that-is-longer", 20);
}

static void configuration_says_what_the_file_is(void **state)
{
	struct fixture *f = *state;

	assert_true(driver_read(&f->d, VIRTIO_BAR_DEVICE, 8) == SECTORS);
	assert_true(driver_read(&f->d, VIRTIO_BAR_DEVICE + 8, 4) == 0x40000);
	assert_true(driver_read(&f->d, VIRTIO_BAR_DEVICE + 12, 4) == 62);
	assert_true(driver_read(&f->d, VIRTIO_BAR_DEVICE + 20, 4) == 512);
	assert_true(driver_read(&f->d, VIRTIO_BAR_DEVICE + 20, 8) == 0);
	assert_true(driver_read(&f->d, VIRTIO_BAR_DEVICE + 24, 1) == 0);
	assert_true(driver_offered(&f->d) & F_FLUSH);
	assert_false(driver_offered(&f->d) & F_RO);
}

static void more_requests_than_one_batch_are_all_served(void **state)
{
	struct fixture *f = *state;
	struct driver_buf bufs[] = {{HEADER, 16}, {STATUS, 1}};
	uint32_t id, len;
	unsigned int got = 0;

	header(f, 4, 0);
	for (unsigned int round = 0; round < 5; round++) {
		for (unsigned int i = 0; i < 32; i++)
			driver_add(&f->d, 0, bufs, 1, 1);
		driver_kick(&f->d, 0);
		while (driver_used(&f->d, 0, &id, &len))
			got++;
	}
	assert_int_equal(got, 160);
}

/* All other devices, and SIGTERM, wait for what is done at once. */
static void a_flush_ends_a_batch(void **state)
{
	struct fixture *f = *state;
	const struct driver_buf bufs[2] = {{HEADER, 16}, {STATUS, 1}};
	uint32_t id, len;

	header(f, 4, 0);
	for (unsigned int i = 0; i < 3; i++)
		driver_add(&f->d, 0, bufs, 1, 1);
	driver_write(&f->d, VIRTIO_BAR_NOTIFY, 2, 0);
	for (unsigned int i = 0; i < 3; i++) {
		assert_int_equal(fake_host_run(&f->fh, 1), 1);
		assert_true(driver_used(&f->d, 0, &id, &len));
		assert_false(driver_used(&f->d, 0, &id, &len));
	}
	assert_int_equal(fake_host_run(&f->fh, 10), 0);
}

static void many_bytes_end_a_batch(void **state)
{
	struct fixture *f = *state;
	/* 3 MiB and more that all lie at one place: beyond the end of the file, so refused. */
	const struct driver_buf bufs[5] = {{HEADER, 16}, {0x40000, 0xc0000}, {0x40000, 0xc0000},
		{0x40000, 0xc0000}, {0x40000, 0xc0000}};
	unsigned int used = 0;
	uint32_t id, len;

	header(f, 0, 0);
	for (unsigned int i = 0; i < 6; i++)
		driver_add(&f->d, 0, bufs, 1, 4);
	driver_write(&f->d, VIRTIO_BAR_NOTIFY, 2, 0);
	assert_int_equal(fake_host_run(&f->fh, 1), 1);
	while (driver_used(&f->d, 0, &id, &len))
		used++;
	assert_int_equal(used, 2);
	fake_host_run(&f->fh, 10);
	while (driver_used(&f->d, 0, &id, &len))
		used++;
	assert_int_equal(used, 6);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_what_is_no_image),
		T(sectors_past_the_end_are_refused_without_wrapping),
		T(lengths_that_are_no_sectors_are_refused),
		T(unknown_requests_are_unsupported),
		T(a_short_header_is_an_error_with_a_status),
		T(a_request_without_room_for_a_status_breaks_the_queue),
		T(a_broken_ring_ends_in_needs_reset),
		cmocka_unit_test_setup_teardown(
			a_read_only_drive_is_never_written, setup_read_only, teardown),
		T(a_file_that_shrinks_is_an_error_and_no_crash),
		T(reads_and_writes_land_where_they_should),
		T(header_data_and_status_may_be_cut_anywhere),
		T(flush_and_identity_are_answered),
		T(configuration_says_what_the_file_is),
		T(more_requests_than_one_batch_are_all_served),
		T(a_flush_ends_a_batch),
		T(many_bytes_end_a_batch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
