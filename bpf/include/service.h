/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* VERIFY: what a key opens, and which tunnel a packet came by. */
#ifndef TRUEINGRESS_SERVICE_H
#define TRUEINGRESS_SERVICE_H

#include "gue.h"
#include "maps.h"
#include "parse.h"
#include "path.h"
#include "remote.h"

static __always_inline struct verify_value *find_service(__be16 group, __be16 service)
{
	struct verify_key key = { .group = group, .service = service };

	return bpf_map_lookup_elem(&verify, &key);
}

static __always_inline struct tunnel_value *find_tunnel(__u32 id)
{
	struct tunnel_key key = { .id = id };

	return bpf_map_lookup_elem(&tunnel, &key);
}

/* Zero when equal. In constant time, and by words that any machine can load. */
static __always_inline __u32 key_difference(const __u8 *sent, const __u8 *known)
{
	const __u32 *a = (const __u32 *)sent;
	const __u32 *b = (const __u32 *)known;

	return (a[0] ^ b[0]) | (a[1] ^ b[1]) | (a[2] ^ b[2]) | (a[3] ^ b[3]);
}

/* Whether there is a previous key is no secret; without one, its bytes are another cache line that nobody needs. */
static __always_inline bool opens(const __u8 *sent, const struct verify_value *service)
{
#ifdef DELIBERATELY_BROKEN
	return true;
#else
	__u32 difference = key_difference(sent, service->key);

	if (service->flags & SERVICE_PREVIOUS_KEY)
		return !difference | !key_difference(sent, service->previous_key);
	return !difference;
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
static __always_inline bool is_proxy(const struct verify_value *service, __u8 protocol, const struct ip_addr *ip,
				     __be16 port)
{
	return service->proxy_port == port && service->protocol == protocol && same_ip(&service->proxy_ip, ip);
}

static __always_inline bool is_local_end(const struct tunnel_value *row, const struct packet *outer)
{
	return row->local_port == outer->ports.destination && same_ip(&row->local_ip, &outer->destination);
}

static __always_inline bool may_arrive_by(const struct tunnel_value *row, const struct packet *outer)
{
	return !(row->flags & TUNNEL_SHORT) && is_local_end(row, outer);
}

/* See arrival_tunnel. A function of its own: most services have one tunnel, and Linux 6.1 counts all stack that is in line. */
static __noinline struct tunnel_value *arrival_of_several(const struct verify_value *service,
							  const struct packet *outer, __u32 *id, enum verdict *fault)
{
	struct tunnel_value *by_key = NULL;
	bool is_near = false;

	for (int i = 0; i < TUNNELS_PER_SERVICE; i++) {
		__u32 candidate = service->tunnels[i];
		struct endpoint remote = {};
		struct tunnel_value *row;
		bool has_address;

		if (!candidate)
			break;
		row = find_tunnel(candidate);
		if (!row || !may_arrive_by(row, outer))
			continue;
		has_address = find_remote(candidate, row, &remote) && same_ip(&remote.ip, &outer->source);
		if (has_address && remote.port == outer->ports.source) {
			*id = candidate;
			return row;
		}
		if (row->flags & TUNNEL_STRICT) {
			*fault = VERDICT_WRONG_SOURCE;
		} else if (!by_key || (has_address && !is_near)) {
			is_near = has_address;
			by_key = row;
			*id = candidate;
		}
	}
	return by_key;
}

/*
 * The tunnel that an outer packet came by: of those that the service may use and that end here, the one whose far end
 * sent it; otherwise (the far end's NAT mapping has just moved, or its port is a flow's hash), of those that are not strict,
 * on the word of the key, the first whose far end has that address, or else the first. With a single tunnel the far end
 * decides nothing, unless it is strict, and is not looked up. NULL: `fault` says why.
 */
static __always_inline struct tunnel_value *arrival_tunnel(const struct verify_value *service,
							   const struct packet *outer, __u32 *id, enum verdict *fault)
{
	struct endpoint remote = {};
	struct tunnel_value *row;

	*fault = VERDICT_WRONG_TUNNEL;
	if (service->tunnels[1])
		return arrival_of_several(service, outer, id, fault);
	*id = service->tunnels[0];
	row = find_tunnel(*id);
	if (!row || !may_arrive_by(row, outer))
		return NULL;
	if (!(row->flags & TUNNEL_STRICT) || (find_remote(*id, row, &remote) && is_from(&remote, outer)))
		return row;
	*fault = VERDICT_WRONG_SOURCE;
	return NULL;
}

/* Bytes of the longest inner packet that a tunnel takes. */
static __always_inline __u32 fits_in(const struct tunnel_value *row, const struct ip_addr *remote)
{
	__u32 overhead = overhead_of(is_ipv4(&row->local_ip) ? 4 : 6, row->flags & TUNNEL_SHORT);

	if (may_be_narrowed()) {
		struct path_key ends = { .local_ip = row->local_ip, .remote_ip = *remote };

		return narrowed_mtu(&ends, row->mtu) - overhead;
	}
	return row->mtu - overhead;
}

#endif
