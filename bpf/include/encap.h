/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* A packet put into a tunnel. Everything that can be known to fail is asked first; what fails later drops the packet. */
#ifndef TRUEINGRESS_ENCAP_H
#define TRUEINGRESS_ENCAP_H

#include "address.h"
#include "checksum.h"
#include "count.h"
#include "fib.h"
#include "gue.h"
#include "remote.h"
#include "size.h"

/* Segments are cut later, each with this header in front: FIXED_GSO here and at decapsulation, or TCP stalls. */
#define ROOM_FLAGS (BPF_F_ADJ_ROOM_ENCAP_L3_IPV4 | BPF_F_ADJ_ROOM_ENCAP_L4_UDP | BPF_F_ADJ_ROOM_FIXED_GSO)
#define OUTER_TTL 64

/* The way through a tunnel, found before the packet is touched. */
struct passage {
	struct endpoint local;
	struct endpoint remote;
	struct hop hop;
	__u32 fits; /* bytes of the longest inner packet */
};

static __always_inline enum verdict find_passage(struct __sk_buff *skb, __u32 id, const struct packet *packet,
						 struct passage *passage, struct outcome *outcome)
{
	struct tunnel_key key = { .id = id };
	struct tunnel_value *row = bpf_map_lookup_elem(&tunnel, &key);

	if (!row)
		return VERDICT_NO_TUNNEL;
	outcome->tunnel = row->counter;
	if (!find_remote(id, row, &passage->remote))
		return VERDICT_NO_REMOTE;
	if (skb->len - ETH_HLEN + sizeof(struct outer) > IPV4_MAX_BYTES)
		return VERDICT_TOO_BIG;
	passage->fits = row->mtu - sizeof(struct outer);
	if (is_too_big(skb, packet, passage->fits))
		return refuse_too_big(skb, packet, passage->fits, &outcome->redirect);
	passage->local.ip = row->local_ip.word[3];
	passage->local.port = row->local_port;
	if (has_feature(skb, DIRECTION_EGRESS, egress_features, FLAG_FIB)) {
		find_hop(skb, passage->local.ip, passage->remote.ip, packet->tos, &passage->hop);
		if (passage->hop.kind == HOP_NONE)
			return VERDICT_FIB_FAILED;
	}
	return NO_FAULT;
}

/*
 * TOS is the inner one's, ECN included (RFC 6040 normal mode). DF as inner has it; with DF the identification means
 * nothing (RFC 6864), without it every packet needs another. UDP checksum 0: the inner one covers what matters.
 */
static __always_inline void write_outer(struct outer *outer, const struct packet *inner, const struct passage *passage,
					__u32 inner_bytes)
{
	outer->ip.version = 4;
	outer->ip.ihl = IPV4_BYTES / 4;
	outer->ip.tos = inner->tos;
	outer->ip.tot_len = bpf_htons(inner_bytes + sizeof(*outer));
	outer->ip.frag_off = inner->fragment & DONT_FRAGMENT;
	outer->ip.id = outer->ip.frag_off ? 0 : (__be16)bpf_get_prandom_u32();
	outer->ip.ttl = OUTER_TTL;
	outer->ip.protocol = IPPROTO_UDP;
	outer->ip.check = 0;
	outer->ip.saddr = passage->local.ip;
	outer->ip.daddr = passage->remote.ip;
	outer->ip.check = ipv4_checksum(&outer->ip);
	outer->udp.source = passage->local.port;
	outer->udp.dest = passage->remote.port;
	outer->udp.len = bpf_htons(inner_bytes + sizeof(*outer) - IPV4_BYTES);
	outer->udp.check = 0;
	outer->gue.word = GUE_DATA;
}

/*
 * Written straight into the packet: by bpf_skb_store_bytes it takes 35 ns more. The price: before a program that does
 * this the kernel runs a prologue, which makes the head of a cloned packet (TCP sends clones) private if it is not yet.
 */
static __always_inline bool push_outer(struct __sk_buff *skb, const struct outer *outer)
{
	void *data;

	if (bpf_skb_adjust_room(skb, sizeof(*outer), BPF_ADJ_ROOM_MAC, ROOM_FLAGS))
		return false;
	data = first_bytes(skb, ETH_HLEN + sizeof(*outer));
	if (!data)
		return false;
	*(struct outer *)(data + ETH_HLEN) = *outer;
	return true;
}

/* `outer` comes with group, service and key filled in. */
static __always_inline enum verdict encapsulate(struct __sk_buff *skb, const struct packet *inner,
						const struct passage *passage, struct outer *outer,
						struct outcome *outcome)
{
	int action;

#ifdef DELIBERATELY_BROKEN
	return VERDICT_ENCAPSULATED;
#endif
	/* From the frame, not the inner header: the lengths of a segmentation-offload packet are corrected when it is cut. */
	write_outer(outer, inner, passage, skb->len - ETH_HLEN);
	if (!push_outer(skb, outer))
		return VERDICT_ROOM_FAILED;
	action = take_hop(skb, &passage->hop);
	if (action < 0)
		return VERDICT_ROOM_FAILED;
	outcome->redirect = action;
	return VERDICT_ENCAPSULATED;
}

#endif
