/** Database connections that one container of a service may open, by the service's settings and the app's. */
export function poolSizeOf(
  { poolSize, inherit }: { readonly poolSize?: number | undefined; readonly inherit: boolean },
  app: { readonly poolSize: number },
): number {
  return poolSize ?? (inherit ? app.poolSize : 0);
}
