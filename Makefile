# SPDX-License-Identifier: Apache-2.0
#
#   make                         programs in build/bin, firmware in build/firmware
#   make test                    unit tests           make e2e     whole-system tests
#   make SAN=address,undefined test                   make lint    style and static checks
#   make fuzz [FUZZ_SECONDS=30]  every fuzz target    make repro   builds twice and compares
#   make flips                   each bit of each genuine report changed, in turn
#   make bench [bench-snp bench-tdx]  figures              make SIM=0   without the simulated platform
#   make install [DESTDIR=] [PREFIX=/usr/local]       the library, its header, hc-check, hc-measure, man pages
#   make CRYPTO=mbedtls          signatures verified by mbedTLS, not by nettle: slower (make test-mbedtls)
#   make test-model              hc-vmm's SEV-SNP and TDX launches on a model of KVM (docs/MODEL.md)
#   make test-firmware           the images for SNP and TDX on software processors
#   make uapi-check              vmm/ and tests/model against the newest kernel headers
#
# One list of objects per folder, in its objs.mk. Everything is built below $(B).

SAN ?=
SIM ?= 1
V   ?= 0
CRYPTO ?= nettle

comma := ,
ifeq ($(SAN),)
B ?= build
else
B ?= build/san-$(subst $(comma),-,$(SAN))
endif

CC    ?= cc
AR    ?= ar
CLANG ?= clang
Q := $(if $(filter 1,$(V)),,@)

ifeq ($(filter nettle mbedtls,$(CRYPTO)),)
$(error CRYPTO=$(CRYPTO): expected nettle or mbedtls)
endif

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDEXPANSION:
.SUFFIXES:
.PHONY: all programs library install test e2e lint uapi-check uapi-objects repro bench fuzz fuzz-build clean format FORCE

WARN := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wundef -Wvla \
	-Wformat=2 -Wimplicit-fallthrough -Wpointer-arith -Wwrite-strings -Werror
# KVM's own structures end in flexible arrays, and are meant to be followed by their elements.
ifneq ($(findstring clang,$(CC)),)
WARN += -Wno-gnu-variable-sized-type-not-at-end
endif
HARDEN := -fPIC -fstack-protector-strong -fstack-clash-protection -fcf-protection \
	-fno-delete-null-pointer-checks -fno-strict-overflow
CPPFLAGS += -I. -Iattest/include -D_GNU_SOURCE -DHC_SIM=$(SIM) \
	-DHC_CRYPTO_NETTLE=$(if $(filter nettle,$(CRYPTO)),1,0)
CFLAGS += -std=gnu17 -O2 -g $(WARN) $(HARDEN) '-ffile-prefix-map=$(CURDIR)=.' -fno-common
LDFLAGS += -pie -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code -Wl,--as-needed \
	-Wl,--build-id=none
ifeq ($(SAN),)
CPPFLAGS += -D_FORTIFY_SOURCE=2
else
CFLAGS  += -fsanitize=$(SAN) -fno-omit-frame-pointer -fno-sanitize-recover=all
LDFLAGS += -fsanitize=$(SAN)
endif

# A folder's objs.mk fills:
#   archives            names; NAME-objs lists the objects of $(B)/lib/NAME.a
#   progs               names; NAME-objs, NAME-archives (in link order), NAME-libs, NAME-ldflags
archives :=
progs :=
include common/objs.mk
include attest/objs.mk
include vmm/objs.mk
include firmware/objs.mk
include tests/objs.mk

objects = $(addprefix $(B)/obj/,$($(1)-objs))
archive-files = $(foreach a,$(1),$(B)/lib/$(a).a)
PROGRAMS := $(addprefix $(B)/bin/,$(progs))

all: programs library firmware
programs: $(PROGRAMS)

# What a program is built with is part of what it is built from.
FLAGS_NOW := $(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS)
$(B)/flags: FORCE
	@mkdir -p $(@D); echo '$(FLAGS_NOW)' | cmp -s - $@ || echo '$(FLAGS_NOW)' > $@

$(B)/obj/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(if $(Q),@echo "  CC    $<")
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

define archive-rule
$(B)/lib/$(1).a: $$(call objects,$(1))
	@mkdir -p $$(@D)
	$$(if $$(Q),@echo "  AR    $$@")
	$$(Q)rm -f $$@ && $$(AR) rcsD $$@ $$^
endef
$(foreach a,$(archives),$(eval $(call archive-rule,$(a))))

define prog-rule
$(B)/bin/$(1): $$(call objects,$(1)) $$(call archive-files,$$($(1)-archives))
	@mkdir -p $$(@D)
	$$(if $$(Q),@echo "  LD    $$@")
	$$(Q)$$(CC) $$(if $$($(1)-ldflags),$$($(1)-ldflags),$$(LDFLAGS)) -o $$@ \
		$$(call objects,$(1)) -Wl,--start-group $$(call archive-files,$$($(1)-archives)) \
		-Wl,--end-group $$($(1)-libs)
endef
$(foreach p,$(progs),$(eval $(call prog-rule,$(p))))

lint:
	scripts/lint

# Numbers and layouts, then every file that includes them: no warning with the newer headers either.
uapi-check:
	CC='$(CC)' scripts/uapi-check
	CPPFLAGS='-isystem build/uapi/usr/include -isystem build/uapi/usr/include/x86_64-linux-gnu' \
		$(MAKE) B=$(B)/newer-uapi uapi-objects
uapi-objects: $(addprefix $(B)/obj/,$(filter vmm/%,$(vmm-objs) $(vmmconfig-objs)) $(filter tests/model/%,$(testlib-objs)))

repro:
	scripts/repro

bench: all
	@for b in $(sort $(wildcard tests/bench/*.sh)); do B=$(B) $$b || exit 1; done

clean:
	rm -rf $(B)

format:
	git ls-files '*.c' '*.h' | xargs clang-format -i

-include $(shell find $(B) -name '*.d' 2>/dev/null)
