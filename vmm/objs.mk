# hc-measure reads guests' files, and lays out a guest, through vmmconfig; the rest is hc-vmm's alone.
archives += vmmconfig
vmmconfig-objs := vmm/config.o vmm/config_json.o vmm/config_snp.o vmm/config_tdx.o vmm/hostfdt.o \
	vmm/platform/snp_policy.o vmm/quote/quote_address.o

archives += vmm
vmm-objs := \
	vmm/check/command.o \
	vmm/check/host.o \
	vmm/check/host_kvm.o \
	vmm/check/host_limits.o \
	vmm/check/json.o \
	vmm/check/judge_kvm.o \
	vmm/check/judge_limits.o \
	vmm/check/judge_machine.o \
	vmm/check/judge_snp.o \
	vmm/check/judge_snp_firmware.o \
	vmm/check/judge_tdx.o \
	vmm/check/probe.o \
	vmm/check/report.o \
	vmm/check/speed.o \
	vmm/check/text.o \
	vmm/cpuid.o \
	vmm/guest_memory.o \
	vmm/kvm.o \
	vmm/kvm_query.o \
	vmm/launch.o \
	vmm/launch_identity.o \
	vmm/loop.o \
	vmm/platform/conversion.o \
	vmm/platform/plain.o \
	vmm/platform/platform.o \
	vmm/platform/snp.o \
	vmm/platform/snp_certs.o \
	vmm/platform/snp_cpuid.o \
	vmm/platform/snp_error.o \
	vmm/platform/snp_exit.o \
	vmm/platform/snp_launch.o \
	vmm/platform/tdx.o \
	vmm/platform/tdx_cpuid.o \
	vmm/platform/tdx_error.o \
	vmm/platform/tdx_td.o \
	vmm/private_memory.o \
	vmm/quote/quote_buffer.o \
	vmm/quote/quote_dialler.o \
	vmm/quote/quote_message.o \
	vmm/quote/quote_service.o \
	vmm/quote/tdvmcall.o \
	vmm/ram.o \
	vmm/refusal.o \
	vmm/sandbox.o \
	vmm/staging.o \
	vmm/terminal.o \
	vmm/vcpu.o \
	vmm/vm.o \
	vmm/vm_devices.o \
	vmm/vm_host.o
ifeq ($(SIM),1)
vmm-objs += vmm/platform/sim.o
endif

-include vmm/device/objs.mk
-include vmm/sim/objs.mk

progs += hc-vmm
hc-vmm-objs := vmm/main.o
hc-vmm-archives := vmm device vmmconfig $(if $(filter 1,$(SIM)),sim) measure crypto common
# Of the libraries little is used: linked in, they cost less memory and an earlier start.
hc-vmm-libs := -Wl,-Bstatic -ljansson -lfdt -lcap-ng $(crypto-libs) -Wl,-Bdynamic -lpthread
