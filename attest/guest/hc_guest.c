/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hc-guest: the agent in the guest. Standard output carries the secret and nothing else; reasons go
 * to standard error. Exit: see usage_text; a refusal is never 0.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "attest/guest/conn.h"
#include "attest/guest/fetch.h"
#include "attest/guest/source.h"
#include "common/file.h"
#include "common/hex.h"

#define EXIT_REFUSED  1
#define EXIT_EVIDENCE 2
#define EXIT_USAGE    3
#define EXIT_NETWORK  4

#define CA_MAX          65536
#define TIMEOUT_DEFAULT 60
#define TIMEOUT_MAX     3600

static const char usage_text[] =
	"Usage: hc-guest fetch --verifier WHERE --ca FILE --resource REPO/TYPE/TAG\n"
	"                      [--server-name NAME] [--evidence auto|tsm|sim] [--timeout SECONDS]\n"
	"       hc-guest report [--report-data HEX] --out FILE [--certs FILE]\n"
	"                      [--evidence auto|tsm|sim]\n"
	"\n"
	"fetch: attest to a verifier and write the secret to standard output, nothing else.\n"
	"  --verifier     vsock:CID:PORT, ADDRESS:PORT, [ADDRESS]:PORT or localhost:PORT; this is "
	"a\n"
	"                 static program without a resolver: no other names\n"
	"  --ca           certificates in PEM that the verifier's TLS certificate must lead to\n"
	"  --server-name  DNS name to find in that certificate; default: localhost for\n"
	"                 localhost:PORT, else hc-verifierd\n"
	"  --evidence     tsm: Linux configfs-tsm; sim: the mailbox of --platform sim-snp;\n"
	"                 auto (default): the first of these that is there\n"
	"  --timeout      seconds for everything together, default 60\n"
	"report: write a raw report of this guest, and the host's certificate table.\n"
	"  --report-data  128 hex digits to bind; default: zeros\n"
	"\n"
	"Exit: 0 done; 1 the verifier refused; 2 no evidence to be had; 3 wrong usage or local "
	"file;\n"
	"      4 the verifier cannot be reached or did not prove who it is.\n";

struct options {
	const char *verifier, *ca, *resource, *server_name, *evidence;
	const char *report_data, *out, *certs;
	int64_t timeout_s;
};

static int fail(int status, const char *doing, const struct error *err)
{
	char text[1024];

	error_format(err, text, sizeof(text));
	fprintf(stderr, "hc-guest: %s: %s\n", doing, text);
	return status;
}

static int choose_source(struct source *out, const char *name, struct error *err)
{
	int rc = source_select(out, name, err);

	if (!rc && out->ops->warning)
		fprintf(stderr, "hc-guest: %s\n", out->ops->warning);
	return rc;
}

static int write_stdout(const struct bytes *data)
{
	for (size_t at = 0; at < data->len;) {
		ssize_t n = write(STDOUT_FILENO, data->data + at, data->len - at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return HC_EIO;
		at += (size_t)n;
	}
	return 0;
}

static const int fetch_status[] = {
	[FETCH_LOCAL] = EXIT_USAGE,
	[FETCH_NETWORK] = EXIT_NETWORK,
	[FETCH_REFUSED] = EXIT_REFUSED,
	[FETCH_EVIDENCE] = EXIT_EVIDENCE,
};

static int fetch(const struct options *o)
{
	struct fetch_options f = {.verifier = o->verifier,
		.server_name = o->server_name,
		.resource = o->resource,
		.deadline_ms = conn_now_ms() + o->timeout_s * 1000};
	struct bytes ca = {0}, secret = {0};
	enum fetch_failure why = FETCH_LOCAL;
	struct error err = {0};
	int status = 0, rc = file_read(&ca, o->ca, CA_MAX, &err);

	if (rc)
		return fail(EXIT_USAGE, "--ca", &err);
	f.ca = bytes_view(&ca);
	rc = choose_source(&f.source, o->evidence, &err);
	if (rc) {
		status = fail(rc == HC_EUSAGE ? EXIT_USAGE : EXIT_EVIDENCE, "fetch", &err);
	} else {
		rc = guest_fetch(&f, &secret, &why, &err);
		if (rc)
			status = fail(fetch_status[why], "fetch", &err);
		else if (write_stdout(&secret))
			status = fail(
				EXIT_USAGE, "standard output", &(struct error){.code = HC_EIO});
	}
	bytes_free(&secret);
	bytes_free(&ca);
	return status;
}

static int write_files(const struct options *o, const struct bytes *report,
	const struct bytes *certs, struct error *err)
{
	int rc = file_write(o->out, report->data, report->len, 0644, err);

	if (!rc && o->certs)
		rc = file_write(o->certs, certs->data ? (const void *)certs->data : "", certs->len,
			0644, err);
	return rc;
}

static int report(const struct options *o)
{
	uint8_t data[SOURCE_REPORT_DATA_SIZE] = {0};
	struct bytes report = {0}, certs = {0};
	struct source source;
	struct error err = {0};
	int rc, status = 0;

	if (o->report_data && hex_decode(data, sizeof(data), o->report_data, "--report-data", &err))
		return fail(EXIT_USAGE, "report", &err);
	rc = choose_source(&source, o->evidence, &err);
	if (rc)
		return fail(rc == HC_EUSAGE ? EXIT_USAGE : EXIT_EVIDENCE, "report", &err);
	rc = source.ops->report(source.ctx, data, &report, &certs, &err);
	if (rc)
		status = fail(EXIT_EVIDENCE, "report", &err);
	else if (write_files(o, &report, &certs, &err))
		status = fail(EXIT_USAGE, "report", &err);
	bytes_free(&report);
	bytes_free(&certs);
	return status;
}

/* The secret passes through this process: no core file, no debugger of the same user. */
static int confine(void)
{
	const struct rlimit none = {0, 0};

	return setrlimit(RLIMIT_CORE, &none) < 0 || prctl(PR_SET_DUMPABLE, 0) < 0 ||
	       prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0;
}

static int usage(void)
{
	fputs(usage_text, stderr);
	return EXIT_USAGE;
}

static int parse_timeout(const char *text, int64_t *out)
{
	char *end;
	long v = strtol(text, &end, 10);

	if (text[0] < '0' || text[0] > '9' || *end || v < 1 || v > TIMEOUT_MAX)
		return HC_EUSAGE;
	*out = v;
	return 0;
}

static int parse_options(int argc, char **argv, struct options *o)
{
	static const struct option list[] = {{"verifier", required_argument, NULL, 'v'},
		{"ca", required_argument, NULL, 'c'}, {"resource", required_argument, NULL, 'r'},
		{"server-name", required_argument, NULL, 'n'},
		{"evidence", required_argument, NULL, 'e'},
		{"timeout", required_argument, NULL, 't'},
		{"report-data", required_argument, NULL, 'd'},
		{"out", required_argument, NULL, 'o'}, {"certs", required_argument, NULL, 'x'},
		{NULL, 0, NULL, 0}};
	int opt;

	while ((opt = getopt_long(argc, argv, "", list, NULL)) != -1) {
		const char **slot = opt == 'v'   ? &o->verifier
				    : opt == 'c' ? &o->ca
				    : opt == 'r' ? &o->resource
				    : opt == 'n' ? &o->server_name
				    : opt == 'e' ? &o->evidence
				    : opt == 'd' ? &o->report_data
				    : opt == 'o' ? &o->out
				    : opt == 'x' ? &o->certs
						 : NULL;

		if (opt == 't' ? parse_timeout(optarg, &o->timeout_s) : !slot)
			return HC_EUSAGE;
		if (slot)
			*slot = optarg;
	}
	return optind == argc ? 0 : HC_EUSAGE;
}

int main(int argc, char **argv)
{
	struct options o = {.evidence = "auto", .timeout_s = TIMEOUT_DEFAULT};
	bool fetching = argc > 1 && !strcmp(argv[1], "fetch");

	if (argc > 1 && !strcmp(argv[1], "--help"))
		return fputs(usage_text, stdout) < 0 ? EXIT_USAGE : 0;
	if (argc < 2 || (!fetching && strcmp(argv[1], "report") != 0))
		return usage();
	if (parse_options(argc - 1, argv + 1, &o))
		return usage();
	if (fetching ? !o.verifier || !o.ca || !o.resource || o.report_data || o.out || o.certs
		     : !o.out || o.verifier || o.ca || o.resource || o.server_name)
		return usage();
	if (confine())
		return fail(EXIT_USAGE, "confinement", &(struct error){.code = HC_EDENIED});
	return fetching ? fetch(&o) : report(&o);
}
