/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Generic UDP Encapsulation, version 0, with a group identifier and a 128-bit security field (PROTOCOL.md section 1,
 * draft-ietf-intarea-gue, draft-ietf-intarea-gue-extensions).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +---+-+---------+---------------+-------------------------------+
 * | 0 |C|  Hlen   |  Proto/ctype  | G| SEC |      other flags     |  a000: G and SEC 010, nothing else
 * +---+-+---------+---------------+-------------------------------+
 * |           group               |           service             |  together the 32-bit group identifier
 * +-------------------------------+-------------------------------+
 * |                        key, 16 bytes                          |  the security field
 * +---------------------------------------------------------------+
 * |   inner packet (data)    or    tunnel id (ping)               |
 *
 * The short header of TrueIngress 0.25 and later has the same first word, and the tunnel id instead of all the rest.
 */
#ifndef TRUEINGRESS_GUE_H
#define TRUEINGRESS_GUE_H

#include <linux/types.h>

#include "parse.h"

/* IANA's dynamic ports, as RFC 7510 and others take them for a flow's entropy. */
#define HASH_PORT_FIRST 49152
#define HASH_PORT_MASK 0x3fff

/* The first word: Hlen counts the 32-bit words after it; what is inside by its protocol; control type 1 is the ping. */
#define GUE_IPV4 bpf_htonl(0x0504a000)
#define GUE_IPV6 bpf_htonl(0x0529a000)
#define GUE_PING bpf_htonl(0x2601a000)
#define GUE_SIGNED_PING bpf_htonl(0x2a01a000)
#define GUE_VERSION bpf_htonl(0xc0000000)

struct gue {
	__be32 word;
	__be16 group;
	__be16 service;
	__u8 key[KEY_BYTES];
};

struct gue_short {
	__be32 word;
	__be32 tunnel;
};

struct gue_ping {
	struct gue gue;
	__be32 tunnel;
};

/* What a signature covers, as it lies on the wire but for the key between service and tunnel. */
struct signed_part {
	__be16 group;
	__be16 service;
	__be32 tunnel;
	__be64 sequence;
};

struct gue_signed_ping {
	struct gue_ping ping;
	__be32 sequence[2];
	__u8 tag[8];
};

#define GUE_BYTES ((__u32)sizeof(struct gue))
#define GUE_SHORT_BYTES ((__u32)sizeof(struct gue_short))

_Static_assert(sizeof(struct gue) == 24, "keyed header");
_Static_assert(sizeof(struct gue_ping) == 28, "payload of a ping");
_Static_assert(sizeof(struct gue_signed_ping) == 44, "payload of a signed ping");

static __always_inline __be32 gue_word(__u32 inner_version)
{
	return inner_version == 6 ? GUE_IPV6 : GUE_IPV4;
}

/* What encapsulation adds: outer IP, UDP and GUE headers. */
static __always_inline __u32 overhead_of(__u32 outer_version, bool is_short)
{
	return header_bytes(outer_version) + UDP_BYTES + (is_short ? GUE_SHORT_BYTES : GUE_BYTES);
}

#endif
