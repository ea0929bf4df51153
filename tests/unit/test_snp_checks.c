/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of docs/EVIDENCE-SNP.md, row by row: what is good in every respect is trusted, and what
 * is wrong in one respect is refused by the check that the row names, while no other check fails.
 * Everything is correctly signed, by an AMD of our own whose root stands in for a built-in one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "attest/evidence/snp_report_abi.h"
#include "attest/verify/verify.h"
#include "common/hex.h"
#include "tests/unit/fake_amd.h"

static struct fake_amd amd;
static uint8_t hwid[64];
static struct verdict v;

/* The certificates above the VEK, for one product. */
struct line {
	const char *product, *ark_name, *ask_name, *asvk_name;
	struct bytes ark, ask, asvk, crl;
};
static struct line genoa = {
	"Genoa", "ARK-Genoa", "SEV-Genoa", "SEV-VLEK-Genoa", {0}, {0}, {0}, {0}};
static struct line turin = {
	"Turin", "ARK-Turin", "SEV-Turin", "SEV-VLEK-Turin", {0}, {0}, {0}, {0}};

/* One appraisal; starts good, and is then spoilt. What is NULL or empty is left out of the set. */
struct scene {
	const struct line *line;
	uint8_t report[SNP_REPORT_SIZE];
	size_t len;
	bool sign_again;
	struct bytes vek, ask, ark, crl, extra;
	bool no_named_root;
	const char *loosen, *members; /* JSON for the policy's "loosen" and its "snp" */
	uint8_t report_data[64];
	int64_t at;
};

static struct bytes copy(const struct bytes *from)
{
	struct bytes out = {0};

	assert_int_equal(bytes_append(&out, from->data, from->len), 0);
	return out;
}

static void replace(struct bytes *old, struct bytes new)
{
	bytes_free(old);
	*old = new;
}

static struct bytes make_vek(
	const struct scene *s, bool vlek, struct bytes *extensions, const struct fake_cert *spec)
{
	struct fake_cert cert = *spec;
	struct bytes out;

	cert.full_names = true;
	cert.signer = cert.signer ? cert.signer : amd.ask;
	cert.issuer = vlek ? s->line->asvk_name : s->line->ask_name;
	if (!cert.subject)
		cert.subject = vlek ? "SEV-VLEK" : "SEV-VCEK";
	cert.extensions = extensions;
	out = fake_cert(&amd, &cert);
	bytes_free(extensions);
	return out;
}

/* A good VCEK but for what `spec` says. */
static struct bytes vcek(const struct scene *s, const struct fake_cert *spec)
{
	struct bytes extensions = {0};

	fake_vek_extensions(
		&extensions, s->line->product, hwid, s->line == &turin ? 8 : sizeof(hwid));
	return make_vek(s, false, &extensions, spec);
}

/* One of the product's extensions changed: the first place that holds `from`. */
static struct bytes vcek_edited(
	const struct scene *s, const void *from, const void *to, size_t len, bool unknown)
{
	struct bytes extensions = {0};
	uint8_t *at;

	fake_vek_extensions(
		&extensions, s->line->product, hwid, s->line == &turin ? 8 : sizeof(hwid));
	if (unknown)
		fake_vek_integer(&extensions, 6, 0, 0);
	at = memmem(extensions.data, extensions.len, from, len);
	assert_non_null(at);
	memcpy(at, to, len);
	return make_vek(s, false, &extensions, &(struct fake_cert){0});
}

static struct bytes ca(const struct line *line, const char *subject, uint8_t serial,
	struct crypto_rsa_key *key, struct crypto_rsa_key *signer)
{
	return fake_cert(&amd, &(struct fake_cert){.issuer = line->ark_name,
				       .subject = subject,
				       .serial = serial,
				       .key = key,
				       .signer = signer,
				       .ca = true,
				       .path_len = strcmp(subject, line->ark_name) ? 0 : 1,
				       .full_names = true});
}

static struct bytes list(const struct line *line, struct crypto_rsa_key *signer, int64_t from,
	int64_t to, uint8_t serial)
{
	return fake_crl(&(struct fake_crl){
		line->ark_name, signer, from, to, &serial, serial != 0, false, true});
}

static void open_scene(struct scene *s, const struct line *line)
{
	static const uint8_t turin_tcb[8] = {1, 10, 0, 23, 0, 0, 0, 217};

	memset(s, 0, sizeof(*s));
	s->line = line;
	s->at = FAKE_AT;
	s->len = SNP_REPORT_SIZE;
	s->sign_again = true;
	s->loosen = "";
	s->members = "";
	fake_report(s->report, 5);
	if (line == &turin) {
		s->report[SNP_OFF_CPUID_FAM_ID] = 0x1a;
		s->report[SNP_OFF_CPUID_MOD_ID] = 0x02;
		memset(s->report + SNP_OFF_CHIP_ID + 8, 0, 56);
		memcpy(s->report + SNP_OFF_CURRENT_TCB, turin_tcb, 8);
		memcpy(s->report + SNP_OFF_REPORTED_TCB, turin_tcb, 8);
		memcpy(s->report + SNP_OFF_COMMITTED_TCB, turin_tcb, 8);
		memcpy(s->report + SNP_OFF_LAUNCH_TCB, turin_tcb, 8);
	}
	memcpy(s->report_data, s->report + SNP_OFF_REPORT_DATA, 64);
	s->vek = vcek(s, &(struct fake_cert){0});
	s->ask = copy(&line->ask);
	s->ark = copy(&line->ark);
	s->crl = copy(&line->crl);
}

/* The root of the line as if it were built in, with its intermediates pinned. */
static void open_roots(const struct scene *s, struct roots *roots)
{
	struct root *root;

	assert_int_equal(roots_init(roots), 0);
	if (s->no_named_root)
		return;
	assert_int_equal(roots_add(roots, bytes_view(&s->line->ark), NULL), 0);
	root = &roots->item[ROOTS_BUILTIN];
	root->builtin = true;
	root->pins_intermediates = true;
	assert_int_equal(
		crypto_hash(CRYPTO_SHA256, bytes_view(&s->line->ask), root->ask_sha256), 0);
	assert_int_equal(
		crypto_hash(CRYPTO_SHA256, bytes_view(&s->line->asvk), root->asvk_sha256), 0);
}

static void open_policy(const struct scene *s, struct policy *policy)
{
	char text[2400], measurement[97];
	uint8_t m[48];

	memset(m, 0x4d, sizeof(m));
	hex_encode(measurement, m, sizeof(m));
	snprintf(text, sizeof(text),
		"{\"version\":1,\"name\":\"test\",\"accept\":[{\"name\":\"b\","
		"\"snp\":{\"measurements\":[\"%s\"]%s}%s%s%s}]}",
		measurement, s->members, s->loosen[0] ? ",\"loosen\":[" : "", s->loosen,
		s->loosen[0] ? "]" : "");
	assert_int_equal(
		policy_parse(policy, (struct view){(const uint8_t *)text, strlen(text)}, NULL), 0);
}

static void judge(struct scene *s)
{
	struct appraise_input in = {.at = s->at, .report_data = s->report_data};
	struct bytes *const pieces[] = {&s->extra, &s->vek, &s->ask, &s->ark, &s->crl};
	struct endorsements *set;
	struct policy policy;
	struct roots roots;

	if (s->sign_again)
		fake_sign(&amd, s->report);
	assert_int_equal(endorsements_new(&set), 0);
	for (size_t i = 0; i < 5; i++)
		if (pieces[i]->len) {
			int rc = endorsements_add(set, bytes_view(pieces[i]), NULL, NULL);

			assert_true(!rc || rc == HC_EUNSUPPORTED);
		}
	open_roots(s, &roots);
	open_policy(s, &policy);
	in.evidence = (struct view){s->report, s->len};
	in.endorsements = set;
	in.roots = &roots;
	in.policy = &policy;
	assert_int_equal(appraise(&in, &v, NULL), 0);
	endorsements_free(set);
	roots_fini(&roots);
	policy_free(&policy);
}

static void close_scene(struct scene *s)
{
	struct bytes *const pieces[] = {&s->extra, &s->vek, &s->ask, &s->ark, &s->crl};

	for (size_t i = 0; i < 5; i++)
		bytes_free(pieces[i]);
}

/* --- what is wrong, or right in a way of its own, in each row --- */

#define SET(s, at, value) ((s)->report[at] = (value))

static void s1_short(struct scene *s)
{
	s->len--;
}

static void s1_one_byte(struct scene *s)
{
	s->len = 1;
}

static void s2_version_3(struct scene *s)
{
	SET(s, SNP_OFF_VERSION, 3);
}

static void s2_version_7(struct scene *s)
{
	SET(s, SNP_OFF_VERSION, 7);
}

static void s2_version_4(struct scene *s)
{
	SET(s, SNP_OFF_VERSION, 4);
}

static void s2_version_6(struct scene *s)
{
	SET(s, SNP_OFF_VERSION, 6);
}

static void s3_reserved(struct scene *s)
{
	SET(s, 0x29f, 1);
}

static void s4_bit_17_clear(struct scene *s)
{
	SET(s, SNP_OFF_POLICY + 2, 1);
}

static void s4_bit_26_set(struct scene *s)
{
	SET(s, SNP_OFF_POLICY + 3, 4);
}

static void s5_author_key(struct scene *s)
{
	SET(s, SNP_OFF_KEY_INFO, SNP_KEY_INFO_AUTHOR_KEY_EN);
}

static void s5_reserved(struct scene *s)
{
	SET(s, SNP_OFF_KEY_INFO, 1 << 5);
}

static void s5_no_key(struct scene *s)
{
	SET(s, SNP_OFF_KEY_INFO, SNP_SIGNING_KEY_NONE << 2);
}

static void s5_chip_secret(struct scene *s)
{
	SET(s, SNP_OFF_KEY_INFO, SNP_SIGNING_KEY_CHIP_SECRET << 2);
}

static void s6_algorithm(struct scene *s)
{
	SET(s, SNP_OFF_SIGNATURE_ALGO, 2);
}

static void s7_changed_after_signing(struct scene *s)
{
	fake_sign(&amd, s->report);
	s->sign_again = false;
	SET(s, SNP_OFF_HOST_DATA, 1);
}

static void s8_long_r(struct scene *s)
{
	SET(s, SNP_OFF_SIGNATURE_R + 48, 1);
}

static void s9_unsigned_tail(struct scene *s)
{
	SET(s, SNP_REPORT_SIZE - 1, 1);
}

static void s10_says_vlek(struct scene *s)
{
	SET(s, SNP_OFF_KEY_INFO, SNP_SIGNING_KEY_VLEK << 2);
}

static void s11_mask_chip_key(struct scene *s)
{
	SET(s, SNP_OFF_KEY_INFO, SNP_KEY_INFO_MASK_CHIP_KEY);
}

static void s12_other_product(struct scene *s)
{
	SET(s, SNP_OFF_CPUID_FAM_ID, 0x1a);
	SET(s, SNP_OFF_CPUID_MOD_ID, 0x02);
}

static void s13_siena(struct scene *s)
{
	SET(s, SNP_OFF_CPUID_MOD_ID, 0xa0);
}

static void s13_next_model(struct scene *s)
{
	SET(s, SNP_OFF_CPUID_MOD_ID, 0xb0);
}

static void s14_genoa_layout(struct scene *s)
{
	static const uint8_t tcb[8] = {10, 0, 0, 0, 0, 0, 23, 217};

	memcpy(s->report + SNP_OFF_CURRENT_TCB, tcb, 8);
	memcpy(s->report + SNP_OFF_REPORTED_TCB, tcb, 8);
	memcpy(s->report + SNP_OFF_COMMITTED_TCB, tcb, 8);
	memcpy(s->report + SNP_OFF_LAUNCH_TCB, tcb, 8);
}

/* All of it good, below a root that bears the name and is another. */
static void s15_forged_root(struct scene *s)
{
	replace(&s->ark, ca(s->line, s->line->ark_name, 1, amd.other, amd.other));
	replace(&s->ask, ca(s->line, s->line->ask_name, 2, amd.ask, amd.other));
}

static void s15_nobody_named_it(struct scene *s)
{
	s->no_named_root = true;
}

static void s16_newer_ask(struct scene *s)
{
	replace(&s->ask, ca(s->line, s->line->ask_name, 9, amd.ask, amd.ark));
}

static void s16_both(struct scene *s)
{
	s->extra = ca(s->line, s->line->ask_name, 9, amd.ask, amd.ark);
}

static void s17_trailer_written(struct scene *s)
{
	replace(&s->vek, vcek(s, &(struct fake_cert){.write_trailer = true}));
}

static void s17_other_salt(struct scene *s)
{
	replace(&s->vek, vcek(s, &(struct fake_cert){.salt = 32}));
}

static void s18_expired(struct scene *s)
{
	replace(&s->vek, vcek(s, &(struct fake_cert){.to = FAKE_AT - 1}));
}

static void s18_not_yet(struct scene *s)
{
	replace(&s->vek, vcek(s, &(struct fake_cert){.from = FAKE_AT + 1}));
}

static void s18_last_second(struct scene *s)
{
	replace(&s->vek, vcek(s, &(struct fake_cert){.from = FAKE_AT, .to = FAKE_AT}));
}

static void s19_other_subject(struct scene *s)
{
	replace(&s->vek, vcek(s, &(struct fake_cert){.subject = "SEV-VCEX"}));
}

static void s19_longer_subject(struct scene *s)
{
	replace(&s->vek, vcek(s, &(struct fake_cert){.subject = "SEV-VCEK2"}));
}

/* The right common name, without the attributes that the issuer has before it. */
static void s19_short_subject(struct scene *s)
{
	struct bytes extensions = {0};
	const struct fake_cert spec = {.issuer = s->line->ask_name,
		.subject = "SEV-VCEK",
		.signer = amd.ask,
		.extensions = &extensions,
		.short_subject = true,
		.full_names = true};

	fake_vek_extensions(&extensions, s->line->product, hwid, sizeof(hwid));
	replace(&s->vek, fake_cert(&amd, &spec));
	bytes_free(&extensions);
}

static void s20_unknown(struct scene *s)
{
	replace(&s->vek, vcek_edited(s, "\x06", "\x06", 1, true));
}

/* teeSPL turned into a second blSPL. */
static void s20_twice(struct scene *s)
{
	replace(&s->vek, vcek_edited(s, "\x78\x01\x03\x02", "\x78\x01\x03\x01", 4, false));
}

static void s21_other_microcode(struct scene *s)
{
	replace(&s->vek, vcek_edited(s, "\x02\x02\x00\xd9", "\x02\x02\x00\xd8", 4, false));
}

/* ucodeSPL turned into spl4, which is reserved: it is missing, and spl4 is not 0. */
static void s21_missing(struct scene *s)
{
	replace(&s->vek, vcek_edited(s, "\x78\x01\x03\x08", "\x78\x01\x03\x04", 4, false));
}

static void s21_reserved_byte(struct scene *s)
{
	SET(s, SNP_OFF_REPORTED_TCB + 2, 1);
}

static void s22_no_fmc(struct scene *s)
{
	replace(&s->vek, vcek_edited(s, "\x78\x01\x03\x09\x04\x03\x02\x01\x01",
				 "\x78\x01\x03\x04\x04\x03\x02\x01\x00", 9, false));
}

static void s22_other_fmc(struct scene *s)
{
	SET(s, SNP_OFF_REPORTED_TCB, 0);
}

static void s23_other_chip(struct scene *s)
{
	SET(s, SNP_OFF_CHIP_ID, 0xff);
}

static void s23_tail_on_turin(struct scene *s)
{
	SET(s, SNP_OFF_CHIP_ID + 63, 1);
}

static void s24_none(struct scene *s)
{
	bytes_free(&s->crl);
}

static void s24_stale(struct scene *s)
{
	replace(&s->crl, list(s->line, amd.ark, FAKE_FROM, FAKE_AT - 1, 0));
}

static void s24_without_end(struct scene *s)
{
	replace(&s->crl, list(s->line, amd.ark, FAKE_FROM, 0, 0));
}

static void s24_future(struct scene *s)
{
	replace(&s->crl, list(s->line, amd.ark, FAKE_AT + 1, FAKE_TO, 0));
}

static void s24_forged(struct scene *s)
{
	replace(&s->crl, list(s->line, amd.other, FAKE_FROM, FAKE_TO, 0));
}

static void s25_lists_another(struct scene *s)
{
	replace(&s->crl, list(s->line, amd.ark, FAKE_FROM, FAKE_TO, 7));
}

static void s25_lists_the_ask(struct scene *s)
{
	replace(&s->crl, list(s->line, amd.ark, FAKE_FROM, FAKE_TO, 2));
}

#define UNTIL(what)                                                                                \
	"{\"what\":\"" what "\",\"reason\":\"r\",\"owner\":\"o\",\"until\":\"2030-01-01\"}"

static void s26_vlek(struct scene *s)
{
	struct bytes extensions = {0}, csp = {0};

	s10_says_vlek(s);
	memset(s->report + SNP_OFF_CHIP_ID, 0, 64);
	fake_vek_extensions(&extensions, s->line->product, NULL, 0);
	fake_der(&csp, 0x16, "CN=cloud.example", 16);
	fake_vek_extension(&extensions, 5, 0, csp.data, csp.len);
	bytes_free(&csp);
	replace(&s->vek, make_vek(s, true, &extensions, &(struct fake_cert){0}));
	replace(&s->ask, copy(&s->line->asvk));
	s->loosen = UNTIL("masked-chip");
}

static void s26_not_given(struct scene *s)
{
	s26_vlek(s);
	bytes_free(&s->vek);
}

static void s27_vmpl_1(struct scene *s)
{
	SET(s, SNP_OFF_VMPL, 1);
}

static void s27_by_the_host(struct scene *s)
{
	memset(s->report + SNP_OFF_VMPL, 0xff, 4);
}

static void s28_debug(struct scene *s)
{
	SET(s, SNP_OFF_POLICY + 2, 0x0b);
}

static void s28_debug_loosened(struct scene *s)
{
	s28_debug(s);
	s->loosen = UNTIL("debug");
}

static void s29_migration(struct scene *s)
{
	SET(s, SNP_OFF_POLICY + 2, 0x07);
}

static void s29_agent(struct scene *s)
{
	SET(s, SNP_OFF_REPORT_ID_MA, 0);
}

static void s31_unknown_bit(struct scene *s)
{
	SET(s, SNP_OFF_PLATFORM_INFO + 1, 1);
}

static void s2_version_6_loosened(struct scene *s)
{
	s2_version_6(s);
	s->loosen = UNTIL("report-version-6");
}

static void s4_bit_26_loosened(struct scene *s)
{
	s4_bit_26_set(s);
	s->loosen = UNTIL("unknown-bits");
}

static void s31_unknown_bit_loosened(struct scene *s)
{
	s31_unknown_bit(s);
	s->loosen = UNTIL("unknown-bits");
}

static void s33_other_data(struct scene *s)
{
	s->report_data[63] ^= 1;
}

static void s34_other_measurement(struct scene *s)
{
	SET(s, SNP_OFF_MEASUREMENT + 47, 0);
}

static void s43_stale_one_too(struct scene *s)
{
	s->extra = vcek_edited(s, "\x02\x02\x00\xd9", "\x02\x02\x00\xd8", 4, false);
}

static void s44_later(struct scene *s)
{
	s->at = FAKE_TO + 1;
}

static void s3_reserved_in_tcb(struct scene *s)
{
	SET(s, SNP_OFF_LAUNCH_TCB + 3, 1);
}

static void as_it_is(struct scene *s)
{
	(void)s;
}

/* --- the table --- */

static const struct row {
	const char *row;
	const struct line *line;
	void (*edit)(struct scene *s);
	const char *id; /* what decides; NULL: trusted */
	enum check_outcome outcome;
	const char *also[2]; /* checks that the same thing fails as well */
} rows[] = {
	{"S1", &genoa, s1_short, "snp.size", CHECK_FAIL, {0}},
	{"S1 one byte", &genoa, s1_one_byte, "evidence.kind", CHECK_FAIL, {0}},
	{"S2 version 3", &genoa, s2_version_3, NULL, CHECK_PASS, {0}},
	{"S2 version 7", &genoa, s2_version_7, "snp.version", CHECK_FAIL,
		{"policy.report_version"}},
	{"S2 version 4", &genoa, s2_version_4, "snp.version", CHECK_UNDECIDED, {0}},
	{"S2 version 6", &genoa, s2_version_6, "policy.report_version", CHECK_FAIL, {0}},
	{"S2 version 6 loosened", &genoa, s2_version_6_loosened, NULL, CHECK_PASS, {0}},
	{"S3", &genoa, s3_reserved, "snp.reserved", CHECK_FAIL, {0}},
	{"S4 bit 17", &genoa, s4_bit_17_clear, "policy.guest_policy", CHECK_FAIL, {0}},
	{"S4 bit 26", &genoa, s4_bit_26_set, "policy.guest_policy", CHECK_FAIL, {0}},
	{"S5 author key", &genoa, s5_author_key, NULL, CHECK_PASS, {0}},
	{"S5 reserved", &genoa, s5_reserved, "snp.key_info", CHECK_FAIL, {0}},
	{"S5 no key", &genoa, s5_no_key, "snp.key_info", CHECK_FAIL,
		{"snp.signing_key", "policy.chip_identity"}},
	{"S5 chip secret", &genoa, s5_chip_secret, "snp.key_info", CHECK_FAIL,
		{"snp.signing_key", "policy.chip_identity"}},
	{"S6", &genoa, s6_algorithm, "snp.signature_algo", CHECK_FAIL, {0}},
	{"S7", &genoa, s7_changed_after_signing, "snp.signature", CHECK_FAIL, {0}},
	{"S8", &genoa, s8_long_r, "snp.reserved", CHECK_FAIL, {"snp.signature"}},
	{"S9", &genoa, s9_unsigned_tail, "snp.reserved", CHECK_FAIL, {0}},
	{"S10", &genoa, s10_says_vlek, "snp.signing_key", CHECK_FAIL, {"policy.chip_identity"}},
	{"S11", &genoa, s11_mask_chip_key, "snp.key_info", CHECK_FAIL, {"policy.chip_identity"}},
	/* Genoa's levels lie where Turin reserves bytes. */
	{"S12", &genoa, s12_other_product, "snp.product", CHECK_FAIL, {"snp.reserved"}},
	{"S13 Siena", &genoa, s13_siena, NULL, CHECK_PASS, {0}},
	{"S13 unknown model", &genoa, s13_next_model, "snp.product", CHECK_FAIL, {0}},
	{"S14 Turin", &turin, as_it_is, NULL, CHECK_PASS, {0}},
	{"S3 in a TCB", &genoa, s3_reserved_in_tcb, "snp.reserved", CHECK_FAIL, {0}},
	{"S14 Genoa's layout", &turin, s14_genoa_layout, "snp.tcb", CHECK_FAIL, {"snp.reserved"}},
	{"S15 forged", &genoa, s15_forged_root, "snp.root", CHECK_FAIL, {0}},
	{"S15 not named", &genoa, s15_nobody_named_it, "snp.root", CHECK_FAIL, {0}},
	{"S16 newer", &genoa, s16_newer_ask, "snp.intermediate", CHECK_FAIL, {0}},
	{"S16 both", &genoa, s16_both, NULL, CHECK_PASS, {0}},
	{"S17 trailer", &genoa, s17_trailer_written, NULL, CHECK_PASS, {0}},
	{"S17 salt", &genoa, s17_other_salt, "snp.vek", CHECK_UNDECIDED, {0}},
	{"S18 expired", &genoa, s18_expired, "snp.validity", CHECK_FAIL, {0}},
	{"S18 not yet", &genoa, s18_not_yet, "snp.validity", CHECK_FAIL, {0}},
	{"S18 last second", &genoa, s18_last_second, NULL, CHECK_PASS, {0}},
	{"S19", &genoa, s19_other_subject, "snp.names", CHECK_FAIL, {0}},
	{"S19 longer", &genoa, s19_longer_subject, "snp.names", CHECK_FAIL, {0}},
	{"S19 shorter", &genoa, s19_short_subject, "snp.names", CHECK_FAIL, {0}},
	{"S20 unknown", &genoa, s20_unknown, "snp.vek", CHECK_FAIL, {0}},
	{"S20 twice", &genoa, s20_twice, "snp.vek", CHECK_UNDECIDED, {0}},
	{"S21", &genoa, s21_other_microcode, "snp.tcb", CHECK_FAIL, {0}},
	{"S21 missing", &genoa, s21_missing, "snp.vek", CHECK_FAIL, {0}},
	{"S21 reserved", &genoa, s21_reserved_byte, "snp.tcb", CHECK_FAIL, {0}},
	{"S22 missing", &turin, s22_no_fmc, "snp.vek", CHECK_FAIL, {0}},
	{"S22 other", &turin, s22_other_fmc, "snp.tcb", CHECK_FAIL, {0}},
	{"S23", &genoa, s23_other_chip, "snp.chip_id", CHECK_FAIL, {0}},
	{"S23 tail", &turin, s23_tail_on_turin, "snp.chip_id", CHECK_FAIL, {0}},
	{"S24 none", &genoa, s24_none, "snp.crl", CHECK_UNDECIDED, {0}},
	{"S24 stale", &genoa, s24_stale, "snp.crl", CHECK_UNDECIDED, {0}},
	{"S24 no end", &genoa, s24_without_end, "snp.crl", CHECK_UNDECIDED, {0}},
	{"S24 future", &genoa, s24_future, "snp.crl", CHECK_UNDECIDED, {0}},
	{"S24 forged", &genoa, s24_forged, "snp.crl", CHECK_FAIL, {0}},
	{"S25 another", &genoa, s25_lists_another, NULL, CHECK_PASS, {0}},
	{"S25 listed", &genoa, s25_lists_the_ask, "snp.revoked", CHECK_FAIL, {"policy.revocation"}},
	{"S26 VLEK", &genoa, s26_vlek, NULL, CHECK_PASS, {0}},
	{"S26 not given", &genoa, s26_not_given, "snp.vek", CHECK_UNDECIDED, {0}},
	{"S27", &genoa, s27_vmpl_1, "policy.vmpl", CHECK_FAIL, {0}},
	{"S27 host", &genoa, s27_by_the_host, "snp.vmpl", CHECK_FAIL, {"policy.vmpl"}},
	{"S28", &genoa, s28_debug, "policy.debug", CHECK_FAIL, {0}},
	{"S28 loosened", &genoa, s28_debug_loosened, NULL, CHECK_PASS, {0}},
	{"S29", &genoa, s29_migration, "policy.migration", CHECK_FAIL, {0}},
	{"S29 agent", &genoa, s29_agent, "policy.migration", CHECK_FAIL, {0}},
	{"S4 bit 26 loosened", &genoa, s4_bit_26_loosened, NULL, CHECK_PASS, {0}},
	{"S31 loosened", &genoa, s31_unknown_bit_loosened, NULL, CHECK_PASS, {0}},
	{"S31", &genoa, s31_unknown_bit, "policy.platform_info", CHECK_FAIL, {0}},
	{"S33", &genoa, s33_other_data, "policy.report_data", CHECK_FAIL, {0}},
	{"S34", &genoa, s34_other_measurement, "policy.measurement", CHECK_FAIL, {0}},
	{"S43 stale and right", &genoa, s43_stale_one_too, NULL, CHECK_PASS, {0}},
	{"S43 stale alone", &genoa, s21_other_microcode, "snp.tcb", CHECK_FAIL, {0}},
	{"S44", &genoa, s44_later, "snp.validity", CHECK_FAIL, {0}},
};

static bool expected_to_fail(const struct row *row, const char *id)
{
	return (row->id && !strcmp(row->id, id)) || (row->also[0] && !strcmp(row->also[0], id)) ||
	       (row->also[1] && !strcmp(row->also[1], id));
}

static void assert_decided(const struct row *row)
{
	const struct check *check = verdict_find(&v, row->id);

	if (!check || check->outcome != row->outcome)
		fail_msg("%s: %s is %s", row->row, row->id,
			check ? check_outcome_name(check->outcome) : "not there");
	assert_int_equal(
		v.value, row->outcome == CHECK_FAIL ? VERDICT_REJECTED : VERDICT_UNDECIDED);
	if (strncmp(row->id, "snp.", 4) == 0 && check->def->group == CHECK_GROUP_AUTHENTICITY)
		assert_int_not_equal(v.authentic, AUTHENTIC_YES);
}

static void each_row_is_decided_by_its_check_and_by_no_other(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		struct scene s;

		open_scene(&s, row->line);
		row->edit(&s);
		judge(&s);
		for (size_t k = 0; k < v.check_count; k++)
			if (v.check[k].outcome == CHECK_FAIL &&
				!expected_to_fail(row, v.check[k].def->id))
				fail_msg("%s: %s fails too: %s", row->row, v.check[k].def->id,
					v.check[k].found);
		if (row->id)
			assert_decided(row);
		else if (v.value != VERDICT_TRUSTED)
			fail_msg("%s: %s", row->row, verdict_name(v.value));
		close_scene(&s);
	}
}

#define CHIP                                                                                       \
	"\"0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20"                       \
	"2122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f40\""
#define TCB(x) ",\"tcb\":{\"genoa\":{" x "}}"
#define KEY(n) "\"" n n n n n n n n n n n n "\""

/* What only a policy asks for: rules that the good report meets, and rules that it does not. */
static const struct rule {
	const char *row, *id, *good, *bad;
} rules[] = {
	{"S30", "policy.guest_policy_bits", ",\"guest_policy\":{\"smt_allowed\":\"required-1\"}",
		",\"guest_policy\":{\"single_socket\":\"required-1\"}"},
	{"S31", "policy.platform_info_bits", ",\"platform_info\":{\"tsme_en\":\"required-0\"}",
		",\"platform_info\":{\"ecc_en\":\"required-1\"}"},
	{"S32", "policy.platform_info_bits",
		",\"platform_info\":{\"alias_check_complete\":\"required-1\"}",
		",\"platform_info\":{\"alias_check_complete\":\"required-0\"}"},
	{"S35", "policy.host_data",
		",\"host_data\":[\""
		"0000000000000000000000000000000000000000000000000000000000000000"
		"\"]",
		",\"host_data\":[\""
		"0000000000000000000000000000000000000000000000000000000000000001"
		"\"]"},
	{"S36 ID key", "policy.id_key", ",\"id_key_digests\":[" KEY("11223344") "]",
		",\"id_key_digests\":[" KEY("11223345") "]"},
	{"S36 author key", "policy.author_key", ",\"author_key_digests\":[" KEY("55667788") "]",
		",\"author_key_digests\":[" KEY("11223344") "]"},
	{"S37 family", "policy.family_id", ",\"family_ids\":[\"00000000000000000000000000000000\"]",
		",\"family_ids\":[\"00000000000000000000000000000001\"]"},
	{"S37 image", "policy.image_id", ",\"image_ids\":[\"00000000000000000000000000000000\"]",
		",\"image_ids\":[\"00000000000000000000000000000001\"]"},
	{"S37 SVN", "policy.guest_svn", ",\"guest_svn\":{\"min\":0}", ",\"guest_svn\":{\"min\":1}"},
	{"S38", "policy.tcb_reported", TCB("\"reported\":{\"bootloader\":10,\"microcode\":217}"),
		TCB("\"reported\":{\"microcode\":218}")},
	{"S39 committed", "policy.tcb_committed", TCB("\"committed\":{\"snp\":23}"),
		TCB("\"committed\":{\"snp\":24}")},
	{"S39 current", "policy.tcb_current", TCB("\"current\":{\"tee\":0}"),
		TCB("\"current\":{\"tee\":1}")},
	{"S39 launch", "policy.tcb_launch", TCB("\"launch\":{\"bootloader\":10}"),
		TCB("\"launch\":{\"bootloader\":11}")},
	{"S40 current", "policy.firmware_current", ",\"firmware\":{\"current\":\"0.0.0\"}",
		",\"firmware\":{\"current\":\"0.0.1\"}"},
	{"S40 committed", "policy.firmware_committed", ",\"firmware\":{\"committed\":\"0.0.0\"}",
		",\"firmware\":{\"committed\":\"1.0.0\"}"},
	{"S41 launch", "policy.mitigations_launch", ",\"mitigations\":{\"launch\":\"0x0\"}",
		",\"mitigations\":{\"launch\":\"0x1\"}"},
	{"S41 current", "policy.mitigations_current", ",\"mitigations\":{\"current\":\"0x0\"}",
		",\"mitigations\":{\"current\":\"0x8000000000000000\"}"},
	{"S42", "policy.chip", ",\"chips\":[{\"id\":" CHIP "}]",
		",\"chips\":[{\"id\":\"0102030405060708\"}]"},
	{"S42 another key", "policy.chip", ",\"chips\":[{\"id\":" CHIP "}]",
		",\"chips\":[{\"id\":" CHIP ",\"endorsement_keys\":[\"sha256:"
		"00000000000000000000000000000000000000000000000000000000000000ff\"]}]"},
};

static void each_rule_of_a_policy_is_decided_by_its_check_and_by_no_other(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * sizeof(rules) / sizeof(rules[0]); i++) {
		const struct rule *rule = &rules[i / 2];
		struct scene s;

		open_scene(&s, &genoa);
		s.report[SNP_OFF_KEY_INFO] |= SNP_KEY_INFO_AUTHOR_KEY_EN;
		for (size_t k = 0; k < 48; k++) {
			static const uint8_t id[] = {0x11, 0x22, 0x33, 0x44};
			static const uint8_t author[] = {0x55, 0x66, 0x77, 0x88};

			s.report[SNP_OFF_ID_KEY_DIGEST + k] = id[k % 4];
			s.report[SNP_OFF_AUTHOR_KEY_DIGEST + k] = author[k % 4];
		}
		s.members = i % 2 ? rule->bad : rule->good;
		judge(&s);
		for (size_t k = 0; k < v.check_count; k++)
			if ((v.check[k].outcome != CHECK_PASS) !=
				(i % 2 && !strcmp(v.check[k].def->id, rule->id)))
				fail_msg("%s: %s is %s", rule->row, v.check[k].def->id,
					check_outcome_name(v.check[k].outcome));
		if (!verdict_find(&v, rule->id))
			fail_msg("%s: no check %s", rule->row, rule->id);
		assert_int_equal(v.value, i % 2 ? VERDICT_REJECTED : VERDICT_TRUSTED);
		close_scene(&s);
	}
}

/* The key of the certificate that was checked is the one that a policy pins. */
static void the_pinned_key_is_that_of_the_vcek(void **state)
{
	char members[600], hex[65];
	struct scene s;

	(void)state;
	open_scene(&s, &genoa);
	judge(&s);
	assert_true(v.claims.snp.has_endorsement_key);
	hex_encode(hex, v.claims.snp.endorsement_key_sha256, 32);
	snprintf(members, sizeof(members),
		",\"chips\":[{\"id\":" CHIP ",\"endorsement_keys\":[\"sha256:%s\"]}]", hex);
	s.members = members;
	judge(&s);
	assert_int_equal(v.value, VERDICT_TRUSTED);
	/* Reissued, with the same key: still the same machine. */
	replace(&s.vek, vcek(&s, &(struct fake_cert){.from = FAKE_AT - 1}));
	judge(&s);
	assert_int_equal(v.value, VERDICT_TRUSTED);
	close_scene(&s);
}

static void what_is_good_in_every_respect_is_trusted(void **state)
{
	const struct line *const lines[] = {&genoa, &turin};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct scene s;

		open_scene(&s, lines[i]);
		judge(&s);
		for (size_t k = 0; k < v.check_count; k++)
			if (v.check[k].outcome != CHECK_PASS)
				fail_msg("%s: %s", v.check[k].def->id, v.check[k].found);
		assert_int_equal(v.value, VERDICT_TRUSTED);
		assert_true(v.root.builtin);
		close_scene(&s);
	}
}

static void make_line(struct line *line)
{
	line->ark = ca(line, line->ark_name, 1, amd.ark, amd.ark);
	line->ask = ca(line, line->ask_name, 2, amd.ask, amd.ark);
	line->asvk = ca(line, line->asvk_name, 3, amd.ask, amd.ark);
	line->crl = list(line, amd.ark, FAKE_FROM, FAKE_TO, 0);
}

static int setup(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(hwid); i++)
		hwid[i] = (uint8_t)(i + 1);
	fake_amd_init(&amd);
	make_line(&genoa);
	make_line(&turin);
	return 0;
}

static int teardown(void **state)
{
	struct line *const lines[] = {&genoa, &turin};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		bytes_free(&lines[i]->ark);
		bytes_free(&lines[i]->ask);
		bytes_free(&lines[i]->asvk);
		bytes_free(&lines[i]->crl);
	}
	fake_amd_fini(&amd);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_row_is_decided_by_its_check_and_by_no_other),
		cmocka_unit_test(each_rule_of_a_policy_is_decided_by_its_check_and_by_no_other),
		cmocka_unit_test(the_pinned_key_is_that_of_the_vcek),
		cmocka_unit_test(what_is_good_in_every_respect_is_trusted),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
