archives += device
device-objs := \
	vmm/device/bus.o \
	vmm/device/pci.o \
	vmm/device/msix.o \
	vmm/device/virtqueue.o \
	vmm/device/virtio_pci.o \
	vmm/device/virtio_common.o \
	vmm/device/virtio_blk.o \
	vmm/device/virtio_vsock.o \
	vmm/device/virtio_vsock_conn.o \
	vmm/device/serial.o \
	vmm/device/power.o \
	vmm/device/cmos.o
