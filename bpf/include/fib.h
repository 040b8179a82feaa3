/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Next hops by the kernel's routes: of the outer packet at egress (`fib`, `fwd`), asked before anything is changed, and of
 * the decapsulated one at ingress (`fwd`). Without them a frame keeps the MAC addresses that the route to the proxy address
 * gave it, and the stack finds the way.
 */
#ifndef TRUEINGRESS_FIB_H
#define TRUEINGRESS_FIB_H

#include "checksum.h"
#include "maps.h"
#include "parse.h"
#include "vlan.h"

#define FAMILY_IPV4 2
#define FAMILY_IPV6 10

enum hop_kind {
	HOP_AS_IS = 0,
	HOP_KNOWN = 1,
	HOP_UNRESOLVED = 2,
	HOP_NONE = 3,
};

struct hop {
	enum hop_kind kind;
	__u32 redirect;     /* where it leaves; 0: where it is */
	struct ethhdr macs; /* HOP_KNOWN */
	__u8 pad[2];
};

/* Flags of this interface's hook. When no interface has any of `asked`, the constant makes this and all that follows dead code. */
static __always_inline __u32 flags_of(struct __sk_buff *skb, enum direction direction, __u32 features, __u32 asked)
{
	struct config_key key = { .ifindex = skb->ifindex, .direction = direction };
	struct config_value *row;

	if (!(features & asked))
		return 0;
	row = bpf_map_lookup_elem(&config, &key);
	return row ? row->flags & asked : 0;
}

static __always_inline void put_addresses(struct bpf_fib_lookup *query, const struct ip_addr *source,
					  const struct ip_addr *destination, __u8 tos)
{
	if (is_ipv4(destination)) {
		query->family = FAMILY_IPV4;
		query->tos = tos;
		query->ipv4_src = source->word[3];
		query->ipv4_dst = destination->word[3];
		return;
	}
	query->family = FAMILY_IPV6;
	query->flowinfo = bpf_htonl((__u32)tos << 20);
	__builtin_memcpy(query->ipv6_src, source, sizeof(*source));
	__builtin_memcpy(query->ipv6_dst, destination, sizeof(*destination));
}

static __always_inline void put_macs(struct ethhdr *macs, const struct bpf_fib_lookup *found)
{
	__builtin_memcpy(macs->h_dest, found->dmac, ETH_ALEN);
	__builtin_memcpy(macs->h_source, found->smac, ETH_ALEN);
	macs->h_proto = found->family == FAMILY_IPV4 ? bpf_htons(ETH_P_IP) : bpf_htons(ETH_P_IPV6);
}

/*
 * `fib`: OUTPUT, since the outer packet is this host's own; the kernel then looks only at routes of this interface. `fwd`: as
 * for a packet that came in by it, so that another interface may be named. `tot_len` stays 0: with the length of a
 * segmentation-offload packet the answer would be "fragmentation needed".
 */
static __always_inline void find_hop(struct __sk_buff *skb, const struct ip_addr *source,
				     const struct ip_addr *destination, __u8 tos, bool elsewhere, struct hop *hop)
{
	struct bpf_fib_lookup query = { .l4_protocol = IPPROTO_UDP, .ifindex = skb->ifindex };

	put_addresses(&query, source, destination, tos);
	switch (bpf_fib_lookup(skb, &query, sizeof(query), elsewhere ? 0 : BPF_FIB_LOOKUP_OUTPUT)) {
	case BPF_FIB_LKUP_RET_SUCCESS:
		/* For IPv6 the kernel takes the interface for a hint: another one's neighbour is of no use here. */
		if (!elsewhere && query.ifindex != skb->ifindex) {
			hop->kind = HOP_NONE;
			break;
		}
		hop->kind = HOP_KNOWN;
		hop->redirect = elsewhere ? query.ifindex : 0;
		put_macs(&hop->macs, &query);
		break;
	case BPF_FIB_LKUP_RET_NO_NEIGH:
		/* Dropping would never make the kernel ask for the address: a black hole for ever. */
		hop->kind = HOP_UNRESOLVED;
		hop->redirect = query.ifindex;
		break;
	default:
		hop->kind = HOP_NONE;
	}
}

/* Sends the finished packet on. The action to return, 0 for "as the verdict says", negative when the kernel could not. */
static __always_inline int take_hop(struct __sk_buff *skb, const struct hop *hop)
{
	if (hop->redirect && hop->redirect != skb->ifindex && leave_tag(skb))
		return -1;
	switch (hop->kind) {
	case HOP_KNOWN:
		if (bpf_skb_store_bytes(skb, 0, &hop->macs, sizeof(hop->macs), 0))
			return -1;
		return hop->redirect && hop->redirect != skb->ifindex ? bpf_redirect(hop->redirect, 0) : 0;
	case HOP_UNRESOLVED:
		/*
		 * The kernel routes by the packet's own destination. With a next hop named here the packet would keep the route to
		 * the proxy address, and a packet that waited for its neighbour follows that one: to the wrong host.
		 */
		return bpf_redirect_neigh(hop->redirect, NULL, 0, 0);
	default:
		return 0;
	}
}

/* TTL or hop limit one less, as a router's work is; only what has one to spare is forwarded. */
static __always_inline int age(struct __sk_buff *skb, const struct packet *packet, __u8 ttl)
{
	struct iphdr ip;

	ttl--;
	if (packet->version == 6)
		return bpf_skb_store_bytes(skb, ETH_HLEN + offsetof(struct ipv6hdr, hop_limit), &ttl, sizeof(ttl),
					   BPF_F_RECOMPUTE_CSUM);
	if (bpf_skb_load_bytes(skb, ETH_HLEN, &ip, sizeof(ip)))
		return -1;
	ip.check = checksum_after(ip.check, change_of(bpf_htonl((__u32)ip.ttl << 24), bpf_htonl((__u32)ttl << 24)));
	ip.ttl = ttl;
	return bpf_skb_store_bytes(skb, ETH_HLEN + offsetof(struct iphdr, ttl), &ip.ttl,
				   offsetof(struct iphdr, saddr) - offsetof(struct iphdr, ttl), 0);
}

/*
 * `fwd` at ingress: what came out of a tunnel, by now at the start of the frame, goes on without the stack. `packet` has the
 * addresses that it has now. The action to return; 0: to the stack after all, which knows what to do with its own packets,
 * with old ones and with too long ones; negative: nowhere.
 */
__noinline int forward(struct __sk_buff *skb, const struct packet *packet)
{
	struct bpf_fib_lookup query = { .ifindex = skb->ifindex };
	struct ethhdr macs;
	__u32 ttl_at;
	__u8 ttl;

	if (!packet)
		return -1;
	ttl_at = packet->version == 6 ? offsetof(struct ipv6hdr, hop_limit) : offsetof(struct iphdr, ttl);
	if (bpf_skb_load_bytes(skb, ETH_HLEN + ttl_at, &ttl, sizeof(ttl)))
		return -1;
	if (ttl <= 1)
		return 0;
	query.l4_protocol = packet->protocol;
	put_addresses(&query, &packet->source, &packet->destination, packet->tos);
	switch (bpf_fib_lookup(skb, &query, sizeof(query), 0)) {
	case BPF_FIB_LKUP_RET_SUCCESS:
		put_macs(&macs, &query);
		if (age(skb, packet, ttl) || bpf_skb_store_bytes(skb, 0, &macs, sizeof(macs), 0) || leave_tag(skb))
			return -1;
		return bpf_redirect(query.ifindex, 0);
	case BPF_FIB_LKUP_RET_NO_NEIGH:
		return age(skb, packet, ttl) || leave_tag(skb) ? -1 : (int)bpf_redirect_neigh(query.ifindex, NULL, 0, 0);
	case BPF_FIB_LKUP_RET_NOT_FWDED:
	case BPF_FIB_LKUP_RET_FRAG_NEEDED:
		return 0;
	default:
		return -1;
	}
}

#endif
