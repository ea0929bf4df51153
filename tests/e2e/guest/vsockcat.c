/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For guests of end-to-end tests:  vsockcat listen PORT       echoes one connection until it ends
 *                                  vsockcat connect PORT TEXT sends TEXT to the host, prints the
 * answer
 */
#include <linux/vm_sockets.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int fail(const char *what)
{
	perror(what);
	return 1;
}

static int echo(int fd)
{
	char buf[4096];
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0)
		if (write(fd, buf, (size_t)n) != n)
			return fail("write");
	return n ? fail("read") : 0;
}

static int talk(int fd, const char *text)
{
	char buf[4096];
	ssize_t n;

	if (write(fd, text, strlen(text)) < 0 || shutdown(fd, SHUT_WR))
		return fail("send");
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		if (write(STDOUT_FILENO, buf, (size_t)n) != n)
			return fail("write");
	return n ? fail("read") : 0;
}

int main(int argc, char **argv)
{
	struct sockaddr_vm addr = {.svm_family = AF_VSOCK};
	int fd = socket(AF_VSOCK, SOCK_STREAM, 0);

	if (argc < 3 || fd < 0)
		return fail("vsockcat");
	addr.svm_port = (unsigned int)atoi(argv[2]);
	if (!strcmp(argv[1], "listen")) {
		addr.svm_cid = VMADDR_CID_ANY;
		if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) || listen(fd, 1))
			return fail("listen");
		puts("vsockcat: listening");
		fflush(stdout);
		fd = accept(fd, NULL, NULL);
		return fd < 0 ? fail("accept") : echo(fd);
	}
	addr.svm_cid = VMADDR_CID_HOST;
	if (argc < 4 || connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
		return fail("connect");
	return talk(fd, argv[3]);
}
