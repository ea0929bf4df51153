/* SPDX-License-Identifier: Apache-2.0 */
/* Intel's statements: what is refused in them, and every form in which they are recognised. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "attest/endorse/endorsements.h"
#include "attest/endorse/tdx_collateral.h"
#include "attest/endorse/x509.h"
#include "common/base64.h"
#include "common/hex.h"
#include "common/json_span.h"
#include "tests/unit/fake_intel.h"
#include "tests/unit/vectors.h"

static struct fake_intel intel;

/* The statement with the first `old` replaced (NULL: as it is). */
static int parse_edited(struct bytes text, const char *old, const char *new)
{
	struct tdx_tcb_info *info = calloc(1, sizeof(*info));
	struct tdx_qe_identity *qe = calloc(1, sizeof(*qe));
	struct error err = {0};
	int rc;

	assert_true(info && qe);
	if (old)
		fake_replace(&text, old, new);
	if (memmem(text.data, text.len, "isvprodid", 9)) {
		rc = tdx_qe_identity_parse(qe, bytes_view(&text), &err);
		if (!rc)
			tdx_qe_identity_fini(qe);
	} else {
		rc = tdx_tcb_info_parse(info, bytes_view(&text), &err);
		if (!rc)
			tdx_tcb_info_fini(info);
	}
	assert_int_equal(err.code, rc);
	bytes_free(&text);
	free(info);
	free(qe);
	return rc;
}

static void refuses_a_tcb_info_that_is_not_exactly_one(void **state)
{
	static const char *const edits[][2] = {
		{"\"id\":\"TDX\"", "\"id\":\"SGX\""},
		{"\"id\":\"TDX\"", "\"id\":7"},
		{"\"version\":3", "\"version\":2"},
		{"\"version\":3", "\"version\":\"3\""},
		{"\"version\":3", "\"version\":4"},
		{"\"version\":3,", "\"version\":3,\"version\":3,"},
		{"\"version\":3,", ""},
		{"\"tcbType\":0", "\"tcbType\":1"},
		{"\"tcbType\":0,", ""},
		{"b0c06f000000", "b0c06f0000"},
		{"b0c06f000000", "b0c06f00000g"},
		{"\"pceId\":\"0000\",", ""},
		{"\"issueDate\":\"2", "\"issueDate\":\"x"},
		{"\"issueDate\"", "\"issuedate\""},
		{"\"nextUpdate\"", "\"next\""},
		{"\"tcbEvaluationDataNumber\":19", "\"tcbEvaluationDataNumber\":-1"},
		{"\"tcbEvaluationDataNumber\":19", "\"tcbEvaluationDataNumber\":19.0"},
		{"\"tcbEvaluationDataNumber\":19,", ""},
		{"\"tdxModule\":{", "\"tdxmodule\":{"},
		{"\"mrsigner\":\"00", "\"mrsigner\":\""},
		{"\"attributesMask\"", "\"mask\""},
		{"\"tdxModuleIdentities\":[", "\"tdxModuleIdentities\":[7,"},
		{"TDX_03", "TDX_3"},
		{"TDX_03", "SGX_03"},
		{"TDX_03", "TDX_0x"},
		{"TDX_03", "TDX_01"},
		{"TDX_03", "tdx_01"},
		{"\"isvsvn\":3", "\"isvsvn\":65536"},
		{"\"isvsvn\":3", "\"isvsvn\":-3"},
		{"\"tcb\":{\"isvsvn\":3}", "\"tcb\":{}"},
		{"\"tcb\":{\"isvsvn\":3},", ""},
		{"\"tcbDate\":\"2024-11-13T00:00:00Z\",\"tcbStatus\":\"UpToDate\"",
			"\"tcbStatus\":\"UpToDate\""},
		{"\"UpToDate\"", "\"Uptodate\""},
		{"\"UpToDate\"", "\"ConfigurationNeeded\""}, /* of a module: not Intel's */
		{"\"UpToDate\"", "\"TDRelaunchAdvised\""},
		{"\"UpToDate\"", "\"NotSupported\""},
		{"\"UpToDate\"", "true"},
		{"[\"INTEL-SA-01036\"]", "\"INTEL-SA-01036\""},
		{"[\"INTEL-SA-01036\"]", "[1036]"},
		{"[\"INTEL-SA-01036\"]", "[\"\"]"},
		{"[\"INTEL-SA-01036\"]", "[\"INTEL-SA-01036-01036-01036\"]"},
		{"[\"INTEL-SA-01036\"]", "[\"INTEL\\u001b[31m\"]"},
		{"{\"svn\":4},", ""},
		{"{\"svn\":4}", "{\"svn\":256}"},
		{"{\"svn\":4}", "{\"svn\":-1}"},
		{"{\"svn\":4}", "{}"},
		{"{\"svn\":4}", "4"},
		{"\"pcesvn\":13", "\"pcesvn\":70000"},
		{"\"sgxtcbcomponents\"", "\"sgx\""},
		{"\"tdxtcbcomponents\"", "\"tdx\""},
	};

	(void)state;
	assert_int_equal(parse_edited(fake_tcb_info(), NULL, NULL), 0);
	for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++)
		if (parse_edited(fake_tcb_info(), edits[i][0], edits[i][1]) >= 0)
			fail_msg("taken: %s for %s", edits[i][1], edits[i][0]);
}

static void refuses_a_qe_identity_that_is_not_exactly_one(void **state)
{
	static const char *const edits[][2] = {
		{"TD_QE", "QE"},
		{"\"version\":2", "\"version\":1"},
		{"\"version\":2,", "\"version\":2,\"id\":\"TD_QE\","},
		{"\"miscselect\":\"00000000\"", "\"miscselect\":\"000000\""},
		{"\"miscselectMask\"", "\"miscselectmask\""},
		{"\"attributes\":\"11", "\"attributes\":\""},
		{"\"attributesMask\"", "\"mask\""},
		{"\"mrsigner\":\"DC", "\"mrsigner\":\""},
		{"\"isvprodid\":2", "\"isvprodid\":\"2\""},
		{"\"isvprodid\":2", "\"isvprodid\":65536"},
		{"\"tcbLevels\":[{\"tcb\":{\"isvsvn\":4},\"tcbDate\":\"2024-11-13T00:00:00Z\","
		 "\"tcbStatus\":\"UpToDate\"},",
			"\"levels\":["},
		{"\"UpToDate\"", "\"SWHardeningNeeded\""},
	};

	(void)state;
	assert_int_equal(parse_edited(fake_qe_identity(), NULL, NULL), 0);
	for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++)
		if (parse_edited(fake_qe_identity(), edits[i][0], edits[i][1]) >= 0)
			fail_msg("taken: %s for %s", edits[i][1], edits[i][0]);
}

static void members_that_are_not_known_or_optional_make_no_difference(void **state)
{
	(void)state;
	assert_int_equal(parse_edited(fake_tcb_info(), "\"version\":3,",
				 "\"version\":3,\"later\":{\"a\":[1]},"),
		0);
	assert_int_equal(parse_edited(fake_tcb_info(), "\"tdxModuleIdentities\"", "\"x\""), 0);
	assert_int_equal(
		parse_edited(fake_tcb_info(), ",\"advisoryIDs\":[\"INTEL-SA-01036\"]", ""), 0);
	assert_int_equal(parse_edited(fake_tcb_info(), "TDX_03", "tdx_0A"), 0);
}

static void refuses_every_truncation_and_no_levels(void **state)
{
	struct bytes info = fake_tcb_info(), qe = fake_qe_identity();
	struct tdx_tcb_info *out = calloc(1, sizeof(*out));
	struct tdx_qe_identity *out_qe = calloc(1, sizeof(*out_qe));

	(void)state;
	assert_true(out && out_qe);
	for (size_t len = 0; len < info.len; len++)
		assert_true(tdx_tcb_info_parse(out, (struct view){info.data, len}, NULL) < 0);
	for (size_t len = 0; len < qe.len; len++)
		assert_true(tdx_qe_identity_parse(out_qe, (struct view){qe.data, len}, NULL) < 0);
	bytes_free(&info);
	bytes_free(&qe);
	free(out);
	free(out_qe);
}

/* The levels of the statement in the other order, and one more that is equal to the first. */
static void sorts_levels_itself_and_keeps_the_first_of_equals(void **state)
{
	struct bytes text = fake_tcb_info();
	struct tdx_tcb_info *info = calloc(1, sizeof(*info));

	(void)state;
	assert_non_null(info);
	fake_replace(&text, "{\"tcb\":{\"isvsvn\":6},\"tcbDate\":\"2024-11-12T00:00:00Z\"",
		"{\"tcb\":{\"isvsvn\":1},\"tcbDate\":\"2024-11-12T00:00:00Z\"");
	fake_replace(&text, "{\"tcb\":{\"isvsvn\":2},\"tcbDate\":\"2023-08-09T00:00:00Z\"",
		"{\"tcb\":{\"isvsvn\":4},\"tcbDate\":\"2023-08-09T00:00:00Z\"");
	/* Swap the platform's levels by their PCESVN and first component. */
	fake_replace(
		&text, "\"sgxtcbcomponents\":[{\"svn\":4}", "\"sgxtcbcomponents\":[{\"svn\":1}");
	assert_int_equal(tdx_tcb_info_parse(info, bytes_view(&text), NULL), 0);
	assert_int_equal(info->level[0].pcesvn, 5);
	assert_int_equal(info->level[1].pcesvn, 13);
	assert_int_equal(info->identity[1].level_count, 3);
	assert_int_equal(info->identity[1].level[0].status, TDX_TCB_OUT_OF_DATE);
	assert_int_equal(info->identity[1].level[1].status, TDX_TCB_REVOKED);
	assert_int_equal(info->identity[1].level[2].isvsvn, 1);
	tdx_tcb_info_fini(info);
	free(info);
	bytes_free(&text);
}

/* --- forms --- */

struct counts {
	size_t infos, identities, certs, crls;
};

static struct counts count(const struct endorsements *set)
{
	const struct tdx_collateral *tdx = endorsements_tdx(set);

	return (struct counts){tdx_collateral_tcb_info_count(tdx),
		tdx_collateral_qe_identity_count(tdx), endorsements_cert_count(set),
		endorsements_crl_count(set)};
}

static void assert_found(struct bytes *text, struct counts want)
{
	struct endorsements *set;
	struct counts found;
	struct error err = {0};
	size_t added;

	assert_int_equal(endorsements_new(&set), 0);
	if (endorsements_add(set, bytes_view(text), &added, &err))
		fail_msg("%s: %s\n%.200s", err.where, err.found, (const char *)text->data);
	/* A second time changes nothing. */
	assert_int_equal(endorsements_add(set, bytes_view(text), &added, &err), 0);
	found = count(set);
	assert_int_equal(found.infos, want.infos);
	assert_int_equal(found.identities, want.identities);
	assert_int_equal(found.certs, want.certs);
	assert_int_equal(found.crls, want.crls);
	endorsements_free(set);
	bytes_free(text);
}

static void say(struct bytes *out, const char *text)
{
	fake_append(out, text, strlen(text));
}

static struct bytes root_der(void)
{
	return fake_intel_cert(&(struct fake_intel_cert){.issuer = FAKE_INTEL_ROOT,
		.subject = FAKE_INTEL_ROOT,
		.serial = 1,
		.key = intel.root,
		.signer = intel.root,
		.ca = true,
		.path_len = 1});
}

static struct bytes base64(const struct bytes *der)
{
	struct bytes out = {0};
	char *text = malloc(base64_encoded_size(der->len));

	assert_non_null(text);
	base64_encode(BASE64_STD, text, der->data, der->len);
	fake_append(&out, text, strlen(text));
	free(text);
	return out;
}

static struct bytes crl_der(void)
{
	return fake_intel_crl(
		&(struct fake_intel_crl){.issuer = FAKE_INTEL_ROOT, .signer = intel.root});
}

/* PEM of the root, line ends written as `eol`, blanks as `blank`, '+' as `plus`. */
static void say_pem(struct bytes *out, const char *eol, const char *blank, const char *plus)
{
	struct bytes der = root_der(), b64 = base64(&der);

	say(out, "-----BEGIN");
	say(out, blank);
	say(out, "CERTIFICATE-----");
	say(out, eol);
	for (size_t i = 0; i < b64.len; i++) {
		if (b64.data[i] == '+')
			say(out, plus);
		else
			fake_append(out, &b64.data[i], 1);
		if (i % 64 == 63)
			say(out, eol);
	}
	say(out, eol);
	say(out, "-----END");
	say(out, blank);
	say(out, "CERTIFICATE-----");
	say(out, eol);
	bytes_free(&der);
	bytes_free(&b64);
}

static void say_hex(struct bytes *out, struct bytes der)
{
	char *hex = malloc(2 * der.len + 1);

	assert_non_null(hex);
	hex_encode(hex, der.data, der.len);
	say(out, hex);
	free(hex);
	bytes_free(&der);
}

/* A statement as a JSON string: quotes escaped. */
static void say_escaped(struct bytes *out, const struct bytes *text)
{
	for (size_t i = 0; i < text->len; i++) {
		if (text->data[i] == '"')
			say(out, "\\");
		fake_append(out, &text->data[i], 1);
	}
}

static void recognises_bodies_of_the_service(void **state)
{
	struct bytes text = fake_tcb_info(), body = fake_statement("tcbInfo", &text, intel.tcb);

	(void)state;
	assert_found(&body, (struct counts){.infos = 1});
	body = fake_statement("enclaveIdentity", &text, intel.tcb);
	bytes_free(&text);
	bytes_free(&body);
	text = fake_qe_identity();
	body = fake_statement("enclaveIdentity", &text, intel.tcb);
	assert_found(&body, (struct counts){.identities = 1});
	bytes_free(&text);
}

static void recognises_headers_and_dumps(void **state)
{
	struct bytes text = fake_tcb_info(), body = fake_statement("tcbInfo", &text, intel.tcb);
	struct bytes out = {0};

	(void)state;
	say(&out, "TCB-Info-Issuer-Chain: ");
	say_pem(&out, "%0A", "%20", "%2B");
	assert_found(&out, (struct counts){.certs = 1});
	say(&out, "SGX-PCK-CRL-Issuer-Chain: ");
	say_pem(&out, "%0a", "+", "%2b");
	assert_found(&out, (struct counts){.certs = 1});
	for (int crlf = 0; crlf < 2; crlf++) {
		say(&out, "HTTP/1.1 200 OK\r\nTCB-Info-Issuer-Chain: ");
		say_pem(&out, "%0A", "%20", "%2B");
		say(&out, crlf ? "\r\n\r\n" : "\n\n");
		fake_append(&out, body.data, body.len);
		assert_found(&out, (struct counts){.infos = 1, .certs = 1});
	}
	say(&out, "HTTP/2 200\nContent-Type: application/pkix-crl\n\n");
	bytes_free(&body);
	body = crl_der();
	fake_append(&out, body.data, body.len);
	assert_found(&out, (struct counts){.crls = 1});
	bytes_free(&body);
	bytes_free(&text);
}

static void recognises_hex_of_a_list(void **state)
{
	struct bytes out = {0};

	(void)state;
	say_hex(&out, crl_der());
	say(&out, "\n");
	assert_found(&out, (struct counts){.crls = 1});
}

/* The fields of dcap-qvl's samples, of a PCCS and of its administrator's tool. */
static void recognises_bundles(void **state)
{
	struct bytes info = fake_tcb_info(), qe = fake_qe_identity(), out = {0}, wrapped, b64,
		     der = crl_der();
	char signature[129];

	(void)state;
	say(&out, "{\"pck_crl_issuer_chain\":\"");
	say_pem(&out, "\\n", " ", "+");
	say(&out, "\",\"root_ca_crl\":\"");
	say_hex(&out, crl_der());
	say(&out, "\",\"tcb_info\":\"");
	say_escaped(&out, &info);
	fake_sign_text(signature, &info, intel.tcb);
	say(&out, "\",\"tcb_info_signature\":\"");
	say(&out, signature);
	fake_sign_text(signature, &qe, intel.tcb);
	say(&out, "\",\"qe_identity_signature\":\"");
	say(&out, signature);
	say(&out, "\",\"qe_identity\":\"");
	say_escaped(&out, &qe);
	say(&out, "\"}");
	assert_found(&out, (struct counts){1, 1, 1, 1});

	wrapped = fake_statement("tcbInfo", &info, intel.tcb);
	say(&out, "{\"collaterals\":{\"tcbinfos\":[{\"fmspc\":\"x\",\"tdx_tcbinfo\":");
	fake_append(&out, wrapped.data, wrapped.len);
	say(&out, "}],\"rootcacrl\":\"");
	b64 = base64(&der);
	fake_append(&out, b64.data, b64.len);
	say(&out, "\",\"certificates\":{\"TCB-Info-Issuer-Chain\":\"");
	say_pem(&out, "%0A", "%20", "%2B");
	say(&out, "\"},\"tdqeidentity\":\"");
	bytes_free(&wrapped);
	wrapped = fake_statement("enclaveIdentity", &qe, intel.tcb);
	say_escaped(&out, &wrapped);
	say(&out, "\"}}");
	assert_found(&out, (struct counts){1, 1, 1, 1});

	say(&out, " {\"tcbInfo\" : {\"x\":1}, \"list\":[\"");
	say_escaped(&out, &wrapped);
	say(&out, "\"]}");
	assert_found(&out, (struct counts){.identities = 1});
	bytes_free(&wrapped);
	bytes_free(&info);
	bytes_free(&qe);
	bytes_free(&der);
	bytes_free(&b64);
}

static void keeps_exactly_the_signed_bytes(void **state)
{
	struct bytes text = fake_tcb_info(), body = {0};
	const struct tdx_signed_tcb_info *item;
	struct endorsements *set;

	(void)state;
	fake_replace(&text, "\"version\":3", " \"version\" :\t3");
	say(&body, "{ \"a\":\"}\\\"{\", \"tcbInfo\" :\n ");
	fake_append(&body, text.data, text.len);
	say(&body, " ,\"signature\":\"");
	for (int i = 0; i < 64; i++)
		say(&body, "aB");
	say(&body, "\"}");
	assert_int_equal(endorsements_new(&set), 0);
	assert_int_equal(endorsements_add(set, bytes_view(&body), NULL, NULL), 0);
	item = tdx_collateral_tcb_info(endorsements_tdx(set), 0);
	assert_int_equal(item->as_received.text.len, text.len);
	assert_memory_equal(item->as_received.text.data, text.data, text.len);
	assert_int_equal(item->as_received.signature[63], 0xab);
	endorsements_free(set);
	bytes_free(&body);
	bytes_free(&text);
}

static void assert_left_out(const char *text)
{
	struct endorsements *set;

	assert_int_equal(endorsements_new(&set), 0);
	assert_int_equal(endorsements_add(set, (struct view){(const uint8_t *)text, strlen(text)},
				 NULL, NULL),
		HC_EUNSUPPORTED);
	assert_int_equal(count(set).infos + count(set).identities, 0);
	endorsements_free(set);
}

static void leaves_out_what_is_nothing_of_intels(void **state)
{
	char deep[4096];

	(void)state;
	assert_left_out("{}");
	assert_left_out("{");
	assert_left_out("{\"tcbInfo\":{},\"signature\":\"00\"}");
	assert_left_out("{\"tcbInfo\":\"{}\",\"signature\":\"\"}");
	assert_left_out("{\"a\":1,\"a\":1}");
	assert_left_out("{\"a\":null,\"b\":[1,2,{\"c\":\"MIx\"}],\"d\":\"3082\"}");
	assert_left_out("HTTP/1.1 200 OK\n\n");
	assert_left_out("HTTP/1.1 404");
	assert_left_out("-----BEGIN%20CERTIFICATE-----%0");
	assert_left_out("30");
	assert_left_out("3000");
	memset(deep, '[', sizeof(deep));
	memcpy(deep, "{\"a\":", 5);
	deep[sizeof(deep) - 1] = '\0';
	assert_left_out(deep);
	deep[0] = '\0';
	for (int i = 0; i < 40; i++)
		strcat(deep, "{\"a\":");
	strcat(deep, "1");
	for (int i = 0; i < 40; i++)
		strcat(deep, "}");
	assert_left_out(deep);
}

static void a_set_takes_so_many_statements_and_no_more(void **state)
{
	struct endorsements *set;

	(void)state;
	assert_int_equal(endorsements_new(&set), 0);
	for (int i = 0; i <= TDX_COLLATERAL_MAX; i++) {
		struct bytes text = fake_qe_identity(), body;
		char number[32];

		snprintf(number, sizeof(number), "Number\":%d", 100 + i);
		fake_replace(&text, "Number\":19", number);
		body = fake_statement("enclaveIdentity", &text, intel.tcb);
		assert_int_equal(endorsements_add(set, bytes_view(&body), NULL, NULL),
			i < TDX_COLLATERAL_MAX ? 0 : HC_EBUSY);
		bytes_free(&text);
		bytes_free(&body);
	}
	assert_int_equal(count(set).identities, TDX_COLLATERAL_MAX);
	endorsements_free(set);
}

static void finds_spans_whatever_is_around_them(void **state)
{
	static const char text[] = " { \"a\" : 1.5e3 ,\"b\\\"\":\"}\\\\\\\"{\" , \"c\":[ {\"a\":2} "
				   ", null,[],\"x]\" ] ,\"d\":{}}";
	const struct view in = {(const uint8_t *)text, sizeof(text) - 1};
	static const struct {
		const char *name, *value;
	} members[] = {{"a", "1.5e3"}, {"c", "[ {\"a\":2} , null,[],\"x]\" ]"}, {"d", "{}"}};
	static const char *const items[] = {"{\"a\":2}", "null", "[]", "\"x]\""};
	static const char *const none[] = {"", "{}", "{\"a\":1", "{\"a\":1}x", "{\"a\":1,}",
		"{\"a\" 1}", "{\"a\":}", "{\"a\":[1}", "{\"a\":\"1}", "{a:1}", "[1]",
		"{\"a\":1}{}"};
	struct json_member member[4];
	struct view span, item;
	size_t count;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		assert_true(json_span(in, members[i].name, &span));
		assert_int_equal(span.len, strlen(members[i].value));
		assert_memory_equal(span.data, members[i].value, span.len);
	}
	assert_false(json_span(in, "b", &span));
	assert_false(json_span(in, "x", &span));
	assert_true(json_span(in, "c", &span));
	for (size_t i = 0; i < 4; i++) {
		assert_true(json_span_item(span, i, &item));
		assert_int_equal(item.len, strlen(items[i]));
		assert_memory_equal(item.data, items[i], item.len);
	}
	assert_false(json_span_item(span, 4, &item));
	/* Of text that nobody has parsed: one object, closed, and nothing after it. */
	assert_true(json_span_members(in, member, 4, &count));
	assert_int_equal(count, 4);
	assert_int_equal(member[1].name.len, 3);
	assert_memory_equal(member[1].name.data, "b\\\"", 3);
	assert_int_equal(member[3].value.len, 2);
	assert_false(json_span_members(in, member, 3, &count));
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_false(
			json_span_members((struct view){(const uint8_t *)none[i], strlen(none[i])},
				member, 4, &count));
	/* On other text it stays inside. */
	for (size_t len = 0; len < in.len; len++) {
		uint8_t *exact = malloc(len + 1);

		assert_non_null(exact);
		memcpy(exact, text, len);
		(void)json_span((struct view){exact, len}, "nowhere", &span);
		(void)json_span_item((struct view){exact, len}, 9, &span);
		assert_false(json_span_members((struct view){exact, len}, member, 4, &count));
		free(exact);
	}
}

static void reads_every_statement_of_the_vectors(void **state)
{
	char **cases;
	size_t infos = 0, identities = 0;

	(void)state;
	vectors_needed();
	cases = vectors_cases("tdx");
	for (size_t i = 0; cases[i]; i++) {
		static const char *const files[] = {"tcb_info.json", "qe_identity.json"};
		struct endorsements *set;

		assert_int_equal(endorsements_new(&set), 0);
		for (size_t f = 0; f < 2; f++) {
			char path[256];
			struct bytes text;

			if (!strcmp(cases[i], "sgx-v3-not-tdx") ||
				!strcmp(cases[i], "v4-non-production-root"))
				continue;
			snprintf(path, sizeof(path), "tdx/%s/%s", cases[i], files[f]);
			text = vectors_read(path);
			assert_int_equal(endorsements_add(set, bytes_view(&text), NULL, NULL), 0);
			bytes_free(&text);
		}
		infos += count(set).infos;
		identities += count(set).identities;
		endorsements_free(set);
		free(cases[i]);
	}
	free(cases);
	assert_int_equal(infos, 31);
	assert_int_equal(identities, 31);
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
		cmocka_unit_test(refuses_a_tcb_info_that_is_not_exactly_one),
		cmocka_unit_test(refuses_a_qe_identity_that_is_not_exactly_one),
		cmocka_unit_test(refuses_every_truncation_and_no_levels),
		cmocka_unit_test(leaves_out_what_is_nothing_of_intels),
		cmocka_unit_test(a_set_takes_so_many_statements_and_no_more),
		cmocka_unit_test(members_that_are_not_known_or_optional_make_no_difference),
		cmocka_unit_test(sorts_levels_itself_and_keeps_the_first_of_equals),
		cmocka_unit_test(recognises_bodies_of_the_service),
		cmocka_unit_test(recognises_headers_and_dumps),
		cmocka_unit_test(recognises_hex_of_a_list),
		cmocka_unit_test(recognises_bundles),
		cmocka_unit_test(keeps_exactly_the_signed_bytes),
		cmocka_unit_test(finds_spans_whatever_is_around_them),
		cmocka_unit_test(reads_every_statement_of_the_vectors),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
