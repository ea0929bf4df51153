/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reports of the simulated platform, by the mailbox of firmware/abi/sim_mailbox.h. The VMM on the
 * other side is the host: its lengths are checked before anything is read.
 */
#include "attest/guest/source.h"

#include <stdio.h>
#include <string.h>
#include <sys/io.h>
#include <time.h>

#include "firmware/abi/sim_mailbox.h"

#define REPORT_SIZE 1184
#define PORTS       (HC_SIM_PORT_LENGTH + 4 - HC_SIM_PORT_SIGNATURE)
#define POLLS_MAX   5000 /* of a millisecond each */

static bool present(void *ctx)
{
	(void)ctx;
	return ioperm(HC_SIM_PORT_SIGNATURE, PORTS, 1) == 0 &&
	       inl(HC_SIM_PORT_SIGNATURE) == HC_SIM_SIGNATURE;
}

static int failed(struct error *err, const char *what, uint32_t value)
{
	return error_fail(err, HC_EPLATFORM, "simulated mailbox", "%s 0x%x", what, value);
}

static int wait_ready(struct error *err)
{
	const struct timespec pause = {.tv_nsec = 1000000};
	uint32_t status = HC_SIM_STATUS_BUSY;

	for (int i = 0; i < POLLS_MAX; i++) {
		status = inl(HC_SIM_PORT_COMMAND);
		if (status != HC_SIM_STATUS_BUSY)
			break;
		nanosleep(&pause, NULL);
	}
	return status == HC_SIM_STATUS_READY ? 0 : failed(err, "status", status);
}

static void send_request(const uint8_t *report_data)
{
	uint8_t request[HC_SIM_REQUEST_SIZE] = {0};

	memcpy(request, report_data, SOURCE_REPORT_DATA_SIZE);
	outl(HC_SIM_CMD_BEGIN, HC_SIM_PORT_COMMAND);
	for (size_t i = 0; i < sizeof(request); i += 4)
		outl(get_le32(request + i), HC_SIM_PORT_DATA);
	outl(HC_SIM_CMD_EXT_REPORT, HC_SIM_PORT_COMMAND);
}

static int read_response(uint8_t *buf, size_t cap, size_t *len, struct error *err)
{
	uint32_t size = inl(HC_SIM_PORT_LENGTH);

	if (size < HC_SIM_RESPONSE_HEADER || size > cap)
		return failed(err, "response length", size);
	*len = size;
	for (size_t i = 0; i < size; i += 4)
		put_le32(buf + i, inl(HC_SIM_PORT_DATA));
	return 0;
}

static int split_response(
	struct view response, struct bytes *report, struct bytes *certs, struct error *err)
{
	struct view r, c;

	if (get_le32(response.data))
		return failed(err, "report status", get_le32(response.data));
	if (get_le32(response.data + 4) != REPORT_SIZE ||
		!view_sub(response, HC_SIM_RESPONSE_HEADER, REPORT_SIZE, &r))
		return failed(err, "report size", get_le32(response.data + 4));
	if (!view_sub(response, HC_SIM_RESPONSE_HEADER + REPORT_SIZE,
		    response.len - HC_SIM_RESPONSE_HEADER - REPORT_SIZE, &c))
		return failed(err, "response length", (uint32_t)response.len);
	if (bytes_append(report, r.data, r.len) || bytes_append(certs, c.data, c.len))
		return error_fail(err, HC_ENOMEM, "simulated mailbox", "%zu bytes", response.len);
	return 0;
}

static int report(void *ctx, const uint8_t report_data[SOURCE_REPORT_DATA_SIZE],
	struct bytes *report, struct bytes *certs, struct error *err)
{
	/* Whole words are read: room for the last one. */
	static uint8_t buf[HC_SIM_RESPONSE_HEADER + REPORT_SIZE + HC_SIM_CERTS_MAX + 4];
	size_t len = 0;
	int rc;

	if (!present(ctx))
		return error_fail(err, HC_EMISSING, "simulated mailbox", "not there");
	send_request(report_data);
	rc = wait_ready(err);
	if (!rc)
		rc = read_response(buf, sizeof(buf) - 4, &len, err);
	return rc ? rc : split_response((struct view){buf, len}, report, certs, err);
}

const struct source_ops source_sim = {
	.name = "sim",
	.warning = "report source is SIMULATED - NOT HARDWARE: this guest is not protected",
	.present = present,
	.report = report,
};
