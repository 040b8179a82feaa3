/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * An endpoint in a packet replaced by another: address, port and checksums. The packet is at the start of the frame; a later
 * fragment, and an echo, has no port. By the kernel's helpers, since a packet's transport checksum may be unfinished
 * (CHECKSUM_PARTIAL: the field holds the pseudo header's sum, ports not included) and only they know.
 */
#ifndef TRUEINGRESS_NAT_H
#define TRUEINGRESS_NAT_H

#include <stddef.h>

#include "address.h"
#include "checksum.h"
#include "maps.h"
#include "parse.h"

enum side {
	SIDE_SOURCE = 0,
	SIDE_DESTINATION = 1,
};

static __always_inline struct nat_value *find_translation(const struct ip_addr *ip, __be16 port, __u8 protocol,
							  __u8 direction)
{
	struct nat_key key = { .ip = *ip, .port = port, .protocol = protocol, .direction = direction };

	return bpf_map_lookup_elem(&nat, &key);
}

static __always_inline bool has_ports(const struct packet *packet)
{
	return (packet->protocol == IPPROTO_TCP || packet->protocol == IPPROTO_UDP) && !is_later_fragment(packet);
}

static __always_inline int replace_sum(struct __sk_buff *skb, __u32 at, __u64 flags, const struct ip_addr *before,
				       const struct ip_addr *after, __u32 version)
{
	if (version == 4)
		return bpf_l4_csum_replace(skb, at, before->word[3], after->word[3],
					   flags | BPF_F_PSEUDO_HDR | sizeof(__be32));
	return bpf_l4_csum_replace(skb, at, 0, sum_of_change(before, after), flags | BPF_F_PSEUDO_HDR);
}

static __always_inline int replace_transport_sum(struct __sk_buff *skb, const struct packet *packet,
						 const struct ip_addr *ip, __be16 port, const struct endpoint *after)
{
	bool tcp = packet->protocol == IPPROTO_TCP;
	__u32 at = ETH_HLEN + packet->transport +
		   (tcp ? offsetof(struct tcphdr, check) : offsetof(struct udphdr, check));
	/* In UDP zero means "none", and a sum of zero is written as ffff. */
	__u64 flags = tcp ? 0 : BPF_F_MARK_MANGLED_0;

	if (!same_ip(ip, &after->ip) && replace_sum(skb, at, flags, ip, &after->ip, packet->version))
		return -1;
	if (port != after->port && bpf_l4_csum_replace(skb, at, port, after->port, flags | sizeof(__be16)))
		return -1;
	return 0;
}

/* What an endpoint touches, as it lies in an IPv4 packet without options: one store writes it all. */
struct rewritten {
	__sum16 check;
	__be32 source;
	__be32 destination;
	struct ports ports;
} __attribute__((packed));

_Static_assert(offsetof(struct iphdr, check) + sizeof(struct rewritten) == sizeof(struct iphdr) + sizeof(struct ports),
	       "checksum, addresses, ports");

static __always_inline int store_ipv4(struct __sk_buff *skb, const struct packet *packet, enum side side,
				      const struct endpoint *after, const struct ports *ports)
{
	const struct ip_addr *before = side == SIDE_SOURCE ? &packet->source : &packet->destination;
	struct rewritten rewritten = {
		.check = checksum_after(packet->check, change_of(before->word[3], after->ip.word[3])),
		.source = side == SIDE_SOURCE ? after->ip.word[3] : packet->source.word[3],
		.destination = side == SIDE_DESTINATION ? after->ip.word[3] : packet->destination.word[3],
		.ports = *ports,
	};
	__u32 at = ETH_HLEN + offsetof(struct iphdr, check);

	if (has_ports(packet) && packet->transport == IPV4_BYTES)
		return bpf_skb_store_bytes(skb, at, &rewritten, sizeof(rewritten), 0);
	return bpf_skb_store_bytes(skb, at, &rewritten, offsetof(struct rewritten, ports), 0);
}

/*
 * BPF_F_RECOMPUTE_CSUM: where a device summed the whole packet (CHECKSUM_COMPLETE), bpf_l4_csum_replace takes the change of the
 * pseudo header out of that sum, as if a header checksum made it good. IPv6 has none, so the address must count.
 */
static __always_inline int store_ipv6(struct __sk_buff *skb, enum side side, const struct endpoint *after)
{
	__u32 at = ETH_HLEN +
		   (side == SIDE_SOURCE ? offsetof(struct ipv6hdr, saddr) : offsetof(struct ipv6hdr, daddr));

	return bpf_skb_store_bytes(skb, at, &after->ip, sizeof(after->ip), BPF_F_RECOMPUTE_CSUM);
}

/* Nonzero: the kernel could not, and the packet may be half changed; drop it. */
static __always_inline int translate(struct __sk_buff *skb, const struct packet *packet, enum side side,
				     const struct endpoint *after)
{
	const struct ip_addr *ip = side == SIDE_SOURCE ? &packet->source : &packet->destination;
	__be16 port = side == SIDE_SOURCE ? packet->ports.source : packet->ports.destination;
	bool same_address = same_ip(ip, &after->ip);
	struct ports ports = packet->ports;

	if (same_address && (port == after->port || !has_ports(packet)))
		return 0;
	if (side == SIDE_SOURCE)
		ports.source = after->port;
	else
		ports.destination = after->port;
	if (has_ports(packet) && replace_transport_sum(skb, packet, ip, port, after))
		return -1;
	/* An echo: ICMPv6 sums the addresses too, ICMP does not. */
	if (packet->protocol == IPPROTO_ICMPV6 && !is_later_fragment(packet) &&
	    replace_sum(skb, ETH_HLEN + packet->transport + 2, 0, ip, &after->ip, 6))
		return -1;
	if (packet->version == 4 ? store_ipv4(skb, packet, side, after, &ports)
				 : !same_address && store_ipv6(skb, side, after))
		return -1;
	if (!has_ports(packet) || (packet->version == 4 && packet->transport == IPV4_BYTES))
		return 0;
	return bpf_skb_store_bytes(skb, ETH_HLEN + packet->transport, &ports, sizeof(ports), 0);
}

#endif
