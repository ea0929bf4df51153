/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a revocation list. What we take for one, mbedTLS has to take for one as well, and
 * what it finds listed has to be listed for us: a serial that one of two parsers overlooks is
 * revoked for one of them only.
 */
#include <mbedtls/x509_crl.h>
#include <stdlib.h>

#include "attest/endorse/x509.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The number without the zeros before it. */
static struct view magnitude(const mbedtls_x509_buf *serial)
{
	struct view v = {serial->p, serial->len};

	while (v.len > 1 && !v.data[0]) {
		v.data++;
		v.len--;
	}
	return v;
}

static void compare(const struct x509_crl *crl, const uint8_t *data, size_t size)
{
	const mbedtls_x509_crl_entry *entry;
	mbedtls_x509_crl other;

	mbedtls_x509_crl_init(&other);
	if (!mbedtls_x509_crl_parse_der(&other, data, size)) {
		for (entry = &other.entry; entry && entry->serial.p; entry = entry->next)
			if (!x509_crl_lists(crl, magnitude(&entry->serial)))
				abort();
		if (other.tbs.len != crl->tbs.len)
			abort();
	}
	mbedtls_x509_crl_free(&other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct x509_crl crl;
	struct error err;

	if (x509_crl_parse(&crl, (struct view){data, size}, &err))
		return 0;
	if (crl.has_next_update ? false : crl.next_update != 0)
		abort();
	compare(&crl, data, size);
	x509_crl_lists(&crl, (struct view){data, size < 20 ? size : 20});
	return 0;
}
