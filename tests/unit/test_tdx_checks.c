/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every check on a TDX quote, passing and failing: a simulated Intel signs whatever is asked for,
 * so that one thing at a time is wrong. The rows T1 to T36 are those of docs/EVIDENCE-TDX.md; rows
 * of the policy are in the tests of the policy.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/tdx_scene.h"

static struct fake_intel intel;
static struct verdict v;

static bool asked(const char *ids, const char *id)
{
	size_t n = strlen(id);

	for (const char *at = ids; (at = strstr(at, id)); at += n)
		if ((at == ids || at[-1] == ' ') && (at[n] == '=' || !at[n] || at[n] == ' '))
			return true;
	return false;
}

/*
 * Exactly the checks in `ids` ("tdx.a=fail tdx.b=undecided") did not pass, of those that are not
 * the policy's.
 */
static void assert_only(const char *what, const char *ids)
{
	size_t found = 0, want = 0;

	for (size_t i = 0; i < v.check_count; i++) {
		const struct check *c = &v.check[i];
		char entry[96];

		if (c->def->group == CHECK_GROUP_POLICY || c->outcome == CHECK_PASS ||
			c->outcome == CHECK_SKIPPED)
			continue;
		snprintf(entry, sizeof(entry), "%s=%s", c->def->id, check_outcome_name(c->outcome));
		if (!asked(ids, c->def->id) || !strstr(ids, entry))
			fail_msg("%s: %s: %s; %s", what, entry, c->found, c->expected);
		found++;
	}
	for (const char *at = ids; (at = strchr(at, '=')); at++)
		want++;
	if (found != want)
		fail_msg("%s: %zu checks did not pass, and not %zu (%s)", what, found, want, ids);
}

struct one {
	const char *row, *what, *ids;
	void (*edit)(struct tdx_scene *s);
};

static void run(const struct one *cases, size_t count)
{
	for (size_t i = 0; i < count; i++)
		for (uint16_t version = 4; version <= 5; version++) {
			struct tdx_scene s;
			char what[120];

			tdx_scene_open(&s, &intel, version);
			cases[i].edit(&s);
			tdx_scene_judge(&s, &v);
			snprintf(what, sizeof(what), "%s %s, version %u", cases[i].row,
				cases[i].what, version);
			assert_only(what, cases[i].ids);
			assert_int_equal(v.authentic == AUTHENTIC_YES, !cases[i].ids[0]);
			tdx_scene_close(&s);
		}
}
#define RUN(cases) run(cases, sizeof(cases) / sizeof((cases)[0]))
#define EDIT(name, body)                                                                           \
	static void name(struct tdx_scene *s)                                                      \
	{                                                                                          \
		body                                                                               \
	}

EDIT(nothing, (void)s;)

static void a_good_quote_is_genuine(void **state)
{
	static const struct one cases[] = {{"T1", "good", "", nothing}};

	(void)state;
	RUN(cases);
	assert_int_equal(v.revocation, REVOCATION_GOOD);
	assert_true(v.has_root);
	assert_false(v.root.builtin);
	assert_int_equal(v.claims.tdx.tcb.status, TDX_TCB_UP_TO_DATE);
	assert_int_equal(v.claims.tdx.tcb.evaluation_number, 19);
	assert_int_equal(v.claims.tdx.tcb.advisory_count, 0);
	assert_true(v.claims.tdx.platform.known);
	assert_int_equal(v.claims.tdx.platform.pcesvn, 300);
	assert_true(v.claims.tdx.platform.has_piid);
	assert_int_equal(v.claims.tdx.platform.smt_enabled, TDX_FLAG_TRUE);
	assert_int_equal(v.claims.tdx.platform.cached_keys, TDX_FLAG_FALSE);
	/* The lists and statements all end a month after; certificates later. */
	assert_true(v.claims.tdx.tcb.earliest_expiry == FAKE_INTEL_AT + 29 * 86400);
	assert_int_equal(v.chain.count, 3);
	assert_string_equal(v.chain.link[0].name, PCK_COMMON_NAME);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(v.chain.link[i].signs, LINK_SIGNATURE_GOOD);
	assert_int_equal(v.chain.link[1].revocation, REVOCATION_GOOD);
	assert_int_equal(v.chain.link[2].anchor, LINK_ANCHOR_NAMED);
}

/* --- T1 to T6: what the quote is --- */

static const uint8_t zeros[307];

EDIT(padded_70, s->quote.trailing = zeros; s->quote.trailing_len = 70;)
EDIT(padded_307, s->quote.trailing = zeros; s->quote.trailing_len = 307;)
EDIT(padded_text, s->quote.trailing = (const uint8_t *)"not a part of it";
	s->quote.trailing_len = 16;)
EDIT(auth_0, s->quote.qe_auth_len = 0;)
EDIT(auth_1, s->quote.qe_auth_len = 1;)
EDIT(auth_1000, s->quote.qe_auth_len = 1000;)
EDIT(root_left_out, s->no_root_in_quote = true;)
EDIT(cas_among_endorsements, s->no_ca_in_quote = true; s->no_root_in_quote = true;
	s->give_chain = true;)
EDIT(leaf_alone, s->quote.cert_type = 4; s->no_ca_in_quote = true; s->no_root_in_quote = true;
	s->give_chain = true;)

/* PPID, CPUSVN, PCESVN, PCEID; the PPID in clear or as many bytes that only Intel can read. */
static struct bytes named_pck(const struct tdx_scene *s, size_t ppid)
{
	struct bytes out = {0};
	uint8_t byte = 0xee, pcesvn[2];

	put_le16(pcesvn, s->extension.pck.pcesvn);
	if (ppid == 16)
		fake_append(&out, s->extension.pck.ppid, 16);
	for (size_t i = 0; i < ppid && ppid != 16; i++)
		fake_append(&out, &byte, 1);
	fake_append(&out, s->extension.pck.cpusvn, 16);
	fake_append(&out, pcesvn, 2);
	fake_append(&out, s->extension.pck.pceid, 2);
	return out;
}

static void judge_named(uint16_t type, size_t ppid, bool given, size_t flip, const char *ids)
{
	struct tdx_scene s;
	struct bytes data;
	char what[64];

	tdx_scene_open(&s, &intel, 4);
	s.give_chain = given;
	data = named_pck(&s, ppid);
	if (flip < data.len)
		data.data[flip] ^= 1;
	s.quote.cert_type = type;
	s.quote.cert_data = data;
	tdx_scene_judge(&s, &v);
	snprintf(what, sizeof(what), "type %u, flip %zd", type, (ssize_t)flip);
	assert_only(what, ids);
	bytes_free(&data);
	tdx_scene_close(&s);
}

#define NO_PCK                                                                                     \
	"tdx.pck=undecided tdx.chain=undecided tdx.root=undecided tdx.validity=undecided "         \
	"tdx.qe_report_signature=undecided tdx.fmspc=undecided tdx.pceid=undecided "               \
	"tdx.module=undecided tdx.tcb_level=undecided tdx.pck_crl=undecided "                      \
	"tdx.ca_revoked=undecided tdx.pck_revoked=undecided"

/* Certification data that is none, though the chain is among the endorsements: by either check. */
static void judge_text(const char *text)
{
	struct tdx_scene s;
	struct bytes data = {0};

	tdx_scene_open(&s, &intel, 4);
	s.give_chain = true;
	fake_append(&data, text, strlen(text) + 1);
	s.quote.cert_data = data;
	tdx_scene_judge(&s, &v);
	assert_int_equal(v.authentic, AUTHENTIC_NO);
	bytes_free(&data);
	tdx_scene_close(&s);
}

static void t5_certification_data_of_types_1_to_5(void **state)
{
	static const struct one cases[] = {
		{"T5", "trailing 70", "", padded_70},
		{"T5", "trailing 307", "", padded_307},
		{"T5", "trailing text", "", padded_text},
		{"T5", "no root in the quote", "", root_left_out},
		{"T5", "CAs among the endorsements", "", cas_among_endorsements},
		{"T5", "type 4", "", leaf_alone},
	};

	(void)state;
	RUN(cases);
	judge_named(1, 16, true, SIZE_MAX, "");
	judge_named(2, 256, true, SIZE_MAX, "");
	judge_named(3, 384, true, SIZE_MAX, "");
	judge_named(1, 16, false, SIZE_MAX, NO_PCK);
	judge_named(3, 384, false, SIZE_MAX, NO_PCK);
	judge_named(1, 16, true, 0, NO_PCK);    /* another PPID */
	judge_named(1, 16, true, 16, NO_PCK);   /* CPUSVN */
	judge_named(1, 16, true, 32, NO_PCK);   /* PCESVN */
	judge_named(2, 256, true, 274, NO_PCK); /* PCEID */
	judge_text("{\"a\":\"-----BEGIN%20CERTIFICATE-----\"}");
	judge_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
	judge_text("");
	judge_named(2, 256, true, 0, ""); /* encrypted: nobody can compare */
}

static void t6_authentication_data_of_any_length(void **state)
{
	static const struct one cases[] = {
		{"T6", "0", "", auth_0}, {"T6", "1", "", auth_1}, {"T6", "1000", "", auth_1000}};

	(void)state;
	RUN(cases);
}

EDIT(version_3, put_le16(s->quote.header, 3);)
EDIT(key_type_3, put_le16(s->quote.header + TDX_OFF_ATT_KEY_TYPE, 3);)
EDIT(tee_sgx, put_le32(s->quote.header + TDX_OFF_TEE_TYPE, 0);)
EDIT(other_vendor, s->quote.header[TDX_OFF_QE_VENDOR_ID] ^= 1;)
EDIT(inner_type_7, s->quote.cert_type = 7;)
EDIT(inner_type_6, s->quote.cert_type = 6;)

static void t1_t3_headers_that_are_not_handled(void **state)
{
	static const struct one cases[] = {
		{"T1", "version 3", "tdx.header=fail", version_3},
		{"T3", "key type 3", "tdx.header=fail", key_type_3},
		{"T3", "SGX", "tdx.header=fail", tee_sgx},
		{"T3", "vendor", "tdx.header=fail", other_vendor},
		{"T5", "type 7", "tdx.certification_data=fail", inner_type_7},
		{"T5", "type 6 in 6", "tdx.certification_data=fail", inner_type_6},
	};

	(void)state;
	RUN(cases);
}

static void t2_body_types_of_version_5(void **state)
{
	static const struct {
		uint16_t type;
		uint32_t size;
		const char *ids;
	} cases[] = {
		{2, 0, ""},
		{3, 0, ""},
		{4, 0, ""}, /* TD 1.5 Ex: read here, for the policy to accept */
		{1, 384, "tdx.body=fail"},
		{5, 648, "tdx.body=fail"},
		{2, 648, "tdx.body=fail"},
		{3, 584, "tdx.body=fail"},
		{3, UINT32_MAX, "tdx.body=fail"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tdx_scene s;
		char what[32];

		tdx_scene_open(&s, &intel, 5);
		s.quote.body_type = cases[i].type;
		s.quote.body_size = cases[i].size;
		tdx_scene_judge(&s, &v);
		snprintf(what, sizeof(what), "T2 %zu", i);
		assert_only(what, cases[i].ids);
		tdx_scene_close(&s);
	}
}

/* --- T7 to T9: the chain --- */

EDIT(root_not_named, s->pinned_only = true;)
EDIT(pck_by_other, s->pck.signer = intel.other;)
EDIT(ca_by_other, s->ca.signer = intel.other;)
EDIT(ca_no_ca, s->ca.ca = false;)
EDIT(ca_no_usage, s->ca.no_usage = true;)
EDIT(ca_signs_crls_only, s->ca.usage = 0x02;)
EDIT(root_path_0, s->root.path_len = 0;)
EDIT(pck_is_ca, s->pck.ca = true; s->pck.path_len = -1;)
EDIT(pck_other_name, s->pck.subject = "Intel SGX PCK";)
EDIT(pck_without_fmspc, s->extension.omit = 1U << 4;)
EDIT(pck_from_root, s->pck.issuer = FAKE_INTEL_ROOT; s->pck.signer = intel.root;)
EDIT(ca_not_given, s->no_ca_in_quote = true;)
EDIT(pck_early, s->pck.from = FAKE_INTEL_AT + 1;)
EDIT(pck_late, s->pck.to = FAKE_INTEL_AT - 1;)
EDIT(pck_just, s->pck.from = FAKE_INTEL_AT; s->pck.to = FAKE_INTEL_AT;)
EDIT(ca_early, s->ca.from = FAKE_INTEL_AT + 1;)
EDIT(root_late, s->root.to = FAKE_INTEL_AT - 1;)
EDIT(processor_ca, s->ca.subject = PCK_PROCESSOR_CA_NAME; s->pck.issuer = PCK_PROCESSOR_CA_NAME;
	s->pck_crl.issuer = PCK_PROCESSOR_CA_NAME;
	fake_pck_default(&s->extension, PCK_CA_PROCESSOR);)

/* Where no root vouches for the chain, nothing of Intel's counts for the platform's revocation. */
#define NO_CHAIN "tdx.pck_crl=undecided tdx.ca_revoked=undecided tdx.pck_revoked=undecided"
#define NO_STATEMENTS                                                                              \
	" tdx.tcb_signer=undecided tdx.tcb_info=undecided tdx.qe_identity=undecided "              \
	"tdx.qe=undecided tdx.module=undecided tdx.tcb_level=undecided tdx.root_crl=undecided "    \
	"tdx.tcb_signer_revoked=undecided "

static void t7_t8_t9_the_chain_of_the_pck(void **state)
{
	static const struct one cases[] = {
		{"T7", "root not named", "tdx.root=fail" NO_STATEMENTS NO_CHAIN, root_not_named},
		{"T7", "PCK by another",
			"tdx.chain=fail tdx.root=undecided tdx.validity=undecided " NO_CHAIN,
			pck_by_other},
		{"T7", "CA by another", "tdx.chain=fail tdx.root=undecided " NO_CHAIN, ca_by_other},
		{"T7", "CA that is none",
			"tdx.chain=fail tdx.root=undecided tdx.validity=undecided " NO_CHAIN,
			ca_no_ca},
		{"T7", "CA without usage",
			"tdx.chain=fail tdx.root=undecided tdx.validity=undecided " NO_CHAIN,
			ca_no_usage},
		{"T7", "CA for lists alone",
			"tdx.chain=fail tdx.root=undecided tdx.validity=undecided " NO_CHAIN,
			ca_signs_crls_only},
		{"T7", "path length", "tdx.chain=fail tdx.root=undecided" NO_STATEMENTS NO_CHAIN,
			root_path_0},
		{"T7", "CA not given",
			"tdx.chain=undecided tdx.root=undecided tdx.validity=undecided " NO_CHAIN,
			ca_not_given},
		{"T8", "Processor CA", "", processor_ca},
		{"T9", "PCK not yet", "tdx.validity=fail", pck_early},
		{"T9", "PCK no longer", "tdx.validity=fail", pck_late},
		{"T9", "PCK in its one second", "", pck_just},
		{"T9", "CA not yet", "tdx.validity=fail", ca_early},
		{"T9", "root no longer", "tdx.validity=fail", root_late},
	};

	(void)state;
	RUN(cases);
}

static void t7_certificates_that_are_no_pck(void **state)
{
	static void (*const edits[])(struct tdx_scene *) = {
		pck_is_ca, pck_other_name, pck_without_fmspc, pck_from_root};

	(void)state;
	for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
		struct tdx_scene s;

		tdx_scene_open(&s, &intel, 4);
		edits[i](&s);
		tdx_scene_judge(&s, &v);
		assert_int_not_equal(verdict_find(&v, "tdx.pck")->outcome, CHECK_PASS);
		assert_int_not_equal(v.authentic, AUTHENTIC_YES);
		tdx_scene_close(&s);
	}
}

/* --- T10: revocation --- */

static const uint8_t serial_ca[] = {2}, serial_pck[] = {9, 3}, serial_tcb[] = {4},
		     serial_other[] = {7, 8};

EDIT(no_root_crl, s->no_root_crl = true;)
EDIT(no_pck_crl, s->no_pck_crl = true;)
EDIT(root_crl_stale, s->root_crl.next_update = FAKE_INTEL_AT - 1;)
EDIT(pck_crl_stale, s->pck_crl.next_update = FAKE_INTEL_AT - 1;)
EDIT(pck_crl_early, s->pck_crl.this_update = FAKE_INTEL_AT + 1;)
EDIT(pck_crl_endless, s->pck_crl.next_update = -1;)
EDIT(root_crl_forged, s->root_crl.signer = intel.other;)
EDIT(pck_crl_forged, s->pck_crl.signer = intel.root;)
EDIT(pck_crl_of_other, s->pck_crl.issuer = PCK_PROCESSOR_CA_NAME;)
EDIT(ca_revoked, s->root_crl.serials = serial_ca; s->root_crl.serial_count = 1;)
EDIT(tcb_revoked, s->root_crl.serials = serial_tcb; s->root_crl.serial_count = 1;)
EDIT(pck_revoked, s->pck_crl.serials = serial_pck; s->pck_crl.serial_count = 2;)
EDIT(others_revoked, s->pck_crl.serials = serial_other; s->pck_crl.serial_count = 2;
	s->root_crl.serials = serial_other; s->root_crl.serial_count = 2;)
EDIT(pck_revoked_by_stale, pck_revoked(s); pck_crl_stale(s);)

static void assert_revocation(const char *what, void (*edit)(struct tdx_scene *), const char *ids,
	enum revocation_value want)
{
	struct tdx_scene s;

	tdx_scene_open(&s, &intel, 5);
	edit(&s);
	tdx_scene_judge(&s, &v);
	assert_only(what, ids);
	assert_int_equal(v.revocation, want);
	/* Whether a quote is genuine is another question. */
	assert_int_equal(v.authentic, AUTHENTIC_YES);
	if (want == REVOCATION_REVOKED)
		assert_int_equal(v.value, VERDICT_REJECTED);
	tdx_scene_close(&s);
}

static void t10_lists_and_who_is_on_them(void **state)
{
	const enum revocation_value good = REVOCATION_GOOD, unknown = REVOCATION_UNKNOWN,
				    revoked = REVOCATION_REVOKED;
#define NO_ROOT_LIST(how)                                                                          \
	"tdx.root_crl=" how " tdx.ca_revoked=undecided tdx.tcb_signer_revoked=undecided"
#define NO_PCK_LIST(how) "tdx.pck_crl=" how " tdx.pck_revoked=undecided"

	(void)state;
	assert_revocation("good", nothing, "", good);
	assert_revocation("others", others_revoked, "", good);
	assert_revocation("no root CRL", no_root_crl, NO_ROOT_LIST("undecided"), unknown);
	assert_revocation("no PCK CRL", no_pck_crl, NO_PCK_LIST("undecided"), unknown);
	assert_revocation("root CRL stale", root_crl_stale, NO_ROOT_LIST("undecided"), unknown);
	assert_revocation("PCK CRL stale", pck_crl_stale, NO_PCK_LIST("undecided"), unknown);
	assert_revocation("PCK CRL early", pck_crl_early, NO_PCK_LIST("undecided"), unknown);
	assert_revocation("PCK CRL endless", pck_crl_endless, NO_PCK_LIST("undecided"), unknown);
	assert_revocation(
		"PCK CRL of another", pck_crl_of_other, NO_PCK_LIST("undecided"), unknown);
	assert_revocation("root CRL forged", root_crl_forged, NO_ROOT_LIST("fail"), unknown);
	assert_revocation("PCK CRL forged", pck_crl_forged, NO_PCK_LIST("fail"), unknown);
	assert_revocation("CA", ca_revoked, "tdx.ca_revoked=fail", revoked);
	assert_revocation("TCB signer", tcb_revoked, "tdx.tcb_signer_revoked=fail", revoked);
	assert_revocation("PCK", pck_revoked, "tdx.pck_revoked=fail", revoked);
	assert_revocation("PCK, stale list", pck_revoked_by_stale,
		"tdx.pck_crl=undecided tdx.pck_revoked=fail", revoked);
}

/* --- T11 to T14: statements --- */

EDIT(info_by_other, s->info_key = intel.other;)
EDIT(qe_by_other, s->qe_key = intel.other;)
EDIT(info_by_root, s->info_key = intel.root;)
EDIT(info_missing, s->no_info = true;)
EDIT(qe_missing, s->no_qe = true;)
EDIT(tcb_missing, s->no_tcb = true;)
EDIT(tcb_by_other, s->tcb.signer = intel.other;)
EDIT(tcb_by_ca, s->tcb.signer = intel.ca; s->tcb.issuer = PCK_PLATFORM_CA_NAME;)
EDIT(tcb_is_ca, s->tcb.ca = true; s->tcb.path_len = -1;)
EDIT(tcb_other_usage, s->tcb.usage = 0x06;)
EDIT(tcb_other_name, s->tcb.subject = "Intel SGX TCB Signing 2";)
EDIT(tcb_late, s->tcb.to = FAKE_INTEL_AT - 1;)
EDIT(tcb_early, s->tcb.from = FAKE_INTEL_AT + 1;)
EDIT(info_sgx, fake_replace(&s->info, "\"TDX\"", "\"SGX\"");)
EDIT(info_v2, fake_replace(&s->info, "\"version\":3", "\"version\":2");)
EDIT(qe_sgx, fake_replace(&s->qe, "\"TD_QE\"", "\"QE\"");)
EDIT(info_fmspc, fake_replace(&s->info, "b0c06f000000", "b0c06f000001");)
EDIT(info_fmspc_upper, fake_replace(&s->info, "b0c06f000000", "B0C06F000000");)
EDIT(info_pceid, fake_replace(&s->info, "\"pceId\":\"0000\"", "\"pceId\":\"0001\"");)

#define NO_INFO                                                                                    \
	"tdx.tcb_info=undecided tdx.tcb_info_date=undecided tdx.fmspc=undecided "                  \
	"tdx.pceid=undecided tdx.module=undecided tdx.tcb_level=undecided"
#define NO_QE                                                                                      \
	"tdx.qe_identity=undecided tdx.qe_identity_date=undecided tdx.qe=undecided "               \
	"tdx.tcb_level=undecided"
#define NO_SIGNER(how)                                                                             \
	"tdx.tcb_signer=" how " tdx.tcb_info=undecided tdx.qe_identity=undecided "                 \
	"tdx.qe=undecided tdx.module=undecided tdx.tcb_level=undecided "                           \
	"tdx.tcb_signer_revoked=undecided"

static void t11_t12_t14_statements_have_to_be_intels_and_about_this_platform(void **state)
{
	static const struct one cases[] = {
		{"T11", "TCB info by another",
			"tdx.tcb_info=fail tdx.module=undecided tdx.tcb_level=undecided",
			info_by_other},
		{"T11", "TCB info by the root's own key",
			"tdx.tcb_info=fail tdx.module=undecided tdx.tcb_level=undecided",
			info_by_root},
		{"T11", "QE identity by another",
			"tdx.qe_identity=fail tdx.qe=undecided tdx.tcb_level=undecided",
			qe_by_other},
		{"T11", "no TCB info", NO_INFO, info_missing},
		{"T11", "no QE identity", NO_QE, qe_missing},
		{"T11", "no signer", NO_SIGNER("undecided"), tcb_missing},
		{"T11", "another name for the signer", NO_SIGNER("undecided"), tcb_other_name},
		{"T11", "signer by another", NO_SIGNER("fail"), tcb_by_other},
		{"T11", "signer by the PCK CA", NO_SIGNER("fail"), tcb_by_ca},
		{"T11", "signer that is a CA", NO_SIGNER("fail"), tcb_is_ca},
		{"T11", "signer for other uses", NO_SIGNER("fail"), tcb_other_usage},
		{"T11", "signer no longer", "tdx.tcb_signer=fail", tcb_late},
		{"T11", "signer not yet", "tdx.tcb_signer=fail", tcb_early},
		{"T12", "id SGX", NO_INFO, info_sgx},
		{"T12", "version 2", NO_INFO, info_v2},
		{"T12", "id QE", NO_QE, qe_sgx},
		{"T14", "another FMSPC",
			"tdx.fmspc=fail tdx.module=undecided tdx.tcb_level=undecided", info_fmspc},
		{"T14", "the same in capitals", "", info_fmspc_upper},
		{"T14", "another PCEID",
			"tdx.pceid=fail tdx.module=undecided tdx.tcb_level=undecided", info_pceid},
	};

	(void)state;
	RUN(cases);
}

#define INFO_EDIT(name, old, new) EDIT(name, s->info_edit[0] = old; s->info_edit[1] = new;)
#define QE_EDIT(name, old, new)   EDIT(name, s->qe_edit[0] = old; s->qe_edit[1] = new;)
INFO_EDIT(info_blank, "\"tcbLevels\":", "\"tcbLevels\": ")
INFO_EDIT(info_status, "\"OutOfDate\"", "\"UpToDate\"")
INFO_EDIT(info_date, "\"nextUpdate\":\"20", "\"nextUpdate\":\"21")
INFO_EDIT(info_number, "Number\":19", "Number\":20")
INFO_EDIT(info_case, "b0c06f000000", "B0C06f000000")
INFO_EDIT(info_member, "\"version\":3", "\"x\":0,\"version\":3")
INFO_EDIT(info_outside, "{\"tcbInfo\":", " {\"x\":1,\n\"tcbInfo\" :\t")
QE_EDIT(qe_blank, ",\"isvprodid\"", " ,\"isvprodid\"")
QE_EDIT(qe_level, "\"isvsvn\":4", "\"isvsvn\":1")

static void t11_the_signature_is_over_the_bytes_as_received(void **state)
{
	static const char info[] = "tdx.tcb_info=fail tdx.module=undecided tdx.tcb_level=undecided";
	static const char qe[] = "tdx.qe_identity=fail tdx.qe=undecided tdx.tcb_level=undecided";
	static const struct one cases[] = {
		{"T11", "a blank", info, info_blank},
		{"T11", "a status", info, info_status},
		{"T11", "a date", info, info_date},
		{"T11", "a number", info, info_number},
		{"T11", "a letter's case", info, info_case},
		{"T11", "one member more", info, info_member},
		{"T11", "what is around it", "", info_outside},
		{"T11", "a blank in the QE identity", qe, qe_blank},
		{"T11", "a level of the QE", qe, qe_level},
	};

	(void)state;
	RUN(cases);
}

static void judge_at(int64_t at, const char *ids)
{
	struct tdx_scene s;
	char what[32];

	tdx_scene_open(&s, &intel, 4);
	s.at = at;
	tdx_scene_judge(&s, &v);
	snprintf(what, sizeof(what), "%+lld", (long long)(at - FAKE_INTEL_AT));
	assert_only(what, ids);
	tdx_scene_close(&s);
}

/* issueDate <= T < nextUpdate; T35: the time is an argument. */
static void t13_t35_statements_and_lists_at_the_edges_of_their_windows(void **state)
{
	static const char stale[] = "tdx.tcb_info_date=undecided tdx.qe_identity_date=undecided";

	(void)state;
	judge_at(FAKE_INTEL_AT - 86400, "");
	judge_at(FAKE_INTEL_AT - 86401,
		"tdx.tcb_info_date=undecided tdx.qe_identity_date=undecided "
		"tdx.root_crl=undecided tdx.pck_crl=undecided tdx.ca_revoked=undecided "
		"tdx.tcb_signer_revoked=undecided tdx.pck_revoked=undecided");
	judge_at(FAKE_INTEL_AT + 29 * 86400 - 1, "");
	/* nextUpdate itself: a statement has run out, a list has not (RFC 5280 5.1.2.5). */
	judge_at(FAKE_INTEL_AT + 29 * 86400, stale);
}

/* The newest genuine one of those in date counts, whatever else lies in the folder. */
static void picks_the_best_statement_of_several(void **state)
{
	static const struct {
		const char *number;
		bool other_platform, forged, stale;
	} given[] = {{"Number\":40", true, false, false}, {"Number\":30", false, true, false},
		{"Number\":21", false, false, true}, {"Number\":17", false, false, false},
		{"Number\":20", false, false, false}, {"Number\":18", false, false, false}};
	struct tdx_scene s;
	struct tdx_built built;

	(void)state;
	tdx_scene_open(&s, &intel, 4);
	s.no_info = true;
	tdx_scene_build(&s, &built);
	for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++) {
		struct bytes text = fake_tcb_info(), body;

		fake_replace(&text, "Number\":19", given[i].number);
		if (given[i].other_platform)
			fake_replace(&text, "b0c06f000000", "00c06f000000");
		if (given[i].stale)
			fake_replace(&text, "\"nextUpdate\":\"202", "\"nextUpdate\":\"201");
		body = fake_statement("tcbInfo", &text, given[i].forged ? intel.other : intel.tcb);
		assert_int_equal(endorsements_add(built.set, bytes_view(&body), NULL, NULL), 0);
		bytes_free(&text);
		bytes_free(&body);
	}
	assert_int_equal(appraise(&built.in, &v, NULL), 0);
	assert_only("several", "");
	assert_string_equal(verdict_find(&v, "tdx.tcb_info")->found, "evaluation data number 20");
	assert_int_equal(v.claims.tdx.tcb.evaluation_number, 19); /* the QE identity's */
	tdx_built_free(&built);
	tdx_scene_close(&s);
}

/* --- T15 to T20: module, quoting enclave, bindings --- */

EDIT(mrsignerseam, s->quote.body[TDX_BODY_MRSIGNERSEAM + 47] = 1;)
EDIT(seamattributes, s->quote.body[TDX_BODY_SEAMATTRIBUTES + 7] = 0x80;)
EDIT(module_2, s->quote.body[TDX_BODY_TEE_TCB_SVN + 1] = 2;)
EDIT(module_1_0, s->quote.body[TDX_BODY_TEE_TCB_SVN] = 5;
	s->quote.body[TDX_BODY_TEE_TCB_SVN + 1] = 0;)
EDIT(module_lower_case, fake_replace(&s->info, "TDX_01", "tdx_01");)
EDIT(module_0a, fake_replace(&s->info, "TDX_01", "TDX_0a");
	s->quote.body[TDX_BODY_TEE_TCB_SVN + 1] = 10;)
EDIT(module_signer,
	fake_replace(&s->info, "\"TDX_01\",\"mrsigner\":\"00", "\"TDX_01\",\"mrsigner\":\"01");)
EDIT(module_attributes, fake_replace_all(&s->info, "\"attributes\":\"00", "\"attributes\":\"01");)
EDIT(module_old, s->quote.body[TDX_BODY_TEE_TCB_SVN] = 4;)
EDIT(module_revoked, s->quote.body[TDX_BODY_TEE_TCB_SVN] = 3;)
EDIT(module_ancient, s->quote.body[TDX_BODY_TEE_TCB_SVN] = 1;)
EDIT(platform_old, s->extension.pck.svn[0] = 2;)
EDIT(platform_ancient, s->extension.pck.svn[0] = 1;)
EDIT(microcode_old, s->quote.body[TDX_BODY_TEE_TCB_SVN + 2] = 2;)
EDIT(microcode_ancient, s->quote.body[TDX_BODY_TEE_TCB_SVN + 2] = 1;)
EDIT(first_components_high, fake_replace(&s->info, "\"tdxtcbcomponents\":[{\"svn\":5},{\"svn\":0}",
				    "\"tdxtcbcomponents\":[{\"svn\":99},{\"svn\":9}");)
EDIT(qe_misc, s->quote.qe_report[TDX_QE_MISCSELECT] = 1;)
EDIT(qe_debug, s->quote.qe_report[TDX_QE_ATTRIBUTES] |= 2;)
EDIT(qe_masked, s->quote.qe_report[TDX_QE_ATTRIBUTES] |= 4;
	s->quote.qe_report[TDX_QE_ATTRIBUTES + 8] = 1;)
EDIT(qe_signer, s->quote.qe_report[TDX_QE_MRSIGNER] ^= 1;)
EDIT(qe_product, s->quote.qe_report[TDX_QE_ISVPRODID] = 1;)
EDIT(qe_old, s->quote.qe_report[TDX_QE_ISVSVN] = 3;)
EDIT(qe_ancient, s->quote.qe_report[TDX_QE_ISVSVN] = 1;)
EDIT(unbound, s->quote.unbound = true;)
EDIT(tail, s->quote.tail = 1;)
EDIT(other_key_claimed, s->quote.key_claimed = intel.other;)
EDIT(key_off_curve, s->quote.off_curve = true;)
EDIT(qe_report_by_other, s->quote.qe_signer = intel.other;)

static void t15_t18_module_and_its_identity(void **state)
{
	static const struct one cases[] = {
		{"T15", "MRSIGNERSEAM", "tdx.module=fail tdx.mrsignerseam=fail", mrsignerseam},
		{"T15", "another signer listed", "tdx.module=fail", module_signer},
		{"T15", "other attributes listed", "tdx.module=fail", module_attributes},
		{"T15", "not listed", "tdx.module=fail tdx.tcb_level=fail", module_2},
		{"T15", "1.0", "", module_1_0},
		{"T15", "id in small letters", "", module_lower_case},
		{"T15", "id with a hex digit", "", module_0a},
		{"T16", "revoked module", "tdx.tcb_level=fail", module_revoked},
		{"T16", "module below all", "tdx.tcb_level=fail", module_ancient},
		{"T16", "platform below all", "tdx.tcb_level=fail", platform_ancient},
		{"T17", "components 0 and 1 skipped", "", first_components_high},
		{"T17", "component 2 is not", "tdx.tcb_level=fail", microcode_ancient},
		{"T18", "SEAMATTRIBUTES", "tdx.module=fail tdx.seamattributes=fail",
			seamattributes},
	};

	(void)state;
	RUN(cases);
}

static void t19_t20_quoting_enclave_and_what_binds_the_key(void **state)
{
	static const struct one cases[] = {
		{"T19", "miscselect", "tdx.qe=fail", qe_misc},
		{"T19", "attributes", "tdx.qe=fail", qe_debug},
		{"T19", "attributes under the mask", "", qe_masked},
		{"T19", "mrsigner", "tdx.qe=fail", qe_signer},
		{"T19", "isvprodid", "tdx.qe=fail", qe_product},
		{"T19", "isvsvn below all", "tdx.tcb_level=fail", qe_ancient},
		{"T20", "report data", "tdx.qe_report_data=fail", unbound},
		{"T20", "tail", "tdx.qe_report_data=fail", tail},
		{"T20", "another key", "tdx.signature=fail", other_key_claimed},
		{"T20", "no point", "tdx.attestation_key=fail tdx.signature=fail", key_off_curve},
		{"T20", "QE report by another", "tdx.qe_report_signature=fail", qe_report_by_other},
	};

	(void)state;
	RUN(cases);
}

static void flip_signed(struct bytes *quote)
{
	quote->data[100] ^= 1;
}
EDIT(altered, s->edit_bytes = flip_signed;)

/* r = 0, s = 0, r = n: no signature. */
static void zero_signature(struct bytes *quote)
{
	memset(quote->data + (get_le16(quote->data) == 4 ? 636 : 706), 0, 64);
}
static void r_is_the_order(struct bytes *quote)
{
	static const uint8_t n[32] = {0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9,
		0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51};

	memcpy(quote->data + (get_le16(quote->data) == 4 ? 636 : 706), n, 32);
}
EDIT(signature_zero, s->edit_bytes = zero_signature;)
EDIT(signature_order, s->edit_bytes = r_is_the_order;)

static void the_signature_of_the_quote_covers_header_and_body(void **state)
{
	static const struct one cases[] = {
		{"b7", "altered", "tdx.signature=fail", altered},
		{"b7", "zero", "tdx.signature=fail", signature_zero},
		{"b7", "r = n", "tdx.signature=fail", signature_order},
	};

	(void)state;
	RUN(cases);
}

/* --- T16, T21, T22, T24: levels in the claims --- */

EDIT(relaunch, s->quote.body[TDX_BODY_TEE_TCB_SVN] = 4;)
EDIT(relaunch_later, s->quote.body[TDX_BODY_TEE_TCB_SVN] = 4;
	s->quote.body[TDX_BODY_TEE_TCB_SVN2] = 5;)
EDIT(platform_swh, fake_replace(&s->info, "2024-11-11T00:00:00Z\",\"tcbStatus\":\"UpToDate\"",
			   "2024-11-11T00:00:00Z\",\"tcbStatus\":\"SWHardeningNeeded\","
			   "\"advisoryIDs\":[\"INTEL-SA-00001\"]");)
EDIT(platform_cn_relaunch, relaunch(s);
	fake_replace(&s->info, "2024-11-11T00:00:00Z\",\"tcbStatus\":\"UpToDate\"",
		"2024-11-11T00:00:00Z\",\"tcbStatus\":\"ConfigurationNeeded\"");)

static void t16_t22_t24_levels_dates_and_advisories(void **state)
{
	static const struct {
		const char *what;
		void (*edit)(struct tdx_scene *s);
		enum tdx_tcb_status v4, v5, current;
		const char *advisories;
	} cases[] = {
		{"good", nothing, TDX_TCB_UP_TO_DATE, TDX_TCB_UP_TO_DATE, TDX_TCB_UP_TO_DATE, ""},
		{"module old, updated", relaunch, TDX_TCB_OUT_OF_DATE, TDX_TCB_TD_RELAUNCH_ADVISED,
			TDX_TCB_UP_TO_DATE, "INTEL-SA-01036 "},
		{"module old, updated too little", relaunch_later, TDX_TCB_OUT_OF_DATE,
			TDX_TCB_OUT_OF_DATE, TDX_TCB_OUT_OF_DATE, "INTEL-SA-01036 "},
		{"module old, configuration", platform_cn_relaunch,
			TDX_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED,
			TDX_TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED,
			TDX_TCB_CONFIGURATION_NEEDED, "INTEL-SA-01036 "},
		{"platform old", platform_old, TDX_TCB_OUT_OF_DATE, TDX_TCB_OUT_OF_DATE,
			TDX_TCB_OUT_OF_DATE, "INTEL-SA-00106 INTEL-SA-00115 "},
		{"microcode old", microcode_old, TDX_TCB_OUT_OF_DATE, TDX_TCB_OUT_OF_DATE,
			TDX_TCB_UP_TO_DATE, "INTEL-SA-00106 INTEL-SA-00115 "},
		{"QE old", qe_old, TDX_TCB_OUT_OF_DATE, TDX_TCB_OUT_OF_DATE, TDX_TCB_OUT_OF_DATE,
			"INTEL-SA-00202 "},
		{"platform to be hardened", platform_swh, TDX_TCB_SW_HARDENING_NEEDED,
			TDX_TCB_SW_HARDENING_NEEDED, TDX_TCB_SW_HARDENING_NEEDED,
			"INTEL-SA-00001 "},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (uint16_t version = 4; version <= 5; version++) {
			const struct tdx_tcb *tcb = &v.claims.tdx.tcb;
			char advisories[256] = "";
			struct tdx_scene s;

			tdx_scene_open(&s, &intel, version);
			cases[i].edit(&s);
			tdx_scene_judge(&s, &v);
			assert_only(cases[i].what, "");
			assert_int_equal(tcb->status, version == 4 ? cases[i].v4 : cases[i].v5);
			assert_int_equal(tcb->has_current, version == 5);
			if (version == 5)
				assert_int_equal(tcb->current, cases[i].current);
			for (size_t k = 0; k < tcb->advisory_count; k++) {
				strcat(advisories, tcb->advisory[k]);
				strcat(advisories, " ");
			}
			assert_string_equal(advisories, cases[i].advisories);
			tdx_scene_close(&s);
		}
}

static void says_which_module_is_too_old(void **state)
{
	struct tdx_scene s;

	(void)state;
	tdx_scene_open(&s, &intel, 4);
	module_old(&s);
	tdx_scene_judge(&s, &v);
	assert_string_equal(verdict_find(&v, "tdx.tcb_level")->expected,
		"module TDX_01: SVN 4 is OutOfDate; the highest known is 6");
	tdx_scene_close(&s);
}

/* With nothing but the quote, what can be said is said, and nothing is trusted. */
static void without_any_endorsement_it_is_undecided_and_says_where_to_get_them(void **state)
{
	struct tdx_scene s;
	struct tdx_built built;

	(void)state;
	tdx_scene_open(&s, &intel, 5);
	s.no_info = s.no_qe = s.no_tcb = s.no_root_crl = s.no_pck_crl = true;
	tdx_scene_judge(&s, &v);
	assert_int_equal(v.authentic, AUTHENTIC_UNDECIDED);
	assert_int_equal(verdict_find(&v, "tdx.signature")->outcome, CHECK_PASS);
	assert_non_null(strstr(verdict_find(&v, "tdx.tcb_info")->expected, "fmspc=b0c06f000000"));
	assert_non_null(strstr(verdict_find(&v, "tdx.pck_crl")->expected, "ca=platform"));
	/* No set at all is an empty one. */
	tdx_scene_build(&s, &built);
	built.in.endorsements = NULL;
	assert_int_equal(appraise(&built.in, &v, NULL), 0);
	assert_int_equal(v.authentic, AUTHENTIC_UNDECIDED);
	tdx_built_free(&built);
	tdx_scene_close(&s);
}

static void no_truncated_quote_is_genuine(void **state)
{
	struct tdx_scene s;
	struct tdx_built built;

	(void)state;
	tdx_scene_open(&s, &intel, 5);
	tdx_scene_build(&s, &built);
	for (size_t len = 0; len < built.quote.len; len++) {
		built.in.evidence.len = len;
		assert_int_equal(appraise(&built.in, &v, NULL), 0);
		assert_int_equal(v.authentic, AUTHENTIC_NO);
	}
	built.in.evidence.len = built.quote.len;
	assert_int_equal(appraise(&built.in, &v, NULL), 0);
	assert_int_equal(v.authentic, AUTHENTIC_YES);
	tdx_built_free(&built);
	tdx_scene_close(&s);
}

static int setup(void **state)
{
	(void)state;
	fake_intel_init(&intel);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fake_intel_fini(&intel);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t1_t3_headers_that_are_not_handled),
		cmocka_unit_test(t2_body_types_of_version_5),
		cmocka_unit_test(t5_certification_data_of_types_1_to_5),
		cmocka_unit_test(t6_authentication_data_of_any_length),
		cmocka_unit_test(t7_t8_t9_the_chain_of_the_pck),
		cmocka_unit_test(t7_certificates_that_are_no_pck),
		cmocka_unit_test(t10_lists_and_who_is_on_them),
		cmocka_unit_test(t11_t12_t14_statements_have_to_be_intels_and_about_this_platform),
		cmocka_unit_test(t11_the_signature_is_over_the_bytes_as_received),
		cmocka_unit_test(t13_t35_statements_and_lists_at_the_edges_of_their_windows),
		cmocka_unit_test(picks_the_best_statement_of_several),
		cmocka_unit_test(t15_t18_module_and_its_identity),
		cmocka_unit_test(t19_t20_quoting_enclave_and_what_binds_the_key),
		cmocka_unit_test(the_signature_of_the_quote_covers_header_and_body),
		cmocka_unit_test(t16_t22_t24_levels_dates_and_advisories),
		cmocka_unit_test(says_which_module_is_too_old),
		cmocka_unit_test(
			without_any_endorsement_it_is_undecided_and_says_where_to_get_them),
		cmocka_unit_test(no_truncated_quote_is_genuine),
		cmocka_unit_test(a_good_quote_is_genuine),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
