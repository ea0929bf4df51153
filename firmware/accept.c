/* SPDX-License-Identifier: Apache-2.0 */
/* Which memory has to be accepted, and accepting it: see accept.h. */
#include "firmware/accept.h"

int accept_list_make(struct accept_list *out, const struct hostinfo *info)
{
	static const struct range launch = {HC_TEXT_GPA, HC_LAUNCH_END};
	static const struct range fixed = {0, HC_FIRMWARE_END};

	out->count = 0;
	if (info->ram_count == 0 || !range_inside(fixed, info->ram[0]))
		return HC_REFUSE_FDT_RAM;
	for (size_t i = 0; i < info->ram_count; i++)
		out->count += range_subtract(&out->range[out->count], info->ram[i], launch);
	return 0;
}

int accept_list_run(const struct accept_list *list, const struct platform *on)
{
	int refusal;

	for (size_t i = 0; i < list->count; i++) {
		refusal = on->accept(list->range[i].start, range_len(list->range[i]));
		if (refusal)
			return refusal;
	}
	return 0;
}
