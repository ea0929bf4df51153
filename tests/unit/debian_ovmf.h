/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Images of Debian's ovmf packages, which have known answers among the shared vectors and are not
 * kept here: scripts/setup unpacks them below build/ovmf (or $HC_OVMF); else an installed one will
 * do. Each is known by its SHA-256.
 */
#ifndef HC_TESTS_DEBIAN_OVMF_H
#define HC_TESTS_DEBIAN_OVMF_H

#include "common/bytes.h"

/*
 * The image of the case measure/`name`; the caller frees it. Without it, or without vectors, the
 * running test is skipped, and what is missing is said.
 */
struct bytes debian_ovmf(const char *name);

#endif
