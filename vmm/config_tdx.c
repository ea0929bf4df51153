/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of a configuration that are TDX's own: attributes of the TD beside the one that it
 * always has, and the three fields of a quote that its host fills.
 */
#include <string.h>

#include "attest/measure/measure.h"
#include "common/hex.h"
#include "common/json.h"
#include "vmm/config_internal.h"

#define ATTRIBUTE_DEBUG 1ULL

enum member { TD_ATTRIBUTES, MRCONFIGID, MROWNER, MROWNERCONFIG, MEMBERS };

static const char *const members[] = {
	[TD_ATTRIBUTES] = "td_attributes",
	[MRCONFIGID] = "mrconfigid",
	[MROWNER] = "mrowner",
	[MROWNERCONFIG] = "mrownerconfig",
};

/* Of all there are (attest/evidence/tdx_bits.c, same names) those that a guest here may have. */
static const struct {
	const char *name;
	uint64_t bit;
} attributes[] = {
	{"sept_ve_disable", TDX_ATTRIBUTES},
	{"pks", 1ULL << 30},
	{"perfmon", 1ULL << 63},
	{"debug", ATTRIBUTE_DEBUG},
};

static int one_attribute(uint64_t *out, const char *name, size_t len, struct error *err)
{
	for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++)
		if (strlen(attributes[i].name) == len && !strncmp(attributes[i].name, name, len)) {
			*out |= attributes[i].bit;
			return 0;
		}
	error_fail(err, HC_EUNSUPPORTED, "confidential.td_attributes", "\"%.*s\"", (int)len, name);
	error_expected(err, "sept_ve_disable (always there), pks, perfmon or debug");
	return HC_EUNSUPPORTED;
}

/* NAME[,NAME] */
static int set_attributes(uint64_t *out, const char *list, struct error *err)
{
	int rc = 0;

	*out = 0;
	for (const char *end; !rc; list = end + 1) {
		end = strchrnul(list, ',');
		rc = one_attribute(out, list, (size_t)(end - list), err);
		if (!*end)
			break;
	}
	return rc;
}

static int set(struct vm_config *c, enum member which, const char *value, struct error *err)
{
	const char *name = members[which];
	int rc;

	switch (which) {
	case TD_ATTRIBUTES:
		return set_attributes(&c->tdx.attributes, value, err);
	case MRCONFIGID:
		rc = hex_decode(c->tdx.mrconfigid, sizeof(c->tdx.mrconfigid), value, name, err);
		c->tdx.has_mrconfigid = !rc;
		return rc;
	case MROWNER:
		rc = hex_decode(c->tdx.mrowner, sizeof(c->tdx.mrowner), value, name, err);
		c->tdx.has_owner |= !rc;
		return rc;
	case MROWNERCONFIG:
		rc = hex_decode(
			c->tdx.mrownerconfig, sizeof(c->tdx.mrownerconfig), value, name, err);
		c->tdx.has_owner |= !rc;
		return rc;
	case MEMBERS:
		break;
	}
	return HC_EINTERNAL;
}

bool vm_config_is_option(const char *member, const char *option)
{
	while (*member && (*member == *option || (*member == '_' && *option == '-'))) {
		member++;
		option++;
	}
	return !*member && !*option;
}

int vm_config_tdx_set(struct vm_config *c, const char *option, const char *value, struct error *err)
{
	for (unsigned int m = 0; m < MEMBERS; m++)
		if (vm_config_is_option(members[m], option))
			return set(c, (enum member)m, value, err);
	return error_fail(err, HC_EUSAGE, option, "no such option");
}

int vm_config_tdx_parse(struct vm_config *c, const json_t *obj, struct error *err)
{
	int rc = 0;

	for (unsigned int m = 0; m < MEMBERS && !rc; m++) {
		const char *value = NULL;

		rc = json_opt_string(obj, "confidential", members[m], &value, err);
		if (!rc && value)
			rc = set(c, (enum member)m, value, err);
	}
	return rc;
}

int vm_config_tdx_check(const struct vm_config *c, enum hc_platform platform, struct error *err)
{
	const char *given = c->tdx.attributes       ? "confidential.td_attributes"
			    : c->tdx.has_mrconfigid ? "confidential.mrconfigid"
			    : c->tdx.has_owner      ? "confidential.mrowner or .mrownerconfig"
						    : NULL;

	if (given && platform != HC_PLATFORM_TDX) {
		error_fail(
			err, HC_EUNSUPPORTED, given, "on platform %s", fw_platform_name(platform));
		error_expected(err, "tdx: no other platform has a place for it");
		return HC_EUNSUPPORTED;
	}
	if (c->tdx.has_mrconfigid && c->tenant_policy_path) {
		error_fail(
			err, HC_EFORMAT, "confidential.mrconfigid", "given, and tenant_policy too");
		error_remedy(
			err, "there is one MRCONFIGID: give the digest, or the policy it is of");
		return HC_EFORMAT;
	}
	if (!(c->tdx.attributes & ATTRIBUTE_DEBUG) || c->debug_allowed)
		return 0;
	error_fail(err, HC_EDENIED, "confidential.td_attributes", "debug");
	error_expected(err, "no debug: the host reads and writes all of such a guest");
	error_remedy(err, "leave it out, or say \"debug\": \"allowed\" too; the firmware of hc-vmm "
			  "refuses it all the same");
	return HC_EDENIED;
}
