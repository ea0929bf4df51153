# SPDX-License-Identifier: Apache-2.0
# The firmware images $(B)/firmware/huisclos-PLATFORM.img: freestanding, general registers only, no
# relocation left. The same files are also compiled as host code into fwhost.a for tests and fuzzing.

FW_PLATFORMS := plain sim snp tdx

# What the assembler has to know of a platform. PTE_PRIVATE: what an entry of the page tables marks private
# memory with (layout.h: HC_SNP_CBIT).
fw-asm-snp := -DPTE_PRIVATE=0x8000000000000
fw-asm-tdx := -DFW_TDX

# What needs a handler, or the host, in a confidential guest: not in such an image, not even unreached.
fw-exits := ins?[bwl]?|outs?[bwl]?|cpuid|rdtscp?|rdpmc|wbinvd|invd|vmm?call|monitor|mwait|xsetbv|int[o3]?
fw-forbidden-snp := $(fw-exits)
fw-forbidden-tdx := $(fw-exits)|rdmsr|wrmsr

# Pure: from bytes to bytes, no instruction that needs a privilege.
fw-pure := \
	range.o \
	manifest.o \
	fdtbounds.o \
	hostfdt.o \
	accept.o \
	sha384.o \
	bzimage.o \
	load.o \
	ccel.o \
	zeropage.o \
	efi.o \
	acpi.o

# Only in the image.
fw-image := \
	main.o \
	cpu.o \
	paging.o \
	ram.o \
	string.o

FW := $(B)/fw
FW_CC ?= $(CC)
FW_LIBFDT ?= $(shell $(CC) -print-file-name=libfdt.a)
FW_CPPFLAGS := -I. -I$(FW)
FW_CFLAGS := -std=gnu17 -Os $(WARN) -ffreestanding -mgeneral-regs-only -mno-red-zone \
	-fno-stack-protector -fcf-protection=none -fno-pic -fno-pie -mcmodel=small -fno-common \
	-fno-asynchronous-unwind-tables -ffunction-sections -fdata-sections \
	-fno-strict-overflow -fno-delete-null-pointer-checks -ffile-prefix-map=$(CURDIR)=.
FW_LDFLAGS := -nostdlib -static -Wl,--build-id=none -Wl,--gc-sections -Wl,-z,norelro \
	-Wl,-z,noexecstack -Wl,-z,max-page-size=4096 -Wl,--orphan-handling=error \
	-Wl,--fatal-warnings

# Every boot hashes the kernel: worth a page. The compiler must not see a memcpy in memcpy.
$(FW)/sha384.o: FW_CFLAGS += -O2
$(FW)/string.o: FW_CFLAGS += -fno-builtin

FW_NOW := $(FW_CC) $(FW_CPPFLAGS) $(FW_CFLAGS) $(FW_LDFLAGS) $(FW_LIBFDT)
$(FW)/flags: FORCE
	@mkdir -p $(@D); echo '$(FW_NOW)' | cmp -s - $@ || echo '$(FW_NOW)' > $@

$(FW)/%.o: firmware/%.c $(FW)/flags
	$(if $(Q),@echo "  FWCC  $<")
	$(Q)$(FW_CC) $(FW_CPPFLAGS) $(FW_CFLAGS) -MMD -MP -c $< -o $@

$(FW)/%.o: firmware/%.S $(FW)/flags
	$(if $(Q),@echo "  FWAS  $<")
	$(Q)$(FW_CC) $(FW_CPPFLAGS) -MMD -MP -c $< -o $@

$(FW)/pagetable_%.o: firmware/pagetable.S $(FW)/flags
	$(if $(Q),@echo "  FWAS  $< ($*)")
	$(Q)$(FW_CC) $(FW_CPPFLAGS) $(fw-asm-$*) -MMD -MP -c $< -o $@

$(FW)/entry_%.o: firmware/entry.S $(FW)/flags
	$(if $(Q),@echo "  FWAS  $< ($*)")
	$(Q)$(FW_CC) $(FW_CPPFLAGS) $(fw-asm-$*) -MMD -MP -c $< -o $@

$(FW)/link.ld: firmware/link.ld firmware/abi/layout.h firmware/paging.h $(FW)/flags
	$(Q)$(FW_CC) -E -P -undef -x assembler-with-cpp -I. $< -o $@

# The DSDT: C preprocessor, iasl, and its bytes as a list that acpi.c includes.
$(FW)/dsdt.inc: firmware/dsdt.asl firmware/abi/layout.h $(FW)/flags
	$(if $(Q),@echo "  IASL  $<")
	$(Q)$(FW_CC) -E -P -undef -x assembler-with-cpp -I. $< -o $(FW)/dsdt.asl
	$(Q)iasl -p $(FW)/dsdt $(FW)/dsdt.asl >$(FW)/iasl.log 2>&1 || { cat $(FW)/iasl.log; exit 1; }
	$(Q)od -An -v -tx1 $(FW)/dsdt.aml | sed 's/ \(..\)/0x\1, /g' >$@

$(FW)/acpi.o $(B)/obj/firmware/acpi.o: $(FW)/dsdt.inc
$(B)/obj/firmware/acpi.o: CPPFLAGS += -I$(FW)

# libfdt comes compiled by the distribution, for programs: no vector register may be in what we take.
$(FW)/%.elf: $(addprefix $(FW)/,$(fw-image) $(fw-pure) plat_%.o pagetable_%.o entry_%.o) $(FW)/link.ld $(FW_LIBFDT)
	$(if $(Q),@echo "  FWLD  $@")
	$(Q)$(FW_CC) $(FW_LDFLAGS) -Wl,-T,$(FW)/link.ld -o $@ $(filter %.o,$^) $(FW_LIBFDT)
	$(Q)if objdump -d --no-show-raw-insn $@ | grep -E '%[xyz]?mm[0-9]|%st' | head -3 | grep .; then \
		echo "firmware: $@ uses vector or x87 registers (libfdt: $(FW_LIBFDT))" >&2; \
		exit 1; \
	fi
	$(if $(fw-forbidden-$*),$(Q)if objdump -d --no-show-raw-insn $@ | \
		grep -P '\t($(fw-forbidden-$*))(\s|$$)' | head -3 | grep .; then \
		echo "firmware: $@ has instructions that its platform does not allow" >&2; \
		exit 1; \
	fi)

$(FW)/mkimage: $(B)/obj/firmware/mkimage.o $(B)/lib/common.a
	$(Q)$(CC) $(LDFLAGS) -o $@ $^

$(B)/firmware/huisclos-%.img: $(FW)/%.elf $(FW)/mkimage scripts/stack-bound
	@mkdir -p $(@D)
	$(Q)$(FW)/mkimage $* $< $@.new
	$(Q)scripts/stack-bound $* $<
	$(Q)mv $@.new $@

# The same as IGVM files, with a manifest of zeros: to be looked at and measured. Guests are packed
# with "hc-measure igvm pack".
$(B)/firmware/huisclos-%.igvm: $(B)/firmware/huisclos-%.img $(B)/bin/hc-measure
	$(Q)$(B)/bin/hc-measure igvm pack --firmware $< --output $@

.PHONY: firmware
firmware: $(foreach p,$(FW_PLATFORMS),$(B)/firmware/huisclos-$(p).img $(B)/firmware/huisclos-$(p).igvm)

archives += fwhost
fwhost-objs := $(addprefix firmware/,$(fw-pure))

# Test only: what takes plain QEMU to the firmware's entry, and what makes the files of one boot.
FWTEST := $(B)/tests/firmware
FW_STUB_GPA := 0x107000 # the last page of the text area, which no image fills

$(FWTEST)/trampoline.o: tests/firmware/trampoline.S $(FW)/flags
	@mkdir -p $(@D)
	$(Q)$(FW_CC) $(FW_CPPFLAGS) -MMD -MP -c $< -o $@

$(FWTEST)/trampoline.elf: $(FWTEST)/trampoline.o
	$(Q)$(FW_CC) -nostdlib -static -Wl,--build-id=none -Wl,--section-start=.hcrom=0xffff0000 \
		-Wl,--section-start=.hcstub=$(FW_STUB_GPA) -Wl,-e,0 -o $@ $<

$(FWTEST)/%.bin: $(FWTEST)/trampoline.elf
	$(Q)objcopy -O binary -j .hc$* $< $@

$(FWTEST)/mkboot: $(B)/obj/tests/firmware/mkboot.o $(foreach a,fwhost measure crypto common,$(B)/lib/$(a).a)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ -lmbedcrypto -lfdt

$(FWTEST)/simaccept: $(B)/obj/tests/firmware/simaccept.o $(B)/lib/common.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^

# The test of the built page tables has to find the images.
$(B)/obj/tests/unit/test_fw_paging.o $(B)/obj/tests/unit/test_tdx_launch.o: CPPFLAGS += -DHC_BUILD='"$(B)"'
$(B)/tests/unit/test_fw_paging $(B)/tests/unit/test_tdx_launch: | firmware

# The images on software processors; without Unicorn they are skipped, and that is said.
SOFT_LIB := guest guestefi loader softcpu softcpu32 softinsn softlinux softsnp softtdx softwatch trixie
SOFT_BIN := $(patsubst tests/firmware/%.c,$(FWTEST)/%,$(sort $(wildcard tests/firmware/test_*.c)))
HAVE_UNICORN := $(shell echo '\#include <unicorn/unicorn.h>' | $(CC) -E -x c - >/dev/null 2>&1 && echo yes)

$(SOFT_BIN): $(FWTEST)/%: $(B)/obj/tests/firmware/%.o \
		$(foreach o,$(SOFT_LIB),$(B)/obj/tests/firmware/$(o).o) \
		$(foreach a,testlib fwhost measure crypto common,$(B)/lib/$(a).a) | firmware
	@mkdir -p $(@D)
	$(if $(Q),@echo "  LD    $@")
	$(Q)$(CC) $(LDFLAGS) -o $@ $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) \
		-Wl,--end-group -lunicorn -lcmocka $(crypto-libs) -lfdt
$(foreach o,guest trixie $(notdir $(SOFT_BIN)),$(B)/obj/tests/firmware/$(o).o): CPPFLAGS += -DHC_BUILD='"$(B)"'

.PHONY: test-firmware
ifeq ($(HAVE_UNICORN),yes)
test-firmware: $(SOFT_BIN)
	@tests/run unit $(SOFT_BIN)
else
test-firmware:
	@echo "ok 1 - the images on software processors # SKIP libunicorn-dev is missing: scripts/setup adds it"
endif

firmware-tests: $(FWTEST)/rom.bin $(FWTEST)/stub.bin $(FWTEST)/mkboot $(FWTEST)/simaccept firmware
.PHONY: firmware-tests
e2e: firmware-tests
