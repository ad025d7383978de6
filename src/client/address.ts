/** Where a broker listens. */
export type Address = { readonly host: string; readonly port: number };

/** `host:port`, an IPv6 host in brackets: what --bootstrap-server takes. */
export const addressText = ({ host, port }: Address): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
