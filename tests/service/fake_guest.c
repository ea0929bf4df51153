/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest without a VM, honest or not, for the tests of hc-verifierd. Reports come from the
 * simulated secure processor; `fetch` is hc-guest's own code with that as its source, `body` makes
 * the message of an attempt to attest so that a test can spoil it and send it with curl.
 *
 *   fake_guest pki DIR                       make a simulated machine
 *   fake_guest measurement DIR SEED          launch digest of the guest called SEED
 *   fake_guest key FILE                      make a key pair
 *   fake_guest body DIR SEED KEY NONCE [claim=KEY2] [flip=BIT] [no-chain]
 *                                            report for KEY and NONCE; KEY2 goes into the message
 *   fake_guest open KEY <JWE                 open a resource
 *   fake_guest fetch DIR SEED WHERE CA RESOURCE [NAME]; ends with 10 + enum fetch_failure
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "attest/guest/conn.h"
#include "attest/guest/fetch.h"
#include "attest/jose/jwe.h"
#include "attest/kbs/binding.h"
#include "attest/kbs/message.h"
#include "common/file.h"
#include "common/hex.h"
#include "vmm/sim/sim_pki.h"
#include "vmm/sim/sim_psp.h"

#define PAGE_SIZE 4096

static int fail(const char *doing, const struct error *err)
{
	char text[1024];

	error_format(err, text, sizeof(text));
	fprintf(stderr, "fake_guest: %s: %s\n", doing, text);
	return err->code == HC_EDENIED ? 1 : 2;
}

/* A guest of one measured page. */
static struct sim_psp *launch(const char *dir, const char *seed)
{
	static uint8_t page[PAGE_SIZE];
	struct sim_psp *psp = NULL;
	struct error err = {0};

	snprintf((char *)page, sizeof(page), "%s", seed);
	if (sim_psp_new(&psp, dir, &err) ||
		sim_psp_launch_start(psp, SIM_PSP_POLICY_DEFAULT, &err) ||
		sim_psp_launch_update(psp, HC_PAGE_NORMAL, 0, page, &err) ||
		sim_psp_launch_finish(psp, NULL, &err))
		exit(fail("launch", &err));
	return psp;
}

static bool present(void *ctx)
{
	return ctx != NULL;
}

static int report(void *ctx, const uint8_t report_data[SOURCE_REPORT_DATA_SIZE],
	struct bytes *report, struct bytes *certs, struct error *err)
{
	uint8_t request[HC_SIM_REQUEST_SIZE] = {0}, response[SIM_PSP_RESPONSE_SIZE];
	struct view table = sim_psp_certificates(ctx);

	memcpy(request, report_data, SOURCE_REPORT_DATA_SIZE);
	if (sim_psp_report(ctx, request, response) || get_le32(response))
		return error_fail(err, HC_EPLATFORM, "report", "refused");
	if (bytes_append(report, response + HC_SIM_RESPONSE_HEADER, SIM_PSP_REPORT_SIZE) ||
		bytes_append(certs, table.data, table.len))
		return error_fail(err, HC_ENOMEM, "report", "no memory");
	return 0;
}

static const struct source_ops source_psp = {.name = "psp", .present = present, .report = report};

static int cmd_pki(char **arg)
{
	struct error err = {0};

	return sim_pki_create(arg[0], (int64_t)time(NULL), &err) ? fail("pki", &err) : 0;
}

static int cmd_measurement(char **arg)
{
	struct sim_psp *psp = launch(arg[0], arg[1]);
	uint8_t digest[SHA384_SIZE];
	char text[2 * SHA384_SIZE + 1];

	sim_psp_digest(psp, digest);
	hex_encode(text, digest, sizeof(digest));
	puts(text);
	sim_psp_free(psp);
	return 0;
}

static int cmd_key(char **arg)
{
	struct crypto_ec_key *key = NULL;
	struct bytes pem = {0};
	struct error err = {.code = HC_EINTERNAL};
	int rc = crypto_ec_generate(&key, CRYPTO_P256);

	if (!rc)
		rc = crypto_ec_to_pem(key, &pem);
	if (!rc)
		rc = file_write(arg[0], pem.data, pem.len, 0600, &err);
	bytes_free(&pem);
	crypto_ec_free(key);
	return rc ? fail("key", &err) : 0;
}

static struct crypto_ec_key *load_key(const char *path)
{
	struct crypto_ec_key *key = NULL;
	struct bytes pem = {0};
	struct error err = {0};

	if (file_read(&pem, path, 16384, &err) ||
		crypto_ec_from_pem(&key, (const char *)pem.data, pem.len, &err))
		exit(fail(path, &err));
	bytes_free(&pem);
	return key;
}

static struct crypto_ec_public public_of(const char *path)
{
	struct crypto_ec_key *key = load_key(path);
	struct crypto_ec_public public;

	if (crypto_ec_public(key, &public))
		exit(2);
	crypto_ec_free(key);
	return public;
}

static int cmd_body(char **arg)
{
	struct crypto_ec_public bound = public_of(arg[2]), claimed = bound;
	struct sim_psp *psp = launch(arg[0], arg[1]);
	struct bytes raw = {0}, certs = {0}, out = {0};
	uint8_t report_data[KBS_REPORT_DATA_SIZE];
	struct error err = {0};

	if (kbs_binding(&bound, arg[3], "", report_data, NULL, &err) ||
		report(psp, report_data, &raw, &certs, &err))
		return fail("body", &err);
	for (char **a = arg + 4; *a; a++) {
		if (!strncmp(*a, "claim=", 6))
			claimed = public_of(*a + 6);
		else if (!strncmp(*a, "flip=", 5))
			raw.data[atoi(*a + 5) / 8] ^= (uint8_t)(1u << atoi(*a + 5) % 8);
		else if (!strcmp(*a, "no-chain"))
			bytes_free(&certs);
	}
	if (kbs_attest_build(&claimed, arg[3], bytes_view(&raw), bytes_view(&certs), &out, &err))
		return fail("body", &err);
	fwrite(out.data, 1, out.len, stdout);
	bytes_free(&raw);
	bytes_free(&certs);
	bytes_free(&out);
	sim_psp_free(psp);
	return 0;
}

static int cmd_open(char **arg)
{
	struct crypto_ec_key *key = load_key(arg[0]);
	struct bytes in = {0}, out = {0};
	struct error err = {0};
	int rc = file_read(&in, "-", JWE_TEXT_MAX, &err);

	if (!rc)
		rc = jwe_open(key, bytes_view(&in), &out, &err);
	if (!rc)
		fwrite(out.data, 1, out.len, stdout);
	bytes_free(&in);
	bytes_free(&out);
	crypto_ec_free(key);
	return rc ? fail("open", &err) : 0;
}

static int cmd_fetch(char **arg)
{
	struct bytes ca = {0}, secret = {0};
	enum fetch_failure why = FETCH_LOCAL;
	struct error err = {0};
	struct fetch_options options = {
		.verifier = arg[2],
		.server_name = arg[5],
		.resource = arg[4],
		.source = {&source_psp, launch(arg[0], arg[1])},
		.deadline_ms = conn_now_ms() + 20000,
	};
	int rc = file_read(&ca, arg[3], 65536, &err);

	options.ca = bytes_view(&ca);
	if (!rc)
		rc = guest_fetch(&options, &secret, &why, &err);
	if (!rc)
		fwrite(secret.data, 1, secret.len, stdout);
	bytes_free(&secret);
	bytes_free(&ca);
	sim_psp_free(options.source.ctx);
	if (rc)
		fail("fetch", &err);
	return rc ? 10 + (int)why : 0;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int args;
		int (*run)(char **arg);
	} commands[] = {{"pki", 1, cmd_pki}, {"measurement", 2, cmd_measurement},
		{"key", 1, cmd_key}, {"body", 4, cmd_body}, {"open", 1, cmd_open},
		{"fetch", 5, cmd_fetch}};

	for (size_t i = 0; argc > 1 && i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(argv[1], commands[i].name) && argc - 2 >= commands[i].args)
			return commands[i].run(argv + 2);
	fprintf(stderr, "fake_guest: wrong arguments\n");
	return 3;
}
