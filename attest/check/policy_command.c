/* SPDX-License-Identifier: Apache-2.0 */
/* hc-check policy: writing policies without evidence at hand. */
#include <string.h>
#include <time.h>

#include "attest/check/policy_command.h"
#include "attest/check/policy_import.h"
#include "common/timefmt.h"

static int usage_error(const char *word, const char *expected, enum messages_lang lang)
{
	struct error err;

	error_fail(&err, HC_EUSAGE, "policy", "\"%.60s\"", word ? word : "");
	error_expected(&err, "%s", expected);
	error_remedy(&err, "hc-check policy --help describes them");
	return command_fail(&err, lang);
}

static int read_job(char **argv, bool lint, struct policy_job *job, struct error *err)
{
	job->at = (int64_t)time(NULL);
	for (; *argv; argv++) {
		if (!strcmp(*argv, "--at") && argv[1]) {
			if (timefmt_parse(&job->at, *++argv, err))
				return err->code;
		} else if (lint && !strcmp(*argv, "--strict")) {
			job->strict = true;
		} else if (!strncmp(*argv, "--", 2) || job->file) {
			error_fail(err, HC_EUSAGE, "policy", "\"%.60s\"", *argv);
			return error_remedy(err, "hc-check policy --help describes them");
		} else {
			job->file = *argv;
		}
	}
	if (job->file)
		return 0;
	error_fail(err, HC_EUSAGE, "policy", "no FILE");
	return error_remedy(err, "hc-check policy --help describes them");
}

static int run_example(char **argv, enum messages_lang lang)
{
	const char *tee = argv[0] ? argv[0] : "snp";

	if (argv[0] && argv[1] && argv[2])
		return usage_error(argv[2], N_("example [snp|tdx [MEASUREMENT]]"), lang);
	return policy_example(tee, argv[0] ? argv[1] : NULL, lang);
}

static int run(char **argv, enum messages_lang lang)
{
	struct policy_job job = {.lang = lang};
	struct error err;
	bool lint = argv[0] && !strcmp(argv[0], "lint");

	if (argv[0] && !strcmp(argv[0], "example"))
		return run_example(argv + 1, lang);
	if (argv[0] && !strcmp(argv[0], "import"))
		return policy_import_run(argv + 1, lang);
	if (!lint && (!argv[0] || strcmp(argv[0], "explain")))
		return usage_error(argv[0], N_("lint, explain, example or import"), lang);
	if (read_job(argv + 1, lint, &job, &err))
		return command_fail(&err, lang);
	return lint ? policy_lint(&job) : policy_explain(&job);
}

const struct command command_policy = {
	.name = "policy",
	.summary = N_("look over a policy, say it in sentences, or print one to start from"),
	.usage = N_(
		"usage: hc-check policy lint FILE [--at RFC3339] [--strict]\n"
		"       hc-check policy explain FILE [--at RFC3339]\n"
		"       hc-check policy example [snp|tdx [MEASUREMENT]]\n"
		"       hc-check policy import RELEASE... [--tee snp|tdx] [--block NAME] [--keys]\n"
		"                [--simulated] [--into POLICY [--replace]]\n"
		"\n"
		"  lint     everything that is wrong with a policy, with its place, and what\n"
		"           was perhaps not meant\n"
		"  explain  what the policy accepts, in sentences: rules, defaults, loosenings\n"
		"  example  a strict policy to start from\n"
		"  import   launch digests out of manifests of releases, as hc-measure manifest\n"
		"           writes them: a block for a policy, to be pasted\n"
		"  --at     look at loosenings as of this time (default: now)\n"
		"  --strict warnings of lint end with status 2 too, not with 0\n"
		"\n"
		"FILE \"-\" is standard input.\n"
		"\n"
		"import believes the manifests: take them from whom you trust, or measure again.\n"
		"  --tee snp|tdx  launches of SEV-SNP (default), or MRTD and RTMR1 of those of "
		"TDX\n"
		"  --block NAME   of the block (default: the name of the release)\n"
		"  --keys         the block asks for the release's ID and author keys too (snp)\n"
		"  --simulated    launches of sim-snp or sim-tdx, which no hardware protects\n"
		"  --into POLICY  add the launches to that block of this policy instead; nothing\n"
		"                 else of it changes, and the file is laid out anew\n"
		"  --replace      in the place of those that are there\n"
		"\n"
		"Exit status: 0 done, and what lint looked at is a policy; 1 (lint) it is none\n"
		"and would be refused; 2 (lint --strict) a policy, with warnings; 3 wrong usage\n"
		"or unusable file.\n"),
	.run = run,
};
