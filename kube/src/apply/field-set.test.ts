import { extractFields, sameJson } from './field-set.ts';

const OBJECT = {
  spec: {
    replicas: 2,
    args: ['a', 'b'],
    empty: {},
    containers: [
      { name: 'other', image: 'y' },
      { name: 'main', image: 'x', ports: [{ containerPort: 80, protocol: 'UDP' }, { containerPort: 80 }] },
    ],
    finalizers: ['one', 'two'],
  },
};

test('fields, items by their keys, items by value, and whole values are found', () => {
  const fields = {
    'f:spec': {
      'f:replicas': {},
      'f:args': {},
      'f:empty': {},
      'f:containers': {
        'k:{"name":"main"}': {
          '.': {},
          'f:image': {},
          'f:ports': { 'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {} } },
        },
      },
      'f:finalizers': { 'v:"two"': {}, 'i:0': {} },
    },
  };
  expect(extractFields(OBJECT, fields)).toEqual({
    'f:spec': {
      'f:replicas': 2,
      'f:args': ['a', 'b'],
      'f:empty': {},
      'f:containers': {
        'k:{"name":"main"}': {
          'f:image': 'x',
          'f:ports': { 'k:{"containerPort":80,"protocol":"TCP"}': { 'f:containerPort': 80 } },
        },
      },
      'f:finalizers': { 'v:"two"': 'two', 'i:0': 'one' },
    },
  });
});

test('what is missing is left out, so that its removal is a difference', () => {
  expect(
    extractFields(OBJECT, { 'f:spec': { 'f:containers': { 'k:{"name":"gone"}': { 'f:image': {} } } } }),
  ).toEqual({
    'f:spec': { 'f:containers': {} },
  });
  expect(extractFields({}, { 'f:spec': { 'f:replicas': {} } })).toEqual({});
});

test('the order of fields says nothing, that of items does', () => {
  expect(sameJson({ a: 1, b: [1, { c: 2, d: 3 }] }, { b: [1, { d: 3, c: 2 }], a: 1 })).toBe(true);
  expect(sameJson([1, 2], [2, 1])).toBe(false);
  expect(sameJson({ a: undefined }, {})).toBe(false);
  expect(sameJson({ 0: 'a' }, ['a'])).toBe(false);
  expect(sameJson(null, {})).toBe(false);
});
