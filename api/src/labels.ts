/** The labels that Holdfast gives meaning to. */

/** On a ConfigRevision and on each child of a DataPlane: the name of that DataPlane. */
export const DATA_PLANE_LABEL = 'holdfast.dev/data-plane';

/** On a ConfigMap: the name of the DataPlane whose gateway configuration it holds. */
export const CONFIGURATION_FOR_LABEL = 'holdfast.dev/configuration-for';
