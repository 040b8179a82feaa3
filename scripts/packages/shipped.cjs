// Names of the npm packages that are shipped: what the lock file has and does not call for development only. One line.
const { packages } = require('../../package-lock.json');
const { existsSync } = require('node:fs');

const shipped = Object.entries(packages)
  .filter(([path, { dev, devOptional }]) => path !== '' && !dev && !devOptional && existsSync(path))
  .map(([path]) => path.replace('node_modules/', ''))
  // Its licence is koffi's, and it has no file of its own.
  .filter((name) => !name.startsWith('@koromix/'));
console.log(shipped.join(' '));
