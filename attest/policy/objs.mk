archives += policy
policy-objs := \
	attest/policy/policy.o \
	attest/policy/policy_check.o
