/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The buffer of TDG.VP.VMCALL<GetQuote> in guest memory (Intel GHCI 1.5, GetQuote): a header of 24
 * bytes and data, the TDREPORT on the way in, the quote on the way out. Checked and copied once on
 * the way in; looked up again on the way out, since the guest may have made it private in between.
 */
#ifndef HC_VMM_QUOTE_QUOTE_BUFFER_H
#define HC_VMM_QUOTE_QUOTE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"
#include "vmm/guest_memory.h"
#include "vmm/quote/quote_message.h"

#define QUOTE_BUFFER_MAX    0x20000 /* bytes, header included */
#define QUOTE_BUFFER_HEADER 24
#define QUOTE_MAX           (QUOTE_BUFFER_MAX - QUOTE_BUFFER_HEADER)

/* The status word. */
#define QUOTE_STATUS_SUCCESS     0ULL
#define QUOTE_STATUS_IN_FLIGHT   0xffffffffffffffffULL
#define QUOTE_STATUS_ERROR       0x8000000000000000ULL
#define QUOTE_STATUS_UNAVAILABLE 0x8000000000000001ULL

struct quote_buffer {
	uint64_t gpa, size;
};

/* How many bytes of quote fit. */
static inline size_t quote_buffer_room(const struct quote_buffer *b)
{
	return (size_t)(b->size - QUOTE_BUFFER_HEADER);
}

bool quote_buffer_overlap(const struct quote_buffer *a, const struct quote_buffer *b);

/*
 * A guest's call: its report, copied, and TDVMCALL_SUCCESS; or what the guest gets in R10
 * (TDVMCALL_ALIGN_ERROR, TDVMCALL_INVALID_OPERAND) with nothing read that matters and nothing
 * written.
 */
uint64_t quote_buffer_take(const struct guest_memory *mem, const struct quote_buffer *b,
	uint8_t report[QUOTE_REPORT_BYTES]);

/* Write the status of a request that was taken and goes on. */
void quote_buffer_in_flight(const struct guest_memory *mem, const struct quote_buffer *b);

/*
 * The end of a request: the quote (empty unless status is SUCCESS; it fits), its length, and then,
 * after both can be seen, the status. Without SUCCESS the length is 0, since Linux's driver hands
 * on out_len bytes whatever the status is. Where not all of the buffer is shared any more, the
 * status is ERROR; false where not even the header is, and nothing can be said.
 */
bool quote_buffer_finish(const struct guest_memory *mem, const struct quote_buffer *b,
	uint64_t status, struct view quote);

#endif
