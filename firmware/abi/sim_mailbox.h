/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a guest of the simulated SNP platform asks for a report: five 32-bit ports. It stands in for
 * the GHCB guest request (SNP firmware ABI, MSG_REPORT_REQ / MSG_REPORT_RSP, whose payloads it
 * carries in clear text). It protects nothing.
 *
 * Guest: read SIGNATURE; write CMD_BEGIN to COMMAND; write the request to DATA, 24 words; write
 * CMD_REPORT or CMD_EXT_REPORT to COMMAND; read STATUS until not BUSY; read LENGTH, then as many
 * bytes from DATA, rounded up to words. Words are little-endian. A word too many or too few, or a
 * command out of order, sets STATUS_BAD_REQUEST and drops the request.
 */
#ifndef HC_ABI_SIM_MAILBOX_H
#define HC_ABI_SIM_MAILBOX_H

#define HC_SIM_PORT_SIGNATURE 0x610 /* R: HC_SIM_SIGNATURE */
#define HC_SIM_PORT_COMMAND   0x614 /* W: command; R: status */
#define HC_SIM_PORT_DATA      0x618 /* W: request; R: response */
#define HC_SIM_PORT_LENGTH    0x61c /* R: bytes of response left */

#define HC_SIM_SIGNATURE 0x31534348 /* "HCS1" */

#define HC_SIM_CMD_BEGIN      1
#define HC_SIM_CMD_REPORT     2 /* response: report response */
#define HC_SIM_CMD_EXT_REPORT 3 /* response: report response, then a certificate table */

#define HC_SIM_STATUS_IDLE        0
#define HC_SIM_STATUS_BUSY        1
#define HC_SIM_STATUS_READY       2
#define HC_SIM_STATUS_BAD_REQUEST 0x80000001u
#define HC_SIM_STATUS_FAILED      0x80000002u

/* Request: report_data[64], u32 vmpl, u32 key_sel, 24 zero bytes. */
#define HC_SIM_REQUEST_SIZE 96
/* Response: u32 status (0), u32 report_size (1184), 24 zero bytes, report. */
#define HC_SIM_RESPONSE_HEADER 32
/* Certificate table as in an extended guest request: at most this much follows the report. */
#define HC_SIM_CERTS_MAX 16384

#endif
