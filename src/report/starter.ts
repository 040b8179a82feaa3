// A first topology file for a host, with comments for whoever edits it. Pure: what is known of the host is given.
import type { Role } from '../topology/topology.ts';

export interface StarterFacts {
  readonly role: Role;
  /** Valid as the name of an instance. */
  readonly name: string;
  /** Of the default route; undefined: there is none. */
  readonly interface: string | undefined;
  /** Of that interface; undefined: it has none. */
  readonly address: string | undefined;
  /** Path of the topology's schema. */
  readonly schema: string;
}

/** RFC 5737: for documentation, nobody has them. */
const someHost = '192.0.2.10';
const otherHost = '192.0.2.1';

export function starterText(facts: StarterFacts): string {
  const { role, name, schema } = facts;
  const article = role === 'gateway' ? 'A gateway: clients come to it' : 'A node: the services run on it';
  return `# ${article}, and its traffic to the other end goes through GUE tunnels.
# yaml-language-server: $schema=${schema}
#
# Edit what is marked FILL IN, then:
#   trueingress validate -f FILE    what is wrong with it
#   trueingress plan -f FILE        what would change; nothing is changed
#   trueingress apply -f FILE       staged, probed, switched; \`trueingress revert\` goes back
# \`trueingress explain tunnels.remote\` tells about a field.
apiVersion: trueingress/v1
name: ${nameText(name)} # this instance on this host
role: ${role}
${interfaceLine(facts)}

tunnels:
${role === 'gateway' ? gatewayTunnel(facts) : nodeTunnel(facts)}
services:
  - name: web # a label for people
    group: 1 # group and id together are the same on both ends
    id: 1
    protocol: tcp # or udp
${serviceEnds(facts)}
    tunnel: 100
    # Up to 16 bytes that both ends share, in a file that only root reads:
    #   (umask 077; head -c 12 /dev/urandom | base64 > web.key)
    key: { file: web.key } # beside this file; FILL IN: make it, and copy it to the other end
`;
}

/** A name of digits alone would be read as a number. */
function nameText(name: string): string {
  return /^[a-z][a-z0-9-]*$/.test(name) && !/^(true|false|null|yes|no|on|off)$/.test(name) ? name : `"${name}"`;
}

function interfaceLine({ interface: found }: StarterFacts): string {
  if (found === undefined) return '# interfaces: [eth0] # FILL IN: this host has no default route, so say which';
  return `interfaces: [${/^[A-Za-z][\w.-]*$/.test(found) ? found : JSON.stringify(found)}] # that of the default route`;
}

function endpointText(address: string, port: number): string {
  return address.includes(':') ? `"[${address}]:${port}"` : `${address}:${port}`;
}

function localLine({ address }: StarterFacts): string {
  const known = endpointText(address ?? someHost, 6080);
  return `    local: ${known} # ${address === undefined ? 'FILL IN: an address of this host' : 'an address of this host'}, and a UDP port`;
}

function gatewayTunnel(facts: StarterFacts): string {
  return `  - id: 100 # the same number on both ends
${localLine(facts)}
    remote: learned # from the node's pings; or its address and port, when it has a fixed one
`;
}

function nodeTunnel(facts: StarterFacts): string {
  const gateway = endpointText(facts.address?.includes(':') ? '2001:db8::1' : otherHost, 6080);
  return `  - id: 100 # the same number on both ends
${localLine(facts)}
    remote: ${gateway} # FILL IN: the gateway
    ping:
      interval: 10s # so that the gateway learns where we are, also behind NAT
`;
}

function serviceEnds({ role, address }: StarterFacts): string {
  const isSix = address?.includes(':') ?? false;
  const proxyHost = role === 'gateway' ? (address ?? someHost) : isSix ? '2001:db8::1' : otherHost;
  const proxy = `    proxy: ${endpointText(proxyHost, 8080)} # FILL IN: what clients connect to, on the gateway; the same on both ends`;
  if (role === 'gateway') return proxy;
  return `${proxy}\n    endpoint: ${endpointText(address ?? someHost, 80)} # FILL IN: where the server listens, on this host`;
}
