/* SPDX-License-Identifier: Apache-2.0 */
/* Floors: the four TCBs by product and component, firmware versions, masks of mitigations. */
#include <stdio.h>

#include "attest/policy/policy_snp_read.h"

const char *const policy_tcb_part_names[POLICY_TCB_PARTS + 1] = {
	"fmc", "bootloader", "tee", "snp", "microcode", NULL};
const char *const policy_tcb_names[POLICY_TCBS + 1] = {
	"reported", "committed", "current", "launch", NULL};

uint8_t policy_tcb_part(const struct snp_tcb *tcb, enum policy_tcb_part part)
{
	const uint8_t parts[POLICY_TCB_PARTS] = {
		tcb->fmc, tcb->bootloader, tcb->tee, tcb->snp, tcb->microcode};

	return parts[part];
}

/* Milan and Genoa have no FMC: a floor for it would be one that nothing can meet, or nobody checks.
 */
static void read_floor(struct policy_reader *r, const json_t *obj, const char *path,
	enum snp_product product, struct policy_floor *out)
{
	int first = product == SNP_PRODUCT_TURIN ? POLICY_TCB_FMC : POLICY_TCB_BOOTLOADER;

	policy_read_only(r, obj, path, policy_tcb_part_names + first);
	for (int part = first; part < POLICY_TCB_PARTS; part++) {
		uint64_t value;

		if (!policy_read_number(r, obj, path, policy_tcb_part_names[part], 255, &value))
			continue;
		out->named |= (uint8_t)(1U << part);
		out->value[part] = (uint8_t)value;
	}
}

/* The higher of the two holds. */
static void raise_floor(struct policy_floor *floor, const struct policy_floor *by)
{
	floor->named |= by->named;
	for (int part = 0; part < POLICY_TCB_PARTS; part++)
		if (by->named >> part & 1 && by->value[part] > floor->value[part])
			floor->value[part] = by->value[part];
}

static void read_product(struct policy_reader *r, const json_t *obj, const char *path,
	enum snp_product product, struct policy_floor out[POLICY_TCBS])
{
	const char *names[POLICY_TCBS + 2] = {"all"};
	struct policy_floor all = {0};
	const json_t *floor = policy_read_object(r, obj, path, "all");

	memcpy(names + 1, policy_tcb_names, sizeof(policy_tcb_names));
	policy_read_only(r, obj, path, names);
	if (floor)
		read_floor(r, floor, policy_place_of(path, "all").text, product, &all);
	for (int tcb = 0; tcb < POLICY_TCBS; tcb++) {
		const char *name = policy_tcb_names[tcb];

		floor = policy_read_object(r, obj, path, name);
		if (floor)
			read_floor(r, floor, policy_place_of(path, name).text, product, &out[tcb]);
		raise_floor(&out[tcb], &all);
	}
}

static void read_tcb(
	struct policy_reader *r, const json_t *obj, const char *path, struct policy_snp *out)
{
	struct policy_place place = policy_place_of(path, "tcb");
	const json_t *tcb = policy_read_object(r, obj, path, "tcb");

	if (!tcb)
		return;
	out->has_tcb = true;
	policy_read_only(r, tcb, place.text, policy_snp_products);
	for (int i = SNP_PRODUCT_MILAN; i < POLICY_SNP_PRODUCTS; i++) {
		const char *name = policy_snp_products[i - SNP_PRODUCT_MILAN];
		struct policy_place at = policy_place_of(place.text, name);
		const json_t *floors = policy_read_object(r, tcb, place.text, name);

		out->has_floors[i] = floors;
		if (floors)
			read_product(r, floors, at.text, (enum snp_product)i, out->floor[i]);
		else if (out->product[i])
			policy_read_bad(r, at.text, N_("no floors"),
				"floors for each product that the block lists");
	}
}

static void read_firmware(
	struct policy_reader *r, const json_t *obj, const char *path, struct policy_snp *out)
{
	static const char *const names[] = {"current", "committed", NULL};
	struct policy_version_floor *const floors[] = {
		&out->firmware_current, &out->firmware_committed};
	struct policy_place place = policy_place_of(path, "firmware");
	const json_t *firmware = policy_read_object(r, obj, path, "firmware");

	if (!firmware)
		return;
	policy_read_only(r, firmware, place.text, names);
	for (int i = 0; names[i]; i++) {
		const char *text = policy_read_text(r, firmware, place.text, names[i]);
		uint8_t v[3];

		if (!text || !policy_read_version(
				     r, text, policy_place_of(place.text, names[i]).text, 3, v))
			continue;
		*floors[i] = (struct policy_version_floor){
			true, {.major = v[0], .minor = v[1], .build = v[2]}};
	}
}

/* "0x" and 1 to 16 hex digits. */
static bool read_mask(struct policy_reader *r, const char *text, const char *path, uint64_t *out)
{
	size_t digits = strspn(text + (text[0] ? 1 : 0), "x") == 1 ? strlen(text) - 2 : 0;
	bool good = text[0] == '0' && digits >= 1 && digits <= 16;
	char found[64];

	*out = 0;
	for (size_t i = 2; good && text[i]; i++) {
		static const char hex[] = "0123456789abcdef";
		const char *digit =
			strchr(hex, text[i] >= 'A' && text[i] <= 'F' ? text[i] | 0x20 : text[i]);

		good = digit;
		if (good)
			*out = *out << 4 | (uint64_t)(digit - hex);
	}
	if (good)
		return true;
	snprintf(found, sizeof(found), "\"%.48s\"", text);
	policy_read_bad(r, path, found, "a mask like \"0x0b\"");
	return false;
}

static void read_mitigations(
	struct policy_reader *r, const json_t *obj, const char *path, struct policy_snp *out)
{
	static const char *const names[] = {"launch", "current", NULL};
	struct policy_mask *const masks[] = {&out->mitigations_launch, &out->mitigations_current};
	struct policy_place place = policy_place_of(path, "mitigations");
	const json_t *mitigations = policy_read_object(r, obj, path, "mitigations");

	if (!mitigations)
		return;
	policy_read_only(r, mitigations, place.text, names);
	for (int i = 0; names[i]; i++) {
		const char *text = policy_read_text(r, mitigations, place.text, names[i]);

		if (text)
			masks[i]->named = read_mask(r, text,
				policy_place_of(place.text, names[i]).text, &masks[i]->set);
	}
}

void policy_snp_read_floors(
	struct policy_reader *r, const json_t *obj, const char *path, struct policy_snp *out)
{
	read_tcb(r, obj, path, out);
	read_firmware(r, obj, path, out);
	read_mitigations(r, obj, path, out);
}
