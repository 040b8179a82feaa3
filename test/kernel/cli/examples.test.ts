// Each example on the real kernel, with the built command: its packets go through the programs before it is applied.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { exampleNames, exampleText } from '../../support/examples.ts';
import { openPrivatePlace, type PrivatePlace, run, whyNoKernel } from '../../support/netns.ts';
import { mustRead } from '../../unit/topology/texts.ts';
import { CommandLine } from './command.ts';

describe.skipIf(whyNoKernel() !== undefined)('the example', () => {
  let place: PrivatePlace;
  let cli: CommandLine;

  beforeAll(() => {
    place = openPrivatePlace();
    for (const name of ['eth0', 'eth1', 'eth2']) place.addInterface(name);
    // minimal.yaml leaves it to the default route which interface is meant.
    run('ip', 'address', 'add', '172.1.0.4/24', 'dev', 'eth0');
    run('ip', 'route', 'add', 'default', 'via', '172.1.0.1', 'dev', 'eth0');
    cli = new CommandLine(place);
  });
  afterEach(async () => {
    await cli.runHere(['remove', '--yes']);
  });
  afterAll(() => {
    cli?.close();
    place?.close();
  });

  it.each(exampleNames)('%s is planned, probed and applied', async (name) => {
    const { services } = await mustRead(exampleText(name));
    const file = cli.write('example.yaml', exampleText(name));
    const planned = await cli.runHere(['plan', '-f', file, '--detailed-exitcode']);
    expect([planned.code, errorsIn(planned.stderr)]).toEqual([2, []]);
    const applied = await cli.runHere(['apply', '-f', file, '--json']);
    const document = JSON.parse(applied.stdout);
    expect(errorsIn(applied.stderr)).toEqual([]);
    expect(document).toMatchObject({ exitCode: 0, result: 'applied', probes: { services: services.length } });
    expect((await cli.runHere(['plan', '-f', file])).stdout).toBe('No changes.\n');
  });
});

function errorsIn(text: string): string[] {
  return text.split('\n').filter((line) => line.includes('error['));
}
