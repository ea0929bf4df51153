/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence kept for later. */
#include "attest/service/archive.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attest/crypto.h"
#include "common/file.h"
#include "common/hex.h"
#include "common/timefmt.h"

#define FILE_MODE 0640
#define DIR_MODE  0750

static int put(const char *dir, const char *file, struct view data, struct error *err)
{
	char path[4096];

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", dir, file) >= sizeof(path))
		return error_fail(err, HC_ERANGE, "evidence_dir", "a path too long");
	return file_write(path, data.data ? (const void *)data.data : "", data.len, FILE_MODE, err);
}

static int put_verdict(const char *dir, const struct verdict *verdict, struct error *err)
{
	json_t *json = NULL;
	char *text = NULL;
	int rc = verdict_to_json(verdict, &json, err);

	if (!rc) {
		text = json_dumps(json, JSON_INDENT(2));
		rc = text ? put(dir, "verdict.json",
				    (struct view){(const uint8_t *)text, strlen(text)}, err)
			  : error_fail(err, HC_ENOMEM, "verdict.json", "not written");
	}
	free(text);
	json_decref(json);
	return rc;
}

static int make_dir(const char *path, struct error *err)
{
	return mkdir(path, DIR_MODE) < 0 && errno != EEXIST ? error_errno(err, path, errno) : 0;
}

static int put_mirror_file(
	struct archive *archive, const char *dir, const struct bytes *file, struct error *err)
{
	char *name = archive->mirror[archive->mirror_count];
	uint8_t digest[SHA256_SIZE];

	if (crypto_hash(CRYPTO_SHA256, bytes_view(file), digest))
		return error_fail(err, HC_EINTERNAL, "mirror", "no digest");
	hex_encode(name, digest, sizeof(digest));
	archive->mirror_count++;
	return put(dir, name, bytes_view(file), err);
}

int archive_open(struct archive *archive, const char *path, size_t refused_max,
	const struct mirror *mirror, struct error *err)
{
	char dir[4096];
	int rc;

	memset(archive, 0, sizeof(*archive));
	archive->path = path;
	archive->files = mirror;
	archive->refused_max = refused_max;
	if (!path)
		return 0;
	if ((size_t)snprintf(dir, sizeof(dir), "%s/mirror", path) >= sizeof(dir))
		return error_fail(err, HC_ERANGE, "evidence_dir", "a path too long");
	rc = make_dir(path, err);
	if (!rc)
		rc = make_dir(dir, err);
	for (size_t i = 0; !rc && i < mirror->count; i++)
		rc = put_mirror_file(archive, dir, &mirror->file[i], err);
	return rc;
}

/* A link where there can be one (ext4 stops at 65000, some have none), else a copy. */
static int link_mirror(const struct archive *archive, const char *dir, struct error *err)
{
	char from[4096], to[4096], file[32];
	int rc = 0;

	for (size_t i = 0; !rc && i < archive->mirror_count; i++) {
		snprintf(file, sizeof(file), "mirror-%.16s", archive->mirror[i]);
		if ((size_t)snprintf(from, sizeof(from), "%s/mirror/%s", archive->path,
			    archive->mirror[i]) >= sizeof(from) ||
			(size_t)snprintf(to, sizeof(to), "%s/%s", dir, file) >= sizeof(to))
			return error_fail(err, HC_ERANGE, "evidence_dir", "a path too long");
		if (link(from, to) < 0)
			rc = put(dir, file, bytes_view(&archive->files->file[i]), err);
	}
	return rc;
}

static int put_endorsements(const struct archive *archive, const char *parent,
	const struct snp_evidence *evidence, struct error *err)
{
	char dir[4096], file[48];
	int rc;

	if ((size_t)snprintf(dir, sizeof(dir), "%s/endorsements", parent) >= sizeof(dir))
		return error_fail(err, HC_ERANGE, "evidence_dir", "a path too long");
	rc = make_dir(dir, err);
	for (size_t i = 0; !rc && i < evidence->cert_count; i++) {
		snprintf(file, sizeof(file), "sent-%zu.der", i);
		rc = put(dir, file, bytes_view(&evidence->cert[i]), err);
	}
	return rc ? rc : link_mirror(archive, dir, err);
}

static int fill(const struct archive *archive, const char *dir, const struct snp_evidence *evidence,
	struct view runtime_data, const struct verdict *verdict, struct error *err)
{
	int rc = put(
		dir, "report.bin", (struct view){evidence->report, sizeof(evidence->report)}, err);

	if (!rc)
		rc = put_endorsements(archive, dir, evidence, err);
	if (!rc)
		rc = put(dir, "runtime-data.json", runtime_data, err);
	return rc ? rc : put_verdict(dir, verdict, err);
}

int archive_save(struct archive *archive, const char *id, const struct snp_evidence *evidence,
	struct view runtime_data, const struct verdict *verdict, char name[ARCHIVE_NAME_SIZE],
	struct error *err)
{
	bool trusted = verdict->value == VERDICT_TRUSTED;
	char dir[4096], when[TIMEFMT_SIZE];

	name[0] = '\0';
	if (!archive->path || (!trusted && archive->refused >= archive->refused_max))
		return 0;
	timefmt_rfc3339(when, verdict->at, -1);
	snprintf(name, ARCHIVE_NAME_SIZE, "%.24s-%.16s", when, id);
	if ((size_t)snprintf(dir, sizeof(dir), "%s/%s", archive->path, name) >= sizeof(dir))
		return error_fail(err, HC_ERANGE, "evidence_dir", "a path too long");
	if (mkdir(dir, DIR_MODE) < 0)
		return error_errno(err, dir, errno);
	archive->refused += trusted ? 0 : 1;
	return fill(archive, dir, evidence, runtime_data, verdict, err);
}
