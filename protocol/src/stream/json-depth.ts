/** Measures how deep a JSON text is nested before it is parsed. */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * True where brackets nest deeper than `max`. A parser turns each level into an object first: some megabytes of `[`
 * would cost gigabytes. Text that is not JSON gives either answer, and is refused by the parser.
 */
export function isDeeperThan(text: string, max: number): boolean {
  let depth = 0;
  for (let index = 0; index < text.length; index++) {
    switch (text.charCodeAt(index)) {
      case QUOTE:
        index = endOfText(text, index);
        break;
      case 0x5b: // [
      case 0x7b: // {
        depth += 1;
        if (depth > max) return true;
        break;
      case 0x5d: // ]
      case 0x7d: // }
        depth -= 1;
        break;
    }
  }
  return false;
}

/** Index of the quote that ends the JSON text which begins at `start`; the end of everything where it never ends. */
function endOfText(text: string, start: number): number {
  for (let index = start + 1; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === QUOTE) return index;
    if (code === BACKSLASH) index += 1;
  }
  return text.length;
}
