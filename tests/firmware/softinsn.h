/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which instruction starts at an address, as far as softcpu.c has to know: those that the engine
 * lacks or that a model answers. Everything else is kind 0.
 */
#ifndef HC_TESTS_SOFTINSN_H
#define HC_TESTS_SOFTINSN_H

#include "tests/firmware/softcpu.h"

struct softinsn {
	enum softcpu_insn kind; /* 0: the engine's business */
	unsigned int length;    /* bytes */
	unsigned int reg;       /* of a move from or to a control register: enum softcpu_reg */
	unsigned int control;
};

void softinsn_decode(struct softinsn *out, const uint8_t *bytes, size_t len);

#endif
