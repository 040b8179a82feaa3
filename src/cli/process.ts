// The environment of a real process: its streams, clocks, files, kernel.
import { join } from 'node:path';
import { objectPath, ownRoot, schemaDirectory } from '../paths.ts';
import type { Versions } from '../report/version.ts';
import type { Environment, Stop, UdpSocket } from './environment.ts';
import { nodeFiles } from './files.ts';
import { isTerminal, outputOf } from './streams.ts';
import { openWallClock } from './wall-clock.ts';

export function processEnvironment(): Environment {
  return {
    stdout: outputOf(1),
    stderr: outputOf(2, process.env.JOURNAL_STREAM),
    get canAsk() {
      return isTerminal(0) && isTerminal(2);
    },
    ask,
    variables: process.env,
    files: nodeFiles,
    monotonicNs: () => process.hrtime.bigint(),
    realtimeNs: openWallClock(Date.now, () => performance.now(), performance.timeOrigin),
    async openDatapath({ bpffs, runDirectory, netns }) {
      const { openKernelDatapath } = await import('../datapath/kernel/open.ts');
      return openKernelDatapath({
        ...(bpffs !== undefined && { bpffs }),
        ...(runDirectory !== undefined && { runDirectory }),
        ...(netns !== undefined && { netns }),
        objectPath: objectPath(),
      });
    },
    async openHost() {
      const { openKernelHost } = await import('../datapath/kernel/host.ts');
      return openKernelHost();
    },
    async machine() {
      const { openMachine } = await import('./machine.ts');
      return openMachine();
    },
    async buildDigest() {
      const { objectDigest } = await import('../datapath/kernel/context.ts');
      return objectDigest(objectPath());
    },
    versions,
    async schemas() {
      const { openSchemas } = await import('./schema-shelf.ts');
      return openSchemas(schemaDirectory());
    },
    async ownSession() {
      const { findSession } = await import('./ssh-session.ts');
      return findSession('/proc', process.pid);
    },
    async machineFacts(bpffs) {
      const { gatherMachine } = await import('./host-facts.ts');
      return await gatherMachine(await versions(), bpffs);
    },
    async networkFacts(question) {
      const { gatherNetwork } = await import('./host-facts.ts');
      return await gatherNetwork(question);
    },
    openUdp,
    async openLinkEvents() {
      const { openLinkEvents } = await import('../native/link-events.ts');
      return openLinkEvents();
    },
    async openNotifier(socket) {
      const { openNotifier } = await import('../native/notify.ts');
      return openNotifier(socket);
    },
    async openSink(path) {
      const { openSink } = await import('./sink.ts');
      return openSink(path);
    },
    catchStop,
    onHangup(act) {
      process.on('SIGHUP', act);
      return () => process.off('SIGHUP', act);
    },
    async terminalSize() {
      const { terminalSize } = await import('../native/terminal.ts');
      return terminalSize(1);
    },
    random: Math.random,
  };
}

async function versions(): Promise<Versions> {
  const { createHash } = await import('node:crypto');
  const { release } = await import('node:os');
  const { oldestKernel } = await import('../datapath/kernel/oldest.ts');
  const object = nodeFiles.read(objectPath());
  const manifest = nodeFiles.read(join(ownRoot(), 'package.json'));
  const { version } = 'fault' in manifest ? { version: 'unknown' } : JSON.parse(Buffer.from(manifest.bytes).toString());
  return {
    version: String(version),
    node: process.version.slice(1),
    kernel: release(),
    oldestKernel,
    object: {
      path: objectPath(),
      digest: 'fault' in object ? undefined : createHash('sha256').update(object.bytes).digest('hex'),
    },
  };
}

/** On stderr, since stdout is the product. */
async function ask(question: string): Promise<string | undefined> {
  const { createInterface } = await import('node:readline');
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await new Promise<string | undefined>((resolve) => {
    lines.once('close', () => resolve(undefined));
    lines.question(question, resolve);
  });
  lines.close();
  // Interrupted, the cursor stands behind the question.
  if (answer === undefined) process.stderr.write('\n');
  return answer;
}

function catchStop(also?: { readonly key: string }): Stop {
  const stop = new AbortController();
  const stopped = () => stop.abort();
  process.on('SIGINT', stopped);
  process.on('SIGTERM', stopped);
  const releaseKeys = also && isTerminal(0) ? onKey(also.key, stopped) : () => {};
  return {
    pause: (ms) =>
      new Promise((resolve) => {
        if (stop.signal.aborted) return resolve('stopped');
        const end = (how: 'elapsed' | 'stopped') => {
          clearTimeout(timer);
          stop.signal.removeEventListener('abort', interrupted);
          resolve(how);
        };
        const interrupted = () => end('stopped');
        const timer = setTimeout(() => end('elapsed'), ms);
        stop.signal.addEventListener('abort', interrupted);
      }),
    release() {
      releaseKeys();
      process.off('SIGINT', stopped);
      process.off('SIGTERM', stopped);
    },
  };
}

/** Keys are told one by one, and Ctrl-C is one of them. */
function onKey(key: string, act: () => void): () => void {
  const { stdin } = process;
  const typed = (bytes: Buffer) => {
    const text = bytes.toString('latin1');
    if (text.includes(key) || text.includes('\u0003') || text.includes('\u0004')) act();
  };
  stdin.setRawMode(true);
  stdin.on('data', typed);
  stdin.resume();
  return () => {
    stdin.off('data', typed);
    stdin.setRawMode(false);
    stdin.pause();
    stdin.unref();
  };
}

/** Made in the main thread, so that it is in the namespace that the datapath entered. */
async function openUdp(ip: string, port: number): Promise<UdpSocket> {
  const { createSocket } = await import('node:dgram');
  const { isIPv6 } = await import('node:net');
  const socket = createSocket({ type: isIPv6(ip) ? 'udp6' : 'udp4', reuseAddr: true });
  await new Promise<void>((resolve, reject) => {
    const refused = (error: Error) => {
      socket.close();
      reject(error);
    };
    socket.once('error', refused);
    socket.bind({ address: ip, port, exclusive: true }, () => {
      socket.off('error', refused);
      resolve();
    });
  });
  return {
    send: (payload, toIp, toPort) =>
      new Promise((resolve, reject) => {
        socket.send(payload, toPort, toIp, (error) => (error ? reject(error) : resolve()));
      }),
    close: () => socket.close(),
  };
}
