# Every tests/unit/test_*.c is one cmocka program linked against all archives; every
# tests/fuzz/fuzz_*.c is one libFuzzer program, built with clang and sanitizers in $(B)/fuzz.

UNIT_SRC  := $(sort $(wildcard tests/unit/test_*.c))
UNIT_BIN  := $(patsubst tests/unit/%.c,$(B)/tests/unit/%,$(UNIT_SRC))
FUZZ_SRC  := $(sort $(wildcard tests/fuzz/fuzz_*.c))
FUZZ_BIN  := $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(FUZZ_SRC))
FUZZ_SECONDS ?= 30
TEST_LIBS = -lcmocka -lmicrohttpd -lgnutls -ljansson -lmbedtls -lmbedx509 $(crypto-libs) -lfdt -lcap-ng -lpthread

# Helpers shared by unit tests (tests/unit/*.c that are not programs).
archives += testlib
testlib-objs := $(patsubst %.c,%.o,$(filter-out $(UNIT_SRC),$(sort $(wildcard tests/unit/*.c tests/model/*.c))))

all-archives = $(foreach a,$(archives),$(B)/lib/$(a).a)

$(B)/tests/unit/%: $(B)/obj/tests/unit/%.o $$(all-archives)
	@mkdir -p $(@D)
	$(if $(Q),@echo "  LD    $@")
	$(Q)$(CC) $(LDFLAGS) -o $@ $< -Wl,--start-group $(all-archives) -Wl,--end-group $(TEST_LIBS)

unit-tests: $(UNIT_BIN)

test: unit-tests programs firmware
	@tests/run unit $(UNIT_BIN)

# hc-vmm on the models of KVM, of AMD's secure processor and of Intel's TDX module (docs/MODEL.md).
# Part of `test`; with SAN=address,undefined as well.
MODEL_TESTS := $(foreach t,kvm kvm_model psp_model tdx_module rmp sept private_memory conversion \
	platform platform_snp% platform_tdx% tdx_launch model_launches,$(filter $(B)/tests/unit/test_$(t),$(UNIT_BIN)))
test-model: $(MODEL_TESTS) programs firmware
	@tests/run unit $(MODEL_TESTS)

# Every bit of every genuine report: minutes of both processors.
flips: $(B)/tests/unit/test_flips_even $(B)/tests/unit/test_flips_odd
	@HC_FLIPS=all tests/run unit $^

# The build without nettle, and what of the tests goes through the signatures.
MBEDTLS_TESTS := crypto crypto_rsa crypto_verify memo x509 x509_intel verify vectors_snp appraise_faults \
	tdx_checks vectors_tdx
test-mbedtls:
	$(MAKE) CRYPTO=mbedtls B=$(B)/mbedtls programs \
		$(patsubst %,$(B)/mbedtls/tests/unit/test_%,$(MBEDTLS_TESTS))
	@tests/run unit $(patsubst %,$(B)/mbedtls/tests/unit/test_%,$(MBEDTLS_TESTS))

e2e: all
	@B=$(B) tests/run e2e $(sort $(wildcard tests/e2e/*.sh))

# The fuzz build is an ordinary build with other flags; FUZZ_BIN is what links differently.
fuzz-build:
	$(MAKE) B=$(B)/fuzzobj CC=$(CLANG) SAN=fuzzer-no-link,address,undefined fuzz-link FUZZ_OUT=$(B)/fuzz

FUZZ_OUT ?= $(B)/fuzz
fuzz-link: $(patsubst tests/fuzz/%.c,$(FUZZ_OUT)/%,$(FUZZ_SRC))
$(FUZZ_OUT)/fuzz_%: $(B)/obj/tests/fuzz/fuzz_%.o $$(all-archives)
	@mkdir -p $(@D)
	$(Q)$(CC) -fsanitize=fuzzer,address,undefined -o $@ $< -Wl,--start-group $(all-archives) \
		-Wl,--end-group $(TEST_LIBS)

fuzz: fuzz-build
	@tests/run fuzz $(FUZZ_SECONDS) $(FUZZ_BIN)

.PHONY: unit-tests test-model test-mbedtls fuzz-link flips
.SECONDARY:

-include tests/service/objs.mk
-include tests/walker/objs.mk
-include tests/bench/objs.mk
