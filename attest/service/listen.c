/* SPDX-License-Identifier: Apache-2.0 */
/* Listening sockets. */
#include "attest/service/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG     64
#define UNIX_PREFIX "unix:"
#define SOCKET_MODE 0660

union any {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_un un;
};

static int parse_port(const char *text, in_port_t *out)
{
	char *end;
	unsigned long v = strtoul(text, &end, 10);

	if (text[0] < '0' || text[0] > '9' || *end || v > 65535)
		return HC_EFORMAT;
	*out = htons((uint16_t)v);
	return 0;
}

static int parse_inet(const char *address, union any *out, socklen_t *len)
{
	const char *colon = strrchr(address, ':');
	char host[64];
	size_t n;

	if (!colon || (size_t)(colon - address) >= sizeof(host))
		return HC_EFORMAT;
	n = (size_t)(colon - address);
	memcpy(host, address, n);
	host[n] = '\0';
	if (n > 2 && host[0] == '[' && host[n - 1] == ']') {
		host[n - 1] = '\0';
		out->in6.sin6_family = AF_INET6;
		*len = sizeof(out->in6);
		if (inet_pton(AF_INET6, host + 1, &out->in6.sin6_addr) != 1)
			return HC_EFORMAT;
		return parse_port(colon + 1, &out->in6.sin6_port);
	}
	out->in.sin_family = AF_INET;
	*len = sizeof(out->in);
	if (inet_pton(AF_INET, host, &out->in.sin_addr) != 1)
		return HC_EFORMAT;
	return parse_port(colon + 1, &out->in.sin_port);
}

static int parse(const char *address, union any *out, socklen_t *len, struct error *err)
{
	const char *path = address + strlen(UNIX_PREFIX);

	memset(out, 0, sizeof(*out));
	if (!strncmp(address, UNIX_PREFIX, strlen(UNIX_PREFIX))) {
		out->un.sun_family = AF_UNIX;
		*len = sizeof(out->un);
		if (!*path || strlen(path) >= sizeof(out->un.sun_path))
			return error_fail(
				err, HC_ERANGE, "listen", "a path of %zu bytes", strlen(path));
		memcpy(out->un.sun_path, path, strlen(path) + 1);
		return 0;
	}
	if (!parse_inet(address, out, len))
		return 0;
	error_fail(err, HC_EFORMAT, "listen", "\"%s\"", address);
	error_expected(err, "127.0.0.1:PORT, [::1]:PORT or unix:PATH; numeric addresses only");
	return HC_EFORMAT;
}

int listen_check(const char *address, struct error *err)
{
	union any any;
	socklen_t len;

	return parse(address, &any, &len, err);
}

/* A socket nobody answers on is a leftover; anything else that lies there is not ours. */
static void remove_stale(const union any *any, socklen_t len)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct stat st;

	if (fd < 0)
		return;
	if (!lstat(any->un.sun_path, &st) && S_ISSOCK(st.st_mode) &&
		connect(fd, &any->sa, len) < 0 && errno == ECONNREFUSED)
		unlink(any->un.sun_path);
	close(fd);
}

static void describe(int fd, const char *address, char text[LISTEN_TEXT_SIZE])
{
	union any any = {0};
	socklen_t len = sizeof(any);
	char host[INET6_ADDRSTRLEN] = "";

	snprintf(text, LISTEN_TEXT_SIZE, "%s", address);
	if (getsockname(fd, &any.sa, &len) < 0)
		return;
	if (any.sa.sa_family == AF_INET)
		snprintf(text, LISTEN_TEXT_SIZE, "%s:%u",
			inet_ntop(AF_INET, &any.in.sin_addr, host, sizeof(host)),
			ntohs(any.in.sin_port));
	else if (any.sa.sa_family == AF_INET6)
		snprintf(text, LISTEN_TEXT_SIZE, "[%s]:%u",
			inet_ntop(AF_INET6, &any.in6.sin6_addr, host, sizeof(host)),
			ntohs(any.in6.sin6_port));
}

static int bind_and_listen(int fd, const union any *any, socklen_t len)
{
	const int on = 1;
	bool local = any->sa.sa_family == AF_UNIX;

	if (local)
		remove_stale(any, len);
	else if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0)
		return -1;
	if (bind(fd, &any->sa, len) < 0)
		return -1;
	if (local && chmod(any->un.sun_path, SOCKET_MODE) < 0)
		return -1;
	return listen(fd, BACKLOG);
}

int listen_open(const char *address, int *fd, char text[LISTEN_TEXT_SIZE], struct error *err)
{
	union any any;
	socklen_t len;
	int saved, rc = parse(address, &any, &len, err);

	*fd = -1;
	if (rc)
		return rc;
	*fd = socket(any.sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (*fd < 0)
		return error_errno(err, address, errno);
	if (bind_and_listen(*fd, &any, len) < 0) {
		saved = errno;
		close(*fd);
		*fd = -1;
		return error_errno(err, address, saved);
	}
	describe(*fd, address, text);
	return 0;
}
