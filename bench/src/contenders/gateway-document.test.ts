import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationFile } from '@holdfast/e2e/harness/configuration-file.ts';
import { readDocuments } from '@holdfast/protocol/configuration/documents.ts';
import { GatewayDocument } from './gateway-document.ts';

const directory = mkdtempSync(join(tmpdir(), 'holdfast-document-'));
const file = new ConfigurationFile(join(directory, 'configuration.json'));
afterAll(() => rmSync(directory, { recursive: true }));

function routes(): Map<string, string> {
  const value: unknown = JSON.parse(readFileSync(file.path, 'utf8'));
  const { resources, problems } = readDocuments([{ source: 'bench', value }]);
  expect(problems).toEqual([]);
  const entries = [...resources!].filter(([key]) => key.startsWith('route/'));
  return new Map(entries.map(([key, { resource }]) => [key, JSON.stringify(resource)]));
}

function changed(before: Map<string, string>, after: Map<string, string>): number {
  expect([...after.keys()]).toEqual([...before.keys()]);
  return [...before].filter(([key, text]) => after.get(key) !== text).length;
}

test('a small change is one route, a large one is every route, and all are valid and keep their names', () => {
  const document = new GatewayDocument(file, 20, 9_000);
  const first = routes();
  expect(first.size).toBe(20);
  document.changeOne(1);
  const second = routes();
  expect(changed(first, second)).toBe(1);
  document.changeAll(2);
  expect(changed(second, routes())).toBe(20);
});

test('editions of a long run wrap around and stay valid', () => {
  const document = new GatewayDocument(file, 3, 9_000);
  for (let edition = 1; edition < 200; edition += 1) document.changeOne(edition);
  expect(routes().size).toBe(3);
});
