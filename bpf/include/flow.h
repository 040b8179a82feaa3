/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* FLOW: which of a service's tunnels carried a request, so that the reply goes the way it came. A hint, never a right. */
#ifndef TRUEINGRESS_FLOW_H
#define TRUEINGRESS_FLOW_H

#include "address.h"
#include "maps.h"
#include "service.h"

static __always_inline struct flow_key flow_key_of(__be32 endpoint_ip, __be16 endpoint_port, __be32 client_ip,
						   __be16 client_port, __u8 protocol)
{
	return (struct flow_key){
		.endpoint_ip = mapped(endpoint_ip),
		.client_ip = mapped(client_ip),
		.endpoint_port = endpoint_port,
		.client_port = client_port,
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

/*
 * The tunnel for a reply of a service. Believed only when it was written for this service and names a tunnel that the
 * service still has; otherwise, or without a row, the service's first.
 */
static __always_inline __u32 reply_tunnel(const struct verify_value *service, const struct flow_key *key,
					  const struct nat_value *nat_row)
{
	struct flow_value *known;

	if (!(service->flags & SERVICE_FLOW))
		return service->tunnels[0];
	known = bpf_map_lookup_elem(&flow, key);
	if (!known || known->group != nat_row->group || known->service != nat_row->service)
		return service->tunnels[0];
	return may_use(service, known->tunnel) ? known->tunnel : service->tunnels[0];
}

#endif
