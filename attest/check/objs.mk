progs += hc-check
hc-check-objs := \
	attest/check/hc_check.o \
	attest/check/inputs.o \
	attest/check/show.o
hc-check-archives := verify policy result endorse evidence crypto messages common
hc-check-libs := -ljansson -lmbedcrypto
