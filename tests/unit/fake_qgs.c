/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/fake_qgs.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <linux/vm_sockets.h>

#include "common/bytes.h"

#define PATIENCE_MS 10000

void fake_qgs_open(struct fake_qgs *q)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};

	q->port = 0;
	snprintf(q->dir, sizeof(q->dir), "/tmp/hc-qgs-XXXXXX");
	if (!mkdtemp(q->dir))
		abort();
	snprintf(q->path, sizeof(q->path), "%s/qgs.socket", q->dir);
	memcpy(a.sun_path, q->path, sizeof(q->path));
	q->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (q->listener < 0 || bind(q->listener, (const void *)&a, sizeof(a)) ||
		listen(q->listener, 64))
		abort();
}

bool fake_qgs_open_vsock(struct fake_qgs *q)
{
	struct sockaddr_vm a = {
		.svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_LOCAL, .svm_port = VMADDR_PORT_ANY};
	socklen_t len = sizeof(a);

	q->dir[0] = q->path[0] = 0;
	q->listener = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);
	/* Without the loopback's transport, CID 1 is nobody's address. */
	if (q->listener < 0 || bind(q->listener, (const void *)&a, sizeof(a)) ||
		listen(q->listener, 64) || getsockname(q->listener, (void *)&a, &len)) {
		fake_qgs_close(q);
		return false;
	}
	q->port = a.svm_port;
	return true;
}

void fake_qgs_close(struct fake_qgs *q)
{
	if (q->listener >= 0)
		close(q->listener);
	q->listener = -1;
	if (q->dir[0]) {
		unlink(q->path);
		rmdir(q->dir);
	}
}

static int readable(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return poll(&p, 1, PATIENCE_MS) == 1;
}

int fake_qgs_accept(struct fake_qgs *q)
{
	return readable(q->listener) ? accept4(q->listener, NULL, NULL, SOCK_CLOEXEC) : -1;
}

size_t fake_qgs_request(int fd, uint8_t out[QUOTE_REQUEST_BYTES])
{
	uint8_t buffer[2 * QUOTE_REQUEST_BYTES];
	ssize_t n = readable(fd) ? read(fd, buffer, sizeof(buffer)) : -1;

	if (n != QUOTE_REQUEST_BYTES)
		return 0;
	memcpy(out, buffer, QUOTE_REQUEST_BYTES);
	return (size_t)n;
}

size_t fake_qgs_answer(uint8_t *out, size_t quote_len)
{
	memset(out, 0, 28);
	put_be32(out, (uint32_t)(24 + quote_len));
	out[4] = 1;
	out[6] = 1;
	out[8] = 1;
	put_le32(out + 12, (uint32_t)(24 + quote_len));
	put_le32(out + 24, (uint32_t)quote_len);
	for (size_t i = 0; i < quote_len; i++)
		out[28 + i] = (uint8_t)(3 * i);
	return 28 + quote_len;
}
