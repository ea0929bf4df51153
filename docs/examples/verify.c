/* SPDX-License-Identifier: Apache-2.0 */
/* Is this report genuine, and accepted?   verify REPORT POLICY TIME CERTIFICATE-OR-LIST... */
#include <huisclos.h>
#include <stdio.h>
#include <stdlib.h>

static size_t load(const char *path, char buf[1 << 18]) /* 0 if it cannot be read */
{
	FILE *f = fopen(path, "rb");
	size_t len = f ? fread(buf, 1, 1 << 18, f) : 0;
	return f && fclose(f) ? 0 : len;
}

int main(int argc, char **argv)
{
	static char buf[1 << 18];
	struct hc_verifier *verifier = NULL;
	struct hc_result *result = NULL;
	struct hc_question question = {.evidence = buf, .at = argc > 3 ? atoll(argv[3]) : 0};
	struct hc_error err = {0, "four arguments needed, and memory"};
	int rc = argc < 5 ? HC_ERROR_USAGE : hc_verifier_new(&verifier);
	if (!rc)
		rc = hc_verifier_set_policy(verifier, buf, load(argv[2], buf), &err);
	for (int i = 4; !rc && i < argc; i++)
		rc = hc_verifier_add_endorsements(verifier, buf, load(argv[i], buf), &err);
	if (!rc) {
		question.evidence_len = load(argv[1], buf);
		rc = hc_verify(verifier, &question, &result, &err);
	}
	int trusted = hc_result_verdict(result) == HC_TRUSTED; /* never of NULL */
	puts(rc ? err.text : trusted ? "trusted" : "NOT trusted");
	struct hc_check c;
	for (size_t i = 0; !rc && !hc_result_check(result, i, &c); i++)
		if (c.outcome == HC_CHECK_FAIL || c.outcome == HC_CHECK_UNDECIDED)
			printf("%s: %s %s\n", c.id, c.text, c.found);
	hc_result_free(result);
	hc_verifier_free(verifier);
	return !trusted;
}
