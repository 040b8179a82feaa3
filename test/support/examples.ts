// The topologies in examples/, by their paths there.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const directory = fileURLToPath(new URL('../../examples/', import.meta.url));

export const exampleNames: readonly string[] = readdirSync(directory, { recursive: true, encoding: 'utf8' })
  // Playbooks, and templates of topologies, are played by test/lab/ansible.test.ts.
  .filter((name) => /\.ya?ml$/.test(name) && !name.startsWith('ansible/'))
  .sort();

export function exampleText(name: string): string {
  return readFileSync(`${directory}${name}`, 'utf8');
}
