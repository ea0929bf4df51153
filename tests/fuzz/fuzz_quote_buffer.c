/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest's GetQuote calls: which pages are private, two calls of 16 bytes each (address and size),
 * and the rest of the input at two places of memory. There is no service, so each call that
 * makes sense ends at once; what is taken may only be memory that is shared.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/fake_host.h"
#include "vmm/kvm_uapi.h"
#include "vmm/quote/quote_service.h"

#define CALL  16
#define FIXED (1 + 2 * CALL)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void call(struct fake_host *fh, struct quote_service *qs, const uint8_t *in)
{
	const struct quote_buffer b = {get_le64(in), get_le64(in + 8)};
	struct quote_ticket ticket;
	uint64_t ret = quote_service_call(qs, &b, &ticket);
	const uint8_t *at = guest_memory_at(&fh->mem, b.gpa, b.size);

	if (ticket.serial || ret == TDVMCALL_RETRY || ret == TDVMCALL_GPA_INUSE)
		abort();
	if (ret == TDVMCALL_SUCCESS &&
		(!at || get_le64(at + 8) != QUOTE_STATUS_UNAVAILABLE || get_le32(at + 20)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct quote_service_options none = {0};
	static struct quote_service qs;
	static struct fake_host fh;

	if (size < FIXED || size - FIXED > FAKE_HIGH_SIZE)
		return 0;
	if (!fh.low) {
		fake_host_init(&fh);
		if (quote_service_open(&qs, &fh.host, &none, NULL))
			abort();
	}
	fh.private_gpa = (uint64_t)data[0] << 12;
	fh.private_len = 0x3000;
	memcpy(fh.low + 0x1000, data + FIXED, size - FIXED);
	memcpy(fh.high, data + FIXED, size - FIXED);
	call(&fh, &qs, data + 1);
	call(&fh, &qs, data + 1 + CALL);
	return 0;
}
