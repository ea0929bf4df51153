/* SPDX-License-Identifier: Apache-2.0 */
/* Which VMMs would load an IGVM file: see measure_loaders.c. */
#ifndef HC_ATTEST_CHECK_MEASURE_LOADERS_H
#define HC_ATTEST_CHECK_MEASURE_LOADERS_H

#include "attest/measure/igvm.h"

/* Print, for each of QEMU, Cloud Hypervisor and OpenVMM, whether its loader takes a parsed file. */
void measure_show_loaders(const struct igvm *igvm);

#endif
