/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fast an image is measured, beside one SHA-384 over the same bytes by the same library: the
 * launch digest of an OVMF image of 2 MiB with one vCPU, and its MRTD. The image is made here.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "attest/measure/tdvf.h"

#define SIZE   (2U << 20)
#define ROUNDS 15

static const uint8_t footer[16] = {0xde, 0x82, 0xb5, 0x96, 0xb2, 0x1f, 0xf7, 0x45, 0xba, 0xea, 0xa3,
	0x66, 0xc5, 0x5a, 0x08, 0x2d};
static const uint8_t sev[16] = {0x66, 0x65, 0x88, 0xdc, 0x4a, 0x98, 0x98, 0x47, 0xa7, 0x5e, 0x55,
	0x85, 0xa7, 0xbf, 0x67, 0xcc};
static const uint8_t tdx[16] = {0x35, 0x65, 0x7a, 0xe4, 0x4a, 0x98, 0x98, 0x47, 0x86, 0x5e, 0x46,
	0x85, 0xa7, 0xbf, 0x8e, 0xc2};

static void entry(uint8_t *end, const uint8_t guid[16], uint32_t value)
{
	memcpy(end - 16, guid, 16);
	put_le16(end - 18, 22);
	put_le32(end - 22, value);
}

/* One SEV section of 32 KiB, one measured TDX section: the whole image. */
static void make_image(uint8_t *image)
{
	uint8_t *end = image + SIZE - 32 - 18, *meta = image + SIZE - 0x200;

	for (size_t i = 0; i < SIZE; i++)
		image[i] = (uint8_t)(i * 2654435761U >> 13);
	entry(end, sev, 0x200);
	entry(end - 22, tdx, 0x100);
	put_le16(end, 18 + 44);
	memcpy(end + 2, footer, 16);
	memcpy(meta, "ASEV", 4);
	put_le32(meta + 8, 1);
	put_le32(meta + 12, 1);
	put_le32(meta + 16, 0x800000);
	put_le32(meta + 20, 0x8000);
	put_le32(meta + 24, OVMF_SEV_SEC_MEM);
	meta = image + SIZE - 0x100;
	memset(meta, 0, 48);
	memcpy(meta, "TDVF", 4);
	put_le32(meta + 4, 48);
	put_le32(meta + 8, 1);
	put_le32(meta + 12, 1);
	put_le32(meta + 20, SIZE);
	put_le64(meta + 24, (1ULL << 32) - SIZE);
	put_le64(meta + 32, SIZE);
	put_le32(meta + 44, TDVF_MR_EXTEND);
}

static int hash(struct view image, uint8_t out[SHA384_SIZE])
{
	return crypto_sha384(out, image.data, image.len);
}

static int snp(struct view image, uint8_t out[SHA384_SIZE])
{
	const struct ovmf_snp_launch launch = {.vcpu_sig = 0xa00f11, .sev_features = 1};
	struct launch_digest ld = {0};
	struct ovmf_sev parsed;
	int ret = ovmf_sev_parse(&parsed, image, NULL);

	if (ret == 0)
		ret = ovmf_snp_pages(&ld, &parsed, &launch, NULL, NULL, NULL);
	if (ret == 0)
		ret = ovmf_snp_vcpu(&ld, &parsed, &launch, 0, NULL, NULL, NULL);
	memcpy(out, ld.value, SHA384_SIZE);
	return ret;
}

static int mrtd(struct view image, uint8_t out[SHA384_SIZE])
{
	struct tdvf parsed;
	int ret = tdvf_parse(&parsed, image, NULL);

	return ret ? ret : tdvf_measure(out, &parsed, TDVF_ORDER_PAGE, NULL, NULL, NULL);
}

/* Processor time of the fastest round, which others on the machine disturbed least. */
static double fastest(int (*run)(struct view, uint8_t *), struct view image)
{
	double best = 1e9;

	for (int i = 0; i < ROUNDS; i++) {
		struct timespec a, b;
		uint8_t digest[SHA384_SIZE];
		double took;

		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
		if (run(image, digest)) {
			fprintf(stderr, "measure-speed: the image made here was refused\n");
			exit(1);
		}
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
		took = (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9;
		best = took < best ? took : best;
	}
	return best;
}

int main(void)
{
	uint8_t *data = malloc(SIZE);
	struct view image = {data, SIZE};
	double plain, digest, tdx_time;

	if (!data)
		return 1;
	make_image(data);
	plain = fastest(hash, image);
	digest = fastest(snp, image);
	tdx_time = fastest(mrtd, image);
	printf("SHA-384 of 2 MiB               %7.1f MiB/s\n", 2 / plain);
	printf("SNP launch digest, OVMF 2 MiB  %7.1f MiB/s  %.2f times as long\n", 2 / digest,
		digest / plain);
	printf("MRTD, TDVF 2 MiB               %7.1f MiB/s  %.2f times as long\n", 2 / tdx_time,
		tdx_time / plain);
	free(data);
	return digest < 2.5 * plain ? 0 : 1;
}
