archives += crypto
crypto-objs := \
	attest/crypto/hash.o \
	attest/crypto/ec.o \
	attest/crypto/ec_key.o \
	attest/crypto/rsa.o \
	attest/crypto/rsa_key.o \
	attest/crypto/aead.o \
	attest/crypto/keywrap.o \
	attest/crypto/random.o
