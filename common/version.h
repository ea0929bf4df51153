/* SPDX-License-Identifier: Apache-2.0 */
/* The version of this tree, the same for every program of it. */
#ifndef HC_COMMON_VERSION_H
#define HC_COMMON_VERSION_H

#define HC_VERSION "0.1"

#endif
