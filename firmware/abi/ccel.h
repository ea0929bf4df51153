/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the firmware of TDX guests extends before Linux starts, and what its event log says of it
 * (TCG PC Client Platform Firmware Profile 10.2, UEFI CC_EVENT): one event, with the manifest page
 * as data and its SHA-384 as digest, so that a reader can check one against the other.
 */
#ifndef HC_ABI_CCEL_H
#define HC_ABI_CCEL_H

#define HC_CCEL_RTMR     1 /* extended with SHA-384 of the manifest page */
#define HC_CCEL_MR_INDEX 2 /* how logs name RTMR1 */
#define HC_CCEL_EVENT_TYPE                                                                         \
	0xa /* EV_PLATFORM_CONFIG_FLAGS: the digest is that of the event's data */

/* struct TCG_EfiSpecIDEvent with one algorithm, in an event of the old layout. */
#define HC_CCEL_FIRST_SIZE (32 + 33)
/* Index, type, count, algorithm, digest, size, the manifest page. */
#define HC_CCEL_EVENT_SIZE (12 + 2 + 48 + 4 + 4096)
#define HC_CCEL_LOG_SIZE   (HC_CCEL_FIRST_SIZE + HC_CCEL_EVENT_SIZE)

#endif
