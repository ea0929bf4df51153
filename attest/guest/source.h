/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a guest gets its hardware report: Linux's configfs-tsm on real hardware, the mailbox of
 * --platform sim-snp on a simulated one. Everything a source returns went through the host and is
 * the verifier's to judge; nothing here looks at a signature.
 */
#ifndef HC_GUEST_SOURCE_H
#define HC_GUEST_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/error.h"

#define SOURCE_REPORT_DATA_SIZE 64
#define SOURCE_CERTS_MAX        65536 /* bytes of a certificate table */

struct source_ops {
	const char *name;
	/* What a person has to know before relying on it, for standard error; NULL: nothing. */
	const char *warning;
	/* Is it there? Cheap, and without side effects. */
	bool (*present)(void *ctx);
	/*
	 * Append a report that holds `report_data`, and the certificate table that the host added
	 * (maybe nothing).
	 */
	int (*report)(void *ctx, const uint8_t report_data[SOURCE_REPORT_DATA_SIZE],
		struct bytes *report, struct bytes *certs, struct error *err);
};

struct source {
	const struct source_ops *ops;
	void *ctx;
};

extern const struct source_ops source_tsm, source_sim;

/* "tsm", "sim", or "auto": the first one present. HC_EMISSING if there is none. */
HC_MUST_USE int source_select(struct source *out, const char *name, struct error *err);

#endif
