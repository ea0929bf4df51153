/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the rules for TDX. */
#include "attest/policy/policy_tdx.h"

#include <stdio.h>
#include <stdlib.h>

#include "attest/evidence/tdx_bits.h"
#include "common/hex.h"
#include "common/messages.h"
#include "common/timefmt.h"

const char *const policy_tdx_registers[POLICY_TDX_REGISTERS + 1] = {
	[POLICY_TDX_MRTD] = "mrtd",
	[POLICY_TDX_RTMR0] = "rtmr0",
	[POLICY_TDX_RTMR1] = "rtmr1",
	[POLICY_TDX_RTMR2] = "rtmr2",
	[POLICY_TDX_RTMR3] = "rtmr3",
	[POLICY_TDX_MRSEAM] = "mrseam",
	[POLICY_TDX_MRSIGNERSEAM] = "mrsignerseam",
	[POLICY_TDX_MRCONFIGID] = "mrconfigid",
	[POLICY_TDX_MROWNER] = "mrowner",
	[POLICY_TDX_MROWNERCONFIG] = "mrownerconfig",
	[POLICY_TDX_MRSERVICETD] = "mrservicetd",
};

/* Revoked and NotSupported are nobody's to accept, under no name and until no date. */
static const char *const statuses[] = {"UpToDate", "SWHardeningNeeded", "ConfigurationNeeded",
	"ConfigurationAndSWHardeningNeeded", "OutOfDate", "OutOfDateConfigurationNeeded",
	"TDRelaunchAdvised", "TDRelaunchAdvisedConfigurationNeeded", NULL};

static void read_statuses(
	struct policy_reader *r, const json_t *obj, const char *path, struct policy_tdx *out)
{
	struct policy_place place = policy_place_of(path, "tcb_statuses");
	const json_t *array = policy_read_array(r, obj, path, "tcb_statuses", TDX_TCB_STATUS_COUNT);

	for (size_t i = 0; i < json_array_size(array); i++) {
		const char *text = policy_read_item(r, array, place.text, i);
		int n = text ? policy_read_choice(r, text, policy_place_at(place.text, i).text,
				       statuses,
				       "a TCB status of Intel's, such as UpToDate; Revoked cannot "
				       "be accepted")
			     : -1;

		if (n >= 0)
			out->statuses |= 1U << tdx_tcb_status_from_name(statuses[n]);
	}
}

static void read_date(
	struct policy_reader *r, const json_t *obj, const char *path, struct policy_tdx *out)
{
	const char *text = policy_read_text(r, obj, path, "min_tcb_date");
	struct error err;

	if (!text)
		return;
	if (!timefmt_parse(&out->tcb_date, text, &err)) {
		out->has_tcb_date = true;
		return;
	}
	snprintf(err.where, sizeof(err.where), "%s", policy_place_of(path, "min_tcb_date").text);
	policy_read_note(r, &err);
}

static void read_advisories(
	struct policy_reader *r, const json_t *obj, const char *path, struct policy_tdx *out)
{
	struct policy_place place = policy_place_of(path, "denied_advisories");
	const json_t *array =
		policy_read_array(r, obj, path, "denied_advisories", POLICY_TDX_ADVISORIES_MAX);

	for (size_t i = 0; i < json_array_size(array); i++) {
		const char *text = policy_read_item(r, array, place.text, i);

		if (text && !strncmp(text, "INTEL-SA-", 9) && text[9] &&
			strlen(text) < TDX_ADVISORY_SIZE &&
			!text[9 + strspn(text + 9, "0123456789")])
			snprintf(out->advisory[out->advisory_count++], TDX_ADVISORY_SIZE, "%s",
				text);
		else if (text)
			policy_read_bad(r, policy_place_at(place.text, i).text, text,
				"INTEL-SA- and digits");
	}
}

static void read_tcb(
	struct policy_reader *r, const json_t *obj, const char *path, struct policy_tdx *out)
{
	uint64_t number = 0;

	read_statuses(r, obj, path, out);
	read_date(r, obj, path, out);
	out->has_evaluation =
		policy_read_number(r, obj, path, "min_evaluation_number", UINT32_MAX, &number);
	out->evaluation = (uint32_t)number;
	number = 0;
	out->has_grace =
		policy_read_number(r, obj, path, "grace_days", POLICY_TDX_GRACE_DAYS_MAX, &number);
	out->grace_days = (uint32_t)number;
	read_advisories(r, obj, path, out);
}

static void read_seamattributes(
	struct policy_reader *r, const json_t *obj, const char *path, struct policy_tdx *out)
{
	const char *text = policy_read_text(r, obj, path, "seamattributes");
	uint8_t bytes[8];

	if (!text)
		return;
	if (strncmp(text, "0x", 2) || hex_decode(bytes, 8, text + 2, "seamattributes", NULL)) {
		policy_read_bad(r, policy_place_of(path, "seamattributes").text, text,
			"0x and 16 hex digits");
		return;
	}
	out->has_seamattributes = true;
	for (size_t i = 0; i < sizeof(bytes); i++)
		out->seamattributes = out->seamattributes << 8 | bytes[i];
}

static void read_bodies(
	struct policy_reader *r, const json_t *obj, const char *path, struct policy_tdx *out)
{
	static const char *const names[] = {"TD 1.0", "TD 1.5", "TD 1.5 Ex", NULL};
	struct policy_place place = policy_place_of(path, "bodies");
	const json_t *array = policy_read_array(r, obj, path, "bodies", 3);

	for (size_t i = 0; i < json_array_size(array); i++) {
		const char *text = policy_read_item(r, array, place.text, i);
		int n = text ? policy_read_choice(r, text, policy_place_at(place.text, i).text,
				       names, "TD 1.0, TD 1.5 or TD 1.5 Ex")
			     : -1;

		if (n >= 0)
			out->bodies |= 1U << (TDX_BODY_TD10 + n);
	}
}

static void read_platforms(struct policy_reader *r, const json_t *obj, const char *path,
	struct policy_tdx_platforms *out)
{
	out->fmspcs.size = 6;
	out->ppids.size = 16;
	out->instances.size = 16;
	policy_read_list(r, obj, path, "fmspcs", POLICY_TDX_PLATFORMS_MAX, &out->fmspcs);
	policy_read_list(r, obj, path, "ppids", POLICY_TDX_PLATFORMS_MAX, &out->ppids);
	policy_read_list(
		r, obj, path, "platform_instances", POLICY_TDX_PLATFORMS_MAX, &out->instances);
}

static void free_platforms(struct policy_tdx_platforms *p)
{
	free(p->fmspcs.data);
	free(p->ppids.data);
	free(p->instances.data);
}

/* A rule that lets a bit have the value its default refuses. */
static bool weak(const struct policy_bits *rule, uint64_t must_be_zero, uint64_t must_be_one)
{
	return rule->named & ((must_be_zero & ~rule->zero) | (must_be_one & ~rule->one));
}

static bool lists_nonzero(const struct policy_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (!bytes_all_zero(list->data + i * list->size, list->size))
			return true;
	return false;
}

/* Values below a default, each with the loosening without which the file is refused. */
static void check_loosened(
	struct policy_reader *r, const struct policy_block *block, const char *path)
{
	const struct policy_tdx *t = block->tdx;
	const struct {
		bool weak;
		enum policy_loosening what;
		const char *member, *found;
	} values[] = {
		{t->statuses & ~(1U << TDX_TCB_UP_TO_DATE), POLICY_LOOSEN_TCB_STATUS,
			"tcb_statuses", N_("a status other than UpToDate")},
		{t->has_grace, POLICY_LOOSEN_TCB_GRACE, "grace_days", N_("a grace period")},
		{t->bodies >> TDX_BODY_TD15_EX & 1, POLICY_LOOSEN_QUOTE_BODY_EX, "bodies",
			"TD 1.5 Ex"},
		{t->unknown_bits > POLICY_UNKNOWN_REFUSE, POLICY_LOOSEN_UNKNOWN_BITS,
			"unknown_bits", N_("warn or ignore")},
		{weak(&t->td_attributes, TDX_ATTR_DEBUG, 0), POLICY_LOOSEN_DEBUG,
			"td_attributes.debug", N_("any or required-1")},
		{weak(&t->td_attributes, TDX_ATTR_PROFILING, 0), POLICY_LOOSEN_PROFILING,
			"td_attributes", N_("a profiling bit that may be set")},
		{weak(&t->td_attributes, TDX_ATTR_MIGRATABLE, 0), POLICY_LOOSEN_MIGRATION,
			"td_attributes.migratable", N_("any or required-1")},
		{weak(&t->td_attributes, 0, TDX_ATTR_SEPT_VE_DISABLE), POLICY_LOOSEN_SEPT_VE,
			"td_attributes.sept_ve_disable", N_("any or required-0")},
		{lists_nonzero(&t->registers[POLICY_TDX_MRSERVICETD]), POLICY_LOOSEN_SERVICE_TD,
			"mrservicetd", N_("a service TD")},
	};

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		if (values[i].weak)
			policy_read_weakens(r, block, values[i].what,
				policy_place_of(path, values[i].member).text, values[i].found);
}

static void read_rules(
	struct policy_reader *r, const json_t *obj, const char *path, struct policy_tdx *t)
{
	static const char *const roots[] = {"intel-sgx-root", NULL};

	t->root_count = policy_read_roots(r, obj, path, roots,
		"intel-sgx-root or sha256:<64 lower-case hex>", t->root, POLICY_TDX_ROOTS_MAX);
	for (int i = 0; i < POLICY_TDX_REGISTERS; i++) {
		t->registers[i].size = TDX_MR_SIZE;
		policy_read_list(r, obj, path, policy_tdx_registers[i], POLICY_TDX_LIST_MAX,
			&t->registers[i]);
	}
	read_tcb(r, obj, path, t);
	policy_read_bits(r, obj, path, "td_attributes", tdx_td_attributes, &t->td_attributes);
	policy_read_bits(r, obj, path, "xfam", tdx_xfam, &t->xfam);
	read_seamattributes(r, obj, path, t);
	t->unknown_bits = policy_read_unknown_bits(r, obj, path);
	read_bodies(r, obj, path, t);
	read_platforms(r, obj, path, &t->platforms);
}

static void read(
	struct policy_reader *r, const json_t *obj, const char *path, struct policy_block *out)
{
	static const char *const others[] = {"roots", "tcb_statuses", "min_tcb_date",
		"min_evaluation_number", "grace_days", "denied_advisories", "td_attributes", "xfam",
		"seamattributes", "unknown_bits", "bodies", "fmspcs", "ppids",
		"platform_instances"};
	const char *names[POLICY_TDX_REGISTERS + sizeof(others) / sizeof(others[0]) + 1];

	out->tdx = calloc(1, sizeof(*out->tdx));
	if (!out->tdx) {
		policy_read_no_memory(r, path);
		return;
	}
	memcpy(names, others, sizeof(others));
	memcpy(names + sizeof(others) / sizeof(others[0]), policy_tdx_registers,
		sizeof(policy_tdx_registers));
	policy_read_only(r, obj, path, names);
	read_rules(r, obj, path, out->tdx);
	check_loosened(r, out, path);
}

static void read_deny(
	struct policy_reader *r, const json_t *obj, const char *path, struct policy_deny *out)
{
	static const char *const names[] = {"fmspcs", "ppids", "platform_instances", NULL};

	out->tdx = calloc(1, sizeof(*out->tdx));
	if (!out->tdx) {
		policy_read_no_memory(r, path);
		return;
	}
	policy_read_only(r, obj, path, names);
	read_platforms(r, obj, path, &out->tdx->platforms);
}

static void free_rules(struct policy_block *block)
{
	struct policy_tdx *t = block->tdx;

	if (!t)
		return;
	for (int i = 0; i < POLICY_TDX_REGISTERS; i++)
		free(t->registers[i].data);
	free_platforms(&t->platforms);
	free(t);
	block->tdx = NULL;
}

static void free_deny(struct policy_deny *deny)
{
	if (deny->tdx)
		free_platforms(&deny->tdx->platforms);
	free(deny->tdx);
	deny->tdx = NULL;
}

static bool lists_measurement(const struct policy_block *block)
{
	return block->tdx->registers[POLICY_TDX_MRTD].count;
}

const struct policy_tee_ops policy_tdx_ops = {
	.tee = CLAIMS_TDX,
	.member = "tdx",
	.read = read,
	.read_deny = read_deny,
	.free = free_rules,
	.free_deny = free_deny,
	.judge_all = policy_tdx_judge_all,
	.judge = policy_tdx_judge,
	.lists_measurement = lists_measurement,
};
