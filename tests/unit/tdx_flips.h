/* SPDX-License-Identifier: Apache-2.0 */
/* Genuine TDX quotes with a bit changed in every byte that is signed, or signs. */
#ifndef HC_TESTS_TDX_FLIPS_H
#define HC_TESTS_TDX_FLIPS_H

/*
 * Each real case of the vectors whose number, of those that are authentic as they are, leaves
 * `remainder` when divided by `programs`: one bit of each byte of header, body, signature,
 * attestation key, QE report, its signature, authentication data and PCK certificate changed, and
 * the quote cut off at every length. Never authentic. Sampled where the build is slow.
 */
void tdx_flips_run(unsigned int remainder, unsigned int programs);

#endif
