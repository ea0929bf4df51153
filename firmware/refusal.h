/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a step of the boot says no: it returns an enum hc_refusal, 0 for "go on". Nothing is reported
 * otherwise and nothing is repaired: main.c ends in the platform's die with the number.
 */
#ifndef HC_FIRMWARE_REFUSAL_H
#define HC_FIRMWARE_REFUSAL_H

#include "firmware/abi/codes.h"

#define FW_MUST_USE __attribute__((warn_unused_result))
#define FW_NORETURN __attribute__((noreturn))

#endif
