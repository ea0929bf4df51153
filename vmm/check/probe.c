/* SPDX-License-Identifier: Apache-2.0 */
/* Looking at this machine. Must change nothing on it. */
#include "vmm/check/probe.h"

#include <cap-ng.h>
#include <cpuid.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/seccomp.h>
#include <linux/vm_sockets.h>
#include <poll.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#define KLOG_READ_ALL      3
#define CONNECT_TIMEOUT_MS 1000

static int linux_read(void *ctx, const char *path, char *buf, size_t cap)
{
	/* A pipe or device in a file's place shall not hold us. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	size_t len = 0;
	ssize_t n = 1;

	(void)ctx;
	if (fd < 0)
		return -errno;
	while (n > 0 && len < cap - 1) {
		n = read(fd, buf + len, cap - 1 - len);
		if (n < 0 && errno == EINTR)
			n = 1;
		else if (n > 0)
			len += (size_t)n;
	}
	buf[len] = '\0';
	n = n < 0 ? -errno : (ssize_t)len;
	close(fd);
	return (int)n;
}

static void user_name(char out[CHECK_NAME_MAX], uid_t uid)
{
	const struct passwd *entry = getpwuid(uid);

	snprintf(out, CHECK_NAME_MAX, "%s", entry ? entry->pw_name : "?");
}

static int linux_stat(void *ctx, const char *path, struct check_file *out)
{
	const struct group *group;
	struct stat st;

	(void)ctx;
	if (stat(path, &st))
		return -errno;
	out->mode = st.st_mode;
	user_name(out->owner, st.st_uid);
	group = getgrgid(st.st_gid);
	snprintf(out->group, sizeof(out->group), "%s", group ? group->gr_name : "?");
	return 0;
}

static int linux_entry(void *ctx, const char *dir, const char *prefix, char *name, size_t cap)
{
	const struct dirent *entry;
	int rc = -ENOENT;
	DIR *d = opendir(dir);

	(void)ctx;
	if (!d)
		return -errno;
	while (rc && (entry = readdir(d)) != NULL)
		if (entry->d_name[0] != '.' && !strncmp(entry->d_name, prefix, strlen(prefix))) {
			snprintf(name, cap, "%s", entry->d_name);
			rc = 0;
		}
	closedir(d);
	return rc;
}

static int linux_msr(void *ctx, uint32_t msr, uint64_t *out)
{
	int fd = open("/dev/cpu/0/msr", O_RDONLY | O_CLOEXEC);
	ssize_t n;

	(void)ctx;
	if (fd < 0)
		return -errno;
	n = pread(fd, out, sizeof(*out), msr);
	n = n < 0 ? -errno : n == (ssize_t)sizeof(*out) ? 0 : -EIO;
	close(fd);
	return (int)n;
}

static int linux_log(void *ctx, char *buf, size_t cap)
{
	int n = klogctl(KLOG_READ_ALL, buf, (int)(cap - 1));

	(void)ctx;
	if (n < 0)
		return -errno;
	buf[n] = '\0';
	return n;
}

static int linux_uname(void *ctx, struct utsname *out)
{
	(void)ctx;
	return uname(out) ? -errno : 0;
}

static int linux_limit(void *ctx, int resource, struct rlimit *out)
{
	(void)ctx;
	return getrlimit((__rlimit_resource_t)resource, out) ? -errno : 0;
}

static int linux_user(void *ctx, struct check_user *out)
{
	(void)ctx;
	out->uid = geteuid();
	user_name(out->name, out->uid);
	out->limits_bind = capng_get_caps_process() ||
			   !capng_have_capability(CAPNG_EFFECTIVE, CAP_SYS_RESOURCE);
	return 0;
}

static int linux_seccomp(void *ctx)
{
	const uint32_t action = SECCOMP_RET_KILL_PROCESS;

	(void)ctx;
	return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) ? -errno : 0;
}

static int finish(int fd)
{
	struct pollfd wait = {.fd = fd, .events = POLLOUT};
	socklen_t len = sizeof(int);
	int error = 0, n;

	do
		n = poll(&wait, 1, CONNECT_TIMEOUT_MS);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return n ? -errno : -ETIMEDOUT;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len))
		return -errno;
	return -error;
}

static int connect_to(const struct sockaddr *to, socklen_t len)
{
	int fd = socket(to->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), rc = 0;

	if (fd < 0)
		return -errno;
	if (connect(fd, to, len))
		rc = errno == EINPROGRESS ? finish(fd) : -errno;
	close(fd);
	return rc;
}

static int linux_connect(void *ctx, const char *path, uint32_t cid, uint32_t port)
{
	const struct sockaddr_vm vm = {.svm_family = AF_VSOCK, .svm_cid = cid, .svm_port = port};
	struct sockaddr_un un = {.sun_family = AF_UNIX};

	(void)ctx;
	if (!path)
		return connect_to((const struct sockaddr *)&vm, sizeof(vm));
	if (strlen(path) >= sizeof(un.sun_path))
		return -ENAMETOOLONG;
	memcpy(un.sun_path, path, strlen(path));
	return connect_to((const struct sockaddr *)&un, sizeof(un));
}

static int linux_speed(void *ctx, uint64_t *loops_per_s)
{
	return speed_measure(&kvm_sys_linux, ctx, loops_per_s);
}

static void linux_cpuid(void *ctx, uint32_t leaf, uint32_t subleaf, uint32_t out[4])
{
	(void)ctx;
	__cpuid_count(leaf, subleaf, out[0], out[1], out[2], out[3]);
}

const struct check_ops probe_linux = {
	.kvm = &kvm_sys_linux,
	.read = linux_read,
	.stat = linux_stat,
	.entry = linux_entry,
	.msr = linux_msr,
	.log = linux_log,
	.uname = linux_uname,
	.limit = linux_limit,
	.user = linux_user,
	.seccomp = linux_seccomp,
	.connect = linux_connect,
	.speed = linux_speed,
	.cpuid = linux_cpuid,
};
