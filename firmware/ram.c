/* SPDX-License-Identifier: Apache-2.0 */
/* The image's memory is mapped one to one by pagetable.S. */
#include "firmware/ram.h"

void *ram_at(uint64_t gpa, uint64_t len_bytes)
{
	(void)len_bytes;
	return (void *)gpa;
}
