/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The installed library: huisclos.h on top of attest/verify. Nothing is decided here. Internal
 * names never reach its users: only hc_* is exported.
 */
#include "huisclos.h"

#include <stdlib.h>

#include "attest/endorse/memo.h"
#include "attest/verify/verify.h"

/* One table of codes: the public names are the project's own numbers. */
_Static_assert(HC_ERROR_FORMAT == (int)HC_EFORMAT, "huisclos.h");
_Static_assert(HC_ERROR_TRUNCATED == (int)HC_ETRUNCATED, "huisclos.h");
_Static_assert(HC_ERROR_RANGE == (int)HC_ERANGE, "huisclos.h");
_Static_assert(HC_ERROR_UNSUPPORTED == (int)HC_EUNSUPPORTED, "huisclos.h");
_Static_assert(HC_ERROR_MISSING == (int)HC_EMISSING, "huisclos.h");
_Static_assert(HC_ERROR_NO_MEMORY == (int)HC_ENOMEM, "huisclos.h");
_Static_assert(HC_ERROR_USAGE == (int)HC_EUSAGE, "huisclos.h");
_Static_assert(HC_ERROR_LIMIT == (int)HC_EBUSY, "huisclos.h");
_Static_assert(HC_ERROR_INTERNAL == (int)HC_EINTERNAL, "huisclos.h");
_Static_assert(HC_UNDECIDED == (int)VERDICT_UNDECIDED && HC_TRUSTED == (int)VERDICT_TRUSTED &&
		       HC_REJECTED == (int)VERDICT_REJECTED,
	"huisclos.h");
_Static_assert(HC_AUTHENTIC_YES == (int)AUTHENTIC_YES && HC_AUTHENTIC_NO == (int)AUTHENTIC_NO,
	"huisclos.h");
_Static_assert(HC_REVOCATION_GOOD == (int)REVOCATION_GOOD &&
		       HC_REVOCATION_REVOKED == (int)REVOCATION_REVOKED,
	"huisclos.h");
_Static_assert(HC_CHECK_PASS == (int)CHECK_PASS && HC_CHECK_FAIL == (int)CHECK_FAIL &&
		       HC_CHECK_SKIPPED == (int)CHECK_SKIPPED,
	"huisclos.h");
_Static_assert(HC_FRENCH == (int)MESSAGES_FR && HC_ENGLISH == (int)MESSAGES_EN, "huisclos.h");

struct hc_verifier {
	struct roots roots;
	struct endorsements *endorsements;
	struct policy policy;
	bool has_policy;
	struct memo *memo;
	struct verdict scratch; /* large: a result holds as much of it as is filled */
};

struct hc_result {
	char (*text)[256];      /* the sentence of each check */
	struct verdict verdict; /* last: allocated as far as it is filled */
};

static int give_error(struct hc_error *out, const struct error *err, int code)
{
	struct error plain;

	if (!out)
		return code;
	out->code = code;
	if (err && err->code == code) {
		error_format(err, out->text, sizeof(out->text));
	} else {
		error_fail(&plain, code, "huisclos", "%s", "");
		error_format(&plain, out->text, sizeof(out->text));
	}
	return code;
}

const char *hc_version(void)
{
	return HC_VERSION;
}

int hc_verifier_new(struct hc_verifier **out)
{
	struct hc_verifier *v = calloc(1, sizeof(*v));
	int rc = v ? endorsements_new(&v->endorsements) : HC_ENOMEM;

	if (!rc)
		rc = roots_init(&v->roots);
	if (!rc)
		rc = memo_new(&v->memo);
	if (rc) {
		hc_verifier_free(v);
		v = NULL;
	}
	*out = v;
	return rc;
}

void hc_verifier_free(struct hc_verifier *verifier)
{
	if (!verifier)
		return;
	endorsements_free(verifier->endorsements);
	roots_fini(&verifier->roots);
	policy_free(&verifier->policy);
	memo_free(verifier->memo);
	free(verifier);
}

int hc_verifier_add_endorsements(
	struct hc_verifier *verifier, const void *bytes, size_t len, struct hc_error *err)
{
	struct error detail = {0};
	int rc = endorsements_add(verifier->endorsements, (struct view){bytes, len}, NULL, &detail);

	return rc ? give_error(err, &detail, rc) : 0;
}

int hc_verifier_add_root(
	struct hc_verifier *verifier, const void *bytes, size_t len, struct hc_error *err)
{
	struct error detail = {0};
	int rc = roots_add(&verifier->roots, (struct view){bytes, len}, &detail);

	return rc ? give_error(err, &detail, rc) : 0;
}

int hc_verifier_set_policy(
	struct hc_verifier *verifier, const char *json, size_t len, struct hc_error *err)
{
	struct policy policy;
	struct error detail = {0};
	int rc = policy_parse(&policy, (struct view){(const uint8_t *)json, len}, &detail);

	if (rc) {
		policy_free(&policy);
		return give_error(err, &detail, rc);
	}
	policy_free(&verifier->policy);
	verifier->policy = policy;
	verifier->has_policy = true;
	return 0;
}

static struct hc_result *make_result(const struct verdict *v)
{
	struct hc_result *r = malloc(
		offsetof(struct hc_result, verdict.check) + v->check_count * sizeof(v->check[0]));

	if (!r)
		return NULL;
	r->text = calloc(v->check_count + 1, sizeof(*r->text));
	if (!r->text) {
		free(r);
		return NULL;
	}
	verdict_copy(&r->verdict, v);
	for (size_t i = 0; i < v->check_count; i++)
		check_text(&v->check[i], v->lang, r->text[i], sizeof(r->text[i]));
	return r;
}

int hc_verify(struct hc_verifier *verifier, const struct hc_question *question,
	struct hc_result **out, struct hc_error *err)
{
	struct error detail = {0};
	const struct appraise_input in = {
		.evidence = {question->evidence, question->evidence_len},
		.endorsements = verifier->endorsements,
		.roots = &verifier->roots,
		.policy = verifier->has_policy ? &verifier->policy : NULL,
		.at = question->at,
		.memo = verifier->memo,
		.report_data = question->report_data,
		.lang = question->language == HC_FRENCH ? MESSAGES_FR : MESSAGES_EN,
	};
	int rc;

	*out = NULL;
	rc = appraise(&in, &verifier->scratch, &detail);
	if (rc)
		return give_error(err, &detail, rc);
	*out = make_result(&verifier->scratch);
	return *out ? 0 : give_error(err, NULL, HC_ENOMEM);
}

void hc_result_free(struct hc_result *result)
{
	if (!result)
		return;
	free(result->text);
	free(result);
}

enum hc_verdict hc_result_verdict(const struct hc_result *result)
{
	return result ? (enum hc_verdict)result->verdict.value : HC_UNDECIDED;
}

enum hc_authentic hc_result_authentic(const struct hc_result *result)
{
	return result ? (enum hc_authentic)result->verdict.authentic : HC_AUTHENTIC_UNDECIDED;
}

enum hc_revocation hc_result_revocation(const struct hc_result *result)
{
	return result ? (enum hc_revocation)result->verdict.revocation : HC_REVOCATION_UNKNOWN;
}

int hc_result_simulated(const struct hc_result *result)
{
	return result->verdict.has_root && result->verdict.root.simulated;
}

const char *hc_result_accepted_by(const struct hc_result *result)
{
	uint8_t block = result->verdict.accepted_by;

	return block ? result->verdict.block[block - 1].name : NULL;
}

const uint8_t *hc_result_measurement(const struct hc_result *result, size_t *len)
{
	*len = result->verdict.claims.measurement_len;
	return *len ? result->verdict.claims.measurement : NULL;
}

const uint8_t *hc_result_report_data(const struct hc_result *result)
{
	return result->verdict.claims.tee == CLAIMS_NONE ? NULL
							 : result->verdict.claims.report_data;
}

size_t hc_result_check_count(const struct hc_result *result)
{
	return result->verdict.check_count;
}

int hc_result_check(const struct hc_result *result, size_t index, struct hc_check *out)
{
	const struct check *check;

	if (index >= result->verdict.check_count)
		return HC_ERANGE;
	check = &result->verdict.check[index];
	*out = (struct hc_check){
		.id = check->def->id,
		.group = check_group_name(check->def->group),
		.block = check->block ? result->verdict.block[check->block - 1].name : "",
		.outcome = (enum hc_outcome)check->outcome,
		.warning = check_warned(check),
		.found = check->found,
		.expected = check->expected,
		.section = check->def->section,
		.text = result->text[index],
	};
	return 0;
}

int hc_result_json(const struct hc_result *result, char **out, struct hc_error *err)
{
	struct error detail = {0};
	json_t *obj;
	int rc = verdict_to_json(&result->verdict, &obj, &detail);

	*out = NULL;
	if (rc)
		return give_error(err, &detail, rc);
	*out = json_dumps(obj, JSON_INDENT(2));
	json_decref(obj);
	return *out ? 0 : give_error(err, NULL, HC_ENOMEM);
}

/* `text`, NUL-terminated, is the caller's now; or is freed, if `rc` is an error. */
static int give_text(struct bytes *text, int rc, char **out, struct hc_error *err)
{
	if (!rc)
		rc = bytes_append(text, "", 1);
	*out = rc ? NULL : (char *)text->data;
	if (!rc)
		return 0;
	bytes_free(text);
	return give_error(err, NULL, rc);
}

static struct verdict_style style_of(enum hc_language language)
{
	return (struct verdict_style){.lang = language == HC_FRENCH ? MESSAGES_FR : MESSAGES_EN};
}

int hc_result_text(
	const struct hc_result *result, enum hc_language language, char **out, struct hc_error *err)
{
	const struct verdict_style style = style_of(language);
	struct bytes text = {0};
	int rc = verdict_to_text(&result->verdict, &style, &text);

	return give_text(&text, rc, out, err);
}

int hc_result_html(const struct hc_result *result, enum hc_language language, int64_t made_at,
	const char *program, char **out, struct hc_error *err)
{
	struct verdict_style style = style_of(language);
	struct bytes text = {0};
	int rc;

	style.made_at = made_at;
	style.program = program;
	rc = verdict_to_html(&result->verdict, &style, &text);
	return give_text(&text, rc, out, err);
}

void hc_free(void *memory)
{
	free(memory);
}
