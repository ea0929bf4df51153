/* SPDX-License-Identifier: Apache-2.0 */
/* See measure_print.h. Says what is in the digest, and nothing that is not. */
#include "attest/check/measure_print.h"

#include <jansson.h>

#include "common/hex.h"

static const char *type_name(enum hc_page_type type)
{
	switch (type) {
	case HC_PAGE_NORMAL:
		return "normal";
	case HC_PAGE_VMSA:
		return "vmsa";
	case HC_PAGE_ZERO:
		return "zero";
	case HC_PAGE_UNMEASURED:
		return "unmeasured";
	case HC_PAGE_SECRETS:
		return "secrets";
	case HC_PAGE_CPUID:
		return "cpuid";
	}
	return "unknown";
}

void measure_print_note(
	void *ctx, enum hc_page_type type, uint64_t gpa, const uint8_t digest[SHA384_SIZE])
{
	struct measurement *m = ctx;

	if (m->count == MEASURE_STEPS_MAX)
		return;
	m->step[m->count].type = type;
	m->step[m->count].gpa = gpa;
	memcpy(m->step[m->count++].digest, digest, SHA384_SIZE);
}

void measure_print_steps(const struct measurement *m, FILE *out)
{
	char text[2 * SHA384_SIZE + 1];

	fprintf(out, "%-10s %16s  digest after it\n", "page", "address");
	for (size_t i = 0; i < m->count; i++) {
		hex_encode(text, m->step[i].digest, SHA384_SIZE);
		fprintf(out, "%-10s %16llx  %s\n", type_name(m->step[i].type),
			(unsigned long long)m->step[i].gpa, text);
	}
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
		"{s:I, s:o}", "size", (json_int_t)blob->size, "sha384", hex_json(blob->sha384));
}

static json_t *devices_json(const struct hc_manifest *m)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < m->device_count; i++)
		json_array_append_new(
			list, json_pack("{s:i, s:i, s:b}", "slot", m->device[i].slot, "virtio_id",
				      m->device[i].virtio_id, "read_only", m->device[i].flags & 1));
	return list;
}

static json_t *steps_json(const struct measurement *m)
{
	json_t *list = json_array();
	char gpa[24];

	for (size_t i = 0; i < m->count; i++) {
		snprintf(gpa, sizeof(gpa), "0x%llx", (unsigned long long)m->step[i].gpa);
		json_array_append_new(
			list, json_pack("{s:s, s:s, s:o}", "type", type_name(m->step[i].type),
				      "gpa", gpa, "digest", hex_json(m->step[i].digest)));
	}
	return list;
}

static json_t *manifest_json(const struct hc_manifest *m)
{
	uint8_t digest[SHA384_SIZE];
	char cmdline[HC_CMDLINE_MAX + 1] = {0};

	if (crypto_sha384(digest, m, sizeof(*m)))
		return NULL;
	memcpy(cmdline, m->cmdline, m->cmdline_len);
	return json_pack("{s:o, s:o, s:o, s:s, s:i, s:I, s:I, s:o}", "sha384", hex_json(digest),
		"kernel", blob_json(&m->kernel), "initrd", blob_json(&m->initrd), "cmdline",
		cmdline, "vcpus", (int)m->vcpu_count, "ram_min", (json_int_t)m->ram_min, "ram_max",
		(json_int_t)m->ram_max, "devices", devices_json(m));
}

int measure_print_json(const struct measurement *m, bool explain, FILE *out)
{
	json_t *root = json_pack("{s:o, s:s, s:o}", "measurement", hex_json(m->digest), "platform",
		fw_platform_name((enum hc_platform)m->manifest.platform), "manifest",
		manifest_json(&m->manifest));
	int ret = root ? 0 : HC_ENOMEM;

	if (ret == 0 && explain && json_object_set_new(root, "steps", steps_json(m)))
		ret = HC_ENOMEM;
	if (ret == 0 && json_dumpf(root, out, JSON_INDENT(2)))
		ret = HC_EIO;
	json_decref(root);
	return ret ? ret : fputc('\n', out) == EOF ? HC_EIO : 0;
}
