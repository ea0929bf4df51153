/* SPDX-License-Identifier: Apache-2.0 */
/* See sim_mailbox.h. Every path that is not in the protocol ends in refuse(). */
#include "vmm/sim/sim_mailbox.h"

#define WORD 4u

/* Forget request and response; the guest starts again with CMD_BEGIN. */
static void reset(struct sim_mailbox *mb, uint32_t status)
{
	bytes_wipe(mb->request, sizeof(mb->request));
	mb->collecting = false;
	mb->request_len = 0;
	mb->response_len = 0;
	mb->response_pos = 0;
	mb->status = status;
}

static void refuse(struct sim_mailbox *mb)
{
	reset(mb, HC_SIM_STATUS_BAD_REQUEST);
}

void sim_mailbox_init(struct sim_mailbox *mb, struct sim_psp *psp)
{
	memset(mb, 0, sizeof(*mb));
	mb->psp = psp;
	reset(mb, HC_SIM_STATUS_IDLE);
}

/* The whole answer is laid down before the guest reads its first word. */
static void answer(struct sim_mailbox *mb, bool with_certificates)
{
	struct view certs = sim_psp_certificates(mb->psp);
	uint32_t len = HC_SIM_RESPONSE_HEADER;

	if (!mb->collecting || mb->request_len != HC_SIM_REQUEST_SIZE) {
		refuse(mb);
		return;
	}
	if (sim_psp_report(mb->psp, mb->request, mb->response) != 0 ||
		certs.len > sizeof(mb->response) - SIM_PSP_RESPONSE_SIZE) {
		reset(mb, HC_SIM_STATUS_FAILED);
		return;
	}
	if (get_le32(mb->response) == 0)
		len = SIM_PSP_RESPONSE_SIZE;
	if (with_certificates && len == SIM_PSP_RESPONSE_SIZE) {
		memcpy(mb->response + len, certs.data, certs.len);
		len += (uint32_t)certs.len;
	}
	reset(mb, HC_SIM_STATUS_READY);
	mb->response_len = len;
}

static void command(struct sim_mailbox *mb, uint32_t value)
{
	switch (value) {
	case HC_SIM_CMD_BEGIN:
		reset(mb, HC_SIM_STATUS_IDLE);
		mb->collecting = true;
		break;
	case HC_SIM_CMD_REPORT:
		answer(mb, false);
		break;
	case HC_SIM_CMD_EXT_REPORT:
		answer(mb, true);
		break;
	default:
		refuse(mb);
	}
}

static void collect(struct sim_mailbox *mb, uint32_t value)
{
	if (!mb->collecting || mb->request_len > sizeof(mb->request) - WORD) {
		refuse(mb);
		return;
	}
	put_le32(mb->request + mb->request_len, value);
	mb->request_len += WORD;
}

void sim_mailbox_out(struct sim_mailbox *mb, uint16_t port, unsigned int width, uint32_t value)
{
	if (width != WORD)
		refuse(mb);
	else if (port == HC_SIM_PORT_COMMAND)
		command(mb, value);
	else if (port == HC_SIM_PORT_DATA)
		collect(mb, value);
	else
		refuse(mb);
}

/* Lengths of answers are multiples of a word. */
_Static_assert(HC_SIM_RESPONSE_HEADER % WORD == 0 && SIM_PSP_RESPONSE_SIZE % WORD == 0, "words");

static uint32_t next_word(struct sim_mailbox *mb)
{
	uint32_t word;

	if (mb->status != HC_SIM_STATUS_READY || mb->response_len - mb->response_pos < WORD) {
		refuse(mb);
		return UINT32_MAX;
	}
	word = get_le32(mb->response + mb->response_pos);
	mb->response_pos += WORD;
	return word;
}

uint32_t sim_mailbox_in(struct sim_mailbox *mb, uint16_t port, unsigned int width)
{
	if (width == WORD) {
		switch (port) {
		case HC_SIM_PORT_SIGNATURE:
			return HC_SIM_SIGNATURE;
		case HC_SIM_PORT_COMMAND:
			return mb->status;
		case HC_SIM_PORT_DATA:
			return next_word(mb);
		case HC_SIM_PORT_LENGTH:
			return mb->response_len - mb->response_pos;
		}
	}
	refuse(mb);
	return UINT32_MAX;
}
