/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests of a virtio block device. The sector and length of every request are checked against
 * the capacity that was fixed at start; a request that is not allowed ends with a status byte, one
 * that is malformed breaks the queue.
 */
#include "vmm/device/virtio_blk.h"

#include <errno.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/bytes.h"

/* Section 5.2.3 and 5.2.4. */
#define F_SIZE_MAX (1ULL << 1)
#define F_SEG_MAX  (1ULL << 2)
#define F_RO       (1ULL << 5)
#define F_BLK_SIZE (1ULL << 6)
#define F_FLUSH    (1ULL << 9)

#define CONFIG_CAPACITY 0
#define CONFIG_SIZE_MAX 8
#define CONFIG_SEG_MAX  12
#define CONFIG_BLK_SIZE 20
#define CONFIG_LEN      24

/* Section 5.2.6. */
#define REQUEST_HEADER 16
#define T_IN           0
#define T_OUT          1
#define T_FLUSH        4
#define T_GET_ID       8
#define S_OK           0
#define S_IOERR        1
#define S_UNSUPP       2

#define QUEUE_SIZE  128
#define SEGMENTS    62      /* of data; with header and status a chain of 64 */
#define SEGMENT_MAX 0x40000 /* swiotlb maps 256 KiB at most in one piece */
#define DATA_MAX    (SEGMENTS * (uint64_t)SEGMENT_MAX)

/* Other devices have a turn, and the device lock is free, after so much or one flush. */
#define BATCH       64
#define BATCH_BYTES 0x400000

struct request {
	uint32_t type;
	uint64_t sector;
	uint64_t len;    /* bytes of data */
	uint32_t filled; /* bytes written at the start of the writable part */
};

static bool bounds_ok(const struct virtio_blk *blk, const struct request *r)
{
	uint64_t n = r->len / VIRTIO_BLK_SECTOR;

	return r->len % VIRTIO_BLK_SECTOR == 0 && r->len <= DATA_MAX && r->sector <= blk->sectors &&
	       n <= blk->sectors - r->sector;
}

static ssize_t transfer(struct virtio_blk *blk, bool in, int n, off_t at)
{
	ssize_t done;

	do {
		done = in ? preadv(blk->fd, blk->iov, n, at) : pwritev(blk->fd, blk->iov, n, at);
	} while (done < 0 && errno == EINTR);
	return done;
}

/* All of the data between file and guest; false on an error or a file that became shorter. */
static bool transfer_all(struct virtio_blk *blk, const struct request *r, bool in)
{
	uint64_t skip = in ? 0 : REQUEST_HEADER;
	uint64_t done = 0;

	while (done < r->len) {
		int n = virtqueue_chain_slice(
			&blk->chain, in, skip + done, r->len - done, blk->iov);
		ssize_t moved;

		if (n <= 0)
			return false;
		moved = transfer(blk, in, n, (off_t)(r->sector * VIRTIO_BLK_SECTOR + done));
		if (moved <= 0)
			return false;
		done += (uint64_t)moved;
	}
	return true;
}

static uint8_t do_flush(const struct virtio_blk *blk)
{
	if (!blk->read_only && fdatasync(blk->fd))
		return S_IOERR;
	return S_OK;
}

static uint8_t do_in(struct virtio_blk *blk, struct request *r)
{
	r->len = blk->chain.writable_bytes - 1;
	if (!bounds_ok(blk, r) || !transfer_all(blk, r, true))
		return S_IOERR;
	r->filled = (uint32_t)r->len;
	return S_OK;
}

static uint8_t do_out(struct virtio_blk *blk, struct request *r)
{
	r->len = blk->chain.readable_bytes - REQUEST_HEADER;
	if (blk->read_only || !bounds_ok(blk, r) || !transfer_all(blk, r, false))
		return S_IOERR;
	/* Section 5.2.6.2: without FLUSH the driver believes that a write is durable. */
	return blk->vp.accepted & F_FLUSH ? S_OK : do_flush(blk);
}

static uint8_t do_get_id(struct virtio_blk *blk, struct request *r)
{
	if (blk->chain.writable_bytes - 1 < sizeof(blk->id) ||
		virtqueue_chain_write(&blk->chain, 0, blk->id, sizeof(blk->id)))
		return S_IOERR;
	r->filled = sizeof(blk->id);
	return S_OK;
}

static uint8_t perform(struct virtio_blk *blk, struct request *r)
{
	uint8_t header[REQUEST_HEADER];

	if (virtqueue_chain_read(&blk->chain, 0, header, sizeof(header)))
		return S_IOERR;
	r->type = get_le32(header);
	r->sector = get_le64(header + 8);
	switch (r->type) {
	case T_IN:
		return do_in(blk, r);
	case T_OUT:
		return do_out(blk, r);
	case T_FLUSH:
		return do_flush(blk);
	case T_GET_ID:
		return do_get_id(blk, r);
	}
	return S_UNSUPP;
}

static bool flushes(const struct virtio_blk *blk, const struct request *r)
{
	return r->type == T_FLUSH || (r->type == T_OUT && !(blk->vp.accepted & F_FLUSH));
}

/* False if there is nowhere to put a status. Adds what it cost to *bytes. */
static bool serve(struct virtio_blk *blk, struct virtqueue *vq, uint64_t *bytes)
{
	struct request r = {0};
	uint64_t status_at;
	uint8_t status;

	if (blk->chain.writable_bytes == 0)
		return false;
	status = perform(blk, &r);
	status_at = blk->chain.writable_bytes - 1;
	if (virtqueue_chain_write(&blk->chain, status_at, &status, 1))
		return false;
	/* Section 2.6.8.2: `written` counts from the start, without holes. */
	if (r.filled == status_at)
		r.filled++;
	virtqueue_push(vq, blk->chain.head, r.filled);
	*bytes += flushes(blk, &r) ? BATCH_BYTES : r.len;
	return true;
}

static void notify(void *dev, unsigned int queue)
{
	struct virtio_blk *blk = dev;
	struct virtqueue *vq = &blk->vp.queue[queue];
	unsigned int served = 0;
	uint64_t bytes = 0;

	while (served < BATCH && bytes < BATCH_BYTES && virtqueue_pop(vq, &blk->chain) == 1) {
		if (!serve(blk, vq, &bytes)) {
			virtio_pci_broken(&blk->vp, "a request has no room for its status");
			return;
		}
		served++;
	}
	if (vq->broken) {
		virtio_pci_broken(&blk->vp, vq->why);
		return;
	}
	virtio_pci_signal(&blk->vp, queue);
	virtqueue_want_doorbell(vq, true);
	if (virtqueue_has_request(vq))
		virtio_pci_kick(&blk->vp, queue);
}

/* Nothing is in flight between two calls. */
static void nothing_to_do(void *dev)
{
	(void)dev;
}

static const struct virtio_ops blk_ops = {
	.name = "virtio-blk",
	.type = 2,
	.pci_class = 0x018000,
	.queues = 1,
	.queue_size = QUEUE_SIZE,
	.started = nothing_to_do,
	.reset = nothing_to_do,
	.notify = notify,
};

static int capacity(int fd, uint64_t *bytes, struct error *err)
{
	struct stat st;

	if (fstat(fd, &st))
		return error_errno(err, "drive", errno);
	if (S_ISREG(st.st_mode)) {
		*bytes = (uint64_t)st.st_size;
		return 0;
	}
	if (!S_ISBLK(st.st_mode))
		return error_fail(err, HC_EFORMAT, "drive", "neither a file nor a block device");
	if (ioctl(fd, BLKGETSIZE64, bytes))
		return error_errno(err, "drive", errno);
	return 0;
}

int virtio_blk_init(struct virtio_blk *blk, const struct device_host *host, struct pci_root *root,
	unsigned int slot, int fd, bool read_only, const char *id, struct error *err)
{
	uint64_t features = F_SIZE_MAX | F_SEG_MAX | F_BLK_SIZE | F_FLUSH;
	uint8_t config[CONFIG_LEN] = {0};
	uint64_t bytes;
	int rc;

	memset(blk, 0, sizeof(*blk));
	blk->fd = -1;
	rc = capacity(fd, &bytes, err);
	if (rc)
		return rc;
	blk->read_only = read_only;
	blk->sectors = bytes / VIRTIO_BLK_SECTOR;
	if (blk->sectors == 0 || bytes > INT64_MAX)
		return error_fail(err, HC_ERANGE, "drive", "%llu bytes", (unsigned long long)bytes);
	memcpy(blk->id, id, strnlen(id, sizeof(blk->id)));
	put_le64(config + CONFIG_CAPACITY, blk->sectors);
	put_le32(config + CONFIG_SIZE_MAX, SEGMENT_MAX);
	put_le32(config + CONFIG_SEG_MAX, SEGMENTS);
	put_le32(config + CONFIG_BLK_SIZE, VIRTIO_BLK_SECTOR);
	rc = virtio_pci_init(&blk->vp, host, root, slot, &blk_ops, blk,
		features | (read_only ? F_RO : 0), config, sizeof(config), err);
	if (!rc)
		blk->fd = fd;
	return rc;
}

void virtio_blk_fini(struct virtio_blk *blk)
{
	virtio_pci_fini(&blk->vp);
	if (blk->fd >= 0)
		close(blk->fd);
	blk->fd = -1;
}
