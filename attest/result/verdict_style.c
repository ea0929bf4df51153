/* SPDX-License-Identifier: Apache-2.0 */
/* verdict.css as it stands, for the page that carries it. */
#include "attest/result/verdict_html.h"

__asm__("	.pushsection .rodata\n"
	"	.balign 8\n"
	"	.globl	verdict_css_size\n"
	"	.hidden	verdict_css_size\n"
	"verdict_css_size:\n"
	"	.quad	.Lverdict_css_end - verdict_css\n"
	"	.globl	verdict_css\n"
	"	.hidden	verdict_css\n"
	"verdict_css:\n"
	"	.incbin	\"attest/result/verdict.css\"\n"
	".Lverdict_css_end:\n"
	"	.byte	0\n"
	"	.popsection\n");

extern const uint8_t verdict_css[];
extern const uint64_t verdict_css_size;

struct view verdict_style_sheet(void)
{
	return (struct view){verdict_css, verdict_css_size};
}
