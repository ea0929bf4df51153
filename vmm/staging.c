/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mapping kernel and initrd. Pages come straight from the page cache, so nothing is copied here and
 * nothing counts as our memory once the window is dropped.
 */
#include "vmm/staging.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "firmware/abi/layout.h"

struct blob {
	const char *path, *member; /* of the configuration */
	int fd;
	uint64_t size, span; /* bytes; span in whole pages */
};

static int blob_open(struct blob *blob, const char *path, struct error *err)
{
	struct stat st;

	blob->path = path;
	/* A named pipe is an error below, not a wait here. */
	blob->fd = path ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
	if (!path)
		return 0;
	if (blob->fd < 0 || fstat(blob->fd, &st)) {
		error_errno(err, path, errno);
		error_remedy(err, "check %s", blob->member);
		return HC_EIO;
	}
	if (!S_ISREG(st.st_mode) || st.st_size <= 0) {
		error_fail(err, HC_EFORMAT, path,
			S_ISREG(st.st_mode) ? "0 bytes" : "not a regular file");
		error_expected(err, "a regular file that is not empty");
		return HC_EFORMAT;
	}
	if ((uint64_t)st.st_size > HC_STAGING_SIZE) {
		error_fail(err, HC_ERANGE, path, "%" PRIu64 " bytes", (uint64_t)st.st_size);
		error_expected(err, "at most %" PRIu64, (uint64_t)HC_STAGING_SIZE);
		return HC_ERANGE;
	}
	blob->size = (uint64_t)st.st_size;
	blob->span = (blob->size + HC_PAGE_SIZE - 1) & ~(uint64_t)(HC_PAGE_SIZE - 1);
	return 0;
}

static int blob_map(const struct blob *blob, uint8_t *at, struct view *out, struct error *err)
{
	if (!blob->span)
		return 0;
	if (mmap(at, blob->size, PROT_READ, MAP_PRIVATE | MAP_FIXED, blob->fd, 0) == MAP_FAILED)
		return error_errno(err, blob->path, errno);
	*out = (struct view){at, (size_t)blob->size};
	return 0;
}

static int map_both(
	struct staging *s, const struct blob *kernel, const struct blob *initrd, struct error *err)
{
	uint64_t len = kernel->span + initrd->span;
	void *at;
	int rc;

	if (len > HC_STAGING_SIZE) {
		error_fail(err, HC_ERANGE, "kernel and initrd", "%" PRIu64 " bytes", len);
		error_expected(err, "at most %" PRIu64 " together", (uint64_t)HC_STAGING_SIZE);
		return HC_ERANGE;
	}
	at = mmap(NULL, len, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (at == MAP_FAILED)
		return error_errno(err, "mmap of the staging window", errno);
	s->host = at;
	s->len = (size_t)len;
	s->kernel_offset = 0;
	s->initrd_offset = kernel->span;
	rc = blob_map(kernel, s->host, &s->kernel, err);
	return rc ? rc : blob_map(initrd, s->host + kernel->span, &s->initrd, err);
}

int staging_open(struct staging *staging, const char *kernel_path, const char *initrd_path,
	struct error *err)
{
	struct blob kernel = {.fd = -1, .member = "boot-source.kernel_image_path, or --kernel"};
	struct blob initrd = {.fd = -1, .member = "boot-source.initrd_path, or --initrd"};
	int rc = blob_open(&kernel, kernel_path, err);

	*staging = (struct staging){0};
	if (!rc)
		rc = blob_open(&initrd, initrd_path, err);
	if (!rc)
		rc = map_both(staging, &kernel, &initrd, err);
	if (kernel.fd >= 0)
		close(kernel.fd);
	if (initrd.fd >= 0)
		close(initrd.fd);
	if (rc)
		staging_close(staging);
	return rc;
}

void staging_close(struct staging *staging)
{
	if (staging->host)
		munmap(staging->host, staging->len);
	*staging = (struct staging){0};
}
