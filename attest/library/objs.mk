# libhuisclos, shared and static: huisclos.h on top of the archives below. In both, every name but
# hc_* is local, so that ours never meet those of the program that uses it.

VERSION := $(shell sed -n 's/^.define HC_VERSION "\(.*\)"/\1/p' attest/include/huisclos.h)
PREFIX  ?= /usr/local
DESTDIR ?=

archives += library
library-objs := attest/library/huisclos.o
library-archives := library verify policy result endorse evidence crypto messages common
library-libs = $(crypto-libs)
LIBRARY := $(addprefix $(B)/lib/,libhuisclos.so.0 libhuisclos.a huisclos.pc)

library: $(LIBRARY)

$(B)/lib/libhuisclos.so.0: $$(call archive-files,$$(library-archives)) attest/library/huisclos.map
	$(if $(Q),@echo "  LD    $@")
	$(Q)$(CC) -shared $(filter-out -pie,$(LDFLAGS)) -Wl,-soname,$(@F) -Wl,-z,defs \
		-Wl,--version-script=attest/library/huisclos.map -o $@ $(B)/obj/attest/library/huisclos.o \
		-Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(library-libs) -ljansson
	$(Q)ln -sf $(@F) $(B)/lib/libhuisclos.so

$(B)/lib/libhuisclos.a: $$(call archive-files,$$(library-archives))
	$(if $(Q),@echo "  AR    $@")
	$(Q)$(LD) -r -o $(B)/lib/huisclos.o $(B)/obj/attest/library/huisclos.o --start-group $^ --end-group
	$(Q)objcopy --wildcard --keep-global-symbol='hc_*' $(B)/lib/huisclos.o
	$(Q)rm -f $@ && $(AR) rcsD $@ $(B)/lib/huisclos.o && rm $(B)/lib/huisclos.o

$(B)/lib/huisclos.pc: attest/library/huisclos.pc.in attest/include/huisclos.h $(B)/flags
	@mkdir -p $(@D)
	$(Q)sed -e 's|@PREFIX@|$(PREFIX)|; s|@VERSION@|$(VERSION)|; s|@LIBS_PRIVATE@|$(library-libs)|' $< >$@

install: programs library
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/include $(DESTDIR)$(PREFIX)/lib/pkgconfig \
		$(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/share/man/fr/man1
	install -m 755 $(B)/bin/hc-check $(B)/bin/hc-measure $(DESTDIR)$(PREFIX)/bin
	install -m 644 docs/man/hc-check.1 docs/man/hc-measure.1 $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 644 docs/man/fr/hc-check.1 $(DESTDIR)$(PREFIX)/share/man/fr/man1
	install -m 644 attest/include/huisclos.h $(DESTDIR)$(PREFIX)/include
	install -m 644 $(B)/lib/libhuisclos.a $(DESTDIR)$(PREFIX)/lib
	install -m 755 $(B)/lib/libhuisclos.so.0 $(DESTDIR)$(PREFIX)/lib/libhuisclos.so.$(VERSION)
	ln -sf libhuisclos.so.$(VERSION) $(DESTDIR)$(PREFIX)/lib/libhuisclos.so.0
	ln -sf libhuisclos.so.0 $(DESTDIR)$(PREFIX)/lib/libhuisclos.so
	sed 's|^prefix=.*|prefix=$(PREFIX)|' $(B)/lib/huisclos.pc >$(DESTDIR)$(PREFIX)/lib/pkgconfig/huisclos.pc
