progs += hc-check
hc-check-objs := \
	attest/check/hc_check.o \
	attest/check/command.o \
	attest/check/event_log.o \
	attest/check/inputs.o \
	attest/check/policy_command.o \
	attest/check/policy_example.o \
	attest/check/policy_explain.o \
	attest/check/policy_explain_snp.o \
	attest/check/policy_explain_tdx.o \
	attest/check/policy_import.o \
	attest/check/policy_lint.o \
	attest/check/policy_lint_snp.o \
	attest/check/policy_lint_tdx.o \
	attest/check/show.o \
	attest/check/verify.o
hc-check-archives := measure verify policy result endorse evidence crypto messages common
hc-check-libs := -ljansson $(crypto-libs)
