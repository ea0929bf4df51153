/* SPDX-License-Identifier: Apache-2.0 */
/* See measure_print.h. Says what is in the digest, and nothing that is not. */
#include "attest/check/measure_print.h"

#include "common/hex.h"

const char *measure_print_type(enum hc_page_type type)
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

void measure_print_step(
	FILE *out, enum hc_page_type type, uint64_t gpa, const uint8_t digest[SHA384_SIZE])
{
	char text[2 * SHA384_SIZE + 1];

	if (!digest) {
		fprintf(out, "%-10s %16s  digest after it\n", "page", "address");
		return;
	}
	hex_encode(text, digest, SHA384_SIZE);
	fprintf(out, "%-10s %16llx  %s\n", measure_print_type(type), (unsigned long long)gpa, text);
}

void measure_print_steps(const struct measurement *m, FILE *out)
{
	measure_print_step(out, HC_PAGE_NORMAL, 0, NULL);
	for (size_t i = 0; i < m->count; i++)
		measure_print_step(out, m->step[i].type, m->step[i].gpa, m->step[i].digest);
}

json_t *measure_json_hex(const uint8_t digest[SHA384_SIZE])
{
	char text[2 * SHA384_SIZE + 1];

	hex_encode(text, digest, SHA384_SIZE);
	return json_string(text);
}

static json_t *blob_json(const struct hc_manifest_blob *blob)
{
	if (blob->size == 0)
		return json_null();
	return json_pack("{s:I, s:o}", "size", (json_int_t)blob->size, "sha384",
		measure_json_hex(blob->sha384));
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

json_t *measure_json_step(enum hc_page_type type, uint64_t gpa, const uint8_t digest[SHA384_SIZE])
{
	char text[24];

	snprintf(text, sizeof(text), "0x%llx", (unsigned long long)gpa);
	return json_pack("{s:s, s:s, s:o}", "type", measure_print_type(type), "gpa", text, "digest",
		measure_json_hex(digest));
}

void measure_print_tdx_step(
	FILE *out, bool measured, uint64_t gpa, const uint8_t digest[SHA384_SIZE])
{
	char text[2 * SHA384_SIZE + 1];

	hex_encode(text, digest, SHA384_SIZE);
	fprintf(out, "%-6s %16llx  %s\n", measured ? "extend" : "add", (unsigned long long)gpa,
		text);
}

json_t *measure_json_tdx_step(bool measured, uint64_t gpa, const uint8_t digest[SHA384_SIZE])
{
	char text[24];

	snprintf(text, sizeof(text), "0x%llx", (unsigned long long)gpa);
	return json_pack("{s:s, s:s, s:o}", "step", measured ? "extend" : "add", "gpa", text,
		"digest", measure_json_hex(digest));
}

static json_t *steps_json(const struct measurement *m)
{
	json_t *list = json_array();

	for (size_t i = 0; i < m->count; i++)
		json_array_append_new(list,
			measure_json_step(m->step[i].type, m->step[i].gpa, m->step[i].digest));
	return list;
}

int measure_json_write(json_t *root, FILE *out)
{
	int ret = root ? 0 : HC_ENOMEM;

	if (ret == 0 && (json_dumpf(root, out, JSON_INDENT(2)) || fputc('\n', out) == EOF))
		ret = HC_EIO;
	json_decref(root);
	return ret;
}

/* A command line is bytes, JSON is UTF-8: what is none comes as hex under another name. */
static json_t *cmdline_json(const struct hc_manifest *m, const char **name)
{
	json_t *text = json_stringn((const char *)m->cmdline, m->cmdline_len);
	char hex[2 * HC_CMDLINE_MAX + 1];

	*name = text ? "cmdline" : "cmdline_hex";
	if (text)
		return text;
	hex_encode(hex, (const uint8_t *)m->cmdline, m->cmdline_len);
	return json_string(hex);
}

static json_t *manifest_json(const struct hc_manifest *m)
{
	uint8_t digest[SHA384_SIZE];
	const char *name;
	json_t *cmdline;

	if (crypto_sha384(digest, m, sizeof(*m)))
		return NULL;
	cmdline = cmdline_json(m, &name);
	return json_pack("{s:o, s:o, s:o, s:o, s:i, s:I, s:I, s:o}", "sha384",
		measure_json_hex(digest), "kernel", blob_json(&m->kernel), "initrd",
		blob_json(&m->initrd), name, cmdline, "vcpus", (int)m->vcpu_count, "ram_min",
		(json_int_t)m->ram_min, "ram_max", (json_int_t)m->ram_max, "devices",
		devices_json(m));
}

int measure_print_json(const struct measurement *m, bool explain, FILE *out)
{
	json_t *root = json_pack("{s:o, s:s, s:o}", "measurement", measure_json_hex(m->digest),
		"platform", fw_platform_name((enum hc_platform)m->manifest.platform), "manifest",
		manifest_json(&m->manifest));
	int ret = root ? 0 : HC_ENOMEM;

	if (ret == 0 && explain && json_object_set_new(root, "steps", steps_json(m)))
		ret = HC_ENOMEM;
	if (ret) {
		json_decref(root);
		return ret;
	}
	return measure_json_write(root, out);
}
