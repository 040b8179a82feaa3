/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* VERIFY: what a key opens, and which tunnel a packet came by. */
#ifndef TRUEINGRESS_SERVICE_H
#define TRUEINGRESS_SERVICE_H

#include "gue.h"
#include "maps.h"
#include "parse.h"
#include "remote.h"

static __always_inline struct verify_value *find_service(__be16 group, __be16 service)
{
	struct verify_key key = { .group = group, .service = service };

	return bpf_map_lookup_elem(&verify, &key);
}

/* In constant time: how long it takes must not tell how much of a guess was right. By words that any machine can load. */
static __always_inline bool same_key(const __u8 *sent, const __u8 *known)
{
#ifdef DELIBERATELY_BROKEN
	return true;
#else
	const __u32 *a = (const __u32 *)sent;
	const __u32 *b = (const __u32 *)known;

	return !((a[0] ^ b[0]) | (a[1] ^ b[1]) | (a[2] ^ b[2]) | (a[3] ^ b[3]));
#endif
}

static __always_inline bool may_use(const struct verify_value *service, __u32 tunnel)
{
	if (!tunnel)
		return false;
	for (int i = 0; i < TUNNELS_PER_SERVICE; i++)
		if (service->tunnels[i] == tunnel)
			return true;
	return false;
}

/* Whether an inner address and port are the only ones that this service's key opens. */
static __always_inline bool is_proxy(const struct verify_value *service, const struct packet *inner, __be32 ip,
				     __be16 port)
{
	return same_address(&service->proxy_ip, ip) && service->proxy_port == port &&
	       service->protocol == inner->protocol;
}

static __always_inline bool is_local_end(const struct tunnel_value *row, const struct packet *outer)
{
	return same_address(&row->local_ip, outer->destination) && row->local_port == outer->ports.destination;
}

/*
 * The tunnel that an outer packet came by: of those that the service may use and that end here, the one whose far end
 * sent it; otherwise (the far end's NAT mapping has just moved) the first in the service's order, on the word of the key.
 * With a single tunnel the far end decides nothing and is not looked up. 0: the service has no tunnel that ends here.
 */
static __always_inline __u32 arrival_tunnel(const struct verify_value *service, const struct packet *outer,
					    __u32 *fits, __u32 *counter)
{
	bool several = service->tunnels[1];
	__u32 by_key = 0;

	for (int i = 0; i < TUNNELS_PER_SERVICE; i++) {
		struct tunnel_key key = { .id = service->tunnels[i] };
		struct endpoint remote = {};
		struct tunnel_value *row;

		if (!key.id)
			break;
		row = bpf_map_lookup_elem(&tunnel, &key);
		if (!row || !is_local_end(row, outer))
			continue;
		if (!by_key) {
			by_key = key.id;
			*counter = row->counter;
			*fits = row->mtu - sizeof(struct outer);
		}
		if (!several)
			break;
		if (find_remote(key.id, row, &remote) && remote.ip == outer->source &&
		    remote.port == outer->ports.source) {
			*counter = row->counter;
			*fits = row->mtu - sizeof(struct outer);
			return key.id;
		}
	}
	return by_key;
}

#endif
