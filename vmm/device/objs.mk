archives += device
device-objs := \
	vmm/device/bus.o
