/** A request's head: read and checked once, and kept as what the rest of the path asks for. */
import type { RequestHead as RoutedHead } from '../../routing/compiled-route.ts';
import { fieldsOf, headersOf } from './field-text.ts';
import { Framing } from './framing.ts';

export class RequestHead implements RoutedHead {
  listener = '';
  method = '';
  /** Of the version: 0 or 1. */
  minor = 1;
  hostname = '';
  /** Host and port as the client named them; empty where an HTTP/1.0 client named none. */
  authority = '';
  /** Canonical. */
  path = '';
  query = '';
  framing: number = Framing.none;
  /** Of a counted body. */
  length = 0;
  expectsContinue = false;
  /** The client has said `TE: trailers`. */
  takesTrailers = false;
  /** The client's connection may carry another request. */
  keepsConnection = true;
  asksForWebSocket = false;
  /** As received, a list; empty where there was none. */
  via = '';
  requestId: string | undefined;
  /** The field lines that go on to the backend as they are. */
  passed = '';
  /** All field lines, as received. */
  lines = '';
  #headers: Record<string, string> | undefined;

  get hasBody(): boolean {
    return this.framing === Framing.chunked || this.length > 0;
  }

  /** Made when a match asks for it, and most don't. */
  get headers(): Record<string, string> {
    this.#headers ??= headersOf(fieldsOf(this.lines));
    return this.#headers;
  }
}
