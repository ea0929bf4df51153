/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The simulated root of one machine, in a state directory (0700): ark.key, ask.key, vcek.key (PEM,
 * 0600), ark.der, ask.der, vcek.der, crl.der, chip.bin (HWID, 64 bytes). Certificates have AMD's
 * format, algorithms and extensions under names that nobody can take for AMD's.
 */
#ifndef HC_VMM_SIM_SIM_PKI_H
#define HC_VMM_SIM_SIM_PKI_H

#include <stdint.h>

#include "attest/crypto.h"
#include "common/bytes.h"
#include "common/error.h"

#define SIM_PKI_DEFAULT_DIR "/var/lib/huisclos/sim"
#define SIM_PKI_NAME        "HUIS CLOS SIMULATED ROOT - NOT HARDWARE"
#define SIM_PKI_HWID_SIZE   64

/* Security patch levels of the simulated chip, in VCEK and reports. */
struct sim_pki_tcb {
	uint8_t boot_loader, tee, snp, microcode;
};
extern const struct sim_pki_tcb sim_pki_tcb;

/*
 * Make root, intermediate, chip key and an empty revocation list, valid from a day before `now`
 * (seconds since 1970): CAs for 20 years, the rest for 7. Makes `dir` and what is missing above it;
 * takes some seconds (two RSA-4096 keys). HC_EUSAGE where `dir` holds anything: nothing is ever
 * overwritten.
 */
HC_MUST_USE int sim_pki_create(const char *dir, int64_t now, struct error *err);

/* What a machine signs reports with. Owned; fini wipes. */
struct sim_pki_chip {
	struct crypto_ec_key *vcek_key;
	struct bytes vcek, ask, ark; /* DER */
	uint8_t hwid[SIM_PKI_HWID_SIZE];
};
HC_MUST_USE int sim_pki_load(struct sim_pki_chip *out, const char *dir, struct error *err);
void sim_pki_fini(struct sim_pki_chip *chip);

#endif
