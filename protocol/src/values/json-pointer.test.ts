import { pointerTo } from './json-pointer.ts';

test('a pointer names members and items one after another', () => {
  expect(pointerTo('', 'routes', 0, 'name')).toBe('/routes/0/name');
  expect(pointerTo('/route/orders', 'timeouts')).toBe('/route/orders/timeouts');
});

test('"~" and "/" in a name are escaped, so that the pointer leads to one place only', () => {
  expect(pointerTo('', 'a/b', '~1')).toBe('/a~1b/~01');
});
