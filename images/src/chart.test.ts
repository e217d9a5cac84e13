import { readdirSync, readFileSync } from 'node:fs';
import { sourcePath } from './programs.ts';

const ORIGINAL = sourcePath('crds');
const COPY = sourcePath('charts/holdfast/files/crds');

test('the chart has the resource definitions of crds/, and no others', () => {
  expect(readdirSync(COPY).sort()).toEqual(readdirSync(ORIGINAL).sort());
});

test.each(readdirSync(ORIGINAL))(
  '%s of the chart is that of crds/; images/copy-crds.sh copies it',
  (file) => {
    expect(readFileSync(`${COPY}/${file}`, 'utf8')).toBe(readFileSync(`${ORIGINAL}/${file}`, 'utf8'));
  },
);

test.each(readdirSync(ORIGINAL))('%s has one place where the chart puts its annotation', (file) => {
  const text = readFileSync(`${ORIGINAL}/${file}`, 'utf8');
  expect(text.match(/\nmetadata:\n(?! {2}annotations:)/g)).toHaveLength(1);
});

test('the versions of chart, programs and packages are one', () => {
  const { version } = JSON.parse(readFileSync(sourcePath('package.json'), 'utf8'));
  const chart = readFileSync(sourcePath('charts/holdfast/Chart.yaml'), 'utf8');
  expect(chart).toContain(`\nversion: ${version}\nappVersion: ${version}\n`);
});
