/* SPDX-License-Identifier: Apache-2.0 */
/* Building the devices of a VM. Their order is what the manifest says, and must stay that. */
#include "vmm/vm_devices.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "vmm/refusal.h"
#include "vmm/vm.h"

/* "reboot=k", which Firecracker's users write, pulses the reset line of a keyboard controller. */
#define PORT_I8042  0x64
#define I8042_RESET 0xfe

static uint64_t i8042_read(void *dev, uint64_t offset, unsigned int size)
{
	(void)dev;
	(void)offset;
	(void)size;
	return 0; /* the input buffer is empty: go on */
}

static void i8042_write(void *dev, uint64_t offset, unsigned int size, uint64_t value)
{
	struct vm *vm = dev;

	(void)offset;
	if (size == 1 && value == I8042_RESET)
		vm_stop(vm, VMM_EXIT_RESET);
}

static const struct bus_ops i8042_ops = {.read = i8042_read, .write = i8042_write};

static void firmware_refused(void *ctx, uint8_t code, uint8_t detail)
{
	const struct vm *vm = ctx;
	struct refusal r;

	/* The window goes with the guest's first access to a device; the firmware makes none. */
	refusal_from_port(&r, code, detail);
	refusal_log(vm->log, &r, !vm->staging.host);
}

static int64_t host_time(void *ctx)
{
	(void)ctx;
	return (int64_t)time(NULL);
}

/* Input only from what a person or a program may be typing into. */
static int serial_input(void)
{
	struct stat st;

	if (fstat(STDIN_FILENO, &st))
		return -1;
	if (isatty(STDIN_FILENO))
		return tcgetpgrp(STDIN_FILENO) == getpgrp() ? STDIN_FILENO : -1;
	return S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode) ? STDIN_FILENO : -1;
}

static int open_fixed(struct vm *vm, struct vm_devices *d)
{
	int rc = serial_init(&d->serial, &vm->host, &vm->ports, serial_input(), STDOUT_FILENO);

	d->has_serial = !rc;
	if (!rc)
		rc = power_init(&d->power, &vm->host, &vm->ports, firmware_refused, vm);
	if (!rc)
		rc = cmos_init(&d->cmos, &vm->ports, host_time, NULL);
	if (!rc)
		rc = bus_add(&vm->ports, PORT_I8042, 1, &i8042_ops, vm);
	if (!rc)
		rc = pci_init(&d->pci, &vm->host, &vm->ports, &vm->mmio);
	return rc;
}

static int open_drive(
	struct vm *vm, const struct vm_drive *drive, unsigned int slot, struct error *err)
{
	struct vm_devices *d = vm->devices;
	/* Without a wait for who writes to a named pipe, which is no drive; files do not care. */
	int fd = open(drive->path, (drive->read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NONBLOCK);
	int rc;

	if (fd < 0) {
		bool writing = !drive->read_only && (errno == EACCES || errno == EROFS);

		error_errno(err, drive->path, errno);
		error_remedy(err, "check the path_on_host of drive \"%.40s\"%s", drive->id,
			writing ? ", or make it is_read_only" : "");
		return HC_EIO;
	}
	rc = virtio_blk_init(&d->block[d->blocks], &vm->host, &d->pci, slot, fd, drive->read_only,
		drive->id, err);
	if (!rc) {
		d->blocks++;
		return 0;
	}
	close(fd);
	error_remedy(
		err, "check %.80s, the path_on_host of drive \"%.40s\"", drive->path, drive->id);
	return rc;
}

static int open_vsock(struct vm *vm, unsigned int slot, struct error *err)
{
	const struct virtio_vsock_options options = {
		.guest_cid = vm->config->vsock_cid,
		.uds_path = vm->config->vsock_path,
	};
	struct vm_devices *d = vm->devices;
	int rc = virtio_vsock_init(&d->vsock, &vm->host, &d->pci, slot, &options, err);

	d->has_vsock = !rc;
	return rc;
}

int vm_devices_open(struct vm *vm, struct error *err)
{
	struct vm_devices *d = calloc(1, sizeof(*d));
	unsigned int slot = 1;
	int rc;

	if (!d)
		return error_fail(err, HC_ENOMEM, "devices", "no memory");
	vm->devices = d;
	rc = open_fixed(vm, d);
	if (rc)
		return error_fail(err, rc, "fixed devices", "ports taken twice");
	for (size_t i = 0; i < vm->config->drive_count && !rc; i++)
		rc = open_drive(vm, &vm->config->drive[i], slot++, err);
	if (!rc && vm->config->vsock_path)
		rc = open_vsock(vm, slot, err);
	return rc;
}

void vm_devices_close(struct vm *vm)
{
	struct vm_devices *d = vm->devices;

	if (!d)
		return;
	if (d->has_vsock)
		virtio_vsock_fini(&d->vsock);
	while (d->blocks)
		virtio_blk_fini(&d->block[--d->blocks]);
	if (d->has_serial)
		serial_fini(&d->serial);
	free(d);
	vm->devices = NULL;
}
