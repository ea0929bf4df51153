/* SPDX-License-Identifier: Apache-2.0 */
/* Big-endian bytes as GMP's limbs. GMP is used by its mpn functions only: they allocate nothing. */
#ifndef HC_ATTEST_CRYPTO_LIMBS_H
#define HC_ATTEST_CRYPTO_LIMBS_H

#include <gmp.h>

#include "common/bytes.h"

_Static_assert(GMP_NUMB_BITS == 64, "limbs are whole 64-bit words");

/* `count` limbs, the least first, from 8 * `count` bytes. */
static inline void limbs_from_be(mp_limb_t *out, size_t count, const uint8_t *in)
{
	for (size_t i = 0; i < count; i++) {
		const uint8_t *p = in + 8 * (count - 1 - i);

		out[i] = (mp_limb_t)get_be32(p) << 32 | get_be32(p + 4);
	}
}

static inline void limbs_to_be(uint8_t *out, const mp_limb_t *in, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint8_t *p = out + 8 * (count - 1 - i);

		put_be32(p, (uint32_t)(in[i] >> 32));
		put_be32(p + 4, (uint32_t)in[i]);
	}
}

#endif
