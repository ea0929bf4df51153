/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guest's configuration once it is read: overrides, limits, and what follows from it for the
 * manifest. Must give hc-vmm and hc-measure the same answers for the same file.
 */
#include "vmm/config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/hex.h"
#include "vmm/config_internal.h"
#include "vmm/quote/quote_address.h"

#define DEFAULT_CMDLINE    "console=ttyS0 quiet panic=1"
#define PCI_OFF            "pci=off"
#define VIRTIO_ID_BLOCK    2
#define VIRTIO_ID_VSOCK    19
#define MANIFEST_DEVICE_RO 1u

static const struct {
	const char *name;
	enum hc_platform id;
} platform_names[] = {
	{"plain", HC_PLATFORM_PLAIN},
	{"sev-snp", HC_PLATFORM_SNP},
	{"tdx", HC_PLATFORM_TDX},
	{"sim-snp", HC_PLATFORM_SIM_SNP},
	{"sim-tdx", HC_PLATFORM_SIM_TDX},
};

void vm_config_init(struct vm_config *config)
{
	memset(config, 0, sizeof(*config));
	config->vcpu_count = 1;
	config->ram_bytes = 128 * MIB;
	config->log_level = LOG_LEVEL_INFO;
	vm_config_snp_init(config);
}

void vm_drive_fini(struct vm_drive *drive)
{
	free(drive->id);
	free(drive->path);
	free(drive->partuuid);
	memset(drive, 0, sizeof(*drive));
}

void vm_config_fini(struct vm_config *config)
{
	free(config->kernel_path);
	free(config->initrd_path);
	free(config->boot_args);
	for (size_t i = 0; i < config->drive_count; i++)
		vm_drive_fini(&config->drive[i]);
	free(config->vsock_path);
	free(config->log_path);
	free(config->platform);
	free(config->firmware_path);
	free(config->sim_state);
	free(config->manifest_path);
	free(config->id_block_path);
	free(config->id_auth_path);
	free(config->tenant_policy_path);
	free(config->snp.certificates_path);
	free(config->quote_service);
	memset(config, 0, sizeof(*config));
}

int vm_config_own(char **slot, const char *value, struct error *err)
{
	char *copy = strdup(value);

	if (!copy)
		return error_fail(err, HC_ENOMEM, "configuration", "%zu bytes", strlen(value));
	free(*slot);
	*slot = copy;
	return 0;
}

int vm_config_add_drive(struct vm_config *c, struct vm_drive *drive, struct error *err)
{
	size_t at = drive->root ? 0 : c->drive_count;

	for (size_t i = 0; i < c->drive_count; i++) {
		if (!strcmp(c->drive[i].id, drive->id))
			return error_fail(
				err, HC_EFORMAT, "drives.drive_id", "\"%s\" twice", drive->id);
		if (drive->root && c->drive[i].root)
			return error_fail(err, HC_EFORMAT, "drives.is_root_device",
				"\"%s\" and \"%s\"", c->drive[i].id, drive->id);
	}
	if (c->drive_count == VM_DRIVES_MAX)
		return error_fail(err, HC_ERANGE, "drives", "more than %d", VM_DRIVES_MAX);
	memmove(&c->drive[at + 1], &c->drive[at], (c->drive_count - at) * sizeof(*drive));
	c->drive[at] = *drive;
	c->drive_count++;
	memset(drive, 0, sizeof(*drive));
	return 0;
}

int vm_config_host_data(struct vm_config *c, const char *hex, const char *where, struct error *err)
{
	int rc = hex_decode(c->host_data, sizeof(c->host_data), hex, where, err);

	c->has_host_data = !rc;
	return rc;
}

int vm_config_memory_backing(
	struct vm_config *c, const char *text, const char *where, struct error *err)
{
	c->guest_memfd = !strcmp(text, "guest_memfd");
	if (c->guest_memfd || !strcmp(text, "anonymous"))
		return 0;
	error_fail(err, HC_EUNSUPPORTED, where, "\"%s\"", text);
	error_expected(err, "anonymous or guest_memfd");
	return HC_EUNSUPPORTED;
}

int vm_config_log_level(struct vm_config *c, const char *text, struct error *err)
{
	c->log_off = !strcasecmp(text, "Off");
	if (c->log_off)
		return 0;
	/* Nothing is finer than Debug here. */
	return log_level_parse(&c->log_level, strcasecmp(text, "Trace") ? text : "Debug", err);
}

static int number(const char *what, const char *text, uint64_t min, uint64_t max, uint64_t *out,
	struct error *err)
{
	char *end;

	errno = 0;
	*out = strtoull(text, &end, 10);
	/* strtoull takes signs and spaces, and wraps negative numbers: only digits here. */
	if (*text < '0' || *text > '9' || *end || errno || *out < min || *out > max) {
		error_fail(err, HC_EUSAGE, what, "\"%s\"", text);
		error_expected(err, "a number from %llu to %llu", (unsigned long long)min,
			(unsigned long long)max);
		return HC_EUSAGE;
	}
	return 0;
}

static bool option_word(const char *word, size_t len, const char *name)
{
	return len == strlen(name) && !strncmp(word, name, len);
}

/* PATH[,ro][,root] */
static int set_drive(struct vm_config *c, const char *value, struct error *err)
{
	struct vm_drive drive = {0};
	const char *comma = strchrnul(value, ',');
	int rc = 0;

	for (const char *w = comma; *w && !rc; w = strchrnul(w + 1, ',')) {
		size_t len = (size_t)(strchrnul(w + 1, ',') - w - 1);

		if (option_word(w + 1, len, "ro"))
			drive.read_only = true;
		else if (option_word(w + 1, len, "root"))
			drive.root = true;
		else
			rc = error_fail(err, HC_EUSAGE, "--drive", "\"%.*s\"", (int)len, w + 1);
	}
	drive.path = rc ? NULL : strndup(value, (size_t)(comma - value));
	if (!rc && (!drive.path || asprintf(&drive.id, "drive%zu", c->drive_count) < 0)) {
		drive.id = NULL;
		rc = error_fail(err, HC_ENOMEM, "--drive", "no memory");
	}
	if (!rc)
		rc = vm_config_add_drive(c, &drive, err);
	vm_drive_fini(&drive);
	return rc;
}

/* CID:PATH */
static int set_vsock(struct vm_config *c, const char *value, struct error *err)
{
	const char *colon = strchr(value, ':');
	char text[16];
	uint64_t cid;
	int rc;

	if (!colon || (size_t)(colon - value) >= sizeof(text) || !colon[1]) {
		error_fail(err, HC_EUSAGE, "--vsock", "\"%s\"", value);
		error_expected(err, "CID:PATH");
		return HC_EUSAGE;
	}
	memcpy(text, value, (size_t)(colon - value));
	text[colon - value] = '\0';
	rc = number("--vsock", text, VSOCK_CID_MIN, VSOCK_CID_MAX, &cid, err);
	if (rc)
		return rc;
	c->vsock_cid = (uint32_t)cid;
	return vm_config_own(&c->vsock_path, colon + 1, err);
}

static int set_number(struct vm_config *c, const char *option, const char *value, struct error *err)
{
	uint64_t n;
	bool vcpus = !strcmp(option, "vcpus");
	int rc = number(option, value, 1, vcpus ? HC_VCPUS_MAX : HC_RAM_MAX / MIB, &n, err);

	if (rc)
		return rc;
	if (vcpus)
		c->vcpu_count = (uint32_t)n;
	else
		c->ram_bytes = n * MIB;
	return 0;
}

int vm_config_set(
	struct vm_config *config, const char *option, const char *value, struct error *err)
{
	const struct {
		const char *name;
		char **slot;
	} strings[] = {
		{"kernel", &config->kernel_path},
		{"initrd", &config->initrd_path},
		{"cmdline", &config->boot_args},
		{"platform", &config->platform},
		{"firmware", &config->firmware_path},
		{"sim-state", &config->sim_state},
		{"manifest", &config->manifest_path},
		{"id-block", &config->id_block_path},
		{"id-auth", &config->id_auth_path},
		{"tenant-policy", &config->tenant_policy_path},
		{"quote-service", &config->quote_service},
		{"log", &config->log_path},
	};

	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
		if (!strcmp(option, strings[i].name))
			return vm_config_own(strings[i].slot, value, err);
	if (!strcmp(option, "vcpus") || !strcmp(option, "memory"))
		return set_number(config, option, value, err);
	if (!strcmp(option, "log-level"))
		return vm_config_log_level(config, value, err);
	if (!strcmp(option, "memory-backing"))
		return vm_config_memory_backing(config, value, "--memory-backing", err);
	if (!strcmp(option, "host-data"))
		return vm_config_host_data(config, value, "--host-data", err);
	if (!strcmp(option, "drive"))
		return set_drive(config, value, err);
	if (!strcmp(option, "vsock"))
		return set_vsock(config, value, err);
	return vm_config_snp_set(config, option, value, err);
}

/* An empty path would fail much later, with a message that does not say which. */
static int check_paths(const struct vm_config *config, struct error *err)
{
	const struct {
		const char *name, *path;
	} paths[] = {
		{"boot-source.kernel_image_path", config->kernel_path},
		{"boot-source.initrd_path", config->initrd_path},
		{"vsock.uds_path", config->vsock_path},
		{"logger.log_path", config->log_path},
		{"confidential.firmware", config->firmware_path},
		{"confidential.manifest", config->manifest_path},
		{"confidential.sim_state", config->sim_state},
		{"confidential.id_block", config->id_block_path},
		{"confidential.id_auth", config->id_auth_path},
		{"confidential.tenant_policy", config->tenant_policy_path},
		{"confidential.certificates", config->snp.certificates_path},
	};
	const char *name = NULL;

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (paths[i].path && !paths[i].path[0])
			name = paths[i].name;
	for (size_t i = 0; i < config->drive_count; i++)
		if (!config->drive[i].path[0])
			name = "drives.path_on_host";
	if (!name)
		return 0;
	error_fail(err, HC_EFORMAT, name, "an empty string");
	error_remedy(err, "name a file, or leave the member out");
	return HC_EFORMAT;
}

static int alone(const char *member, const char *without, struct error *err)
{
	error_fail(err, HC_EMISSING, member, "given, and no %s", without);
	error_remedy(err, "an ID block comes with its ID authentication information: give both");
	return HC_EMISSING;
}

/* Nothing is taken that nobody will act on. */
static int check_identity(const struct vm_config *c, enum hc_platform platform, struct error *err)
{
	const char *given = c->id_block_path        ? "confidential.id_block"
			    : c->id_auth_path       ? "confidential.id_auth"
			    : c->author_key         ? "confidential.author_key"
			    : c->has_host_data      ? "confidential.host_data"
			    : c->tenant_policy_path ? "confidential.tenant_policy"
						    : NULL;
	const bool snp = platform == HC_PLATFORM_SNP || platform == HC_PLATFORM_SIM_SNP;

	/* A TD has a place for the policy's digest: MRCONFIGID. */
	if (given && !snp &&
		!(platform == HC_PLATFORM_TDX && !strcmp(given, "confidential.tenant_policy"))) {
		error_fail(
			err, HC_EUNSUPPORTED, given, "on platform %s", fw_platform_name(platform));
		error_expected(err, "sev-snp or sim-snp: no other launch has a place for it");
		return HC_EUNSUPPORTED;
	}
	if (c->id_block_path && !c->id_auth_path)
		return alone("confidential.id_block", "id_auth", err);
	if (!c->id_block_path && (c->id_auth_path || c->author_key))
		return alone(given, "id_block", err);
	if (!c->has_host_data || !c->tenant_policy_path)
		return 0;
	error_fail(err, HC_EFORMAT, "confidential.host_data", "given, and tenant_policy too");
	error_remedy(err, "there is one HOST_DATA: give the digest, or the policy it is of");
	return HC_EFORMAT;
}

static int check_quote_service(
	const struct vm_config *c, enum hc_platform platform, struct error *err)
{
	struct quote_address address;

	if (!c->quote_service)
		return 0;
	if (platform != HC_PLATFORM_TDX) {
		error_fail(err, HC_EUNSUPPORTED, "confidential.quote_service", "on platform %s",
			fw_platform_name(platform));
		error_expected(err, "tdx: no other guest asks for quotes");
		return HC_EUNSUPPORTED;
	}
	return quote_address_parse(&address, c->quote_service, "confidential.quote_service", err);
}

/* Which backing there is, is a choice where nothing protects memory only. */
static int check_backing(const struct vm_config *c, enum hc_platform platform, struct error *err)
{
	const char *member = "confidential.memory_backing";

	if (!c->guest_memfd)
		return 0;
	if (platform == HC_PLATFORM_SNP || platform == HC_PLATFORM_TDX) {
		error_fail(
			err, HC_EUNSUPPORTED, member, "on platform %s", fw_platform_name(platform));
		error_remedy(err, "leave it out: private memory is a guest_memfd there anyway");
		return HC_EUNSUPPORTED;
	}
	if (!c->huge_pages)
		return 0;
	error_fail(err, HC_EUNSUPPORTED, member, "\"guest_memfd\", and huge_pages");
	error_remedy(err, "machine-config.huge_pages: None; a guest_memfd has small pages only");
	return HC_EUNSUPPORTED;
}

int vm_config_check(const struct vm_config *config, struct error *err)
{
	char cmdline[HC_CMDLINE_MAX + 1];
	enum hc_platform platform;
	int rc;

	if (!config->kernel_path) {
		error_fail(err, HC_EMISSING, "boot-source.kernel_image_path", "no such member");
		error_remedy(err, "name the guest's kernel there, or with --kernel");
		return HC_EMISSING;
	}
	if (config->ram_bytes < HC_RAM_MIN || config->ram_bytes % HC_RAM_ALIGN) {
		error_fail(err, HC_ERANGE, "machine-config.mem_size_mib", "%llu",
			(unsigned long long)(config->ram_bytes / MIB));
		error_expected(err, "an even number, at least %llu", HC_RAM_MIN / MIB);
		return HC_ERANGE;
	}
	rc = check_paths(config, err);
	if (!rc)
		rc = vm_config_platform(config, &platform, err);
	if (!rc)
		rc = check_identity(config, platform, err);
	if (!rc)
		rc = vm_config_snp_check(config, platform, err);
	if (!rc)
		rc = check_quote_service(config, platform, err);
	if (!rc)
		rc = check_backing(config, platform, err);
	if (!rc)
		rc = vm_config_tdx_check(config, platform, err);
	if (!rc)
		rc = vm_config_cmdline(config, cmdline, err);
	return rc;
}

int vm_config_platform(const struct vm_config *config, enum hc_platform *out, struct error *err)
{
	const char *name = config->platform ? config->platform : "plain";

	for (size_t i = 0; i < sizeof(platform_names) / sizeof(platform_names[0]); i++)
		if (!strcmp(name, platform_names[i].name)) {
			*out = platform_names[i].id;
			return 0;
		}
	error_fail(err, HC_EUNSUPPORTED, "confidential.platform", "\"%s\"", name);
	error_expected(err, "plain, sev-snp, tdx or sim-snp");
	return HC_EUNSUPPORTED;
}

/* The next word of a command line, with the spaces before it; NULL at the end. */
static const char *next_word(const char **text, size_t *len)
{
	const char *start = *text + strspn(*text, " \t\n");

	*len = strcspn(start, " \t\n");
	*text = start + *len;
	return *len ? start : NULL;
}

bool vm_config_drops_pci_off(const struct vm_config *config)
{
	const char *text = config->boot_args, *word;
	size_t len;

	while (text && (word = next_word(&text, &len)))
		if (option_word(word, len, PCI_OFF))
			return true;
	return false;
}

/* Append `text`, after a space unless it is the first. */
static int append(char out[HC_CMDLINE_MAX + 1], const char *text, size_t len, struct error *err)
{
	size_t have = strlen(out), space = have ? 1 : 0;

	if (len > HC_CMDLINE_MAX - have || space > HC_CMDLINE_MAX - have - len) {
		error_fail(err, HC_ERANGE, "boot-source.boot_args", "%zu bytes or more",
			have + len + space);
		error_expected(err, "at most %d bytes", HC_CMDLINE_MAX);
		return HC_ERANGE;
	}
	if (space)
		out[have] = ' ';
	memcpy(out + have + space, text, len);
	out[have + space + len] = '\0';
	return 0;
}

static int append_root(const struct vm_drive *root, char out[HC_CMDLINE_MAX + 1], struct error *err)
{
	const char *mode = root->read_only ? "ro" : "rw";
	int rc;

	if (root->partuuid) {
		char name[96];
		int len = snprintf(name, sizeof(name), "root=PARTUUID=%s", root->partuuid);

		if (len < 0 || (size_t)len >= sizeof(name) || strpbrk(root->partuuid, " \t\n"))
			return error_fail(
				err, HC_EFORMAT, "drives.partuuid", "\"%.40s\"", root->partuuid);
		rc = append(out, name, (size_t)len, err);
	} else {
		rc = append(out, "root=/dev/vda", strlen("root=/dev/vda"), err);
	}
	return rc ? rc : append(out, mode, 2, err);
}

int vm_config_cmdline(
	const struct vm_config *config, char out[HC_CMDLINE_MAX + 1], struct error *err)
{
	const char *text = config->boot_args ? config->boot_args : DEFAULT_CMDLINE, *word;
	int rc = 0;

	memset(out, 0, HC_CMDLINE_MAX + 1);
	if (!vm_config_drops_pci_off(config)) {
		rc = append(out, text, strlen(text), err);
	} else {
		size_t len;

		while (!rc && (word = next_word(&text, &len)))
			if (!option_word(word, len, PCI_OFF))
				rc = append(out, word, len, err);
	}
	if (!rc && config->drive_count && config->drive[0].root)
		rc = append_root(&config->drive[0], out, err);
	return rc;
}

size_t vm_config_devices(
	const struct vm_config *config, struct hc_manifest_device out[HC_DEVICES_MAX])
{
	size_t n = 0;

	memset(out, 0, HC_DEVICES_MAX * sizeof(out[0]));
	for (; n < config->drive_count; n++) {
		out[n].slot = (uint8_t)(n + 1);
		out[n].virtio_id = VIRTIO_ID_BLOCK;
		out[n].flags = config->drive[n].read_only ? MANIFEST_DEVICE_RO : 0;
	}
	if (config->vsock_path) {
		out[n].slot = (uint8_t)(n + 1);
		out[n].virtio_id = VIRTIO_ID_VSOCK;
		n++;
	}
	return n;
}

int vm_config_inputs(const struct vm_config *config, char cmdline[HC_CMDLINE_MAX + 1],
	struct guest_inputs *out, struct error *err)
{
	int rc;

	memset(out, 0, sizeof(*out));
	rc = vm_config_platform(config, &out->platform, err);
	if (!rc)
		rc = vm_config_cmdline(config, cmdline, err);
	if (rc)
		return rc;
	out->cmdline = cmdline;
	out->vcpu_count = config->vcpu_count;
	if (out->platform == HC_PLATFORM_TDX) {
		out->features = TDX_ATTRIBUTES | config->tdx.attributes;
		out->features_mask = UINT64_MAX;
	}
	if (config->ram_exact)
		out->ram_min = out->ram_max = config->ram_bytes;
	out->device_count = vm_config_devices(config, out->device);
	return 0;
}
