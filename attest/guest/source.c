/* SPDX-License-Identifier: Apache-2.0 */
/* The list of report sources, in the order "auto" tries them. */
#include "attest/guest/source.h"

#include <string.h>

static const struct source_ops *const sources[] = {&source_tsm, &source_sim};

int source_select(struct source *out, const char *name, struct error *err)
{
	bool any = !strcmp(name, "auto"), known = any;

	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		if (!any && strcmp(name, sources[i]->name))
			continue;
		known = true;
		if (!sources[i]->present(NULL))
			continue;
		*out = (struct source){sources[i], NULL};
		return 0;
	}
	if (!known) {
		error_fail(err, HC_EUSAGE, "--evidence", "\"%s\"", name);
		error_expected(err, "auto, tsm or sim");
		return HC_EUSAGE;
	}
	error_fail(err, HC_EMISSING, "report source", "none (%s)", name);
	error_remedy(err, "on SEV-SNP mount configfs on /sys/kernel/config and load sev-guest; "
			  "the simulated mailbox needs root");
	return HC_EMISSING;
}
