/* SPDX-License-Identifier: Apache-2.0 */
/* Resources in a folder. */
#include "attest/service/resource.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct folder {
	struct resource_store store;
	int fd;
};

static bool name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '.' || c == '_' || c == '-';
}

/* Copies one component; returns where it ends, or NULL. */
static const char *component(const char *text, char out[RESOURCE_NAME_MAX + 1])
{
	size_t len = 0;

	while (name_char(text[len]))
		len++;
	if (!len || len > RESOURCE_NAME_MAX || text[0] == '.')
		return NULL;
	memcpy(out, text, len);
	out[len] = '\0';
	return text + len;
}

int resource_name_parse(const char *text, struct resource_name *out, struct error *err)
{
	const char *at = component(text, out->repository);

	if (at && *at == '/')
		at = component(at + 1, out->type);
	else
		at = NULL;
	if (at && *at == '/')
		at = component(at + 1, out->tag);
	else
		at = NULL;
	if (at && !*at)
		return 0;
	memset(out, 0, sizeof(*out));
	error_fail(err, HC_EFORMAT, "resource name", "%.120s", text);
	error_expected(err, "repository/type/tag");
	return HC_EFORMAT;
}

/* Opens below `dir` and closes it. */
static int step(int dir, const char *name, int flags)
{
	int fd = dir < 0 ? -1 : openat(dir, name, flags | O_NOFOLLOW | O_CLOEXEC);
	int saved = errno;

	if (dir >= 0)
		close(dir);
	errno = saved;
	return fd;
}

static int read_all(int fd, struct bytes *out, struct error *err)
{
	uint8_t buf[4096];
	int rc = 0;

	for (size_t total = 0; !rc;) {
		ssize_t n = read(fd, buf, sizeof(buf));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			rc = error_errno(err, "resource", errno);
		if (n <= 0)
			break;
		if ((size_t)n > RESOURCE_SIZE_MAX - total)
			rc = error_fail(err, HC_ERANGE, "resource", "more than 1 MiB");
		else if (bytes_append(out, buf, (size_t)n))
			rc = error_fail(err, HC_ENOMEM, "resource", "%zd bytes", n);
		total += (size_t)n;
	}
	bytes_wipe(buf, sizeof(buf));
	return rc;
}

static int folder_get(struct resource_store *store, const struct resource_name *name,
	struct bytes *out, struct error *err)
{
	int fd = dup(((struct folder *)store)->fd);
	struct stat st;
	int rc;

	fd = step(fd, name->repository, O_PATH | O_DIRECTORY);
	fd = step(fd, name->type, O_PATH | O_DIRECTORY);
	fd = step(fd, name->tag, O_RDONLY | O_NONBLOCK);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP))
		return error_fail(err, HC_EMISSING, "resource", "%s", strerror(errno));
	if (fd < 0)
		return error_errno(err, "resource", errno);
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		rc = error_fail(err, HC_EMISSING, "resource", "no regular file");
	else
		rc = read_all(fd, out, err);
	close(fd);
	return rc;
}

static void folder_free(struct resource_store *store)
{
	if (!store)
		return;
	close(((struct folder *)store)->fd);
	free(store);
}

static const struct resource_store_ops folder_ops = {.get = folder_get, .free = folder_free};

int resource_folder_new(struct resource_store **out, const char *path, struct error *err)
{
	struct folder *f = calloc(1, sizeof(*f));

	*out = NULL;
	if (!f)
		return error_fail(err, HC_ENOMEM, path, "%zu bytes", sizeof(*f));
	f->store.ops = &folder_ops;
	f->fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (f->fd < 0) {
		int saved = errno;

		free(f);
		return saved == ENOENT ? error_fail(err, HC_EMISSING, path, "no such folder")
				       : error_errno(err, path, saved);
	}
	*out = &f->store;
	return 0;
}
