/** The Secrets that hold the bootstrap of a DataPlane: written by the control plane, mounted by every pod. */

/** No other Secret has this type, so that an admission policy can hold the control plane to its own. */
export const BOOTSTRAP_SECRET_TYPE = 'holdfast.dev/bootstrap';

/** `<dataplane>-bootstrap` for the first part, `<dataplane>-bootstrap-1` and so on for the others. */
export function bootstrapSecretName(dataPlane: string, part: number): string {
  return part === 0 ? `${dataPlane}-bootstrap` : `${dataPlane}-bootstrap-${part}`;
}
