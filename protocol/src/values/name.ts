/** Names as Kubernetes writes them. */

const LABEL = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;
const SERVICE = /^[a-z](?:[-a-z0-9]*[a-z0-9])?$/;
const LABEL_VALUE = /^[A-Za-z0-9](?:[-_.A-Za-z0-9]*[A-Za-z0-9])?$/;

export const NAME_EXPECTED =
  'a name of lower-case letters, digits, "-" and ".", at most 253 characters (DNS-1123 subdomain)';

/** DNS-1123 subdomain: labels of at most 63 characters joined by dots, 253 in all. */
export function isName(text: string): boolean {
  return text.length <= 253 && text.split('.').every(isLabel);
}

/** DNS-1123 label. */
export function isLabel(text: string): boolean {
  return text.length <= 63 && LABEL.test(text);
}

export const SERVICE_NAME_EXPECTED =
  'the name of a Service: lower-case letters, digits and "-", beginning with a letter, at most 63 characters';

/** DNS-1035 label. */
export function isServiceName(text: string): boolean {
  return text.length <= 63 && SERVICE.test(text);
}

export const ZONE_EXPECTED = 'the name of a zone: letters, digits, "-", "_" and ".", at most 63 characters';

/** The value of a Kubernetes label, not empty. */
export function isZone(text: string): boolean {
  return text.length <= 63 && LABEL_VALUE.test(text);
}

export const DATA_PLANE_EXPECTED = 'NAMESPACE/NAME';

export function isDataPlane(text: string): boolean {
  const [namespace, name, ...rest] = text.split('/');
  return rest.length === 0 && isLabel(namespace!) && name !== undefined && isLabel(name);
}
