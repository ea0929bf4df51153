/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Offsets in ATTESTATION_REPORT (SEV-SNP Firmware ABI, AMD document 56860, section 7.3). One table,
 * used by the parser, by the tests and by whoever writes a report in this format. The struct gives
 * no access to anything; it is here so that the compiler checks the sums.
 */
#ifndef HC_ATTEST_EVIDENCE_SNP_REPORT_ABI_H
#define HC_ATTEST_EVIDENCE_SNP_REPORT_ABI_H

#include <stddef.h>
#include <stdint.h>

#define SNP_OFF_VERSION            0x000
#define SNP_OFF_GUEST_SVN          0x004
#define SNP_OFF_POLICY             0x008
#define SNP_OFF_FAMILY_ID          0x010
#define SNP_OFF_IMAGE_ID           0x020
#define SNP_OFF_VMPL               0x030
#define SNP_OFF_SIGNATURE_ALGO     0x034
#define SNP_OFF_CURRENT_TCB        0x038
#define SNP_OFF_PLATFORM_INFO      0x040
#define SNP_OFF_KEY_INFO           0x048
#define SNP_OFF_REPORT_DATA        0x050
#define SNP_OFF_MEASUREMENT        0x090
#define SNP_OFF_HOST_DATA          0x0c0
#define SNP_OFF_ID_KEY_DIGEST      0x0e0
#define SNP_OFF_AUTHOR_KEY_DIGEST  0x110
#define SNP_OFF_REPORT_ID          0x140
#define SNP_OFF_REPORT_ID_MA       0x160
#define SNP_OFF_REPORTED_TCB       0x180
#define SNP_OFF_CPUID_FAM_ID       0x188
#define SNP_OFF_CPUID_MOD_ID       0x189
#define SNP_OFF_CPUID_STEP         0x18a
#define SNP_OFF_CHIP_ID            0x1a0
#define SNP_OFF_COMMITTED_TCB      0x1e0
#define SNP_OFF_CURRENT_VERSION    0x1e8 /* build, minor, major */
#define SNP_OFF_COMMITTED_VERSION  0x1ec
#define SNP_OFF_LAUNCH_TCB         0x1f0
#define SNP_OFF_LAUNCH_MIT_VECTOR  0x1f8
#define SNP_OFF_CURRENT_MIT_VECTOR 0x200
#define SNP_OFF_CURRENT_ETCB       0x220 /* version 6 (ABI 1.59): 32 bytes each */
#define SNP_OFF_LAUNCH_ETCB        0x240
#define SNP_OFF_COMMITTED_ETCB     0x260
#define SNP_OFF_SIGNATURE_R        0x2a0
#define SNP_OFF_SIGNATURE_S        0x2e8

struct snp_report_abi {
	uint8_t version[4], guest_svn[4], policy[8], family_id[16], image_id[16];
	uint8_t vmpl[4], signature_algo[4], current_tcb[8], platform_info[8], key_info[4];
	uint8_t reserved_04c[4], report_data[64], measurement[48], host_data[32];
	uint8_t id_key_digest[48], author_key_digest[48], report_id[32], report_id_ma[32];
	uint8_t reported_tcb[8], cpuid_fam_id, cpuid_mod_id, cpuid_step, reserved_18b[21];
	uint8_t chip_id[64], committed_tcb[8], current_version[3], reserved_1eb;
	uint8_t committed_version[3], reserved_1ef, launch_tcb[8];
	uint8_t launch_mit_vector[8], current_mit_vector[8], reserved_208[24];
	uint8_t current_etcb[32], launch_etcb[32], committed_etcb[32], reserved_280[32];
	uint8_t signature_r[72], signature_s[72], signature_reserved[368];
};

#define SNP_ABI_AT(field, off)                                                                     \
	_Static_assert(offsetof(struct snp_report_abi, field) == (off), "SNP ABI 7.3: " #field)
SNP_ABI_AT(version, SNP_OFF_VERSION);
SNP_ABI_AT(guest_svn, SNP_OFF_GUEST_SVN);
SNP_ABI_AT(policy, SNP_OFF_POLICY);
SNP_ABI_AT(family_id, SNP_OFF_FAMILY_ID);
SNP_ABI_AT(image_id, SNP_OFF_IMAGE_ID);
SNP_ABI_AT(vmpl, SNP_OFF_VMPL);
SNP_ABI_AT(signature_algo, SNP_OFF_SIGNATURE_ALGO);
SNP_ABI_AT(current_tcb, SNP_OFF_CURRENT_TCB);
SNP_ABI_AT(platform_info, SNP_OFF_PLATFORM_INFO);
SNP_ABI_AT(key_info, SNP_OFF_KEY_INFO);
SNP_ABI_AT(reserved_04c, 0x04c);
SNP_ABI_AT(report_data, SNP_OFF_REPORT_DATA);
SNP_ABI_AT(measurement, SNP_OFF_MEASUREMENT);
SNP_ABI_AT(host_data, SNP_OFF_HOST_DATA);
SNP_ABI_AT(id_key_digest, SNP_OFF_ID_KEY_DIGEST);
SNP_ABI_AT(author_key_digest, SNP_OFF_AUTHOR_KEY_DIGEST);
SNP_ABI_AT(report_id, SNP_OFF_REPORT_ID);
SNP_ABI_AT(report_id_ma, SNP_OFF_REPORT_ID_MA);
SNP_ABI_AT(reported_tcb, SNP_OFF_REPORTED_TCB);
SNP_ABI_AT(cpuid_fam_id, SNP_OFF_CPUID_FAM_ID);
SNP_ABI_AT(cpuid_mod_id, SNP_OFF_CPUID_MOD_ID);
SNP_ABI_AT(cpuid_step, SNP_OFF_CPUID_STEP);
SNP_ABI_AT(reserved_18b, 0x18b);
SNP_ABI_AT(chip_id, SNP_OFF_CHIP_ID);
SNP_ABI_AT(committed_tcb, SNP_OFF_COMMITTED_TCB);
SNP_ABI_AT(current_version, SNP_OFF_CURRENT_VERSION);
SNP_ABI_AT(reserved_1eb, 0x1eb);
SNP_ABI_AT(committed_version, SNP_OFF_COMMITTED_VERSION);
SNP_ABI_AT(reserved_1ef, 0x1ef);
SNP_ABI_AT(launch_tcb, SNP_OFF_LAUNCH_TCB);
SNP_ABI_AT(launch_mit_vector, SNP_OFF_LAUNCH_MIT_VECTOR);
SNP_ABI_AT(current_mit_vector, SNP_OFF_CURRENT_MIT_VECTOR);
SNP_ABI_AT(reserved_208, 0x208);
SNP_ABI_AT(current_etcb, SNP_OFF_CURRENT_ETCB);
SNP_ABI_AT(launch_etcb, SNP_OFF_LAUNCH_ETCB);
SNP_ABI_AT(committed_etcb, SNP_OFF_COMMITTED_ETCB);
SNP_ABI_AT(reserved_280, 0x280);
SNP_ABI_AT(signature_r, SNP_OFF_SIGNATURE_R);
SNP_ABI_AT(signature_s, SNP_OFF_SIGNATURE_S);
SNP_ABI_AT(signature_reserved, 0x330);
#undef SNP_ABI_AT
_Static_assert(sizeof(struct snp_report_abi) == 1184, "SNP ABI 7.3: size of ATTESTATION_REPORT");

#endif
