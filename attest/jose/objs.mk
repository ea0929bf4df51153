archives += jose
jose-objs := \
	attest/jose/jcs.o \
	attest/jose/jwe.o \
	attest/jose/jwk.o \
	attest/jose/jws.o
