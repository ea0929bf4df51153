/* SPDX-License-Identifier: Apache-2.0 */
/* Genuine TDX quotes with a bit changed in every byte that is signed, or signs. */
#ifndef HC_TESTS_TDX_FLIPS_H
#define HC_TESTS_TDX_FLIPS_H

/*
 * Each genuine quote of the vectors whose number leaves `remainder` when divided by `programs`: one
 * bit of each byte of header, body, signature, attestation key, QE report, its signature,
 * authentication data and PCK certificate changed, and the quote cut off at every length. What the
 * quote itself has to prove never stays proved, and it is never authentic. Sampled where the build
 * is slow.
 */
void tdx_flips_run(unsigned int remainder, unsigned int programs);

#endif
