/* SPDX-License-Identifier: Apache-2.0 */
/* Names of bits, in the order of the fields. */
#include "attest/evidence/snp_bits.h"

#include <string.h>

#include "attest/evidence/snp_report.h"

const struct snp_bit snp_policy_bits[] = {
	{SNP_POLICY_SMT, "smt_allowed", SNP_BIT_WEAKENS},
	{SNP_POLICY_RESERVED_ONE, "reserved_bit_17", SNP_BIT_FIXED},
	{SNP_POLICY_MIGRATE_MA, "migrate_ma", SNP_BIT_WEAKENS},
	{SNP_POLICY_DEBUG, "debug", SNP_BIT_WEAKENS},
	{SNP_POLICY_SINGLE_SOCKET, "single_socket", SNP_BIT_PROTECTS},
	{SNP_POLICY_CXL_ALLOW, "cxl_allow", SNP_BIT_WEAKENS},
	{SNP_POLICY_MEM_AES_256_XTS, "mem_aes_256_xts", SNP_BIT_PROTECTS},
	{SNP_POLICY_RAPL_DIS, "rapl_dis", SNP_BIT_PROTECTS},
	{SNP_POLICY_CIPHERTEXT_HIDING, "ciphertext_hiding", SNP_BIT_PROTECTS},
	{SNP_POLICY_PAGE_SWAP_DISABLE, "page_swap_disable", SNP_BIT_PROTECTS},
	{0, NULL, SNP_BIT_NEUTRAL},
};

const struct snp_bit snp_platform_bits[] = {
	{SNP_PLATFORM_SMT_EN, "smt_en", SNP_BIT_WEAKENS},
	{SNP_PLATFORM_TSME_EN, "tsme_en", SNP_BIT_PROTECTS},
	{SNP_PLATFORM_ECC_EN, "ecc_en", SNP_BIT_PROTECTS},
	{SNP_PLATFORM_RAPL_DIS, "rapl_dis", SNP_BIT_PROTECTS},
	{SNP_PLATFORM_CIPHERTEXT_HIDING_EN, "ciphertext_hiding_en", SNP_BIT_PROTECTS},
	{SNP_PLATFORM_ALIAS_CHECK_COMPLETE, "alias_check_complete", SNP_BIT_PROTECTS},
	{SNP_PLATFORM_IOMMU_WRITE_SAFE, "iommu_write_safe", SNP_BIT_PROTECTS},
	{SNP_PLATFORM_TIO_EN, "tio_en", SNP_BIT_NEUTRAL},
	{0, NULL, SNP_BIT_NEUTRAL},
};

const struct snp_bit *snp_bit_find(const struct snp_bit *table, const char *name)
{
	for (; table->mask; table++)
		if (!strcmp(table->name, name))
			return table;
	return NULL;
}
