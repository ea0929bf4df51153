/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The local mirror of endorsements: files read once at the start, put together with what a guest
 * sends for each appraisal. Nothing is ever fetched.
 */
#ifndef HC_SERVICE_MIRROR_H
#define HC_SERVICE_MIRROR_H

#include <stddef.h>
#include <stdint.h>

#include "attest/endorse/endorsements.h"
#include "common/bytes.h"
#include "common/error.h"

#define MIRROR_FILES_MAX  48
#define MIRROR_PIECES_MAX 64 /* with those a guest sends: each appraisal reads them all */

struct mirror {
	size_t count;
	struct bytes file[MIRROR_FILES_MAX];
};

/*
 * Add a file, or every regular file of a folder (not of folders below). A file that is named and
 * holds nothing known is an error; in a folder it is left out and counted in `*skipped`.
 */
HC_MUST_USE int mirror_add(
	struct mirror *mirror, const char *path, size_t *skipped, struct error *err);
void mirror_fini(struct mirror *mirror);

/*
 * A set of the mirror's pieces and then `certs`. What a stranger sent can be left out for lack of
 * room or sense, the mirror's own cannot.
 */
HC_MUST_USE int mirror_with(const struct mirror *mirror, const struct bytes *certs, size_t count,
	struct endorsements **out, struct error *err);

/*
 * What an operator wants to know before guests find out: is there room for what a guest sends
 * (HC_EBUSY), and how long do the lists last? `crl_end` is the latest end of a list that is in date
 * at `now`, or 0 if there is none. Their signatures are not looked at here.
 */
HC_MUST_USE int mirror_check(
	const struct mirror *mirror, int64_t now, int64_t *crl_end, struct error *err);

#endif
