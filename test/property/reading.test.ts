// Laws of reading: any bytes give problems, never a crash (P16); what is printed reads back (P12); both YAML packages agree
// on the meaning of a text; a key is never in a problem.
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { hasErrors } from '../../src/problem.ts';
import { formatProblem } from '../../src/report/problems.ts';
import { constructValues, parseText, unclearText } from '../../src/topology/parse.ts';
import { type Reading, readTopology } from '../../src/topology/read.ts';
import { gatherSources } from '../../src/topology/sources.ts';
import type { Topology } from '../../src/topology/topology.ts';
import { printTopology } from '../../src/topology/write.ts';
import { anyTopology, expectationsOf } from '../support/arbitrary.ts';
import { filesOf } from '../unit/topology/files.ts';
import { gatewayText, nodeText } from '../unit/topology/texts.ts';

const readText = (text: string) => readTopology([{ file: 'a.yaml', text, directory: '.' }]);

/** Either a topology or an error; each problem shows, and its place lies in the text. */
function mustBeSound({ topology, problems }: Reading, text: string): void {
  expect(topology === undefined).toBe(hasErrors(problems));
  const lines = text.split(/\r\n?|\n/);
  for (const one of problems) {
    expect(one.message).not.toMatch(/undefined|NaN|\[object/);
    expect(formatProblem(one, { color: false })).not.toBe('');
    if (!one.place) continue;
    expect(one.place.line).toBeGreaterThanOrEqual(1);
    expect(one.place.line).toBeLessThanOrEqual(lines.length);
    expect(one.place.column).toBeLessThanOrEqual(Array.from(lines[one.place.line - 1] ?? '').length + 1);
  }
}

/** A good text with some of its characters replaced, removed or added. */
const damaged = fc
  .tuple(
    fc.constantFrom(gatewayText, nodeText),
    fc.array(
      fc.record({
        at: fc.nat(500),
        remove: fc.nat(12),
        insert: fc.oneof(
          fc.string({ maxLength: 4 }),
          fc.constantFrom(
            '\n',
            '\t',
            ': ',
            '- ',
            '[',
            ']',
            '{',
            '}',
            '"',
            "'",
            '*a',
            '&a ',
            '!x ',
            '<<: ',
            '|\n',
            '---\n',
            '# ',
            '0',
            '~',
            '? ',
          ),
        ),
      }),
      { minLength: 1, maxLength: 6 },
    ),
  )
  .map(([text, edits]) =>
    edits.reduce<string>((at, edit) => at.slice(0, edit.at) + edit.insert + at.slice(edit.at + edit.remove), text),
  );

const fieldNames = [
  'apiVersion',
  'name',
  'id',
  'role',
  'interfaces',
  'flags',
  'tunnels',
  'services',
  'local',
  'remote',
  'remoteId',
  'ping',
  'interval',
  'group',
  'protocol',
  'proxy',
  'endpoint',
  'tunnel',
  'key',
  'mode',
  'header',
  'source',
  'sourcePort',
  'sign',
  'required',
  'allowFrom',
  'movesPerMinute',
  'previousKey',
  'via',
  'fallback',
  'echo',
  'ingress',
  'egress',
  'text',
  'file',
  'env',
  'x-a',
  'constructor',
  '__proto__',
  'toString',
  'length',
] as const;
const scalars = [
  'trueingress/v1',
  'gateway',
  'node',
  'learned',
  'tcp',
  'eth0',
  'keep',
  'dso',
  'gue',
  'fib',
  'dump',
  '1.1.1.1:1',
  '[2001:db8::1]:1',
  '10.0.0.0/8',
  '::/0',
  'short',
  'strict',
  'flow-hash',
  'local',
  'carry',
  'answer',
  'pass',
  '10s',
  '',
  '__proto__',
] as const;

/** Documents of our own fields, with values of any kind in any place. */
const anyDocument = fc.letrec<{ value: unknown; mapping: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(
      fc.constantFrom(...scalars),
      fc.integer(),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
      fc.string({ maxLength: 8 }),
    ),
    fc.array(tie('value'), { maxLength: 4 }),
    tie('mapping'),
  ),
  mapping: fc
    .array(fc.tuple(fc.constantFrom(...fieldNames), tie('value')), { maxLength: 10 })
    .map((entries) => Object.fromEntries(entries)),
})).mapping;

describe('P16: any content gives problems, never a crash', () => {
  it('any bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        const { sources, problems } = gatherSources(['a.yaml'], filesOf({ 'a.yaml': bytes }));
        if (sources.length === 0) expect(problems).toHaveLength(1);
        else mustBeSound(await readTopology(sources), sources[0]?.text ?? '');
      }),
      { numRuns: 1000 },
    );
  });

  it('any text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 200 }), async (text) => {
        mustBeSound(await readText(text), text);
      }),
      { numRuns: 1000 },
    );
  });

  it('any characters that mean something in YAML', async () => {
    const piece = fc.constantFrom(
      ...'abk01:-?,[]{}#&*!|>\'"%@`~ \t\n',
      '\n  ',
      '\n- ',
      ': ',
      'key: ',
      '<<: ',
      '*a ',
      '&a ',
      '---\n',
      '...\n',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 60 }), async (pieces) => {
        const text = pieces.join('');
        mustBeSound(await readText(text), text);
      }),
      { numRuns: 1500 },
    );
  });

  it('a good text that was damaged', async () => {
    await fc.assert(
      fc.asyncProperty(damaged, async (text) => {
        mustBeSound(await readText(text), text);
      }),
      { numRuns: 2000 },
    );
  });

  it('our own fields with values of any kind', async () => {
    await fc.assert(
      fc.asyncProperty(anyDocument, async (document) => {
        const text = JSON.stringify(document);
        mustBeSound(await readText(text), text);
      }),
      { numRuns: 1500 },
    );
  });

  it.each([
    ['brackets', '['.repeat(100_000)],
    ['braces', '{'.repeat(100_000)],
    ['dashes', '- '.repeat(100_000)],
    ['names', 'a: '.repeat(100_000)],
    ['questions', '? '.repeat(100_000)],
    ['nested brackets as names', `${'['.repeat(90)}a${']'.repeat(90)}: b`],
    ['nested braces as names', `${'{'.repeat(90)}a${'}: b'.repeat(90)}`],
    [
      'anchors',
      `apiVersion: trueingress/v1\nx-a: [${Array.from({ length: 20_000 }, (_, at) => `&a${at} b, *a${at}`)}]`,
    ],
    ['names in one mapping', Array.from({ length: 50_000 }, (_, at) => `x${at}: 1\n`).join('')],
    ['one name over and over', 'a: 1\n'.repeat(50_000)],
    [
      'merges of merges',
      `x-0: &a0 {a: 1}\n${Array.from({ length: 5000 }, (_, at) => `x-${at + 1}: &a${at + 1} {<<: *a${at}, k${at}: 1}\n`).join('')}`,
    ],
    [
      'ten thousand services, each with problems',
      `apiVersion: trueingress/v1\nservices:\n${Array.from({ length: 10_000 }, (_, at) => `  - {name: s${at}, group: x, kye: abc, tunnel: 1}\n`).join('')}`,
    ],
    ['a long line', `apiVersion: "${'x'.repeat(5_000_000)}"`],
  ])('within seconds: %s', async (_, text) => {
    const start = performance.now();
    mustBeSound(await readText(text), text);
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});

describe('P12: what is printed reads back', () => {
  const withoutPlaces = (topology: Topology | undefined) =>
    JSON.parse(
      JSON.stringify(topology, (name, value) => (name === 'place' || name === 'sourceDigest' ? undefined : value)),
    );

  it('any topology with its keys', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyTopology.chain((one) => expectationsOf(one).map((expectations) => ({ ...one, expectations }))),
        fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
        async (topology, label) => {
          const name = /^[^\p{Cc}\p{Cs}\u2028\u2029]+$/u.test(label) ? label : 'web';
          const services = topology.services.map((one) => ({ ...one, name }));
          const whole = {
            ...topology,
            services,
            interfaces: [...topology.interfaces].sort((a, b) => (a.name < b.name ? -1 : 1)),
          };
          const { topology: again, problems } = await readText(await printTopology(whole, { keys: 'show' }));
          expect(problems).toEqual([]);
          expect(withoutPlaces(again)).toEqual(withoutPlaces(whole));
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('both YAML packages', () => {
  /** Numbers that readers do not agree on become the text that stands for them, and so does what the other makes of them. */
  const plain = (value: unknown): unknown => {
    if (unclearText(value) !== undefined) return 'unclear';
    if (Array.isArray(value)) return value.map(plain);
    if (typeof value !== 'object' || value === null) return value === 0 ? 0 : value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
  };
  const meaningHere = (text: string): unknown => {
    const events = parseText(text);
    if (!Array.isArray(events)) return undefined;
    const values = constructValues(events, text, false);
    return 'length' in values && values.length === 1 ? plain(values[0]) : undefined;
  };
  const meaningThere = (text: string): unknown =>
    plain(parse(text, { merge: true, prettyErrors: false, logLevel: 'error' }));

  const quoted = fc.string({ unit: 'grapheme', maxLength: 10 }).map((text) => JSON.stringify(text));
  const bare = fc.constantFrom(
    'a',
    'yes',
    'no',
    'on',
    'null',
    '~',
    'true',
    'False',
    '1',
    '-1',
    '+1',
    '1.5',
    '1e3',
    '.5',
    '.inf',
    '-.inf',
    '.nan',
    '0x1F',
    '0b1',
    '1_000',
    '1:30',
    '2001-01-01',
    'a b',
    'a#b',
    'a:b',
    '-a',
    '=',
    '<',
    "'it''s'",
    "''",
    '"a\\tb"',
    '5.5.5.5:3100',
    'base64:abc=',
  );
  const scalar = fc.oneof(bare, quoted);
  // Not null: one package makes the text null of it, the other no text. Here either is an unknown field.
  const name = fc.constantFrom('a', 'b', 'c', '"d e"', "'f'", '1', 'x-y');
  const flow = fc.letrec<{ node: string }>((tie) => ({
    node: fc.oneof(
      { depthSize: 'small' },
      scalar,
      fc.array(tie('node'), { maxLength: 3 }).map((items) => `[${items.join(', ')}]`),
      fc
        .uniqueArray(fc.tuple(name, tie('node')), { selector: ([of]) => of, maxLength: 3 })
        .map((pairs) => `{${pairs.map(([of, value]) => `${of}: ${value}`).join(', ')}}`),
    ),
  })).node;
  const block = fc.letrec<{ node: string[] }>((tie) => {
    const indented = (lines: readonly string[]) => lines.map((line) => `  ${line}`);
    return {
      node: fc.oneof(
        { depthSize: 'small' },
        fc
          .uniqueArray(
            fc.tuple(
              name,
              fc.oneof(
                flow.map((text) => [` ${text}`]),
                tie('node').map((lines) => ['', ...indented(lines)]),
              ),
            ),
            { selector: ([of]) => of, minLength: 1, maxLength: 4 },
          )
          .map((pairs) => pairs.flatMap(([of, [first = '', ...rest]]) => [`${of}:${first}`, ...rest])),
        fc
          .array(
            fc.oneof(
              flow.map((text) => [text]),
              tie('node'),
            ),
            { minLength: 1, maxLength: 3 },
          )
          .map((items) => items.flatMap(([first = '', ...rest]) => [`- ${first}`, ...indented(rest)])),
        fc
          .array(fc.constantFrom('text', 'more text', '', '  deeper', '# no comment'), { minLength: 1, maxLength: 4 })
          .map((lines) => ['k: |', ...indented(['start', ...lines])]),
        fc
          .array(fc.constantFrom('text', 'more text', '', '  deeper'), { minLength: 1, maxLength: 4 })
          .map((lines) => ['k: >-', ...indented(['start', ...lines])]),
      ),
    };
  }).node;

  it('give any block document one meaning', () => {
    fc.assert(
      fc.property(block, (lines) => {
        const text = `${lines.join('\n')}\n`;
        const here = meaningHere(text);
        if (here !== undefined) expect(here).toEqual(meaningThere(text));
        else expect(() => parse(text, { merge: true, strict: true })).toThrow();
      }),
      { numRuns: 2000 },
    );
  });

  it('give anchors, aliases and merges one meaning', () => {
    // Here not 1 either: to override a merged number js-yaml calls a name that stands twice.
    const source = fc
      .uniqueArray(fc.tuple(fc.constantFrom('a', 'b', 'c', '"d e"'), scalar), { selector: ([of]) => of, maxLength: 4 })
      .map((pairs) => `{${pairs.map(([of, value]) => `${of}: ${value}`).join(', ')}}`);
    fc.assert(
      fc.property(
        source,
        source,
        source,
        fc.constantFrom('<<: *one', '<<: *two', '<<: [*one, *two]', '"<<": *one', 'z: *one'),
        (one, two, own, merge) => {
          const inner = own === '{}' ? `{${merge}}` : own.replace('{', `{${merge}, `);
          const text = `x-one: &one ${one}\nx-two: &two ${two}\nlist: [${inner}, *two]\n`;
          expect(meaningHere(text)).toEqual(meaningThere(text));
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('give our texts and the examples one meaning', () => {
    const examples = new URL('../../examples/', import.meta.url);
    const names = readdirSync(examples, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.yaml'));
    const texts = [gatewayText, nodeText, ...names.map((path) => readFileSync(new URL(path, examples), 'utf8'))];
    expect(texts.length).toBeGreaterThan(5);
    for (const text of texts) expect(meaningHere(text)).toEqual(meaningThere(text));
  });
});

describe('a key is never in a problem', () => {
  const secret = 'Zq7Zq7Zq7Zq7Zq7Zq7Zq7';
  const forms = [
    secret,
    `"${secret}"`,
    `'${secret}'`,
    `!${secret}`,
    `*${secret}`,
    `&${secret}`,
    `%${secret}`,
    `@${secret}`,
    `"${secret}`,
    `[${secret}]`,
    `{${secret}}`,
    `{${secret}: 1, ${secret}: 2}`,
    `{text: ${secret}}`,
    `{txt: ${secret}}`,
    `hex:${secret}`,
    `base64:${secret}!`,
    `|\n      ${secret}`,
    `>\n      ${secret}\n      ${secret}`,
    `\n      ${secret}`,
    `\n      text: ${secret}`,
    `\n      - ${secret}`,
    `\n      ? ${secret}`,
    `${secret}: x`,
    `&a ${secret}`,
    `"\\q${secret}"`,
    `*a`,
    `{required: ${secret}}`,
    `{key: ${secret}}`,
    `{key: {text: ${secret}}, required: ${secret}}`,
    `{key: {file: [${secret}]}}`,
    `\n      key: ${secret}\n      required: maybe`,
  ];
  const named = fc.constantFrom('key', '"key"', 'key ', '? key\n    ', 'keys', 'previousKey', 'sign', 'secret');
  const misspelled = fc.constantFrom('Key', 'kye', 'ke', 'k ey', '.  kye', 'kez');
  const written = fc.oneof(fc.tuple(named, damaged), fc.tuple(misspelled, fc.constantFrom(gatewayText, nodeText)));

  it('however it and its name are written, whatever else is wrong', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...forms), written, fc.boolean(), async (form, [name, text], isAnchored) => {
        const start = isAnchored ? `x-key: &a ${secret}\n` : '';
        const inService = text.replace('key: Pa55w0rd1234567', () => `${name}: ${form}`);
        const inTunnel = text.replace('    remote:', () => `    ${name}: ${form}\n    remote:`);
        for (const whole of [inService, inTunnel])
          expect(JSON.stringify((await readText(`${start}${whole}`)).problems)).not.toContain('Zq7');
      }),
      { numRuns: 2000 },
    );
  });

  it('wherever an alias brings it, in whatever form it is written', async () => {
    const forms = [
      secret,
      `"${secret}\\t"`,
      `[${secret}]`,
      `{${secret}: 1}`,
      `{text: ${secret}}`,
      '0x5a715a71',
      '057',
      '1e9',
    ];
    const shown = /Zq7|0x5a71|1517378161|057|1e9|1000000000/;
    const lines = [gatewayText, nodeText].flatMap((text) => text.split('\n').map((line) => [text, line] as const));
    const fields = lines.filter(([, line]) => /: ?/.test(line) && !/key:|apiVersion/.test(line));
    const more = 'allowFrom ping mtu via mode echo header sign source remoteId flags fallback other <<'.split(' ');
    /** In place of a field's value, beside it as a new field, or as the name of one. */
    const put = (line: string, name: string): readonly string[] => {
      const indent = ' '.repeat(line.search(/[^ -]/));
      const aliased = ['*a', '[*a]', '{ingress: [*a]}', '{interval: *a}'];
      return [
        line.replace(/:.*/, ': *a'),
        ...aliased.flatMap((alias) => [`${line}\n${indent}${name}: ${alias}`, line.replace(/:.*/, `: ${alias}`)]),
        `${line}\n${indent}*a : 1`,
      ];
    };
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...fields),
        fc.constantFrom(...forms),
        fc.constantFrom('x-key', 'x-other'),
        fc.constantFrom(...more),
        async ([text, line], form, holder, name) => {
          const keyed = text.replace('Pa55w0rd1234567', '*a');
          for (const instead of put(line, name)) {
            const whole = `${holder}: &a ${form}\n${keyed.replace(line, instead)}`;
            const { problems } = await readText(whole);
            for (const one of problems) expect(JSON.stringify({ ...one, place: 0 })).not.toMatch(shown);
            if (problems.some(({ message }) => message.includes('no key is ever shown'))) refused++;
          }
        },
      ),
      { numRuns: 400 },
    );
    expect(refused).toBeGreaterThan(200);
  });

  it('and the same file is told what else is wrong with it', async () => {
    const text = `x-key: &a ${secret}\n${gatewayText.replace('Pa55w0rd1234567', '*a').replace('5.5.5.5:3100', '5.5.5.5')}`;
    const [problem] = (await readText(text)).problems;
    expect(problem?.message).toBe(
      'proxy of service "web" is "5.5.5.5", which does not end with a port from 1 to 65535',
    );
  });
});
