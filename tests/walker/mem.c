/* SPDX-License-Identifier: Apache-2.0 */
/* One load or store of exactly this size: plain MOVs, which KVM emulates for devices. */
#include "tests/walker/walker.h"

uint64_t load(uint64_t at, unsigned int size)
{
	steps++;
	switch (size) {
	case 1:
		return *(volatile uint8_t *)at;
	case 2:
		return *(volatile uint16_t *)at;
	case 4:
		return *(volatile uint32_t *)at;
	}
	return *(volatile uint64_t *)at;
}

void store(uint64_t at, unsigned int size, uint64_t value)
{
	steps++;
	switch (size) {
	case 1:
		*(volatile uint8_t *)at = (uint8_t)value;
		break;
	case 2:
		*(volatile uint16_t *)at = (uint16_t)value;
		break;
	case 4:
		*(volatile uint32_t *)at = (uint32_t)value;
		break;
	default:
		*(volatile uint64_t *)at = value;
	}
}
