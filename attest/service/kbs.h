/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The KBS attestation protocol 0.4.0, server side, apart from HTTP: a request in, an answer out.
 *
 *   POST /kbs/v0/auth                     a session and its nonce
 *   POST /kbs/v0/attest                   evidence for that nonce; a token, if TRUSTED
 *   GET  /kbs/v0/resource/REPO/TYPE/TAG   a resource, encrypted to the attested key; by session, or
 *                                         without a session by a token of ours that is in date
 *
 * An answer carries a short code and nothing of what the policy wants: reasons go to the log.
 * Nonces are burned by the attempt, failed or not. Calls may come from several threads.
 */
#ifndef HC_SERVICE_KBS_H
#define HC_SERVICE_KBS_H

#include <pthread.h>
#include <stdint.h>

#include "attest/service/archive.h"
#include "attest/service/mirror.h"
#include "attest/service/resource.h"
#include "attest/service/session.h"
#include "attest/verify/verify.h"
#include "common/bytes.h"
#include "common/error.h"
#include "common/log.h"

#define KBS_COOKIE "kbs-session-id"

/* What the protocol needs of the world; a test puts its own in place. */
struct kbs_env_ops {
	int64_t (*now)(void *ctx); /* seconds since 1970: for sessions, tokens and appraisal */
	int (*appraise)(
		void *ctx, const struct appraise_input *in, struct verdict *out, struct error *err);
	/* Append the signed token. */
	int (*sign)(void *ctx, struct view payload, struct bytes *out, struct error *err);
};

/* All borrowed; alive as long as the kbs. */
struct kbs {
	const struct kbs_env_ops *ops;
	void *ctx;
	const struct log *log;
	struct session_store *sessions;
	struct resource_store *resources;
	struct archive *archive;
	const struct mirror *mirror;
	const struct roots *roots;
	const struct policy *policy;
	const char *issuer;
	const struct crypto_ec_public *token_key; /* public half of what signs tokens */
	int64_t session_seconds, token_seconds;
	pthread_mutex_t lock;
};

struct kbs_request {
	const char *method, *path; /* path without query, not unescaped */
	const char *cookie;        /* value of KBS_COOKIE, or NULL */
	const char *bearer;        /* token of "Authorization: Bearer", or NULL */
	const char *peer;          /* for the log */
	struct view body;
};

struct kbs_response {
	unsigned int status;
	const char *content_type;
	struct bytes body;    /* owned by the caller: kbs_response_fini */
	char set_cookie[160]; /* value of Set-Cookie, or empty */
};

/* Always fills `response`, whatever happens. */
void kbs_handle(struct kbs *kbs, const struct kbs_request *request, struct kbs_response *response);
void kbs_response_fini(struct kbs_response *response);

/* An answer of the protocol's error form; for refusals made before a request is complete. */
void kbs_refuse(struct kbs_response *response, unsigned int status, const char *variant,
	const char *detail);

#endif
