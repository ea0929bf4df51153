/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Evidence kept for later: for every appraisal a folder DIR/TIME-ID with report.bin (as rebuilt),
 * certificate-N.der (as the guest sent them), runtime-data.json (its SHA-384 is in REPORT_DATA)
 * and verdict.json. `hc-check verify DIR/TIME-ID/report.bin --endorsements DIR/TIME-ID` repeats
 * the judgement offline. No secret is ever written here: no session id, no token, no resource.
 */
#ifndef HC_SERVICE_ARCHIVE_H
#define HC_SERVICE_ARCHIVE_H

#include <stddef.h>
#include <stdint.h>

#include "attest/kbs/snp_json.h"
#include "attest/result/verdict.h"
#include "common/bytes.h"
#include "common/error.h"

#define ARCHIVE_NAME_SIZE 64

struct archive {
	char *path;         /* NULL: nothing is kept */
	size_t refused_max; /* refused evidence kept since the start, at most: strangers send it */
	size_t refused;
};

/*
 * `id`: some hex digits. Writes `name` of the folder, empty where nothing was kept because of the
 * limit. An error means that the appraisal is not on record.
 */
HC_MUST_USE int archive_save(struct archive *archive, const char *id,
	const struct snp_evidence *evidence, struct view runtime_data,
	const struct verdict *verdict, char name[ARCHIVE_NAME_SIZE], struct error *err);

#endif
