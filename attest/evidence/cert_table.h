/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The certificate table that a host hands to a guest with an extended guest request (GHCB
 * specification 4.1.8.1, SEV-SNP Firmware ABI: CERT_TABLE). The host controls every byte of it.
 */
#ifndef HC_ATTEST_EVIDENCE_CERT_TABLE_H
#define HC_ATTEST_EVIDENCE_CERT_TABLE_H

#include "common/bytes.h"
#include "common/error.h"

#define CERT_TABLE_ENTRY_SIZE  24 /* GUID[16], u32 offset, u32 length */
#define CERT_TABLE_ENTRIES_MAX 16
#define CERT_TABLE_SIZE_MAX    (1U << 20)

enum cert_table_kind {
	CERT_TABLE_OTHER, /* a GUID not listed here; kept, not used */
	CERT_TABLE_VCEK,
	CERT_TABLE_VLEK,
	CERT_TABLE_ASK, /* ASK or ASVK */
	CERT_TABLE_ARK,
	CERT_TABLE_CRL,
};

struct cert_table_entry {
	uint8_t guid[16]; /* as printed: RFC 4122 byte order */
	enum cert_table_kind kind;
	struct view data; /* into the table given */
};

struct cert_table {
	size_t count;
	struct cert_table_entry entry[CERT_TABLE_ENTRIES_MAX];
};

/*
 * Entries up to the all-zero one, which is mandatory. HC_ETRUNCATED for a table without it or an
 * entry that reaches outside `bytes`; HC_EFORMAT for data that lies inside the list of entries;
 * HC_ERANGE for too many entries. An entry of length 0 is refused.
 */
HC_MUST_USE int cert_table_parse(struct cert_table *out, struct view bytes, struct error *err);

/* Does this start as a table does: a GUID of the list above? For recognising a file by content. */
bool cert_table_recognise(struct view bytes);

/*
 * A report and, right behind it, the table that came with it, in one file: true if what follows the
 * first `head` bytes is a table, all of it.
 */
bool cert_table_follows(struct view file, size_t head, struct view *table);

#endif
