// A 10 GB transfer through the tunnel, both ways at once, under 100 applies and 2 program upgrades.
import { raiseLab } from '../support/lab.ts';
import { arrivedWhole, transferUnderChanges } from '../support/lab-transfer.ts';
import { type Evidence, median, tally } from './evidence.ts';

const bytes = 10_000_000_000;
const applies = 100;
const upgrades = 2;
const seconds = 500;

export async function measureTransfer(): Promise<Evidence[]> {
  const lab = await raiseLab();
  try {
    const transfer = await transferUnderChanges(lab, { bytes, applies, upgrades, seconds });
    const { client, server, drops, retransmits } = transfer;
    const codes = [...transfer.applies, ...transfer.upgrades].map(({ code }) => code);
    const times = transfer.applies.map(({ milliseconds }) => milliseconds);
    const renewed = transfer.upgrades.filter(({ live }) => live).length;
    const dropped = Object.entries(drops).flatMap(([host, counts]) =>
      Object.entries(counts).map(([name, packets]) => `${host} ${name} ${packets}`),
    );
    const whole = arrivedWhole(transfer, bytes);
    return [
      {
        promise: `a transfer of ${bytes / 1e9} GB each way survives ${applies} applies and ${upgrades} program upgrades`,
        figures:
          `requests: ${way(client.sent, server.received)}; replies: ${way(server.sent, client.received)}` +
          `${client.error || server.error ? `; ended by ${client.error} and ${server.error}` : ''}; ` +
          `${(client.milliseconds / 1000).toFixed(0)} s; dropped by us: ${dropped.join(', ') || 'none'}; ` +
          `retransmits: client ${retransmits.client}, node ${retransmits.node1}; ` +
          `apply exits ${tally(codes)}, median ${median(times).toFixed(0)} ms, worst ${Math.max(...times).toFixed(0)} ms; ` +
          `upgrades live ${renewed}`,
        holds:
          whole &&
          dropped.length === 0 &&
          renewed === upgrades &&
          codes.length === applies + upgrades &&
          !codes.some(Boolean),
      },
    ];
  } finally {
    await lab.destroy();
  }
}

interface Stream {
  readonly bytes: number;
  readonly sha256: string;
}

function way(sent: Stream | undefined, received: Stream | undefined): string {
  const short = ({ bytes: count, sha256 }: Stream): string => `${count} B ${sha256.slice(0, 16)}`;
  return `sent ${sent ? short(sent) : '?'}, received ${received ? short(received) : '?'}`;
}
