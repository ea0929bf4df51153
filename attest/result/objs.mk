archives += result
result-objs := \
	attest/result/checks.o \
	attest/result/verdict.o \
	attest/result/json_build.o \
	attest/result/claims_json.o \
	attest/result/claims_tdx_json.o \
	attest/result/verdict_json.o \
	attest/result/verdict_text.o \
	attest/result/verdict_words.o \
	attest/result/html.o \
	attest/result/verdict_style.o \
	attest/result/verdict_html.o \
	attest/result/verdict_html_chain.o \
	attest/result/verdict_html_checks.o

$(B)/obj/attest/result/verdict_style.o: attest/result/verdict.css
