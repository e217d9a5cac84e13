/** Entry of the thread that parses one large file. */
import { parentPort, workerData } from 'node:worker_threads';
import { parseText } from './document-text.ts';

parentPort!.postMessage(parseText(workerData.source, workerData.text));
