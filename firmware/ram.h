/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a guest-physical address to a pointer. In the image memory is mapped one to one (ram.c);
 * tests link their own, which knows what is RAM and stops at anything else.
 */
#ifndef HC_FIRMWARE_RAM_H
#define HC_FIRMWARE_RAM_H

#include <stdint.h>

/* `len_bytes` bytes of private RAM at `gpa`; the caller has checked that they are RAM. */
void *ram_at(uint64_t gpa, uint64_t len_bytes);

#endif
