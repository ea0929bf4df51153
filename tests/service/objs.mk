# A guest without a VM: it talks to the verifier with the library of hc-guest and gets its reports
# from the simulated secure processor directly.
ifeq ($(SIM),1)
fake-guest-archives := guest kbs jose sim measure evidence crypto common
FAKE_GUEST := $(B)/tests/fake_guest

$(FAKE_GUEST): $(B)/obj/tests/service/fake_guest.o \
		$(foreach a,$(fake-guest-archives),$(B)/lib/$(a).a)
	@mkdir -p $(@D)
	$(if $(Q),@echo "  LD    $@")
	$(Q)$(CC) $(LDFLAGS) -o $@ $< -Wl,--start-group \
		$(foreach a,$(fake-guest-archives),$(B)/lib/$(a).a) -Wl,--end-group \
		-lmbedtls -lmbedx509 $(crypto-libs) -ljansson

e2e: $(FAKE_GUEST)
endif
