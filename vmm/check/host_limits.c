/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Limits on this process: of the kind of ulimit, and of its control groups, where each group above
 * counts too: the tightest is the one that holds.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "vmm/check/host.h"

#define CGROUP_FILE 16384
#define GROUP_PATH  1024

static struct fact soft_limit(const struct check_probe *probe, int resource)
{
	struct rlimit limit = {0};
	struct fact f = {.rc = probe->ops->limit(probe->ctx, resource, &limit)};

	f.value = limit.rlim_cur == RLIM_INFINITY ? HOST_UNLIMITED : limit.rlim_cur;
	return f;
}

/* Is `word` among the words of a list with commas? */
static bool in_list(const char *list, size_t len, const char *word)
{
	const size_t n = strlen(word);

	for (size_t i = 0; i + n <= len; i++)
		if ((!i || list[i - 1] == ',') && !strncmp(list + i, word, n) &&
			(i + n == len || list[i + n] == ','))
			return true;
	return false;
}

/*
 * /proc/self/mountinfo (proc(5)): where the hierarchy is mounted, and which group is its root. For
 * version 1 the one that has `controller` among its options.
 */
static bool find_mount(
	const char *mounts, const char *controller, char root[GROUP_PATH], char at[GROUP_PATH])
{
	for (const char *p = mounts; *p; p += strcspn(p, "\n"), p += *p == '\n') {
		const size_t len = strcspn(p, "\n");
		const char *dash = memmem(p, len, " - ", 3), *options;

		if (!dash || sscanf(p, "%*s %*s %*s %1023s %1023s", root, at) != 2)
			continue;
		dash += 3;
		if (!controller && !strncmp(dash, "cgroup2 ", 8))
			return true;
		if (!controller || strncmp(dash, "cgroup ", 7))
			continue;
		options = memrchr(dash, ' ', len - (size_t)(dash - p));
		if (options && in_list(options + 1, (size_t)(p + len - options - 1), controller))
			return true;
	}
	return false;
}

/* /proc/self/cgroup: this process's group, "HIERARCHY:CONTROLLERS:PATH" a line. */
static bool find_group(const char *groups, const char *controller, char path[GROUP_PATH])
{
	for (const char *p = groups; *p; p += strcspn(p, "\n"), p += *p == '\n') {
		const char *list = strchr(p, ':'), *rest = list ? strchr(list + 1, ':') : NULL;
		size_t len;

		if (!rest)
			continue;
		len = strcspn(rest + 1, "\n");
		if (len >= GROUP_PATH)
			continue;
		if (controller ? !in_list(list + 1, (size_t)(rest - list - 1), controller)
			       : strncmp(p, "0::", 3) != 0)
			continue;
		memcpy(path, rest + 1, len);
		path[len] = '\0';
		return true;
	}
	return false;
}

struct hierarchy {
	const struct check_probe *probe;
	char group[2 * GROUP_PATH]; /* this process's group, as a folder */
	size_t root;                /* length of the folder of the outermost that is seen */
};

static bool find(
	struct hierarchy *h, const char *groups, const char *mounts, const char *controller)
{
	char root[GROUP_PATH], at[GROUP_PATH], path[GROUP_PATH];
	const char *below = path;

	if (!find_mount(mounts, controller, root, at) || !find_group(groups, controller, path))
		return false;
	if (strcmp(root, "/") && !strncmp(path, root, strlen(root)))
		below = path + strlen(root);
	snprintf(h->group, sizeof(h->group), "%s%s", at, strcmp(below, "/") ? below : "");
	h->root = strlen(at);
	return true;
}

/* The tightest of one limit, from this group outwards. -ENOENT: no group has that file. */
static struct fact tightest(const struct hierarchy *h, const char *file)
{
	struct fact least = {.rc = -ENOENT, .value = HOST_UNLIMITED};
	char path[2 * GROUP_PATH + 64];

	for (size_t len = strlen(h->group); len >= h->root && len > 0;) {
		struct fact f;

		snprintf(path, sizeof(path), "%.*s/%s", (int)len, h->group, file);
		f = host_read_number(h->probe, path, 10);
		if (f.rc && f.rc != -ENOENT)
			return f;
		if (!f.rc) {
			least.rc = 0;
			least.value = f.value < least.value ? f.value : least.value;
		}
		do
			len--;
		while (len > h->root && h->group[len] != '/');
	}
	return least;
}

/* Lines "NAME NUMBER" of the misc controller, in this group. */
static struct fact misc(const struct hierarchy *h, const char *file, const char *name)
{
	char path[2 * GROUP_PATH + 64], text[512], key[32];
	struct fact f = {0};
	const char *value;

	snprintf(path, sizeof(path), "%s/%s", h->group, file);
	f.rc = h->probe->ops->read(h->probe->ctx, path, text, sizeof(text));
	if (f.rc < 0)
		return f;
	snprintf(key, sizeof(key), "%s ", name);
	value = host_line(text, key);
	f.rc = value ? 0 : -ENOENT;
	if (value)
		f.value = strncmp(value, "max", 3) ? strtoull(value, NULL, 10) : HOST_UNLIMITED;
	return f;
}

/* The root group has no misc.max: there the machine's capacity is the limit. */
static struct fact misc_max(const struct hierarchy *h, const char *name)
{
	struct fact f = misc(h, "misc.max", name);

	return f.rc == -ENOENT ? misc(h, "misc.capacity", name) : f;
}

static void read_misc(struct host_limits *l, const struct hierarchy *h)
{
	l->sev_es_max = misc_max(h, "sev_es");
	l->sev_es_used = misc(h, "misc.current", "sev_es");
	l->tdx_max = misc_max(h, "tdx");
	l->tdx_used = misc(h, "misc.current", "tdx");
}

static void read_groups(struct host_limits *l, const struct check_probe *probe, const char *groups,
	const char *mounts)
{
	struct hierarchy h = {.probe = probe};

	/* A machine may have both; a controller belongs to one of them. */
	if (find(&h, groups, mounts, "memory")) {
		l->cgroup_version = 1;
		l->memory = tightest(&h, "memory.limit_in_bytes");
	}
	if (find(&h, groups, mounts, "pids")) {
		l->cgroup_version = 1;
		l->pids = tightest(&h, "pids.max");
	}
	if (find(&h, groups, mounts, "misc"))
		read_misc(l, &h);
	if (!find(&h, groups, mounts, NULL))
		return;
	if (!l->cgroup_version) {
		l->cgroup_version = 2;
		l->memory = tightest(&h, "memory.max");
		l->pids = tightest(&h, "pids.max");
	}
	if (l->sev_es_max.rc)
		read_misc(l, &h);
}

/* Version 1 writes "no limit" as the largest multiple of a page. */
#define VERSION_1_UNLIMITED 0x7ffffffffffff000ull

void host_read_limits(struct host *host, const struct check_probe *probe)
{
	struct host_limits *l = &host->limits;
	char groups[CGROUP_FILE], mounts[CGROUP_FILE];
	const struct fact none = {.rc = -ENOENT};
	int rc;

	l->files = soft_limit(probe, RLIMIT_NOFILE);
	l->processes = soft_limit(probe, RLIMIT_NPROC);
	l->locked = soft_limit(probe, RLIMIT_MEMLOCK);
	l->address_space = soft_limit(probe, RLIMIT_AS);
	l->pids = l->memory = l->sev_es_max = l->sev_es_used = l->tdx_max = l->tdx_used = none;
	rc = probe->ops->read(probe->ctx, "/proc/self/cgroup", groups, sizeof(groups));
	if (rc >= 0)
		rc = probe->ops->read(probe->ctx, "/proc/self/mountinfo", mounts, sizeof(mounts));
	if (rc < 0) {
		l->pids.rc = l->memory.rc = rc;
		return;
	}
	read_groups(l, probe, groups, mounts);
	if (!l->memory.rc && l->memory.value >= VERSION_1_UNLIMITED)
		l->memory.value = HOST_UNLIMITED;
}
