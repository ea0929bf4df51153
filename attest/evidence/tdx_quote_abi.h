/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Offsets in a TDX quote: header, the three TD bodies, and the SGX report of the quoting enclave.
 * Intel TDX DCAP Quoting Library API, appendix A.3 (version 4) and A.4 (version 5); Intel SDM
 * volume 3D 36.15 (REPORT). One table, used by the parser, by the tests and by whoever writes a
 * quote. The structs give no access to anything; they are here so that the compiler checks the
 * sums.
 */
#ifndef HC_ATTEST_EVIDENCE_TDX_QUOTE_ABI_H
#define HC_ATTEST_EVIDENCE_TDX_QUOTE_ABI_H

#include <stddef.h>
#include <stdint.h>

/* Header, at the start of the quote. */
#define TDX_OFF_VERSION      0
#define TDX_OFF_ATT_KEY_TYPE 2
#define TDX_OFF_TEE_TYPE     4
#define TDX_OFF_RESERVED     8
#define TDX_OFF_QE_VENDOR_ID 12
#define TDX_OFF_USER_DATA    28
#define TDX_HEADER_SIZE      48

/* After the header: in version 5 body type and body size, in version 4 the body at once. */
#define TDX_OFF_BODY_TYPE 48
#define TDX_OFF_BODY_SIZE 50
#define TDX_OFF_BODY_V4   48
#define TDX_OFF_BODY_V5   54

/* Body, from its start. */
#define TDX_BODY_TEE_TCB_SVN    0x000
#define TDX_BODY_MRSEAM         0x010
#define TDX_BODY_MRSIGNERSEAM   0x040
#define TDX_BODY_SEAMATTRIBUTES 0x070
#define TDX_BODY_TDATTRIBUTES   0x078
#define TDX_BODY_XFAM           0x080
#define TDX_BODY_MRTD           0x088
#define TDX_BODY_MRCONFIGID     0x0b8
#define TDX_BODY_MROWNER        0x0e8
#define TDX_BODY_MROWNERCONFIG  0x118
#define TDX_BODY_RTMR           0x148
#define TDX_BODY_REPORTDATA     0x208
#define TDX_BODY_TD10_SIZE      584
#define TDX_BODY_TEE_TCB_SVN2   0x248 /* from here on: TD 1.5 */
#define TDX_BODY_MRSERVICETD    0x258
#define TDX_BODY_TD15_SIZE      648
#define TDX_BODY_VM_ID          648 /* from here on: TD 1.5 Ex; nothing is aligned */
#define TDX_BODY_TD_ID          649
#define TDX_BODY_DEVICE_INFO    681
#define TDX_BODY_INIT_SERVTD    729
#define TDX_BODY_INIT_SERVTD_A  777
#define TDX_BODY_INIT_CPUSVN    785
#define TDX_BODY_INIT_TCB_SVN   801
#define TDX_BODY_INIT_FMSPC     817
#define TDX_BODY_CUR_SERVTD     829
#define TDX_BODY_CUR_SERVTD_A   877
#define TDX_BODY_TD15_EX_SIZE   885

/* The REPORT of the quoting enclave, from its start. */
#define TDX_QE_CPUSVN      0
#define TDX_QE_MISCSELECT  16
#define TDX_QE_ATTRIBUTES  48
#define TDX_QE_MRENCLAVE   64
#define TDX_QE_MRSIGNER    128
#define TDX_QE_ISVPRODID   256
#define TDX_QE_ISVSVN      258
#define TDX_QE_REPORTDATA  320
#define TDX_QE_REPORT_SIZE 384

struct tdx_header_abi {
	uint8_t version[2], att_key_type[2], tee_type[4], reserved[4];
	uint8_t qe_vendor_id[16], user_data[20];
};

struct tdx_body_abi {
	uint8_t tee_tcb_svn[16], mrseam[48], mrsignerseam[48], seamattributes[8];
	uint8_t tdattributes[8], xfam[8], mrtd[48], mrconfigid[48], mrowner[48];
	uint8_t mrownerconfig[48], rtmr[4 * 48], reportdata[64];
	uint8_t tee_tcb_svn2[16], mrservicetd[48];
	uint8_t vm_id, td_id[32], device_info[48], init_servtd[48], init_servtd_a[8];
	uint8_t init_cpusvn[16], init_tcb_svn[16], init_fmspc[12], cur_servtd[48];
	uint8_t cur_servtd_a[8];
};

struct tdx_qe_report_abi {
	uint8_t cpusvn[16], miscselect[4], reserved_14[28], attributes[16], mrenclave[32];
	uint8_t reserved_60[32], mrsigner[32], reserved_a0[96], isvprodid[2], isvsvn[2];
	uint8_t reserved_104[60], reportdata[64];
};

#define TDX_ABI_AT(type, field, off)                                                               \
	_Static_assert(offsetof(struct type, field) == (off), "TDX quote: " #field)
TDX_ABI_AT(tdx_header_abi, version, TDX_OFF_VERSION);
TDX_ABI_AT(tdx_header_abi, att_key_type, TDX_OFF_ATT_KEY_TYPE);
TDX_ABI_AT(tdx_header_abi, tee_type, TDX_OFF_TEE_TYPE);
TDX_ABI_AT(tdx_header_abi, reserved, TDX_OFF_RESERVED);
TDX_ABI_AT(tdx_header_abi, qe_vendor_id, TDX_OFF_QE_VENDOR_ID);
TDX_ABI_AT(tdx_header_abi, user_data, TDX_OFF_USER_DATA);
_Static_assert(sizeof(struct tdx_header_abi) == TDX_HEADER_SIZE, "TDX quote: header");

TDX_ABI_AT(tdx_body_abi, tee_tcb_svn, TDX_BODY_TEE_TCB_SVN);
TDX_ABI_AT(tdx_body_abi, mrseam, TDX_BODY_MRSEAM);
TDX_ABI_AT(tdx_body_abi, mrsignerseam, TDX_BODY_MRSIGNERSEAM);
TDX_ABI_AT(tdx_body_abi, seamattributes, TDX_BODY_SEAMATTRIBUTES);
TDX_ABI_AT(tdx_body_abi, tdattributes, TDX_BODY_TDATTRIBUTES);
TDX_ABI_AT(tdx_body_abi, xfam, TDX_BODY_XFAM);
TDX_ABI_AT(tdx_body_abi, mrtd, TDX_BODY_MRTD);
TDX_ABI_AT(tdx_body_abi, mrconfigid, TDX_BODY_MRCONFIGID);
TDX_ABI_AT(tdx_body_abi, mrowner, TDX_BODY_MROWNER);
TDX_ABI_AT(tdx_body_abi, mrownerconfig, TDX_BODY_MROWNERCONFIG);
TDX_ABI_AT(tdx_body_abi, rtmr, TDX_BODY_RTMR);
TDX_ABI_AT(tdx_body_abi, reportdata, TDX_BODY_REPORTDATA);
TDX_ABI_AT(tdx_body_abi, tee_tcb_svn2, TDX_BODY_TD10_SIZE);
TDX_ABI_AT(tdx_body_abi, tee_tcb_svn2, TDX_BODY_TEE_TCB_SVN2);
TDX_ABI_AT(tdx_body_abi, mrservicetd, TDX_BODY_MRSERVICETD);
TDX_ABI_AT(tdx_body_abi, vm_id, TDX_BODY_TD15_SIZE);
TDX_ABI_AT(tdx_body_abi, vm_id, TDX_BODY_VM_ID);
TDX_ABI_AT(tdx_body_abi, td_id, TDX_BODY_TD_ID);
TDX_ABI_AT(tdx_body_abi, device_info, TDX_BODY_DEVICE_INFO);
TDX_ABI_AT(tdx_body_abi, init_servtd, TDX_BODY_INIT_SERVTD);
TDX_ABI_AT(tdx_body_abi, init_servtd_a, TDX_BODY_INIT_SERVTD_A);
TDX_ABI_AT(tdx_body_abi, init_cpusvn, TDX_BODY_INIT_CPUSVN);
TDX_ABI_AT(tdx_body_abi, init_tcb_svn, TDX_BODY_INIT_TCB_SVN);
TDX_ABI_AT(tdx_body_abi, init_fmspc, TDX_BODY_INIT_FMSPC);
TDX_ABI_AT(tdx_body_abi, cur_servtd, TDX_BODY_CUR_SERVTD);
TDX_ABI_AT(tdx_body_abi, cur_servtd_a, TDX_BODY_CUR_SERVTD_A);
_Static_assert(sizeof(struct tdx_body_abi) == TDX_BODY_TD15_EX_SIZE, "TDX quote: body");

TDX_ABI_AT(tdx_qe_report_abi, cpusvn, TDX_QE_CPUSVN);
TDX_ABI_AT(tdx_qe_report_abi, miscselect, TDX_QE_MISCSELECT);
TDX_ABI_AT(tdx_qe_report_abi, attributes, TDX_QE_ATTRIBUTES);
TDX_ABI_AT(tdx_qe_report_abi, mrenclave, TDX_QE_MRENCLAVE);
TDX_ABI_AT(tdx_qe_report_abi, mrsigner, TDX_QE_MRSIGNER);
TDX_ABI_AT(tdx_qe_report_abi, isvprodid, TDX_QE_ISVPRODID);
TDX_ABI_AT(tdx_qe_report_abi, isvsvn, TDX_QE_ISVSVN);
TDX_ABI_AT(tdx_qe_report_abi, reportdata, TDX_QE_REPORTDATA);
_Static_assert(sizeof(struct tdx_qe_report_abi) == TDX_QE_REPORT_SIZE, "SGX REPORT: size");
#undef TDX_ABI_AT

#endif
