/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest at the mailbox of the simulated processor: each input is a list of port accesses, four
 * bytes each: port, direction and width, value. Long runs of data words are one access.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#if HC_SIM
#include "vmm/sim/sim_mailbox.h"
#include "vmm/sim/sim_pki.h"

static struct sim_psp *psp;

static void remove_state(const char *base)
{
	char command[96];

	snprintf(command, sizeof(command), "rm -rf '%s'", base);
	if (system(command))
		abort();
}

static void make_psp(void)
{
	static const uint8_t page[4096];
	char base[] = "/tmp/hc-fuzz-XXXXXX", dir[64];

	if (!mkdtemp(base))
		abort();
	snprintf(dir, sizeof(dir), "%s/state", base);
	if (sim_pki_create(dir, 1795305600, NULL) || sim_psp_new(&psp, dir, NULL) ||
		sim_psp_launch_start(psp, SIM_PSP_POLICY_DEFAULT, NULL) ||
		sim_psp_launch_update(psp, HC_PAGE_NORMAL, 0x1000, page, NULL) ||
		sim_psp_launch_finish(psp, NULL, NULL))
		abort();
	remove_state(base);
}

/* What holds whatever the guest does. */
static void check(const struct sim_mailbox *mb)
{
	if (mb->request_len > sizeof(mb->request) || mb->response_len > sizeof(mb->response) ||
		mb->response_pos > mb->response_len)
		abort();
	if (mb->response_len && mb->status != HC_SIM_STATUS_READY)
		abort();
}

static void step(struct sim_mailbox *mb, const uint8_t *in)
{
	uint16_t port = (uint16_t)(SIM_MAILBOX_PORT_FIRST + in[0] % SIM_MAILBOX_PORT_COUNT);
	unsigned int width = in[1] & 0x40 ? in[1] & 7U : 4, times = in[2] % 32 + 1U;

	for (unsigned int i = 0; i < times; i++) {
		if (in[1] & 0x80)
			sim_mailbox_in(mb, port, width);
		else
			sim_mailbox_out(mb, port, width, in[3]);
		check(mb);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct sim_mailbox mb;

	if (!psp)
		make_psp();
	sim_mailbox_init(&mb, psp);
	for (size_t i = 0; size - i >= 4; i += 4)
		step(&mb, data + i);
	return 0;
}
#else
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	(void)data;
	(void)size;
	return 0;
}
#endif
