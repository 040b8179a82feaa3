/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * ICMP and ICMPv6 as far as they belong to a service: errors about its packets, which quote them, and echoes to its proxy's
 * address (docs/DATAPATH.md sections 2 to 4). All of it is rare, so in functions of their own.
 */
#ifndef TRUEINGRESS_ICMP_H
#define TRUEINGRESS_ICMP_H

#include <stddef.h>

#include "checksum.h"
#include "gue.h"
#include "maps.h"
#include "nat.h"
#include "parse.h"
#include "path.h"

/* linux/icmp.h wants the C library's headers. */
#define ICMP_ECHO_REPLY 0
#define ICMP_UNREACHABLE 3
#define ICMP_ECHO_REQUEST 8
#define ICMP_TIME_EXCEEDED 11
#define ICMP_PARAMETER_PROBLEM 12
#define ICMP_FRAGMENTATION_NEEDED 4 /* a code of ICMP_UNREACHABLE */

#define ICMPV6_UNREACHABLE 1
#define ICMPV6_TOO_BIG 2
#define ICMPV6_PARAMETER_PROBLEM 4
#define ICMPV6_ECHO_REQUEST 128
#define ICMPV6_ECHO_REPLY 129

struct icmp_header {
	__u8 type;
	__u8 code;
	__sum16 check;
	__be16 identifier; /* of an echo */
	__be16 low;        /* an echo's sequence; of "fragmentation needed" the MTU */
};

_Static_assert(sizeof(struct icmp_header) == ICMP_BYTES, "RFC 792");

enum icmp_kind {
	ICMP_OTHER = 0,
	ICMP_ERROR = 1,
	ICMP_REQUEST = 2,
	ICMP_REPLY = 3,
};

/* The packet that an error is about. */
struct quote {
	struct endpoint source;
	struct endpoint destination;
	__u32 at; /* of its IP header in the frame */
	__u8 version;
	__u8 protocol;  /* TCP or UDP */
	__u8 transport; /* from the IP header to the ports */
	__u8 pad;
};

static __always_inline bool is_error(__u32 version, __u8 type)
{
	if (version == 6)
		return type >= ICMPV6_UNREACHABLE && type <= ICMPV6_PARAMETER_PROBLEM;
	return type == ICMP_UNREACHABLE || type == ICMP_TIME_EXCEEDED || type == ICMP_PARAMETER_PROBLEM;
}

/* Field by field into `quote`: a whole header beside it would be too much for the stack. */
static __always_inline bool read_quoted_ipv4(struct __sk_buff *skb, struct quote *quote)
{
	__be32 word[3]; /* version, IHL … · id, fragment · TTL, protocol, checksum */

	if (bpf_skb_load_bytes(skb, quote->at, word, sizeof(word)) ||
	    bpf_skb_load_bytes(skb, quote->at + offsetof(struct iphdr, saddr), &quote->source.ip.word[3], sizeof(__be32)) ||
	    bpf_skb_load_bytes(skb, quote->at + offsetof(struct iphdr, daddr), &quote->destination.ip.word[3],
			       sizeof(__be32)))
		return false;
	quote->source.ip.word[2] = MAPPED;
	quote->destination.ip.word[2] = MAPPED;
	quote->protocol = bpf_ntohl(word[2]) >> 16;
	return bpf_ntohl(word[0]) >> 24 == 0x45 && !(bpf_ntohl(word[1]) & 0x1fff);
}

static __always_inline bool read_quoted_ipv6(struct __sk_buff *skb, struct quote *quote)
{
	__be32 word[2]; /* version, class, flow · length, next header, hop limit */

	if (bpf_skb_load_bytes(skb, quote->at, word, sizeof(word)) ||
	    bpf_skb_load_bytes(skb, quote->at + offsetof(struct ipv6hdr, saddr), &quote->source.ip,
			       sizeof(quote->source.ip)) ||
	    bpf_skb_load_bytes(skb, quote->at + offsetof(struct ipv6hdr, daddr), &quote->destination.ip,
			       sizeof(quote->destination.ip)))
		return false;
	quote->protocol = bpf_ntohl(word[1]) >> 8;
	return bpf_ntohl(word[0]) >> 28 == 6 && !is_no_ipv6(&quote->source.ip) && !is_no_ipv6(&quote->destination.ip);
}

/*
 * A first fragment's own header, the one extension that is read: whoever sends fragments hears of a link that they are too
 * long for by these quotes alone.
 */
static __always_inline bool skip_quoted_fragment(struct __sk_buff *skb, struct quote *quote)
{
	__be16 word[2]; /* next header, reserved · offset, more fragments */

	if (bpf_skb_load_bytes(skb, quote->at + IPV6_BYTES, word, sizeof(word)))
		return false;
	quote->protocol = bpf_ntohs(word[0]) >> 8;
	quote->transport = IPV6_BYTES + IPV6_FRAGMENT_BYTES;
	return !(bpf_ntohs(word[1]) >> 3);
}

/* Whole up to its first eight transport bytes, without options, no later fragment. `quote` comes zeroed. */
static __always_inline bool read_quote(struct __sk_buff *skb, __u32 at, __u32 version, struct quote *quote)
{
	__be16 transport[4];

	quote->at = at;
	quote->version = version;
	quote->transport = header_bytes(version);
	if (topology_features & FEATURE_IPV6 && version == 6 ? !read_quoted_ipv6(skb, quote)
							     : !read_quoted_ipv4(skb, quote))
		return false;
	if (topology_features & FEATURE_IPV6 && version == 6 && quote->protocol == IPV6_FRAGMENT &&
	    !skip_quoted_fragment(skb, quote))
		return false;
	if (quote->protocol != IPPROTO_TCP && quote->protocol != IPPROTO_UDP)
		return false;
	if (bpf_skb_load_bytes(skb, at + quote->transport, transport, sizeof(transport)))
		return false;
	quote->source.port = transport[0];
	quote->destination.port = transport[1];
	return true;
}

/*
 * What an ICMP packet is. Of an error `quote` is filled in; of an echo the identifier becomes the client's port. A packet that
 * is a fragment or has options is none of these.
 */
__noinline int read_icmp(struct __sk_buff *skb, struct packet *packet, struct quote *quote)
{
	struct icmp_header icmp;
	__u32 at;

	if (!packet || !quote || is_fragment(packet) || packet->transport != header_bytes(packet->version))
		return ICMP_OTHER;
	at = packet->at + packet->transport;
	if (bpf_skb_load_bytes(skb, at, &icmp, sizeof(icmp)))
		return ICMP_OTHER;
	if (is_error(packet->version, icmp.type))
		return read_quote(skb, at + ICMP_BYTES, packet->version, quote) ? ICMP_ERROR : ICMP_OTHER;
	if (icmp.code)
		return ICMP_OTHER;
	if (icmp.type == (packet->version == 6 ? ICMPV6_ECHO_REQUEST : ICMP_ECHO_REQUEST)) {
		packet->ports.source = icmp.identifier;
		return ICMP_REQUEST;
	}
	if (icmp.type == (packet->version == 6 ? ICMPV6_ECHO_REPLY : ICMP_ECHO_REPLY)) {
		packet->ports.destination = icmp.identifier;
		return ICMP_REPLY;
	}
	return ICMP_OTHER;
}

static __always_inline int add_to_sum(struct __sk_buff *skb, __u32 at, __u64 change)
{
	change = (change & 0xffffffff) + (change >> 32);
	change = (change & 0xffffffff) + (change >> 32);
	return bpf_l4_csum_replace(skb, at, 0, change, 0);
}

/*
 * In a quoted packet, the transport checksum after a change of `change` in what it covers; adds to `sum` what that does to the
 * bytes. A TCP header is quoted so far only by some, and UDP may be without.
 */
static __always_inline int change_quoted_sum(struct __sk_buff *skb, __u32 at, __u8 protocol, __u64 change, __u64 *sum)
{
	__sum16 before, after;

	at += protocol == IPPROTO_TCP ? offsetof(struct tcphdr, check) : offsetof(struct udphdr, check);
	if (bpf_skb_load_bytes(skb, at, &before, sizeof(before)))
		return protocol == IPPROTO_TCP ? 0 : -1;
	if (protocol == IPPROTO_UDP && !before)
		return 0;
	after = checksum_after(before, change);
	if (protocol == IPPROTO_UDP && !after)
		after = 0xffff;
	*sum += change_of(before, after);
	return bpf_skb_store_bytes(skb, at, &after, sizeof(after), 0);
}

/* Replaces an endpoint in the quoted packet and makes it good in the ICMP checksum. */
static __always_inline int translate_quote(struct __sk_buff *skb, const struct quote *quote, enum side side,
					   const struct endpoint *after)
{
	const struct endpoint *before = side == SIDE_SOURCE ? &quote->source : &quote->destination;
	__u64 addresses = sum_of_change(&before->ip, &after->ip);
	__u64 ports = change_of(before->port, after->port);
	__u32 transport = quote->at + quote->transport;
	__u64 sum = ports;

	if (bpf_skb_store_bytes(skb, transport + (side == SIDE_SOURCE ? 0 : sizeof(__be16)), &after->port,
				sizeof(after->port), 0))
		return -1;
	if (topology_features & FEATURE_IPV6 && quote->version == 6) {
		__u32 at = side == SIDE_SOURCE ? offsetof(struct ipv6hdr, saddr) : offsetof(struct ipv6hdr, daddr);

		if (bpf_skb_store_bytes(skb, quote->at + at, &after->ip, sizeof(after->ip), 0))
			return -1;
		sum += addresses;
	} else {
		__u32 at = side == SIDE_SOURCE ? offsetof(struct iphdr, saddr) : offsetof(struct iphdr, daddr);
		__be32 address = after->ip.word[3];
		__sum16 check;

		/* What the address adds to the quoted bytes its header's checksum takes away. */
		if (bpf_skb_load_bytes(skb, quote->at + offsetof(struct iphdr, check), &check, sizeof(check)))
			return -1;
		check = checksum_after(check, addresses);
		if (bpf_skb_store_bytes(skb, quote->at + offsetof(struct iphdr, check), &check, sizeof(check), 0) ||
		    bpf_skb_store_bytes(skb, quote->at + at, &address, sizeof(address), 0))
			return -1;
	}
	if (change_quoted_sum(skb, transport, quote->protocol, addresses + ports, &sum))
		return -1;
	return add_to_sum(skb, quote->at - ICMP_BYTES + offsetof(struct icmp_header, check), sum);
}

enum quoted {
	QUOTED_FAILED = 0, /* the kernel could not; drop the packet */
	QUOTED_SPEAKER_OTHER = 1,
	QUOTED_SPEAKER_ENDPOINT = 2, /* the error itself comes from what the quote calls its destination */
};

/*
 * An error at the start of the frame, about a packet to or from an endpoint: in what it quotes the endpoint on `side` is
 * replaced. Its own addresses are left to the caller.
 */
__noinline int translate_quoted(struct __sk_buff *skb, const struct packet *packet, const struct endpoint *after, __u32 side)
{
	struct quote quote = {};

	if (!packet || !after)
		return QUOTED_FAILED;
	if (!read_quote(skb, ETH_HLEN + packet->transport + ICMP_BYTES, packet->version, &quote))
		return QUOTED_FAILED;
	if (translate_quote(skb, &quote, side, after))
		return QUOTED_FAILED;
	return same_ip(&packet->source, &quote.destination.ip) ? QUOTED_SPEAKER_ENDPOINT : QUOTED_SPEAKER_OTHER;
}

/* Turns an echo request into its reply. Nonzero: the kernel could not. */
__noinline int become_reply(struct __sk_buff *skb, const struct packet *packet)
{
	__be16 before, after;
	__u8 ttl = 64;
	__u32 at;

	if (!packet)
		return -1;
	at = ETH_HLEN + packet->transport;
	before = bpf_htons((packet->version == 6 ? ICMPV6_ECHO_REQUEST : ICMP_ECHO_REQUEST) << 8);
	after = bpf_htons((packet->version == 6 ? ICMPV6_ECHO_REPLY : ICMP_ECHO_REPLY) << 8);
	if (bpf_skb_store_bytes(skb, at, &after, sizeof(after), 0) ||
	    bpf_l4_csum_replace(skb, at + offsetof(struct icmp_header, check), before, after, sizeof(after)))
		return -1;
	if (packet->version == 6) {
		struct ip_addr turned[2] = { packet->destination, packet->source };

		return bpf_skb_store_bytes(skb, ETH_HLEN + offsetof(struct ipv6hdr, saddr), turned, sizeof(turned), 0) ||
		       bpf_skb_store_bytes(skb, ETH_HLEN + offsetof(struct ipv6hdr, hop_limit), &ttl, sizeof(ttl),
					   BPF_F_RECOMPUTE_CSUM);
	} else {
		struct iphdr ip;

		if (bpf_skb_load_bytes(skb, ETH_HLEN, &ip, sizeof(ip)))
			return -1;
		ip.check = checksum_after(ip.check, change_of(bpf_htonl((__u32)ip.ttl << 24), bpf_htonl((__u32)ttl << 24)));
		ip.ttl = ttl;
		ip.saddr = packet->destination.word[3];
		ip.daddr = packet->source.word[3];
		return bpf_skb_store_bytes(skb, ETH_HLEN, &ip, sizeof(ip), 0);
	}
}

#define IPV4_MTU_LEAST 68
/*
 * 576 bytes that every IPv4 host takes (RFC 791), within a tunnel. Below 552 inside, Linux senders (route.min_pmtu) stop asking
 * for what fits and send without DF: one forged error would end their connections.
 */
#define IPV4_MTU_FLOOR (576 + overhead_of(4, false))
#define IPV6_MTU_FLOOR 1280

/* The MTU that a too-big error names, never less than any path must carry; 0: it names none that can be. */
static __always_inline __u32 mtu_of(const struct icmp_header *icmp, __u32 version)
{
	__u32 mtu = bpf_ntohs(icmp->low);

	if (version == 6) {
		if (icmp->identifier || mtu < IPV4_MTU_LEAST)
			return 0;
		return mtu < IPV6_MTU_FLOOR ? IPV6_MTU_FLOOR : mtu;
	}
	if (mtu && mtu < IPV4_MTU_LEAST)
		return 0;
	return mtu < IPV4_MTU_FLOOR ? IPV4_MTU_FLOOR : mtu;
}

_Static_assert(sizeof(struct endpoint) == sizeof(struct decap_key) &&
		       offsetof(struct endpoint, port) == offsetof(struct decap_key, port),
	       "an endpoint can be looked up in DECAP");

/*
 * Whether GUE leaves from there: from a tunnel's local endpoint, or, where the port is a flow's hash, from any port of its
 * address. An endpoint is laid out as DECAP's key, and there is little room on the stack.
 */
static __always_inline bool is_sent_by_us(struct endpoint *source)
{
	if (source->port && bpf_map_lookup_elem(&decap, source))
		return true;
	if (bpf_ntohs(source->port) < HASH_PORT_FIRST)
		return false;
	source->port = 0;
	return bpf_map_lookup_elem(&decap, source);
}

/*
 * An ICMP packet at ingress. One that says that our GUE was too big for the underlay lowers what that path takes; in any case
 * it goes on to the stack. Nonzero: it did.
 */
__noinline int hear_too_big(struct __sk_buff *skb, const struct packet *packet)
{
	struct icmp_header icmp;
	struct quote quote = {};
	struct path_key ends;
	__u32 at, mtu;

	if (!packet || is_fragment(packet) || packet->transport != header_bytes(packet->version))
		return 0;
	at = packet->at + packet->transport;
	if (bpf_skb_load_bytes(skb, at, &icmp, sizeof(icmp)))
		return 0;
	if (packet->version == 6 ? icmp.type != ICMPV6_TOO_BIG || icmp.code
				 : icmp.type != ICMP_UNREACHABLE || icmp.code != ICMP_FRAGMENTATION_NEEDED)
		return 0;
	mtu = mtu_of(&icmp, packet->version);
	if (!mtu || !read_quote(skb, at + ICMP_BYTES, packet->version, &quote) || quote.protocol != IPPROTO_UDP)
		return 0;
	if (!is_sent_by_us(&quote.source))
		return 0;
	ends.local_ip = quote.source.ip;
	ends.remote_ip = quote.destination.ip;
	lower_mtu(&ends, mtu);
	return 1;
}

#endif
