# hc-measure reads guests' files through vmmconfig; the rest is hc-vmm's alone.
archives += vmmconfig
vmmconfig-objs := vmm/config.o vmm/config_json.o

archives += vmm
vmm-objs := \
	vmm/guest_memory.o \
	vmm/loop.o

-include vmm/device/objs.mk
-include vmm/sim/objs.mk
