import { chooseCores } from './cores.ts';

test('the last core is the proxy’s and the one before it the load’s', () => {
  expect(chooseCores('0-1')).toEqual({ load: 0, proxy: 1 });
  expect(chooseCores('0-3,8')).toEqual({ load: 3, proxy: 8 });
  expect(chooseCores('2,5')).toEqual({ load: 2, proxy: 5 });
});

test('one core measures nothing', () => {
  expect(() => chooseCores('0')).toThrow('two cores are needed, and 0 is');
});
