/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's buffer of a GetQuote call; the guest writes to it whenever it likes. */
#include "vmm/quote/quote_buffer.h"

#include "vmm/kvm_uapi.h"

#define VERSION   1
#define AT_STATUS 8
#define AT_IN_LEN 16
#define AT_OUT    20
#define AT_DATA   QUOTE_BUFFER_HEADER

bool quote_buffer_overlap(const struct quote_buffer *a, const struct quote_buffer *b)
{
	/* Both lie in RAM, far below the end of the address space. */
	return a->gpa < b->gpa + b->size && b->gpa < a->gpa + a->size;
}

uint64_t quote_buffer_take(const struct guest_memory *mem, const struct quote_buffer *b,
	uint8_t report[QUOTE_REPORT_BYTES])
{
	uint8_t head[QUOTE_BUFFER_HEADER];
	const uint8_t *at;

	if (!b->size)
		return TDVMCALL_INVALID_OPERAND;
	if (b->gpa % HC_PAGE_SIZE || b->size % HC_PAGE_SIZE)
		return TDVMCALL_ALIGN_ERROR;
	if (b->size > QUOTE_BUFFER_MAX)
		return TDVMCALL_INVALID_OPERAND;
	/* Not RAM, or private: the guest that names such a buffer has no other to be told in. */
	at = guest_memory_at(mem, b->gpa, b->size);
	if (!at)
		return TDVMCALL_INVALID_OPERAND;
	memcpy(head, at, sizeof(head));
	/* No other length is a TDREPORT; the page that is the least a buffer has holds one. */
	if (get_le64(head) != VERSION || get_le32(head + AT_IN_LEN) != QUOTE_REPORT_BYTES)
		return TDVMCALL_INVALID_OPERAND;
	memcpy(report, at + AT_DATA, QUOTE_REPORT_BYTES);
	return TDVMCALL_SUCCESS;
}

/* One access of eight bytes, which the guest polls; what was written before is seen before it. */
static void store_status(uint8_t *at, uint64_t status)
{
	uint64_t *word = (void *)(at + AT_STATUS); /* the buffer is page aligned */

	__atomic_store_n(word, status, __ATOMIC_RELEASE);
}

void quote_buffer_in_flight(const struct guest_memory *mem, const struct quote_buffer *b)
{
	uint8_t *at = guest_memory_at(mem, b->gpa, QUOTE_BUFFER_HEADER);

	if (at)
		store_status(at, QUOTE_STATUS_IN_FLIGHT);
}

bool quote_buffer_finish(const struct guest_memory *mem, const struct quote_buffer *b,
	uint64_t status, struct view quote)
{
	uint8_t *at = guest_memory_at(mem, b->gpa, b->size);

	if (!at) {
		at = guest_memory_at(mem, b->gpa, QUOTE_BUFFER_HEADER);
		status = QUOTE_STATUS_ERROR;
	}
	if (!at)
		return false;
	if (status != QUOTE_STATUS_SUCCESS)
		quote.len = 0;
	if (quote.len)
		memcpy(at + AT_DATA, quote.data, quote.len);
	put_le32(at + AT_OUT, (uint32_t)quote.len);
	store_status(at, status);
	return true;
}
