/* SPDX-License-Identifier: Apache-2.0 */
/* Whole files in and out, with limits. Errors name the file and what to do. */
#ifndef HC_COMMON_FILE_H
#define HC_COMMON_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/error.h"

/*
 * Append the content of `path` ("-" is standard input) to `out`. A file longer than `max` bytes is
 * HC_ERANGE. On error `out` may hold a part; free it.
 */
HC_MUST_USE int file_read(struct bytes *out, const char *path, size_t max, struct error *err);

/* Replace `path` by `data` in one step: written beside it with `mode`, synced, then renamed. */
HC_MUST_USE int file_write(
	const char *path, const void *data, size_t len, unsigned int mode, struct error *err);

#endif
