archives += endorse
endorse-objs := \
	attest/endorse/der.o \
	attest/endorse/x509.o \
	attest/endorse/x509_crl.o \
	attest/endorse/x509_signed.o \
	attest/endorse/pck.o \
	attest/endorse/seen.o \
	attest/endorse/vek.o \
	attest/endorse/tdx_tcb_info.o \
	attest/endorse/tdx_collateral.o \
	attest/endorse/armour.o \
	attest/endorse/endorsements.o \
	attest/endorse/memo.o \
	attest/endorse/roots.o \
	attest/endorse/chain.o
