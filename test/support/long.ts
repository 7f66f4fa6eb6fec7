/**
 * Options of a test that `npm test` leaves to `npm run test:all`: another one shows the same promise, or the promise is
 * about what goes wrong rarely. A whole file is left by the comment `@module-tag long` at its head.
 */
export const long = { tags: ["long"] };
