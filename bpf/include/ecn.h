/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Congestion notification of a packet that comes out of a tunnel (RFC 6040 section 4.2), by what it carries inside and out:
 *
 *   inner \ outer   Not-ECT   ECT(0)    ECT(1)    CE
 *   Not-ECT         Not-ECT   Not-ECT   Not-ECT   drop: its sender would not hear that it must slow down
 *   ECT(0)          ECT(0)    ECT(0)    ECT(1)    CE
 *   ECT(1)          ECT(1)    ECT(1)    ECT(1)    CE
 *   CE              CE        CE        CE        CE
 */
#ifndef TRUEINGRESS_ECN_H
#define TRUEINGRESS_ECN_H

#include <stddef.h>

#include "checksum.h"
#include "parse.h"

#define ECN_MASK 3
#define ECN_NOT_ECT 0
#define ECN_ECT_1 1
#define ECN_ECT_0 2
#define ECN_CE 3

static __always_inline bool loses_congestion(const struct packet *outer, const struct packet *inner)
{
	return (outer->tos & ECN_MASK) == ECN_CE && (inner->tos & ECN_MASK) == ECN_NOT_ECT;
}

/* By helpers, since it is rare: a program that writes packets directly makes every cloned one private first. */
static __always_inline void mark(struct __sk_buff *skb, __u8 tos)
{
	__u32 at = ETH_HLEN;
	struct iphdr ip;

	if (bpf_skb_load_bytes(skb, at, &ip, sizeof(ip)))
		return;
	ip.check = checksum_after(ip.check, bpf_htonl((__u32)ip.tos << 16), bpf_htonl((__u32)tos << 16));
	bpf_skb_store_bytes(skb, at + offsetof(struct iphdr, tos), &tos, sizeof(tos), 0);
	bpf_skb_store_bytes(skb, at + offsetof(struct iphdr, check), &ip.check, sizeof(ip.check), 0);
}

/* The inner packet is at the start of the frame. */
static __always_inline void pass_congestion_on(struct __sk_buff *skb, const struct packet *outer,
					       const struct packet *inner)
{
	__u8 inner_ecn = inner->tos & ECN_MASK;
	__u8 outer_ecn = outer->tos & ECN_MASK;

	if (outer_ecn == ECN_CE && inner_ecn != ECN_CE)
		mark(skb, inner->tos | ECN_CE);
	else if (outer_ecn == ECN_ECT_1 && inner_ecn == ECN_ECT_0)
		mark(skb, (inner->tos & ~ECN_MASK) | ECN_ECT_1);
}

#endif
