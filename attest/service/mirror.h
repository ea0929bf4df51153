/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The local mirror of endorsements: files read once at the start, put together with what a guest
 * sends for each appraisal. Nothing is ever fetched.
 */
#ifndef HC_SERVICE_MIRROR_H
#define HC_SERVICE_MIRROR_H

#include <stddef.h>

#include "attest/endorse/endorsements.h"
#include "common/bytes.h"
#include "common/error.h"

#define MIRROR_FILES_MAX 48

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

#endif
