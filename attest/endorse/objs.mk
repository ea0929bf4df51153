archives += endorse
endorse-objs := \
	attest/endorse/der.o \
	attest/endorse/x509.o \
	attest/endorse/vek.o \
	attest/endorse/endorsements.o \
	attest/endorse/roots.o \
	attest/endorse/chain.o
