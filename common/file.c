/* SPDX-License-Identifier: Apache-2.0 */
/* Whole files in and out, with limits. */
#include "common/file.h"
#include "common/messages.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int read_fd(int fd, struct bytes *out, const char *path, size_t max, struct error *err)
{
	uint8_t buf[16384];
	size_t total = 0;

	for (;;) {
		ssize_t n = read(fd, buf, sizeof(buf));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(err, path, errno);
		if (n == 0)
			break;
		if ((size_t)n > max - total) {
			error_fail(err, HC_ERANGE, path, N_("more than %zu bytes"), max);
			return error_expected(err, "at most %zu bytes", max), HC_ERANGE;
		}
		total += (size_t)n;
		if (bytes_append(out, buf, (size_t)n))
			return error_fail(err, HC_ENOMEM, path, N_("%zu bytes"), total);
	}
	bytes_wipe(buf, sizeof(buf));
	return 0;
}

int file_read(struct bytes *out, const char *path, size_t max, struct error *err)
{
	int fd, rc, saved;

	if (!strcmp(path, "-"))
		return read_fd(STDIN_FILENO, out, "standard input", max, err);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		saved = errno;
		error_errno(err, path, saved);
		if (err && saved == ENOENT)
			err->code = HC_EMISSING;
		return saved == ENOENT ? HC_EMISSING : HC_EIO;
	}
	rc = read_fd(fd, out, path, max, err);
	close(fd);
	return rc;
}

static int write_all(int fd, const uint8_t *data, size_t len)
{
	while (len) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		data += n;
		len -= (size_t)n;
	}
	return fsync(fd) < 0 && errno != EINVAL && errno != EROFS ? -1 : 0;
}

int file_write(const char *path, const void *data, size_t len, unsigned int mode, struct error *err)
{
	char tmp[4096];
	int fd, saved;

	if ((size_t)snprintf(tmp, sizeof(tmp), "%s.%ld.tmp", path, (long)getpid()) >= sizeof(tmp))
		return error_fail(err, HC_ERANGE, "path", N_("%zu bytes"), strlen(path));
	fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (fd < 0)
		return error_errno(err, path, errno);
	if (write_all(fd, data, len) < 0) {
		saved = errno;
		close(fd);
		unlink(tmp);
		return error_errno(err, path, saved);
	}
	if (close(fd) < 0 || rename(tmp, path) < 0) {
		saved = errno;
		unlink(tmp);
		return error_errno(err, path, saved);
	}
	return 0;
}
