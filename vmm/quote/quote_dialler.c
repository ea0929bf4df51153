/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The dialler. Its whole life is serve(): one message in, one connect, one message out. It must not
 * keep anything of hc-vmm's but the socket to it.
 */
#include "vmm/quote/quote_dialler.h"

#include <errno.h>
#include <linux/vm_sockets.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vmm/sandbox.h"

/* How long one attempt may take: a full backlog of a Unix socket. vsock(7) has the same default. */
#define CONNECT_S 2
#define READY_TAG UINT32_MAX
#define OWN_FD    0

struct message {
	uint32_t tag;
	int32_t error;
};

/* Room for one descriptor, aligned as its header has to be. */
union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(int))];
};

static int dial(const struct quote_address *a)
{
	const struct timeval patience = {.tv_sec = CONNECT_S};
	struct sockaddr_vm vm = {.svm_family = AF_VSOCK, .svm_cid = a->cid, .svm_port = a->port};
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	const struct sockaddr *to = a->vsock ? (const void *)&vm : (const void *)&un;
	int fd = socket(a->vsock ? AF_VSOCK : AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), saved;

	if (fd < 0)
		return -errno;
	memcpy(un.sun_path, a->path, sizeof(a->path));
	if (!setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) &&
		!connect(fd, to, a->vsock ? sizeof(vm) : sizeof(un)))
		return fd;
	saved = errno;
	close(fd);
	return -saved;
}

static bool reply(int fd, struct message m, int passed)
{
	union control control = {.bytes = {0}};
	struct iovec iov = {&m, sizeof(m)};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	struct cmsghdr *c;

	if (passed >= 0) {
		msg.msg_control = control.bytes;
		msg.msg_controllen = sizeof(control.bytes);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &passed, sizeof(int));
	}
	return sendmsg(fd, &msg, MSG_NOSIGNAL) == sizeof(m);
}

/* Everything but the socket goes; what cannot be given up ends the process. */
static bool shed(int fd, pid_t parent, bool vsock)
{
	sigset_t all;

	/* It ends when hc-vmm does, not when a person presses Ctrl-C at both. */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) || getppid() != parent)
		return false;
	if (dup2(fd, OWN_FD) != OWN_FD || syscall(SYS_close_range, OWN_FD + 1, ~0u, 0))
		return false;
	return !sandbox_drop(NULL) &&
	       !sandbox_filter(vsock ? SANDBOX_DIAL_VSOCK : SANDBOX_DIAL_UNIX, NULL);
}

static void serve(const struct quote_address *address)
{
	struct message m = {.tag = READY_TAG};
	int fd = -1;

	while (reply(OWN_FD, m, fd)) {
		if (fd >= 0)
			close(fd);
		if (recv(OWN_FD, &m.tag, sizeof(m.tag), 0) != sizeof(m.tag))
			return;
		fd = dial(address);
		m.error = fd < 0 ? -fd : 0;
	}
}

static int await_ready(struct quote_dialler *d, struct error *err)
{
	struct message m;
	ssize_t n;

	do
		n = recv(d->fd, &m, sizeof(m), 0);
	while (n < 0 && errno == EINTR);
	if (n == sizeof(m) && m.tag == READY_TAG)
		return 0;
	error_fail(err, HC_EIO, "quote service", "the process that connects to it ended at once");
	error_remedy(err, "run a kernel with CONFIG_SECCOMP_FILTER, 5.9 or newer");
	return HC_EIO;
}

int quote_dialler_start(
	struct quote_dialler *d, const struct quote_address *address, struct error *err)
{
	const pid_t own = getpid();
	int pair[2], rc;

	*d = (struct quote_dialler){.fd = -1, .pid = -1};
	/* Messages, not a stream: each comes whole or not at all. */
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return error_errno(err, "quote service: socketpair", errno);
	d->pid = fork();
	if (!d->pid) {
		if (shed(pair[1], own, address->vsock))
			serve(address);
		/* Not exit(): what hc-vmm registered to be done there is not this process's. */
		syscall(SYS_exit_group, 0);
	}
	rc = errno;
	close(pair[1]);
	d->fd = pair[0];
	if (d->pid < 0) {
		error_errno(err, "quote service: fork", rc);
		error_remedy(err, "raise the limits on processes (ulimit -u, cgroup pids.max)");
		rc = HC_EIO;
	} else {
		rc = await_ready(d, err);
	}
	if (rc)
		quote_dialler_stop(d);
	return rc;
}

int quote_dialler_ask(struct quote_dialler *d, uint32_t tag)
{
	ssize_t n = send(d->fd, &tag, sizeof(tag), MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n == sizeof(tag))
		return 0;
	return n < 0 && (errno == EAGAIN || errno == EINTR) ? HC_EBUSY : HC_EIO;
}

static int passed_fd(struct msghdr *msg)
{
	const struct cmsghdr *c = CMSG_FIRSTHDR(msg);
	int fd;

	if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS ||
		c->cmsg_len != CMSG_LEN(sizeof(int)))
		return -1;
	memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

int quote_dialler_answer(struct quote_dialler *d, struct quote_dialled *out)
{
	union control control = {.bytes = {0}};
	struct message m = {0};
	struct iovec iov = {&m, sizeof(m)};
	struct msghdr msg = {.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes)};
	ssize_t n = recvmsg(d->fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n != sizeof(m))
		return HC_EIO;
	*out = (struct quote_dialled){m.tag, passed_fd(&msg), m.error};
	/* Connected, and no descriptor came: none is free here. */
	if (out->fd < 0 && !out->error)
		out->error = EMFILE;
	return 1;
}

void quote_dialler_stop(struct quote_dialler *d)
{
	if (d->fd >= 0)
		close(d->fd);
	if (d->pid > 0)
		while (waitpid(d->pid, NULL, 0) < 0 && errno == EINTR)
			;
	*d = (struct quote_dialler){.fd = -1, .pid = -1};
}
