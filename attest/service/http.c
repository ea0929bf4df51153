/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP and TLS by libmicrohttpd. */
#include "attest/service/http.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PRIORITIES                                                                                 \
	"NONE:+VERS-TLS1.3:+VERS-TLS1.2:+ECDHE-ECDSA:+ECDHE-RSA:+AES-256-GCM:+AES-128-GCM:"        \
	"+CHACHA20-POLY1305:+AEAD:+SIGN-ALL:-SIGN-RSA-SHA1:-SIGN-ECDSA-SHA1:+GROUP-SECP384R1:"     \
	"+GROUP-SECP256R1:+GROUP-X25519:+COMP-NULL:+CTYPE-X509:%SERVER_PRECEDENCE"
#define UPLOAD_SECONDS_MAX 60 /* a body that drips in slower than this is cut off */
#define CONNECTION_MEMORY  (32U * 1024)

/* Refuse sloppy requests; the option got another name in libmicrohttpd 0.9.76. */
#if MHD_VERSION >= 0x00097600
#define STRICT_LEVEL MHD_OPTION_CLIENT_DISCIPLINE_LVL
#else
#define STRICT_LEVEL MHD_OPTION_STRICT_FOR_CLIENT
#endif

struct http_server {
	struct MHD_Daemon *daemon;
	struct kbs *kbs;
	struct http_limits limits;
};

/* One request as it comes in. */
struct upload {
	struct bytes body;
	time_t started;
};

static void log_library(void *ctx, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));
static void log_library(void *ctx, const char *fmt, va_list ap)
{
	const struct http_server *s = ctx;
	char text[300];

	vsnprintf(text, sizeof(text), fmt, ap);
	text[strcspn(text, "\n")] = '\0';
	log_line(s->kbs->log, LOG_LEVEL_DEBUG, "http: %s", text);
}

/* Paths are compared as they were sent: an escape is a character that no route has. */
static size_t keep_escapes(void *ctx, struct MHD_Connection *connection, char *text)
{
	(void)ctx;
	(void)connection;
	return strlen(text);
}

static void peer_name(struct MHD_Connection *connection, char *out, size_t cap)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const struct sockaddr *sa = info ? info->client_addr : NULL;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	char host[INET6_ADDRSTRLEN] = "";

	snprintf(out, cap, "local");
	if (sa && sa->sa_family == AF_INET) {
		memcpy(&in, sa, sizeof(in));
		snprintf(out, cap, "%s:%u", inet_ntop(AF_INET, &in.sin_addr, host, sizeof(host)),
			ntohs(in.sin_port));
	} else if (sa && sa->sa_family == AF_INET6) {
		memcpy(&in6, sa, sizeof(in6));
		snprintf(out, cap, "[%s]:%u",
			inet_ntop(AF_INET6, &in6.sin6_addr, host, sizeof(host)),
			ntohs(in6.sin6_port));
	}
}

/* A value that may be there once. */
struct once {
	const char *name, *value;
	unsigned int count;
};

static enum MHD_Result see_value(
	void *ctx, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct once *o = ctx;

	/* Names of header fields have no case, names of cookies do. */
	if (kind == MHD_COOKIE_KIND ? !strcmp(name, o->name) : !strcasecmp(name, o->name)) {
		o->value = value;
		o->count++;
	}
	return MHD_YES;
}

/* NULL if it is not there, or twice: whose session would that be? */
static const char *get_once(
	struct MHD_Connection *connection, enum MHD_ValueKind kind, const char *name)
{
	struct once o = {.name = name};

	MHD_get_connection_values(connection, kind, see_value, &o);
	return o.count == 1 ? o.value : NULL;
}

static const char *get_bearer(struct MHD_Connection *connection)
{
	static const char scheme[] = "Bearer ";
	const char *value = get_once(connection, MHD_HEADER_KIND, "Authorization");

	if (!value || strncasecmp(value, scheme, strlen(scheme)) != 0)
		return NULL;
	return value + strlen(scheme);
}

static enum MHD_Result respond(struct MHD_Connection *connection, struct kbs_response *r)
{
	struct MHD_Response *response =
		MHD_create_response_from_buffer(r->body.len, r->body.data, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result rc = MHD_NO;

	if (response && MHD_add_response_header(response, "Content-Type", r->content_type) &&
		MHD_add_response_header(response, "Cache-Control", "no-store") &&
		(!r->set_cookie[0] ||
			MHD_add_response_header(response, "Set-Cookie", r->set_cookie)))
		rc = MHD_queue_response(connection, r->status, response);
	if (response)
		MHD_destroy_response(response);
	kbs_response_fini(r);
	return rc;
}

static enum MHD_Result complete(struct http_server *s, struct MHD_Connection *connection,
	const char *url, const char *method, const struct upload *u)
{
	struct kbs_response response;
	char peer[80];
	struct kbs_request request = {
		.method = method, .path = url, .peer = peer, .body = bytes_view(&u->body)};

	peer_name(connection, peer, sizeof(peer));
	request.cookie = get_once(connection, MHD_COOKIE_KIND, KBS_COOKIE);
	request.bearer = get_bearer(connection);
	kbs_handle(s->kbs, &request, &response);
	return respond(connection, &response);
}

static enum MHD_Result too_large(
	const struct http_server *s, struct MHD_Connection *connection, const char *url)
{
	struct kbs_response response = {0};
	char peer[80];

	peer_name(connection, peer, sizeof(peer));
	log_line(s->kbs->log, LOG_LEVEL_WARN, "%.160s from %s refused: body above %zu bytes", url,
		peer, s->limits.body_bytes);
	kbs_refuse(&response, 413, "RequestTooLarge", "the request is too large");
	return respond(connection, &response);
}

static enum MHD_Result begin(
	struct http_server *s, struct MHD_Connection *connection, const char *url, void **state)
{
	const char *length =
		MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Length");
	struct upload *u;

	/* Said before the body is sent; one that lies is caught in receive(). */
	if (length && strtoull(length, NULL, 10) > s->limits.body_bytes)
		return too_large(s, connection, url);
	u = calloc(1, sizeof(*u));
	if (!u)
		return MHD_NO;
	u->started = time(NULL);
	*state = u;
	return MHD_YES;
}

static enum MHD_Result receive(
	struct http_server *s, struct upload *u, const char *data, size_t *size)
{
	time_t now = time(NULL);

	if (*size > s->limits.body_bytes - u->body.len || now < u->started ||
		now - u->started > UPLOAD_SECONDS_MAX || bytes_append(&u->body, data, *size)) {
		log_line(s->kbs->log, LOG_LEVEL_WARN, "upload cut off: too large or too slow");
		return MHD_NO;
	}
	*size = 0;
	return MHD_YES;
}

static enum MHD_Result handle(void *ctx, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *data, size_t *size, void **state)
{
	struct http_server *s = ctx;

	(void)version;
	if (!*state)
		return begin(s, connection, url, state);
	if (*size)
		return receive(s, *state, data, size);
	return complete(s, connection, url, method, *state);
}

static void finished(void *ctx, struct MHD_Connection *connection, void **state,
	enum MHD_RequestTerminationCode why)
{
	struct upload *u = *state;

	(void)ctx;
	(void)connection;
	(void)why;
	if (u)
		bytes_free(&u->body);
	free(u);
	*state = NULL;
}

int http_start(struct http_server **out, int fd, struct kbs *kbs, const char *certificate,
	const char *key, const struct http_limits *limits, struct error *err)
{
	struct http_server *s = calloc(1, sizeof(*s));

	*out = NULL;
	if (!s) {
		close(fd);
		return error_fail(err, HC_ENOMEM, "http", "%zu bytes", sizeof(*s));
	}
	s->kbs = kbs;
	s->limits = *limits;
	s->daemon = MHD_start_daemon(
		MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_AUTO | MHD_USE_TLS | MHD_USE_ERROR_LOG, 0,
		NULL, NULL, handle, s, MHD_OPTION_EXTERNAL_LOGGER, log_library, s,
		MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_HTTPS_MEM_CERT, certificate,
		MHD_OPTION_HTTPS_MEM_KEY, key, MHD_OPTION_HTTPS_PRIORITIES, PRIORITIES,
		MHD_OPTION_CONNECTION_LIMIT, limits->connections, MHD_OPTION_CONNECTION_TIMEOUT,
		limits->idle_seconds, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
		STRICT_LEVEL, 1, MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL,
		MHD_OPTION_NOTIFY_COMPLETED, finished, NULL, MHD_OPTION_END);
	if (!s->daemon) {
		close(fd);
		free(s);
		error_fail(err, HC_EIO, "http", "the server does not start");
		error_remedy(err, "check that tls.certificate and tls.key belong together");
		return HC_EIO;
	}
	*out = s;
	return 0;
}

void http_stop(struct http_server *server)
{
	if (!server)
		return;
	MHD_stop_daemon(server->daemon);
	free(server);
}
