/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as endorsements and as roots: DER, PEM and tables, one after the other in one set. */
#include <stdlib.h>

#include "attest/endorse/roots.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct endorsements *set;
	struct roots roots;
	struct error err;
	size_t added;

	if (endorsements_new(&set) || roots_init(&roots))
		return 0;
	if (!endorsements_add(set, (struct view){data, size}, &added, &err) && !added)
		abort();
	if (size > 1 && !endorsements_add(set, (struct view){data + 1, size - 1}, &added, &err) &&
		!added)
		abort();
	if (endorsements_cert_count(set) + endorsements_crl_count(set) > ENDORSEMENTS_MAX)
		abort();
	if (!roots_add(&roots, (struct view){data, size}, &err) && !roots.count)
		abort();
	endorsements_free(set);
	roots_fini(&roots);
	return 0;
}
