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
  /** The file and its key's, as a shell takes them. */
  readonly file: string;
  readonly keyFile: string;
  /** Path of the topology's schema. */
  readonly schema: string;
}

/** RFC 5737 and RFC 3849: for documentation, nobody has them. */
const someHost = '192.0.2.10';
const gatewayHost = { 4: '192.0.2.1', 6: '2001:db8::1' } as const;
/** Not the gateway's own: packets to that are delivered there, and no tunnel carries them. */
const proxyHost = { 4: '203.0.113.10', 6: '2001:db8:10::10' } as const;

export function starterText(facts: StarterFacts): string {
  const { role, name, schema, file, keyFile } = facts;
  const article = role === 'gateway' ? 'A gateway: clients come to it' : 'A node: the services run on it';
  return `# ${article}, and its traffic to the other end goes through GUE tunnels.
# yaml-language-server: $schema=${schema}
#
# Edit what is marked FILL IN, then:
#   trueingress validate -f ${file}    what is wrong with it
#   trueingress plan -f ${file}        what would change; nothing is changed
#   trueingress apply -f ${file}       staged, probed, switched; \`trueingress revert -i ${name}\` goes back
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
    #   (umask 077; head -c 12 /dev/urandom | base64 > ${keyFile})
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
  const gateway = endpointText(gatewayHost[familyOf(facts)], 6080);
  return `  - id: 100 # the same number on both ends
${localLine(facts)}
    remote: ${gateway} # FILL IN: the gateway
    ping:
      interval: 10s # so that the gateway learns where we are, also behind NAT
`;
}

function serviceEnds(facts: StarterFacts): string {
  const proxy = endpointText(proxyHost[familyOf(facts)], 8080);
  const written = `    # FILL IN: what clients connect to; the same on both ends. Clients reach it through the gateway, on whose interfaces it is not
    proxy: ${proxy}`;
  if (facts.role === 'gateway') return written;
  return `${written}\n    endpoint: ${endpointText(facts.address ?? someHost, 80)} # FILL IN: where the server listens, on this host`;
}

function familyOf({ address }: StarterFacts): 4 | 6 {
  return address?.includes(':') ? 6 : 4;
}
