/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What is too long for a tunnel. Adding a header does not fail near the MTU: such packets vanish later without a word. So
 * the sender is told (RFC 1191: fragmentation needed; RFC 4443: packet too big), as a router at the tunnel's mouth would, or
 * the packet is dropped.
 */
#ifndef TRUEINGRESS_SIZE_H
#define TRUEINGRESS_SIZE_H

#include <stddef.h>

#include "checksum.h"
#include "icmp.h"
#include "parse.h"
#include "vlan.h"

#define ANSWER_TTL 64
/* Internetwork control, as the kernel's own ICMP errors have it. */
#define ANSWER_TOS 0xc0
#define IPV6_MTU_MIN 1280

struct icmp_too_big {
	__u8 type;
	__u8 code;
	__sum16 check;
	__be32 mtu; /* of the next hop; in ICMP the upper half is unused (RFC 1191 section 4) */
};

/* What goes in front of the quoted packet. */
struct too_big_ipv4 {
	struct iphdr ip;
	struct icmp_too_big icmp;
};

struct too_big_ipv6 {
	struct ipv6hdr ip;
	struct icmp_too_big icmp;
};

/*
 * IPv6 senders go no lower than 1280 bytes (RFC 8200 section 5): told of less, they would be told again for ever, and one
 * forged error would end their connections. What the underlay said counts above that alone; what the tunnel itself takes
 * always does.
 */
static __always_inline __u32 refused_above(const struct packet *packet, __u32 fits, __u32 tunnel_fits)
{
	if (!(topology_features & FEATURE_IPV6) || packet->version != 6 || fits >= IPV6_MTU_MIN)
		return fits;
	return tunnel_fits < IPV6_MTU_MIN ? tunnel_fits : IPV6_MTU_MIN;
}

/* What a segmentation-offload packet will be cut into has its headers and at most gso_size bytes. */
static __always_inline bool is_too_big(struct __sk_buff *skb, const struct packet *packet, __u32 fits)
{
	if (skb->len - ETH_HLEN <= fits)
		return false;
	if (!skb->gso_size)
		return true;
	return packet->transport + (packet->protocol == IPPROTO_TCP ? packet->tcp_words * 4 : UDP_BYTES) +
		       skb->gso_size > fits;
}

/*
 * The sum of the quoted bytes. When the quoted transport checksum is unfinished (CHECKSUM_PARTIAL: its field is the pseudo
 * header's sum), the kernel or the device still fills it in on the way out, from the bytes that are left: the sum must be of
 * what will stand there, or the answer is dropped as broken.
 */
static __always_inline __u64 sum_of_quote(const struct __sk_buff *skb, const struct packet *packet, void *quoted,
					  __u32 ip_bytes, __u32 transport_bytes)
{
	__u32 length = skb->len - ETH_HLEN - ip_bytes;
	__sum16 *field = quoted + ip_bytes +
			 (transport_bytes == UDP_BYTES ? offsetof(struct udphdr, check) : offsetof(struct tcphdr, check));
	__u64 transport = (__u32)bpf_csum_diff(NULL, 0, quoted + ip_bytes, transport_bytes, 0);
	__u64 sum = (__u32)bpf_csum_diff(NULL, 0, quoted, ip_bytes, 0) + transport;
	__u64 pseudo = sum_of(&packet->source) + sum_of(&packet->destination) + bpf_htonl(packet->protocol) +
		       bpf_htonl(length);

	/* Two addresses in IPv4's clothes: their ::ffff is not part of it. */
	if (packet->version == 4)
		pseudo -= 2ULL * MAPPED;
	/* Whoever writes a fragment, or a fragment header, finishes the checksum first. */
	if (!is_fragment(packet) && packet->transport == header_bytes(packet->version) &&
	    *field == (__sum16)~fold(pseudo)) {
		__sum16 filled = fold(transport);

		sum += (__u64)(__u16)~*field + (filled ? filled : 0xffff);
	}
	return sum;
}

static __always_inline bool answer_ipv4(struct __sk_buff *skb, const struct packet *packet, __u32 fits,
					__u32 transport_bytes)
{
	struct too_big_ipv4 answer = {
		.ip = {
			.version = 4,
			.ihl = IPV4_BYTES / 4,
			.tos = ANSWER_TOS,
			.tot_len = bpf_htons(sizeof(answer) + IPV4_BYTES + transport_bytes),
			.frag_off = DONT_FRAGMENT,
			.ttl = ANSWER_TTL,
			.protocol = IPPROTO_ICMP,
			.saddr = packet->destination.word[3],
			.daddr = packet->source.word[3],
		},
		.icmp = {
			.type = ICMP_UNREACHABLE,
			.code = ICMP_FRAGMENTATION_NEEDED,
			.mtu = bpf_htonl(fits),
		},
	};
	__u32 quoted = IPV4_BYTES + transport_bytes;
	const __u32 *head = (const __u32 *)&answer.icmp;
	void *data = bytes_at(skb, ETH_HLEN, quoted);

	if (!data)
		return false;
	answer.ip.check = ipv4_checksum(&answer.ip);
	answer.icmp.check = fold((__u64)head[0] + head[1] + sum_of_quote(skb, packet, data, IPV4_BYTES, transport_bytes));
	if (bpf_skb_change_tail(skb, ETH_HLEN + quoted, 0))
		return false;
	if (bpf_skb_adjust_room(skb, sizeof(answer), BPF_ADJ_ROOM_MAC, 0))
		return false;
	data = bytes_at(skb, ETH_HLEN, sizeof(answer));
	if (!data)
		return false;
	*(struct too_big_ipv4 *)data = answer;
	return true;
}

static __always_inline bool answer_ipv6(struct __sk_buff *skb, const struct packet *packet, __u32 fits,
					__u32 ip_bytes, __u32 transport_bytes)
{
	struct too_big_ipv6 answer = {
		.ip = {
			.version = 6,
			.payload_len = bpf_htons(sizeof(answer.icmp) + ip_bytes + transport_bytes),
			.nexthdr = IPPROTO_ICMPV6,
			.hop_limit = ANSWER_TTL,
		},
		.icmp = {
			.type = ICMPV6_TOO_BIG,
			.mtu = bpf_htonl(fits < IPV6_MTU_MIN ? IPV6_MTU_MIN : fits),
		},
	};
	__u32 quoted = ip_bytes + transport_bytes;
	const __u32 *head = (const __u32 *)&answer.icmp;
	void *data = bytes_at(skb, ETH_HLEN, quoted);

	if (!data)
		return false;
	__builtin_memcpy(&answer.ip.saddr, &packet->destination, sizeof(answer.ip.saddr));
	__builtin_memcpy(&answer.ip.daddr, &packet->source, sizeof(answer.ip.daddr));
	answer.icmp.check = fold((__u64)head[0] + head[1] + sum_of(&packet->source) + sum_of(&packet->destination) +
				 bpf_htonl(IPPROTO_ICMPV6) + bpf_htonl(sizeof(answer.icmp) + quoted) +
				 sum_of_quote(skb, packet, data, ip_bytes, transport_bytes));
	if (bpf_skb_change_tail(skb, ETH_HLEN + quoted, 0))
		return false;
	if (bpf_skb_adjust_room(skb, sizeof(answer), BPF_ADJ_ROOM_MAC, 0))
		return false;
	data = bytes_at(skb, ETH_HLEN, sizeof(answer));
	if (!data)
		return false;
	*(struct too_big_ipv6 *)data = answer;
	return true;
}

/*
 * Turns the packet into the answer to its sender, in the name of whom it was sent to: the sender has a route to that, and
 * comes past no reverse path filter otherwise. Zero: the kernel could not. A function of its own: it is rare.
 */
__noinline int become_answer(struct __sk_buff *skb, const struct packet *packet, __u32 fits)
{
	if (!packet)
		return 0;
	if (topology_features & FEATURE_IPV6 && packet->version == 6) {
		if (packet->transport != IPV6_BYTES) /* a fragment header, and nothing else */
			return answer_ipv6(skb, packet, fits, IPV6_BYTES + IPV6_FRAGMENT_BYTES, UDP_BYTES);
		return packet->protocol == IPPROTO_TCP ? answer_ipv6(skb, packet, fits, IPV6_BYTES, TCP_BYTES)
						       : answer_ipv6(skb, packet, fits, IPV6_BYTES, UDP_BYTES);
	}
	return packet->protocol == IPPROTO_TCP ? answer_ipv4(skb, packet, fits, TCP_BYTES)
					       : answer_ipv4(skb, packet, fits, UDP_BYTES);
}

/* What this host sends itself is answered at the device's ingress, whose address is the frame's source. */
static __always_inline int send_back(struct __sk_buff *skb)
{
	struct ethhdr macs, turned;

	if (skb->ingress_ifindex)
		return leave_tag(skb) ? TC_ACT_SHOT : bpf_redirect_neigh(skb->ingress_ifindex, NULL, 0, 0);
	if (bpf_skb_load_bytes(skb, 0, &macs, sizeof(macs)))
		return TC_ACT_SHOT;
	turned = macs;
	__builtin_memcpy(turned.h_dest, macs.h_source, ETH_ALEN);
	__builtin_memcpy(turned.h_source, macs.h_dest, ETH_ALEN);
	if (bpf_skb_store_bytes(skb, 0, &turned, sizeof(turned), 0))
		return TC_ACT_SHOT;
	return bpf_redirect(skb->ifindex, BPF_F_INGRESS);
}

/*
 * Without DF a sender wants routers to make fragments, and behind the stack nobody makes them any more. One that makes them
 * itself cuts at its own interface's MTU: told once, at a first fragment, it cuts shorter from then on, where otherwise
 * nothing of it would ever fit. About a later fragment no error is sent (RFC 1812 section 4.3.2.7), nor about an error
 * (section 4.3.2.7 as well); and what has options is not quoted.
 */
static __always_inline enum verdict refuse_too_big(struct __sk_buff *skb, const struct packet *packet, __u32 fits,
						   int *action)
{
	if (is_later_fragment(packet) || is_icmp(packet) || packet->options != OPTIONS_NONE)
		return VERDICT_TOO_BIG;
	if (!(packet->fragment & DONT_FRAGMENT) && !is_first_fragment(packet))
		return VERDICT_TOO_BIG;
	if (!become_answer(skb, packet, fits))
		return VERDICT_ROOM_FAILED;
	*action = send_back(skb);
	return VERDICT_TOO_BIG_ANSWERED;
}

#endif
