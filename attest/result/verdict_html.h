/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the page of verdict_to_html, one file each. */
#ifndef HC_ATTEST_RESULT_VERDICT_HTML_H
#define HC_ATTEST_RESULT_VERDICT_HTML_H

#include "attest/result/html.h"
#include "attest/result/verdict.h"

/* The style sheet: text of this program, without '<'. */
struct view verdict_style_sheet(void);

/* A sign for an outcome, drawn by the symbols of html_icons(); its word has to be beside it. */
void verdict_html_icons(struct html *h);
void verdict_html_icon(struct html *h, enum check_outcome outcome);
/* The sign of a check: its outcome's, or that of a pass with a warning, which has its own. */
void verdict_html_warning_icon(struct html *h);
void verdict_html_check_icon(struct html *h, const struct check *check);

/* The place of a check in the page, for id="" and href="#": two numbers, never text. */
void verdict_html_anchor(struct html *h, const struct verdict *v, const struct check *check);

/* Drawing of the chain of trust: SVG, with the same in words for who does not see it. */
void verdict_html_chain(struct html *h, const struct verdict *v);

/* Every check by group and block. */
void verdict_html_checks(struct html *h, const struct verdict *v);

/* Every claim, decoded and raw. */
void verdict_html_claims(struct html *h, const struct verdict *v);

#endif
