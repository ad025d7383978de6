/** Something that happens once, and can be waited for by many. */
export type Signal = { readonly promise: Promise<null>; readonly resolve: () => void };

/** A signal that has not been given yet. */
export const signal = (): Signal => {
  let resolve = (): void => undefined;
  const promise = new Promise<null>((done) => {
    resolve = () => done(null);
  });
  return { promise, resolve };
};
