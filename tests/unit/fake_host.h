/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A VM without KVM under the devices: guest RAM between guard pages (an access one byte outside
 * faults), two buses, a PCI root, and a device_host whose event loop is fake_host_run(). For unit
 * tests and fuzzers.
 */
#ifndef HC_TESTS_FAKE_HOST_H
#define HC_TESTS_FAKE_HOST_H

#include "vmm/device/bus.h"
#include "vmm/device/host.h"
#include "vmm/device/pci.h"

#define FAKE_LOW_GPA   0x0ull
#define FAKE_LOW_SIZE  0x100000ull
#define FAKE_HIGH_GPA  0x100000000ull
#define FAKE_HIGH_SIZE 0x10000ull
#define FAKE_WATCHES   256
#define FAKE_DOORBELLS 64
#define FAKE_VECTORS   256

struct fake_watch {
	int fd;
	uint32_t events;
	void (*fn)(void *dev, int fd, uint32_t events);
	void *dev;
};

struct fake_doorbell {
	uint64_t gpa;
	int fd;
};

struct fake_host {
	struct device_host host;
	struct guest_memory mem;
	struct bus ports, mmio;
	struct pci_root pci;
	uint8_t *low, *high;
	/* What devices did. */
	unsigned int msi_count;
	uint64_t msi_address;
	unsigned int msi_of[FAKE_VECTORS]; /* by data */
	unsigned int complaints;
	char complaint[160];
	unsigned int stops;
	int stop_status;
	struct fake_watch watch[FAKE_WATCHES];
	unsigned int watches;
	struct fake_doorbell doorbell[FAKE_DOORBELLS];
	unsigned int doorbells;
	/* What the host does. */
	bool refuse_doorbells;
	bool refuse_files;                 /* watch fails for regular files, as epoll does */
	uint64_t private_gpa, private_len; /* not shared with the host */
};

/* Fresh RAM of zeroes, an empty PCI bus. Aborts where the machine has no memory. */
void fake_host_init(struct fake_host *fh);
void fake_host_fini(struct fake_host *fh);

/* A guest's access to physical memory: doorbells first, then the bus. */
void fake_host_mmio_write(struct fake_host *fh, uint64_t gpa, unsigned int size, uint64_t value);
uint64_t fake_host_mmio_read(struct fake_host *fh, uint64_t gpa, unsigned int size);

/* Call what is ready until nothing is; at most `rounds` polls. Returns how many calls were made. */
unsigned int fake_host_run(struct fake_host *fh, unsigned int rounds);

#endif
