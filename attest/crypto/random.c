/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random bytes from the operating system, and nothing else: no generator of our own, no seed that
 * could be copied with a process. Never returns fewer bytes than asked for.
 */
#include <errno.h>
#include <sys/random.h>

#include "attest/crypto/mbed.h"

int crypto_random(void *out, size_t len)
{
	uint8_t *p = out;

	while (len > 0) {
		ssize_t n = getrandom(p, len, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return HC_EIO;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int mbed_rng(void *ctx, unsigned char *out, size_t len)
{
	(void)ctx;
	return crypto_random(out, len) ? MBEDTLS_ERR_ECP_RANDOM_FAILED : 0;
}
