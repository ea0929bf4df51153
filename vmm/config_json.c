/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading Firecracker's configuration file with the "confidential" object. Must never take a member
 * that nothing acts on for one that means something.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "vmm/config_internal.h"

#define CONFIG_DEPTH_MAX 8

static int member(
	const json_t *obj, const char *path, const char *name, char **slot, struct error *err)
{
	const char *value = NULL;
	int rc = json_opt_string(obj, path, name, &value, err);

	return rc || !value ? rc : vm_config_own(slot, value, err);
}

static int unsupported(const char *path, const char *name, const char *remedy, struct error *err)
{
	char where[96];

	snprintf(where, sizeof(where), "%s%s%s", path, *path ? "." : "", name);
	error_fail(err, HC_EUNSUPPORTED, where, "a value that is not the default");
	error_remedy(err, "%s", remedy);
	return HC_EUNSUPPORTED;
}

/* A string member that may only have one of these values (ending in NULL). */
static int only_values(const json_t *obj, const char *path, const char *name,
	const char *const *values, const char **out, struct error *err)
{
	char where[96];
	int rc = json_opt_string(obj, path, name, out, err);

	if (rc || !*out)
		return rc;
	for (; *values; values++)
		if (!strcmp(*out, *values))
			return 0;
	snprintf(where, sizeof(where), "%s.%s", path, name);
	error_fail(err, HC_EUNSUPPORTED, where, "\"%s\"", *out);
	error_remedy(err, "leave it out, or see the values in hc-vmm(1)");
	return HC_EUNSUPPORTED;
}

/* A boolean that only makes sense as false here. */
static int must_be_false(const json_t *obj, const char *path, const char *name, const char *remedy,
	struct error *err)
{
	bool value = false;
	int rc = json_opt_bool(obj, path, name, &value, err);

	return rc || !value ? rc : unsupported(path, name, remedy, err);
}

/* Absent, {} or []. Members that are null are gone already (drop_nulls). */
static bool is_empty(const json_t *value)
{
	return !value || (json_is_object(value) && !json_object_size(value)) ||
	       (json_is_array(value) && !json_array_size(value));
}

static int parse_boot_source(struct vm_config *c, const json_t *obj, struct error *err)
{
	static const char *const names[] = {"kernel_image_path", "initrd_path", "boot_args", NULL};
	const char *path = "boot-source";
	int rc = json_only(obj, path, names, err);

	if (!rc)
		rc = member(obj, path, "kernel_image_path", &c->kernel_path, err);
	if (!rc)
		rc = member(obj, path, "initrd_path", &c->initrd_path, err);
	if (!rc)
		rc = member(obj, path, "boot_args", &c->boot_args, err);
	return rc;
}

static int parse_machine(struct vm_config *c, const json_t *obj, struct error *err)
{
	/* ht_enabled: smt in Firecracker before 1.0. */
	static const char *const names[] = {"vcpu_count", "mem_size_mib", "smt", "ht_enabled",
		"cpu_template", "track_dirty_pages", "huge_pages", NULL};
	static const char *const no_template[] = {"None", NULL};
	static const char *const pages[] = {"None", "Transparent", NULL};
	const char *path = "machine-config", *ignored = NULL, *huge = NULL;
	uint64_t vcpus = c->vcpu_count, mib = c->ram_bytes / MIB;
	int rc = json_only(obj, path, names, err);

	if (!rc)
		rc = json_opt_u64(obj, path, "vcpu_count", 1, HC_VCPUS_MAX, &vcpus, err);
	if (!rc)
		rc = json_opt_u64(obj, path, "mem_size_mib", 1, HC_RAM_MAX / MIB, &mib, err);
	if (!rc)
		rc = must_be_false(obj, path, "smt", "every vCPU is a core here: false", err);
	if (!rc)
		rc = must_be_false(
			obj, path, "ht_enabled", "every vCPU is a core here: false", err);
	if (!rc)
		rc = must_be_false(obj, path, "track_dirty_pages",
			"there are no snapshots of confidential guests: false", err);
	if (!rc)
		rc = only_values(obj, path, "cpu_template", no_template, &ignored, err);
	if (!rc)
		rc = only_values(obj, path, "huge_pages", pages, &huge, err);
	if (rc)
		return rc;
	c->vcpu_count = (uint32_t)vcpus;
	c->ram_bytes = mib * MIB;
	if (huge)
		c->huge_pages = !strcmp(huge, "Transparent");
	return 0;
}

static int parse_drive(struct vm_config *c, const json_t *obj, const char *path, struct error *err)
{
	/*
	 * io_engine changes how the host reads, not what the guest sees, and a flush of the guest's
	 * is honoured with either cache_type: all values are taken.
	 */
	static const char *const names[] = {"drive_id", "path_on_host", "is_root_device",
		"is_read_only", "partuuid", "cache_type", "io_engine", "rate_limiter", "socket",
		NULL};
	static const char *const caches[] = {"Unsafe", "Writeback", NULL};
	static const char *const engines[] = {"Sync", "Async", NULL};
	const char *id = NULL, *file = NULL, *cache = NULL, *engine = NULL;
	struct vm_drive drive = {0};
	int rc = json_only(obj, path, names, err);

	if (!rc && !is_empty(json_object_get(obj, "rate_limiter")))
		rc = unsupported(path, "rate_limiter", "limit I/O with a cgroup (io.max)", err);
	if (!rc && json_object_get(obj, "socket"))
		rc = unsupported(path, "socket", "vhost-user is not built: use path_on_host", err);
	if (!rc)
		rc = json_get_string(obj, path, "drive_id", &id, err);
	if (!rc)
		rc = json_get_string(obj, path, "path_on_host", &file, err);
	if (!rc)
		rc = json_opt_bool(obj, path, "is_root_device", &drive.root, err);
	if (!rc)
		rc = json_opt_bool(obj, path, "is_read_only", &drive.read_only, err);
	if (!rc)
		rc = only_values(obj, path, "cache_type", caches, &cache, err);
	if (!rc)
		rc = only_values(obj, path, "io_engine", engines, &engine, err);
	if (!rc)
		rc = vm_config_own(&drive.id, id, err);
	if (!rc)
		rc = vm_config_own(&drive.path, file, err);
	if (!rc)
		rc = member(obj, path, "partuuid", &drive.partuuid, err);
	if (!rc)
		rc = vm_config_add_drive(c, &drive, err);
	vm_drive_fini(&drive);
	return rc;
}

static int parse_drives(struct vm_config *c, const json_t *list, struct error *err)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *obj = json_array_get(list, i);
		char path[32];
		int rc;

		snprintf(path, sizeof(path), "drives[%zu]", i);
		if (!json_is_object(obj))
			return error_fail(err, HC_EFORMAT, path, "no object");
		rc = parse_drive(c, obj, path, err);
		if (rc)
			return rc;
	}
	return 0;
}

static int parse_vsock(struct vm_config *c, const json_t *obj, struct error *err)
{
	static const char *const names[] = {"guest_cid", "uds_path", "vsock_id", NULL};
	const char *path = "vsock", *file = NULL, *id = NULL;
	uint64_t cid = 0;
	int rc = json_only(obj, path, names, err);

	if (!rc)
		rc = json_opt_string(obj, path, "vsock_id", &id, err);
	if (!rc)
		rc = json_get_u64(obj, path, "guest_cid", VSOCK_CID_MIN, VSOCK_CID_MAX, &cid, err);
	if (!rc)
		rc = json_get_string(obj, path, "uds_path", &file, err);
	if (!rc)
		rc = vm_config_own(&c->vsock_path, file, err);
	c->vsock_cid = (uint32_t)cid;
	return rc;
}

static int parse_logger(struct vm_config *c, const json_t *obj, struct error *err)
{
	/* Level and origin are fixed parts of a line, and there are no modules: read, no effect. */
	static const char *const names[] = {
		"log_path", "level", "show_level", "show_log_origin", "module", NULL};
	const char *path = "logger", *level = NULL, *module = NULL;
	bool ignored = false;
	int rc = json_only(obj, path, names, err);

	if (!rc)
		rc = json_opt_bool(obj, path, "show_level", &ignored, err);
	if (!rc)
		rc = json_opt_bool(obj, path, "show_log_origin", &ignored, err);
	if (!rc)
		rc = json_opt_string(obj, path, "module", &module, err);
	if (!rc)
		rc = member(obj, path, "log_path", &c->log_path, err);
	if (!rc)
		rc = json_opt_string(obj, path, "level", &level, err);
	return rc || !level ? rc : vm_config_log_level(c, level, err);
}

/* What the launch carries beside its pages. */
static int parse_identity(struct vm_config *c, const json_t *obj, struct error *err)
{
	const char *path = "confidential", *host_data = NULL;
	bool author = false;
	int rc = member(obj, path, "id_block", &c->id_block_path, err);

	if (!rc)
		rc = member(obj, path, "id_auth", &c->id_auth_path, err);
	if (!rc)
		rc = member(obj, path, "tenant_policy", &c->tenant_policy_path, err);
	if (!rc)
		rc = json_opt_bool(obj, path, "author_key", &author, err);
	if (!rc && json_object_get(obj, "author_key"))
		c->author_key = author ? VM_AUTHOR_KEY_YES : VM_AUTHOR_KEY_NO;
	if (!rc)
		rc = json_opt_string(obj, path, "host_data", &host_data, err);
	return rc || !host_data ? rc
				: vm_config_host_data(c, host_data, "confidential.host_data", err);
}

static int parse_confidential(struct vm_config *c, const json_t *obj, struct error *err)
{
	static const char *const names[] = {"platform", "firmware", "manifest", "sim_state",
		"memory", "memory_backing", "id_block", "id_auth", "author_key", "host_data",
		"tenant_policy", "guest_policy", "debug", "migration", "vcek", "cpuid",
		"certificates", "quote_service", "td_attributes", "mrconfigid", "mrowner",
		"mrownerconfig", NULL};
	static const char *const bounds[] = {"wide", "exact", NULL};
	const char *path = "confidential", *memory = NULL, *backing = NULL;
	int rc = json_only(obj, path, names, err);

	if (!rc)
		rc = member(obj, path, "platform", &c->platform, err);
	if (!rc)
		rc = member(obj, path, "firmware", &c->firmware_path, err);
	if (!rc)
		rc = member(obj, path, "manifest", &c->manifest_path, err);
	if (!rc)
		rc = member(obj, path, "sim_state", &c->sim_state, err);
	if (!rc)
		rc = member(obj, path, "quote_service", &c->quote_service, err);
	if (!rc)
		rc = parse_identity(c, obj, err);
	if (!rc)
		rc = vm_config_snp_parse(c, obj, err);
	if (!rc)
		rc = json_opt_string(obj, path, "memory_backing", &backing, err);
	if (!rc && backing)
		rc = vm_config_memory_backing(c, backing, "confidential.memory_backing", err);
	if (!rc)
		rc = vm_config_tdx_parse(c, obj, err);
	if (!rc)
		rc = only_values(obj, path, "memory", bounds, &memory, err);
	if (!rc && memory)
		c->ram_exact = !strcmp(memory, "exact");
	return rc;
}

/* Firecracker writes null for what is not set: the same as absent. */
static void drop_nulls(json_t *value, int depth)
{
	const char *key;
	json_t *child;
	void *next;
	size_t i;

	if (depth == CONFIG_DEPTH_MAX)
		return;
	json_object_foreach_safe(value, next, key, child)
	{
		if (json_is_null(child))
			json_object_del(value, key);
		else
			drop_nulls(child, depth + 1);
	}
	json_array_foreach(value, i, child) drop_nulls(child, depth + 1);
}

/* Parts of Firecracker's file that nothing here answers to: absent, null or empty. */
static int refuse_foreign_parts(const json_t *root, struct error *err)
{
	static const char *const parts[] = {"network-interfaces", "balloon", "metrics",
		"mmds-config", "entropy", "cpu-config", "pmem", "memory-hotplug", "serial", NULL};

	for (const char *const *p = parts; *p; p++) {
		const json_t *value = json_object_get(root, *p);

		/* An empty "entropy" asks Firecracker for the device. */
		if (is_empty(value) && !(value && !strcmp(*p, "entropy")))
			continue;
		error_fail(err, HC_EUNSUPPORTED, *p, "a value");
		error_remedy(err, "hc-vmm has no %s: remove it from the file", *p);
		return HC_EUNSUPPORTED;
	}
	return 0;
}

typedef int parse_fn(struct vm_config *, const json_t *, struct error *);

static int parse_part(struct vm_config *c, const json_t *root, const char *what, const char *name,
	parse_fn *parse, struct error *err)
{
	const json_t *obj = NULL;
	int rc = json_opt_object(root, what, name, &obj, err);

	return rc || !obj ? rc : parse(c, obj, err);
}

static int parse_root(struct vm_config *c, const json_t *root, const char *what, struct error *err)
{
	static const char *const names[] = {"boot-source", "machine-config", "drives", "vsock",
		"logger", "confidential", "network-interfaces", "balloon", "metrics", "mmds-config",
		"entropy", "cpu-config", "pmem", "memory-hotplug", "serial", NULL};
	const json_t *drives = NULL;
	int rc = json_only(root, what, names, err);

	if (!rc)
		rc = refuse_foreign_parts(root, err);
	if (!rc)
		rc = parse_part(c, root, what, "boot-source", parse_boot_source, err);
	if (!rc)
		rc = parse_part(c, root, what, "machine-config", parse_machine, err);
	if (!rc)
		rc = json_opt_array(root, what, "drives", &drives, err);
	if (!rc && drives)
		rc = parse_drives(c, drives, err);
	if (!rc)
		rc = parse_part(c, root, what, "vsock", parse_vsock, err);
	if (!rc)
		rc = parse_part(c, root, what, "logger", parse_logger, err);
	if (!rc)
		rc = parse_part(c, root, what, "confidential", parse_confidential, err);
	return rc;
}

static int parse_and_release(
	struct vm_config *config, json_t *root, const char *what, struct error *err)
{
	int rc;

	drop_nulls(root, 0);
	rc = parse_root(config, root, what, err);
	json_decref(root);
	return rc;
}

int vm_config_parse(
	struct vm_config *config, const char *text, size_t len, const char *what, struct error *err)
{
	json_t *root;
	int rc = len > VM_CONFIG_MAX ? error_fail(err, HC_ERANGE, what, "%zu bytes", len)
				     : json_parse_object(&root, text, len, what, err);

	return rc ? rc : parse_and_release(config, root, what, err);
}

int vm_config_load(struct vm_config *config, const char *path, struct error *err)
{
	json_t *root;
	int rc = json_load_object(&root, path, VM_CONFIG_MAX, err);

	return rc ? rc : parse_and_release(config, root, path, err);
}
