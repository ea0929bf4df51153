/* SPDX-License-Identifier: Apache-2.0 */
/* The subcommands of hc-measure, one file each, and what they share. Part of the program, not of
 * the library: they read files and print. */
#ifndef HC_ATTEST_CHECK_MEASURE_COMMAND_H
#define HC_ATTEST_CHECK_MEASURE_COMMAND_H

#include <jansson.h>
#include <stdio.h>

#include "attest/measure/measure.h"

/*
 * Each returns 0, or a code with `err` filled. argv[0] is the subcommand's name; getopt's state is
 * fresh. Nothing is on standard output unless all of it was made.
 */
struct measure_command {
	const char *name, *usage;
	int (*run)(int argc, char **argv, struct error *err);
};

int measure_own(int argc, char **argv, struct error *err);       /* guests of this project */
int measure_ovmf(int argc, char **argv, struct error *err);      /* images with the OVMF footer */
int measure_tdx_files(int argc, char **argv, struct error *err); /* MRTD of images, RTMRs of logs */
int measure_own_tdx(int argc, char **argv, struct error *err);
int measure_igvm_snp(int argc, char **argv, struct error *err);
int measure_igvm_tdx(int argc, char **argv, struct error *err);
int measure_igvm(int argc, char **argv, struct error *err);    /* igvm show and igvm pack */
int measure_release(int argc, char **argv, struct error *err); /* manifest */
int measure_igvm_pack(int argc, char **argv, struct error *err);
int measure_id_block(int argc, char **argv, struct error *err);

/* The value of "--NAME VALUE" or "--NAME=VALUE", wherever it stands; NULL without one. */
const char *measure_option(int argc, char **argv, const char *name);

/* A number, decimal or 0x hexadecimal, in [0, max]; HC_EUSAGE otherwise. */
HC_MUST_USE int measure_number(
	uint64_t *out, const char *text, uint64_t max, const char *what, struct error *err);

/* "N" or "A-B" with 1 <= A <= B <= max. */
struct measure_range {
	uint32_t first, last;
};
HC_MUST_USE int measure_range(
	struct measure_range *out, const char *text, uint32_t max, struct error *err);

/* HC_EUSAGE about the word getopt stumbled over, or the argument left over. */
int measure_bad_option(const char *word, struct error *err);
HC_MUST_USE int measure_no_more(int argc, char **argv, struct error *err);

#endif
