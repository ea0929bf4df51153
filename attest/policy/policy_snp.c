/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the rules for SEV-SNP; floors are in policy_snp_floors.c, chips in policy_snp_chips.c. */
#include "attest/policy/policy_snp.h"

#include <stdio.h>
#include <stdlib.h>

#include "attest/evidence/snp_bits.h"
#include "attest/policy/policy_snp_read.h"
#include "common/hex.h"

const char *const policy_snp_products[] = {"milan", "genoa", "turin", NULL};

bool policy_snp_read_products(struct policy_reader *r, const json_t *obj, const char *path,
	bool product[POLICY_SNP_PRODUCTS])
{
	struct policy_place place = policy_place_of(path, "products");
	const json_t *array = policy_read_array(r, obj, path, "products", 16);

	for (size_t i = 0; i < json_array_size(array); i++) {
		const char *name = policy_read_item(r, array, place.text, i);
		int n = name ? policy_read_choice(r, name, policy_place_at(place.text, i).text,
				       policy_snp_products, "milan, genoa or turin")
			     : -1;

		if (n >= 0)
			product[n + SNP_PRODUCT_MILAN] = true;
	}
	return array;
}

/* A digest of zeros names no key: any guest launched without an ID block has it. */
static void refuse_zero(
	struct policy_reader *r, const char *path, const char *name, const struct policy_list *list)
{
	struct policy_place place = policy_place_of(path, name);

	for (size_t i = 0; i < list->count; i++)
		if (bytes_all_zero(list->data + i * list->size, list->size))
			policy_read_bad(r, policy_place_at(place.text, i).text, N_("all zeros"),
				"the digest of a key");
}

static void read_lists(
	struct policy_reader *r, const json_t *obj, const char *path, struct policy_snp *out)
{
	int before = r->rc;

	policy_read_list(r, obj, path, "measurements", POLICY_MEASUREMENTS_MAX, &out->measurements);
	policy_read_list(r, obj, path, "id_key_digests", POLICY_LIST_MAX, &out->id_keys);
	policy_read_list(r, obj, path, "author_key_digests", POLICY_LIST_MAX, &out->author_keys);
	policy_read_list(r, obj, path, "host_data", POLICY_LIST_MAX, &out->host_data);
	policy_read_list(r, obj, path, "family_ids", POLICY_LIST_MAX, &out->family_ids);
	policy_read_list(r, obj, path, "image_ids", POLICY_LIST_MAX, &out->image_ids);
	if (r->rc != before)
		return;
	refuse_zero(r, path, "id_key_digests", &out->id_keys);
	refuse_zero(r, path, "author_key_digests", &out->author_keys);
}

static void read_signing_key(
	struct policy_reader *r, const json_t *obj, const char *path, struct policy_snp *out)
{
	static const char *const kinds[] = {"vcek", "vlek", NULL};
	struct policy_place place = policy_place_of(path, "signing_key");
	const json_t *array = policy_read_array(r, obj, path, "signing_key", 2);

	for (size_t i = 0; i < json_array_size(array); i++) {
		const char *name = policy_read_item(r, array, place.text, i);
		int n = name ? policy_read_choice(r, name, policy_place_at(place.text, i).text,
				       kinds, "vcek or vlek")
			     : -1;

		out->vcek |= n == 0;
		out->vlek |= n == 1;
	}
}

static void read_guest_svn(
	struct policy_reader *r, const json_t *obj, const char *path, struct policy_snp *out)
{
	static const char *const names[] = {"min", NULL};
	struct policy_place place = policy_place_of(path, "guest_svn");
	const json_t *svn = policy_read_object(r, obj, path, "guest_svn");
	uint64_t min = 0;

	if (!svn)
		return;
	policy_read_only(r, svn, place.text, names);
	out->has_guest_svn = policy_read_number(r, svn, place.text, "min", UINT32_MAX, &min);
	out->guest_svn = (uint32_t)min;
}

static void read_abi(
	struct policy_reader *r, const json_t *obj, const char *path, struct policy_snp *out)
{
	static const char *const names[] = {"min", NULL};
	struct policy_place place = policy_place_of(path, "abi");
	const json_t *abi = policy_read_object(r, obj, path, "abi");
	const char *text = NULL;
	uint8_t parts[3] = {0};

	if (!abi)
		return;
	policy_read_only(r, abi, place.text, names);
	text = policy_read_text(r, abi, place.text, "min");
	if (!text)
		return;
	out->has_abi =
		policy_read_version(r, text, policy_place_of(place.text, "min").text, 2, parts);
	memcpy(out->abi, parts, sizeof(out->abi));
}

/* Values below a default, each with the loosening without which the file is refused. */
static void check_loosened(
	struct policy_reader *r, const struct policy_block *block, const char *path)
{
	const struct policy_snp *s = block->snp;
	const struct {
		bool weak;
		enum policy_loosening what;
		const char *member, *found;
	} values[] = {
		{s->product[SNP_PRODUCT_MILAN], POLICY_LOOSEN_MILAN, "products", "milan"},
		{s->report_versions >> 2 & 1, POLICY_LOOSEN_REPORT_VERSION_2, "report_versions",
			"2"},
		{s->report_versions >> 6 & 1, POLICY_LOOSEN_REPORT_VERSION_6, "report_versions",
			"6"},
		{s->vmpls & ~1U, POLICY_LOOSEN_VMPL, "vmpl", N_("a VMPL other than 0")},
		{s->vlek, POLICY_LOOSEN_MASKED_CHIP, "signing_key", "vlek"},
		{s->unknown_bits > POLICY_UNKNOWN_REFUSE, POLICY_LOOSEN_UNKNOWN_BITS,
			"unknown_bits", N_("warn or ignore")},
		{s->guest_policy.named & ~s->guest_policy.zero & SNP_POLICY_DEBUG,
			POLICY_LOOSEN_DEBUG, "guest_policy.debug", N_("any or required-1")},
		{s->guest_policy.named & ~s->guest_policy.zero & SNP_POLICY_MIGRATE_MA,
			POLICY_LOOSEN_MIGRATION, "guest_policy.migrate_ma",
			N_("any or required-1")},
	};

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		if (values[i].weak)
			policy_read_weakens(r, block, values[i].what,
				policy_place_of(path, values[i].member).text, values[i].found);
}

static void set_sizes(struct policy_snp *s)
{
	s->measurements.size = 48;
	s->id_keys.size = 48;
	s->author_keys.size = 48;
	s->host_data.size = 32;
	s->family_ids.size = 16;
	s->image_ids.size = 16;
}

static void read_rules(
	struct policy_reader *r, const json_t *obj, const char *path, struct policy_snp *s)
{
	static const char *const roots[] = {"amd-milan", "amd-genoa", "amd-turin", NULL};

	s->has_products = policy_snp_read_products(r, obj, path, s->product);
	s->root_count = policy_read_roots(r, obj, path, roots,
		"amd-milan, amd-genoa, amd-turin or sha256:<64 lower-case hex>", s->root,
		POLICY_ROOTS_MAX);
	read_lists(r, obj, path, s);
	policy_snp_read_floors(r, obj, path, s);
	policy_read_bits(r, obj, path, "guest_policy", snp_policy_bits, &s->guest_policy);
	policy_read_bits(r, obj, path, "platform_info", snp_platform_bits, &s->platform_info);
	s->unknown_bits = policy_read_unknown_bits(r, obj, path);
	read_abi(r, obj, path, s);
	policy_read_numbers(r, obj, path, "report_versions", 1U << 2 | 1U << 3 | 1U << 5 | 1U << 6,
		"2, 3, 5 or 6", &s->report_versions);
	policy_read_numbers(r, obj, path, "vmpl", 0xf, "0 to 3", &s->vmpls);
	read_signing_key(r, obj, path, s);
	read_guest_svn(r, obj, path, s);
	policy_snp_read_chips(r, obj, path, s);
}

static void read(
	struct policy_reader *r, const json_t *obj, const char *path, struct policy_block *out)
{
	static const char *const names[] = {"products", "roots", "measurements", "tcb", "firmware",
		"mitigations", "guest_policy", "platform_info", "unknown_bits", "abi",
		"report_versions", "vmpl", "signing_key", "id_key_digests", "author_key_digests",
		"host_data", "family_ids", "image_ids", "guest_svn", "chips", NULL};

	out->snp = calloc(1, sizeof(*out->snp));
	if (!out->snp) {
		policy_read_no_memory(r, path);
		return;
	}
	set_sizes(out->snp);
	policy_read_only(r, obj, path, names);
	read_rules(r, obj, path, out->snp);
	check_loosened(r, out, path);
}

static void free_rules(struct policy_block *block)
{
	struct policy_snp *s = block->snp;

	if (!s)
		return;
	free(s->measurements.data);
	free(s->id_keys.data);
	free(s->author_keys.data);
	free(s->host_data.data);
	free(s->family_ids.data);
	free(s->image_ids.data);
	free(s->chip);
	free(s);
	block->snp = NULL;
}

static void free_deny(struct policy_deny *deny)
{
	if (deny->snp)
		free(deny->snp->chips.data);
	free(deny->snp);
	deny->snp = NULL;
}

static bool lists_measurement(const struct policy_block *block)
{
	return block->snp->measurements.count;
}

const struct policy_tee_ops policy_snp_ops = {
	.tee = CLAIMS_SEV_SNP,
	.member = "snp",
	.read = read,
	.read_deny = policy_snp_read_deny,
	.free = free_rules,
	.free_deny = free_deny,
	.judge_all = policy_snp_judge_all,
	.judge = policy_snp_judge,
	.lists_measurement = lists_measurement,
};
