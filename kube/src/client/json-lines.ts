/** Splits a stream of bytes into lines of JSON, whatever the chunks cut apart. */
import { ApiError } from '../errors.ts';

const NEWLINE = 0x0a;

/** Yields each line's value. Throws AnswerInvalid where a line is longer than `maxBytes` or not JSON, or the last is not complete. */
export async function* jsonLines(chunks: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<unknown> {
  let pieces: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      pieces.push(chunk.subarray(start, end));
      yield parse(pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces));
      pieces = [];
      bytes = 0;
      start = end + 1;
    }
    if (start === chunk.length) continue;
    pieces.push(chunk.subarray(start));
    bytes += chunk.length - start;
    if (bytes > maxBytes) throw new ApiError('AnswerInvalid', `a line has more than ${maxBytes} bytes`);
  }
  if (pieces.length > 0) throw new ApiError('AnswerInvalid', 'the last line is cut off');
}

function parse(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString());
  } catch (error) {
    throw new ApiError('AnswerInvalid', `a line is not JSON: ${(error as Error).message}`, { cause: error });
  }
}
