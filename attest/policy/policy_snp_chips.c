/* SPDX-License-Identifier: Apache-2.0 */
/* Chips by name: the allow-list of a block with pinned keys, and the deny-list of the policy. */
#include <stdio.h>
#include <stdlib.h>

#include "attest/policy/policy_snp_read.h"
#include "common/hex.h"

#define ID_EXPECTED N_("128 hex digits, or Turin's 16; not all zeros")

/* Turin's ids have 8 bytes; zeros follow them in a report. Zeros alone are a masked chip's. */
static bool read_id(
	struct policy_reader *r, const char *text, const char *path, uint8_t out[SNP_CHIP_ID_SIZE])
{
	size_t len = strlen(text) == 16 ? 8 : SNP_CHIP_ID_SIZE;
	char found[64];

	memset(out, 0, SNP_CHIP_ID_SIZE);
	if (!hex_decode(out, len, text, path, NULL) && !bytes_all_zero(out, len))
		return true;
	snprintf(found, sizeof(found), "\"%.40s\"%s", text, strlen(text) > 40 ? "..." : "");
	policy_read_bad(r, path, found, ID_EXPECTED);
	return false;
}

static int by_id(const void *a, const void *b)
{
	return memcmp(a, b, SNP_CHIP_ID_SIZE);
}

static void read_keys(
	struct policy_reader *r, const json_t *item, const char *path, struct policy_chip *out)
{
	struct policy_place place = policy_place_of(path, "endorsement_keys");
	const json_t *array =
		policy_read_array(r, item, path, "endorsement_keys", POLICY_CHIP_KEYS_MAX);

	for (size_t i = 0; i < json_array_size(array); i++) {
		const char *text = policy_read_item(r, array, place.text, i);

		if (!text)
			continue;
		if (strncmp(text, "sha256:", 7) ||
			hex_decode(out->key[i], 32, text + 7, "key", NULL))
			policy_read_bad(r, policy_place_at(place.text, i).text,
				N_("something else"), "sha256: and 64 hex digits");
		out->key_count = i + 1;
	}
}

static void read_chip(
	struct policy_reader *r, const json_t *item, const char *path, struct policy_chip *out)
{
	static const char *const names[] = {"id", "endorsement_keys", "note", NULL};
	struct policy_place id = policy_place_of(path, "id");
	const char *text = NULL;

	if (!json_is_object(item)) {
		policy_read_bad(r, path, N_("no object"), "an object with an id");
		return;
	}
	policy_read_only(r, item, path, names);
	text = policy_read_text(r, item, path, "id");
	if (text)
		read_id(r, text, id.text, out->id);
	else if (!json_object_get(item, "id"))
		policy_read_bad(r, id.text, N_("no such member"), ID_EXPECTED);
	read_keys(r, item, path, out);
	if (json_object_get(item, "note"))
		policy_read_string(r, item, path, "note", out->note, sizeof(out->note));
}

void policy_snp_read_chips(
	struct policy_reader *r, const json_t *obj, const char *path, struct policy_snp *out)
{
	struct policy_place place = policy_place_of(path, "chips");
	const json_t *array = policy_read_array(r, obj, path, "chips", POLICY_CHIPS_MAX);
	size_t count = json_array_size(array);
	int before = r->rc;

	if (!count)
		return;
	out->chip = calloc(count, sizeof(*out->chip));
	if (!out->chip) {
		policy_read_no_memory(r, place.text);
		return;
	}
	out->chip_count = count;
	for (size_t i = 0; i < count; i++)
		read_chip(r, json_array_get(array, i), policy_place_at(place.text, i).text,
			&out->chip[i]);
	qsort(out->chip, count, sizeof(*out->chip), by_id);
	for (size_t i = 1; i < count && r->rc == before; i++)
		if (!by_id(out->chip[i - 1].id, out->chip[i].id))
			policy_read_bad(r, place.text, N_("a chip twice"),
				"each chip once, with all of its keys");
}

const struct policy_chip *policy_snp_chip(
	const struct policy_snp *rules, const uint8_t id[SNP_CHIP_ID_SIZE])
{
	if (!rules->chip_count)
		return NULL;
	return bsearch(id, rules->chip, rules->chip_count, sizeof(*rules->chip), by_id);
}

static void read_denied_chips(
	struct policy_reader *r, const json_t *obj, const char *path, struct policy_list *out)
{
	struct policy_place place = policy_place_of(path, "chips");
	const json_t *array = policy_read_array(r, obj, path, "chips", POLICY_CHIPS_MAX);
	size_t count = json_array_size(array);

	if (!count)
		return;
	out->size = SNP_CHIP_ID_SIZE;
	out->data = calloc(count, out->size);
	if (!out->data) {
		policy_read_no_memory(r, place.text);
		return;
	}
	out->count = count;
	for (size_t i = 0; i < count; i++) {
		const char *text = policy_read_item(r, array, place.text, i);

		if (text)
			read_id(r, text, policy_place_at(place.text, i).text,
				out->data + i * out->size);
	}
	qsort(out->data, count, out->size, by_id);
}

static void read_builds(
	struct policy_reader *r, const json_t *obj, const char *path, struct policy_snp_deny *out)
{
	struct policy_place place = policy_place_of(path, "firmware_builds");
	const json_t *array = policy_read_array(r, obj, path, "firmware_builds", POLICY_BUILDS_MAX);

	for (size_t i = 0; i < json_array_size(array); i++) {
		const char *text = policy_read_item(r, array, place.text, i);
		uint8_t v[3];

		if (text && policy_read_version(r, text, policy_place_at(place.text, i).text, 3, v))
			out->build[out->build_count++] =
				(struct snp_version){.major = v[0], .minor = v[1], .build = v[2]};
	}
}

void policy_snp_read_deny(
	struct policy_reader *r, const json_t *obj, const char *path, struct policy_deny *out)
{
	static const char *const names[] = {"chips", "products", "firmware_builds", NULL};
	struct policy_snp_deny *deny = calloc(1, sizeof(*deny));

	out->snp = deny;
	if (!deny) {
		policy_read_no_memory(r, path);
		return;
	}
	policy_read_only(r, obj, path, names);
	read_denied_chips(r, obj, path, &deny->chips);
	deny->has_products = policy_snp_read_products(r, obj, path, deny->product);
	read_builds(r, obj, path, deny);
}

static bool denies(const struct policy_snp_deny *deny, const uint8_t *id)
{
	return bsearch(id, deny->chips.data, deny->chips.count, SNP_CHIP_ID_SIZE, by_id);
}

/* 16 digits in the list deny every chip that begins so, not only Turin's, which end there. */
bool policy_snp_denies_chip(const struct policy_snp_deny *deny, const uint8_t id[SNP_CHIP_ID_SIZE])
{
	uint8_t head[SNP_CHIP_ID_SIZE] = {0};

	memcpy(head, id, 8);
	return deny->chips.count && (denies(deny, id) || denies(deny, head));
}
