// Completion in the shells themselves: what each offers at a place of a command line.
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commands } from '../../../src/cli/commands.ts';
import { completionScript } from '../../../src/cli/guide/completion.ts';
import { guidesOf, tableNames, valuesOf } from '../../../src/cli/guide/values.ts';
import { optionSpecs } from '../../../src/cli/option-specs.ts';
import { type OptionName, optionDefaults } from '../../../src/cli/options.ts';
import { tableWords } from '../../../src/reconcile/trace/why.ts';

const room = mkdtempSync(join(tmpdir(), 'ti-complete-'));
const shells = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof shells)[number];
const scripts: Readonly<Record<Shell, string>> = {
  bash: 'trueingress.bash',
  zsh: '_trueingress',
  fish: 'trueingress.fish',
};

/** Answers as the real one; what it was asked stands in `asked`. The interface's name would run a command if anything expanded it. */
const standIn = `#!/bin/sh
echo "$@" >>${room}/asked
[ "$1" = __complete ] || exit 64
case $2 in
  tunnels) printf '100\\n200\\n' ;;
  services) printf '2/1\\tweb\\n2/2\\tdns\\n' ;;
  interfaces) printf 'eth0\\t192.0.2.1\\neth1\\n$(touch\${IFS}${room}/run)\\n' ;;
  hooks) printf 'eth0:ingress\\neth0:egress\\n' ;;
  words) shift 2; case "$*" in
    *'-- config set'*) printf 'eth0\\n0\\tingress\\n' ;;
    *'-- config'*) printf 'get\\nset\\n' ;;
  esac ;;
  keys) case "$*" in *'-- why encap') printf 'tcp 5.5.5.5:3100\\nudp 5.5.5.5:53\\n' ;; *'-- why tunnel') printf '100\\n' ;; esac ;;
  instances) printf 'epic-1\\nepic-2\\n' ;;
  *) exit 70 ;;
esac
`;

beforeAll(() => {
  for (const shell of shells) writeFileSync(join(room, scripts[shell]), completionScript(shell, commands));
  writeFileSync(join(room, 'trueingress'), standIn);
  chmodSync(join(room, 'trueingress'), 0o755);
  for (const file of ['gateway.yaml', 'other.txt']) writeFileSync(join(room, file), '');
  mkdirSync(join(room, 'services'));
});
afterAll(() => rmSync(room, { recursive: true, force: true }));

const variables = { ...process.env, PATH: `${room}:${process.env.PATH}`, HOME: room, LC_ALL: 'C.UTF-8' };

const offers: Readonly<Record<Shell, (line: string) => string[]>> = {
  bash(line) {
    const script = `source ./${scripts.bash}; COMP_LINE=$1; COMP_POINT=\${#1}; COMP_WORDS=(trueingress); _trueingress; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return lines(outputOf('bash', ['--norc', '-c', script, 'bash', line]));
  },
  /** Its completion runs in a terminal only: one of zsh's own, in which what would be offered is written to a file. */
  zsh(line) {
    writeFileSync(join(room, 'probe.zsh'), zshProbe);
    rmSync(join(room, 'found'), { force: true });
    const said = outputOf('zsh', ['-f', join(room, 'probe.zsh'), line, room]);
    return lines(said);
  },
  fish(line) {
    const script = `source ./${scripts.fish}; complete -C "$argv[1]"`;
    const said = outputOf('fish', ['--no-config', '-c', script, line]);
    return lines(said).map((one) => one.split('\t')[0] ?? '');
  },
};

function outputOf(program: string, words: readonly string[]): string {
  return execFileSync(program, [...words], {
    cwd: room,
    encoding: 'utf8',
    env: variables,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

const zshProbe = `
zmodload zsh/zpty
zpty shell zsh -f -i
send() { zpty -w shell "$1" }
send "PROMPT= RPROMPT=; cd $2; fpath=($2 $fpath); autoload -Uz compinit; compinit -u -d $2/.zcompdump"
send 'compadd() {
  local -a hits
  [[ \${argv[(r)-[OAD]*]} == -[OAD]* ]] && { builtin compadd "$@"; return }
  builtin compadd -O hits "$@"
  print -rl -- $hits >>${'$'}{HOME}/found
  builtin compadd "$@"
}'
send 'finish() { print done >>$HOME/found }'
send 'zle -N finish; bindkey "^X" finish; bindkey "^I" complete-word; zstyle ":completion:*" list-colors; unsetopt automenu'
send 'print ready >>$HOME/ready'
typeset -i tries
while [[ ! -s $2/ready ]] && (( tries++ < 400 )); do sleep 0.05; done
zpty -n -w shell "$1"$'\\t\\x18'
tries=0
until grep -qx done $2/found 2>/dev/null || (( tries++ > 400 )); do zpty -r -t shell heard; sleep 0.05; done
zpty -d shell
rm -f $2/ready
grep -vx done $2/found || true
`;

function lines(text: string): string[] {
  return [...new Set(text.split('\n').filter((line) => line !== ''))].sort();
}

const names = commands.filter(({ hidden }) => !hidden).map(({ name }) => name);

describe.each(shells.filter((shell) => existsSync(`/usr/bin/${shell}`) || existsSync(`/bin/${shell}`)))(
  '%s',
  (shell) => {
    test.each<[string, readonly string[]]>([
      ['trueingress ', [...names, 'help']],
      ['trueingress sus', ['suspend']],
      ['trueingress apply --policy ', ['sync', 'upsert-only', 'create-only']],
      ['trueingress apply --policy up', ['upsert-only']],
      ['trueingress show t', ['tunnels']],
      ['trueingress completion ', ['bash', 'zsh', 'fish']],
      ['trueingress dump --tunnel ', ['100', '200']],
      ['trueingress dump --tunnel 100 --service ', ['2/1', '2/2']],
      ['trueingress status -i ', ['epic-1', 'epic-2']],
      ['trueingress dump --interface eth', ['eth0', 'eth1']],
      ['trueingress apply --detailed', ['--detailed-exitcode']],
      ['trueingress config ', ['get', 'set']],
      ['trueingress config s', ['set']],
      ['trueingress config set ', ['0', 'eth0']],
      ['trueingress why tunnel ', ['100']],
    ])('offers at %j what there is', (line, wanted) => {
      expect(offers[shell](line)).toEqual([...wanted].sort());
    });

    test('offers topology files and directories behind -f', () => {
      const found = offers[shell]('trueingress apply -f ').map((one) => one.replace(/\/$/, ''));
      expect(found).toContain('gateway.yaml');
      expect(found).toContain('services');
    });

    test('asks about the instance and the namespace that the line names', () => {
      rmSync(join(room, 'asked'), { force: true });
      offers[shell]('trueingress dump -i epic-2 --netns blue --tunnel ');
      const asked = execFileSync('cat', [join(room, 'asked')], { encoding: 'utf8' });
      expect(asked).toContain('__complete tunnels -i epic-2 --netns blue\n');
    });

    test('never runs what an interface is called', () => {
      offers[shell]('trueingress dump --interface ');
      expect(existsSync(join(room, 'run'))).toBe(false);
    });

    test('offers nothing where the command can tell nothing', () => {
      expect(offers[shell]('trueingress history show ').filter((one) => /\d/.test(one))).toEqual([]);
    });
  },
);

describe('bash', () => {
  test('puts a key of several words in quotes', () => {
    expect(offers.bash('trueingress why encap ')).toEqual(["'tcp 5.5.5.5:3100'", "'udp 5.5.5.5:53'"]);
  });

  test('completes behind the colons and equal signs that it takes for ends of words', () => {
    expect(offers.bash('trueingress trace x --at eth0:e')).toEqual(['egress']);
    expect(offers.bash('trueingress apply --policy=up')).toEqual(['upsert-only']);
  });

  test('completes at a keyboard', () => {
    const typed = `PATH=${room}:$PATH; cd ${room}; source ./${scripts.bash}; trueingress() { if [ "$1" = __complete ]; then command trueingress "$@"; else echo "RAN $*" >>typed; fi; }\ntrueingress susp\t-i \t2\nexit\n`;
    execFileSync('script', ['-qec', 'bash --norc --noprofile -i', '/dev/null'], {
      input: typed,
      cwd: room,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    expect(execFileSync('cat', [join(room, 'typed')], { encoding: 'utf8' })).toBe('RAN suspend -i epic-2\n');
  });
});

describe('the tables', () => {
  test('say of every option that takes a value what it takes', () => {
    const valued = Object.keys(optionDefaults).filter((name) => optionSpecs[name as OptionName].flags.includes('<'));
    expect(valued.length).toBeGreaterThan(20);
    for (const name of valued) expect(() => valuesOf(name as OptionName)).not.toThrow();
  });

  test('name the tables that `why` knows', () => {
    expect([...tableNames].sort()).toEqual([...tableWords].sort());
  });

  test('hide what people have no use for', () => {
    expect(guidesOf(commands).map(({ name }) => name)).not.toContain('__complete');
  });
});
