/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where AMD publishes what an appraisal lacks (AMD 57230, section 4): text for a person who has to
 * fetch it elsewhere. Nothing here opens a connection.
 */
#include <stdio.h>

#include "attest/verify/snp.h"
#include "common/hex.h"

#define KDS "https://kdsintf.amd.com/"

static const char *kds_product(enum snp_product product)
{
	static const char *const names[] = {
		[SNP_PRODUCT_UNKNOWN] = NULL,
		[SNP_PRODUCT_MILAN] = "Milan",
		[SNP_PRODUCT_GENOA] = "Genoa",
		[SNP_PRODUCT_TURIN] = "Turin",
	};

	return names[product];
}

void snp_kds_file(
	char out[SNP_KDS_SIZE], const char *before, const struct claims *claims, const char *file)
{
	const char *product = kds_product(claims->snp.product);
	bool vlek = claims->snp.signing_key == SNP_SIGNING_KEY_VLEK;

	out[0] = '\0';
	if (product)
		snprintf(out, SNP_KDS_SIZE, "%s" KDS "%s/v1/%s/%s", before, vlek ? "vlek" : "vcek",
			product, file);
}

void snp_kds_vcek(char out[SNP_KDS_SIZE], const char *before, const struct claims *claims)
{
	const struct snp_tcb *tcb = &claims->snp.reported;
	const uint8_t *chip_id = claims->snp.report.chip_id;
	const char *product = kds_product(claims->snp.product);
	char hex[2 * SNP_CHIP_ID_SIZE + 1], fmc[16] = "";

	out[0] = '\0';
	if (!product || claims->snp.signing_key != SNP_SIGNING_KEY_VCEK ||
		bytes_all_zero(chip_id, SNP_CHIP_ID_SIZE))
		return;
	hex_encode(hex, chip_id, snp_chip_id_size(claims->snp.product));
	if (tcb->has_fmc)
		snprintf(fmc, sizeof(fmc), "fmcSPL=%02u&", tcb->fmc);
	snprintf(out, SNP_KDS_SIZE,
		"%s" KDS "vcek/v1/%s/%s?%sblSPL=%02u&teeSPL=%02u&snpSPL=%02u&ucodeSPL=%02u", before,
		product, hex, fmc, tcb->bootloader, tcb->tee, tcb->snp, tcb->microcode);
}
