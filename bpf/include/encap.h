/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * A packet put into a tunnel (docs/DATAPATH.md section 5). Everything that can be known to fail is asked first; what fails
 * later drops the packet.
 */
#ifndef TRUEINGRESS_ENCAP_H
#define TRUEINGRESS_ENCAP_H

#include "checksum.h"
#include "count.h"
#include "fib.h"
#include "gue.h"
#include "segment.h"
#include "service.h"
#include "size.h"

/* Segments are cut later, each with this header in front: FIXED_GSO here and at decapsulation, or TCP stalls. */
#define ROOM_FLAGS (BPF_F_ADJ_ROOM_ENCAP_L4_UDP | BPF_F_ADJ_ROOM_FIXED_GSO)
#define OUTER_TTL 64

/* As whom a packet travels. */
struct identity {
	const __u8 *key;
	__be16 group;
	__be16 service;
	__u8 pad[4];
};

/* The way through a tunnel, found before the packet is touched. */
struct passage {
	const struct tunnel_value *row;
	struct endpoint remote;
	struct hop hop;
	__u32 fits; /* bytes of the longest inner packet */
};

/* Of a packet that is ours by its ports. */
static __always_inline enum verdict refuse_unfit(struct __sk_buff *skb, const struct packet *packet)
{
	if (packet->options == OPTIONS_ROUTED)
		return VERDICT_OPTIONS;
	if (skb->len - ETH_HLEN > IP_MAX_BYTES)
		return VERDICT_TOO_BIG;
	if (!is_well_formed(packet, skb->len - ETH_HLEN))
		return VERDICT_BAD_INNER;
	return NO_FAULT;
}

static __always_inline bool has_short_header(const struct tunnel_value *row)
{
	return topology_features & FEATURE_SHORT && row->flags & TUNNEL_SHORT;
}

static __always_inline enum verdict find_passage(struct __sk_buff *skb, __u32 id, const struct packet *packet,
						 struct passage *passage, struct outcome *outcome)
{
	const struct tunnel_value *row = find_tunnel(id);
	__u32 overhead, hops;

	if (!row)
		return VERDICT_NO_TUNNEL;
	outcome->tunnel = row->counter;
	if (!find_remote(id, row, &passage->remote))
		return VERDICT_NO_REMOTE;
	overhead = overhead_of(is_ipv4(&row->local_ip) ? 4 : 6, has_short_header(row));
	if (skb->len - ETH_HLEN + overhead > IP_MAX_BYTES)
		return VERDICT_TOO_BIG;
	passage->row = row;
	passage->fits = fits_in(row, &passage->remote.ip);
	if (is_too_big(skb, packet, refused_above(packet, passage->fits, row->mtu - overhead)))
		return refuse_too_big(skb, packet, passage->fits, &outcome->redirect);
	hops = flags_of(skb, DIRECTION_EGRESS, egress_features, FLAG_FIB | FLAG_FWD);
	if (hops) {
		find_hop(skb, &row->local_ip, &passage->remote.ip, packet->tos, hops & FLAG_FWD, &passage->hop);
		if (passage->hop.kind == HOP_NONE)
			return VERDICT_FIB_FAILED;
	}
	return NO_FAULT;
}

/*
 * TOS is the inner one's, ECN included (RFC 6040 normal mode). DF as inner has it; with DF the identification means
 * nothing (RFC 6864), without it every packet needs another.
 */
static __always_inline void write_ipv4(struct iphdr *ip, const struct packet *inner, const struct passage *passage,
				       __u32 bytes)
{
	__be16 fragment = inner->fragment & DONT_FRAGMENT;

	ip->version = 4;
	ip->ihl = IPV4_BYTES / 4;
	ip->tos = inner->tos;
	ip->tot_len = bpf_htons(bytes);
	ip->id = fragment ? 0 : (__be16)bpf_get_prandom_u32();
	ip->frag_off = fragment;
	ip->ttl = OUTER_TTL;
	ip->protocol = IPPROTO_UDP;
	ip->check = 0;
	ip->saddr = passage->row->local_ip.word[3];
	ip->daddr = passage->remote.ip.word[3];
	ip->check = ipv4_checksum(ip);
}

static __always_inline void write_ipv6(struct ipv6hdr *ip, const struct packet *inner, const struct passage *passage,
				       __u32 bytes)
{
	*(__be32 *)ip = bpf_htonl(6U << 28 | (__u32)inner->tos << 20);
	ip->payload_len = bpf_htons(bytes - IPV6_BYTES);
	ip->nexthdr = IPPROTO_UDP;
	ip->hop_limit = OUTER_TTL;
	*(struct ip_addr *)&ip->saddr = passage->row->local_ip;
	*(struct ip_addr *)&ip->daddr = passage->remote.ip;
}

/* UDP checksum 0, in IPv6 too (RFC 6935): the inner one covers what matters. `bytes`: UDP header and all behind it. */
static __always_inline void write_udp(struct udphdr *udp, const struct passage *passage, __be16 source, __u32 bytes)
{
	udp->source = source;
	udp->dest = passage->remote.port;
	udp->len = bpf_htons(bytes);
	udp->check = 0;
}

static __always_inline void write_gue(void *header, __u32 inner_version, const struct tunnel_value *row,
				      const struct identity *identity)
{
	struct gue *gue = header;

	gue->word = gue_word(inner_version);
	if (has_short_header(row)) {
		((struct gue_short *)header)->tunnel = bpf_htonl(row->remote_id);
		return;
	}
	gue->group = identity->group;
	gue->service = identity->service;
	__builtin_memcpy(gue->key, identity->key, KEY_BYTES);
}

/*
 * Written straight into the packet: by bpf_skb_store_bytes it takes 35 ns more. The price: before a program that does
 * this the kernel runs a prologue, which makes the head of a cloned packet (TCP sends clones) private if it is not yet.
 * The bounds are those of the keyed header: with the short one there are the first bytes of the inner packet too.
 */
static __always_inline bool push_ipv4(struct __sk_buff *skb, const struct packet *inner, const struct passage *passage,
				      const struct identity *identity, __be16 source, __u32 bytes)
{
	__u32 overhead = overhead_of(4, has_short_header(passage->row));
	void *frame;

	if (bpf_skb_adjust_room(skb, overhead, BPF_ADJ_ROOM_MAC, ROOM_FLAGS | BPF_F_ADJ_ROOM_ENCAP_L3_IPV4))
		return false;
	frame = bytes_at(skb, 0, ETH_HLEN + IPV4_BYTES + UDP_BYTES + GUE_BYTES);
	if (!frame)
		return false;
	if (inner->version != 4)
		((struct ethhdr *)frame)->h_proto = bpf_htons(ETH_P_IP);
	write_ipv4(frame + ETH_HLEN, inner, passage, bytes + overhead);
	write_udp(frame + ETH_HLEN + IPV4_BYTES, passage, source, bytes + overhead - IPV4_BYTES);
	write_gue(frame + ETH_HLEN + IPV4_BYTES + UDP_BYTES, inner->version, passage->row, identity);
	return true;
}

static __always_inline bool push_ipv6(struct __sk_buff *skb, const struct packet *inner, const struct passage *passage,
				      const struct identity *identity, __be16 source, __u32 bytes)
{
	__u32 overhead = overhead_of(6, has_short_header(passage->row));
	void *frame;

	if (bpf_skb_adjust_room(skb, overhead, BPF_ADJ_ROOM_MAC, ROOM_FLAGS | BPF_F_ADJ_ROOM_ENCAP_L3_IPV6))
		return false;
	frame = bytes_at(skb, 0, ETH_HLEN + IPV6_BYTES + UDP_BYTES + GUE_BYTES);
	if (!frame)
		return false;
	if (inner->version != 6)
		((struct ethhdr *)frame)->h_proto = bpf_htons(ETH_P_IPV6);
	write_ipv6(frame + ETH_HLEN, inner, passage, bytes + overhead);
	write_udp(frame + ETH_HLEN + IPV6_BYTES, passage, source, bytes + overhead - IPV6_BYTES);
	write_gue(frame + ETH_HLEN + IPV6_BYTES + UDP_BYTES, inner->version, passage->row, identity);
	return true;
}

static __always_inline __be16 source_port(struct __sk_buff *skb, const struct tunnel_value *row)
{
	if (row->flags & TUNNEL_HASH_PORT)
		return bpf_htons(HASH_PORT_FIRST + (bpf_get_hash_recalc(skb) & HASH_PORT_MASK));
	return row->local_port;
}

static __always_inline enum verdict encapsulate(struct __sk_buff *skb, const struct packet *inner,
						const struct passage *passage, const struct identity *identity,
						struct outcome *outcome)
{
	__be16 source = source_port(skb, passage->row);
	/* From the frame, not the inner header: the lengths of a segmentation-offload packet are corrected when it is cut. */
	__u32 bytes = skb->len - ETH_HLEN;
	int action;

#ifdef DELIBERATELY_BROKEN
	return VERDICT_ENCAPSULATED;
#endif
	if (is_ipv4(&passage->row->local_ip) ? !push_ipv4(skb, inner, passage, identity, source, bytes)
					     : !push_ipv6(skb, inner, passage, identity, source, bytes))
		return VERDICT_ROOM_FAILED;
	action = take_hop(skb, &passage->hop);
	if (action < 0)
		return VERDICT_ROOM_FAILED;
	outcome->redirect = action;
	return VERDICT_ENCAPSULATED;
}

#endif
