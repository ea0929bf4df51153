archives += result
result-objs := \
	attest/result/checks.o \
	attest/result/verdict.o \
	attest/result/json_build.o \
	attest/result/claims_json.o \
	attest/result/claims_tdx_json.o \
	attest/result/verdict_json.o \
	attest/result/verdict_text.o
