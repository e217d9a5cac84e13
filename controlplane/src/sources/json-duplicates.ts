/** Finds a key that stands twice in one object of a JSON text: JSON.parse would silently keep the later one. */

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g;

interface Container {
  /** Undefined for an array. */
  keys?: Set<string>;
  expectsKey: boolean;
}

/** The first duplicate key with its offset, or undefined. The text must be valid JSON. */
export function findDuplicateKey(text: string): { key: string; offset: number } | undefined {
  const open: Container[] = [];
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    const container = open.at(-1);
    if (token === '{') open.push({ keys: new Set(), expectsKey: true });
    else if (token === '[') open.push({ expectsKey: false });
    else if (token === '}' || token === ']') open.pop();
    else if (token === ',') container!.expectsKey = container!.keys !== undefined;
    else if (token === ':') container!.expectsKey = false;
    else if (container?.expectsKey) {
      const key: string = JSON.parse(token);
      if (container.keys!.has(key)) return { key, offset: index };
      container.keys!.add(key);
    }
  }
  return undefined;
}
