/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes and loads the simulated root of a machine. A set appears in one rename or not at all, and
 * is never replaced. Nothing of a private key reaches an error text.
 */
#include "vmm/sim/sim_pki.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/file.h"
#include "vmm/sim/sim_x509.h"

#define DAY          86400LL
#define YEAR         (365 * DAY)
#define CA_YEARS     20 /* AMD gives 25; 20 stays within UTCTime */
#define VCEK_YEARS   7
#define ARK_SERIAL   0x0f0000 /* beyond AMD's lines */
#define ASK_SERIAL   0x0f0001
#define VCEK_SERIAL  0 /* as AMD's */
#define PATH_MAX_LEN 512
#define FILE_MAX     16384

/* The levels of a Genoa machine of 2025. */
const struct sim_pki_tcb sim_pki_tcb = {.boot_loader = 10, .tee = 0, .snp = 27, .microcode = 88};

enum file_index {
	ARK_KEY,
	ASK_KEY,
	VCEK_KEY,
	ARK_DER,
	ASK_DER,
	VCEK_DER,
	CRL_DER,
	CHIP_BIN,
	FILES
};

static const struct {
	const char *name;
	unsigned int mode;
} files[FILES] = {
	[ARK_KEY] = {"ark.key", 0600},
	[ASK_KEY] = {"ask.key", 0600},
	[VCEK_KEY] = {"vcek.key", 0600},
	[ARK_DER] = {"ark.der", 0644},
	[ASK_DER] = {"ask.der", 0644},
	[VCEK_DER] = {"vcek.der", 0644},
	[CRL_DER] = {"crl.der", 0644},
	[CHIP_BIN] = {"chip.bin", 0644},
};

/* Everything of a new root, in memory. */
struct set {
	struct crypto_rsa_key *ark, *ask;
	struct crypto_ec_key *vcek;
	struct bytes spki_ark, spki_ask, spki_vcek;
	uint8_t id_ark[20], id_ask[20], hwid[SIM_PKI_HWID_SIZE];
	struct bytes file[FILES];
};

static void set_fini(struct set *s)
{
	crypto_rsa_free(s->ark);
	crypto_rsa_free(s->ask);
	crypto_ec_free(s->vcek);
	bytes_free(&s->spki_ark);
	bytes_free(&s->spki_ask);
	bytes_free(&s->spki_vcek);
	for (size_t i = 0; i < FILES; i++)
		bytes_free(&s->file[i]); /* wipes */
}

static void ark_extensions(struct sim_der *der, const void *ctx)
{
	const struct set *s = ctx;

	sim_x509_key_usage(der, 0x06, 1); /* keyCertSign, cRLSign */
	sim_x509_subject_key(der, s->id_ark);
	sim_x509_ca(der, false);
}

static void ask_extensions(struct sim_der *der, const void *ctx)
{
	const struct set *s = ctx;

	sim_x509_subject_key(der, s->id_ask);
	sim_x509_authority_key(der, s->id_ark);
	sim_x509_ca(der, true);
	sim_x509_key_usage(der, 0x04, 2); /* keyCertSign */
}

static void level(struct sim_der *der, const char *oid, uint8_t value)
{
	const uint8_t small[] = {DER_INTEGER, 1, value};
	const uint8_t large[] = {DER_INTEGER, 2, 0, value};

	if (value < 0x80)
		sim_x509_plain(der, oid, small, sizeof(small));
	else
		sim_x509_plain(der, oid, large, sizeof(large));
}

/* AMD 57230, table 11, in the order AMD writes them; HWID is raw, as on real Genoa chips. */
static void vcek_extensions(struct sim_der *der, const void *ctx)
{
	static const uint8_t product[] = {DER_IA5, 5, 'G', 'e', 'n', 'o', 'a'};
	const struct set *s = ctx;

	level(der, "1.3.6.1.4.1.3704.1.1", 0); /* structVersion */
	sim_x509_plain(der, "1.3.6.1.4.1.3704.1.2", product, sizeof(product));
	level(der, "1.3.6.1.4.1.3704.1.3.1", sim_pki_tcb.boot_loader);
	level(der, "1.3.6.1.4.1.3704.1.3.2", sim_pki_tcb.tee);
	level(der, "1.3.6.1.4.1.3704.1.3.4", 0);
	level(der, "1.3.6.1.4.1.3704.1.3.5", 0);
	level(der, "1.3.6.1.4.1.3704.1.3.6", 0);
	level(der, "1.3.6.1.4.1.3704.1.3.7", 0);
	level(der, "1.3.6.1.4.1.3704.1.3.3", sim_pki_tcb.snp);
	level(der, "1.3.6.1.4.1.3704.1.3.8", sim_pki_tcb.microcode);
	sim_x509_plain(der, "1.3.6.1.4.1.3704.1.4", s->hwid, sizeof(s->hwid));
}

static int make_keys(struct set *s)
{
	int ret = crypto_rsa_generate(&s->ark, 4096);

	if (ret == 0)
		ret = crypto_rsa_generate(&s->ask, 4096);
	if (ret == 0)
		ret = crypto_ec_generate(&s->vcek, CRYPTO_P384);
	if (ret == 0)
		ret = crypto_random(s->hwid, sizeof(s->hwid));
	if (ret == 0)
		ret = sim_x509_rsa_spki(&s->spki_ark, s->ark);
	if (ret == 0)
		ret = sim_x509_rsa_spki(&s->spki_ask, s->ask);
	if (ret == 0)
		ret = sim_x509_ec_spki(&s->spki_vcek, s->vcek);
	if (ret == 0)
		ret = sim_x509_key_id(s->id_ark, bytes_view(&s->spki_ark));
	return ret ? ret : sim_x509_key_id(s->id_ask, bytes_view(&s->spki_ask));
}

static int make_certificates(struct set *s, int64_t now)
{
	const struct sim_x509_cert ark = {ARK_SERIAL, "ARK-Sim", "ARK-Sim", now - DAY,
		now + CA_YEARS * YEAR, bytes_view(&s->spki_ark), ark_extensions, s};
	const struct sim_x509_cert ask = {ASK_SERIAL, "ARK-Sim", "SEV-Sim", now - DAY,
		now + CA_YEARS * YEAR, bytes_view(&s->spki_ask), ask_extensions, s};
	const struct sim_x509_cert vcek = {VCEK_SERIAL, "SEV-Sim", "SEV-VCEK", now - DAY,
		now + VCEK_YEARS * YEAR, bytes_view(&s->spki_vcek), vcek_extensions, s};
	int ret = sim_x509_certificate(&s->file[ARK_DER], &ark, s->ark);

	if (ret == 0)
		ret = sim_x509_certificate(&s->file[ASK_DER], &ask, s->ark);
	if (ret == 0)
		ret = sim_x509_certificate(&s->file[VCEK_DER], &vcek, s->ask);
	if (ret == 0)
		ret = sim_x509_crl(&s->file[CRL_DER], "ARK-Sim", now - DAY, now + VCEK_YEARS * YEAR,
			s->id_ark, s->ark);
	return ret;
}

static int make_files(struct set *s)
{
	int ret = crypto_rsa_to_pem(s->ark, &s->file[ARK_KEY]);

	if (ret == 0)
		ret = crypto_rsa_to_pem(s->ask, &s->file[ASK_KEY]);
	if (ret == 0)
		ret = crypto_ec_to_pem(s->vcek, &s->file[VCEK_KEY]);
	return ret ? ret : bytes_append(&s->file[CHIP_BIN], s->hwid, sizeof(s->hwid));
}

static int path_of(char out[PATH_MAX_LEN], const char *dir, const char *name, struct error *err)
{
	int n = snprintf(out, PATH_MAX_LEN, "%s%s%s", dir, *name ? "/" : "", name);

	if (n > 0 && n < PATH_MAX_LEN)
		return 0;
	error_fail(err, HC_ERANGE, "state directory", "a path of %d bytes", n);
	return error_expected(err, "less than %d", PATH_MAX_LEN);
}

/* Refuse early, before seconds of key generation; the rename at the end refuses for certain. */
static int check_absent(const char *dir, struct error *err)
{
	char path[PATH_MAX_LEN];
	const struct dirent *entry;
	int ret = path_of(path, dir, "", err);
	DIR *d;

	if (ret)
		return ret;
	d = opendir(path);
	if (!d)
		return errno == ENOENT ? 0 : error_errno(err, dir, errno);
	do
		entry = readdir(d);
	while (entry && (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")));
	if (entry) {
		ret = error_fail(err, HC_EUSAGE, dir, "a directory that holds %s", entry->d_name);
		error_expected(err, "a new or an empty one");
		error_remedy(err, "remove %s to give this machine a new simulated root", dir);
	}
	closedir(d);
	return ret;
}

static int make_parents(const char *dir, struct error *err)
{
	char path[PATH_MAX_LEN];
	int ret = path_of(path, dir, "", err);

	for (char *p = path + 1; ret == 0 && *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(path, 0755) != 0 && errno != EEXIST)
			ret = error_errno(err, path, errno);
		*p = '/';
	}
	return ret;
}

static int write_files(const struct set *s, const char *dir, struct error *err)
{
	char path[PATH_MAX_LEN];
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < FILES; i++) {
		ret = path_of(path, dir, files[i].name, err);
		if (ret == 0)
			ret = file_write(path, s->file[i].data, s->file[i].len, files[i].mode, err);
	}
	return ret;
}

static void remove_files(const char *dir)
{
	char path[PATH_MAX_LEN];

	for (size_t i = 0; i < FILES; i++)
		if (path_of(path, dir, files[i].name, NULL) == 0)
			unlink(path);
	rmdir(dir);
}

/* Beside the final place, then renamed: rename(2) refuses a directory that is not empty. */
static int install(const struct set *s, const char *dir, struct error *err)
{
	char fresh[PATH_MAX_LEN], suffixed[PATH_MAX_LEN];
	int ret;

	if (snprintf(suffixed, sizeof(suffixed), "%s.new-%ld", dir, (long)getpid()) >=
		(int)sizeof(suffixed))
		return error_fail(err, HC_ERANGE, "state directory", "a path that is too long");
	ret = path_of(fresh, suffixed, "", err);
	if (ret)
		return ret;
	if (mkdir(fresh, 0700) != 0)
		return error_errno(err, fresh, errno);
	ret = write_files(s, fresh, err);
	if (ret == 0 && rename(fresh, dir) != 0) {
		ret = error_errno(err, dir, errno);
		error_remedy(err, "give an empty or a new directory");
	}
	if (ret)
		remove_files(fresh);
	return ret;
}

int sim_pki_create(const char *dir, int64_t now, struct error *err)
{
	struct set set = {0};
	struct error unused = {0};
	int ret;

	err = err ? err : &unused;
	ret = check_absent(dir, err);
	if (ret == 0)
		ret = make_parents(dir, err);
	if (ret)
		return ret;
	ret = make_keys(&set);
	if (ret == 0)
		ret = make_certificates(&set, now);
	if (ret == 0)
		ret = make_files(&set);
	if (ret)
		error_fail(err, ret, "simulated root", "key or certificate generation failed");
	else
		ret = install(&set, dir, err);
	set_fini(&set);
	return ret;
}

static int load_file(struct bytes *out, const char *dir, enum file_index i, struct error *err)
{
	char path[PATH_MAX_LEN];
	struct stat st;
	int ret = path_of(path, dir, files[i].name, err);

	if (ret)
		return ret;
	if (stat(path, &st) != 0) {
		if (errno != ENOENT)
			return error_errno(err, path, errno);
		error_fail(err, HC_EMISSING, path, "no simulated root on this machine");
		return error_remedy(err, "run hc-vmm sim-init --state %s", dir);
	}
	if (files[i].mode == 0600 && st.st_mode & 077) {
		error_fail(err, HC_EDENIED, path, "mode %03o", st.st_mode & 0777);
		return error_expected(err, "600: nobody else may read the key");
	}
	return file_read(out, path, FILE_MAX, err);
}

/* The certificate has to be this key's and this chip's, or every report would fail much later. */
static int check_match(const struct sim_pki_chip *chip, const char *dir, struct error *err)
{
	struct bytes spki = {0};
	int ret = sim_x509_ec_spki(&spki, chip->vcek_key);

	if (ret == 0 &&
		(!memmem(chip->vcek.data, chip->vcek.len, spki.data, spki.len) ||
			!memmem(chip->vcek.data, chip->vcek.len, chip->hwid, sizeof(chip->hwid))))
		ret = HC_EMISMATCH;
	bytes_free(&spki);
	if (ret) {
		error_fail(
			err, ret, dir, "vcek.der is not the certificate of vcek.key and chip.bin");
		error_remedy(err, "remove the directory and run hc-vmm sim-init");
	}
	return ret;
}

static int load_all(struct sim_pki_chip *out, const char *dir, struct error *err)
{
	struct bytes pem = {0}, chip = {0};
	int ret = load_file(&pem, dir, VCEK_KEY, err);

	if (ret == 0)
		ret = crypto_ec_from_pem(&out->vcek_key, (const char *)pem.data, pem.len, err);
	bytes_free(&pem);
	if (ret == 0)
		ret = load_file(&out->vcek, dir, VCEK_DER, err);
	if (ret == 0)
		ret = load_file(&out->ask, dir, ASK_DER, err);
	if (ret == 0)
		ret = load_file(&out->ark, dir, ARK_DER, err);
	if (ret == 0)
		ret = load_file(&chip, dir, CHIP_BIN, err);
	if (ret == 0 && chip.len != sizeof(out->hwid))
		ret = error_fail(err, HC_EFORMAT, "chip.bin", "%zu bytes", chip.len);
	if (ret == 0)
		memcpy(out->hwid, chip.data, sizeof(out->hwid));
	bytes_free(&chip);
	return ret ? ret : check_match(out, dir, err);
}

int sim_pki_load(struct sim_pki_chip *out, const char *dir, struct error *err)
{
	struct error unused = {0};
	int ret;

	*out = (struct sim_pki_chip){0};
	ret = load_all(out, dir, err ? err : &unused);
	if (ret)
		sim_pki_fini(out);
	return ret;
}

void sim_pki_fini(struct sim_pki_chip *chip)
{
	crypto_ec_free(chip->vcek_key);
	bytes_free(&chip->vcek);
	bytes_free(&chip->ask);
	bytes_free(&chip->ark);
	bytes_wipe(chip, sizeof(*chip));
}
