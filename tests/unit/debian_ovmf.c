/* SPDX-License-Identifier: Apache-2.0 */
/* Images of Debian's ovmf packages: see debian_ovmf.h. */
#include "tests/unit/debian_ovmf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attest/measure/ovmf.h"
#include "common/file.h"
#include "common/hex.h"
#include "tests/unit/vectors.h"

static const struct {
	const char *name, *suite, *file;
} images[] = {
	{"snp-debian-ovmf-bookworm", "bookworm", "OVMF.fd"},
	{"tdx-debian-ovmf-bookworm", "bookworm", "OVMF.fd"},
	{"tdx-debian-ovmf-trixie", "trixie", "OVMF.fd"},
	{"tdx-debian-ovmf-inteltdx", "sid", "OVMF.inteltdx.ms.fd"},
};

static bool is_image(const struct bytes *image, const char *want)
{
	uint8_t digest[SHA256_SIZE];
	char text[2 * SHA256_SIZE + 1];

	assert_int_equal(crypto_hash(CRYPTO_SHA256, bytes_view(image), digest), 0);
	hex_encode(text, digest, SHA256_SIZE);
	return strcmp(text, want) == 0;
}

static bool read_image(struct bytes *out, const char *path, const char *want)
{
	if (file_read(out, path, OVMF_IMAGE_MAX, NULL) == 0 && is_image(out, want))
		return true;
	bytes_free(out);
	*out = (struct bytes){0};
	return false;
}

static bool find_image(struct bytes *out, size_t index, const char *want)
{
	const char *folder = getenv("HC_OVMF");
	char path[512];

	snprintf(path, sizeof(path), "%s/%s/usr/share/ovmf/%s", folder ? folder : "build/ovmf",
		images[index].suite, images[index].file);
	if (read_image(out, path, want))
		return true;
	snprintf(path, sizeof(path), "/usr/share/ovmf/%s", images[index].file);
	return read_image(out, path, want);
}

struct bytes debian_ovmf(const char *name)
{
	struct bytes image = {0};
	const char *want, *source;
	char path[256];
	size_t i = 0;
	json_t *json;
	bool found;

	vectors_needed();
	while (strcmp(images[i].name, name) != 0)
		i++;
	snprintf(path, sizeof(path), "measure/%s/case.json", name);
	json = vectors_json(path);
	assert_int_equal(
		json_unpack(json, "{s:s, s:s}", "image_sha256", &want, "source", &source), 0);
	found = find_image(&image, i, want);
	if (!found)
		print_message(
			"# SKIP %s: not here; scripts/setup unpacks it where apt has it\n", source);
	json_decref(json);
	if (!found)
		skip();
	return image;
}
