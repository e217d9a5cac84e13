/** What Kubernetes takes as a whole number or as a text: `1`, `25%`, `500m`. */

export type IntOrString = number | string;
