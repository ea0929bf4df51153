/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kernel and initrd: copied once out of the staging window, or out of the launch pages of a packed
 * guest, hashed in private memory, compared with the manifest, and only then looked at. Both go
 * into the first RAM range, below HC_BLOBS_END.
 */
#ifndef HC_FIRMWARE_LOAD_H
#define HC_FIRMWARE_LOAD_H

#include "firmware/bzimage.h"
#include "firmware/hostfdt.h"
#include "firmware/platform.h"

struct loaded {
	struct bzimage bzimage;
	struct range kernel; /* [load, load + init_size) */
	struct range initrd; /* empty if there is none */
};

/* 0, HC_REFUSE_NO_ROOM, _KERNEL_DIGEST, _KERNEL_FORMAT or _KERNEL_CMDLINE. */
FW_MUST_USE int load_kernel(struct loaded *out, const struct platform *on,
	const struct hc_manifest *manifest, const struct hostinfo *info);

/* After load_kernel. 0, HC_REFUSE_NO_ROOM or _INITRD_DIGEST. */
FW_MUST_USE int load_initrd(struct loaded *out, const struct platform *on,
	const struct hc_manifest *manifest, const struct hostinfo *info);

#endif
