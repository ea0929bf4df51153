/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-384 (FIPS 180-4) of one buffer, with general registers only. */
#ifndef HC_FIRMWARE_SHA384_H
#define HC_FIRMWARE_SHA384_H

#include <stddef.h>
#include <stdint.h>

#define FW_SHA384_SIZE 48

void sha384_of(uint8_t out[FW_SHA384_SIZE], const void *data, size_t len_bytes);

#endif
