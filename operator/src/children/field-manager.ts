/** Under which name the operator writes. Never to be changed between versions: the old name would keep its fields. */
export const FIELD_MANAGER = 'holdfast-operator';
