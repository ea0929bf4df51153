/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates for the guest. Must never hand out a half-written table, nor one whose key may have
 * changed before the report is signed.
 */
#include "vmm/platform/snp_certs.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ENTRY   24 /* GUID, offset, length */
#define GUID    16
#define SECTION "GHCB 2.03, 4.1.8.1"

/* GUIDs in the byte order in which they are printed (RFC 4122), as AMD's sev-guest writes them. */
static const struct {
	const char *name;
	uint8_t guid[GUID];
} kinds[SNP_CERT_KINDS] = {
	/* 63da758d-e664-4564-adc5-f4b93be8accd */
	[SNP_CERT_VCEK] = {"vcek.der", {0x63, 0xda, 0x75, 0x8d, 0xe6, 0x64, 0x45, 0x64, 0xad, 0xc5,
					       0xf4, 0xb9, 0x3b, 0xe8, 0xac, 0xcd}},
	/* a8074bc2-a25a-483e-aae6-39c045a0b8a1 */
	[SNP_CERT_VLEK] = {"vlek.der", {0xa8, 0x07, 0x4b, 0xc2, 0xa2, 0x5a, 0x48, 0x3e, 0xaa, 0xe6,
					       0x39, 0xc0, 0x45, 0xa0, 0xb8, 0xa1}},
	/* 4ab7b379-bbac-4fe4-a02f-05aef327c782 */
	[SNP_CERT_ASK] = {"ask.der", {0x4a, 0xb7, 0xb3, 0x79, 0xbb, 0xac, 0x4f, 0xe4, 0xa0, 0x2f,
					     0x05, 0xae, 0xf3, 0x27, 0xc7, 0x82}},
	/* c0b406a4-a803-4952-9743-3fb6014cd0ae */
	[SNP_CERT_ARK] = {"ark.der", {0xc0, 0xb4, 0x06, 0xa4, 0xa8, 0x03, 0x49, 0x52, 0x97, 0x43,
					     0x3f, 0xb6, 0x01, 0x4c, 0xd0, 0xae}},
};

static int too_big(const char *what, size_t cap, struct error *err)
{
	error_fail(err, HC_ERANGE, what, "more than %zu bytes", cap);
	error_expected(err, "what a guest offers room for");
	error_section(err, SECTION);
	return HC_ERANGE;
}

int snp_certs_build(uint8_t *out, size_t cap, size_t *len, const struct view cert[SNP_CERT_KINDS],
	struct error *err)
{
	size_t entries = 1, at, entry = 0;

	for (size_t i = 0; i < SNP_CERT_KINDS; i++)
		entries += cert[i].len != 0;
	at = entries * ENTRY;
	if (at > cap)
		return too_big("certificates", cap, err);
	memset(out, 0, at);
	for (size_t i = 0; i < SNP_CERT_KINDS; i++) {
		if (!cert[i].len)
			continue;
		if (cert[i].len > cap - at)
			return too_big("certificates", cap, err);
		memcpy(out + entry, kinds[i].guid, GUID);
		put_le32(out + entry + GUID, (uint32_t)at);
		put_le32(out + entry + GUID + 4, (uint32_t)cert[i].len);
		memcpy(out + at, cert[i].data, cert[i].len);
		entry += ENTRY;
		at += cert[i].len;
	}
	*len = at;
	return 0;
}

static int no_table(const char *found, size_t at, struct error *err)
{
	error_fail(err, HC_EFORMAT, "certificate table", "%s", found);
	error_expected(err, "entries with data behind them, a VCEK or VLEK among them");
	error_section(err, SECTION);
	return error_at(err, at);
}

int snp_certs_check(struct view table, struct error *err)
{
	size_t end = 0;
	bool signer = false;

	for (;; end += ENTRY) {
		if (end > table.len || table.len - end < ENTRY)
			return error_fail(err, HC_ETRUNCATED, "certificate table",
				"no entry of zeros in %zu bytes", table.len);
		if (bytes_all_zero(table.data + end, ENTRY))
			break;
		signer |= !memcmp(table.data + end, kinds[SNP_CERT_VCEK].guid, GUID) ||
			  !memcmp(table.data + end, kinds[SNP_CERT_VLEK].guid, GUID);
	}
	end += ENTRY;
	if (!signer)
		return no_table("no VCEK and no VLEK", 0, err);
	for (size_t at = 0; at < end - ENTRY; at += ENTRY) {
		const uint32_t offset = get_le32(table.data + at + GUID);
		const uint32_t len = get_le32(table.data + at + GUID + 4);

		if (offset < end || offset > table.len || len > table.len - offset || !len)
			return no_table("data outside the table, or none", at, err);
	}
	return 0;
}

/* All of a file, from its start; more than `cap` bytes is an error. */
static int read_all(int fd, uint8_t *out, size_t cap, size_t *len)
{
	uint8_t more;

	for (*len = 0; *len < cap;) {
		ssize_t n = pread(fd, out + *len, cap - *len, (off_t)*len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return 0;
		*len += (size_t)n;
	}
	return pread(fd, &more, 1, (off_t)cap) == 0 ? 0 : -EFBIG;
}

/*
 * A file that was replaced rather than written to: what is open here is nobody's any more, and its
 * lock keeps nobody out. By number, since the C library may use a call that takes paths.
 */
static bool replaced(int fd)
{
	struct stat st;

	return syscall(SYS_fstat, fd, &st) || !st.st_nlink;
}

static int stale(struct error *err)
{
	error_fail(err, HC_EMISMATCH, "certificates", "their file was replaced or removed");
	error_remedy(err, "write to the file itself, under its lock; start the guest again to have "
			  "the new one");
	return HC_EMISMATCH;
}

/* DER: one SEQUENCE that is all of the file; so half of one is not taken. */
static bool is_der(const uint8_t *p, size_t len)
{
	return len > 4 && p[0] == 0x30 && p[1] == 0x82 && (size_t)(p[2] << 8 | p[3]) == len - 4;
}

static int from_folder(struct snp_certs *c, size_t *len, struct error *err)
{
	struct view cert[SNP_CERT_KINDS] = {{0}};

	for (size_t i = 0; i < SNP_CERT_KINDS; i++) {
		size_t n;
		int rc;

		if (c->file[i] < 0)
			continue;
		rc = read_all(c->file[i], c->part[i], sizeof(c->part[i]), &n);
		if (rc)
			return error_errno(err, kinds[i].name, -rc);
		if (!is_der(c->part[i], n)) {
			error_fail(err, HC_EFORMAT, kinds[i].name, "%zu bytes that are not it", n);
			error_expected(err, "one certificate in DER");
			return HC_EFORMAT;
		}
		cert[i] = (struct view){c->part[i], n};
	}
	return snp_certs_build(c->blob, sizeof(c->blob), len, cert, err);
}

/* Into c->blob. */
static int load(struct snp_certs *c, size_t *len, struct error *err)
{
	int rc;

	if (replaced(c->lock_file))
		return stale(err);
	if (c->table < 0)
		return from_folder(c, len, err);
	rc = read_all(c->table, c->blob, sizeof(c->blob), len);
	if (rc)
		return error_errno(err, "certificate table", -rc);
	return snp_certs_check((struct view){c->blob, *len}, err);
}

/* A file of a folder; absent is no error here. */
static int open_part(int folder, const char *name, int *fd, struct error *err)
{
	struct stat st;

	*fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (*fd < 0)
		return errno == ENOENT ? 0 : error_errno(err, name, errno);
	if (!fstat(*fd, &st) && S_ISREG(st.st_mode))
		return 0;
	return error_fail(err, HC_EFORMAT, name, "not a regular file");
}

static int open_folder(struct snp_certs *c, int folder, const char *path, struct error *err)
{
	int rc = 0;

	for (size_t i = 0; i < SNP_CERT_KINDS && !rc; i++)
		rc = open_part(folder, kinds[i].name, &c->file[i], err);
	if (rc)
		return rc;
	if ((c->file[SNP_CERT_VCEK] < 0) == (c->file[SNP_CERT_VLEK] < 0)) {
		error_fail(err, HC_EMISSING, path, "%s",
			c->file[SNP_CERT_VCEK] < 0 ? "neither vcek.der nor vlek.der"
						   : "both vcek.der and vlek.der");
		error_expected(err, "the one that signs this machine's reports");
		return HC_EMISSING;
	}
	c->lock_file = c->file[SNP_CERT_VCEK] < 0 ? c->file[SNP_CERT_VLEK] : c->file[SNP_CERT_VCEK];
	return 0;
}

static int open_path(struct snp_certs *c, const char *path, struct error *err)
{
	struct stat st;
	int rc, fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0 || fstat(fd, &st)) {
		error_errno(err, path, errno);
		error_remedy(err, "check confidential.certificates, or --certificates");
		if (fd >= 0)
			close(fd);
		return HC_EIO;
	}
	if (S_ISDIR(st.st_mode)) {
		rc = open_folder(c, fd, path, err);
		close(fd);
		return rc;
	}
	c->table = c->lock_file = fd;
	return S_ISREG(st.st_mode) ? 0 : error_fail(err, HC_EFORMAT, path, "not a regular file");
}

void snp_certs_init(struct snp_certs *c)
{
	/* 0 is somebody's: all of them. */
	c->table = c->lock_file = -1;
	for (size_t i = 0; i < SNP_CERT_KINDS; i++)
		c->file[i] = -1;
	c->holders = 0;
	c->complained = c->complained_of_guest = false;
	pthread_mutex_init(&c->lock, NULL);
}

int snp_certs_open(struct snp_certs *c, const char *path, const struct log *log, struct error *err)
{
	size_t len;
	int rc;

	c->log = log;
	rc = open_path(c, path, err);
	if (!rc)
		rc = load(c, &len, err);
	if (rc)
		snp_certs_close(c);
	return rc;
}

void snp_certs_close(struct snp_certs *c)
{
	if (c->table >= 0)
		close(c->table);
	for (size_t i = 0; i < SNP_CERT_KINDS; i++) {
		if (c->table < 0 && c->file[i] >= 0)
			close(c->file[i]);
		c->file[i] = -1;
	}
	c->table = c->lock_file = -1;
}

/* Of the open file: all vCPUs hold it together. 0 or -errno. */
static int set_lock(struct snp_certs *c, short type)
{
	struct flock lock = {.l_type = type, .l_whence = SEEK_SET};

	return fcntl(c->lock_file, F_OFD_SETLK, &lock) ? -errno : 0;
}

/* Once: the files stay wrong until somebody changes them, and a guest may go on for ever. */
static uint64_t failed(struct snp_certs *c, bool *complained, const struct error *err)
{
	if (!*complained)
		log_error(c->log, "certificates that the guest asked for", err);
	*complained = true;
	return EIO;
}

static uint64_t hand_over(
	struct snp_certs *c, const struct guest_memory *mem, uint64_t gpa, uint64_t *npages)
{
	struct error err;
	size_t len;

	if (load(c, &len, &err))
		return failed(c, &c->complained, &err);
	c->complained = false;
	if ((len + HC_PAGE_SIZE - 1) / HC_PAGE_SIZE > *npages) {
		*npages = (len + HC_PAGE_SIZE - 1) / HC_PAGE_SIZE;
		return ENOSPC;
	}
	if (!guest_memory_write(mem, gpa, c->blob, len))
		return 0;
	error_fail(&err, HC_ERANGE, "memory for certificates", "0x%" PRIx64, gpa);
	error_expected(&err, "%zu bytes of shared RAM", len);
	return failed(c, &c->complained_of_guest, &err);
}

uint64_t snp_certs_answer(
	struct snp_certs *c, const struct guest_memory *mem, uint64_t gpa, uint64_t *npages)
{
	uint64_t answer = EAGAIN;
	struct error err;
	int rc;

	pthread_mutex_lock(&c->lock);
	rc = c->holders ? 0 : set_lock(c, F_RDLCK);
	if (rc && rc != -EAGAIN && rc != -EACCES) {
		error_errno(&err, "lock of the certificates", -rc);
		answer = failed(c, &c->complained, &err);
	} else if (!rc) {
		answer = hand_over(c, mem, gpa, npages);
		if (!answer)
			c->holders++;
		else if (!c->holders)
			(void)set_lock(c, F_UNLCK);
	}
	pthread_mutex_unlock(&c->lock);
	return answer;
}

void snp_certs_release(struct snp_certs *c)
{
	pthread_mutex_lock(&c->lock);
	if (!--c->holders)
		(void)set_lock(c, F_UNLCK);
	pthread_mutex_unlock(&c->lock);
}
