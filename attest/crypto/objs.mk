archives += crypto
crypto-objs := \
	attest/crypto/hash.o \
	attest/crypto/digest.o \
	attest/crypto/ec.o \
	attest/crypto/ec_key.o \
	attest/crypto/ec_verify.o \
	attest/crypto/ec_verify_mbed.o \
	attest/crypto/rsa_verify.o \
	attest/crypto/rsa_verify_mbed.o \
	attest/crypto/rsa_key.o \
	attest/crypto/aead.o \
	attest/crypto/keywrap.o \
	attest/crypto/random.o

# Who verifies signatures. mbedTLS is always there: the tests compare the two.
ifeq ($(CRYPTO),nettle)
crypto-objs += attest/crypto/ec_verify_nettle.o attest/crypto/rsa_verify_nettle.o \
	attest/crypto/digest_nettle.o
crypto-libs := -lhogweed -lnettle -lgmp -lmbedcrypto
else
crypto-libs := -lmbedcrypto
endif
