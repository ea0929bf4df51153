archives += measure
measure-objs := \
	attest/measure/ccel.o \
	attest/measure/ccel_event.o \
	attest/measure/fw_image.o \
	attest/measure/id_block.o \
	attest/measure/igvm.o \
	attest/measure/igvm_measure.o \
	attest/measure/igvm_pack.o \
	attest/measure/kernel.o \
	attest/measure/launch_digest.o \
	attest/measure/manifest.o \
	attest/measure/measure_snp.o \
	attest/measure/measure_tdx.o \
	attest/measure/mrtd.o \
	attest/measure/ovmf.o \
	attest/measure/ovmf_snp.o \
	attest/measure/release.o \
	attest/measure/release_json.o \
	attest/measure/tdvf.o \
	attest/measure/vmsa.o

# The program lies beside hc-check; it reads guests' files as hc-vmm does.
progs += hc-measure
hc-measure-objs := \
	attest/check/measure_guest.o \
	attest/check/measure_id_block.o \
	attest/check/measure_igvm.o \
	attest/check/measure_loaders.o \
	attest/check/measure_main.o \
	attest/check/measure_own.o \
	attest/check/measure_own_tdx.o \
	attest/check/measure_ovmf.o \
	attest/check/measure_pack.o \
	attest/check/measure_print.o \
	attest/check/measure_release.o \
	attest/check/measure_tdx.o
hc-measure-archives := vmmconfig measure crypto common
hc-measure-libs := -ljansson -lfdt $(crypto-libs)
