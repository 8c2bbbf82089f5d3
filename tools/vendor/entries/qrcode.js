// The matrix alone: the interface draws it, because this package's own renderers make markup strings.
export { encode } from 'uqr';
