/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which certificates were passed over, and why. A folder may hold those of a whole fleet, and what
 * a person has to know is which one is missing or stale: counts for all, names for the first few.
 */
#include <stdio.h>

#include "attest/verify/snp.h"
#include "common/hex.h"

static const char *const reasons[SNP_MISFITS] = {
	[SNP_FITS] = "",
	[SNP_OTHER_TCB] = N_("other TCB"),
	[SNP_OTHER_CHIP] = N_("other chip"),
	[SNP_OTHER_PRODUCT] = N_("other product"),
	[SNP_OTHER_KIND] = N_("other kind of key"),
	[SNP_UNREADABLE] = N_("unreadable"),
	[SNP_NOT_VOUCHED] = N_("not vouched for"),
};

static bool other_tcb(const struct snp_tcb *cert, const struct snp_tcb *report,
	const struct verdict *v, char *detail)
{
	const struct {
		const char *name;
		uint8_t cert, report;
	} parts[] = {
		{"fmc", cert->fmc, report->fmc},
		{"bootloader", cert->bootloader, report->bootloader},
		{"tee", cert->tee, report->tee},
		{"snp", cert->snp, report->snp},
		{"microcode", cert->microcode, report->microcode},
	};
	size_t used = 0;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (parts[i].cert != parts[i].report && used < SNP_DETAIL_SIZE)
			used += (size_t)snprintf(detail + used, SNP_DETAIL_SIZE - used,
				verdict_text(v, N_("%s%s %u, not %u")), used ? ", " : "",
				parts[i].name, parts[i].cert, parts[i].report);
	return used;
}

static bool same_chip(const struct vek *vek, const struct snp_report *r)
{
	return !memcmp(vek->hwid, r->chip_id, vek->hwid_len) &&
	       bytes_all_zero(r->chip_id + vek->hwid_len, SNP_CHIP_ID_SIZE - vek->hwid_len);
}

enum snp_misfit snp_vek_misfit(
	const struct vek *vek, const struct verdict *v, char detail[SNP_DETAIL_SIZE])
{
	const struct claims *claims = &v->claims;
	const struct snp_report *r = &claims->snp.report;
	struct snp_tcb reported;

	detail[0] = '\0';
	if ((vek->kind == VEK_VLEK) != (claims->snp.signing_key == SNP_SIGNING_KEY_VLEK)) {
		snprintf(detail, SNP_DETAIL_SIZE, "%s", vek->kind == VEK_VLEK ? "VLEK" : "VCEK");
		return SNP_OTHER_KIND;
	}
	if (r->has_cpuid && snp_report_product(r) != vek->product) {
		snprintf(detail, SNP_DETAIL_SIZE, verdict_text(v, N_("%s, not %s")),
			snp_product_name(vek->product), snp_product_name(snp_report_product(r)));
		return SNP_OTHER_PRODUCT;
	}
	if (vek->kind == VEK_VCEK && !same_chip(vek, r))
		return SNP_OTHER_CHIP;
	snp_tcb_decode(&reported, r->reported_tcb, vek->product);
	return other_tcb(&vek->tcb, &reported, v, detail) ? SNP_OTHER_TCB : SNP_FITS;
}

void snp_passed_note(struct snp_passed *passed, const struct verdict *v,
	const struct x509_cert *cert, enum snp_misfit reason, const char *detail)
{
	bool chip = reason == SNP_OTHER_CHIP;
	size_t *n = chip ? &passed->other_chips : &passed->named;
	char hex[17], *name = (chip ? passed->other_chip : passed->name)[*n % SNP_PASSED_NAMED];

	passed->count++;
	passed->by_reason[reason]++;
	if (*n == SNP_PASSED_NAMED)
		return;
	++*n;
	hex_encode(hex, cert->sha256, 8);
	snprintf(name, sizeof(passed->name[0]), "; sha256:%s.. %s%s%s", hex,
		verdict_text(v, reasons[reason]), detail[0] ? ": " : "", detail);
}

/* Add it whole, or not at all. */
static void append(char *text, size_t cap, const char *more)
{
	size_t used = strlen(text);

	if (strlen(more) < cap - used)
		snprintf(text + used, cap - used, "%s", more);
}

void snp_passed_report(const struct snp_passed *passed, bool fits, struct verdict *v)
{
	char text[180] = "";
	struct check *check;

	/* One certificate that does not fit has been looked at, and speaks by its own checks. */
	if (passed->count <= (fits ? 0 : 1))
		return;
	for (size_t i = 0; i < SNP_MISFITS; i++) {
		size_t used = strlen(text);

		if (passed->by_reason[i])
			snprintf(text + used, sizeof(text) - used, "%s%zu %s", used ? ", " : "",
				passed->by_reason[i], verdict_text(v, reasons[i]));
	}
	for (size_t i = 0; i < passed->named; i++)
		append(text, sizeof(text), passed->name[i]);
	for (size_t i = 0; i < passed->other_chips; i++)
		append(text, sizeof(text), passed->other_chip[i]);
	check = verdict_add(v, "snp.other_veks", CHECK_PASS);
	if (fits)
		check_set_found(check, "%zu passed over: %s", passed->count, text);
	else
		check_set_found(check, "none of %zu fits: %s", passed->count, text);
}
