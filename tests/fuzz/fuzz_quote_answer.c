/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as the answer of a quote service: what is taken for a quote lies inside, and fits. */
#include <stdlib.h>

#include "vmm/quote/quote_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct view answer = {data, size};
	/* The room is the guest's choice. */
	const size_t room = size ? 4096u * (1u + data[size - 1] % 32u) - 24u : 0;
	struct view quote;
	struct error err;
	size_t total;

	if (!quote_message_length(answer, room, &total, &err) && total > room + QUOTE_ANSWER_HEADER)
		abort();
	if (quote_message_parse(answer, room, &quote, &err))
		return 0;
	if (!quote.len || quote.len > room || quote.data != data + QUOTE_ANSWER_HEADER ||
		quote.len != size - QUOTE_ANSWER_HEADER)
		abort();
	return 0;
}
