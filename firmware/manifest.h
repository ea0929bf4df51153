/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The manifest is measured, so its bytes are what the tenant agreed to; the checks here make sure
 * that this firmware understands every one of them.
 */
#ifndef HC_FIRMWARE_MANIFEST_H
#define HC_FIRMWARE_MANIFEST_H

#include <stdint.h>

#include "firmware/abi/manifest.h"
#include "firmware/refusal.h"

/*
 * 0, or HC_REFUSE_MANIFEST_MAGIC, _WRONG_PLATFORM (not `platform_id`), _MANIFEST_RESERVED or
 * _MANIFEST_RANGE. After 0 every number in the page lies in the bounds of layout.h, the command
 * line is NUL-terminated with no other NUL before it, devices ascend, and all other bytes are zero.
 */
FW_MUST_USE int manifest_check(const struct hc_manifest *manifest, uint32_t platform_id);

#endif
