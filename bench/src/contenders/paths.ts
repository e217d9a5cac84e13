/** The paths of the load: many services, one route each. */

/** `/service-0001`, counted from 1. */
export function servicePrefix(number: number): string {
  return `/service-${String(number).padStart(5, '0')}`;
}

export function servicePrefixes(count: number): string[] {
  return Array.from({ length: count }, (_, index) => servicePrefix(index + 1));
}

export const FIRST_PATH = `${servicePrefix(1)}/items/1`;
export const WEBSOCKET_PATH = `${servicePrefix(1)}/socket`;
