/* SPDX-License-Identifier: Apache-2.0 */
/* A simulated root in a temporary directory, for the tests of vmm/sim. */
#ifndef HC_TESTS_SIM_STATE_H
#define HC_TESTS_SIM_STATE_H

#include <stdint.h>

#include "common/bytes.h"

#define SIM_STATE_NOW 1795305600 /* 2026-11-22T00:00:00Z */

/* A group fixture: makes the root once, path of its directory in sim_state_dir(). */
int sim_state_setup(void **state);
int sim_state_teardown(void **state);
const char *sim_state_dir(void);

/* A new empty directory, removed with the rest. */
const char *sim_state_temp(void);

/* A file of `dir`, which must be there. */
struct bytes sim_state_read(const char *dir, const char *name);
void sim_state_write(
	const char *dir, const char *name, const void *data, size_t len, unsigned mode);

/* Copy the whole state into a new directory. */
const char *sim_state_copy(void);

/* Run `openssl ARGS` in sim_state_dir(): its exit status, or -1 where there is no openssl. */
int sim_state_openssl(const char *args);

#endif
