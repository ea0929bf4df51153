# hc-measure reads guests' files through vmmconfig; the rest is hc-vmm's alone.
archives += vmmconfig
vmmconfig-objs := vmm/config.o vmm/config_json.o

archives += vmm
vmm-objs := \
	vmm/cpuid.o \
	vmm/guest_memory.o \
	vmm/hostfdt.o \
	vmm/kvm.o \
	vmm/loop.o \
	vmm/ram.o \
	vmm/sandbox.o \
	vmm/staging.o \
	vmm/terminal.o

-include vmm/device/objs.mk
-include vmm/sim/objs.mk
