/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tiny_guest.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/bytes.h"
#include "common/file.h"
#include "firmware/abi/image.h"
#include "vmm/vm.h"

#define PRESENT_WRITE 0x3
#define PAGE_2M       0x83
#define TABLE_PAGES   4                 /* PML4, PDPT, directories of the first and fourth GiB */
#define IMAGE_PAGES   (2 + TABLE_PAGES) /* with header and text */

static void put_region(uint8_t *file, unsigned int n, uint64_t gpa, uint64_t offset, uint32_t pages,
	enum hc_page_type type, enum hc_image_role role)
{
	uint8_t *r = file + offsetof(struct hc_image_header, region) +
		     n * sizeof(struct hc_image_region);

	put_le64(r, gpa);
	put_le64(r + 8, offset);
	put_le32(r + 16, pages);
	put_le32(r + 20, type);
	put_le32(r + 24, role);
}

/* No 1 GiB pages: not every KVM has them, and these guests shall run anywhere. */
static void put_directory(uint8_t *tables, unsigned int page, uint64_t gib)
{
	put_le64(tables + HC_PAGE_SIZE + 8 * gib,
		(HC_PAGETABLE_GPA + page * HC_PAGE_SIZE) | PRESENT_WRITE);
	for (uint64_t i = 0; i < 512; i++)
		put_le64(tables + page * HC_PAGE_SIZE + 8 * i, (gib << 30 | i << 21) | PAGE_2M);
}

static void put_tables(uint8_t *tables)
{
	put_le64(tables, (HC_PAGETABLE_GPA + HC_PAGE_SIZE) | PRESENT_WRITE);
	put_directory(tables, 2, 0);
	put_directory(tables, 3, 3);
}

static void write_image(
	const char *path, enum hc_platform platform, const uint8_t *code, size_t len)
{
	static uint8_t file[IMAGE_PAGES * HC_PAGE_SIZE];
	struct error err;

	memset(file, 0, sizeof(file));
	memcpy(file, HC_IMAGE_MAGIC, 8);
	put_le32(file + 8, HC_IMAGE_VERSION);
	put_le32(file + 12, platform);
	put_le32(file + 16, platform == HC_PLATFORM_SNP ? 7 : 4);
	put_le64(file + 24, sizeof(file));
	put_region(file, 0, HC_TEXT_GPA, HC_PAGE_SIZE, 1, HC_PAGE_NORMAL, HC_ROLE_IMAGE);
	put_region(file, 1, HC_PAGETABLE_GPA, 2 * HC_PAGE_SIZE, TABLE_PAGES, HC_PAGE_NORMAL,
		HC_ROLE_IMAGE);
	put_region(file, 2, HC_MANIFEST_GPA, 0, 1, HC_PAGE_NORMAL, HC_ROLE_MANIFEST);
	put_region(file, 3, HC_HOSTFDT_GPA, 0, 2, HC_PAGE_UNMEASURED, HC_ROLE_HOSTFDT);
	if (platform == HC_PLATFORM_SNP) {
		put_region(file, 4, HC_SECRETS_GPA, 0, 1, HC_PAGE_SECRETS, HC_ROLE_SECRETS);
		put_region(file, 5, HC_CPUID_GPA, 0, 1, HC_PAGE_CPUID, HC_ROLE_CPUID);
		put_region(file, 6, HC_BSS_GPA, 0, 2, HC_PAGE_ZERO, HC_ROLE_IMAGE);
	}
	memcpy(file + HC_PAGE_SIZE, code, len);
	put_tables(file + 2 * HC_PAGE_SIZE);
	if (file_write(path, file, sizeof(file), 0600, &err))
		abort();
}

void tiny_guest_make(struct tiny_guest *t, enum hc_platform platform, const uint8_t *code,
	size_t len, const char *more_config)
{
	static const char kernel[] = "kernel, or so it says";
	struct error err;

	t->before = t->after = NULL;
	snprintf(t->dir, sizeof(t->dir), "/tmp/hc-tiny-XXXXXX");
	if (!mkdtemp(t->dir))
		abort();
	snprintf(t->firmware, sizeof(t->firmware), "%s/firmware", t->dir);
	snprintf(t->kernel, sizeof(t->kernel), "%s/kernel", t->dir);
	snprintf(t->log, sizeof(t->log), "%s/log", t->dir);
	write_image(t->firmware, platform, code, len);
	if (file_write(t->kernel, kernel, sizeof(kernel), 0600, &err))
		abort();
	snprintf(t->config, sizeof(t->config),
		"{\"boot-source\":{\"kernel_image_path\":\"%s\"},"
		"\"logger\":{\"log_path\":\"%s\"},"
		"\"confidential\":{\"firmware\":\"%s\"%s}",
		t->kernel, t->log, t->firmware, more_config);
}

void tiny_guest_remove(struct tiny_guest *t)
{
	unlink(t->firmware);
	unlink(t->kernel);
	unlink(t->log);
	rmdir(t->dir);
}

static int child(const struct tiny_guest *t, const struct kvm_sys *sys, void *ctx)
{
	struct log log = {.level = LOG_LEVEL_DEBUG, .program = "test"};
	struct vm_config config;
	struct error err;
	sigset_t set;
	int status;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	log.fd = open(t->log, O_WRONLY | O_CREAT | O_APPEND, 0600);
	vm_config_init(&config);
	if (vm_config_parse(&config, t->config, strlen(t->config), "test", &err) ||
		vm_config_check(&config, &err)) {
		log_error(&log, "configuration", &err);
		return VMM_EXIT_USAGE;
	}
	if (t->before)
		t->before(t->hook);
	status = vm_run(&config, &log, sys, ctx);
	if (t->after)
		t->after(t->hook);
	vm_config_fini(&config);
	return status;
}

void tiny_guest_start(
	struct tiny_run *run, const struct tiny_guest *t, const struct kvm_sys *sys, void *ctx)
{
	int pipe_fd[2];

	if (pipe(pipe_fd))
		abort();
	run->pid = fork();
	if (run->pid < 0)
		abort();
	if (!run->pid) {
		int null = open("/dev/null", O_RDONLY);

		dup2(null, STDIN_FILENO);
		dup2(pipe_fd[1], STDOUT_FILENO);
		close(pipe_fd[0]);
		close(pipe_fd[1]);
		/* Not _exit(): a sanitizer makes that a search for leaks, which the filter kills.
		 */
		syscall(SYS_exit_group, child(t, sys, ctx));
	}
	close(pipe_fd[1]);
	run->output = pipe_fd[0];
}

int tiny_guest_wait(struct tiny_run *run, char *out, size_t cap)
{
	size_t len = 0;
	char scrap[256];
	ssize_t n;
	int status;

	for (;;) {
		bool room = len + 1 < cap;

		n = read(run->output, room ? out + len : scrap,
			room ? cap - len - 1 : sizeof(scrap));
		if (n <= 0)
			break;
		len += room ? (size_t)n : 0;
	}
	if (cap)
		out[len] = '\0';
	close(run->output);
	if (waitpid(run->pid, &status, 0) != run->pid)
		abort();
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

const char *tiny_guest_log(const struct tiny_guest *t)
{
	static char text[8192];
	int fd = open(t->log, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	return text;
}
