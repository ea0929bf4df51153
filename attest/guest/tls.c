/* SPDX-License-Identifier: Apache-2.0 */
/* TLS client on mbedTLS 2.28 or 3.x. */
#include "attest/guest/tls.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <mbedtls/error.h>
#include <mbedtls/ssl.h>
#include <mbedtls/version.h>
#include <mbedtls/x509_crt.h>

#include "attest/crypto.h"

struct tls {
	mbedtls_ssl_context ssl;
	mbedtls_ssl_config conf;
	mbedtls_x509_crt ca;
};

static const int suites[] = {
	MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
	MBEDTLS_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
	MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
	MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
	MBEDTLS_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
	MBEDTLS_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
	0,
};

static int random_bytes(void *ctx, unsigned char *out, size_t len)
{
	(void)ctx;
	return crypto_random(out, len) ? MBEDTLS_ERR_SSL_INTERNAL_ERROR : 0;
}

static int send_some(void *ctx, const unsigned char *data, size_t len)
{
	ssize_t n = conn_write(ctx, data, len > 65536 ? 65536 : len);

	return n < 0 ? MBEDTLS_ERR_SSL_INTERNAL_ERROR : (int)n;
}

static int receive_some(void *ctx, unsigned char *data, size_t len)
{
	ssize_t n = conn_read(ctx, data, len > 65536 ? 65536 : len);

	return n < 0 ? MBEDTLS_ERR_SSL_INTERNAL_ERROR : (int)n;
}

static int failed(struct error *err, int code, const char *doing, int mbed)
{
	char text[160];

	mbedtls_strerror(mbed, text, sizeof(text));
	/* Our own callbacks report what the socket said by errno. */
	error_fail(err, code, "TLS", "%s: %s", doing,
		mbed == MBEDTLS_ERR_SSL_INTERNAL_ERROR ? strerror(errno) : text);
	return code;
}

static int load_ca(struct tls *t, struct view ca, struct error *err)
{
	struct bytes pem = {0};
	int rc = bytes_append(&pem, ca.data, ca.len) || bytes_append(&pem, "", 1) ? HC_ENOMEM : 0;

	/* A positive result counts certificates that were not understood: nothing is skipped here.
	 */
	if (!rc && mbedtls_x509_crt_parse(&t->ca, pem.data, pem.len)) {
		error_fail(err, HC_EFORMAT, "--ca", "no certificates in PEM");
		rc = HC_EFORMAT;
	}
	bytes_free(&pem);
	return rc;
}

static void set_versions(mbedtls_ssl_config *conf)
{
#if MBEDTLS_VERSION_MAJOR >= 3
	mbedtls_ssl_conf_min_tls_version(conf, MBEDTLS_SSL_VERSION_TLS1_2);
	mbedtls_ssl_conf_max_tls_version(conf, MBEDTLS_SSL_VERSION_TLS1_2);
#else
	mbedtls_ssl_conf_min_version(
		conf, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
	mbedtls_ssl_conf_max_version(
		conf, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
#endif
}

static int configure(struct tls *t, struct conn *conn, const char *name, struct error *err)
{
	int rc = mbedtls_ssl_config_defaults(&t->conf, MBEDTLS_SSL_IS_CLIENT,
		MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT);

	if (rc)
		return failed(err, HC_EINTERNAL, "configuration", rc);
	set_versions(&t->conf);
	mbedtls_ssl_conf_ciphersuites(&t->conf, suites);
	mbedtls_ssl_conf_authmode(&t->conf, MBEDTLS_SSL_VERIFY_REQUIRED);
	mbedtls_ssl_conf_ca_chain(&t->conf, &t->ca, NULL);
	mbedtls_ssl_conf_rng(&t->conf, random_bytes, NULL);
	rc = mbedtls_ssl_setup(&t->ssl, &t->conf);
	if (!rc)
		rc = mbedtls_ssl_set_hostname(&t->ssl, name);
	if (rc)
		return failed(err, HC_EINTERNAL, "set-up", rc);
	mbedtls_ssl_set_bio(&t->ssl, conn, send_some, receive_some, NULL);
	return 0;
}

static int handshake(struct tls *t, const char *name, struct error *err)
{
	char why[150];
	uint32_t flags;
	int rc = mbedtls_ssl_handshake(&t->ssl);

	flags = mbedtls_ssl_get_verify_result(&t->ssl);
	if (rc != MBEDTLS_ERR_X509_CERT_VERIFY_FAILED && rc)
		return failed(err, HC_EIO, "handshake", rc);
	if (!rc && !flags)
		return 0;
	if (mbedtls_x509_crt_verify_info(why, sizeof(why), "", flags) < 0)
		why[0] = '\0';
	error_fail(err, HC_EDENIED, "verifier's certificate", "%s", why);
	error_expected(err, "one for \"%s\" under the CA given", name);
	return HC_EDENIED;
}

int tls_open(
	struct tls **out, struct conn *conn, struct view ca, const char *name, struct error *err)
{
	struct tls *t = calloc(1, sizeof(*t));
	int rc;

	*out = NULL;
	if (!t)
		return error_fail(err, HC_ENOMEM, "TLS", "%zu bytes", sizeof(*t));
	mbedtls_ssl_init(&t->ssl);
	mbedtls_ssl_config_init(&t->conf);
	mbedtls_x509_crt_init(&t->ca);
	rc = load_ca(t, ca, err);
	if (!rc)
		rc = configure(t, conn, name, err);
	if (!rc)
		rc = handshake(t, name, err);
	if (rc)
		tls_close(t);
	else
		*out = t;
	return rc;
}

void tls_close(struct tls *tls)
{
	if (!tls)
		return;
	/* Courtesy only: whether it arrives changes nothing. */
	(void)mbedtls_ssl_close_notify(&tls->ssl);
	mbedtls_ssl_free(&tls->ssl);
	mbedtls_ssl_config_free(&tls->conf);
	mbedtls_x509_crt_free(&tls->ca);
	free(tls);
}

int tls_write(struct tls *tls, struct view data, struct error *err)
{
	for (size_t at = 0; at < data.len;) {
		int n = mbedtls_ssl_write(&tls->ssl, data.data + at, data.len - at);

		if (n <= 0)
			return failed(err, HC_EIO, "sending", n);
		at += (size_t)n;
	}
	return 0;
}

ssize_t tls_read(struct tls *tls, void *buf, size_t cap, struct error *err)
{
	int n = mbedtls_ssl_read(&tls->ssl, buf, cap);

	if (n == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY)
		return 0;
	/* An end without notice may be a cut: the same as an error. */
	if (n == 0)
		return error_fail(err, HC_ETRUNCATED, "TLS", "the connection was cut");
	return n < 0 ? failed(err, HC_EIO, "receiving", n) : n;
}
