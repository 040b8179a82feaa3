// XML as a strict reader sees it: elements, attributes, text and the five entities that need no declaration; anything else is refused.
// Enough to hold what we print to the rules (XML 1.0), since no package of ours reads XML.

export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** Its own, that of children left out. */
  readonly text: string;
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Throws where it is not well-formed. */
export function parseXml(source: string): XmlElement {
  const illegal = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.exec(source);
  if (illegal) throw new Error(`a character that XML does not have at ${illegal.index}`);
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    const sticky = new RegExp(pattern.source, 'y');
    sticky.lastIndex = at;
    const match = sticky.exec(source);
    if (match) at = sticky.lastIndex;
    return match ?? undefined;
  };
  const fail = (what: string): never => {
    throw new Error(`${what} at ${at}: ${JSON.stringify(source.slice(at, at + 40))}`);
  };
  const element = (): XmlElement => {
    const name = take(/<([A-Za-z][\w.-]*)/)?.[1] ?? fail('no element');
    const attributes: Record<string, string> = {};
    for (let one = take(/\s+([\w.-]+)="([^"<]*)"/); one; one = take(/\s+([\w.-]+)="([^"<]*)"/)) {
      const [, attribute = '', value = ''] = one;
      if (attribute in attributes) fail(`${attribute} twice`);
      attributes[attribute] = plain(value);
    }
    if (take(/\s*\/>/)) return { name, attributes, children: [], text: '' };
    if (!take(/\s*>/)) fail('no end of a tag');
    const children: XmlElement[] = [];
    let text = '';
    while (!take(new RegExp(`</${name}\\s*>`))) {
      if (source.startsWith('<', at)) children.push(element());
      else text += plain(take(/[^<]+/)?.[0] ?? fail(`${name} is not closed`));
    }
    return { name, attributes, children, text };
  };
  take(/<\?xml version="1\.0" encoding="UTF-8"\?>\s*/);
  const root = element();
  take(/\s*/);
  if (at !== source.length) fail('more than one root');
  return root;
}

function plain(text: string): string {
  return text.replace(/&([^;&]*);?/g, (whole, name: string) => {
    const character = entities[name];
    if (character === undefined || !whole.endsWith(';')) throw new Error(`no entity: ${whole}`);
    return character;
  });
}
