/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Intel TDX quote, version 4 and 5: its bytes as fields, and the ranges of it that signatures
 * cover. Intel TDX DCAP Quoting Library API, appendix A.3 and A.4. No cryptography, no policy: a
 * parsed quote has proved nothing yet. In particular the certificates inside are only bytes here,
 * and every field of the header and the body is as an attacker may have written it.
 */
#ifndef HC_ATTEST_EVIDENCE_TDX_QUOTE_H
#define HC_ATTEST_EVIDENCE_TDX_QUOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/error.h"

#define TDX_QUOTE_SIZE_MAX (64U << 10) /* received bytes, padding after the quote included */

#define TDX_ATT_KEY_ECDSA_P256 2
#define TDX_TEE_TYPE           0x81U

#define TDX_SIGNATURE_SIZE 64 /* r, s: 32 bytes each, big-endian */
#define TDX_ATT_KEY_SIZE   64 /* x, y: 32 bytes each, big-endian */
#define TDX_MR_SIZE        48
#define TDX_RTMRS          4

/* Version 4 has no body type: its body is TDX_BODY_TD10. Type 1 is an SGX enclave's report. */
enum tdx_body_type {
	TDX_BODY_TD10 = 2,    /* 584 bytes */
	TDX_BODY_TD15 = 3,    /* 648 bytes */
	TDX_BODY_TD15_EX = 4, /* 885 bytes */
};

/* Certification data type, inside the QE report certification data (type 6). */
enum tdx_cert_type {
	TDX_CERT_PPID_CLEAR = 1,   /* PPID 16, CPUSVN 16, PCESVN 2, PCEID 2 */
	TDX_CERT_PPID_RSA2048 = 2, /* the same, the PPID encrypted: 256 bytes */
	TDX_CERT_PPID_RSA3072 = 3, /* the same, the PPID encrypted: 384 bytes */
	TDX_CERT_PCK_LEAF = 4,     /* the PCK certificate alone */
	TDX_CERT_PCK_CHAIN = 5,    /* PEM: PCK, PCK CA, root */
	TDX_CERT_QE_REPORT = 6,    /* the outer one, and only that */
	TDX_CERT_PLATFORM_MANIFEST = 7,
};

/* A range of tdx_quote.raw; offsets, so that a quote may be copied as a struct. */
struct tdx_range {
	uint32_t off, len;
};

/* TD 1.5 Ex only. */
struct tdx_body_ex {
	uint8_t vm_id, td_id[32], device_info[48];
	uint8_t init_servtd_hash[48];
	uint64_t init_servtd_attributes;
	uint8_t init_cpusvn[16], init_tee_tcb_svn[16], init_fmspc[12];
	uint8_t cur_servtd_hash[48];
	uint64_t cur_servtd_attributes;
};

/* What the TDX module says of the TD. Integers are decoded, arrays are as they stand. */
struct tdx_body {
	enum tdx_body_type type;
	/*
	 * Of the module and platform at launch. [0] module's minor SVN, [1] module's major version,
	 * [2] microcode SVN. Comparing all 16 as one number, or [0] without [1], is wrong.
	 */
	uint8_t tee_tcb_svn[16];
	uint8_t mrseam[TDX_MR_SIZE], mrsignerseam[TDX_MR_SIZE];
	uint64_t seamattributes, tdattributes, xfam;
	uint8_t mrtd[TDX_MR_SIZE], mrconfigid[TDX_MR_SIZE];
	uint8_t mrowner[TDX_MR_SIZE], mrownerconfig[TDX_MR_SIZE];
	uint8_t rtmr[TDX_RTMRS][TDX_MR_SIZE];
	uint8_t report_data[64];
	bool has_td15;            /* type TD 1.5 and TD 1.5 Ex */
	uint8_t tee_tcb_svn2[16]; /* of the module that is loaded now */
	uint8_t mrservicetd[TDX_MR_SIZE];
	bool has_ex; /* type TD 1.5 Ex */
	struct tdx_body_ex ex;
};

/* The quoting enclave's SGX REPORT. What it does not decode is in the 384 bytes of `qe_report`. */
struct tdx_qe_report {
	uint8_t cpusvn[16], attributes[16], mrenclave[32], mrsigner[32];
	uint32_t miscselect;
	uint16_t isvprodid, isvsvn;
	uint8_t report_data[64];
};

/* How far parsing came; on failure, what could not be read. */
enum tdx_quote_part {
	TDX_PART_SIZE,   /* more than TDX_QUOTE_SIZE_MAX */
	TDX_PART_HEADER, /* version, key type, TEE type, QE vendor */
	TDX_PART_BODY,   /* body type, body size, body */
	TDX_PART_AUTH,   /* signature, key, QE report, QE authentication data, and their lengths */
	TDX_PART_CERT,   /* inner certification data: a type or size not known here */
	TDX_PART_DONE,
};

struct tdx_quote {
	enum tdx_quote_part part;

	uint16_t version, att_key_type;
	uint32_t tee_type;
	uint8_t reserved[4]; /* header bytes 8 to 11: zero in every published quote */
	uint8_t qe_vendor_id[16], user_data[20];
	struct tdx_body body;
	struct tdx_qe_report qe;

	/* Exactly as received. */
	struct tdx_range signed_part;         /* header, in version 5 type and size, body */
	struct tdx_range signature;           /* over signed_part, by att_key; 64 bytes */
	struct tdx_range att_key;             /* 64 bytes */
	struct tdx_range qe_report;           /* 384 bytes, signed by the PCK */
	struct tdx_range qe_report_signature; /* 64 bytes */
	struct tdx_range qe_auth;             /* 0 to 65535 bytes */
	enum tdx_cert_type cert_type;         /* never TDX_CERT_QE_REPORT or _PLATFORM_MANIFEST */
	struct tdx_range cert_data;           /* type 5: without the NULs at its end */

	size_t size;     /* of the quote: what follows it is not in `raw` */
	size_t trailing; /* bytes received after the quote; ignored, and used for nothing */
	uint8_t raw[TDX_QUOTE_SIZE_MAX];
};

/*
 * Copy and decode. Refuses whatever has no layout to go on with: versions other than 4 and 5, key
 * types other than 2, a TEE type other than TDX, a QE vendor other than Intel, body types other
 * than 2 to 4, outer certification data other than 6 and inner other than 1 to 5, and any length
 * that does not add up exactly; bytes after the quote are counted and dropped. `bytes` may be of
 * any length. HC_ETRUNCATED, HC_EFORMAT, HC_ERANGE, HC_EUNSUPPORTED; err->where names the field,
 * err->offset its place, and out->part the part. On error nothing but `part` may be used.
 */
HC_MUST_USE int tdx_quote_parse(struct tdx_quote *out, struct view bytes, struct error *err);

/* A range of the quote as a view into it; lives as long as `quote`. */
static inline struct view tdx_quote_view(const struct tdx_quote *quote, struct tdx_range range)
{
	return (struct view){quote->raw + range.off, range.len};
}

/*
 * Header bytes 8 to 11 are zero. The field is reserved and nothing is known that depends on it, so
 * a quote in which it is not zero is of a layout that was not meant to be read this way. HC_EFORMAT
 * with the offset.
 */
HC_MUST_USE int tdx_quote_reserved_valid(const struct tdx_quote *quote, struct error *err);

/* "TD 1.0", "TD 1.5", "TD 1.5 Ex". */
const char *tdx_body_type_name(enum tdx_body_type type);
/* A few words for a certification data type, "unknown" for others. */
const char *tdx_cert_type_name(unsigned int type);

#endif
