/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * An endpoint in a packet replaced by another: addresses, port and checksums. The packet is at the start of the frame,
 * is no fragment and has no options. By the kernel's helpers, since a packet's transport checksum may be unfinished
 * (CHECKSUM_PARTIAL: the field holds the pseudo header's sum, ports not included) and only they know.
 */
#ifndef TRUEINGRESS_NAT_H
#define TRUEINGRESS_NAT_H

#include <stddef.h>

#include "address.h"
#include "checksum.h"
#include "maps.h"
#include "parse.h"

static __always_inline struct nat_value *find_translation(__be32 ip, __be16 port, __u8 protocol, __u8 direction)
{
	struct nat_key key = { .ip = mapped(ip), .port = port, .protocol = protocol, .direction = direction };

	return bpf_map_lookup_elem(&nat, &key);
}

/* As they lie in an IPv4 header, so that one store writes them all. */
struct checked_addresses {
	__sum16 check;
	__be32 source;
	__be32 destination;
} __attribute__((packed));

_Static_assert(offsetof(struct iphdr, check) + 2 == offsetof(struct iphdr, saddr), "checksum, then addresses");

static __always_inline int replace_transport_sum(struct __sk_buff *skb, const struct packet *packet, const struct endpoint *before,
					     const struct endpoint *after)
{
	bool tcp = packet->protocol == IPPROTO_TCP;
	__u32 at = ETH_HLEN + IPV4_BYTES + (tcp ? offsetof(struct tcphdr, check) : offsetof(struct udphdr, check));
	/* In UDP zero means "none", and a sum of zero is written as ffff. */
	__u64 flags = tcp ? 0 : BPF_F_MARK_MANGLED_0;

	if (before->ip != after->ip &&
	    bpf_l4_csum_replace(skb, at, before->ip, after->ip, flags | BPF_F_PSEUDO_HDR | sizeof(__be32)))
		return -1;
	if (before->port != after->port && bpf_l4_csum_replace(skb, at, before->port, after->port, flags | sizeof(__be16)))
		return -1;
	return 0;
}

/* Nonzero: the kernel could not, and the packet is half changed; drop it. */
static __always_inline int replace_endpoint(struct __sk_buff *skb, const struct packet *packet, const struct endpoint *before,
					    const struct endpoint *after, bool source)
{
	__u32 port_offset = source ? offsetof(struct ports, source) : offsetof(struct ports, destination);
	struct checked_addresses addresses = {
		.check = checksum_after(packet->check, before->ip, after->ip),
		.source = source ? after->ip : packet->source,
		.destination = source ? packet->destination : after->ip,
	};

	if (before->ip == after->ip && before->port == after->port)
		return 0;
	if (replace_transport_sum(skb, packet, before, after))
		return -1;
	if (before->port != after->port &&
	    bpf_skb_store_bytes(skb, ETH_HLEN + IPV4_BYTES + port_offset, &after->port, sizeof(after->port), 0))
		return -1;
	if (before->ip == after->ip)
		return 0;
	return bpf_skb_store_bytes(skb, ETH_HLEN + offsetof(struct iphdr, check), &addresses, sizeof(addresses), 0);
}

static __always_inline int replace_source(struct __sk_buff *skb, const struct packet *packet, const struct endpoint *after)
{
	struct endpoint before = { .ip = packet->source, .port = packet->ports.source };

	return replace_endpoint(skb, packet, &before, after, true);
}

static __always_inline int replace_destination(struct __sk_buff *skb, const struct packet *packet, const struct endpoint *after)
{
	struct endpoint before = { .ip = packet->destination, .port = packet->ports.destination };

	return replace_endpoint(skb, packet, &before, after, false);
}

#endif
