/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two virtio functions of no device under every port and MMIO access: configuration space, BARs,
 * MSI-X, common configuration, PCI_CFG window.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/fake_stream.h"

static void nothing(void *dev)
{
	(void)dev;
}

/* Takes whatever comes and gives it back. */
static void notify(void *dev, unsigned int queue)
{
	static struct virtqueue_chain chain;
	struct virtio_pci *vp = dev;
	struct virtqueue *vq = &vp->queue[queue];

	for (unsigned int i = 0; i < 16 && virtqueue_pop(vq, &chain) == 1; i++)
		virtqueue_push(vq, chain.head, 0);
	if (vq->broken)
		virtio_pci_broken(vp, vq->why);
	virtio_pci_signal(vp, queue);
}

static const struct virtio_ops ops = {
	.name = "toy",
	.type = 1,
	.queues = 3,
	.queue_size = 64,
	.started = nothing,
	.reset = nothing,
	.notify = notify,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const uint8_t config[8] = {1, 2, 3, 4, 5, 6, 7, 8};
	static struct fake_host fh;
	static struct virtio_pci vp[2];
	struct stream s;

	fake_host_init(&fh);
	for (unsigned int i = 0; i < 2; i++)
		if (virtio_pci_init(&vp[i], &fh.host, &fh.pci, 1 + i, &ops, &vp[i], 0, config,
			    sizeof(config), NULL))
			abort();
	stream_init(&s, &fh, 1, ops.queues, data, len);
	while (stream_step(&s)) {
		/* Never more on the bus than the two BARs, and each inside the window. */
		if (fh.mmio.count > 2)
			abort();
		for (size_t i = 0; i < fh.mmio.count; i++)
			if (fh.mmio.range[i].base < 0xe0000000 ||
				fh.mmio.range[i].base + fh.mmio.range[i].len > 0xfe000000)
				abort();
	}
	stream_check(&s);
	virtio_pci_fini(&vp[0]);
	virtio_pci_fini(&vp[1]);
	if (fh.mmio.count || fh.doorbells || fh.watches)
		abort();
	fake_host_fini(&fh);
	return 0;
}
