/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hc-verifierd: the attestation authority's service. Starts the signer before anything else, reads
 * everything it needs, gives up its privileges, serves until SIGTERM. It never opens an outbound
 * connection. Exit: 0 stopped or configuration fine, 1 it cannot run, 3 wrong usage.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "attest/jose/jwk.h"
#include "attest/service/config.h"
#include "attest/service/http.h"
#include "attest/service/kbs.h"
#include "attest/service/listen.h"
#include "attest/service/sandbox.h"
#include "attest/service/signer.h"
#include "common/file.h"
#include "common/timefmt.h"

#define EXIT_CANNOT 1
#define EXIT_USAGE  3
#define PEM_MAX     65536
#define ROOT_MAX    65536

struct daemon {
	struct config config;
	struct log log;
	struct signer *signer;
	struct roots roots;
	struct mirror mirror;
	struct memo *memo; /* chains and lists found good before */
	struct policy policy;
	struct archive archive;
	struct session_store *sessions;
	struct resource_store *resources;
	struct bytes certificate, key; /* PEM, with NUL */
	struct kbs kbs;
	size_t listener_count;
	int listener[CONFIG_LISTEN_MAX]; /* -1: closed, or the server's */
	char listener_text[CONFIG_LISTEN_MAX][LISTEN_TEXT_SIZE];
	struct http_server *server[CONFIG_LISTEN_MAX];
};

static const char usage_text[] =
	"Usage: hc-verifierd --config FILE [--check]\n"
	"       hc-verifierd keygen --out FILE\n"
	"\n"
	"  --config FILE  serve as FILE says (docs/hc-verifierd.md describes it)\n"
	"  --check        read everything FILE names, say whether it is fine, serve nothing\n"
	"  keygen         make a P-384 key for signing tokens in FILE (never overwritten), print\n"
	"                 its public half as a JWK\n"
	"\n"
	"Exit: 0 stopped by a signal, or all fine; 1 cannot run; 3 wrong usage.\n";

static int64_t now(void *ctx)
{
	(void)ctx;
	return (int64_t)time(NULL);
}

static int do_appraise(
	void *ctx, const struct appraise_input *in, struct verdict *out, struct error *err)
{
	const struct daemon *d = ctx;
	struct appraise_input job = *in;

	job.memo = d->memo; /* kbs appraises one at a time */
	return appraise(&job, out, err);
}

static int do_sign(void *ctx, struct view payload, struct bytes *out, struct error *err)
{
	struct daemon *d = ctx;

	return signer_sign(d->signer, payload, out, err);
}

static const struct kbs_env_ops env_ops = {now, do_appraise, do_sign};

/* --- reading what the configuration names --- */

static int read_pem(struct bytes *out, const char *path, struct error *err)
{
	int rc = file_read(out, path, PEM_MAX, err);

	if (!rc && memchr(out->data ? out->data : (const uint8_t *)"", 0, out->len))
		return error_fail(err, HC_EFORMAT, path, "a NUL byte in PEM text");
	return rc ? rc : bytes_append(out, "", 1);
}

static int read_roots(struct daemon *d, struct error *err)
{
	int rc = roots_init(&d->roots);

	for (size_t i = 0; !rc && i < d->config.roots.count; i++) {
		struct bytes text = {0};

		rc = file_read(&text, d->config.roots.item[i], ROOT_MAX, err);
		if (!rc)
			rc = roots_add(&d->roots, bytes_view(&text), err);
		bytes_free(&text);
	}
	for (size_t i = 0; !rc && i < d->roots.count; i++)
		if (d->roots.item[i].simulated)
			log_line(&d->log, LOG_LEVEL_WARN,
				"root %s is SIMULATED - NOT HARDWARE: whoever holds its key can "
				"forge any evidence",
				d->roots.item[i].name);
	return rc;
}

static int read_mirror(struct daemon *d, struct error *err)
{
	size_t skipped = 0;
	int rc = 0;

	for (size_t i = 0; !rc && i < d->config.endorsements.count; i++)
		rc = mirror_add(&d->mirror, d->config.endorsements.item[i], &skipped, err);
	if (skipped)
		log_line(&d->log, LOG_LEVEL_INFO, "endorsements: %zu files used, %zu left out",
			d->mirror.count, skipped);
	return rc;
}

static int read_policy(struct daemon *d, struct error *err)
{
	struct bytes text = {0};
	int rc = file_read(&text, d->config.policy, POLICY_SIZE_MAX, err);

	if (!rc)
		rc = policy_parse(&d->policy, bytes_view(&text), err);
	bytes_free(&text);
	return rc;
}

/* Whoever reads one of these can be the authority. */
static void look_at_keys(const struct daemon *d)
{
	const char *const paths[] = {d->config.signing_key, d->config.tls_key};
	struct stat st;

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (!stat(paths[i], &st) && (st.st_mode & S_IROTH))
			log_line(&d->log, LOG_LEVEL_WARN,
				"%s is readable by every user of this machine: chmod o-r it, and "
				"replace the key",
				paths[i]);
}

/* What would refuse every guest, said before the first one comes. */
static int look_over(const struct daemon *d, struct error *err)
{
	int64_t at = now(NULL), crl_end;
	char until[TIMEFMT_SIZE];
	int rc = mirror_check(&d->mirror, at, &crl_end, err);

	if (rc)
		return rc;
	look_at_keys(d);
	timefmt_rfc3339(until, crl_end, -1);
	if (!policy_lists_measurement(&d->policy))
		log_line(&d->log, LOG_LEVEL_WARN,
			"policy \"%s\" lists no measurement: no guest will be trusted",
			d->policy.name);
	if (crl_end)
		log_line(&d->log, LOG_LEVEL_INFO,
			"endorsements: a revocation list in date until %s", until);
	else if (!policy_any_loosened(&d->policy, POLICY_LOOSEN_REVOCATION, at))
		log_line(&d->log, LOG_LEVEL_WARN,
			"endorsements: no revocation list in date: no guest will be trusted "
			"unless it brings one");
	return 0;
}

static int read_all(struct daemon *d, struct error *err)
{
	int rc = read_pem(&d->certificate, d->config.tls_certificate, err);

	if (!rc)
		rc = read_pem(&d->key, d->config.tls_key, err);
	if (!rc)
		rc = read_roots(d, err);
	if (!rc)
		rc = read_mirror(d, err);
	if (!rc)
		rc = read_policy(d, err);
	if (!rc)
		rc = look_over(d, err);
	if (!rc && memo_new(&d->memo))
		rc = error_fail(err, HC_ENOMEM, "memo", "no memory");
	if (!rc)
		rc = archive_open(&d->archive, d->config.evidence_dir,
			d->config.evidence_refused_max, &d->mirror, err);
	if (!rc)
		rc = resource_folder_new(&d->resources, d->config.resources, err);
	if (!rc && session_memory_new(&d->sessions, d->config.sessions_max,
			   (int64_t)d->config.session_seconds))
		rc = error_fail(err, HC_ENOMEM, "sessions_max", "too many");
	for (size_t i = 0; !rc && i < d->config.listen.count; i++)
		rc = listen_check(d->config.listen.item[i], err);
	return rc;
}

/* Whoever asks for a check reads the answer where it was asked for. */
static int open_log(struct daemon *d, bool check_only, struct error *err)
{
	const char *path = d->config.log_path;

	d->log = (struct log){STDERR_FILENO, d->config.log_level, "hc-verifierd"};
	if (!path)
		return 0;
	d->log.fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
	if (d->log.fd < 0) {
		d->log.fd = STDERR_FILENO;
		return error_errno(err, path, errno);
	}
	if (check_only) {
		close(d->log.fd);
		d->log.fd = STDERR_FILENO;
	}
	return 0;
}

/* --- serving --- */

static void fill_kbs(struct daemon *d)
{
	d->kbs = (struct kbs){
		.ops = &env_ops,
		.ctx = d,
		.log = &d->log,
		.sessions = d->sessions,
		.resources = d->resources,
		.archive = &d->archive,
		.mirror = &d->mirror,
		.roots = &d->roots,
		.policy = &d->policy,
		.issuer = d->config.issuer,
		.token_key = signer_public(d->signer),
		.session_seconds = (int64_t)d->config.session_seconds,
		.token_seconds = (int64_t)d->config.token_seconds,
		.lock = PTHREAD_MUTEX_INITIALIZER,
	};
}

/* Before the capabilities go: a port below 1024 needs one. */
static int open_listeners(struct daemon *d, struct error *err)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < d->config.listen.count; i++) {
		rc = listen_open(
			d->config.listen.item[i], &d->listener[i], d->listener_text[i], err);
		d->listener_count += rc ? 0 : 1;
	}
	return rc;
}

/* After they have gone: what root could still open may be out of reach now. */
static int check_reach(const struct daemon *d, struct error *err)
{
	if (d->config.evidence_dir && access(d->config.evidence_dir, W_OK | X_OK) < 0)
		return error_errno(err, d->config.evidence_dir, errno);
	if (access(d->config.resources, X_OK) < 0)
		return error_errno(err, d->config.resources, errno);
	return 0;
}

static int start_servers(struct daemon *d, struct error *err)
{
	const struct http_limits limits = {
		.body_bytes = d->config.body_bytes_max,
		.connections = (unsigned int)d->config.connections_max,
		.idle_seconds = (unsigned int)d->config.idle_seconds,
	};
	int rc = 0;

	for (size_t i = 0; !rc && i < d->listener_count; i++) {
		rc = http_start(&d->server[i], d->listener[i], &d->kbs,
			(const char *)d->certificate.data, (const char *)d->key.data, &limits, err);
		d->listener[i] = -1; /* the server's now, or closed by it */
		if (!rc)
			log_line(&d->log, LOG_LEVEL_INFO, "listening on %s", d->listener_text[i]);
	}
	return rc;
}

static void wait_for_signal(const struct daemon *d, const sigset_t *signals)
{
	int sig;

	for (;;) {
		if (sigwait(signals, &sig))
			continue;
		if (sig != SIGHUP && sig != SIGCHLD)
			break;
		if (sig == SIGCHLD) {
			log_line(&d->log, LOG_LEVEL_ERROR, "the signer has ended; stopping");
			break;
		}
		log_line(&d->log, LOG_LEVEL_WARN,
			"SIGHUP: the configuration is read at the start only; restart to change "
			"it");
	}
	log_line(&d->log, LOG_LEVEL_INFO, "stopping");
}

static int serve(struct daemon *d, struct error *err)
{
	char kid[JWK_THUMBPRINT_SIZE];
	sigset_t signals;
	int rc;

	/* Blocked before any thread exists, so that only sigwait sees them. */
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGCHLD);
	if (pthread_sigmask(SIG_BLOCK, &signals, NULL))
		return error_fail(err, HC_EINTERNAL, "signals", "cannot be blocked");
	fill_kbs(d);
	rc = jwk_thumbprint(signer_public(d->signer), kid, err);
	if (!rc)
		rc = open_listeners(d, err);
	if (!rc)
		rc = sandbox_daemon(err);
	if (!rc)
		rc = check_reach(d, err);
	if (!rc)
		rc = start_servers(d, err);
	if (rc)
		return rc;
	log_line(&d->log, LOG_LEVEL_INFO, "ready: policy \"%s\", %zu roots, signing key %s",
		d->policy.name, d->roots.count, kid);
	wait_for_signal(d, &signals);
	return 0;
}

static void cleanup(struct daemon *d)
{
	for (size_t i = 0; i < d->listener_count; i++) {
		http_stop(d->server[i]);
		if (d->listener[i] >= 0)
			close(d->listener[i]);
		if (!strncmp(d->config.listen.item[i], "unix:", 5))
			unlink(d->config.listen.item[i] + 5);
	}
	if (d->sessions)
		d->sessions->ops->free(d->sessions);
	if (d->resources)
		d->resources->ops->free(d->resources);
	policy_free(&d->policy);
	mirror_fini(&d->mirror);
	memo_free(d->memo);
	roots_fini(&d->roots);
	bytes_free(&d->certificate);
	bytes_free(&d->key);
	signer_stop(d->signer);
	config_fini(&d->config);
}

static int fail(const char *doing, const struct error *err)
{
	char text[1024];

	error_format(err, text, sizeof(text));
	fprintf(stderr, "hc-verifierd: %s: %s\n", doing, text);
	return EXIT_CANNOT;
}

static int run(const char *config_path, bool check_only)
{
	struct daemon *d = calloc(1, sizeof(*d));
	struct error err = {0};
	int rc;

	if (!d)
		return fail("start", &(struct error){.code = HC_ENOMEM});
	signal(SIGPIPE, SIG_IGN);
	rc = config_load(&d->config, config_path, &err);
	/* First, while nothing else is open that the signer could inherit. */
	if (!rc)
		rc = signer_start(&d->signer, d->config.signing_key, &err);
	if (!rc)
		rc = open_log(d, check_only, &err);
	if (!rc)
		rc = read_all(d, &err);
	if (!rc && !check_only)
		rc = serve(d, &err);
	if (rc)
		rc = fail(config_path, &err);
	else if (check_only)
		printf("%s: fine\n", config_path);
	cleanup(d);
	free(d);
	return rc;
}

/* --- keygen --- */

static int write_new(const char *path, const struct bytes *pem, struct error *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	ssize_t n;

	if (fd < 0)
		return error_errno(err, path, errno);
	n = write(fd, pem->data, pem->len);
	if (n != (ssize_t)pem->len || fsync(fd) < 0 || close(fd) < 0)
		return error_errno(err, path, errno);
	return 0;
}

static int keygen(const char *path)
{
	struct crypto_ec_key *key = NULL;
	struct crypto_ec_public public;
	struct bytes pem = {0}, jwk = {0};
	struct error err = {0};
	int rc = crypto_ec_generate(&key, CRYPTO_P384);

	if (!rc)
		rc = crypto_ec_public(key, &public);
	if (!rc)
		rc = crypto_ec_to_pem(key, &pem);
	if (rc)
		error_fail(&err, rc, "keygen", "no key");
	if (!rc)
		rc = jwk_write_ec(&public, "ES384", &jwk, &err);
	if (!rc)
		rc = write_new(path, &pem, &err);
	if (!rc)
		printf("%.*s\n", (int)jwk.len, (const char *)jwk.data);
	else
		rc = fail("keygen", &err);
	bytes_free(&pem);
	bytes_free(&jwk);
	crypto_ec_free(key);
	return rc;
}

static int usage(void)
{
	fputs(usage_text, stderr);
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {{"config", required_argument, NULL, 'c'},
		{"check", no_argument, NULL, 'n'}, {"out", required_argument, NULL, 'o'},
		{"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
	bool want_key = argc > 1 && !strcmp(argv[1], "keygen"), check_only = false;
	const char *config = NULL, *out = NULL;
	int opt;

	optind = want_key ? 2 : 1;
	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt == 'h')
			return fputs(usage_text, stdout) < 0 ? EXIT_CANNOT : 0;
		if (opt == 'c')
			config = optarg;
		else if (opt == 'n')
			check_only = true;
		else if (opt == 'o')
			out = optarg;
		else
			return usage();
	}
	if (optind != argc || (want_key ? config || check_only || !out : out || !config))
		return usage();
	return want_key ? keygen(out) : run(config, check_only);
}
