import type { KubeObject, ManagedFieldsEntry } from '../objects/object.ts';
import { appliedFields, asApplied } from './field-owner.ts';

const UPDATE: ManagedFieldsEntry = { manager: 'us', operation: 'Update', fieldsV1: { 'f:a': {} } };
const APPLY: ManagedFieldsEntry = { manager: 'us', operation: 'Apply', fieldsV1: { 'f:b': {} } };
const STATUS: ManagedFieldsEntry = {
  manager: 'us',
  operation: 'Update',
  subresource: 'status',
  fieldsV1: {},
};
const OTHER: ManagedFieldsEntry = { manager: 'them', operation: 'Update', fieldsV1: {} };

function managed(...managedFields: ManagedFieldsEntry[]): KubeObject {
  return { apiVersion: 'v1', kind: 'Thing', metadata: { name: 'x', managedFields } };
}

test('the applied fields are those of the manager, not of its subresources or of others', () => {
  expect(appliedFields(managed(OTHER, STATUS, UPDATE, APPLY), 'us')).toEqual({ 'f:b': {} });
  expect(appliedFields(managed(OTHER, STATUS), 'us')).toBeUndefined();
});

test('what a create has made ours by update becomes ours by apply', () => {
  expect(asApplied(managed(OTHER, UPDATE, STATUS), 'us')).toEqual([
    OTHER,
    STATUS,
    { ...UPDATE, operation: 'Apply' },
  ]);
});

test('where there is an apply already, the update only goes away', () => {
  expect(asApplied(managed(UPDATE, APPLY), 'us')).toEqual([APPLY]);
});

test('where there is no update of ours, nothing is to be done', () => {
  expect(asApplied(managed(OTHER, APPLY, STATUS), 'us')).toBeUndefined();
});
