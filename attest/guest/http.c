/* SPDX-License-Identifier: Apache-2.0 */
/* A strict parser of HTTP/1.1 answers, and the writer of requests. */
#include "attest/guest/http.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Where the parser stands; `at` never passes input.len. */
struct cursor {
	struct view input;
	size_t at;
	struct error *err;
};

struct framing {
	bool has_length, chunked;
	size_t length;
};

static int bad(struct cursor *c, const char *what)
{
	error_fail(c->err, HC_EFORMAT, "HTTP answer", "%s", what);
	error_at(c->err, c->at);
	error_section(c->err, "RFC 9112");
	return HC_EFORMAT;
}

static int more(struct cursor *c)
{
	return error_fail(c->err, HC_ETRUNCATED, "HTTP answer", "%zu bytes", c->input.len);
}

/*
 * The next line without its CRLF. Lines may use what is left of `budget`; visible ASCII, space,
 * tab and bytes above 0x7f only.
 */
static int next_line(struct cursor *c, size_t *budget, struct view *line)
{
	const uint8_t *start = c->input.data + c->at;
	size_t left = c->input.len - c->at, len = 0;

	while (len < left && (start[len] >= 0x20 || start[len] == '\t') && start[len] != 0x7f)
		len++;
	if (len > *budget || *budget - len < 2)
		return bad(c, "too many header bytes");
	if (left - len < 2)
		return len == left || start[len] == '\r' ? more(c) : bad(c, "a control character");
	if (start[len] != '\r' || start[len + 1] != '\n')
		return bad(c, "a control character");
	*line = (struct view){start, len};
	*budget -= len + 2;
	c->at += len + 2;
	return 0;
}

static int parse_status(struct cursor *c, struct view line, unsigned int *status)
{
	const uint8_t *p = line.data;

	if (line.len < 12 || memcmp(p, "HTTP/1.1 ", 9) != 0 || (line.len > 12 && p[12] != ' '))
		return bad(c, "no HTTP/1.1 status line");
	for (int i = 9; i < 12; i++)
		if (p[i] < '0' || p[i] > '9')
			return bad(c, "no status code");
	*status = (unsigned int)((p[9] - '0') * 100 + (p[10] - '0') * 10 + (p[11] - '0'));
	return *status < 100 || *status > 599 ? bad(c, "a status code out of range") : 0;
}

static bool is(struct view v, const char *text)
{
	return v.len == strlen(text) && !strncasecmp((const char *)v.data, text, v.len);
}

static struct view trim(struct view v)
{
	while (v.len && (v.data[0] == ' ' || v.data[0] == '\t')) {
		v.data++;
		v.len--;
	}
	while (v.len && (v.data[v.len - 1] == ' ' || v.data[v.len - 1] == '\t'))
		v.len--;
	return v;
}

static int parse_length(struct cursor *c, struct view value, struct framing *f)
{
	size_t n = 0;

	if (f->has_length)
		return bad(c, "two Content-Length fields");
	if (!value.len || value.len > 8)
		return bad(c, "a Content-Length that is no small number");
	for (size_t i = 0; i < value.len; i++) {
		if (value.data[i] < '0' || value.data[i] > '9')
			return bad(c, "a Content-Length that is no number");
		n = n * 10 + (size_t)(value.data[i] - '0');
	}
	if (n > HTTP_BODY_MAX)
		return bad(c, "a body above the limit");
	f->has_length = true;
	f->length = n;
	return 0;
}

/* name=value, up to the attributes. Two cookies: refuse rather than choose. */
static int parse_cookie(struct cursor *c, struct view value, struct http_answer *out)
{
	const uint8_t *semicolon = memchr(value.data, ';', value.len);
	size_t len = semicolon ? (size_t)(semicolon - value.data) : value.len;

	if (out->cookie[0])
		return bad(c, "two Set-Cookie fields");
	if (!len || len >= HTTP_COOKIE_MAX || !memchr(value.data, '=', len))
		return bad(c, "a Set-Cookie of unknown form");
	for (size_t i = 0; i < len; i++)
		if (value.data[i] <= 0x20 || value.data[i] > 0x7e || value.data[i] == '"' ||
			value.data[i] == ',')
			return bad(c, "a cookie with a forbidden character");
	memcpy(out->cookie, value.data, len);
	out->cookie[len] = '\0';
	return 0;
}

static int parse_field(
	struct cursor *c, struct view line, struct framing *f, struct http_answer *out)
{
	const uint8_t *colon = memchr(line.data, ':', line.len);
	struct view name, value;

	if (!colon || colon == line.data)
		return bad(c, "a header line without a name");
	name = (struct view){line.data, (size_t)(colon - line.data)};
	value = trim((struct view){colon + 1, line.len - name.len - 1});
	for (size_t i = 0; i < name.len; i++)
		if (name.data[i] <= 0x20 || name.data[i] > 0x7e)
			return bad(c, "white space in a header name");
	if (is(name, "Content-Length"))
		return parse_length(c, value, f);
	if (is(name, "Set-Cookie"))
		return parse_cookie(c, value, out);
	if (is(name, "Connection"))
		out->close = out->close || is(value, "close");
	if (!is(name, "Transfer-Encoding"))
		return 0;
	if (f->chunked || !is(value, "chunked"))
		return bad(c, "a Transfer-Encoding other than chunked");
	f->chunked = true;
	return 0;
}

static int parse_head(struct cursor *c, struct framing *f, struct http_answer *out)
{
	size_t budget = HTTP_HEAD_MAX;
	struct view line;
	int rc = next_line(c, &budget, &line);

	if (!rc)
		rc = parse_status(c, line, &out->status);
	while (!rc) {
		rc = next_line(c, &budget, &line);
		if (!rc && !line.len)
			break;
		if (!rc)
			rc = parse_field(c, line, f, out);
	}
	if (!rc && f->has_length && f->chunked)
		return bad(c, "both Content-Length and Transfer-Encoding");
	return rc;
}

static int take(struct cursor *c, size_t len, struct bytes *out)
{
	struct view part;

	if (len > HTTP_BODY_MAX - out->len)
		return bad(c, "a body above the limit");
	if (!view_sub(c->input, c->at, len, &part))
		return more(c);
	if (bytes_append(out, part.data, part.len))
		return error_fail(c->err, HC_ENOMEM, "HTTP answer", "%zu bytes", len);
	c->at += len;
	return 0;
}

/* 1 to 6 hex digits; no extensions. */
static int parse_chunk_size(struct cursor *c, struct view line, size_t *out)
{
	*out = 0;
	if (!line.len || line.len > 6)
		return bad(c, "a chunk size of unknown form");
	for (size_t i = 0; i < line.len; i++) {
		uint8_t d = line.data[i];

		if (d >= '0' && d <= '9')
			*out = *out << 4 | (size_t)(d - '0');
		else if ((d | 0x20) >= 'a' && (d | 0x20) <= 'f')
			*out = *out << 4 | (size_t)((d | 0x20) - 'a' + 10);
		else
			return bad(c, "a chunk size that is no number");
	}
	return 0;
}

/* No trailer fields. */
static int parse_chunks(struct cursor *c, struct bytes *out)
{
	size_t size = 1;

	while (size) {
		size_t budget = 64;
		struct view line;
		int rc = next_line(c, &budget, &line);

		if (!rc)
			rc = parse_chunk_size(c, line, &size);
		if (!rc)
			rc = take(c, size, out);
		if (!rc)
			rc = next_line(c, &budget, &line);
		if (rc)
			return rc;
		if (line.len)
			return bad(c, "bytes after a chunk");
	}
	return 0;
}

static int parse_body(struct cursor *c, const struct framing *f, struct http_answer *out)
{
	if (f->chunked)
		return parse_chunks(c, &out->body);
	if (f->has_length)
		return take(c, f->length, &out->body);
	return out->status == 204 ? 0 : bad(c, "an answer without a length");
}

int http_answer_parse(struct view input, struct http_answer *out, struct error *err)
{
	struct cursor c = {input, 0, err};
	struct framing framing;
	int rc;

	memset(out, 0, sizeof(*out));
	/* Interim answers have no body; a few of them are more than any server sends. */
	for (int i = 0; i < 4; i++) {
		memset(&framing, 0, sizeof(framing));
		out->cookie[0] = '\0';
		rc = parse_head(&c, &framing, out);
		if (rc)
			return rc;
		if (out->status >= 200)
			break;
	}
	if (out->status < 200)
		return bad(&c, "interim answers only");
	rc = parse_body(&c, &framing, out);
	if (rc)
		http_answer_fini(out);
	out->consumed = c.at;
	return rc;
}

void http_answer_fini(struct http_answer *answer)
{
	bytes_free(&answer->body);
}

static bool visible(const char *text, bool spaces)
{
	for (; *text; text++)
		if (*text < (spaces ? 0x20 : 0x21) || *text > 0x7e)
			return false;
	return true;
}

int http_request_build(struct bytes *out, const char *method, const char *path, const char *host,
	const char *cookie, struct view body, struct error *err)
{
	char head[1024], length[80] = "";
	int n;

	if (!visible(path, false) || !visible(host, false) || !visible(cookie, true))
		return error_fail(err, HC_EUSAGE, "HTTP request", "a byte that cannot be sent");
	if (body.len)
		snprintf(length, sizeof(length),
			"Content-Type: application/json\r\nContent-Length: %zu\r\n", body.len);
	n = snprintf(head, sizeof(head),
		"%s %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: hc-guest\r\nAccept: application/json\r\n"
		"%s%s%s%s\r\n",
		method, path, host, cookie[0] ? "Cookie: " : "", cookie, cookie[0] ? "\r\n" : "",
		length);
	if (n < 0 || (size_t)n >= sizeof(head))
		return error_fail(err, HC_EUSAGE, "HTTP request", "%d bytes of header", n);
	if (bytes_append(out, head, (size_t)n) || bytes_append(out, body.data, body.len))
		return error_fail(err, HC_ENOMEM, "HTTP request", "%zu bytes", body.len);
	return 0;
}
