/* SPDX-License-Identifier: Apache-2.0 */
/* A byte stream to the verifier. */
#include "attest/guest/conn.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <linux/vm_sockets.h>

#define DEFAULT_NAME "hc-verifierd"
#define VSOCK_PREFIX "vsock:"

union any {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_vm vm;
};

int64_t conn_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Digits up to `end`; HC_EFORMAT for anything else. */
static int parse_number(
	const char *text, char end, unsigned long max, unsigned long *out, const char **rest)
{
	char *stop;

	if (*text < '0' || *text > '9')
		return HC_EFORMAT;
	errno = 0;
	*out = strtoul(text, &stop, 10);
	if (errno || *stop != end || *out > max)
		return HC_EFORMAT;
	*rest = stop;
	return 0;
}

static int parse_vsock(const char *text, union any *out, socklen_t *len)
{
	unsigned long cid, port;

	if (parse_number(text, ':', UINT_MAX, &cid, &text) ||
		parse_number(text + 1, '\0', UINT_MAX, &port, &text))
		return HC_EFORMAT;
	out->vm.svm_family = AF_VSOCK;
	out->vm.svm_cid = (unsigned int)cid;
	out->vm.svm_port = (unsigned int)port;
	*len = sizeof(out->vm);
	return 0;
}

static int parse_inet(const char *address, union any *out, socklen_t *len)
{
	const char *colon = strrchr(address, ':'), *rest;
	unsigned long port;
	char host[64];
	size_t n;

	if (!colon || parse_number(colon + 1, '\0', 65535, &port, &rest))
		return HC_EFORMAT;
	n = (size_t)(colon - address);
	if (!n || n >= sizeof(host))
		return HC_EFORMAT;
	memcpy(host, address, n);
	host[n] = '\0';
	if (host[0] == '[' && host[n - 1] == ']') {
		host[n - 1] = '\0';
		out->in6.sin6_family = AF_INET6;
		out->in6.sin6_port = htons((uint16_t)port);
		*len = sizeof(out->in6);
		return inet_pton(AF_INET6, host + 1, &out->in6.sin6_addr) == 1 ? 0 : HC_EFORMAT;
	}
	out->in.sin_family = AF_INET;
	out->in.sin_port = htons((uint16_t)port);
	*len = sizeof(out->in);
	return inet_pton(AF_INET, !strcmp(host, "localhost") ? "127.0.0.1" : host,
		       &out->in.sin_addr) == 1
		       ? 0
		       : HC_EFORMAT;
}

static int parse(const char *address, union any *out, socklen_t *len, struct error *err)
{
	int rc;

	memset(out, 0, sizeof(*out));
	if (!strncmp(address, VSOCK_PREFIX, strlen(VSOCK_PREFIX)))
		rc = parse_vsock(address + strlen(VSOCK_PREFIX), out, len);
	else
		rc = parse_inet(address, out, len);
	if (!rc)
		return 0;
	error_fail(err, HC_EUSAGE, "--verifier", "\"%s\"", address);
	error_expected(err, "vsock:CID:PORT, ADDRESS:PORT or localhost:PORT; no host names");
	return HC_EUSAGE;
}

static int wait_for(const struct conn *conn, short events)
{
	struct pollfd p = {.fd = conn->fd, .events = events};

	for (;;) {
		int64_t left = conn->deadline_ms - conn_now_ms();
		int n;

		if (left <= 0) {
			errno = ETIMEDOUT;
			return -1;
		}
		n = poll(&p, 1, left > INT_MAX ? INT_MAX : (int)left);
		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return -1;
	}
}

static int do_connect(const struct conn *conn, const union any *any, socklen_t len)
{
	socklen_t size = sizeof(int);
	int error = 0;

	if (!connect(conn->fd, &any->sa, len))
		return 0;
	if (errno != EINPROGRESS)
		return -1;
	if (wait_for(conn, POLLOUT) ||
		getsockopt(conn->fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
		return -1;
	errno = error;
	return error ? -1 : 0;
}

/* A request in two records would wait for the server's delayed acknowledgement. Only speed. */
static void no_delay(int fd, int family)
{
	const int on = 1;

	if (family != AF_VSOCK)
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

int conn_open(struct conn *conn, const char *address, int64_t deadline_ms, struct error *err)
{
	union any any;
	socklen_t len;
	int rc = parse(address, &any, &len, err);

	conn->fd = -1;
	conn->deadline_ms = deadline_ms;
	if (rc)
		return rc;
	conn->fd = socket(any.sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (conn->fd >= 0 && !do_connect(conn, &any, len)) {
		no_delay(conn->fd, any.sa.sa_family);
		return 0;
	}
	rc = error_errno(err, address, errno);
	conn_close(conn);
	return rc;
}

void conn_close(struct conn *conn)
{
	if (conn->fd >= 0)
		close(conn->fd);
	conn->fd = -1;
}

ssize_t conn_read(struct conn *conn, void *buf, size_t len)
{
	for (;;) {
		ssize_t n = recv(conn->fd, buf, len, 0);

		if (n >= 0)
			return n;
		if (errno == EAGAIN && !wait_for(conn, POLLIN))
			continue;
		if (errno != EINTR)
			return -1;
	}
}

ssize_t conn_write(struct conn *conn, const void *buf, size_t len)
{
	for (;;) {
		ssize_t n = send(conn->fd, buf, len, MSG_NOSIGNAL);

		if (n >= 0)
			return n;
		if (errno == EAGAIN && !wait_for(conn, POLLOUT))
			continue;
		if (errno != EINTR)
			return -1;
	}
}

const char *conn_default_name(const char *address)
{
	return !strncmp(address, "localhost:", 10) ? "localhost" : DEFAULT_NAME;
}
