/* SPDX-License-Identifier: Apache-2.0 */
/* A second opinion on certificates and lists, by mbedTLS's parser. */
#ifndef HC_TESTS_OPINION_H
#define HC_TESTS_OPINION_H

#include "common/bytes.h"

/* Both read it, and the same. */
void opinion_cert_same(const struct bytes *der);

/* What ours reads, mbedTLS reads as well, and the same. `bit` was flipped, or SIZE_MAX. */
void opinion_cert_not_more_lenient(const struct bytes *der, size_t bit);
void opinion_crl_not_more_lenient(const struct bytes *der, size_t bit);

struct opinion_file {
	const char *path; /* below the vectors */
	void (*check)(const struct bytes *der, size_t bit);
};
/* Each file as it is, and with every single bit of it flipped. */
void opinion_every_flip(const struct opinion_file *files, size_t count);

#endif
