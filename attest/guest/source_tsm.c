/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reports by configfs-tsm (Linux Documentation/ABI/testing/configfs-tsm-report): a folder is made,
 * inblob written, outblob and auxblob read, the folder removed. `generation` counts writes: if it
 * moved, somebody else used the folder and the report may be for other data.
 */
#include "attest/guest/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/file.h"

#define TSM_DIR    "/sys/kernel/config/tsm/report"
#define REPORT_MAX 8192
#define PROVIDER   "sev_guest"

static bool present(void *ctx)
{
	(void)ctx;
	return access(TSM_DIR, W_OK) == 0;
}

static int read_entry(
	const char *dir, const char *name, size_t max, struct bytes *out, struct error *err)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return file_read(out, path, max, err);
}

static int write_inblob(const char *dir, const uint8_t *data, struct error *err)
{
	char path[160];
	ssize_t n;
	int fd, saved;

	snprintf(path, sizeof(path), "%s/inblob", dir);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return error_errno(err, path, errno);
	n = write(fd, data, SOURCE_REPORT_DATA_SIZE);
	saved = errno;
	close(fd);
	if (n != SOURCE_REPORT_DATA_SIZE)
		return error_errno(err, path, n < 0 ? saved : EIO);
	return 0;
}

static int check_provider(const char *dir, struct error *err)
{
	struct bytes text = {0};
	int rc = read_entry(dir, "provider", 64, &text, err);

	if (!rc && (text.len < strlen(PROVIDER) ||
			   memcmp(text.data, PROVIDER, strlen(PROVIDER)) != 0)) {
		rc = error_fail(err, HC_EUNSUPPORTED, TSM_DIR, "provider %.*s",
			(int)(text.len < 40 ? text.len : 40), (const char *)text.data);
		error_expected(err, PROVIDER);
	}
	bytes_free(&text);
	return rc;
}

static int same_generation(const char *dir, const struct bytes *before, struct error *err)
{
	struct bytes after = {0};
	int rc = read_entry(dir, "generation", 64, &after, err);

	if (!rc && (after.len != before->len || !after.len ||
			   memcmp(after.data, before->data, after.len) != 0))
		rc = error_fail(err, HC_EBUSY, dir, "another process wrote to it");
	bytes_free(&after);
	return rc;
}

static int use(const char *dir, const uint8_t *report_data, struct bytes *report,
	struct bytes *certs, struct error *err)
{
	struct bytes generation = {0};
	int rc = check_provider(dir, err);

	if (!rc)
		rc = write_inblob(dir, report_data, err);
	if (!rc)
		rc = read_entry(dir, "generation", 64, &generation, err);
	if (!rc)
		rc = read_entry(dir, "outblob", REPORT_MAX, report, err);
	/* Many hosts give no table; the verifier then has the certificates itself, or refuses. */
	if (!rc && read_entry(dir, "auxblob", SOURCE_CERTS_MAX, certs, NULL))
		bytes_free(certs);
	if (!rc)
		rc = same_generation(dir, &generation, err);
	bytes_free(&generation);
	return rc;
}

static int report(void *ctx, const uint8_t report_data[SOURCE_REPORT_DATA_SIZE],
	struct bytes *report, struct bytes *certs, struct error *err)
{
	char dir[96];
	int rc;

	(void)ctx;
	snprintf(dir, sizeof(dir), TSM_DIR "/hc-guest-%ld", (long)getpid());
	if (mkdir(dir, 0700) < 0)
		return error_errno(err, dir, errno);
	rc = use(dir, report_data, report, certs, err);
	if (rmdir(dir) < 0 && !rc)
		rc = error_errno(err, dir, errno);
	return rc;
}

const struct source_ops source_tsm = {
	.name = "tsm", .warning = NULL, .present = present, .report = report};
