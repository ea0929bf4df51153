/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A certificate table as a file of the host, and tables built from parts: what hc-vmm passes on,
 * the verifier's parser reads.
 */
#include <stdlib.h>

#include "attest/evidence/cert_table.h"
#include "vmm/platform/snp_certs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void build(const uint8_t *data, size_t len)
{
	static uint8_t out[0x1000];
	struct view cert[SNP_CERT_KINDS] = {{0}};
	struct cert_table table;
	size_t size, parts = 0;

	for (size_t i = 0; i < SNP_CERT_KINDS && len; i++) {
		size_t n = (size_t)data[0] * 16;

		data++;
		len--;
		if (n > len)
			n = len;
		cert[i] = (struct view){data, n};
		parts += n != 0;
		data += n;
		len -= n;
	}
	if (snp_certs_build(out, sizeof(out), &size, cert, NULL))
		return;
	if (size > sizeof(out) || cert_table_parse(&table, (struct view){out, size}, NULL) ||
		table.count != parts)
		abort();
	if (snp_certs_check((struct view){out, size}, NULL) &&
		(cert[SNP_CERT_VCEK].len || cert[SNP_CERT_VLEK].len))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct cert_table table;
	struct error err = {0};

	/* The verifier's parser has a limit of its own on entries. */
	if (!snp_certs_check((struct view){data, len}, &err)) {
		int rc = cert_table_parse(&table, (struct view){data, len}, &err);

		if (rc && rc != HC_ERANGE)
			abort();
	}
	build(data, len);
	return 0;
}
