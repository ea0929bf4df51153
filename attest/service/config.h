/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration of hc-verifierd: one JSON object, strict (unknown and duplicate members are
 * refused). docs/hc-verifierd.md describes the members. Relative paths are relative to the folder
 * of the file. Nothing but the file itself is opened here.
 */
#ifndef HC_SERVICE_CONFIG_H
#define HC_SERVICE_CONFIG_H

#include <stddef.h>
#include <stdint.h>

#include "common/error.h"
#include "common/log.h"

#define CONFIG_LISTEN_MAX 8
#define CONFIG_PATHS_MAX  16

/* A list of paths or addresses; owned strings. */
struct config_list {
	size_t count;
	char *item[CONFIG_PATHS_MAX];
};

struct config {
	struct config_list listen; /* "ADDRESS:PORT", "[ADDRESS]:PORT" or "unix:PATH" */
	char *tls_certificate, *tls_key;
	char *policy, *resources, *signing_key;
	char *evidence_dir; /* NULL: evidence is not kept */
	char *log_path;     /* NULL: standard error */
	char *issuer;
	struct config_list roots, endorsements;
	enum log_level log_level;
	uint64_t session_seconds, token_seconds, sessions_max;
	uint64_t body_bytes_max, connections_max, idle_seconds, evidence_refused_max;
};

/* Pair: config_fini, also after an error. */
HC_MUST_USE int config_load(struct config *out, const char *path, struct error *err);
void config_fini(struct config *config);

#endif
