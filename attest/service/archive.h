/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Evidence kept for later: for every appraisal a folder DIR/TIME-ID with
 *
 *   report.bin         as rebuilt
 *   endorsements/      what the guest sent (sent-N.der), and the mirror of that day (mirror-*, hard
 *                      links to the one copy in DIR/mirror)
 *   runtime-data.json  its SHA-384 is in REPORT_DATA
 *   verdict.json
 *
 * `hc-check verify report.bin --endorsements endorsements --at TIME` repeats the judgement offline,
 * years later too. No secret is ever written here: no session id, no token, no resource.
 */
#ifndef HC_SERVICE_ARCHIVE_H
#define HC_SERVICE_ARCHIVE_H

#include <stddef.h>
#include <stdint.h>

#include "attest/kbs/snp_json.h"
#include "attest/result/verdict.h"
#include "attest/service/mirror.h"
#include "common/bytes.h"
#include "common/error.h"

#define ARCHIVE_NAME_SIZE 64

struct archive {
	const char *path;           /* NULL: nothing is kept; borrowed */
	const struct mirror *files; /* borrowed */
	size_t mirror_count;
	char mirror[MIRROR_FILES_MAX][2 * 32 + 1]; /* names in DIR/mirror: SHA-256 of the content */
	size_t refused_max; /* refused evidence kept since the start, at most: strangers send it */
	size_t refused;
};

/* Make `path` (NULL: keep nothing) and put a copy of the mirror there. */
HC_MUST_USE int archive_open(struct archive *archive, const char *path, size_t refused_max,
	const struct mirror *mirror, struct error *err);

/*
 * `id`: some hex digits. Writes `name` of the folder, empty where nothing was kept because of the
 * limit. An error means that the appraisal is not on record.
 */
HC_MUST_USE int archive_save(struct archive *archive, const char *id,
	const struct snp_evidence *evidence, struct view runtime_data,
	const struct verdict *verdict, char name[ARCHIVE_NAME_SIZE], struct error *err);

#endif
