// The file copyright of the .deb: ours, and that of every npm package that is shipped, inside the bundle or beside it. After npm ci.
const { readdirSync, readFileSync, existsSync } = require('node:fs');
const { packages } = require('../../package-lock.json');

const apache = 'On Debian systems the full text is in /usr/share/common-licenses/Apache-2.0.';
const indented = (text) => text.trimEnd().split('\n').map((line) => ` ${line.trim() === '' ? '.' : line.trimEnd()}`);

/** What the lock file has and does not call for development only. The licence of @koromix's is koffi's. */
const shipped = Object.entries(packages)
  .filter(([path, { dev, devOptional }]) => path !== '' && !dev && !devOptional && existsSync(path))
  .map(([path]) => path.replace('node_modules/', ''))
  .filter((name) => !name.startsWith('@koromix/'));

function paragraph(name) {
  const directory = `node_modules/${name}`;
  const { license } = JSON.parse(readFileSync(`${directory}/package.json`, 'utf8'));
  const file = readdirSync(directory).find((one) => /^licen[sc]e/i.test(one));
  const text = file === undefined ? `${license}, as its package.json says.` : readFileSync(`${directory}/${file}`, 'utf8');
  const holder = /^[^a-z\n]*copyright.*$/im.exec(text)?.[0].replace(/^[^A-Za-z(]*/, '') ?? `the authors of ${name}`;
  const words = text.includes('Apache License') ? apache : text;
  return ['', `Files: bundled/${name}`, `Copyright: ${holder}`, `License: ${name.replace('/', '-')}-${license}`, ...indented(words)];
}

const own = [
  'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/',
  'Upstream-Name: trueingress',
  '',
  'Files: *',
  'Copyright: the trueingress authors',
  'License: Apache-2.0',
  ...indented(apache),
  '',
  'Files: usr/lib/trueingress/dist/trueingress.bpf.o',
  'Copyright: the trueingress authors',
  'License: BSD-2-Clause or GPL-2.0',
  ...indented(readFileSync('NOTICE', 'utf8')),
];
console.log([...own, ...shipped.flatMap(paragraph)].join('\n'));
