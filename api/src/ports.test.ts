import { containerPort } from './ports.ts';

test.each([
  [1, 10_001],
  [80, 10_080],
  [1023, 11_023],
  [1024, 1024],
  [8080, 8080],
  [65_535, 65_535],
])('a listener on port %d is port %d in the pod', (port, inPod) => {
  expect(containerPort(port)).toBe(inPod);
});
