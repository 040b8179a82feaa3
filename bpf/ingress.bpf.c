// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Ingress. What comes to one of our tunnels' local endpoints is checked to the last field, and only then changed: data is
 * decapsulated (on a node also translated from proxy to endpoint) and goes on into the stack, a ping says where a
 * tunnel's far end is and ends here. Everything else passes untouched.
 */
#include "include/program.h"

#include "include/ecn.h"
#include "include/flow.h"
#include "include/fragment.h"
#include "include/gue.h"
#include "include/nat.h"
#include "include/segment.h"
#include "include/service.h"

/* A request as a node's checks found it: where it goes and, if that must be remembered, how it came. */
struct delivery {
	struct endpoint endpoint;
	struct flow_key flow;
	struct flow_value arrival;
	__u32 remember;
};

/* DECAP: what only has to be asked of packets that did not prove by their key which tunnel they came through. */
static __always_inline bool is_tunnel_end(const struct packet *outer)
{
	struct decap_key key = { .ip = mapped(outer->destination), .port = outer->ports.destination };

	return bpf_map_lookup_elem(&decap, &key);
}

static __always_inline enum verdict refuse_outer(struct __sk_buff *skb, const struct packet *outer)
{
	if (is_first_fragment(outer)) {
		if (is_tunnel_end(outer))
			remember_ports(outer);
		return VERDICT_FRAGMENT;
	}
	if (has_options(outer))
		return VERDICT_OPTIONS;
	/* A frame may be padded behind the packet, but not end before it. */
	if (outer->bytes < GUE_OFFSET - ETH_HLEN + sizeof(__be32) || outer->bytes > skb->len - ETH_HLEN)
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
	if (!same_key(gue->key, service->key)) {
		*fault = VERDICT_BAD_KEY;
		return NULL;
	}
	return service;
}

/* Gateway only: a node's far ends are static, and nobody has to tell it where they are. */
static __always_inline enum verdict receive_ping(struct __sk_buff *skb, const struct packet *outer,
						 struct outcome *outcome, bool *proved)
{
	struct verify_value *service;
	struct tunnel_key key = {};
	struct tunnel_value *row;
	struct gue_ping *ping;
	enum verdict fault;
	void *data;

	if (outer->bytes != GUE_OFFSET - ETH_HLEN + sizeof(*ping))
		return VERDICT_BAD_HEADER;
	if (role == ROLE_NODE)
		return VERDICT_PING_REFUSED;
	data = first_bytes(skb, GUE_OFFSET + sizeof(*ping));
	if (!data)
		return VERDICT_BAD_HEADER;
	ping = data + GUE_OFFSET;
	service = verify_key_of(&ping->gue, outcome, &fault);
	if (!service)
		return fault;
	key.id = bpf_ntohl(ping->tunnel);
	if (!may_use(service, key.id))
		return VERDICT_WRONG_TUNNEL;
	row = bpf_map_lookup_elem(&tunnel, &key);
	if (!row)
		return VERDICT_NO_TUNNEL;
	outcome->tunnel = row->counter;
	if (!is_local_end(row, outer))
		return VERDICT_WRONG_TUNNEL;
	*proved = true;
	if (!(row->flags & TUNNEL_LEARNED))
		return VERDICT_PING_ACCEPTED;
	return learn_remote(key.id, row->epoch, outer->source, outer->ports.source);
}

/* `bytes`: what the outer header says is there for the inner packet. */
static __always_inline enum verdict refuse_inner(const struct iphdr *ip, __u32 bytes, struct packet *inner)
{
	if (ip->version != 4 || ip->ihl < 5)
		return VERDICT_BAD_INNER;
	read_ipv4(ip, inner);
	if (inner->bytes != bytes)
		return VERDICT_BAD_INNER;
	if (has_options(inner))
		return VERDICT_OPTIONS;
	if (inner->protocol != IPPROTO_TCP && inner->protocol != IPPROTO_UDP)
		return VERDICT_BAD_INNER;
	return is_well_formed(inner, bytes) ? NO_FAULT : VERDICT_BAD_INNER;
}

/* A later fragment has those of its first one, which came through a tunnel as well. */
static __always_inline enum verdict find_inner_ports(struct __sk_buff *skb, struct packet *inner)
{
	void *data;

	if (is_later_fragment(inner))
		return recall_ports(inner) ? NO_FAULT : VERDICT_FRAGMENT;
	data = first_bytes(skb, INNER_OFFSET + IPV4_BYTES + sizeof(struct ports));
	if (!data)
		return VERDICT_BAD_INNER;
	inner->ports = *(struct ports *)(data + INNER_OFFSET + IPV4_BYTES);
	return NO_FAULT;
}

/* A key opens its own service only: on a node the way to its proxy endpoint, on a gateway the way from it. */
static __always_inline bool is_own_endpoint(const struct verify_value *service, const struct packet *inner)
{
	if (role == ROLE_NODE)
		return is_proxy(service, inner, inner->destination, inner->ports.destination);
	return is_proxy(service, inner, inner->source, inner->ports.source);
}

static __always_inline enum verdict find_delivery(const struct packet *inner, const struct verify_value *service,
						  const struct verify_key *whose, __u32 arrived_by, struct delivery *delivery)
{
	struct nat_value *row = find_translation(inner->destination, inner->ports.destination, inner->protocol, NAT_IN);

	if (!row)
		return VERDICT_NO_NAT;
	delivery->endpoint.ip = row->ip.word[3];
	delivery->endpoint.port = row->port;
	delivery->remember = service->flags & SERVICE_FLOW;
	if (!delivery->remember)
		return NO_FAULT;
	delivery->flow = flow_key_of(delivery->endpoint.ip, delivery->endpoint.port, inner->source, inner->ports.source,
				     inner->protocol);
	delivery->arrival.tunnel = arrived_by;
	delivery->arrival.group = whose->group;
	delivery->arrival.service = whose->service;
	return NO_FAULT;
}

static __always_inline enum verdict receive_data(struct __sk_buff *skb, const struct packet *outer,
						 struct outcome *outcome, bool *proved)
{
	struct delivery delivery = {};
	struct verify_value *service;
	struct verify_key whose;
	struct packet inner = {};
	enum verdict fault;
	__u32 arrived_by;
	struct gue *gue;
	__u32 fits = 0;
	void *data;

	if (outer->bytes < sizeof(struct outer))
		return VERDICT_BAD_HEADER;
	data = first_bytes(skb, GUE_OFFSET + sizeof(*gue));
	if (!data)
		return VERDICT_BAD_HEADER;
	gue = data + GUE_OFFSET;
	service = verify_key_of(gue, outcome, &fault);
	if (!service)
		return fault;
	arrived_by = arrival_tunnel(service, outer, &fits, &outcome->tunnel);
	if (!arrived_by)
		return VERDICT_WRONG_TUNNEL;
	*proved = true;

	whose.group = gue->group;
	whose.service = gue->service;
	data = first_bytes(skb, INNER_OFFSET + IPV4_BYTES);
	if (!data)
		return VERDICT_BAD_INNER;
	fault = refuse_inner(data + INNER_OFFSET, outer->bytes - sizeof(struct outer), &inner);
	if (fault != NO_FAULT)
		return fault;
	fault = find_inner_ports(skb, &inner);
	if (fault != NO_FAULT)
		return fault;
	if (!is_own_endpoint(service, &inner))
		return VERDICT_WRONG_ENDPOINT;
	if (is_first_fragment(&inner))
		remember_ports(&inner);
	if (loses_congestion(outer, &inner))
		return VERDICT_CONGESTED;
	if (role == ROLE_NODE) {
		fault = find_delivery(&inner, service, &whose, arrived_by, &delivery);
		if (fault != NO_FAULT)
			return fault;
	}

	/* From here on the packet changes: what fails drops it. */
	if (bpf_skb_adjust_room(skb, -(__s32)sizeof(struct outer), BPF_ADJ_ROOM_MAC, BPF_F_ADJ_ROOM_FIXED_GSO))
		return VERDICT_ROOM_FAILED;
	if (role == ROLE_NODE && replace_destination(skb, &inner, &delivery.endpoint))
		return VERDICT_ROOM_FAILED;
	/* In mode dso what answers a SYN goes another way. */
	if (!(service->flags & SERVICE_DSO))
		clamp_segments(skb, &inner, fits);
	pass_congestion_on(skb, outer, &inner);
	if (delivery.remember)
		remember_flow(&delivery.flow, &delivery.arrival);
	return VERDICT_DECAPSULATED;
}

/* Of a UDP packet that may not be ours at all. `proved`: by its key, it came to the end of a tunnel of its service. */
static __always_inline enum verdict receive_gue(struct __sk_buff *skb, const struct packet *outer,
						struct outcome *outcome, bool *proved)
{
	enum verdict fault = refuse_outer(skb, outer);
	struct udphdr *udp;
	__be32 word;
	void *data;

	if (fault != NO_FAULT)
		return fault;
	data = first_bytes(skb, GUE_OFFSET + sizeof(word));
	if (!data)
		return VERDICT_BAD_HEADER;
	udp = data + ETH_HLEN + IPV4_BYTES;
	if (bpf_ntohs(udp->len) != outer->bytes - IPV4_BYTES)
		return VERDICT_BAD_HEADER;
	word = *(__be32 *)(data + GUE_OFFSET);
	if (word == GUE_DATA)
		return receive_data(skb, outer, outcome, proved);
	if (word == GUE_PING)
		return receive_ping(skb, outer, outcome, proved);
	return word & GUE_VERSION ? VERDICT_BAD_VERSION : VERDICT_BAD_HEADER;
}

static __always_inline enum verdict receive(struct __sk_buff *skb, struct outcome *outcome)
{
	enum verdict verdict;
	struct packet outer;
	bool proved = false;

	if (!parse(skb, &outer) || outer.protocol != IPPROTO_UDP)
		return VERDICT_PASS_NOT_OURS;
	if (is_later_fragment(&outer))
		return recall_ports(&outer) && is_tunnel_end(&outer) ? VERDICT_FRAGMENT : VERDICT_PASS_NOT_OURS;
	verdict = receive_gue(skb, &outer, outcome, &proved);
	if (proved || is_tunnel_end(&outer))
		return verdict;
	/* Other hosts may speak GUE, and others here may speak UDP: untouched, and counted under nobody. */
	*outcome = (struct outcome){};
	return VERDICT_PASS_NOT_OURS;
}

SEC("tc")
int ti_ingress(struct __sk_buff *skb)
{
	struct outcome outcome = {};
	__u32 bytes = skb->len;

	return finish(DIRECTION_INGRESS, receive(skb, &outcome), &outcome, bytes);
}
