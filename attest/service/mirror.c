/* SPDX-License-Identifier: Apache-2.0 */
/* The local mirror of endorsements. */
#include "attest/service/mirror.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "attest/endorse/x509.h"
#include "attest/kbs/snp_json.h"
#include "common/file.h"

/* Is there anything in it that an appraisal can use? */
static int recognised(const struct bytes *file, struct error *err)
{
	struct endorsements *set = NULL;
	int rc = endorsements_new(&set);

	if (!rc)
		rc = endorsements_add(set, bytes_view(file), NULL, err);
	endorsements_free(set);
	return rc;
}

static int add_file(struct mirror *mirror, const char *path, struct error *err)
{
	struct bytes *file = &mirror->file[mirror->count];
	int rc;

	if (mirror->count == MIRROR_FILES_MAX)
		return error_fail(err, HC_EBUSY, path, "more than %d files", MIRROR_FILES_MAX);
	rc = file_read(file, path, ENDORSEMENTS_BYTES_MAX, err);
	if (!rc)
		rc = recognised(file, err);
	if (rc)
		bytes_free(file);
	else
		mirror->count++;
	return rc;
}

static int add_entry(struct mirror *mirror, const char *dir, const char *name, size_t *skipped,
	struct error *err)
{
	char path[4096];
	struct stat st;
	int rc;

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", dir, name) >= sizeof(path))
		return error_fail(err, HC_ERANGE, dir, "a path too long");
	if (stat(path, &st) < 0)
		return error_errno(err, path, errno);
	if (!S_ISREG(st.st_mode))
		return 0;
	rc = add_file(mirror, path, err);
	if (rc != HC_EUNSUPPORTED && rc != HC_EFORMAT)
		return rc;
	(*skipped)++;
	return 0;
}

int mirror_add(struct mirror *mirror, const char *path, size_t *skipped, struct error *err)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	int rc = 0;

	if (!dir && errno == ENOTDIR)
		return add_file(mirror, path, err);
	if (!dir)
		return error_errno(err, path, errno);
	while (!rc && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			rc = add_entry(mirror, path, entry->d_name, skipped, err);
	closedir(dir);
	return rc;
}

void mirror_fini(struct mirror *mirror)
{
	for (size_t i = 0; i < mirror->count; i++)
		bytes_free(&mirror->file[i]);
	mirror->count = 0;
}

int mirror_with(const struct mirror *mirror, const struct bytes *certs, size_t count,
	struct endorsements **out, struct error *err)
{
	int rc = endorsements_new(out);

	for (size_t i = 0; !rc && i < mirror->count; i++)
		rc = endorsements_add(*out, bytes_view(&mirror->file[i]), NULL, err);
	if (rc) {
		endorsements_free(*out);
		*out = NULL;
		return rc;
	}
	for (size_t i = 0; i < count; i++)
		if (endorsements_add(*out, bytes_view(&certs[i]), NULL, NULL) == HC_ENOMEM) {
			endorsements_free(*out);
			*out = NULL;
			return error_fail(err, HC_ENOMEM, "endorsements", "%zu sent", count);
		}
	return 0;
}

static int check_room(const struct endorsements *set, struct error *err)
{
	size_t used = endorsements_cert_count(set) + endorsements_crl_count(set);

	if (used <= MIRROR_PIECES_MAX - SNP_JSON_CERTS_MAX)
		return 0;
	error_fail(err, HC_EBUSY, "endorsements", "%zu certificates and lists", used);
	error_expected(err, "at most %d, so that there is room for those a guest sends",
		MIRROR_PIECES_MAX - SNP_JSON_CERTS_MAX);
	error_remedy(err, "leave out what is not for the machines of this instance");
	return HC_EBUSY;
}

int mirror_check(const struct mirror *mirror, int64_t now, int64_t *crl_end, struct error *err)
{
	struct endorsements *set = NULL;
	int rc = mirror_with(mirror, NULL, 0, &set, err);

	*crl_end = 0;
	if (!rc)
		rc = check_room(set, err);
	for (size_t i = 0; !rc && i < endorsements_crl_count(set); i++) {
		const struct x509_crl *crl = endorsements_crl(set, i);

		if (crl->this_update <= now && crl->has_next_update && now <= crl->next_update &&
			crl->next_update > *crl_end)
			*crl_end = crl->next_update;
	}
	endorsements_free(set);
	return rc;
}
