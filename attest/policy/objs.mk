archives += policy
policy-objs := \
	attest/policy/policy.o \
	attest/policy/policy_bits.o \
	attest/policy/policy_check.o \
	attest/policy/policy_check_snp.o \
	attest/policy/policy_check_snp_floors.o \
	attest/policy/policy_import.o \
	attest/policy/policy_check_tdx.o \
	attest/policy/policy_check_tdx_tcb.o \
	attest/policy/policy_loosen.o \
	attest/policy/policy_read.o \
	attest/policy/policy_snp.o \
	attest/policy/policy_snp_chips.o \
	attest/policy/policy_snp_floors.o \
	attest/policy/policy_tdx.o
