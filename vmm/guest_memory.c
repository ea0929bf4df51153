/* SPDX-License-Identifier: Apache-2.0 */
/* The gate from guest addresses to host memory. Nothing else adds the two. */
#include "vmm/guest_memory.h"

#include <string.h>

void *guest_memory_at(const struct guest_memory *mem, uint64_t gpa, uint64_t len)
{
	if (!len)
		return NULL;
	for (size_t i = 0; i < mem->count; i++) {
		const struct guest_ram *ram = &mem->ram[i];

		if (gpa < ram->gpa || gpa - ram->gpa >= ram->size)
			continue;
		if (len > ram->size - (gpa - ram->gpa))
			return NULL;
		if (mem->is_shared && !mem->is_shared(mem->is_shared_ctx, gpa, len))
			return NULL;
		return ram->host + (gpa - ram->gpa);
	}
	return NULL;
}

int guest_memory_read(const struct guest_memory *mem, uint64_t gpa, void *out, size_t len)
{
	const void *from = guest_memory_at(mem, gpa, len);

	if (!from)
		return HC_ERANGE;
	memcpy(out, from, len);
	return 0;
}

int guest_memory_write(const struct guest_memory *mem, uint64_t gpa, const void *data, size_t len)
{
	void *to = guest_memory_at(mem, gpa, len);

	if (!to)
		return HC_ERANGE;
	memcpy(to, data, len);
	return 0;
}
