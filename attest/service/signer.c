/* SPDX-License-Identifier: Apache-2.0 */
/* The signing process and how the daemon talks to it: one packet each way. */
#include "attest/service/signer.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attest/jose/jwk.h"
#include "attest/jose/jws.h"
#include "attest/service/sandbox.h"
#include "attest/service/token.h"
#include "common/file.h"

#define KEY_FILE_MAX 16384
#define REPLY_MAX    (1 + JWS_TEXT_MAX)
#define TIMEOUT_S    10

struct signer {
	int fd;
	pid_t pid;
	struct crypto_ec_public public;
};

/* What the process says once, at its start. Both ends are this program. */
struct hello {
	struct error err; /* code 0: ready */
	struct crypto_ec_public public;
};

struct key {
	struct crypto_ec_key *ec;
	char kid[JWK_THUMBPRINT_SIZE];
};

static ssize_t receive(int fd, void *buf, size_t cap)
{
	ssize_t n;

	do
		n = recv(fd, buf, cap, 0);
	while (n < 0 && errno == EINTR);
	return n;
}

static bool is_token(struct view payload)
{
	return payload.len > strlen(TOKEN_PREFIX) &&
	       !memcmp(payload.data, TOKEN_PREFIX, strlen(TOKEN_PREFIX));
}

/* --- the process --- */

static int load_key(const char *path, struct key *key, struct hello *hello)
{
	struct bytes pem = {0};
	int rc = file_read(&pem, path, KEY_FILE_MAX, &hello->err);

	if (!rc)
		rc = crypto_ec_from_pem(&key->ec, (const char *)pem.data, pem.len, &hello->err);
	bytes_free(&pem);
	if (!rc && crypto_ec_public(key->ec, &hello->public))
		rc = error_fail(&hello->err, HC_EINTERNAL, path, "no public key");
	if (!rc && hello->public.curve != CRYPTO_P384) {
		rc = error_fail(&hello->err, HC_EUNSUPPORTED, path, "a key not on P-384");
		error_remedy(&hello->err, "make one with: hc-verifierd keygen --out FILE");
	}
	return rc ? rc : jwk_thumbprint(&hello->public, key->kid, &hello->err);
}

static void answer(int fd, const struct key *key, struct view payload)
{
	struct bytes reply = {0};
	uint8_t ok = 1;

	if (!is_token(payload) || bytes_append(&reply, &ok, 1) ||
		jws_sign(key->ec, key->kid, payload, &reply, NULL)) {
		ok = 0;
		(void)!send(fd, &ok, 1, MSG_NOSIGNAL);
	} else if (reply.len > REPLY_MAX || send(fd, reply.data, reply.len, MSG_NOSIGNAL) < 0) {
		_exit(1);
	}
	bytes_free(&reply);
}

static void run(int fd, const char *key_path)
{
	struct hello *hello = calloc(1, sizeof(*hello));
	uint8_t *buf = malloc(JWS_PAYLOAD_MAX + 1);
	struct key key = {0};

	if (!hello || !buf)
		_exit(1);
	/* Parent may have died before the call below took effect: then recv sees the end. */
	if (prctl(PR_SET_NAME, "hc-signer") < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ||
		load_key(key_path, &key, hello) || sandbox_signer(fd, &hello->err)) {
		if (!hello->err.code)
			error_fail(&hello->err, HC_EINTERNAL, "signer", "not started");
		(void)!send(fd, hello, sizeof(*hello), MSG_NOSIGNAL);
		_exit(1);
	}
	if (send(fd, hello, sizeof(*hello), MSG_NOSIGNAL) < 0)
		_exit(1);
	for (;;) {
		ssize_t n = receive(fd, buf, JWS_PAYLOAD_MAX + 1);

		if (n <= 0)
			_exit(0);
		answer(fd, &key, (struct view){buf, (size_t)n});
	}
}

/* --- the daemon's side --- */

static int read_hello(struct signer *s, struct error *err)
{
	struct hello hello;

	if (receive(s->fd, &hello, sizeof(hello)) != sizeof(hello))
		return error_fail(err, HC_EINTERNAL, "signer", "ended before it was ready");
	if (hello.err.code) {
		if (err)
			*err = hello.err;
		return hello.err.code;
	}
	s->public = hello.public;
	return 0;
}

static int spawn(struct signer *s, const char *key_path, struct error *err)
{
	const struct timeval timeout = {.tv_sec = TIMEOUT_S};
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return error_errno(err, "signer: socketpair", errno);
	s->pid = fork();
	if (s->pid == 0) {
		close(pair[0]);
		run(pair[1], key_path);
		_exit(1);
	}
	close(pair[1]);
	s->fd = pair[0];
	if (s->pid < 0)
		return error_errno(err, "signer: fork", errno);
	if (setsockopt(s->fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)) < 0)
		return error_errno(err, "signer: timeout", errno);
	return read_hello(s, err);
}

int signer_start(struct signer **out, const char *key_path, struct error *err)
{
	struct signer *s = calloc(1, sizeof(*s));
	int rc;

	*out = NULL;
	if (!s)
		return error_fail(err, HC_ENOMEM, "signer", "%zu bytes", sizeof(*s));
	s->fd = -1;
	rc = spawn(s, key_path, err);
	if (rc)
		signer_stop(s);
	else
		*out = s;
	return rc;
}

int signer_sign(struct signer *signer, struct view payload, struct bytes *out, struct error *err)
{
	uint8_t *reply = malloc(REPLY_MAX);
	ssize_t n = -1;
	int rc = 0;

	if (reply && payload.len <= JWS_PAYLOAD_MAX &&
		send(signer->fd, payload.data, payload.len, MSG_NOSIGNAL) >= 0)
		n = receive(signer->fd, reply, REPLY_MAX);
	if (n <= 0) {
		/* A late answer must not be taken for the next one's: this socket is done with. */
		shutdown(signer->fd, SHUT_RDWR);
		rc = error_fail(err, HC_EIO, "signer", "no answer");
	} else if (n == 1 || !reply[0]) {
		rc = error_fail(err, HC_EDENIED, "signer", "payload refused");
	} else if (bytes_append(out, reply + 1, (size_t)n - 1)) {
		rc = error_fail(err, HC_ENOMEM, "signer", "%zd bytes", n);
	}
	free(reply);
	return rc;
}

const struct crypto_ec_public *signer_public(const struct signer *signer)
{
	return &signer->public;
}

int signer_pid(const struct signer *signer)
{
	return (int)signer->pid;
}

void signer_stop(struct signer *signer)
{
	if (!signer)
		return;
	if (signer->fd >= 0)
		close(signer->fd);
	if (signer->pid > 0) {
		kill(signer->pid, SIGKILL);
		while (waitpid(signer->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	free(signer);
}
