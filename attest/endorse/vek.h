/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The AMD extensions of a versioned endorsement key's certificate: which chip or which provider,
 * which product, which TCB (AMD document 57230, section 3.1; arc 1.3.6.1.4.1.3704.1). Encodings are
 * exact; an extension that has to be there and is not is an error.
 */
#ifndef HC_ATTEST_ENDORSE_VEK_H
#define HC_ATTEST_ENDORSE_VEK_H

#include <stdbool.h>
#include <stdint.h>

#include "attest/endorse/x509.h"
#include "attest/evidence/snp_report.h"
#include "common/error.h"

enum vek_kind {
	VEK_VCEK, /* of one chip: has HWID */
	VEK_VLEK, /* of a provider: has CSP_ID */
};

struct vek {
	const struct x509_cert *cert;
	enum vek_kind kind;
	uint8_t struct_version; /* 0: Milan, Genoa; 1: Turin */
	char product_name[32];
	enum snp_product product;
	struct snp_tcb tcb; /* components; raw is zero */
	uint8_t hwid[64];
	size_t hwid_len; /* 64, or 8 on Turin; 0 for a VLEK */
	char csp_id[128];
};

/* Has `cert` any extension of AMD's arc? Such a certificate claims to be a VEK. */
bool vek_recognise(const struct x509_cert *cert);

/*
 * Key P-384, not a CA, every extension as its product asks, none of AMD's that is not known here.
 * HC_EFORMAT. `cert` is borrowed. No signature is looked at.
 */
HC_MUST_USE int vek_parse(struct vek *out, const struct x509_cert *cert, struct error *err);

#endif
