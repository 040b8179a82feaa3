// Every way in which programs are known to bring a new content to a path, each as one function. The path is the one that is watched.
import {
  appendFileSync,
  cpSync,
  linkSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from './netns.ts';

export interface Pattern {
  readonly name: string;
  /** Makes what is to be watched below `base` with a first content; returns what to give to -f. */
  prepare(base: string, content: string): string;
  /** Brings this content there. */
  write(base: string, content: string, round: number): Promise<void> | void;
  /** Undoes what the file system alone would keep (mounts). */
  clean?(base: string): void;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const plainFile = (base: string): string => join(base, 'topology.yaml');
const prepareFile = (base: string, content: string): string => {
  writeFileSync(plainFile(base), content);
  return plainFile(base);
};
/** `base/etc/app/topology.yaml`. */
const deepFile = (base: string, first = 'etc'): string => join(base, first, 'app', 'topology.yaml');
const writeDeep = (base: string, first: string, content: string): void => {
  mkdirSync(dirname(deepFile(base, first)), { recursive: true });
  writeFileSync(deepFile(base, first), content);
};

export const patterns: readonly Pattern[] = [
  {
    name: 'written in place',
    prepare: prepareFile,
    write: (base, content) => writeFileSync(plainFile(base), content),
  },
  {
    name: 'truncated, then written in two halves',
    prepare: prepareFile,
    async write(base, content) {
      const path = plainFile(base);
      truncateSync(path);
      await pause(20);
      appendFileSync(path, content.slice(0, content.length / 2));
      await pause(20);
      appendFileSync(path, content.slice(content.length / 2));
    },
  },
  {
    name: 'written beside it and renamed over it',
    prepare: prepareFile,
    write(base, content) {
      writeFileSync(`${plainFile(base)}.tmp`, content);
      renameSync(`${plainFile(base)}.tmp`, plainFile(base));
    },
  },
  {
    name: 'renamed away as a backup, then written anew',
    prepare: prepareFile,
    async write(base, content) {
      renameSync(plainFile(base), `${plainFile(base)}~`);
      await pause(10);
      writeFileSync(plainFile(base), content);
    },
  },
  {
    name: 'a ConfigMap, whose link ..data is exchanged',
    prepare(base, content) {
      writeConfigMap(base, content, 0);
      symlinkSync('..data/topology.yaml', plainFile(base));
      return plainFile(base);
    },
    write: writeConfigMap,
  },
  {
    name: 'a link above it exchanged',
    prepare(base, content) {
      writeDeep(base, 'v0', content);
      symlinkSync('v0', join(base, 'etc'));
      return deepFile(base);
    },
    write(base, content, round) {
      writeDeep(base, `v${round}`, content);
      symlinkSync(`v${round}`, join(base, 'etc.new'));
      renameSync(join(base, 'etc.new'), join(base, 'etc'));
      rmSync(join(base, `v${round - 2}`), { recursive: true, force: true });
    },
  },
  {
    name: 'its directory replaced by another one',
    prepare(base, content) {
      writeDeep(base, 'etc', content);
      return deepFile(base);
    },
    write(base, content) {
      writeDeep(base, 'etc.new', content);
      renameSync(join(base, 'etc', 'app'), join(base, 'old'));
      renameSync(join(base, 'etc.new', 'app'), join(base, 'etc', 'app'));
      rmSync(join(base, 'old'), { recursive: true });
    },
  },
  {
    name: 'a bind mount replaced',
    prepare(base, content) {
      writeDeep(base, 'v0', content);
      mkdirSync(join(base, 'etc'));
      run('mount', '--bind', join(base, 'v0'), join(base, 'etc'));
      return deepFile(base);
    },
    write(base, content, round) {
      writeDeep(base, `v${round}`, content);
      run('umount', '--lazy', join(base, 'etc'));
      run('mount', '--bind', join(base, `v${round}`), join(base, 'etc'));
    },
    clean: (base) => void run('umount', '--lazy', join(base, 'etc')),
  },
  {
    name: '50 writes, 5 ms apart',
    prepare: prepareFile,
    async write(base, content) {
      for (let at = 0; at < 49; at++) {
        writeFileSync(plainFile(base), `${content}# not the last one: ${at}\n`.replaceAll('172.1.', '172.2.'));
        await pause(5);
      }
      writeFileSync(plainFile(base), content);
    },
  },
  {
    name: 'renamed over it 50 times, 5 ms apart',
    prepare: prepareFile,
    async write(base, content) {
      for (let at = 0; at < 50; at++) {
        writeFileSync(`${plainFile(base)}.tmp`, at === 49 ? content : content.replaceAll('172.1.', '172.2.'));
        renameSync(`${plainFile(base)}.tmp`, plainFile(base));
        await pause(5);
      }
    },
  },
  {
    name: 'deleted, and written again later',
    prepare: prepareFile,
    async write(base, content) {
      unlinkSync(plainFile(base));
      await pause(250);
      writeFileSync(plainFile(base), content);
    },
  },
  {
    name: 'another hard link in its place',
    prepare: prepareFile,
    write(base, content, round) {
      const version = join(base, `version-${round}`);
      writeFileSync(version, content);
      linkSync(version, `${plainFile(base)}.tmp`);
      renameSync(`${plainFile(base)}.tmp`, plainFile(base));
    },
  },
  {
    name: 'a directory, with files that come and go',
    prepare(base, content) {
      mkdirSync(join(base, 'topology.d'));
      writeFileSync(join(base, 'topology.d', '0.yaml'), content);
      return join(base, 'topology.d');
    },
    write(base, content, round) {
      const directory = join(base, 'topology.d');
      writeFileSync(join(directory, `${round}.yaml.tmp`), content);
      for (const name of readdirSync(directory)) if (name.endsWith('.yaml')) unlinkSync(join(directory, name));
      renameSync(join(directory, `${round}.yaml.tmp`), join(directory, `${round}.yaml`));
    },
  },
  {
    name: 'copied with its time kept',
    prepare: prepareFile,
    write(base, content) {
      // cp -p, rsync and tar: the same size and mtime as before.
      writeFileSync(`${plainFile(base)}.other`, content);
      run('touch', '--date=2001-01-01', `${plainFile(base)}.other`);
      rmSync(plainFile(base));
      cpSync(`${plainFile(base)}.other`, plainFile(base), { preserveTimestamps: true });
    },
  },
];

function writeConfigMap(base: string, content: string, round: number): void {
  const version = `..2026_${round}`;
  mkdirSync(join(base, version));
  writeFileSync(join(base, version, 'topology.yaml'), content);
  symlinkSync(version, join(base, '..data_tmp'));
  renameSync(join(base, '..data_tmp'), join(base, '..data'));
  if (round > 1) rmSync(join(base, `..2026_${round - 1}`), { recursive: true });
}
