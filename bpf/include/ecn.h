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
static __always_inline void mark(struct __sk_buff *skb, const struct packet *inner, __u8 tos)
{
	struct iphdr ip;
	__u8 class;

	if (topology_features & FEATURE_IPV6 && inner->version == 6) {
		/* The lower half of the class is the upper half of the second byte. */
		if (bpf_skb_load_bytes(skb, ETH_HLEN + 1, &class, sizeof(class)))
			return;
		class = (class & 0x0f) | tos << 4;
		bpf_skb_store_bytes(skb, ETH_HLEN + 1, &class, sizeof(class), BPF_F_RECOMPUTE_CSUM);
		return;
	}
	if (bpf_skb_load_bytes(skb, ETH_HLEN, &ip, sizeof(ip)))
		return;
	ip.check = checksum_after(ip.check, change_of(bpf_htonl((__u32)ip.tos << 16), bpf_htonl((__u32)tos << 16)));
	bpf_skb_store_bytes(skb, ETH_HLEN + offsetof(struct iphdr, tos), &tos, sizeof(tos), 0);
	bpf_skb_store_bytes(skb, ETH_HLEN + offsetof(struct iphdr, check), &ip.check, sizeof(ip.check), 0);
}

/* The inner packet is at the start of the frame. */
static __always_inline void pass_congestion_on(struct __sk_buff *skb, const struct packet *outer,
					       const struct packet *inner)
{
	__u8 inner_ecn = inner->tos & ECN_MASK;
	__u8 outer_ecn = outer->tos & ECN_MASK;

	if (outer_ecn == ECN_CE && inner_ecn != ECN_CE)
		mark(skb, inner, inner->tos | ECN_CE);
	else if (outer_ecn == ECN_ECT_1 && inner_ecn == ECN_ECT_0)
		mark(skb, inner, (inner->tos & ~ECN_MASK) | ECN_ECT_1);
}

#endif
