/* SPDX-License-Identifier: Apache-2.0 */
/* The address of a quote service. */
#include "vmm/quote/quote_address.h"

#include <string.h>

#define UNIX  "unix:"
#define VSOCK "vsock:"
/* VMADDR_CID_ANY and VMADDR_PORT_ANY name nobody to connect to (vsock(7)). */
#define NUMBER_MAX (UINT32_MAX - 1)

static int wrong(const char *where, const char *text, struct error *err)
{
	error_fail(err, HC_EFORMAT, where, "\"%.100s\"", text);
	error_expected(err, "unix:/PATH or vsock:CID:PORT");
	error_remedy(err, "name the socket of the quote service, e.g. "
			  "unix:/var/run/tdx-qgs/qgs.socket");
	return HC_EFORMAT;
}

/* Digits up to `end` (a character, or the end of the text); where they stop, or NULL. */
static const char *number(const char *text, char end, uint32_t *out)
{
	uint64_t n = 0;

	if (*text == end)
		return NULL;
	for (; *text != end; text++) {
		if (*text < '0' || *text > '9')
			return NULL;
		n = n * 10 + (uint64_t)(*text - '0');
		if (n > NUMBER_MAX)
			return NULL;
	}
	*out = (uint32_t)n;
	return text;
}

int quote_address_parse(
	struct quote_address *out, const char *text, const char *where, struct error *err)
{
	const char *at = text;

	memset(out, 0, sizeof(*out));
	if (!strncmp(text, UNIX, strlen(UNIX))) {
		at += strlen(UNIX);
		if (*at != '/')
			return wrong(where, text, err);
		if (strlen(at) > QUOTE_PATH_MAX) {
			error_fail(err, HC_ERANGE, where, "a path of %zu bytes", strlen(at));
			error_expected(err, "%u at most", QUOTE_PATH_MAX);
			return HC_ERANGE;
		}
		memcpy(out->path, at, strlen(at));
		return 0;
	}
	if (strncmp(text, VSOCK, strlen(VSOCK)))
		return wrong(where, text, err);
	out->vsock = true;
	at = number(at + strlen(VSOCK), ':', &out->cid);
	if (!at || !number(at + 1, '\0', &out->port))
		return wrong(where, text, err);
	return 0;
}
