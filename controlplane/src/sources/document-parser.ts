/** Parses the text of files, large ones in a thread of their own: a megabyte of YAML takes a second, and no ping would be answered meanwhile. */
import { Worker } from 'node:worker_threads';
import { type ParsedText, parseText } from './document-text.ts';

/** Characters up to which parsing here takes less time (some 20 ms) than starting a thread. */
const INLINE_CHARACTERS = 32 * 1024;
const THREAD_TIMEOUT_MS = 60_000;
const THREAD_HEAP_MB = 2_048;

/** Never rejects: a parser that fails, hangs or runs out of memory is a problem of the text. */
export async function parseDocuments(source: string, text: string): Promise<ParsedText> {
  if (text.length <= INLINE_CHARACTERS) return parseText(source, text);
  const thread = new Worker(new URL('./document-thread.ts', import.meta.url), {
    workerData: { source, text },
    resourceLimits: { maxOldGenerationSizeMb: THREAD_HEAP_MB },
  });
  const timeout = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => timeout.reject(new Error(`not parsed within ${THREAD_TIMEOUT_MS / 1000} s`)),
    THREAD_TIMEOUT_MS,
  );
  try {
    return await Promise.race([answerOf(thread), timeout.promise]);
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    return {
      documents: [],
      problems: [{ source, pointer: '', expected: 'a document that can be parsed', found }],
    };
  } finally {
    clearTimeout(timer);
    await thread.terminate();
  }
}

function answerOf(thread: Worker): Promise<ParsedText> {
  const { promise, resolve, reject } = Promise.withResolvers<ParsedText>();
  thread.once('message', resolve);
  thread.once('error', reject);
  thread.once('exit', (code) => reject(new Error(`the parser ended with code ${code}`)));
  return promise;
}
