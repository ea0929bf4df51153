/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checker of host device trees: reads the structure block token by token (Devicetree
 * specification 0.4, section 5.4), without libfdt and without the firmware's walk. It may assume
 * what it checks only because the firmware has accepted the same bytes: it says "wrong" where it
 * cannot read on.
 */
#include <stdio.h>
#include <string.h>

#include "common/bytes.h"
#include "tests/unit/fw_samples.h"

enum { BEGIN_NODE = 1, END_NODE = 2, PROP = 3, NOP = 4, END = 9 };
#define DEPTH_MAX 3
#define NAMES_MAX 128

struct reader {
	const uint8_t *tree;
	size_t at, end; /* of the structure block */
	size_t strings, strings_end;
	const struct hc_manifest *manifest;
	char path[256];
	char seen[NAMES_MAX][96]; /* paths of nodes and of properties: "/node/:name" */
	size_t seen_count;
	struct hostinfo info;
	int depth;
};

static const char *remember(struct reader *r, const char *path)
{
	for (size_t i = 0; i < r->seen_count; i++) {
		if (strcmp(r->seen[i], path) == 0)
			return "twice";
	}
	if (r->seen_count == NAMES_MAX || strlen(path) >= sizeof(r->seen[0]))
		return "too many or too long names";
	strcpy(r->seen[r->seen_count++], path);
	return NULL;
}

static bool was_seen(const struct reader *r, const char *path)
{
	for (size_t i = 0; i < r->seen_count; i++) {
		if (strcmp(r->seen[i], path) == 0)
			return true;
	}
	return false;
}

static bool take_u32(struct reader *r, uint32_t *out)
{
	if (r->end - r->at < 4)
		return false;
	*out = get_be32(r->tree + r->at);
	r->at += 4;
	return true;
}

/* A NUL-terminated string in [at, end), or NULL. */
static const char *string_in(const struct reader *r, size_t at, size_t end)
{
	if (at >= end || !memchr(r->tree + at, 0, end - at))
		return NULL;
	return (const char *)r->tree + at;
}

static uint64_t be64(const uint8_t *p)
{
	return (uint64_t)get_be32(p) << 32 | get_be32(p + 4);
}

static const char *begin(struct reader *r)
{
	const char *name = string_in(r, r->at, r->end);
	const size_t len = strlen(r->path);

	if (!name || r->depth == DEPTH_MAX)
		return "node without name or too deep";
	r->at = (r->at + strlen(name) + 4) & ~(size_t)3;
	if (strlen(name) + len + 2 > sizeof(r->path) || (r->depth > 0 && name[0] == 0))
		return "node's name";
	snprintf(r->path + len, sizeof(r->path) - len, "%s/", name);
	r->depth++;
	return r->at > r->end ? "structure ends" : remember(r, r->path);
}

static void leave(struct reader *r)
{
	size_t len = strlen(r->path) - 1;

	while (len > 0 && r->path[len - 1] != '/')
		len--;
	r->path[len] = 0;
	r->depth--;
}

static const char *memory_reg(struct reader *r, const uint8_t *v, uint32_t len)
{
	char expected[64];
	struct range *ram = &r->info.ram[r->info.ram_count];

	if (len != 16 || r->info.ram_count == 8)
		return "reg of memory";
	ram->start = be64(v);
	ram->end = ram->start + be64(v + 8);
	snprintf(expected, sizeof(expected), "/memory@%llx/", (unsigned long long)ram->start);
	r->info.ram_count++;
	return strcmp(r->path, expected) == 0 ? NULL : "unit address of memory";
}

static const char *cpu_reg(struct reader *r, const uint8_t *v, uint32_t len)
{
	char expected[64];

	if (len != 4 || get_be32(v) != r->info.vcpu_count)
		return "reg of cpu";
	snprintf(expected, sizeof(expected), "/cpus/cpu@%x/", r->info.vcpu_count++);
	return strcmp(r->path, expected) == 0 ? NULL : "unit address of cpu";
}

static bool is(const char *name, const char *want, const uint8_t *v, uint32_t len,
	const char *value, uint32_t value_len)
{
	return strcmp(name, want) == 0 && len == value_len && memcmp(v, value, value_len) == 0;
}

static const char *value(struct reader *r, const char *name, const uint8_t *v, uint32_t len)
{
	const bool memory = strncmp(r->path, "/memory@", 8) == 0;
	const bool cpu = strncmp(r->path, "/cpus/cpu@", 10) == 0;

	if (strcmp(r->path, "/") == 0 &&
		(is(name, "#address-cells", v, len, "\0\0\0\2", 4) ||
			is(name, "#size-cells", v, len, "\0\0\0\2", 4) ||
			is(name, "compatible", v, len, "huisclos,host-v1", 17)))
		return NULL;
	if (strcmp(r->path, "/cpus/") == 0 &&
		(is(name, "#address-cells", v, len, "\0\0\0\1", 4) ||
			is(name, "#size-cells", v, len, "\0\0\0\0", 4)))
		return NULL;
	if ((memory && is(name, "device_type", v, len, "memory", 7)) ||
		(cpu && is(name, "device_type", v, len, "cpu", 4)))
		return NULL;
	if (memory && strcmp(name, "reg") == 0)
		return memory_reg(r, v, len);
	if (cpu && strcmp(name, "reg") == 0)
		return cpu_reg(r, v, len);
	if (strcmp(r->path, "/chosen/") != 0 || len != 8)
		return "a property that nobody asked for";
	if (strcmp(name, "huisclos,kernel-offset") == 0)
		r->info.kernel_offset = be64(v);
	else if (strcmp(name, "huisclos,initrd-offset") == 0 && r->manifest->initrd.size)
		r->info.initrd_offset = be64(v);
	else
		return "a property of chosen that nobody asked for";
	return NULL;
}

static const char *property(struct reader *r)
{
	uint32_t len, name_off;
	const char *name, *wrong;
	char path[512];
	size_t at;

	if (!take_u32(r, &len) || !take_u32(r, &name_off) || len > r->end - r->at)
		return "property ends";
	name = string_in(r, r->strings + name_off, r->strings_end);
	if (!name || r->depth == 0)
		return "property's name";
	at = r->at;
	r->at = (r->at + len + 3) & ~(size_t)3;
	snprintf(path, sizeof(path), "%s:%s", r->path, name);
	wrong = r->at > r->end ? "property ends" : remember(r, path);
	return wrong ? wrong : value(r, name, r->tree + at, len);
}

static const char *walk(struct reader *r)
{
	const char *wrong = NULL;
	uint32_t token;

	while (!wrong) {
		if (!take_u32(r, &token))
			return "structure ends";
		if (token == BEGIN_NODE)
			wrong = begin(r);
		else if (token == PROP)
			wrong = property(r);
		else if (token == END_NODE && r->depth > 0)
			leave(r);
		else if (token == END && r->depth == 0)
			return NULL;
		else if (token != NOP)
			return "token";
	}
	return wrong;
}

static const char *complete(const struct reader *r)
{
	static const char *const needed[] = {"/", "/:#address-cells", "/:#size-cells",
		"/:compatible", "/cpus/", "/cpus/:#address-cells", "/cpus/:#size-cells", "/chosen/",
		"/chosen/:huisclos,kernel-offset"};
	const size_t fixed = sizeof(needed) / sizeof(needed[0]);
	const bool initrd = r->manifest->initrd.size != 0;
	/* A node and two properties for each range and each vCPU, and nothing else. */
	const size_t expected =
		fixed + (initrd ? 1 : 0) + 3 * (r->info.ram_count + r->info.vcpu_count);

	for (size_t i = 0; i < fixed; i++) {
		if (!was_seen(r, needed[i]))
			return needed[i];
	}
	if (initrd && !was_seen(r, "/chosen/:huisclos,initrd-offset"))
		return "initrd offset";
	return r->seen_count == expected ? NULL : "number of nodes and properties";
}

static const char *ram_wrong(const struct hostinfo *i, const struct hc_manifest *m)
{
	const uint64_t low_end = 3ull << 30, high = 4ull << 30, high_end = 1025ull << 30;
	uint64_t total = 0, last = 0;

	if (i->ram_count == 0 || i->ram[0].start != 0 || i->ram[0].end < 64u << 20)
		return "first range";
	for (size_t k = 0; k < i->ram_count; k++) {
		const uint64_t s = i->ram[k].start, e = i->ram[k].end;

		if (s >= e || s < last || (s | e) & 0x1fffff)
			return "range";
		if (e > low_end && (s < high || e > high_end))
			return "range outside the apertures";
		total += e - s;
		last = e;
	}
	return total < m->ram_min || total > m->ram_max ? "sum of RAM" : NULL;
}

static const char *facts_wrong(const struct hostinfo *i, const struct hc_manifest *m)
{
	const uint64_t window = m->packed_size ? m->packed_size : 512u << 20;

	if (i->vcpu_count != m->vcpu_count)
		return "vCPUs";
	if (i->kernel_offset > window || m->kernel.size > window - i->kernel_offset)
		return "kernel outside the window";
	if (i->initrd_offset > window || m->initrd.size > window - i->initrd_offset)
		return "initrd outside the window";
	if (m->initrd.size && i->initrd_offset < i->kernel_offset + m->kernel.size &&
		i->kernel_offset < i->initrd_offset + m->initrd.size)
		return "kernel and initrd overlap";
	return ram_wrong(i, m);
}

const char *fw_tree_wrong(const uint8_t *tree, size_t len, const struct hc_manifest *manifest,
	const struct hostinfo *info)
{
	static struct reader r;
	const char *wrong;

	memset(&r, 0, sizeof(r));
	r.tree = tree;
	r.manifest = manifest;
	if (len < 40 || get_be32(tree) != 0xd00dfeed || get_be32(tree + 20) != 17)
		return "header";
	r.at = get_be32(tree + 8);
	r.strings = get_be32(tree + 12);
	r.strings_end = r.strings + get_be32(tree + 32);
	r.end = r.at + get_be32(tree + 36);
	if (get_be32(tree + 4) > len || r.end > len || r.strings_end > len || r.at > len)
		return "header";
	wrong = walk(&r);
	if (!wrong)
		wrong = complete(&r);
	if (!wrong)
		wrong = facts_wrong(&r.info, manifest);
	if (wrong)
		return wrong;
	return memcmp(&r.info, info, sizeof(*info)) == 0 ? NULL : "the two readings differ";
}
