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
 * |   inner IPv4 packet (data)    or    tunnel id (ping)          |
 */
#ifndef TRUEINGRESS_GUE_H
#define TRUEINGRESS_GUE_H

#include <linux/types.h>

#include "parse.h"

/* The first word: Hlen counts the 32-bit words after it, control type 1 is the ping. */
#define GUE_DATA bpf_htonl(0x0504a000)
#define GUE_PING bpf_htonl(0x2601a000)
#define GUE_VERSION bpf_htonl(0xc0000000)

struct gue {
	__be32 word;
	__be16 group;
	__be16 service;
	__u8 key[KEY_BYTES];
};

struct gue_ping {
	struct gue gue;
	__be32 tunnel;
};

/* What encapsulation pushes between the Ethernet header and the inner packet, and decapsulation takes away. */
struct outer {
	struct iphdr ip;
	struct udphdr udp;
	struct gue gue;
};

#define GUE_OFFSET (ETH_HLEN + IPV4_BYTES + UDP_BYTES)
#define INNER_OFFSET (ETH_HLEN + (__u32)sizeof(struct outer))

_Static_assert(sizeof(struct outer) == 52, "overhead of the keyed header");
_Static_assert(sizeof(struct gue_ping) == 28, "payload of a ping");

#endif
