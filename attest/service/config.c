/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration of hc-verifierd, read strictly. */
#include "attest/service/config.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"

#define FILE_MAX    65536
#define UNIX_PREFIX "unix:"

/* Where the file lies: what relative paths are relative to. */
struct reader {
	const json_t *obj;
	char dir[4096];
	struct error *err;
};

static int no_memory(struct error *err)
{
	return error_fail(err, HC_ENOMEM, "configuration", "out of memory");
}

static int copy(char **out, const char *text, struct error *err)
{
	*out = strdup(text);
	return *out ? 0 : no_memory(err);
}

static int copy_path(const struct reader *r, char **out, const char *path)
{
	if (path[0] == '/')
		return copy(out, path, r->err);
	return asprintf(out, "%s/%s", r->dir, path) < 0 ? (*out = NULL, no_memory(r->err)) : 0;
}

static int get_path(const struct reader *r, const json_t *obj, const char *where, const char *name,
	bool needed, char **out)
{
	const char *text = NULL;
	int rc = needed ? json_get_string(obj, where, name, &text, r->err)
			: json_opt_string(obj, where, name, &text, r->err);

	if (rc || !text)
		return rc;
	if (!text[0]) {
		error_fail(r->err, HC_EFORMAT, name, "an empty path");
		return HC_EFORMAT;
	}
	return copy_path(r, out, text);
}

/* An element of "listen" keeps its form; a Unix path in it is resolved like the others. */
static int copy_address(const struct reader *r, char **out, const char *text)
{
	char *path;
	int rc;

	if (strncmp(text, UNIX_PREFIX, strlen(UNIX_PREFIX)) != 0)
		return copy(out, text, r->err);
	rc = copy_path(r, &path, text + strlen(UNIX_PREFIX));
	if (rc)
		return rc;
	rc = asprintf(out, UNIX_PREFIX "%s", path) < 0 ? (*out = NULL, no_memory(r->err)) : 0;
	free(path);
	return rc;
}

static int get_list(const struct reader *r, const char *name, size_t min, size_t max,
	int (*copy_item)(const struct reader *, char **, const char *), struct config_list *out)
{
	const json_t *array = NULL;
	int rc = json_opt_array(r->obj, "config", name, &array, r->err);

	if (!rc && (json_array_size(array) < min || json_array_size(array) > max)) {
		error_fail(r->err, HC_ERANGE, name, "%zu elements", json_array_size(array));
		error_expected(r->err, "an array of %zu to %zu strings", min, max);
		return HC_ERANGE;
	}
	for (size_t i = 0; !rc && i < json_array_size(array); i++) {
		const char *text = json_string_value(json_array_get(array, i));

		if (!text || !text[0])
			return error_fail(r->err, HC_EFORMAT, name, "no string");
		rc = copy_item(r, &out->item[i], text);
		out->count += rc ? 0 : 1;
	}
	return rc;
}

static int get_tls(const struct reader *r, struct config *out)
{
	static const char *const names[] = {"certificate", "key", NULL};
	const json_t *tls = NULL;
	int rc = json_opt_object(r->obj, "config", "tls", &tls, r->err);

	if (!rc && !tls)
		rc = error_fail(r->err, HC_EMISSING, "config.tls", "no such member");
	if (!rc)
		rc = json_only(tls, "config.tls", names, r->err);
	if (!rc)
		rc = get_path(r, tls, "config.tls", "certificate", true, &out->tls_certificate);
	if (!rc)
		rc = get_path(r, tls, "config.tls", "key", true, &out->tls_key);
	return rc;
}

static int get_log(const struct reader *r, struct config *out)
{
	static const char *const names[] = {"path", "level", NULL};
	const json_t *log = NULL;
	const char *level = NULL;
	int rc = json_opt_object(r->obj, "config", "log", &log, r->err);

	if (rc || !log)
		return rc;
	rc = json_only(log, "config.log", names, r->err);
	if (!rc)
		rc = get_path(r, log, "config.log", "path", false, &out->log_path);
	if (!rc)
		rc = json_opt_string(log, "config.log", "level", &level, r->err);
	return !rc && level ? log_level_parse(&out->log_level, level, r->err) : rc;
}

static int get_numbers(const struct reader *r, struct config *out)
{
	const struct {
		const char *name;
		uint64_t min, max, *out;
	} numbers[] = {
		{"session_seconds", 1, 3600, &out->session_seconds},
		{"token_seconds", 1, 86400, &out->token_seconds},
		{"sessions_max", 1, 65536, &out->sessions_max},
		{"body_bytes_max", 16384, 2097152, &out->body_bytes_max},
		{"connections_max", 1, 4096, &out->connections_max},
		{"idle_seconds", 1, 600, &out->idle_seconds},
		{"evidence_refused_max", 0, 10000000, &out->evidence_refused_max},
	};
	int rc = 0;

	for (size_t i = 0; !rc && i < sizeof(numbers) / sizeof(numbers[0]); i++)
		rc = json_opt_u64(r->obj, "config", numbers[i].name, numbers[i].min, numbers[i].max,
			numbers[i].out, r->err);
	return rc;
}

static int get_issuer(const struct reader *r, struct config *out)
{
	const char *text = "hc-verifierd";
	int rc = json_opt_string(r->obj, "config", "issuer", &text, r->err);

	return rc ? rc : copy(&out->issuer, text, r->err);
}

static int get_all(const struct reader *r, struct config *out)
{
	static const char *const names[] = {"listen", "tls", "policy", "roots", "endorsements",
		"resources", "signing_key", "issuer", "session_seconds", "token_seconds",
		"sessions_max", "evidence_dir", "evidence_refused_max", "body_bytes_max",
		"connections_max", "idle_seconds", "log", NULL};
	int rc = json_only(r->obj, "config", names, r->err);

	if (!rc)
		rc = get_list(r, "listen", 1, CONFIG_LISTEN_MAX, copy_address, &out->listen);
	if (!rc)
		rc = get_tls(r, out);
	if (!rc)
		rc = get_path(r, r->obj, "config", "policy", true, &out->policy);
	if (!rc)
		rc = get_path(r, r->obj, "config", "resources", true, &out->resources);
	if (!rc)
		rc = get_path(r, r->obj, "config", "signing_key", true, &out->signing_key);
	if (!rc)
		rc = get_path(r, r->obj, "config", "evidence_dir", false, &out->evidence_dir);
	if (!rc)
		rc = get_list(r, "roots", 0, CONFIG_PATHS_MAX, copy_path, &out->roots);
	if (!rc)
		rc = get_list(
			r, "endorsements", 0, CONFIG_PATHS_MAX, copy_path, &out->endorsements);
	if (!rc)
		rc = get_log(r, out);
	if (!rc)
		rc = get_issuer(r, out);
	return rc ? rc : get_numbers(r, out);
}

static void defaults(struct config *out)
{
	memset(out, 0, sizeof(*out));
	out->log_level = LOG_LEVEL_INFO;
	out->session_seconds = 300;
	out->token_seconds = 300;
	out->sessions_max = 1024;
	out->body_bytes_max = 262144;
	out->connections_max = 128;
	out->idle_seconds = 20;
	out->evidence_refused_max = 10000;
}

int config_load(struct config *out, const char *path, struct error *err)
{
	const char *slash = strrchr(path, '/');
	struct reader r = {.err = err};
	json_t *obj = NULL;
	int rc;

	defaults(out);
	if ((size_t)snprintf(r.dir, sizeof(r.dir), "%.*s", slash ? (int)(slash - path + 1) : 1,
		    slash ? path : ".") >= sizeof(r.dir))
		return error_fail(err, HC_ERANGE, "--config", "a path too long");
	rc = json_load_object(&obj, path, FILE_MAX, err);
	r.obj = obj;
	if (!rc)
		rc = get_all(&r, out);
	json_decref(obj);
	return rc;
}

static void free_list(struct config_list *list)
{
	for (size_t i = 0; i < CONFIG_PATHS_MAX; i++)
		free(list->item[i]);
}

void config_fini(struct config *config)
{
	free_list(&config->listen);
	free_list(&config->roots);
	free_list(&config->endorsements);
	free(config->tls_certificate);
	free(config->tls_key);
	free(config->policy);
	free(config->resources);
	free(config->signing_key);
	free(config->evidence_dir);
	free(config->log_path);
	free(config->issuer);
	memset(config, 0, sizeof(*config));
}
