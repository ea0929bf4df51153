/* SPDX-License-Identifier: Apache-2.0 */
/* A hostile guest with a drive: its file never grows, and a read-only one never changes. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/fake_stream.h"
#include "vmm/device/virtio_blk.h"

#define BYTES 16384
#define FILL  0x3c

static int image(void)
{
	static uint8_t block[BYTES];
	int fd = memfd_create("image", MFD_CLOEXEC);

	memset(block, FILL, sizeof(block));
	if (fd < 0 || pwrite(fd, block, sizeof(block), 0) != (ssize_t)sizeof(block))
		abort();
	return fd;
}

static void check_image(int fd, bool read_only)
{
	static uint8_t block[BYTES];
	struct stat st;

	if (fstat(fd, &st) || st.st_size != BYTES)
		abort();
	if (pread(fd, block, sizeof(block), 0) != (ssize_t)sizeof(block))
		abort();
	for (size_t i = 0; read_only && i < sizeof(block); i++)
		if (block[i] != FILL)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct fake_host fh;
	static struct virtio_blk blk;
	bool read_only = len && data[0] & 1;
	struct stream s;
	int fd = image();

	fake_host_init(&fh);
	if (virtio_blk_init(&blk, &fh.host, &fh.pci, 1, dup(fd), read_only, "fuzz", NULL))
		abort();
	stream_init(&s, &fh, 1, 1, data, len);
	stream_start(&s);
	while (stream_step(&s))
		;
	stream_check(&s);
	virtio_blk_fini(&blk);
	check_image(fd, read_only);
	close(fd);
	fake_host_fini(&fh);
	return 0;
}
