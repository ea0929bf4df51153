/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A look over a flattened device tree before libfdt sees it. libfdt 1.6.1, the one of Debian 12,
 * trusts two things that a host can choose: a version before 16 makes it read by a null pointer,
 * and a property length near 2^32 sends it round in a circle. Both were found by
 * tests/fuzz/fuzz_fw_hostfdt.c. And its walk passes over properties that follow a subnode, so that
 * nobody would see them.
 */
#ifndef HC_FIRMWARE_FDTBOUNDS_H
#define HC_FIRMWARE_FDTBOUNDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Version 17, blocks inside the `len_bytes` bytes, and a structure block of known tokens, each of
 * which ends inside it: one root node, in every node properties before subnodes, the end token last
 * in the block. Says nothing about names or values: fdt_check_full does.
 */
bool fdtbounds_valid(const uint8_t *fdt, size_t len_bytes);

#endif
