/* SPDX-License-Identifier: Apache-2.0 */
/* The rules for SEV-SNP in sentences. */
#include <stdarg.h>

#include "attest/check/policy_command.h"
#include "attest/evidence/snp_bits.h"
#include "attest/policy/policy_snp.h"
#include "common/hex.h"

static const char *const product_names[] = {NULL, "Milan", "Genoa (Bergamo, Siena)", "Turin"};

/* Words between commas: the longest are 16 roots by fingerprint, and 64 builds of firmware. */
struct words {
	char text[POLICY_ROOTS_MAX * (ROOT_NAME_SIZE + 2)];
	size_t len;
};

static void add(struct words *w, const char *fmt, ...) HC_PRINTF(2, 3);
static void add(struct words *w, const char *fmt, ...)
{
	va_list ap;

	if (w->len && w->len < sizeof(w->text))
		w->len += (size_t)snprintf(w->text + w->len, sizeof(w->text) - w->len, ", ");
	if (w->len >= sizeof(w->text))
		return;
	va_start(ap, fmt);
	w->len += (size_t)vsnprintf(w->text + w->len, sizeof(w->text) - w->len, fmt, ap);
	va_end(ap);
}

static void say_products(const struct policy_job *job, const struct policy_snp *s, bool milan)
{
	struct words w = {0};

	for (int i = SNP_PRODUCT_MILAN; i < POLICY_SNP_PRODUCTS; i++)
		if ((!s->has_products || s->product[i]) && (i != SNP_PRODUCT_MILAN || milan))
			add(&w, "%s", product_names[i]);
	if (s->has_products)
		explain_say(job, "  - the processor is one of: %s", w.text[0] ? w.text : "-");
	else
		explain_say(job, "  - the processor is one of (default): %s", w.text);
}

static void say_roots(const struct policy_job *job, const struct policy_snp *s)
{
	struct words w = {0};

	for (size_t i = 0; i < s->root_count; i++)
		add(&w, "%s", s->root[i]);
	if (s->root_count)
		explain_say(job, "  - its keys come from one of these roots: %s", w.text);
	else
		explain_say(job, "  - its keys come from AMD's root of that product (default)");
}

static void say_list(const struct policy_job *job, const char *text, const struct policy_list *list)
{
	char hex[129];

	if (!list->count)
		return;
	explain_say(job, "%s %zu", messages_text(job->lang, text), list->count);
	for (size_t i = 0; i < list->count; i++) {
		hex_encode(hex, list->data + i * list->size, list->size);
		printf("      %s\n", hex);
	}
}

static void say_floors(const struct policy_job *job, const struct policy_snp *s)
{
	static const char *const which[POLICY_TCBS] = {
		N_("reported"), N_("committed"), N_("current"), N_("at launch")};

	if (!s->has_tcb) {
		explain_say(job, "  - its firmware may be of any level that AMD has signed: there "
				 "are no floors");
		return;
	}
	for (int p = SNP_PRODUCT_MILAN; p < POLICY_SNP_PRODUCTS; p++) {
		if (!s->has_floors[p] && !s->has_products)
			explain_say(job, "  - it is not a %s: there are no floors for it",
				product_names[p]);
		for (int t = 0; s->has_floors[p] && t < POLICY_TCBS; t++) {
			const struct policy_floor *floor = &s->floor[p][t];
			struct words w = {0};

			for (int part = 0; part < POLICY_TCB_PARTS; part++)
				if (floor->named >> part & 1)
					add(&w, "%s %u (0x%02x)", policy_tcb_part_names[part],
						floor->value[part], floor->value[part]);
			if (w.len)
				explain_say(job,
					"  - on %s, its firmware levels (%s) are at least: %s",
					product_names[p], messages_text(job->lang, which[t]),
					w.text);
		}
	}
}

static void say_firmware(const struct policy_job *job, const struct policy_snp *s)
{
	const struct snp_version *v = &s->firmware_current.at_least;

	if (s->firmware_current.named)
		explain_say(job, "  - the SEV firmware that runs is at least %u.%u.%u", v->major,
			v->minor, v->build);
	v = &s->firmware_committed.at_least;
	if (s->firmware_committed.named)
		explain_say(job,
			"  - the SEV firmware that the host cannot go back below is at least "
			"%u.%u.%u",
			v->major, v->minor, v->build);
	if (s->mitigations_launch.named)
		explain_say(job,
			"  - these mitigations were in place when the guest was launched: 0x%llx",
			(unsigned long long)s->mitigations_launch.set);
	if (s->mitigations_current.named)
		explain_say(job, "  - these mitigations are in place: 0x%llx",
			(unsigned long long)s->mitigations_current.set);
}

static void list_bits(struct words *w, const struct evidence_bit *table, uint64_t which)
{
	for (; table->mask; table++)
		if (which & table->mask)
			add(w, "%s", table->name);
}

static void say_bits(const struct policy_job *job, const struct policy_snp *s)
{
	struct words w[4] = {0};

	list_bits(&w[0], snp_policy_bits, s->guest_policy.one);
	list_bits(&w[1], snp_policy_bits, s->guest_policy.zero);
	list_bits(&w[2], snp_platform_bits, s->platform_info.one);
	list_bits(&w[3], snp_platform_bits, s->platform_info.zero);
	if (w[0].len)
		explain_say(job, "  - the guest was launched with: %s", w[0].text);
	if (w[1].len)
		explain_say(job, "  - the guest was launched without: %s", w[1].text);
	if (w[2].len)
		explain_say(job, "  - the machine runs with: %s", w[2].text);
	if (w[3].len)
		explain_say(job, "  - the machine runs without: %s", w[3].text);
	if (s->has_abi)
		explain_say(job, "  - the guest was launched to need firmware ABI %u.%u or later",
			s->abi[0], s->abi[1]);
}

/* Does another rule of the block refuse what this loosening lets through? */
static bool refused_anyway(const struct policy_snp *s, enum policy_loosening what)
{
	switch (what) {
	case POLICY_LOOSEN_DEBUG:
		return s->guest_policy.zero & SNP_POLICY_DEBUG;
	case POLICY_LOOSEN_MIGRATION:
		return s->guest_policy.zero & SNP_POLICY_MIGRATE_MA;
	case POLICY_LOOSEN_VMPL:
		return s->vmpls == 1;
	case POLICY_LOOSEN_UNKNOWN_BITS:
		return s->unknown_bits == POLICY_UNKNOWN_REFUSE;
	default:
		return false;
	}
}

/* What holds without being named, unless this block loosens it now and lets it through. */
static void say_defaults(const struct policy_job *job, const struct policy_block *block)
{
	static const struct {
		enum policy_loosening what;
		const char *text;
	} defaults[] = {
		{POLICY_LOOSEN_DEBUG, N_("  - the host cannot debug the guest (default)")},
		{POLICY_LOOSEN_MIGRATION,
			N_("  - no migration agent can take the guest elsewhere (default)")},
		{POLICY_LOOSEN_VMPL, N_("  - the report comes from the most privileged code of the "
					"guest, VMPL 0 (default)")},
		{POLICY_LOOSEN_MASKED_CHIP, N_("  - the report says which machine it comes from, "
					       "by that machine's own key (default)")},
		{POLICY_LOOSEN_REVOCATION, N_("  - a revocation list of AMD, signed and in date, "
					      "is at hand (default)")},
		{POLICY_LOOSEN_UNKNOWN_BITS,
			N_("  - no bit is set whose meaning is not known (default)")},
	};

	for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++)
		if (!policy_loosened(block, defaults[i].what, job->at) ||
			refused_anyway(block->snp, defaults[i].what))
			explain_say(job, "%s", messages_text(job->lang, defaults[i].text));
	explain_say(job, "  - the levels of its firmware do not contradict each other (always)");
}

static void say_numbers(const struct policy_job *job, const struct policy_snp *s)
{
	struct words w = {0}, v = {0};

	for (unsigned i = 0; i < 32; i++) {
		if (s->report_versions >> i & 1)
			add(&w, "%u", i);
		if (s->vmpls >> i & 1)
			add(&v, "%u", i);
	}
	if (w.len)
		explain_say(job, "  - the report is of version: %s", w.text);
	else
		explain_say(job, "  - the report is of version 3 or 5 (default)");
	if (v.len)
		explain_say(job, "  - the report comes from VMPL: %s", v.text);
	if (s->vcek || s->vlek)
		explain_say(job, "  - it is signed by: %s",
			s->vcek && s->vlek ? "VCEK, VLEK"
			: s->vcek          ? "VCEK"
					   : "VLEK");
	if (s->has_guest_svn)
		explain_say(job, "  - the guest's security version is at least %u", s->guest_svn);
}

static void say_chips(const struct policy_job *job, const struct policy_snp *s)
{
	char hex[2 * SNP_CHIP_ID_SIZE + 1];

	if (!s->chip_count) {
		explain_say(job, "  - it may run on any machine: no chips are listed");
		return;
	}
	explain_say(job, "  - it runs on one of these machines: %zu", s->chip_count);
	for (size_t i = 0; i < s->chip_count; i++) {
		const struct policy_chip *chip = &s->chip[i];
		bool turin = bytes_all_zero(chip->id + 8, sizeof(chip->id) - 8);

		hex_encode(hex, chip->id, turin ? 8 : sizeof(chip->id));
		if (chip->key_count)
			explain_say(job, "      %.32s... %s (pinned keys: %zu)", hex, chip->note,
				chip->key_count);
		else
			explain_say(job, "      %.32s... %s (any key that AMD certifies)", hex,
				chip->note);
	}
}

void explain_snp(const struct policy_job *job, const struct policy_block *block)
{
	const struct policy_snp *s = block->snp;

	if (!s->measurements.count)
		explain_say(
			job, "  - NOTHING: no measurement is listed, so that no guest is accepted");
	say_list(job, N_("  - what was started is one of these measurements:"), &s->measurements);
	say_products(job, s, policy_loosened(block, POLICY_LOOSEN_MILAN, job->at));
	say_roots(job, s);
	say_chips(job, s);
	say_floors(job, s);
	say_firmware(job, s);
	say_bits(job, s);
	say_list(job, N_("  - it was launched under one of these ID keys:"), &s->id_keys);
	say_list(job, N_("  - its ID key is certified by one of these author keys:"),
		&s->author_keys);
	say_list(job, N_("  - its host data is one of these:"), &s->host_data);
	say_list(job, N_("  - its family is one of these:"), &s->family_ids);
	say_list(job, N_("  - its image is one of these:"), &s->image_ids);
	say_numbers(job, s);
	say_defaults(job, block);
}

void explain_snp_deny(const struct policy_job *job, const struct policy_snp_deny *deny)
{
	struct words products = {0}, builds = {0};

	for (int i = SNP_PRODUCT_MILAN; i < POLICY_SNP_PRODUCTS; i++)
		if (deny->product[i])
			add(&products, "%s", product_names[i]);
	for (size_t i = 0; i < deny->build_count; i++)
		add(&builds, "%u.%u.%u", deny->build[i].major, deny->build[i].minor,
			deny->build[i].build);
	putchar('\n');
	explain_say(job, "Refused whatever a block says:");
	if (products.len)
		explain_say(job, "  - processors: %s", products.text);
	if (builds.len)
		explain_say(job, "  - SEV firmware that runs, or that the host can go back to: %s",
			builds.text);
	say_list(job, N_("  - these chips:"), &deny->chips);
}
