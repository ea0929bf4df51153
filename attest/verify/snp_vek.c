/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which VEK? A set may hold those of other chips and of other firmware levels, and a host may add
 * more of them; they are passed over while one fits. If none fits, the best is what gets reported.
 */
#include <stdlib.h>

#include "attest/verify/snp.h"

#define TRIES_MAX 4

struct candidate {
	struct vek vek;
	int score;
};

struct candidates {
	size_t count;
	struct candidate item[ENDORSEMENTS_MAX];
	bool malformed; /* some certificate claims to be a VEK and is not one: */
	struct error err;
};

static bool same_tcb(const struct snp_tcb *a, const struct snp_tcb *b)
{
	return snp_tcb_at_least(a, b) && snp_tcb_at_least(b, a);
}

/* Cheap signs that this VEK belongs to the report, the strongest first. */
static int score(const struct vek *vek, const struct verdict *v)
{
	const struct snp_report *r = &v->claims.snp.report;
	struct snp_tcb reported;
	bool kind = (vek->kind == VEK_VLEK) == (v->claims.snp.signing_key == SNP_SIGNING_KEY_VLEK);
	bool chip = vek->kind == VEK_VCEK && !memcmp(vek->hwid, r->chip_id, vek->hwid_len);

	snp_tcb_decode(&reported, r->reported_tcb, vek->product);
	return (kind ? 4 : 0) + (chip ? 2 : 0) + (same_tcb(&vek->tcb, &reported) ? 1 : 0);
}

static void collect(struct candidates *all, const struct endorsements *set, const struct verdict *v)
{
	for (size_t i = 0; i < endorsements_cert_count(set); i++) {
		const struct x509_cert *cert = endorsements_cert(set, i);
		struct candidate *c = &all->item[all->count];

		if (!vek_recognise(cert))
			continue;
		if (vek_parse(&c->vek, cert, &all->err)) {
			all->malformed = true;
			continue;
		}
		c->score = score(&c->vek, v);
		all->count++;
	}
}

/* Take the best one not yet taken. */
static const struct vek *take(struct candidates *all)
{
	struct candidate *best = NULL;

	for (size_t i = 0; i < all->count; i++)
		if (all->item[i].score >= 0 && (!best || all->item[i].score > best->score))
			best = &all->item[i];
	if (!best)
		return NULL;
	best->score = -1;
	return &best->vek;
}

static size_t passes(const struct verdict *v)
{
	size_t n = 0;

	for (size_t i = 0; i < v->check_count; i++)
		n += v->check[i].outcome == CHECK_PASS;
	return n;
}

/* Without a VEK, only a report that names no known product can be refused for it. */
static void check_without_vek(const struct candidates *all, struct verdict *v)
{
	static const char *const ids[] = {"snp.signing_key", "snp.chain", "snp.root",
		"snp.validity", "snp.tcb", "snp.chip_id", "snp.signature"};
	const struct snp_report *r = &v->claims.snp.report;
	char where[SNP_KDS_SIZE];
	struct check *check;

	if (all->malformed) {
		verdict_add_error(v, "snp.vek", &all->err);
	} else {
		check = verdict_add(v, "snp.vek", CHECK_UNDECIDED);
		check_set_found(check, "none given");
		snp_kds_vcek(where, "; AMD's are at ", &v->claims);
		check_set_expected(check, "the VCEK or VLEK certificate for this report%s", where);
	}
	check = verdict_add(v, "snp.product",
		r->has_cpuid && v->claims.snp.product == SNP_PRODUCT_UNKNOWN ? CHECK_FAIL
									     : CHECK_UNDECIDED);
	check_set_found(check, "report %s", snp_product_name(v->claims.snp.product));
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		verdict_add(v, ids[i], CHECK_UNDECIDED);
}

/* The best of a few tries replaces *v; ties go to the first. */
static int try_all(const struct appraise_input *in, struct candidates *all, struct chain *chain,
	struct verdict *v)
{
	const struct verdict before = *v;
	size_t best = 0;

	for (int i = 0; i < TRIES_MAX; i++) {
		const struct vek *vek = take(all);
		struct verdict trial = before;
		struct chain trial_chain = {0};
		int rc;

		if (!vek)
			break;
		rc = snp_verify_with(in, vek, &trial_chain, &trial);
		if (rc)
			return rc;
		if (i && passes(&trial) <= best)
			continue;
		best = passes(&trial);
		*v = trial;
		*chain = trial_chain;
		if (best == trial.check_count)
			break;
	}
	return 0;
}

int snp_verify(const struct appraise_input *in, struct verdict *v, struct error *err)
{
	struct candidates *all = calloc(1, sizeof(*all));
	struct chain chain = {0};
	int rc = 0;

	if (!all)
		return error_fail(err, HC_ENOMEM, "verify", "no memory");
	collect(all, in->endorsements, v);
	if (all->count)
		rc = try_all(in, all, &chain, v);
	else
		check_without_vek(all, v);
	free(all);
	if (!rc)
		snp_links_fill(&chain, v);
	if (!rc)
		rc = snp_verify_revocation(in, &chain, v);
	return rc ? error_fail(err, rc, "verify", "the cryptography gave no answer") : 0;
}
