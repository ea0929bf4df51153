/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of a configuration that are SEV-SNP's own. A guest policy that lets the host in has to
 * be said twice: the bit, and the word "allowed".
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "attest/measure/id_block.h"
#include "common/json.h"
#include "vmm/config_internal.h"
#include "vmm/platform/snp_policy.h"

enum member { GUEST_POLICY, DEBUG, MIGRATION, VCEK, CPUID, CERTIFICATES, MEMBERS };

const char *const vm_config_snp_members[] = {
	[GUEST_POLICY] = "guest_policy",
	[DEBUG] = "debug",
	[MIGRATION] = "migration",
	[VCEK] = "vcek",
	[CPUID] = "cpuid",
	[CERTIFICATES] = "certificates",
	NULL,
};

void vm_config_snp_init(struct vm_config *c)
{
	c->snp.policy = SNP_POLICY_DEFAULT;
}

/* The one word that such a member may have. */
static int word(
	const char *member, const char *value, const char *only, bool *out, struct error *err)
{
	*out = !strcmp(value, only);
	if (*out)
		return 0;
	error_fail(err, HC_EUNSUPPORTED, member, "\"%s\"", value);
	error_expected(err, "\"%s\", or leave it out", only);
	return HC_EUNSUPPORTED;
}

static int policy(uint64_t *out, const char *value, struct error *err)
{
	char *end;

	errno = 0;
	*out = strtoull(value, &end, 0);
	/* strtoull takes signs and spaces too. */
	if (*value >= '0' && *value <= '9' && !*end && !errno)
		return 0;
	error_fail(err, HC_EFORMAT, "guest policy", "\"%s\"", value);
	error_expected(err, "a number such as \"0x30000\"");
	return HC_EFORMAT;
}

static int set(struct vm_config *c, enum member which, const char *value, struct error *err)
{
	const char *name = vm_config_snp_members[which];

	switch (which) {
	case GUEST_POLICY:
		return policy(&c->snp.policy, value, err);
	case DEBUG:
		return word(name, value, "allowed", &c->debug_allowed, err);
	case MIGRATION:
		return word(name, value, "allowed", &c->snp.migration_allowed, err);
	case VCEK:
		return word(name, value, "disabled", &c->snp.vcek_disabled, err);
	case CPUID:
		return word(name, value, "strict", &c->snp.strict_cpuid, err);
	case CERTIFICATES:
		return vm_config_own(&c->snp.certificates_path, value, err);
	case MEMBERS:
		break;
	}
	return HC_EINTERNAL;
}

int vm_config_snp_set(struct vm_config *c, const char *option, const char *value, struct error *err)
{
	for (unsigned int m = 0; m < MEMBERS; m++)
		if (vm_config_is_option(vm_config_snp_members[m], option))
			return set(c, (enum member)m, value, err);
	return vm_config_tdx_set(c, option, value, err);
}

int vm_config_snp_parse(struct vm_config *c, const json_t *obj, struct error *err)
{
	int rc = 0;

	for (unsigned int m = 0; m < MEMBERS && !rc; m++) {
		const char *value = NULL;

		rc = json_opt_string(obj, "confidential", vm_config_snp_members[m], &value, err);
		if (!rc && value)
			rc = set(c, (enum member)m, value, err);
	}
	return rc;
}

/* Nothing is taken that nobody will act on. */
static int misplaced(const struct vm_config *c, enum hc_platform platform, struct error *err)
{
	const bool snp = platform == HC_PLATFORM_SNP, sim = platform == HC_PLATFORM_SIM_SNP;
	const struct vm_config_snp *s = &c->snp;
	const struct {
		bool given, has_place;
		const char *member;
	} checks[] = {
		{s->policy != SNP_POLICY_DEFAULT, snp || sim, "confidential.guest_policy"},
		{c->debug_allowed, snp || sim || platform == HC_PLATFORM_TDX, "confidential.debug"},
		{s->migration_allowed, snp || sim, "confidential.migration"},
		{s->vcek_disabled, snp, "confidential.vcek"},
		{s->strict_cpuid, snp, "confidential.cpuid"},
		{s->certificates_path, snp, "confidential.certificates"},
	};

	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		if (!checks[i].given || checks[i].has_place)
			continue;
		error_fail(err, HC_EUNSUPPORTED, checks[i].member, "on platform %s",
			fw_platform_name(platform));
		error_expected(err, "sev-snp: no other platform has a use for it");
		return HC_EUNSUPPORTED;
	}
	return 0;
}

int vm_config_snp_check(const struct vm_config *c, enum hc_platform platform, struct error *err)
{
	int rc = misplaced(c, platform, err);

	if (rc || (platform != HC_PLATFORM_SNP && platform != HC_PLATFORM_SIM_SNP))
		return rc;
	return snp_policy_check(c->snp.policy, c->debug_allowed, c->snp.migration_allowed, err);
}
