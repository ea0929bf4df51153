/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Intel's two statements about TDX platforms, as structures: the TCB info of a platform family
 * (version 3, id TDX) and the identity of the TD quoting enclave (version 2, id TD_QE). Intel SGX
 * and TDX Provisioning Certification Service, v4. Parsed from exactly the bytes that are signed; no
 * signature is looked at here. Members that are not known are passed over: the version says how the
 * others are to be read.
 */
#ifndef HC_ATTEST_ENDORSE_TDX_TCB_INFO_H
#define HC_ATTEST_ENDORSE_TDX_TCB_INFO_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attest/evidence/tdx_tcb.h"
#include "common/bytes.h"
#include "common/error.h"

#define TDX_LEVELS_MAX        64 /* of a platform */
#define TDX_MODULES_MAX       16
#define TDX_MODULE_LEVELS_MAX 32 /* of a module, or of the quoting enclave */
#define TDX_SVN_COUNT         16

struct tdx_level {
	enum tdx_tcb_status status;
	int64_t date;
	const json_t *advisories; /* array of strings, in the statement's json; NULL: none */
	uint8_t sgx[TDX_SVN_COUNT], tdx[TDX_SVN_COUNT]; /* of a platform, with */
	uint16_t pcesvn;
	uint16_t isvsvn; /* of a module or enclave */
};

/* What both statements have. */
struct tdx_statement {
	json_t *json; /* owned */
	int64_t issued, next_update;
	uint32_t evaluation_number;
};

/* Whose module, and with which attributes. */
struct tdx_module_signer {
	uint8_t mrsigner[48];
	uint64_t attributes, attributes_mask;
};

struct tdx_module_identity {
	uint8_t major; /* of "TDX_0a", hex in either case */
	struct tdx_module_signer signer;
	size_t level_count;
	struct tdx_level level[TDX_MODULE_LEVELS_MAX]; /* sorted by us, highest isvsvn first */
};

struct tdx_tcb_info {
	struct tdx_statement statement;
	uint8_t fmspc[6], pceid[2];
	struct tdx_module_signer module; /* of modules of major version 0 */
	size_t module_count;
	struct tdx_module_identity identity[TDX_MODULES_MAX]; /* of the others */
	size_t level_count;
	/* Sorted by us, highest first: SGX components, PCESVN, TDX components. Never empty. */
	struct tdx_level level[TDX_LEVELS_MAX];
};

struct tdx_qe_identity {
	struct tdx_statement statement;
	/* As bytes of an enclave report; compared under the masks. */
	uint8_t miscselect[4], miscselect_mask[4];
	uint8_t attributes[16], attributes_mask[16];
	uint8_t mrsigner[32];
	uint16_t isvprodid;
	size_t level_count;
	struct tdx_level level[TDX_MODULE_LEVELS_MAX]; /* sorted by us, highest isvsvn first */
};

/*
 * `text` is the value of "tcbInfo" or "enclaveIdentity". HC_EFORMAT, HC_EMISSING, HC_ERANGE,
 * HC_EUNSUPPORTED (another id, version or TCB type), HC_ENOMEM. On success the caller frees with
 * the function below; on failure there is nothing to free.
 */
HC_MUST_USE int tdx_tcb_info_parse(struct tdx_tcb_info *out, struct view text, struct error *err);
void tdx_tcb_info_fini(struct tdx_tcb_info *info);
HC_MUST_USE int tdx_qe_identity_parse(
	struct tdx_qe_identity *out, struct view text, struct error *err);
void tdx_qe_identity_fini(struct tdx_qe_identity *identity);

/* The identity of modules of this major version, or NULL. */
const struct tdx_module_identity *tdx_tcb_info_module(
	const struct tdx_tcb_info *info, uint8_t major);

#endif
