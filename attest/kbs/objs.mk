archives += kbs
kbs-objs := \
	attest/kbs/binding.o \
	attest/kbs/message.o \
	attest/kbs/snp_json.o
