# The messages of hc-check and of the library under it, and their translation. attest/po/fr.po has to be complete, with no
# fuzzy entry, and its formats have to fit: the build stops otherwise. `make po` adds what is new to
# attest/po/fr.po, with empty translations to be filled in, and takes out what is gone.
#
# French sets a space that no line may end at before ":;!?»" and after "«". fr.po has plain spaces there, which can
# be typed and seen; the build makes them U+00A0.

archives += messages
messages-objs := common/messages.o attest/po/catalogue.o

PO_SRC := $(sort $(wildcard common/*.c $(foreach d,evidence endorse verify policy result,attest/$(d)/*.c)) \
	$(filter-out attest/check/measure_%,$(wildcard attest/check/*.c)))
# Functions whose argument is a message, and which of them take it as a format. What an error found is
# mostly data; its other texts are looked up whole, so that only those without a format get translated.
PO_WORDS := N_ messages_text:2 check_set_found:2 check_set_expected:2 error_expected:2 error_remedy:2 put:2 \
	html_say:2 html_sayf:2 say:2 x509_bad:4 \
	policy_read_bad:4 policy_read_choice:5 policy_read_roots:5 policy_read_numbers:6 \
	lint_warn:3 explain_say:2
PO_FORMATS := $(patsubst %,%:c-format,$(filter-out N_ messages_text:2 html_say:2 x509_bad:4 policy_read_%,$(PO_WORDS)))

$(B)/po/huisclos.pot: $(PO_SRC) attest/po/objs.mk
	@mkdir -p $(@D)
	@command -v xgettext >/dev/null || { echo "make: gettext is missing: run scripts/setup" >&2; exit 1; }
	$(if $(Q),@echo "  POT   $@")
	$(Q)xgettext -o $@ --omit-header --language=C --from-code=UTF-8 --sort-output --no-location --no-wrap \
		$(addprefix -k,$(PO_WORDS)) $(addprefix --flag=,$(PO_FORMATS)) $(PO_SRC)

$(B)/po/fr.mo: attest/po/fr.po $(B)/po/huisclos.pot
	$(if $(Q),@echo "  MO    $@")
	$(Q)msgcmp attest/po/fr.po $(B)/po/huisclos.pot 2>$(B)/po/fr.log || { cat $(B)/po/fr.log >&2; \
		echo "make: attest/po/fr.po is not complete: 'make po', then fill in what is empty or fuzzy" >&2; exit 1; }
	$(Q)sed -E '/^msgstr/,/^$$/ { s/ ([:;!?]|»)/\xc2\xa0\1/g; s/« /«\xc2\xa0/g }' attest/po/fr.po | \
		msgfmt --check-format --check-domain --endianness=little --no-hash -o $@ -

$(B)/obj/attest/po/catalogue.o: attest/po/catalogue.c $(B)/po/fr.mo $(B)/flags
	@mkdir -p $(@D)
	$(if $(Q),@echo "  CC    $<")
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -Wa,-I$(B) -c $< -o $@

po: $(B)/po/huisclos.pot
	msgmerge --quiet --update --backup=none --no-fuzzy-matching --no-location --no-wrap --sort-output \
		attest/po/fr.po $(B)/po/huisclos.pot
	msgattrib --no-obsolete --no-location --no-wrap --sort-output -o attest/po/fr.po attest/po/fr.po
	msgfmt --statistics -o /dev/null attest/po/fr.po

.PHONY: po
