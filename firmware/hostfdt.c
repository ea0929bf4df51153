/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host's device tree: see hostfdt.h. libfdt checks the structure and walks it; it does not mind
 * unknown or repeated names, so the allow-list here does. Nothing is searched for by name: every
 * node and every property is looked at once and has to be expected.
 */
#include "firmware/hostfdt.h"

#include <libfdt.h>
#include <stdbool.h>
#include <string.h>

#include "common/bytes.h"
#include "firmware/abi/hostfdt.h"
#include "firmware/fdtbounds.h"

#define ADDRESS_DIGITS_MAX 16
#define PROPS_MAX          4

/* What a property must look like. */
struct prop_rule {
	const char *name;
	uint32_t len;      /* bytes */
	const void *value; /* the only one allowed, or NULL */
	bool absent;       /* must not be there */
};

struct walk {
	const void *fdt;
	const struct hc_manifest *manifest;
	struct hostinfo *out;
	bool cpus, chosen; /* nodes of these names were seen */
};

/* Cells are big-endian (Devicetree specification 0.4, section 2.2.4). */
static const uint8_t cells_0[4] = {0, 0, 0, 0};
static const uint8_t cells_1[4] = {0, 0, 0, 1};
static const uint8_t cells_2[4] = {0, 0, 0, 2};

static uint64_t get_be64(const uint8_t *p)
{
	return (uint64_t)get_be32(p) << 32 | get_be32(p + 4);
}

static const struct prop_rule *rule_find(const struct prop_rule *rules, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(rules[i].name, name) == 0)
			return &rules[i];
	}
	return NULL;
}

/* One property by the rules; values[i] is set for rules[i], and was NULL before. */
static int prop_take(const struct walk *w, int offset, const struct prop_rule *rules, size_t n,
	const uint8_t *values[])
{
	const struct prop_rule *rule;
	const char *name;
	const void *value;
	int len;

	value = fdt_getprop_by_offset(w->fdt, offset, &name, &len);
	if (!value || !name)
		return HC_REFUSE_FDT_FORMAT;
	rule = rule_find(rules, n, name);
	if (!rule || rule->absent || values[rule - rules])
		return HC_REFUSE_FDT_SCHEMA;
	if (len < 0 || (uint32_t)len != rule->len)
		return HC_REFUSE_FDT_SCHEMA;
	if (rule->value && memcmp(value, rule->value, rule->len) != 0)
		return HC_REFUSE_FDT_SCHEMA;
	values[rule - rules] = value;
	return 0;
}

/* All properties of a node: each of the rules exactly once, nothing else. */
static int props_take(const struct walk *w, int node, const struct prop_rule *rules, size_t n,
	const uint8_t *values[PROPS_MAX])
{
	int offset, refusal;

	for (size_t i = 0; i < PROPS_MAX; i++)
		values[i] = NULL;
	for (offset = fdt_first_property_offset(w->fdt, node); offset >= 0;
		offset = fdt_next_property_offset(w->fdt, offset)) {
		refusal = prop_take(w, offset, rules, n, values);
		if (refusal)
			return refusal;
	}
	if (offset != -FDT_ERR_NOTFOUND)
		return HC_REFUSE_FDT_FORMAT;
	for (size_t i = 0; i < n; i++) {
		if (!values[i] && !rules[i].absent)
			return HC_REFUSE_FDT_SCHEMA;
	}
	return 0;
}

static int leaf_check(const struct walk *w, int node)
{
	const int child = fdt_first_subnode(w->fdt, node);

	if (child >= 0)
		return HC_REFUSE_FDT_SCHEMA;
	return child == -FDT_ERR_NOTFOUND ? 0 : HC_REFUSE_FDT_FORMAT;
}

/* Is `name` the node name `base` with the unit address `address`, spelled the one way we allow? */
static bool unit_name_is(const char *name, const char *base, uint64_t address)
{
	static const char digit[] = "0123456789abcdef";
	char text[ADDRESS_DIGITS_MAX + 1];
	size_t at = ADDRESS_DIGITS_MAX;
	const size_t base_len = strlen(base);

	text[at] = 0;
	do {
		text[--at] = digit[address & 0xf];
		address >>= 4;
	} while (address);
	return strncmp(name, base, base_len) == 0 && name[base_len] == '@' &&
	       strcmp(name + base_len + 1, &text[at]) == 0;
}

static bool name_has_base(const char *name, const char *base)
{
	const size_t len = strlen(base);

	return strncmp(name, base, len) == 0 && name[len] == '@';
}

/* In one aperture of layout.h, aligned, not empty, above the range before it. */
static bool ram_range_valid(const struct hostinfo *info, uint64_t start, uint64_t len)
{
	static const struct range low = {0, HC_RAM_LOW_END};
	static const struct range high = {HC_RAM_HIGH_BASE, HC_RAM_HIGH_END};
	struct range r;

	if (len == 0 || (start | len) % HC_RAM_ALIGN != 0 || !range_make(&r, start, len))
		return false;
	if (!range_inside(r, low) && !range_inside(r, high))
		return false;
	if (info->ram_count == 0)
		return start == 0 && len >= HC_RAM_MIN;
	return start >= info->ram[info->ram_count - 1].end;
}

static int memory_node(struct walk *w, int node, const char *name)
{
	static const struct prop_rule rules[] = {
		{"device_type", sizeof("memory"), "memory", false},
		{"reg", 16, NULL, false},
	};
	const uint8_t *values[PROPS_MAX];
	struct hostinfo *out = w->out;
	uint64_t start, len;
	int refusal;

	refusal = props_take(w, node, rules, 2, values);
	if (!refusal)
		refusal = leaf_check(w, node);
	if (refusal)
		return refusal;
	start = get_be64(values[1]);
	len = get_be64(values[1] + 8);
	if (!unit_name_is(name, "memory", start))
		return HC_REFUSE_FDT_SCHEMA;
	if (out->ram_count == HC_RAM_RANGES_MAX || !ram_range_valid(out, start, len))
		return HC_REFUSE_FDT_RAM;
	out->ram[out->ram_count++] = (struct range){start, start + len};
	return 0;
}

static int cpu_node(struct walk *w, int node, const char *name)
{
	static const struct prop_rule rules[] = {
		{"device_type", sizeof("cpu"), "cpu", false},
		{"reg", 4, NULL, false},
	};
	const uint8_t *values[PROPS_MAX];
	uint32_t id;
	int refusal;

	if (!name_has_base(name, "cpu"))
		return HC_REFUSE_FDT_SCHEMA;
	refusal = props_take(w, node, rules, 2, values);
	if (!refusal)
		refusal = leaf_check(w, node);
	if (refusal)
		return refusal;
	id = get_be32(values[1]);
	if (!unit_name_is(name, "cpu", id))
		return HC_REFUSE_FDT_SCHEMA;
	if (id != w->out->vcpu_count || id >= HC_VCPUS_MAX)
		return HC_REFUSE_FDT_CPUS;
	w->out->vcpu_count++;
	return 0;
}

static int cpus_node(struct walk *w, int node)
{
	static const struct prop_rule rules[] = {
		{"#address-cells", 4, cells_1, false},
		{"#size-cells", 4, cells_0, false},
	};
	const uint8_t *values[PROPS_MAX];
	const char *name;
	int child, refusal;

	refusal = props_take(w, node, rules, 2, values);
	if (refusal)
		return refusal;
	for (child = fdt_first_subnode(w->fdt, node); child >= 0;
		child = fdt_next_subnode(w->fdt, child)) {
		name = fdt_get_name(w->fdt, child, NULL);
		refusal = name ? cpu_node(w, child, name) : HC_REFUSE_FDT_FORMAT;
		if (refusal)
			return refusal;
	}
	return child == -FDT_ERR_NOTFOUND ? 0 : HC_REFUSE_FDT_FORMAT;
}

static bool blob_in_window(uint64_t offset, uint64_t size, uint64_t window)
{
	return size <= window && offset <= window - size;
}

/* Both in the window, or the packed range, and apart, so that no byte of it is read twice. */
static bool blobs_valid(const struct hostinfo *info, const struct hc_manifest *m)
{
	const uint64_t window = m->packed_size ? m->packed_size : HC_STAGING_SIZE;
	struct range kernel, initrd;

	if (!blob_in_window(info->kernel_offset, m->kernel.size, window) ||
		!blob_in_window(info->initrd_offset, m->initrd.size, window))
		return false;
	return range_make(&kernel, info->kernel_offset, m->kernel.size) &&
	       range_make(&initrd, info->initrd_offset, m->initrd.size) &&
	       !range_overlap(kernel, initrd);
}

static int chosen_node(struct walk *w, int node)
{
	const bool has_initrd = w->manifest->initrd.size != 0;
	const struct prop_rule rules[] = {
		{HC_FDT_KERNEL_OFFSET, 8, NULL, false},
		{HC_FDT_INITRD_OFFSET, 8, NULL, !has_initrd},
	};
	const uint8_t *values[PROPS_MAX];
	struct hostinfo *out = w->out;
	int refusal;

	refusal = props_take(w, node, rules, 2, values);
	if (!refusal)
		refusal = leaf_check(w, node);
	if (refusal)
		return refusal;
	out->kernel_offset = get_be64(values[0]);
	out->initrd_offset = has_initrd ? get_be64(values[1]) : 0;
	return blobs_valid(out, w->manifest) ? 0 : HC_REFUSE_FDT_BLOBS;
}

/* A node directly below the root. */
static int top_node(struct walk *w, int node)
{
	const char *name = fdt_get_name(w->fdt, node, NULL);

	if (!name)
		return HC_REFUSE_FDT_FORMAT;
	if (name_has_base(name, "memory"))
		return memory_node(w, node, name);
	if (strcmp(name, "cpus") == 0 && !w->cpus) {
		w->cpus = true;
		return cpus_node(w, node);
	}
	if (strcmp(name, "chosen") == 0 && !w->chosen) {
		w->chosen = true;
		return chosen_node(w, node);
	}
	return HC_REFUSE_FDT_SCHEMA;
}

static int root_node(struct walk *w)
{
	static const struct prop_rule rules[] = {
		{"#address-cells", 4, cells_2, false},
		{"#size-cells", 4, cells_2, false},
		{"compatible", sizeof(HC_FDT_COMPATIBLE), HC_FDT_COMPATIBLE, false},
	};
	const uint8_t *values[PROPS_MAX];
	int node, refusal;

	refusal = props_take(w, 0, rules, 3, values);
	if (refusal)
		return refusal;
	for (node = fdt_first_subnode(w->fdt, 0); node >= 0;
		node = fdt_next_subnode(w->fdt, node)) {
		refusal = top_node(w, node);
		if (refusal)
			return refusal;
	}
	return node == -FDT_ERR_NOTFOUND ? 0 : HC_REFUSE_FDT_FORMAT;
}

static bool ram_total_valid(const struct hostinfo *info, const struct hc_manifest *m)
{
	uint64_t total = 0;

	for (size_t i = 0; i < info->ram_count; i++)
		total += range_len(info->ram[i]); /* disjoint and below 2^40: cannot wrap */
	return total >= m->ram_min && total <= m->ram_max;
}

int hostfdt_parse(
	struct hostinfo *out, const void *fdt, size_t len_bytes, const struct hc_manifest *manifest)
{
	struct walk w = {.fdt = fdt, .manifest = manifest, .out = out};
	int refusal;

	memset(out, 0, sizeof(*out));
	if (!fdtbounds_valid(fdt, len_bytes) || fdt_check_full(fdt, len_bytes) != 0)
		return HC_REFUSE_FDT_FORMAT;
	if (fdt_num_mem_rsv(fdt) != 0)
		return HC_REFUSE_FDT_SCHEMA;
	refusal = root_node(&w);
	if (refusal)
		return refusal;
	if (!w.cpus || !w.chosen)
		return HC_REFUSE_FDT_SCHEMA;
	if (out->ram_count == 0 || !ram_total_valid(out, manifest))
		return HC_REFUSE_FDT_RAM;
	return out->vcpu_count == manifest->vcpu_count ? 0 : HC_REFUSE_FDT_CPUS;
}
