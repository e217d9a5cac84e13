/**
 * The pod template as it was rendered first for the user's intent, kept in a ControllerRevision: while the intent is the same, it is
 * used again, whatever a newer operator would render (I6).
 */
import { createHash } from 'node:crypto';
import type { DataPlane } from '@holdfast/api/data-plane.ts';
import type { UntypedObject } from '@holdfast/kube/objects/object.ts';
import { canonicalJson } from '@holdfast/protocol/revision/canonical.ts';
import { childMetadata } from '../specs/child-metadata.ts';
import type { Platform } from '../specs/platform.ts';
import { buildPodTemplate, type PodTemplate } from '../specs/pod-template.ts';
import { type TemplateIntent, templateIntent } from '../specs/template-intent.ts';

export interface KeptTemplate {
  /** Of the intent that it was rendered for. */
  intentHash: string;
  /** The default image when the DataPlane was created; it outlives every change of the intent. */
  defaultImage: string;
  template: PodTemplate;
}

/** A ControllerRevision, of which one at most is in use. */
export interface NumberedTemplate {
  /** Rises; creating the object of its name is taking the number. */
  number: number;
  kept: KeptTemplate;
}

export function intentHash(intent: TemplateIntent): string {
  return `sha256:${createHash('sha256').update(canonicalJson(intent)).digest('hex')}`;
}

/** What the DataPlane wants: the kept one, the same object, where the intent has not changed. Throws OVERLAY_INVALID. */
export function wantedTemplate(
  dataPlane: DataPlane,
  kept: KeptTemplate | undefined,
  platform: Platform,
): KeptTemplate {
  const intent = templateIntent(dataPlane);
  const hash = intentHash(intent);
  if (kept?.intentHash === hash) return kept;
  const defaultImage = kept?.defaultImage ?? platform.image;
  const template = buildPodTemplate(dataPlane.metadata, intent, { ...platform, image: defaultImage });
  return { intentHash: hash, defaultImage, template };
}

export function buildTemplateRevision(
  dataPlane: DataPlane,
  { number, kept }: NumberedTemplate,
): UntypedObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: childMetadata(dataPlane, `${dataPlane.metadata.name}-template-${number}`),
    revision: number,
    data: { ...kept },
  };
}

/** Undefined where it is not one of ours; a hand may have changed it. */
export function readTemplateRevision(object: UntypedObject): NumberedTemplate | undefined {
  const { revision, data } = object;
  if (!Number.isSafeInteger(revision) || !isKept(data)) return undefined;
  return { number: revision as number, kept: data };
}

function isKept(data: unknown): data is KeptTemplate {
  const { intentHash, defaultImage, template } = (data ?? {}) as Partial<Record<keyof KeptTemplate, unknown>>;
  const { metadata, spec } = (template ?? {}) as Partial<PodTemplate>;
  return (
    typeof intentHash === 'string' &&
    typeof defaultImage === 'string' &&
    typeof metadata === 'object' &&
    typeof spec === 'object'
  );
}
