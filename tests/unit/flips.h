/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every genuine report with each of its bits changed, and cut at every length: never authentic. It
 * takes minutes, so that several programs take a share of the reports each and run side by side.
 */
#ifndef HC_TESTS_FLIPS_H
#define HC_TESTS_FLIPS_H

#include <stddef.h>

/*
 * The program with the reports whose number is `share` modulo `shares`; what main returns. A sample
 * of the bits, the smaller the slower signatures are, unless HC_FLIPS=all is in the environment
 * (`make flips`).
 */
int flips_main(size_t share, size_t shares);

#endif
