// Changes by hand while a daemon keeps the instance: told before they are made, with the daemon's pid and what to type.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { type Running, startWatch } from './daemon-harness.ts';
import { appliedGateway, gatewayText, nodeText } from './harness.ts';

const running: Running[] = [];

async function watch(text = gatewayText): Promise<Running> {
  const daemon = await startWatch({ text });
  running.push(daemon);
  return daemon;
}

afterEach(async () => {
  for (const one of running.splice(0)) await one.stop();
});

const other = gatewayText.replace('172.1.0.3:6080', '172.1.0.9:6080');

function otherFile({ directory }: Running): string {
  const path = join(directory, 'other.yaml');
  writeFileSync(path, other, { mode: 0o600 });
  return path;
}

test('apply of another file says whose next run undoes it, and what to type', async () => {
  const daemon = await watch();
  const { code, stderr } = await daemon.run(['apply', '-f', otherFile(daemon)]);
  expect(code).toBe(0);
  expect(stderr).toContain(
    `warning[daemon-undoes]: the daemon (pid 4711) keeps "epic-1" as ${daemon.file} says: its next run, within 26 h, undoes this`,
  );
  expect(stderr).toContain('`trueingress suspend -i epic-1` first');
});

test('it is told before the question', async () => {
  const daemon = await watch();
  let before = '';
  const stderr = {
    isTerminal: true,
    write: (text: string) => {
      before += text;
    },
  };
  const ask = async () => {
    before += 'asked';
    return 'n';
  };
  const { code } = await daemon.run(['apply', '--ask', '-f', otherFile(daemon)], { canAsk: true, ask, stderr });
  expect(code).toBe(5);
  expect(before).toMatch(/daemon-undoes[\s\S]*asked/);
});

test.each([
  ['detach', ['detach', '--yes']],
  ['revert', ['revert']],
  ['revert of an older generation', ['revert', '1']],
  ['service del', ['service', 'del', '1', '2']],
])('%s says so as well, in the document too', async (_, words) => {
  const daemon = await watch();
  writeFileSync(daemon.file, other);
  expect(await daemon.run(['reconcile', '--now'])).toMatchObject({ code: 0 });
  const { code, stdout } = await daemon.run([...words, '--json']);
  const { problems } = JSON.parse(stdout);
  expect([code, stdout]).toEqual([0, expect.anything()]);
  expect(problems).toContainEqual(expect.objectContaining({ code: 'daemon-undoes', severity: 'warning' }));
});

test('remove is refused: history and learned remotes would be lost for nothing; --yes does it and warns', async () => {
  const daemon = await watch(nodeText);
  const refused = await daemon.run(['remove']);
  expect(refused.code).toBe(5);
  expect(refused.stderr).toContain('error[daemon-undoes]: the daemon (pid 4711)');
  expect((await daemon.run(['status', '--check'])).code).toBe(0);
  const { code, stderr } = await daemon.run(['remove', '--yes']);
  expect([code, stderr]).toEqual([0, expect.stringContaining('warning[daemon-undoes]')]);
});

test('remove of a gateway tells both reasons at once', async () => {
  const daemon = await watch();
  const { problems } = JSON.parse((await daemon.run(['remove', '--json'])).stdout);
  expect(problems.map(({ code }: { code: string }) => code)).toEqual(['daemon-undoes', 'declined']);
});

test('a suspended daemon undoes nothing until it is resumed', async () => {
  const daemon = await watch(nodeText);
  await daemon.run(['suspend']);
  const { code, stderr } = await daemon.run(['remove']);
  expect(code).toBe(0);
  expect(stderr).toContain('the daemon (pid 4711) of "node-1" is suspended: this stays until it is resumed');
});

test('nothing is said of the daemon’s own file, of what attaches, where nothing changes, or without a daemon', async () => {
  const daemon = await watch();
  writeFileSync(daemon.file, other);
  for (const words of [['apply', '-f', daemon.file], ['attach'], ['reattach'], ['apply', '-f', otherFile(daemon)]])
    expect(await daemon.run(words)).toMatchObject({ code: 0, stderr: '' });
  expect(daemon.log()).not.toContain('daemon-undoes');
  const alone = await appliedGateway();
  expect(await alone.run(['detach', '--yes'])).toMatchObject({ code: 0, stderr: '' });
});

test('suspended, applied, put into its file, resumed: the daemon finds nothing to do', async () => {
  const daemon = await watch();
  expect((await daemon.run(['suspend'])).code).toBe(0);
  expect((await daemon.run(['apply', '-f', otherFile(daemon), '--confirm-within', '1m'])).code).toBe(0);
  expect((await daemon.run(['confirm'])).code).toBe(0);
  const rows = (await daemon.run(['show'])).stdout;
  writeFileSync(daemon.file, other);
  expect((await daemon.run(['resume'])).code).toBe(0);
  expect((await daemon.run(['reconcile', '--now'])).stdout).toContain('the host is as the files say');
  expect((await daemon.run(['show'])).stdout).toBe(rows);
  expect((await daemon.run(['status'])).stdout).toContain('generation 2');
});

test('history tells what the daemon did from what a person did', async () => {
  const daemon = await watch();
  await daemon.run(['apply', '-f', otherFile(daemon)]);
  const { stdout } = await daemon.run(['history', '--json']);
  const entries: { readonly generation: number; readonly daemon: boolean }[] = JSON.parse(stdout).entries;
  expect(entries.map(({ generation, daemon: byDaemon }) => [generation, byDaemon])).toEqual([
    [2, false],
    [1, true],
  ]);
  const shown = await daemon.run(['history']);
  expect(shown.stdout).toMatch(/ 2 +\S+ +anna as root from \S+ +apply[\s\S]* 1 +\S+ +daemon +apply/);
});

test('status of what was removed beside a daemon says that the daemon makes it again, and how to have it now', async () => {
  const daemon = await watch();
  await daemon.run(['remove', '--yes']);
  const { code, stderr } = await daemon.run(['status']);
  expect([code, stderr]).toEqual([
    66,
    'error[no-instance]: no instance of trueingress is here\n' +
      `  hint: the daemon (pid 4711) keeps "epic-1" as ${daemon.file} says: its next run, within 26 h, makes it again; ` +
      '`trueingress reconcile --now -i epic-1` does so at once\n',
  ]);
  expect(await daemon.run(['suspend'])).toMatchObject({ code: 0 });
  const { stderr: suspended } = await daemon.run(['status']);
  expect(suspended).toContain('is suspended: `trueingress resume -i epic-1` makes it again');
});

test('reconcile --now after a change by hand tells it as drift, and whose it was', async () => {
  const daemon = await watch();
  await daemon.run(['apply', '-f', otherFile(daemon)]);
  await daemon.run(['reconcile', '--now']);
  const { stdout } = await daemon.run(['events', '-n', '1']);
  expect(stdout).toMatch(/ drift +generation 3: put back what the files say: generation 2 was live, by apply of anna/);
});

test('reconcile --now after a change of the file and by hand tells none', async () => {
  const daemon = await watch();
  writeFileSync(daemon.file, other);
  await daemon.run(['reconcile', '--now']);
  const { stdout } = await daemon.run(['events', '-n', '1']);
  expect(stdout).toMatch(/ reconciled +/);
});
