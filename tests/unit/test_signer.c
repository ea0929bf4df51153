/* SPDX-License-Identifier: Apache-2.0 */
/* The signing process: what it signs, what it does not, and that it is confined. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attest/jose/jws.h"
#include "attest/service/signer.h"
#include "attest/service/token.h"
#include "common/file.h"

static char key_path[64];

static void write_key(const char *path, enum crypto_curve curve)
{
	struct crypto_ec_key *key;
	struct bytes pem = {0};

	assert_int_equal(crypto_ec_generate(&key, curve), 0);
	assert_int_equal(crypto_ec_to_pem(key, &pem), 0);
	assert_int_equal(file_write(path, pem.data, pem.len, 0600, NULL), 0);
	bytes_free(&pem);
	crypto_ec_free(key);
}

static int set_up(void **state)
{
	struct signer *s = NULL;

	snprintf(key_path, sizeof(key_path), "/tmp/hc-signer-%ld.pem", (long)getpid());
	write_key(key_path, CRYPTO_P384);
	if (signer_start(&s, key_path, NULL))
		return -1;
	*state = s;
	return 0;
}

static int tear_down(void **state)
{
	signer_stop(*state);
	unlink(key_path);
	return 0;
}

static struct view view(const char *text)
{
	return (struct view){(const uint8_t *)text, strlen(text)};
}

static void nothing_but_tokens_is_signed(void **state)
{
	static const char *const bad[] = {"x", "{}", "{\"iss\":\"x\"}", TOKEN_PREFIX,
		" " TOKEN_PREFIX "\"iat\":1}", "{\"eat_profile\":\"tag:other\",\"iat\":1}"};
	struct bytes out = {0};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(signer_sign(*state, view(bad[i]), &out, NULL), HC_EDENIED);
	assert_int_equal(out.len, 0);
	/* And it goes on after them. */
	assert_int_equal(signer_sign(*state, view(TOKEN_PREFIX "\"iat\":1}"), &out, NULL), 0);
	bytes_free(&out);
}

static void what_it_signs_verifies_with_its_public_key(void **state)
{
	static const char payload[] = TOKEN_PREFIX "\"iat\":1}";
	struct bytes out = {0}, back = {0};

	assert_int_equal(signer_sign(*state, view(payload), &out, NULL), 0);
	assert_int_equal(jws_verify(signer_public(*state), bytes_view(&out), &back, NULL), 0);
	assert_int_equal(back.len, strlen(payload));
	assert_memory_equal(back.data, payload, back.len);
	bytes_free(&out);
	bytes_free(&back);
}

static void the_largest_payload_is_signed_and_a_larger_one_is_not(void **state)
{
	size_t size = JWS_PAYLOAD_MAX;
	uint8_t *payload = malloc(size + 1);
	struct bytes out = {0};

	assert_non_null(payload);
	memset(payload, ' ', size + 1);
	memcpy(payload, TOKEN_PREFIX, strlen(TOKEN_PREFIX));
	assert_int_equal(signer_sign(*state, (struct view){payload, size}, &out, NULL), 0);
	assert_int_not_equal(signer_sign(*state, (struct view){payload, size + 1}, &out, NULL), 0);
	bytes_free(&out);
	free(payload);
}

static void a_dead_signer_is_an_error_not_a_token(void **state)
{
	struct bytes out = {0};

	assert_int_equal(kill(signer_pid(*state), SIGKILL), 0);
	assert_int_equal(signer_sign(*state, view(TOKEN_PREFIX "\"iat\":1}"), &out, NULL), HC_EIO);
	assert_int_equal(out.len, 0);
}

static void has_line(const char *text, const char *start)
{
	if (!strstr(text, start))
		print_error("no \"%s\" in the process's status\n", start);
	assert_non_null(strstr(text, start));
}

static void the_process_has_given_up_its_privileges(void **state)
{
	struct bytes status = {0};
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/status", signer_pid(*state));
	assert_int_equal(file_read(&status, path, 65536, NULL), 0);
	assert_int_equal(bytes_append(&status, "", 1), 0);
	has_line((char *)status.data, "\nNoNewPrivs:\t1\n");
	has_line((char *)status.data, "\nCapEff:\t0000000000000000\n");
	has_line((char *)status.data, "\nCapPrm:\t0000000000000000\n");
	bytes_free(&status);
	snprintf(path, sizeof(path), "/proc/%d/limits", signer_pid(*state));
	assert_int_equal(file_read(&status, path, 65536, NULL), 0);
	assert_int_equal(bytes_append(&status, "", 1), 0);
	has_line((char *)status.data, "Max open files            0                    0");
	bytes_free(&status);
}

static void bad_keys_are_refused_with_their_error(void **state)
{
	struct signer *s;
	struct error err;
	char path[80];

	(void)state;
	snprintf(path, sizeof(path), "%s.bad", key_path);
	assert_int_equal(signer_start(&s, path, &err), HC_EMISSING);
	assert_null(s);
	assert_string_equal(err.where, path);
	write_key(path, CRYPTO_P256);
	assert_int_equal(signer_start(&s, path, &err), HC_EUNSUPPORTED);
	assert_int_equal(file_write(path, "nonsense", 8, 0600, NULL), 0);
	assert_int_not_equal(signer_start(&s, path, &err), 0);
	assert_null(s);
	unlink(path);
}

#define WITH_SIGNER(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_SIGNER(nothing_but_tokens_is_signed),
		WITH_SIGNER(what_it_signs_verifies_with_its_public_key),
		WITH_SIGNER(the_largest_payload_is_signed_and_a_larger_one_is_not),
		WITH_SIGNER(a_dead_signer_is_an_error_not_a_token),
		WITH_SIGNER(the_process_has_given_up_its_privileges),
		WITH_SIGNER(bad_keys_are_refused_with_their_error),
	};

	return cmocka_run_group_tests_name("signer", tests, NULL, NULL);
}
