// A gateway's topology file with any number of services, as a person or a script would write it.

const tunnels = 100;
const portsOfAnAddress = 400;

export function topologyText(services: number): string {
  const lines = ['apiVersion: trueingress/v1', 'name: bench', 'role: gateway', 'interfaces: [eth0]', '', 'tunnels:'];
  for (let i = 0; i < tunnels; i++)
    lines.push(`  - id: ${i + 1}`, '    local: 172.1.0.4:6080', `    remote: 172.1.0.${5 + i}:6080`);
  lines.push('', 'services:');
  for (let i = 0; i < services; i++) {
    const address = Math.floor(i / portsOfAnAddress);
    lines.push(
      `  - name: service-${i}`,
      `    group: ${Math.floor(i / 1000) + 1}`,
      `    id: ${(i % 1000) + 1}`,
      '    protocol: tcp',
      `    proxy: 5.5.${address >> 8}.${address & 255}:${10_000 + (i % portsOfAnAddress)}`,
      `    tunnel: ${(i % tunnels) + 1}`,
      `    key: key-of-${i}`,
    );
  }
  return `${lines.join('\n')}\n`;
}
