// Debian's changelog of the package: what the first section of CHANGELOG.md says, as one entry.
// Usage: changelog.cjs VERSION MAINTAINER DATE
const { readFileSync } = require('node:fs');

const [version, maintainer, date] = process.argv.slice(2);
const [, section = ''] = readFileSync('CHANGELOG.md', 'utf8').split(/^## .*\n/m);
/** An item goes over several lines, and a blank line may stand between two. */
const items = section
  .split(/^- /m)
  .slice(1)
  .map((item) => item.trim().split(/\s+/));

/** Lines of at most 78 characters behind `  * `. */
function wrapped(words) {
  const lines = [[]];
  for (const word of words) {
    if ([...lines.at(-1), word].join(' ').length > 74) lines.push([]);
    lines.at(-1).push(word);
  }
  return lines.map((line, index) => `${index === 0 ? '  * ' : '    '}${line.join(' ')}`).join('\n');
}

console.log(`trueingress (${version}) unstable; urgency=medium\n\n${items.map(wrapped).join('\n')}\n\n -- ${maintainer}  ${date}`);
