/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as the PCK extension: read whole or refused, and platform data where it belongs. */
#include <stdlib.h>

#include "attest/endorse/pck.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct view in = {data, size};
	struct pck pck;
	struct error err;

	if (!pck_extension_parse(&pck, in, PCK_CA_PLATFORM, &err) && !pck.has_piid)
		abort();
	if (!pck_extension_parse(&pck, in, PCK_CA_PROCESSOR, &err) && pck.has_piid)
		abort();
	return 0;
}
