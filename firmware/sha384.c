/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-384 (FIPS 180-4). The message schedule is kept in 16 words and the rounds are unrolled by 16:
 * the kernel goes through here on every boot. No secrets are hashed, so time may depend on
 * anything.
 */
#include "firmware/sha384.h"

#include <string.h>

#define BLOCK 128 /* bytes */
#define WORDS 8

/* FIPS 180-4, 4.2.3 */
static const uint64_t k[80] = {
	0x428a2f98d728ae22,
	0x7137449123ef65cd,
	0xb5c0fbcfec4d3b2f,
	0xe9b5dba58189dbbc,
	0x3956c25bf348b538,
	0x59f111f1b605d019,
	0x923f82a4af194f9b,
	0xab1c5ed5da6d8118,
	0xd807aa98a3030242,
	0x12835b0145706fbe,
	0x243185be4ee4b28c,
	0x550c7dc3d5ffb4e2,
	0x72be5d74f27b896f,
	0x80deb1fe3b1696b1,
	0x9bdc06a725c71235,
	0xc19bf174cf692694,
	0xe49b69c19ef14ad2,
	0xefbe4786384f25e3,
	0x0fc19dc68b8cd5b5,
	0x240ca1cc77ac9c65,
	0x2de92c6f592b0275,
	0x4a7484aa6ea6e483,
	0x5cb0a9dcbd41fbd4,
	0x76f988da831153b5,
	0x983e5152ee66dfab,
	0xa831c66d2db43210,
	0xb00327c898fb213f,
	0xbf597fc7beef0ee4,
	0xc6e00bf33da88fc2,
	0xd5a79147930aa725,
	0x06ca6351e003826f,
	0x142929670a0e6e70,
	0x27b70a8546d22ffc,
	0x2e1b21385c26c926,
	0x4d2c6dfc5ac42aed,
	0x53380d139d95b3df,
	0x650a73548baf63de,
	0x766a0abb3c77b2a8,
	0x81c2c92e47edaee6,
	0x92722c851482353b,
	0xa2bfe8a14cf10364,
	0xa81a664bbc423001,
	0xc24b8b70d0f89791,
	0xc76c51a30654be30,
	0xd192e819d6ef5218,
	0xd69906245565a910,
	0xf40e35855771202a,
	0x106aa07032bbd1b8,
	0x19a4c116b8d2d0c8,
	0x1e376c085141ab53,
	0x2748774cdf8eeb99,
	0x34b0bcb5e19b48a8,
	0x391c0cb3c5c95a63,
	0x4ed8aa4ae3418acb,
	0x5b9cca4f7763e373,
	0x682e6ff3d6b2b8a3,
	0x748f82ee5defb2fc,
	0x78a5636f43172f60,
	0x84c87814a1f0ab72,
	0x8cc702081a6439ec,
	0x90befffa23631e28,
	0xa4506cebde82bde9,
	0xbef9a3f7b2c67915,
	0xc67178f2e372532b,
	0xca273eceea26619c,
	0xd186b8c721c0c207,
	0xeada7dd6cde0eb1e,
	0xf57d4f7fee6ed178,
	0x06f067aa72176fba,
	0x0a637dc5a2c898a6,
	0x113f9804bef90dae,
	0x1b710b35131c471b,
	0x28db77f523047d84,
	0x32caab7b40c72493,
	0x3c9ebe0a15c9bebc,
	0x431d67c49c100d4c,
	0x4cc5d4becb3e42b6,
	0x597f299cfc657e2a,
	0x5fcb6fab3ad6faec,
	0x6c44198c4a475817,
};

/* FIPS 180-4, 5.3.4 */
static const uint64_t initial[WORDS] = {
	0xcbbb9d5dc1059ed8,
	0x629a292a367cd507,
	0x9159015a3070dd17,
	0x152fecd8f70e5939,
	0x67332667ffc00b31,
	0x8eb44a8768581511,
	0xdb0c2e0d64f98fa7,
	0x47b5481dbefa4fa4,
};

static inline uint64_t load_be64(const uint8_t *p)
{
	uint64_t v;

	__builtin_memcpy(&v, p, sizeof(v)); /* one load; freestanding, memcpy would be a call */
	return __builtin_bswap64(v);
}

static inline void store_be64(uint8_t *p, uint64_t v)
{
	v = __builtin_bswap64(v);
	__builtin_memcpy(p, &v, sizeof(v));
}

static inline uint64_t ror(uint64_t x, unsigned int n)
{
	return x >> n | x << (64 - n);
}

/* FIPS 180-4, 4.1.3; sums of three rotations are nested, which takes one temporary and one copy. */
#define BIG0(x)      ror(ror(ror(x, 5) ^ (x), 6) ^ (x), 28)
#define BIG1(x)      ror(ror(ror(x, 23) ^ (x), 4) ^ (x), 14)
#define SMALL0(x)    (ror(ror(x, 7) ^ (x), 1) ^ (x) >> 7)
#define SMALL1(x)    (ror(ror(x, 42) ^ (x), 19) ^ (x) >> 6)
#define CH(x, y, z)  ((z) ^ ((x) & ((y) ^ (z))))
#define MAJ(x, y, z) (((x) & (y)) | ((z) & ((x) | (y))))

/* One round; instead of moving eight variables its caller rotates their names. */
#define ROUND(a, b, c, d, e, f, g, h, i)                                                           \
	do {                                                                                       \
		(h) += BIG1(e) + CH(e, f, g) + k[t + (i)] + w[i];                                  \
		(d) += (h);                                                                        \
		(h) += BIG0(a) + MAJ(a, b, c);                                                     \
	} while (0)

#define EIGHT_ROUNDS(i)                                                                            \
	do {                                                                                       \
		ROUND(a, b, c, d, e, f, g, h, (i) + 0);                                            \
		ROUND(h, a, b, c, d, e, f, g, (i) + 1);                                            \
		ROUND(g, h, a, b, c, d, e, f, (i) + 2);                                            \
		ROUND(f, g, h, a, b, c, d, e, (i) + 3);                                            \
		ROUND(e, f, g, h, a, b, c, d, (i) + 4);                                            \
		ROUND(d, e, f, g, h, a, b, c, (i) + 5);                                            \
		ROUND(c, d, e, f, g, h, a, b, (i) + 6);                                            \
		ROUND(b, c, d, e, f, g, h, a, (i) + 7);                                            \
	} while (0)

/* The next 16 words of the schedule in place of the last 16 (6.4.2, step 1). */
static inline void schedule(uint64_t w[16])
{
#pragma GCC unroll 16
	for (unsigned int i = 0; i < 16; i++)
		w[i] += SMALL1(w[(i + 14) & 15]) + w[(i + 9) & 15] + SMALL0(w[(i + 1) & 15]);
}

static void compress(uint64_t state[WORDS], const uint8_t *block)
{
	uint64_t a = state[0], b = state[1], c = state[2], d = state[3];
	uint64_t e = state[4], f = state[5], g = state[6], h = state[7];
	uint64_t w[16];

#pragma GCC unroll 16
	for (unsigned int i = 0; i < 16; i++)
		w[i] = load_be64(block + 8 * (size_t)i);
	for (unsigned int t = 0;; t += 16) {
		EIGHT_ROUNDS(0);
		EIGHT_ROUNDS(8);
		if (t == 64)
			break;
		schedule(w);
	}
	state[0] += a;
	state[1] += b;
	state[2] += c;
	state[3] += d;
	state[4] += e;
	state[5] += f;
	state[6] += g;
	state[7] += h;
}

/* The last bytes, the 1 bit, zeroes, and the length in bits as a 128-bit number (5.1.2). */
static void finish(uint64_t state[WORDS], const uint8_t *rest, size_t rest_len, size_t len_bytes)
{
	uint8_t tail[2 * BLOCK] = {0};
	const size_t tail_len = rest_len < BLOCK - 16 ? BLOCK : 2 * BLOCK;

	memcpy(tail, rest, rest_len);
	tail[rest_len] = 0x80;
	store_be64(tail + tail_len - 16, (uint64_t)len_bytes >> 61);
	store_be64(tail + tail_len - 8, (uint64_t)len_bytes << 3);
	compress(state, tail);
	if (tail_len > BLOCK)
		compress(state, tail + BLOCK);
}

void sha384_of(uint8_t out[FW_SHA384_SIZE], const void *data, size_t len_bytes)
{
	const uint8_t *p = data;
	uint64_t state[WORDS];
	size_t left = len_bytes;

	memcpy(state, initial, sizeof(state));
	for (; left >= BLOCK; left -= BLOCK, p += BLOCK)
		compress(state, p);
	finish(state, p, left, len_bytes);
	for (size_t i = 0; i < FW_SHA384_SIZE / 8; i++)
		store_be64(out + 8 * i, state[i]);
}
