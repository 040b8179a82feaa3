// Relative links of Markdown documents, and whether they lead to files and headings that are there: in this tree, or in a package that was
// taken apart.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

/** Each as `document: link`. Documents are relative to the root, which no link may leave. */
export function deadLinks(root: string, documents: readonly string[]): string[] {
  return documents.flatMap((path) =>
    linksOf(readFileSync(join(root, path), 'utf8'))
      .filter((link) => !leadsSomewhere(root, path, link))
      .map((link) => `${path}: ${link}`),
  );
}

/** Every Markdown file below a directory, and below links to directories in it. */
export function documentsBelow(root: string, directory = ''): string[] {
  return readdirSync(join(root, directory), { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (statSync(join(root, path)).isDirectory())
      return entry.name === 'node_modules' ? [] : documentsBelow(root, path);
    return path.endsWith('.md') ? [path] : [];
  });
}

/** Targets of inline links, without those of the web. Code is no link. */
function linksOf(text: string): string[] {
  const prose = text.replace(/^(```|~~~)[\s\S]*?^\1/gm, '').replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(<?([^)\s>]+)>?[^)]*\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target));
}

function leadsSomewhere(root: string, from: string, link: string): boolean {
  const [file = '', heading] = link.split('#');
  const target = file === '' ? from : relative(root, resolve(root, dirname(from), file));
  if (target.startsWith('..') || !existsSync(join(root, target))) return false;
  return heading === undefined || anchorsOf(readFileSync(join(root, target), 'utf8')).has(heading);
}

/** As GitHub makes them. */
function anchorsOf(text: string): Set<string> {
  const headings = [...text.matchAll(/^#+ +(.+?) *$/gm)].map(([, heading = '']) => heading);
  return new Set(
    headings.map((one) =>
      one
        .toLowerCase()
        .replace(/[^\p{L}\p{N}_ -]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}
