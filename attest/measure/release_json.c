/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The manifest of a release as JSON, written one way only and read strictly. The command line is
 * bytes: where it is no UTF-8, or has a NUL inside, "cmdline_hex" stands for it.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "attest/measure/release.h"
#include "common/hex.h"
#include "common/json.h"

#define FORMAT  "huisclos-release"
#define VERSION 1

#define PATH_SIZE 128

static bool is_tdx(enum hc_platform platform)
{
	return platform == HC_PLATFORM_TDX || platform == HC_PLATFORM_SIM_TDX;
}

static json_t *hex_json(const uint8_t digest[SHA384_SIZE])
{
	char text[2 * SHA384_SIZE + 1];

	hex_encode(text, digest, SHA384_SIZE);
	return json_string(text);
}

static json_t *blob_json(const struct hc_manifest_blob *blob)
{
	if (blob->size == 0)
		return json_null();
	return json_pack(
		"{s:o, s:I}", "sha384", hex_json(blob->sha384), "size", (json_int_t)blob->size);
}

/* Takes `item`; false without memory. */
static bool push(json_t *list, json_t *item)
{
	return item && json_array_append_new(list, item) == 0;
}

static json_t *devices_json(const struct release *r)
{
	json_t *list = json_array();
	bool ok = list;

	for (size_t i = 0; ok && i < r->device_count; i++)
		ok = push(list, json_pack("{s:b, s:i, s:i}", "read_only",
					r->device[i].flags & HC_DEVICE_READ_ONLY, "slot",
					r->device[i].slot, "virtio_id", r->device[i].virtio_id));
	if (ok)
		return list;
	json_decref(list);
	return NULL;
}

static json_t *launch_json(const struct release_launch *l, bool tdx)
{
	if (!tdx)
		return json_pack("{s:o, s:o, s:i}", "manifest", hex_json(l->manifest),
			"measurement", hex_json(l->measurement), "vcpus", (int)l->vcpus);
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:i}", "manifest", hex_json(l->manifest),
		"mrtd", hex_json(l->measurement), "rtmr0", hex_json(l->rtmr[0]), "rtmr1",
		hex_json(l->rtmr[1]), "rtmr2", hex_json(l->rtmr[2]), "rtmr3", hex_json(l->rtmr[3]),
		"vcpus", (int)l->vcpus);
}

static json_t *image_json(const struct release_image *image)
{
	json_t *list = json_array();
	bool ok = list;

	for (size_t i = 0; ok && i < image->launch_count; i++)
		ok = push(list, launch_json(&image->launch[i], is_tdx(image->platform)));
	if (ok)
		return json_pack("{s:o, s:o, s:s}", "firmware", blob_json(&image->firmware),
			"launches", list, "platform", fw_platform_name(image->platform));
	json_decref(list);
	return NULL;
}

static json_t *images_json(const struct release *r)
{
	json_t *list = json_array();
	bool ok = list;

	for (size_t i = 0; ok && i < r->image_count; i++)
		ok = push(list, image_json(&r->image[i]));
	if (ok)
		return list;
	json_decref(list);
	return NULL;
}

static json_t *keys_json(const struct release_keys *keys)
{
	json_t *list = json_array();
	bool ok = list;

	for (size_t i = 0; ok && i < keys->count; i++)
		ok = push(list, hex_json(keys->digest[i]));
	if (ok)
		return list;
	json_decref(list);
	return NULL;
}

static json_t *cmdline_json(const struct release *r, const char **name)
{
	bool text = memchr(r->cmdline, '\0', r->cmdline_len) == NULL;
	json_t *value = text ? json_stringn(r->cmdline, r->cmdline_len) : NULL;
	char hex[2 * HC_CMDLINE_MAX + 1];

	*name = value ? "cmdline" : "cmdline_hex";
	if (value)
		return value;
	hex_encode(hex, (const uint8_t *)r->cmdline, r->cmdline_len);
	return json_string(hex);
}

static json_t *release_json(const struct release *r)
{
	const char *name;
	json_t *cmdline = cmdline_json(r, &name);
	json_t *root = json_pack("{s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:{s:I, s:I}, s:s, s:i}",
		"author_key_digests", keys_json(&r->author_keys), name, cmdline, "format", FORMAT,
		"devices", devices_json(r), "id_key_digests", keys_json(&r->id_keys), "images",
		images_json(r), "initrd", blob_json(&r->initrd), "kernel", blob_json(&r->kernel),
		"memory", "max", (json_int_t)r->ram_max, "min", (json_int_t)r->ram_min, "name",
		r->name, "version", VERSION);

	if (root && r->version[0] &&
		json_object_set_new(root, "release", json_string(r->version))) {
		json_decref(root);
		return NULL;
	}
	return root;
}

int release_write(struct bytes *out, const struct release *release, struct error *err)
{
	json_t *root = release_json(release);
	char *text = root ? json_dumps(root, JSON_INDENT(2) | JSON_SORT_KEYS) : NULL;
	int ret = text ? bytes_append(out, text, strlen(text)) : HC_ENOMEM;

	if (ret == 0)
		ret = bytes_append(out, "\n", 1);
	free(text);
	json_decref(root);
	return ret ? error_fail(err, ret, "release", "no memory") : 0;
}

/* The path of a member; what is too long is cut, and paths here are not. */
static void join(char out[PATH_SIZE], const char *path, const char *name)
{
	snprintf(out, PATH_SIZE, "%.100s%s%.24s", path, *path ? "." : "", name);
}

static int bad(struct error *err, const char *path, const char *found, const char *expected)
{
	error_fail(err, HC_EFORMAT, path, "%.90s", found);
	error_expected(err, "%s", expected);
	return HC_EFORMAT;
}

/* 96 lower-case digits: there is one way to write a digest. */
static int take_digest(
	uint8_t out[SHA384_SIZE], const json_t *value, const char *path, struct error *err)
{
	const char *text = json_string_value(value);

	if (!text || strlen(text) != 2 * SHA384_SIZE ||
		strspn(text, "0123456789abcdef") != 2 * SHA384_SIZE)
		return bad(err, path, text ? text : "no string", "96 lower-case hex digits");
	return hex_decode(out, SHA384_SIZE, text, path, err);
}

static int get_digest(uint8_t out[SHA384_SIZE], const json_t *obj, const char *path,
	const char *name, struct error *err)
{
	char where[PATH_SIZE];

	join(where, path, name);
	return take_digest(out, json_object_get(obj, name), where, err);
}

/* `none`: null stands for a blob that is not there. */
static int get_blob(struct hc_manifest_blob *out, const json_t *obj, const char *path,
	const char *name, bool none, struct error *err)
{
	static const char *const names[] = {"sha384", "size", NULL};
	const json_t *blob = json_object_get(obj, name);
	uint64_t size = 0;
	char where[PATH_SIZE];
	int ret;

	join(where, path, name);
	*out = (struct hc_manifest_blob){0};
	if (none && json_is_null(blob))
		return 0;
	if (!json_is_object(blob))
		return bad(err, where, "no object", none ? "an object, or null" : "an object");
	ret = json_only(blob, where, names, err);
	if (ret == 0)
		ret = json_get_u64(blob, where, "size", 1, HC_STAGING_SIZE, &size, err);
	out->size = size;
	return ret ? ret : get_digest(out->sha384, blob, where, "sha384", err);
}

static int get_cmdline(struct release *out, const json_t *root, struct error *err)
{
	const json_t *text = json_object_get(root, "cmdline");
	const char *hex = json_string_value(json_object_get(root, "cmdline_hex"));
	size_t len = hex ? strlen(hex) / 2 : json_string_length(text);

	if (!hex == !json_is_string(text))
		return bad(err, "cmdline", "not one of both", "cmdline or cmdline_hex");
	if (len > HC_CMDLINE_MAX)
		return bad(err, "cmdline", "too long", "at most 2047 bytes");
	out->cmdline_len = len;
	if (hex)
		return hex_decode((uint8_t *)out->cmdline, len, hex, "cmdline_hex", err);
	memcpy(out->cmdline, json_string_value(text), len);
	return 0;
}

static int get_memory(struct release *out, const json_t *root, struct error *err)
{
	static const char *const names[] = {"max", "min", NULL};
	const json_t *memory = json_object_get(root, "memory");
	int ret = json_is_object(memory) ? json_only(memory, "memory", names, err)
					 : bad(err, "memory", "no object", "an object");

	if (ret == 0)
		ret = json_get_u64(
			memory, "memory", "min", HC_RAM_MIN, HC_RAM_MAX, &out->ram_min, err);
	if (ret == 0)
		ret = json_get_u64(
			memory, "memory", "max", out->ram_min, HC_RAM_MAX, &out->ram_max, err);
	return ret;
}

static int take_device(struct release *out, const json_t *obj, const char *path, struct error *err)
{
	static const char *const names[] = {"read_only", "slot", "virtio_id", NULL};
	uint64_t last = out->device_count ? out->device[out->device_count - 1].slot : 0;
	uint64_t slot = 0, id = 0;
	bool read_only = false;
	int ret = json_is_object(obj) ? json_only(obj, path, names, err)
				      : bad(err, path, "no object", "an object");

	if (ret == 0)
		ret = json_get_u64(obj, path, "slot", last + 1, HC_PCI_SLOT_MAX, &slot, err);
	if (ret == 0)
		ret = json_get_u64(obj, path, "virtio_id", 1, UINT16_MAX, &id, err);
	if (ret == 0 && !json_object_get(obj, "read_only"))
		ret = bad(err, path, "no read_only", "true or false");
	if (ret == 0)
		ret = json_opt_bool(obj, path, "read_only", &read_only, err);
	if (ret == 0)
		out->device[out->device_count++] = (struct hc_manifest_device){
			.slot = (uint8_t)slot,
			.virtio_id = (uint16_t)id,
			.flags = read_only ? HC_DEVICE_READ_ONLY : 0,
		};
	return ret;
}

static int take_key(
	struct release_keys *keys, const json_t *value, const char *path, struct error *err)
{
	uint8_t *last = keys->count ? keys->digest[keys->count - 1] : NULL;
	uint8_t digest[SHA384_SIZE];
	int ret = take_digest(digest, value, path, err);

	if (ret == 0 && last && memcmp(last, digest, SHA384_SIZE) >= 0)
		ret = bad(err, path, "out of order", "ascending digests, none twice");
	return ret ? ret : release_add_key(keys, digest, err);
}

static int take_launch(
	struct release_image *image, const json_t *obj, const char *path, struct error *err)
{
	static const char *const snp[] = {"manifest", "measurement", "vcpus", NULL};
	static const char *const tdx[] = {
		"manifest", "mrtd", "rtmr0", "rtmr1", "rtmr2", "rtmr3", "vcpus", NULL};
	const bool is = is_tdx(image->platform);
	uint32_t last = image->launch_count ? image->launch[image->launch_count - 1].vcpus : 0;
	struct release_launch l = {0};
	uint64_t vcpus = 0;
	int ret = json_is_object(obj) ? json_only(obj, path, is ? tdx : snp, err)
				      : bad(err, path, "no object", "an object");

	if (ret == 0)
		ret = json_get_u64(obj, path, "vcpus", last + 1, HC_VCPUS_MAX, &vcpus, err);
	if (ret == 0)
		ret = get_digest(l.manifest, obj, path, "manifest", err);
	if (ret == 0)
		ret = get_digest(l.measurement, obj, path, is ? "mrtd" : "measurement", err);
	for (size_t i = 0; is && ret == 0 && i < CCEL_RTMRS; i++)
		ret = get_digest(l.rtmr[i], obj, path, tdx[2 + i], err);
	l.vcpus = (uint32_t)vcpus;
	if (ret == 0)
		image->launch[image->launch_count++] = l;
	return ret;
}

static int get_platform(enum hc_platform *out, const json_t *obj, const char *path,
	enum hc_platform after, struct error *err)
{
	const char *name = NULL;
	char where[PATH_SIZE];
	int ret = json_get_string(obj, path, "platform", &name, err);

	for (int p = HC_PLATFORM_SNP; ret == 0 && p <= HC_PLATFORM_SIM_TDX; p++) {
		*out = (enum hc_platform)p;
		if (strcmp(name, fw_platform_name(*out)) == 0 && *out > after)
			return 0;
	}
	join(where, path, "platform");
	return ret ? ret : bad(err, where, name, "sev-snp, tdx, sim-snp, sim-tdx, in this order");
}

typedef int take_fn(void *ctx, const json_t *value, const char *path, struct error *err);

/* Every element of a list that has to be there, by its path. */
static int each(const json_t *obj, const char *path, const char *name, size_t max, take_fn *take,
	void *ctx, struct error *err)
{
	const json_t *list = json_object_get(obj, name);
	char where[PATH_SIZE];
	int ret = 0;

	join(where, path, name);
	if (!json_is_array(list))
		return bad(err, where, "no array", "an array");
	if (json_array_size(list) > max)
		return bad(err, where, "too many", "fewer elements");
	for (size_t i = 0; ret == 0 && i < json_array_size(list); i++) {
		char element[PATH_SIZE + 24];

		snprintf(element, sizeof(element), "%s[%zu]", where, i);
		ret = take(ctx, json_array_get(list, i), element, err);
	}
	return ret;
}

static int each_device(void *ctx, const json_t *value, const char *path, struct error *err)
{
	return take_device(ctx, value, path, err);
}

static int each_key(void *ctx, const json_t *value, const char *path, struct error *err)
{
	return take_key(ctx, value, path, err);
}

static int each_launch(void *ctx, const json_t *value, const char *path, struct error *err)
{
	return take_launch(ctx, value, path, err);
}

static int each_image(void *ctx, const json_t *obj, const char *path, struct error *err)
{
	static const char *const names[] = {"firmware", "launches", "platform", NULL};
	struct release *r = ctx;
	enum hc_platform after =
		r->image_count ? r->image[r->image_count - 1].platform : HC_PLATFORM_PLAIN;
	struct release_image *image = &r->image[r->image_count];
	int ret = json_is_object(obj) ? json_only(obj, path, names, err)
				      : bad(err, path, "no object", "an object");

	if (ret == 0)
		ret = get_platform(&image->platform, obj, path, after, err);
	if (ret == 0)
		ret = get_blob(&image->firmware, obj, path, "firmware", false, err);
	if (ret == 0)
		ret = each(obj, path, "launches", HC_VCPUS_MAX, each_launch, image, err);
	if (ret == 0 && image->launch_count == 0)
		ret = bad(err, path, "no launches", "one at least");
	r->image_count++;
	return ret;
}

static int check_format(const json_t *root, struct error *err)
{
	const char *format = NULL;
	uint64_t version = 0;
	int ret = json_get_string(root, "", "format", &format, err);

	if (ret == 0 && strcmp(format, FORMAT) != 0)
		return bad(err, "format", format, FORMAT);
	if (ret == 0)
		ret = json_get_u64(root, "", "version", 0, INT32_MAX, &version, err);
	if (ret == 0 && version != VERSION) {
		error_fail(err, HC_EUNSUPPORTED, "version", "%llu", (unsigned long long)version);
		error_expected(err, "%d", VERSION);
		return HC_EUNSUPPORTED;
	}
	return ret;
}

static int get_names(struct release *out, const json_t *root, struct error *err)
{
	const char *name = NULL, *version = NULL;
	int ret = json_get_string(root, "", "name", &name, err);

	if (ret == 0)
		ret = release_set_name(out->name, name, "name", err);
	if (ret == 0)
		ret = json_opt_string(root, "", "release", &version, err);
	return ret || !version ? ret : release_set_name(out->version, version, "release", err);
}

static int parse_root(struct release *out, const json_t *root, struct error *err)
{
	static const char *const names[] = {"author_key_digests", "cmdline", "cmdline_hex",
		"devices", "format", "id_key_digests", "images", "initrd", "kernel", "memory",
		"name", "release", "version", NULL};
	int ret = check_format(root, err);

	if (ret == 0)
		ret = json_only(root, "release", names, err);
	if (ret == 0)
		ret = get_names(out, root, err);
	if (ret == 0)
		ret = get_blob(&out->kernel, root, "", "kernel", false, err);
	if (ret == 0)
		ret = get_blob(&out->initrd, root, "", "initrd", true, err);
	if (ret == 0)
		ret = get_cmdline(out, root, err);
	if (ret == 0)
		ret = get_memory(out, root, err);
	if (ret == 0)
		ret = each(root, "", "devices", HC_DEVICES_MAX, each_device, out, err);
	if (ret == 0)
		ret = each(root, "", "images", RELEASE_IMAGES_MAX, each_image, out, err);
	if (ret == 0)
		ret = each(
			root, "", "id_key_digests", RELEASE_KEYS_MAX, each_key, &out->id_keys, err);
	if (ret == 0)
		ret = each(root, "", "author_key_digests", RELEASE_KEYS_MAX, each_key,
			&out->author_keys, err);
	return ret;
}

int release_parse(struct release *out, struct view text, struct error *err)
{
	struct error unused = {0};
	json_t *root;
	int ret;

	*out = (struct release){0};
	err = err ? err : &unused;
	if (text.len > RELEASE_SIZE_MAX)
		return error_fail(err, HC_ERANGE, "release", "%zu bytes", text.len);
	ret = json_parse_object(&root, (const char *)text.data, text.len, "release", err);
	if (ret)
		return ret;
	ret = parse_root(out, root, err);
	json_decref(root);
	if (ret)
		*out = (struct release){0};
	return ret;
}
