import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import { dataPlane, type WrittenDataPlane } from '../fixtures/data-plane.ts';
import { PLATFORM } from '../fixtures/platform.ts';
import { buildDeployment } from './deployment.ts';
import { buildDisruptionBudget } from './disruption-budget.ts';
import { buildPodTemplate } from './pod-template.ts';
import { buildService } from './service.ts';
import { buildServiceAccount } from './service-account.ts';
import { templateIntent } from './template-intent.ts';
import { buildTokenSecret } from './token-secret.ts';

const FOLDER = new URL('./golden/', import.meta.url);
const CASES = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.in.yaml'))
  .map((file) => file.slice(0, -'.in.yaml'.length));

/** `UPDATE_GOLDEN=1` writes the files instead; the change is then reviewed as a diff. */
test.each(CASES)('%s: each child is as the golden file says', (name) => {
  const written = parse(readFileSync(new URL(`${name}.in.yaml`, FOLDER), 'utf8')) as WrittenDataPlane;
  const output = new URL(`${name}.out.yaml`, FOLDER);
  const children = childrenOf(written);
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(output, children);
  expect(existsSync(output) ? readFileSync(output, 'utf8') : '').toBe(children);
});

function childrenOf(written: WrittenDataPlane): string {
  const resource = dataPlane(written);
  const template = buildPodTemplate(resource.metadata, templateIntent(resource), PLATFORM);
  const children = [
    buildServiceAccount(resource),
    buildTokenSecret(resource, 'example'),
    buildDeployment(resource, template),
    buildService(resource),
    buildDisruptionBudget(resource),
  ];
  return children
    .map((child) => stringify(child, { aliasDuplicateObjects: false, lineWidth: 0 }))
    .join('---\n');
}
