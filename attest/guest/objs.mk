archives += guest
guest-objs := \
	attest/guest/conn.o \
	attest/guest/fetch.o \
	attest/guest/http.o \
	attest/guest/source.o \
	attest/guest/source_sim.o \
	attest/guest/source_tsm.o \
	attest/guest/tls.o

# One file that runs in any initrd: static. A sanitizer's run-time library cannot be.
progs += hc-guest
hc-guest-objs := attest/guest/hc_guest.o
hc-guest-archives := guest kbs jose evidence crypto common
hc-guest-libs := -lmbedtls -lmbedx509 -lmbedcrypto -ljansson
ifeq ($(SAN),)
hc-guest-ldflags := -static-pie -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code \
	-Wl,--gc-sections -Wl,--build-id=none
endif
