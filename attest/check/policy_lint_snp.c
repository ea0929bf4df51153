/* SPDX-License-Identifier: Apache-2.0 */
/* What a block's rules for SEV-SNP come to that nobody may have meant. */
#include "attest/check/policy_command.h"
#include "attest/evidence/snp_bits.h"
#include "attest/policy/policy_snp.h"

struct subject {
	struct lint *l;
	const struct policy_block *block;
	const struct policy_snp *s;
	const char *path;
};

static bool loosened(const struct subject *b, enum policy_loosening what)
{
	return policy_loosened(b->block, what, b->l->job->at);
}

static bool product_possible(const struct subject *b, int product)
{
	const struct policy_snp_deny *deny = b->l->policy->deny.snp;

	return (!b->s->has_products || b->s->product[product]) &&
	       (!b->s->has_tcb || b->s->has_floors[product]) && !(deny && deny->product[product]) &&
	       (product != SNP_PRODUCT_MILAN || loosened(b, POLICY_LOOSEN_MILAN));
}

/* --- blocks that never accept --- */

static void never(const struct subject *b, const char *why)
{
	lint_warn(
		b->l, b->path, "this block never accepts: %s", messages_text(b->l->job->lang, why));
}

static bool any_product(const struct subject *b)
{
	for (int i = SNP_PRODUCT_MILAN; i < POLICY_SNP_PRODUCTS; i++)
		if (product_possible(b, i))
			return true;
	return false;
}

static bool any_version(const struct subject *b)
{
	uint32_t listed = b->s->report_versions ? b->s->report_versions : 0x6c;

	if (!loosened(b, POLICY_LOOSEN_REPORT_VERSION_2))
		listed &= ~(1U << 2);
	if (!loosened(b, POLICY_LOOSEN_REPORT_VERSION_6))
		listed &= ~(1U << 6);
	if (b->s->mitigations_launch.named || b->s->mitigations_current.named)
		listed &= ~0x1fU;
	return listed;
}

static bool any_root(const struct subject *b)
{
	static const char *const names[] = {[SNP_PRODUCT_MILAN] = "amd-milan",
		[SNP_PRODUCT_GENOA] = "amd-genoa",
		[SNP_PRODUCT_TURIN] = "amd-turin"};

	for (size_t i = 0; i < b->s->root_count; i++) {
		if (b->s->root[i][0] == 's')
			return true;
		for (int p = SNP_PRODUCT_MILAN; p < POLICY_SNP_PRODUCTS; p++)
			if (!strcmp(b->s->root[i], names[p]) && product_possible(b, p))
				return true;
	}
	return !b->s->root_count;
}

static bool all_chips_denied(const struct subject *b)
{
	const struct policy_snp_deny *deny = b->l->policy->deny.snp;

	if (!b->s->chip_count || !deny)
		return false;
	for (size_t i = 0; i < b->s->chip_count; i++)
		if (!policy_snp_denies_chip(deny, b->s->chip[i].id))
			return false;
	return true;
}

static void lint_never(const struct subject *b)
{
	const struct policy_snp *s = b->s;

	if (!s->measurements.count)
		never(b, N_("it lists no measurement"));
	if (!any_product(b))
		never(b, N_("no product is left that is listed, has floors, is not denied and, for "
			    "Milan, loosened now"));
	else if (!any_root(b))
		never(b, N_("none of its roots is that of a product it accepts"));
	if (!any_version(b))
		never(b, N_("no report version is left; mitigations are in version 5 and later"));
	if (s->vmpls && !(s->vmpls & 1) && !loosened(b, POLICY_LOOSEN_VMPL))
		never(b, N_("it wants a VMPL other than 0, and the loosening for it is not in "
			    "force"));
	if (s->vlek && !s->vcek && (s->chip_count || !loosened(b, POLICY_LOOSEN_MASKED_CHIP)))
		never(b, N_("it wants a VLEK, which names no chip"));
	if (all_chips_denied(b))
		never(b, N_("all of its chips are denied"));
}

/* --- loosenings that do nothing --- */

static void lint_idle(const struct subject *b)
{
	const struct policy_snp *s = b->s;
	const struct {
		enum policy_loosening what;
		bool idle;
	} cases[] = {
		{POLICY_LOOSEN_DEBUG, s->guest_policy.zero & SNP_POLICY_DEBUG},
		{POLICY_LOOSEN_MIGRATION, s->guest_policy.zero & SNP_POLICY_MIGRATE_MA},
		{POLICY_LOOSEN_MILAN, s->has_products && !s->product[SNP_PRODUCT_MILAN]},
		{POLICY_LOOSEN_VMPL, s->vmpls == 1},
		{POLICY_LOOSEN_MASKED_CHIP, s->chip_count != 0},
		{POLICY_LOOSEN_REPORT_VERSION_2,
			s->report_versions && !(s->report_versions >> 2 & 1)},
		{POLICY_LOOSEN_REPORT_VERSION_6,
			s->report_versions && !(s->report_versions >> 6 & 1)},
		{POLICY_LOOSEN_UNKNOWN_BITS, s->unknown_bits == POLICY_UNKNOWN_REFUSE},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (b->block->loosen[cases[i].what].present && cases[i].idle)
			lint_warn(b->l, b->path,
				"the loosening \"%s\" does nothing: another rule of the block "
				"refuses what it allows",
				policy_loosening_name(cases[i].what));
}

static void lint_of_tdx(const struct subject *b)
{
	static const enum policy_loosening of_tdx[] = {POLICY_LOOSEN_TCB_STATUS,
		POLICY_LOOSEN_TCB_GRACE, POLICY_LOOSEN_PROFILING, POLICY_LOOSEN_SEPT_VE,
		POLICY_LOOSEN_SERVICE_TD, POLICY_LOOSEN_QUOTE_BODY_EX};

	for (size_t i = 0; i < sizeof(of_tdx) / sizeof(of_tdx[0]); i++)
		if (b->block->loosen[of_tdx[i]].present)
			lint_warn(b->l, b->path,
				"the loosening \"%s\" does nothing: it is about TDX, and the "
				"block about SEV-SNP",
				policy_loosening_name(of_tdx[i]));
}

/* --- rules that say little --- */

static void lint_floors(const struct subject *b)
{
	static const char *const products[] = {"", "milan", "genoa", "turin"};
	const struct policy_snp *s = b->s;
	bool zero = false;

	if (!s->has_tcb)
		lint_warn(
			b->l, b->path, "no floors: whatever firmware AMD ever signed is accepted");
	for (int p = SNP_PRODUCT_MILAN; p < POLICY_SNP_PRODUCTS; p++) {
		zero = false;
		for (int t = 0; t < POLICY_TCBS; t++)
			for (int part = 0; part < POLICY_TCB_PARTS; part++)
				zero = zero || (s->floor[p][t].named >> part & 1 &&
						       !s->floor[p][t].value[part] &&
						       part != POLICY_TCB_TEE);
		if (zero)
			lint_warn(b->l, b->path, "tcb.%s: a floor of 0 is none", products[p]);
		if (s->has_floors[p] && s->has_products && !s->product[p])
			lint_warn(b->l, b->path, "tcb.%s: the block does not accept this product",
				products[p]);
	}
	if ((s->mitigations_launch.named && !s->mitigations_launch.set) ||
		(s->mitigations_current.named && !s->mitigations_current.set))
		lint_warn(b->l, b->path, "mitigations: a mask of 0 asks for nothing");
}

static void lint_bits(const struct subject *b, const char *name, const struct evidence_bit *table,
	const struct policy_bits *rule)
{
	for (; table->mask; table++) {
		if (table->kind == EVIDENCE_BIT_PROTECTS && rule->zero & table->mask)
			lint_warn(b->l, b->path,
				"%s.%s: refuses machines and guests that have this protection",
				name, table->name);
		if (table->kind == EVIDENCE_BIT_WEAKENS && rule->one & table->mask)
			lint_warn(b->l, b->path,
				"%s.%s: refuses machines and guests that do without this weakness",
				name, table->name);
	}
}

static void lint_measurements(const struct subject *b)
{
	const struct policy_list *list = &b->s->measurements;

	for (size_t i = 0; i < list->count; i++) {
		const uint8_t *entry = list->data + i * list->size;

		if (bytes_all_zero(entry, list->size))
			lint_warn(b->l, b->path,
				"measurements[%zu] is all zeros: put the digest that hc-measure "
				"prints",
				i);
		for (size_t k = 0; k < i; k++)
			if (!memcmp(entry, list->data + k * list->size, list->size))
				lint_warn(b->l, b->path,
					"measurements[%zu] is the same as measurements[%zu]", i, k);
	}
}

static void lint_identity(const struct subject *b)
{
	const struct policy_snp *s = b->s;
	size_t bare = 0;

	if ((s->family_ids.count || s->image_ids.count || s->has_guest_svn) && !s->id_keys.count)
		lint_warn(b->l, b->path,
			"family_ids, image_ids, guest_svn: without id_key_digests the host chooses "
			"them");
	if (s->author_keys.count && !s->id_keys.count)
		lint_warn(b->l, b->path,
			"author_key_digests: any ID key that the author has certified will do");
	for (size_t i = 0; i < s->chip_count; i++)
		bare += !s->chip[i].key_count;
	if (bare)
		lint_warn(b->l, b->path,
			"chips: %zu have no endorsement_keys: a key that AMD newly certifies for "
			"them is accepted",
			bare);
	if (b->l->policy->deny.snp && b->l->policy->deny.snp->chips.count &&
		loosened(b, POLICY_LOOSEN_MASKED_CHIP))
		lint_warn(b->l, b->path,
			"masked-chip: with chips on the deny-list, a report that names no chip "
			"stays undecided");
}

void lint_snp(struct lint *l, const struct policy_block *block, const char *path)
{
	const struct subject b = {l, block, block->snp, path};

	lint_never(&b);
	lint_idle(&b);
	lint_of_tdx(&b);
	lint_floors(&b);
	lint_bits(&b, "guest_policy", snp_policy_bits, &b.s->guest_policy);
	lint_bits(&b, "platform_info", snp_platform_bits, &b.s->platform_info);
	lint_measurements(&b);
	lint_identity(&b);
}
