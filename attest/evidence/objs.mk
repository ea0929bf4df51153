archives += evidence
evidence-objs := \
	attest/evidence/bits.o \
	attest/evidence/snp_bits.o \
	attest/evidence/snp_report.o \
	attest/evidence/cert_table.o \
	attest/evidence/tdx_bits.o \
	attest/evidence/tdx_quote.o \
	attest/evidence/tdx_tcb.o
