progs += hc-check
hc-check-objs := \
	attest/check/hc_check.o \
	attest/check/command.o \
	attest/check/inputs.o \
	attest/check/show.o \
	attest/check/verify.o
hc-check-archives := verify policy result endorse evidence crypto messages common
hc-check-libs := -ljansson $(crypto-libs)
