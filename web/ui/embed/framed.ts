/**
 * We are inside a page of somebody else. Then nothing leads elsewhere in this window: our start page and other people's
 * login pages refuse to be framed, and the person would be left with an error.
 */
export const isFramed = typeof window !== 'undefined' && window.parent !== window;
