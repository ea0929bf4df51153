/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which VEK? A set may hold those of other chips and of other firmware levels, and a host may add
 * more of them. What they say of themselves sorts them first, without a signature; of those that
 * fit every one is tried until one holds in every respect, so that no number of look-alikes hides
 * it. If none fits, the closest is what gets reported.
 */
#include <stdlib.h>

#include "attest/verify/snp.h"
#include "common/messages.h"

struct picker {
	struct chain_finder finder;
	struct verdict *v; /* the checks of structure, then those of the VEK tried last */
	size_t structure;  /* how many the former are */
	__typeof__(((struct claims *)0)->snp) told; /* what they found; all claims are large */
	struct verdict *spare; /* for the best of several; NULL until it is needed; owned */
	struct chain chain;    /* of the best */
	size_t passes;         /* of the best; 0: none tried yet */
	bool holds;            /* the best passed everything */
	struct snp_passed passed;
	enum snp_misfit misfit; /* of the closest that does not fit: */
	struct vek closest;
	struct error err; /* of the first that is unreadable */
};

static size_t passes(const struct verdict *v)
{
	size_t n = 0;

	for (size_t i = 0; i < v->check_count; i++)
		n += v->check[i].outcome == CHECK_PASS;
	return n;
}

/* Set what the best VEK so far came to aside, and start over from the checks of structure. */
static int set_aside(struct picker *p)
{
	if (!p->passes)
		return 0;
	if (!p->spare)
		p->spare = malloc(sizeof(*p->spare));
	if (!p->spare)
		return HC_ENOMEM;
	verdict_copy(p->spare, p->v);
	p->v->check_count = p->structure;
	p->v->claims.snp = p->told;
	p->v->has_root = false;
	p->v->root = (struct root){0};
	return 0;
}

/* Keep the better one: what was tried, or what was set aside; of equals the latter. */
static void keep_better(struct picker *p, const struct vek *vek, const struct chain *chain)
{
	size_t now = passes(p->v);
	bool better = now > p->passes;

	if (p->passes)
		snp_passed_note(
			&p->passed, p->v, better ? p->chain.leaf : vek->cert, SNP_NOT_VOUCHED, "");
	if (!better) {
		verdict_copy(p->v, p->spare);
		return;
	}
	p->passes = now;
	p->holds = now == p->v->check_count;
	p->chain = *chain;
}

static int try_one(struct picker *p, const struct vek *vek)
{
	struct chain chain;
	int rc = chain_find(&p->finder, vek->cert, &chain);

	if (rc)
		return rc;
	if (!chain.root && p->passes) {
		snp_passed_note(&p->passed, p->v, vek->cert, SNP_NOT_VOUCHED, "");
		return 0;
	}
	if (!chain.root)
		rc = chain_explain(&p->finder, vek->cert, &chain);
	if (!rc)
		rc = set_aside(p);
	if (!rc)
		rc = snp_verify_with(vek, &chain, p->v);
	if (!rc)
		keep_better(p, vek, &chain);
	return rc;
}

static int look_at(struct picker *p, const struct x509_cert *cert)
{
	char detail[SNP_DETAIL_SIZE];
	struct error err = {0};
	enum snp_misfit misfit;
	struct vek vek;

	if (vek_parse(&vek, cert, &err)) {
		if (!p->passed.by_reason[SNP_UNREADABLE])
			p->err = err;
		snp_passed_note(&p->passed, p->v, cert, SNP_UNREADABLE, err.where);
		return 0;
	}
	misfit = snp_vek_misfit(&vek, p->v, detail);
	if (misfit == SNP_FITS)
		return p->holds ? 0 : try_one(p, &vek);
	snp_passed_note(&p->passed, p->v, cert, misfit, detail);
	if (!p->closest.cert || misfit < p->misfit) {
		p->closest = vek;
		p->misfit = misfit;
	}
	return 0;
}

static int look_at_all(struct picker *p, const struct endorsements *set)
{
	int rc = 0;

	for (size_t i = 0; i < endorsements_cert_count(set) && !rc; i++)
		if (vek_recognise(endorsements_cert(set, i)))
			rc = look_at(p, endorsements_cert(set, i));
	return rc;
}

/* Without a VEK, only a report that names no known product can be refused for it. */
static void check_without_vek(const struct picker *p, struct verdict *v)
{
	static const char *const ids[] = {"snp.signing_key", "snp.chain", "snp.root",
		"snp.intermediate", "snp.names", "snp.validity", "snp.tcb", "snp.chip_id",
		"snp.signature"};
	const struct snp_report *r = &v->claims.snp.report;
	char where[SNP_KDS_SIZE];
	struct check *check;

	if (p->passed.by_reason[SNP_UNREADABLE]) {
		verdict_add_error(v, "snp.vek", &p->err);
	} else {
		check = verdict_add(v, "snp.vek", CHECK_UNDECIDED);
		check_set_found(check, "none given");
		snp_kds_vcek(where, verdict_text(v, N_("; AMD's are at ")), &v->claims);
		check_set_expected(check, "the VCEK or VLEK certificate for this report%s", where);
	}
	check = verdict_add(v, "snp.product",
		r->has_cpuid && v->claims.snp.product == SNP_PRODUCT_UNKNOWN ? CHECK_FAIL
									     : CHECK_UNDECIDED);
	check_set_found(check, "report %s",
		v->claims.snp.product == SNP_PRODUCT_UNKNOWN
			? verdict_text(v, N_("not known"))
			: snp_product_name(v->claims.snp.product));
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		verdict_add(v, ids[i], CHECK_UNDECIDED);
}

static int pick(struct picker *p, const struct appraise_input *in)
{
	int rc = chain_finder_init(&p->finder, in->endorsements, in->roots, in->at);
	bool fits;

	p->finder.memo = in->memo;
	if (!rc)
		rc = look_at_all(p, in->endorsements);
	fits = p->passes;
	if (!rc && !fits && p->closest.cert)
		rc = try_one(p, &p->closest);
	else if (!rc && !fits)
		check_without_vek(p, p->v);
	if (!rc)
		snp_passed_report(&p->passed, fits, p->v);
	chain_finder_fini(&p->finder);
	free(p->spare);
	return rc;
}

int snp_verify(const struct appraise_input *in, struct verdict *v, struct error *err)
{
	struct picker p = {.v = v, .structure = v->check_count, .told = v->claims.snp};
	int rc = pick(&p, in);

	if (!rc)
		snp_links_fill(&p.chain, v);
	if (!rc)
		rc = snp_verify_revocation(in, &p.chain, v);
	return rc ? error_fail(err, rc, "verify", N_("the cryptography gave no answer")) : 0;
}
