progs += measure-speed
measure-speed-objs := tests/bench/measure_speed.o
measure-speed-archives := measure crypto common
measure-speed-libs := -lmbedcrypto

progs += snp-speed
snp-speed-objs := \
	tests/bench/snp_speed.o \
	tests/bench/snp_speed_bare.o \
	tests/bench/snp_speed_memory.o
snp-speed-archives := verify policy result endorse evidence crypto messages common
snp-speed-libs = $(crypto-libs) -ljansson -ldl -lpthread

# The libraries that snp-speed compares: each a shared object, left out where its package is not
# there. bare-package-X names it.
bare-libs := nettle openssl boringssl botan gnutls wolfssl nss gcrypt mbedtls tomcrypt bearssl
bare-link-nettle    := -lhogweed -lnettle -lgmp
bare-link-openssl   := -lcrypto
bare-link-boringssl := -L/usr/lib/x86_64-linux-gnu/android \
	-Wl,-rpath,/usr/lib/x86_64-linux-gnu/android -lcrypto
bare-link-botan     := -lbotan-2
bare-link-gnutls    := -lgnutls
bare-link-wolfssl   := -lwolfssl
bare-link-nss       := -lnss3 -lnspr4
bare-link-gcrypt    := -lgcrypt
bare-link-mbedtls   := -lmbedcrypto
bare-link-tomcrypt  := -ltomcrypt -lgmp
bare-link-bearssl   := -lbearssl
bare-include-boringssl := -I/usr/include/android
bare-include-botan  := -I/usr/include/botan-2
bare-include-nss    := -I/usr/include/nss -I/usr/include/nspr
bare-package-nettle    := nettle-dev
bare-package-openssl   := libssl-dev
bare-package-boringssl := android-libboringssl-dev
bare-package-botan     := libbotan-2-dev
bare-package-gnutls    := libgnutls28-dev
bare-package-wolfssl   := libwolfssl-dev
bare-package-nss       := libnss3-dev
bare-package-gcrypt    := libgcrypt20-dev
bare-package-mbedtls   := libmbedtls-dev
bare-package-tomcrypt  := libtomcrypt-dev
bare-package-bearssl   := libbearssl-dev

BARE := $(patsubst %,$(B)/bench/bare-%.so,$(bare-libs))

$(B)/bench/bare-%.so: tests/bench/bare/%.c tests/bench/bare/bare.h
	@mkdir -p $(@D)
	$(Q)$(CC) -std=gnu17 -O2 -Wall -Wextra -fPIC -shared -D_GNU_SOURCE -I. $(bare-include-$*) \
		-o $@ $< $(bare-link-$*) 2>$(@:.so=.log) || \
		echo "bench: $* is left out, $(bare-package-$*) is not installed or differs ($(@:.so=.log))"

bench-snp: $(B)/bin/snp-speed $(BARE)
	@B=$(B) tests/bench/snp.sh

bench: $(BARE)
.PHONY: bench-snp

progs += tdx-speed
tdx-speed-objs := \
	tests/bench/tdx_speed.o \
	tests/bench/snp_speed_bare.o \
	tests/bench/snp_speed_memory.o
tdx-speed-archives := verify policy result endorse evidence crypto messages common
tdx-speed-libs = $(crypto-libs) -ljansson -ldl -lpthread

bench-tdx: $(B)/bin/tdx-speed $(BARE)
	@B=$(B) tests/bench/tdx.sh
.PHONY: bench-tdx
