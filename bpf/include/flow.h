/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* FLOW: which of a service's tunnels carried a request, so that the reply goes the way it came. A hint, never a right. */
#ifndef TRUEINGRESS_FLOW_H
#define TRUEINGRESS_FLOW_H

#include "address.h"
#include "maps.h"
#include "parse.h"

/* Keyed by the reply. For an echo the client's port is the identifier, the endpoint's is zero. */
static __always_inline struct flow_key flow_key_of(const struct endpoint *endpoint, const struct endpoint *client,
						   __u8 protocol)
{
	return (struct flow_key){
		.endpoint_ip = endpoint->ip,
		.client_ip = client->ip,
		.endpoint_port = endpoint->port,
		.client_port = client->port,
		.protocol = protocol,
	};
}

/* Looked up first: updating an LRU map costs as much as all the rest of a decapsulation. */
static __always_inline void remember_flow(const struct flow_key *key, const struct flow_value *value)
{
	struct flow_value *known = bpf_map_lookup_elem(&flow, key);

	if (known && known->tunnel == value->tunnel && known->group == value->group && known->service == value->service)
		return;
	bpf_map_update_elem(&flow, key, value, BPF_ANY);
}

#endif
