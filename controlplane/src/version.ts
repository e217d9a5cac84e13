/** The version of this control plane; that of its package, which a bundled program does not have beside it. */
export const VERSION = '0.1.0';
