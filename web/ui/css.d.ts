/** Styles that Vite takes in by a plain import. */
declare module '*.css';
