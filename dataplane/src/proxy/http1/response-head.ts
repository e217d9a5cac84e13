/** A response's head, interim or final: read and checked once. */
import { Framing } from './framing.ts';

export class ResponseHead {
  status = 0;
  /** As received; may be empty. */
  reason = '';
  framing: number = Framing.none;
  /** Of a counted body; what `Content-Length` says of a body that is not sent, too. */
  length = 0;
  hasLength = false;
  /** The backend's connection may carry another request. */
  keepsConnection = true;
  /** Of `Keep-Alive: timeout`; 0 where the backend has not said. */
  keepAliveSeconds = 0;
  hasDate = false;
  /** Of the protocol that a 101 switches to, in lower case. */
  upgrade = '';
  /** The field lines that go on to the client as they are. */
  passed = '';
  /** The `Trailer` fields, for a body that goes on chunked. */
  trailer = '';
}
