// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Ingress. What comes to one of our tunnels' local endpoints is checked to the last field, and only then changed: data is
 * decapsulated (on a node also translated from proxy to endpoint) and goes on into the stack, a ping says where a
 * tunnel's far end is and ends here. Everything else passes untouched.
 */
#include "include/program.h"

#include "include/decap.h"
#include "include/ecn.h"
#include "include/fib.h"
#include "include/flow.h"
#include "include/fragment.h"
#include "include/gue.h"
#include "include/icmp.h"
#include "include/nat.h"
#include "include/ping.h"
#include "include/segment.h"
#include "include/service.h"

/* DECAP: what only has to be asked of packets that did not prove by their key which tunnel they came through. */
static __always_inline bool is_tunnel_end(const struct packet *outer)
{
	struct decap_key key = { .ip = outer->destination, .port = outer->ports.destination };
	struct decap_value *row = bpf_map_lookup_elem(&decap, &key);

	return row && row->tunnels;
}

static __always_inline enum verdict refuse_outer(struct __sk_buff *skb, const struct packet *outer)
{
	if (is_first_fragment(outer)) {
		if (is_tunnel_end(outer))
			remember_ports(outer);
		return VERDICT_FRAGMENT;
	}
	if (outer->transport != header_bytes(outer->version))
		return VERDICT_OPTIONS;
	/* A frame may be padded behind the packet, but not end before it. */
	if (outer->bytes < outer->transport + UDP_BYTES + sizeof(__be32) || outer->bytes > skb->len - ETH_HLEN)
		return VERDICT_BAD_HEADER;
	return NO_FAULT;
}

/* The key's service; `fault` says why there is none. */
static __always_inline struct verify_value *verify_key_of(const struct gue *gue, struct outcome *outcome,
							  enum verdict *fault)
{
	struct verify_value *service = find_service(gue->group, gue->service);

	if (!service) {
		*fault = VERDICT_UNKNOWN_SERVICE;
		return NULL;
	}
	outcome->service = service->counter;
	if (!opens(gue->key, service)) {
		*fault = VERDICT_BAD_KEY;
		return NULL;
	}
	return service;
}

/* How data came, as its checks found it. */
struct arrival {
	struct verify_value *service;
	struct tunnel_value *row;
	__u32 tunnel;
	__be16 group;
	__be16 number;
	__u32 overhead; /* bytes of the outer headers */
	int icmp;       /* enum icmp_kind, of an inner ICMP packet */
};

/* By its key: the service, and the tunnel that it came by. */
static __always_inline enum verdict arrive_keyed(struct __sk_buff *skb, const struct packet *outer, __u32 gue_at,
						 struct arrival *arrival, struct outcome *outcome, bool *proved)
{
	enum verdict fault = NO_FAULT;
	struct gue *gue;

	arrival->overhead = gue_at + GUE_BYTES - ETH_HLEN;
	if (outer->bytes < arrival->overhead)
		return VERDICT_BAD_HEADER;
	gue = bytes_at(skb, gue_at, sizeof(*gue));
	if (!gue)
		return VERDICT_BAD_HEADER;
	arrival->group = gue->group;
	arrival->number = gue->service;
	arrival->service = verify_key_of(gue, outcome, &fault);
	if (!arrival->service)
		return fault;
	arrival->row = arrival_tunnel(arrival->service, outer, &arrival->tunnel, &fault);
	if (!arrival->row)
		return fault;
	outcome->tunnel = arrival->row->counter;
	*proved = true;
	return NO_FAULT;
}

/* By the tunnel between its ends; whose it is the inner packet will tell. */
static __always_inline enum verdict arrive_short(struct __sk_buff *skb, const struct packet *outer, __u32 gue_at,
						 struct arrival *arrival, struct outcome *outcome)
{
	struct gue_short *gue;

	arrival->overhead = gue_at + GUE_SHORT_BYTES - ETH_HLEN;
	if (outer->bytes < arrival->overhead)
		return VERDICT_BAD_HEADER;
	gue = bytes_at(skb, gue_at, sizeof(*gue));
	if (!gue)
		return VERDICT_BAD_HEADER;
	if (gue->tunnel != bpf_htonl(arrival->tunnel))
		return VERDICT_WRONG_TUNNEL;
	arrival->row = find_tunnel(arrival->tunnel);
	if (!arrival->row)
		return VERDICT_NO_TUNNEL;
	outcome->tunnel = arrival->row->counter;
	return NO_FAULT;
}

/* `bytes`: what the outer headers leave for it. `at` is known when compiled. */
static __always_inline bool read_inner(struct __sk_buff *skb, __u32 at, __u32 version, struct packet *inner)
{
	if (version == 6)
		return topology_features & FEATURE_IPV6 && read_ipv6_at(skb, at, inner);
	return read_ipv4_at(skb, at, inner);
}

static __always_inline enum verdict refuse_inner(struct packet *inner, __u32 bytes)
{
	if (inner->bytes != bytes)
		return VERDICT_BAD_INNER;
	if (inner->options == OPTIONS_ROUTED)
		return VERDICT_OPTIONS;
	if (inner->protocol != IPPROTO_TCP && inner->protocol != IPPROTO_UDP && !is_icmp(inner))
		return VERDICT_BAD_INNER;
	if (!is_well_formed(inner, bytes))
		return VERDICT_BAD_INNER;
	/* A later fragment has the ports of its first one, which came through a tunnel as well. */
	if (is_later_fragment(inner) && !recall_ports(inner))
		return VERDICT_FRAGMENT;
	return NO_FAULT;
}

/*
 * An error about the service's packets, or an echo on its proxy's behalf: its kind; ICMP_OTHER when it is neither. The service is
 * looked up again: a row of a map that programs may not write cannot be handed to a function.
 */
__noinline int own_icmp(struct __sk_buff *skb, struct packet *inner, __u32 group, __u32 number)
{
	const struct verify_value *service = find_service(group, number);
	struct quote quote = {};
	int kind;

	if (!inner || !service)
		return ICMP_OTHER;
	kind = read_icmp(skb, inner, &quote);
	if (kind == ICMP_ERROR) {
		const struct endpoint *own = role == ROLE_GATEWAY ? &quote.destination : &quote.source;

		if (role == ROLE_NODE && !same_ip(&service->proxy_ip, &inner->destination))
			return ICMP_OTHER;
		return is_proxy(service, quote.protocol, &own->ip, own->port) ? kind : ICMP_OTHER;
	}
	if (!(topology_features & FEATURE_ECHO) || !(service->flags & SERVICE_ECHO))
		return ICMP_OTHER;
	if (kind != (role == ROLE_GATEWAY ? ICMP_REPLY : ICMP_REQUEST))
		return ICMP_OTHER;
	return same_ip(&service->proxy_ip, role == ROLE_GATEWAY ? &inner->source : &inner->destination) ? kind
												      : ICMP_OTHER;
}

/* A key opens its own service only: on a node the way to its proxy endpoint, on a gateway the way from it. */
static __always_inline bool is_own(struct __sk_buff *skb, struct packet *inner, struct arrival *arrival)
{
	if (is_icmp(inner)) {
		arrival->icmp = own_icmp(skb, inner, arrival->group, arrival->number);
		return arrival->icmp != ICMP_OTHER;
	}
	if (role == ROLE_NODE)
		return is_proxy(arrival->service, inner->protocol, &inner->destination, inner->ports.destination);
	return is_proxy(arrival->service, inner->protocol, &inner->source, inner->ports.source);
}

/* The short header carries no key: what comes from the tunnel's far end is taken for whose endpoint it names. */
static __always_inline bool find_own(const struct packet *inner, struct arrival *arrival)
{
	if (is_icmp(inner))
		return false;
	if (role == ROLE_NODE) {
		struct nat_value *row = find_translation(&inner->destination, inner->ports.destination, inner->protocol,
							 NAT_IN);

		if (!row)
			return false;
		arrival->group = row->group;
		arrival->number = row->service;
	} else {
		struct encap_key key = { .ip = inner->source, .port = inner->ports.source, .protocol = inner->protocol };
		struct encap_value *row = bpf_map_lookup_elem(&encap, &key);

		if (!row || !row->tunnel)
			return false;
		arrival->group = row->group;
		arrival->number = row->service;
	}
	arrival->service = find_service(arrival->group, arrival->number);
	return arrival->service && may_use(arrival->service, arrival->tunnel);
}

/* Node: the way of a reply is remembered where it could not be told otherwise. */
__noinline int remember_arrival(const struct arrival *arrival, const struct packet *inner, const struct endpoint *endpoint)
{
	struct flow_value way = {};
	struct flow_key key = {};

	if (!arrival || !inner || !endpoint)
		return 0;
	key.endpoint_ip = endpoint->ip;
	key.client_ip = inner->source;
	key.endpoint_port = is_icmp(inner) ? 0 : endpoint->port;
	key.client_port = inner->ports.source;
	key.protocol = inner->protocol;
	way.tunnel = arrival->tunnel;
	way.group = arrival->group;
	way.service = arrival->number;
	remember_flow(&key, &way);
	return 0;
}

/*
 * The inner packet is all right, and goes on. From decapsulation on the packet changes: what fails then drops it. In mode dso
 * what answers a SYN goes another way, so that its segments need not fit.
 */
static __always_inline enum verdict hand_on(struct __sk_buff *skb, const struct packet *outer, struct packet *inner,
					    const struct arrival *arrival, struct outcome *outcome)
{
	const struct verify_value *service = arrival->service;
	struct endpoint endpoint = {};
	int action;

	if (loses_congestion(outer, inner))
		return VERDICT_CONGESTED;
	if (role == ROLE_NODE) {
		if (!service->endpoint_port)
			return VERDICT_NO_NAT;
		endpoint.ip = service->endpoint_ip;
		endpoint.port = service->endpoint_port;
	}
	if (!decapsulate(skb, outer->version, inner->version, arrival->overhead))
		return VERDICT_ROOM_FAILED;
	if (role == ROLE_NODE && arrival->icmp == ICMP_ERROR &&
	    translate_quoted(skb, inner, &endpoint, SIDE_SOURCE) == QUOTED_FAILED)
		return VERDICT_ROOM_FAILED;
	if (role == ROLE_NODE && translate(skb, inner, SIDE_DESTINATION, &endpoint))
		return VERDICT_ROOM_FAILED;
	if (is_syn(inner) && !(service->flags & SERVICE_DSO))
		clamp_segments(skb, inner, fits_in(arrival->row, &outer->source));
	pass_congestion_on(skb, outer, inner);
	if (role == ROLE_NODE && (arrival->icmp ? arrival->icmp == ICMP_REQUEST : service->flags & SERVICE_FLOW))
		remember_arrival(arrival, inner, &endpoint);
	if (!flags_of(skb, DIRECTION_INGRESS, ingress_features, FLAG_FWD))
		return VERDICT_DECAPSULATED;
	if (role == ROLE_NODE)
		inner->destination = endpoint.ip;
	action = forward(skb, inner);
	if (action < 0)
		return VERDICT_FIB_FAILED;
	outcome->redirect = action;
	return VERDICT_DECAPSULATED;
}

static __always_inline enum verdict receive_short_ping(struct __sk_buff *skb, const struct packet *outer, __u32 gue_at,
						       __u32 tunnel, struct outcome *outcome)
{
	struct tunnel_value *row;
	struct gue_short *gue;

	if (outer->bytes != gue_at + GUE_SHORT_BYTES - ETH_HLEN)
		return VERDICT_BAD_HEADER;
	if (role == ROLE_NODE)
		return VERDICT_PING_REFUSED;
	gue = bytes_at(skb, gue_at, sizeof(*gue));
	if (!gue)
		return VERDICT_BAD_HEADER;
	if (gue->tunnel != bpf_htonl(tunnel))
		return VERDICT_WRONG_TUNNEL;
	row = find_tunnel(tunnel);
	if (row)
		outcome->tunnel = row->counter;
	return VERDICT_PING_ACCEPTED;
}

/* The tunnel with the short header between these two ends; 0: none. */
static __always_inline __u32 short_tunnel(const struct packet *outer)
{
	struct short_key key = {
		.local_ip = outer->destination,
		.remote_ip = outer->source,
		.local_port = outer->ports.destination,
		.remote_port = outer->ports.source,
	};
	struct short_value *row = bpf_map_lookup_elem(&short_header, &key);

	return row ? row->tunnel : 0;
}

/* What a UDP payload is, by its first word. */
struct content {
	__u32 version;      /* of the data inside; 0: it is none */
	__u32 short_tunnel; /* it came by this one, with the short header; 0: it did not */
	__be32 word;
};

/* A ping, or nothing that we speak. */
static __always_inline enum verdict receive_control(struct __sk_buff *skb, const struct packet *outer, __u32 gue_at,
						    const struct content *content, struct outcome *outcome)
{
	if (content->word == GUE_PING)
		return content->short_tunnel ? receive_short_ping(skb, outer, gue_at, content->short_tunnel, outcome)
					     : (enum verdict)receive_ping(skb, outer, outcome, false);
	if (content->word == GUE_SIGNED_PING && !content->short_tunnel)
		return receive_ping(skb, outer, outcome, true);
	return content->word & GUE_VERSION ? VERDICT_BAD_VERSION : VERDICT_BAD_HEADER;
}

/* `version` is known when compiled, so that all offsets are. NO_FAULT: data came, and its inner packet was read. */
static __always_inline enum verdict receive_gue(struct __sk_buff *skb, const struct packet *outer, __u32 version,
						struct packet *inner, struct arrival *arrival, struct outcome *outcome,
						bool *proved)
{
	__u32 gue_at = ETH_HLEN + header_bytes(version) + UDP_BYTES;
	struct content content = {};
	enum verdict fault;
	struct udphdr *udp;
	bool read;

	udp = bytes_at(skb, gue_at - UDP_BYTES, UDP_BYTES + sizeof(content.word));
	if (!udp || bpf_ntohs(udp->len) != outer->bytes - header_bytes(version))
		return VERDICT_BAD_HEADER;
	content.word = *(__be32 *)(udp + 1);
	content.version = content.word == GUE_IPV4 ? 4 : content.word == GUE_IPV6 ? 6 : 0;
	if (topology_features & FEATURE_SHORT)
		content.short_tunnel = short_tunnel(outer);
	if (!content.version)
		return receive_control(skb, outer, gue_at, &content, outcome);
	arrival->tunnel = content.short_tunnel;
	fault = content.short_tunnel ? arrive_short(skb, outer, gue_at, arrival, outcome)
				     : arrive_keyed(skb, outer, gue_at, arrival, outcome, proved);
	if (fault != NO_FAULT)
		return fault;
	if (content.short_tunnel)
		read = read_inner(skb, gue_at + GUE_SHORT_BYTES, content.version, inner);
	else
		read = read_inner(skb, gue_at + GUE_BYTES, content.version, inner);
	if (!read)
		return VERDICT_BAD_INNER;
	fault = refuse_inner(inner, outer->bytes - arrival->overhead);
	if (fault != NO_FAULT)
		return fault;
	if (content.short_tunnel ? !find_own(inner, arrival) : !is_own(skb, inner, arrival))
		return VERDICT_WRONG_ENDPOINT;
	outcome->service = arrival->service->counter;
	if (is_first_fragment(inner))
		remember_ports(inner);
	return NO_FAULT;
}

static __always_inline enum verdict receive(struct __sk_buff *skb, struct outcome *outcome)
{
	struct arrival arrival = {};
	struct packet outer = {};
	struct packet inner = {};
	enum verdict verdict;
	bool proved = false;

	if (!read_frame(skb, &outer))
		return VERDICT_PASS_NOT_OURS;
	if (outer.protocol != IPPROTO_UDP)
		return is_icmp(&outer) && hear_too_big(skb, &outer) ? VERDICT_PATH_MTU_LOWERED : VERDICT_PASS_NOT_OURS;
	if (is_later_fragment(&outer))
		return recall_ports(&outer) && is_tunnel_end(&outer) ? VERDICT_FRAGMENT : VERDICT_PASS_NOT_OURS;
	verdict = refuse_outer(skb, &outer);
	if (verdict == NO_FAULT)
		verdict = topology_features & FEATURE_IPV6 && outer.version == 6
				  ? receive_gue(skb, &outer, 6, &inner, &arrival, outcome, &proved)
				  : receive_gue(skb, &outer, 4, &inner, &arrival, outcome, &proved);
	if (!proved && !is_tunnel_end(&outer)) {
		/* Other hosts may speak GUE, and others here may speak UDP: untouched, and counted under nobody. */
		*outcome = (struct outcome){};
		return VERDICT_PASS_NOT_OURS;
	}
	/* The verifier cannot know that what says "no fault" has found a service. */
	if (verdict != NO_FAULT || !arrival.service || !arrival.row)
		return verdict;
	return hand_on(skb, &outer, &inner, &arrival, outcome);
}

SEC("tc")
int ti_ingress(struct __sk_buff *skb)
{
	struct outcome outcome = {};
	__u32 bytes = skb->len;
	enum verdict verdict;

	normalise_vlan(skb);
	verdict = receive(skb, &outcome);
	return finish(skb, DIRECTION_INGRESS, verdict, &outcome, bytes);
}
