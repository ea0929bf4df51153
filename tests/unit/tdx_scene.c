/* SPDX-License-Identifier: Apache-2.0 */
/* Putting a quote together with Intel's side of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/tdx_scene.h"

void tdx_scene_open(struct tdx_scene *s, const struct fake_intel *intel, uint16_t version)
{
	memset(s, 0, sizeof(*s));
	s->intel = intel;
	s->root = (struct fake_intel_cert){.issuer = FAKE_INTEL_ROOT,
		.subject = FAKE_INTEL_ROOT,
		.serial = 1,
		.key = intel->root,
		.signer = intel->root,
		.ca = true,
		.path_len = 1};
	s->ca = (struct fake_intel_cert){.issuer = FAKE_INTEL_ROOT,
		.subject = PCK_PLATFORM_CA_NAME,
		.serial = 2,
		.key = intel->ca,
		.signer = intel->root,
		.ca = true};
	s->pck = (struct fake_intel_cert){.issuer = PCK_PLATFORM_CA_NAME,
		.subject = PCK_COMMON_NAME,
		.serial = 3,
		.key = intel->pck,
		.signer = intel->ca};
	s->tcb = (struct fake_intel_cert){.issuer = FAKE_INTEL_ROOT,
		.subject = FAKE_INTEL_TCB,
		.serial = 4,
		.key = intel->tcb,
		.signer = intel->root};
	fake_pck_default(&s->extension, PCK_CA_PLATFORM);
	s->root_crl = (struct fake_intel_crl){.issuer = FAKE_INTEL_ROOT, .signer = intel->root};
	s->pck_crl = (struct fake_intel_crl){.issuer = PCK_PLATFORM_CA_NAME, .signer = intel->ca};
	s->info = fake_tcb_info();
	s->qe = fake_qe_identity();
	s->info_key = s->qe_key = intel->tcb;
	fake_intel_quote_default(&s->quote, intel, version);
	s->at = FAKE_INTEL_AT;
}

void tdx_scene_close(struct tdx_scene *s)
{
	bytes_free(&s->info);
	bytes_free(&s->qe);
}

static void give(struct endorsements *set, struct bytes bytes)
{
	(void)!endorsements_add(set, bytes_view(&bytes), NULL, NULL);
	bytes_free(&bytes);
}

static struct bytes statement(const char *member, const struct bytes *text,
	const struct crypto_ec_key *key, const char *const edit[2])
{
	struct bytes out = fake_statement(member, text, key);

	if (edit[0])
		fake_replace(&out, edit[0], edit[1]);
	return out;
}

static void give_all(struct endorsements *set, const struct tdx_scene *s)
{
	if (!s->no_tcb)
		give(set, fake_intel_cert(&s->tcb));
	if (!s->no_root_crl)
		give(set, fake_intel_crl(&s->root_crl));
	if (!s->no_pck_crl)
		give(set, fake_intel_crl(&s->pck_crl));
	if (!s->no_info)
		give(set, statement("tcbInfo", &s->info, s->info_key, s->info_edit));
	if (!s->no_qe)
		give(set, statement("enclaveIdentity", &s->qe, s->qe_key, s->qe_edit));
}

/* The certificates, into the quote's chain and, where asked for, among the endorsements. */
static struct bytes chain_text(struct tdx_scene *s, struct endorsements *set, struct roots *roots)
{
	struct bytes extensions = {0}, out = {0}, certs[3];
	const bool left_out[3] = {s->no_pck_in_quote, s->no_ca_in_quote, s->no_root_in_quote};

	fake_pck_extension(&extensions, &s->extension);
	s->pck.extensions = &extensions;
	certs[0] = fake_intel_cert(&s->pck);
	certs[1] = fake_intel_cert(&s->ca);
	certs[2] = fake_intel_cert(&s->root);
	if (!s->pinned_only)
		assert_int_equal(roots_add(roots, bytes_view(&certs[2]), NULL), 0);
	for (size_t i = 0; i < 3; i++) {
		if (!left_out[i])
			fake_pem(&out, "CERTIFICATE", &certs[i]);
		if (s->give_chain)
			assert_int_equal(
				endorsements_add(set, bytes_view(&certs[i]), NULL, NULL), 0);
		bytes_free(&certs[i]);
	}
	bytes_free(&extensions);
	return out;
}

void tdx_scene_build(struct tdx_scene *s, struct tdx_built *out)
{
	struct bytes chain;

	memset(out, 0, sizeof(*out));
	assert_int_equal(endorsements_new(&out->set), 0);
	assert_int_equal(roots_init(&out->roots), 0);
	give_all(out->set, s);
	chain = chain_text(s, out->set, &out->roots);
	if (!s->quote.cert_data.data)
		s->quote.cert_data = chain;
	out->quote = fake_intel_quote(&s->quote);
	if (s->edit_bytes)
		s->edit_bytes(&out->quote);
	if (s->quote.cert_data.data == chain.data)
		s->quote.cert_data = (struct bytes){0};
	bytes_free(&chain);
	out->in.evidence = bytes_view(&out->quote);
	out->in.endorsements = out->set;
	out->in.roots = &out->roots;
	out->in.at = s->at;
}

void tdx_built_free(struct tdx_built *built)
{
	bytes_free(&built->quote);
	endorsements_free(built->set);
	roots_fini(&built->roots);
}

void tdx_scene_judge(struct tdx_scene *s, struct verdict *v)
{
	struct tdx_built built;
	struct error err = {0};

	tdx_scene_build(s, &built);
	if (appraise(&built.in, v, &err))
		fail_msg("%s: %s", err.where, err.found);
	assert_false(v->overflow);
	assert_int_not_equal(v->value, VERDICT_TRUSTED);
	tdx_built_free(&built);
}
