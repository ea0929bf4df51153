/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The secrets a verifier releases, by repository, type and tag, behind an ops table. The folder
 * store reads FOLDER/repository/type/tag and nothing outside: names are checked, no symbolic link
 * is followed.
 */
#ifndef HC_SERVICE_RESOURCE_H
#define HC_SERVICE_RESOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/bytes.h"
#include "common/error.h"

#define RESOURCE_NAME_MAX 64         /* characters of one component */
#define RESOURCE_SIZE_MAX (1U << 20) /* bytes of one resource */

struct resource_name {
	char repository[RESOURCE_NAME_MAX + 1], type[RESOURCE_NAME_MAX + 1],
		tag[RESOURCE_NAME_MAX + 1];
};

/*
 * "repository/type/tag": three components of letters, digits, '.', '_' and '-', none beginning with
 * a dot. Anything else, an escape included, is HC_EFORMAT.
 */
HC_MUST_USE int resource_name_parse(const char *text, struct resource_name *out, struct error *err);

struct resource_store;

struct resource_store_ops {
	/* Append the resource; the caller wipes it. HC_EMISSING: there is none of this name. */
	int (*get)(struct resource_store *store, const struct resource_name *name,
		struct bytes *out, struct error *err);
	void (*free)(struct resource_store *store);
};

struct resource_store {
	const struct resource_store_ops *ops;
};

/* HC_EMISSING or HC_EIO where `path` is no folder. */
HC_MUST_USE int resource_folder_new(
	struct resource_store **out, const char *path, struct error *err);

#endif
