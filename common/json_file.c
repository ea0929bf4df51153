/* SPDX-License-Identifier: Apache-2.0 */
/* JSON from a file: apart from json.c, which the library uses without any file. */
#include "common/bytes.h"
#include "common/file.h"
#include "common/json.h"

int json_load_object(json_t **out, const char *path, size_t max, struct error *err)
{
	struct bytes text = {0};
	int rc = file_read(&text, path, max, err);

	*out = NULL;
	if (!rc)
		rc = json_parse_object(
			out, text.data ? (const char *)text.data : "", text.len, path, err);
	bytes_free(&text);
	return rc;
}
