// A link is one connection between a learner and a leader; it is never reused after it went down.

export type LinkId = number & { readonly brand: 'LinkId' };
