// Injected by bundle.mjs: what `import.meta.url` means in the bundled CommonJS file.
export const __importMetaUrl = require('node:url').pathToFileURL(__filename).href;
