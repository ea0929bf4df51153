archives += measure
measure-objs := \
	attest/measure/fw_image.o \
	attest/measure/launch_digest.o \
	attest/measure/manifest.o \
	attest/measure/measure_snp.o \
	attest/measure/vmsa.o
