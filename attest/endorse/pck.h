/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The extension of Intel's Provisioning Certification Key certificates: which platform, of which
 * family, at which TCB (Intel SGX PCK Certificate and CRL Profile 1.5; OID
 * 1.2.840.113741.1.13.1). Encodings are exact, nothing unknown is passed over, and what has to be
 * there and is not is an error.
 */
#ifndef HC_ATTEST_ENDORSE_PCK_H
#define HC_ATTEST_ENDORSE_PCK_H

#include <stdbool.h>
#include <stdint.h>

#include "attest/endorse/x509.h"
#include "common/error.h"

#define PCK_COMMON_NAME       "Intel SGX PCK Certificate"
#define PCK_PLATFORM_CA_NAME  "Intel SGX PCK Platform CA"
#define PCK_PROCESSOR_CA_NAME "Intel SGX PCK Processor CA"

#define PCK_SVN_COUNT 16

enum pck_ca {
	PCK_CA_PROCESSOR, /* one processor package */
	PCK_CA_PLATFORM,  /* multi-package: has an instance id and a configuration */
};

enum pck_sgx_type { PCK_SGX_STANDARD, PCK_SGX_SCALABLE, PCK_SGX_SCALABLE_WITH_INTEGRITY };

enum pck_flag { PCK_FLAG_UNKNOWN, PCK_FLAG_FALSE, PCK_FLAG_TRUE };

struct pck {
	const struct x509_cert *cert;
	enum pck_ca ca; /* by the issuer's name */
	uint8_t ppid[16];
	uint8_t svn[PCK_SVN_COUNT]; /* SGX TCB components */
	uint16_t pcesvn;
	uint8_t cpusvn[16];
	uint8_t pceid[2];
	uint8_t fmspc[6];
	enum pck_sgx_type sgx_type;
	bool has_piid; /* always with PCK_CA_PLATFORM, never else */
	uint8_t piid[16];
	enum pck_flag dynamic_platform, cached_keys, smt_enabled; /* of the configuration */
};

/* Does `cert` have the extension? Such a certificate claims to be a PCK's. */
bool pck_recognise(const struct x509_cert *cert);

/*
 * Intel's profile, its names, not a CA, for signing; every part of the extension as its issuer
 * asks. HC_EFORMAT; HC_EMISSING for a part that is not there. `cert` is borrowed.
 */
HC_MUST_USE int pck_parse(struct pck *out, const struct x509_cert *cert, struct error *err);

/* The extension's value alone; `ca` says what is mandatory. */
HC_MUST_USE int pck_extension_parse(
	struct pck *out, struct view value, enum pck_ca ca, struct error *err);

#endif
