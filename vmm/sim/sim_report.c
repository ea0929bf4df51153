/* SPDX-License-Identifier: Apache-2.0 */
/* See sim_report.h. Everything not written here is reserved and zero. */
#include "vmm/sim/sim_report.h"

enum report_offset {
	REPORT_VERSION = 0x000,
	REPORT_GUEST_SVN = 0x004,
	REPORT_POLICY = 0x008,
	REPORT_FAMILY_ID = 0x010,
	REPORT_IMAGE_ID = 0x020,
	REPORT_VMPL = 0x030,
	REPORT_SIGNATURE_ALGO = 0x034,
	REPORT_CURRENT_TCB = 0x038,
	REPORT_PLATFORM_INFO = 0x040,
	REPORT_KEY_INFO = 0x048, /* bit 0: AUTHOR_KEY_EN; the rest zero: a VCEK signs */
	REPORT_DATA = 0x050,
	REPORT_MEASUREMENT = 0x090,
	REPORT_HOST_DATA = 0x0c0,
	REPORT_ID_KEY_DIGEST = 0x0e0,
	REPORT_AUTHOR_KEY_DIGEST = 0x110,
	REPORT_ID = 0x140,
	REPORT_ID_MA = 0x160,
	REPORT_REPORTED_TCB = 0x180,
	REPORT_CPUID = 0x188, /* family, model, stepping */
	REPORT_CHIP_ID = 0x1a0,
	REPORT_COMMITTED_TCB = 0x1e0,
	REPORT_CURRENT_VERSION = 0x1e8, /* build, minor, major */
	REPORT_COMMITTED_VERSION = 0x1ec,
	REPORT_LAUNCH_TCB = 0x1f0,
	REPORT_LAUNCH_MITIGATIONS = 0x1f8,
	REPORT_CURRENT_MITIGATIONS = 0x200,
	REPORT_SIGNATURE_R = 0x2a0,
	REPORT_SIGNATURE_S = 0x2e8,
};

#define VERSION       5
#define ECDSA_P384    1
#define PLATFORM_INFO 0x25 /* SMT, ECC, alias check complete: as real Genoa machines report */
#define MITIGATIONS   0x0b /* idem */

static const uint8_t cpuid[3] = {0x19, 0x11, 0x01}; /* Genoa B1 */
static const uint8_t firmware[3] = {49, 55, 1};     /* build, minor, major */

/* TCB_VERSION of Milan and Genoa: boot loader, TEE, four reserved, SNP, microcode. */
static void put_tcb(uint8_t out[8])
{
	memset(out, 0, 8);
	out[0] = sim_pki_tcb.boot_loader;
	out[1] = sim_pki_tcb.tee;
	out[6] = sim_pki_tcb.snp;
	out[7] = sim_pki_tcb.microcode;
}

/* What an ID block brings with it. */
static void put_identity(
	uint8_t *out, const struct snp_id_block *id, const struct snp_id_keys *keys)
{
	put_le32(out + REPORT_GUEST_SVN, id->guest_svn);
	memcpy(out + REPORT_FAMILY_ID, id->family_id, sizeof(id->family_id));
	memcpy(out + REPORT_IMAGE_ID, id->image_id, sizeof(id->image_id));
	put_le32(out + REPORT_KEY_INFO, keys->author ? 1 : 0);
	memcpy(out + REPORT_ID_KEY_DIGEST, keys->id_key_digest, SHA384_SIZE);
	memcpy(out + REPORT_AUTHOR_KEY_DIGEST, keys->author_key_digest, SHA384_SIZE);
}

void sim_report_encode(uint8_t out[SIM_REPORT_SIZE], const struct sim_report *r)
{
	memset(out, 0, SIM_REPORT_SIZE);
	put_le32(out + REPORT_VERSION, VERSION);
	put_le64(out + REPORT_POLICY, r->policy);
	put_identity(out, r->id, r->id_keys);
	put_le32(out + REPORT_VMPL, r->vmpl);
	put_le32(out + REPORT_SIGNATURE_ALGO, ECDSA_P384);
	put_tcb(out + REPORT_CURRENT_TCB);
	put_le64(out + REPORT_PLATFORM_INFO, PLATFORM_INFO);
	memcpy(out + REPORT_DATA, r->report_data, 64);
	memcpy(out + REPORT_MEASUREMENT, r->measurement, 48);
	memcpy(out + REPORT_HOST_DATA, r->host_data, 32);
	memcpy(out + REPORT_ID, r->report_id, 32);
	memset(out + REPORT_ID_MA, 0xff, 32); /* no migration agent */
	put_tcb(out + REPORT_REPORTED_TCB);
	memcpy(out + REPORT_CPUID, cpuid, sizeof(cpuid));
	memcpy(out + REPORT_CHIP_ID, r->chip_id, 64);
	put_tcb(out + REPORT_COMMITTED_TCB);
	memcpy(out + REPORT_CURRENT_VERSION, firmware, sizeof(firmware));
	memcpy(out + REPORT_COMMITTED_VERSION, firmware, sizeof(firmware));
	put_tcb(out + REPORT_LAUNCH_TCB);
	put_le64(out + REPORT_LAUNCH_MITIGATIONS, MITIGATIONS);
	put_le64(out + REPORT_CURRENT_MITIGATIONS, MITIGATIONS);
}

int sim_report_sign(uint8_t report[SIM_REPORT_SIZE], const struct crypto_ec_key *vcek)
{
	uint8_t digest[SHA384_SIZE], r[48], s[48];
	int ret = crypto_sha384(digest, report, SIM_REPORT_SIGNED);

	if (ret == 0)
		ret = crypto_ecdsa_sign(vcek, digest, sizeof(digest), r, s);
	if (ret)
		return ret;
	bytes_reverse(report + REPORT_SIGNATURE_R, r, sizeof(r)); /* little-endian, 72 bytes */
	bytes_reverse(report + REPORT_SIGNATURE_S, s, sizeof(s));
	return 0;
}

#define ENTRY_SIZE 24
#define PAGE       4096

int sim_report_certificates(struct bytes *out, const struct sim_pki_chip *chip)
{
	static const uint8_t guids[3][16] = {
		{0x63, 0xda, 0x75, 0x8d, 0xe6, 0x64, 0x45, 0x64, 0xad, 0xc5, 0xf4, 0xb9, 0x3b, 0xe8,
			0xac, 0xcd}, /* VCEK */
		{0x4a, 0xb7, 0xb3, 0x79, 0xbb, 0xac, 0x4f, 0xe4, 0xa0, 0x2f, 0x05, 0xae, 0xf3, 0x27,
			0xc7, 0x82}, /* ASK */
		{0xc0, 0xb4, 0x06, 0xa4, 0xa8, 0x03, 0x49, 0x52, 0x97, 0x43, 0x3f, 0xb6, 0x01, 0x4c,
			0xd0, 0xae}, /* ARK */
	};
	static const uint8_t padding[PAGE];
	const struct bytes *certs[3] = {&chip->vcek, &chip->ask, &chip->ark};
	uint8_t table[4 * ENTRY_SIZE] = {0}; /* the last entry is the end */
	size_t end = sizeof(table);
	int ret;

	for (size_t i = 0; i < 3; i++) {
		memcpy(table + i * ENTRY_SIZE, guids[i], 16);
		put_le32(table + i * ENTRY_SIZE + 16, (uint32_t)end);
		put_le32(table + i * ENTRY_SIZE + 20, (uint32_t)certs[i]->len);
		end += certs[i]->len;
	}
	ret = bytes_append(out, table, sizeof(table));
	for (size_t i = 0; ret == 0 && i < 3; i++)
		ret = bytes_append(out, certs[i]->data, certs[i]->len);
	return ret ? ret : bytes_append(out, padding, (PAGE - end % PAGE) % PAGE);
}
