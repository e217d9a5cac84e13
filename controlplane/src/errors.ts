/** Every way in which the control plane can fail, and every answer with which it turns a stream away. */

/** Codes with what they mean; the reference documentation lists them from here. */
export const CONTROL_PLANE_ERRORS = {
  TOKEN_FILE_INVALID: 'the token file cannot be read or has a line that is not NAMESPACE/NAME TOKEN',
  ADDRESS_UNAVAILABLE: 'an address to listen on is in use or not an address of this machine',
  STATE_LOCKED: 'another control plane uses the state directory',
  STATE_LOCK_LOST:
    'another control plane has taken the state directory over; nothing is published from here any more',
  STORE_UNWRITABLE:
    'the store of revisions (state directory, or cluster) cannot be written: new revisions are held back, the last good one goes on',
  STORE_UNREADABLE: 'a file of the state directory cannot be read',
  REVISION_DAMAGED: 'a stored revision is cut off, changed or not a revision at all; it was moved aside',
  REVISION_NEWER_FORMAT: 'a stored revision has a format that a newer version wrote; it was moved aside',
  REVISION_UNKNOWN_CONTENT:
    'a stored revision holds what this version does not know; it is left in place and not used',
  KUBE_CONFIG_INVALID: 'the kubeconfig or service account cannot be read',
  REVISION_TAKEN: 'the sequence was used by someone else meanwhile; the next one is tried',
} as const;

export type ControlPlaneErrorCode = keyof typeof CONTROL_PLANE_ERRORS;

export class ControlPlaneError extends Error {
  override readonly name = 'ControlPlaneError';
  readonly code: ControlPlaneErrorCode;

  constructor(code: ControlPlaneErrorCode, detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.code = code;
  }
}

/** Why an upgrade to a stream is answered with an HTTP error; the key is the body's `reason`. */
export const UPGRADE_REFUSALS = {
  NotFound: { status: 404, description: 'the path is not that of the stream' },
  MethodNotAllowed: { status: 405, description: 'an upgrade is asked for with GET' },
  UpgradeRequired: { status: 426, description: 'the stream is a WebSocket with the subprotocol holdfast.v1' },
  SubprotocolUnknown: { status: 400, description: 'the subprotocol holdfast.v1 is not offered' },
  BrowserRefused: { status: 403, description: 'a web page (Origin header) may not open a stream' },
  TokenInvalid: { status: 401, description: 'the bearer token is missing or belongs to no DataPlane' },
  TooManyStreams: { status: 503, description: 'this control plane has as many streams as it takes' },
  Standby: { status: 503, description: 'another replica of this control plane leads: ask the next address' },
  ShuttingDown: { status: 503, description: 'this control plane is about to end' },
} as const;

export type UpgradeRefusal = keyof typeof UPGRADE_REFUSALS;

/** Why a stream is closed by the control plane; the key is the WebSocket close reason. */
export const STREAM_CLOSES = {
  GoingAway: { code: 1001, description: 'the control plane is about to end' },
  LeadershipLost: { code: 1001, description: 'another replica of the control plane is to lead' },
  InvalidMessage: { code: 1007, description: 'a message is not of the protocol' },
  MessageTooLarge: { code: 1009, description: 'a message is larger than allowed' },
  HelloMissing: { code: 1008, description: 'no hello came within 3 s, or something else came first' },
  TooManyHellos: { code: 1008, description: 'hello was repeated more than 10 times within a minute' },
  WrongDataPlane: { code: 1008, description: 'the token belongs to another DataPlane than hello names' },
  TokenRevoked: { code: 1008, description: 'the token is no longer valid' },
  AnswerMissing: { code: 1008, description: 'a revision was neither acknowledged nor refused within 60 s' },
  Silent: { code: 1006, description: 'nothing was heard from the instance for 15 s' },
} as const;

export type StreamClose = keyof typeof STREAM_CLOSES;

/** `ENOSPC: no space left on device`: what the system said, without the call and path that Node appends. */
export function systemReason(error: unknown): string {
  const message = (error as Partial<Error> | undefined)?.message ?? String(error);
  return message.replace(/, \w+(?: '.*)?$/s, '');
}

/** The system's error code (`ENOENT`), or undefined where the error is of another kind. */
export function systemCode(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code;
}
