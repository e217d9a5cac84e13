/** The paths of the load: many services, one route each. */

/** `service-00001` and so on. */
export function serviceNames(count: number): string[] {
  return Array.from({ length: count }, (_, index) => serviceName(index + 1));
}

function serviceName(number: number): string {
  return `service-${String(number).padStart(5, '0')}`;
}

export const FIRST_PATH = `/${serviceName(1)}/items/1`;
export const WEBSOCKET_PATH = `/${serviceName(1)}/socket`;
