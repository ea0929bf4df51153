archives += verify
verify-objs := \
	attest/verify/appraise.o \
	attest/verify/snp.o \
	attest/verify/snp_vek.o \
	attest/verify/snp_passed.o \
	attest/verify/tdx_level.o \
	attest/verify/snp_bind.o \
	attest/verify/snp_kds.o \
	attest/verify/snp_links.o \
	attest/verify/snp_revocation.o \
	attest/verify/tdx.o \
	attest/verify/tdx_verify.o \
	attest/verify/tdx_pck.o \
	attest/verify/tdx_sources.o \
	attest/verify/tdx_revocation.o \
	attest/verify/tdx_links.o \
	attest/verify/tdx_seen.o \
	attest/verify/tdx_platform.o \
	attest/verify/links.o
