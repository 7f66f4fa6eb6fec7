/**
 * Headers in which a proxy says whom it asks for, and how, by a part of what they claim. Frameworks and libraries take
 * them for true without asking who sent them: `Client-IP` makes Rails refuse the request (IpSpoofAttackError),
 * `X-Original-URL` chose the path in Symfony and Zend, `Proxy` becomes HTTP_PROXY in CGI. A client has no use for them.
 */
const claims = [
  // The client's address.
  "client-ip",
  "x-client-ip",
  "true-client-ip",
  "x-cluster-client-ip",
  "x-real-ip",
  "fastly-client-ip",
  "fly-client-ip",
  "cf-connecting-ip",
  "cf-connecting-ipv6",
  "cf-pseudo-ipv4",
  "do-connecting-ip",
  "x-appengine-user-ip",
  "x-azure-clientip",
  "x-azure-socketip",
  "x-envoy-external-address",
  "x-original-forwarded-for",
  "x-proxyuser-ip",
  "proxy-client-ip",
  "wl-proxy-client-ip",
  "forwarded-for",
  "x-forwarded",
  "forwarded",
  // The scheme.
  "cf-visitor",
  "fastly-ssl",
  "front-end-https",
  "x-scheme",
  "x-url-scheme",
  // The host and the path.
  "x-host",
  "x-http-host-override",
  "x-original-host",
  "x-original-uri",
  "x-original-url",
  "x-rewrite-url",
  // Who has signed in.
  "remote-user",
  "x-remote-user",
  "x-webauth-user",
  "proxy",
];

/** Those that this proxy sets itself. */
const own = [
  "x-forwarded-for",
  "x-forwarded-proto",
  "x-forwarded-host",
  "x-forwarded-port",
  "x-real-ip",
];

/**
 * Rules that remove what clients claim. A trusted proxy may claim what this one does not set.
 *
 * @param trusting there are trusted proxies, and the condition `trusted-proxy`
 */
export function claimRules(trusting: boolean): string[] {
  const all = remove([...claims, "x-forwarded-.*"]);
  if (!trusting) return [all];
  return [`${all} unless trusted-proxy`, remove([...own, "forwarded"])];
}

/** Gateways such as WSGI and Rack make the same variable of `-` and `_`: what is removed goes in either spelling. */
function remove(names: readonly string[]): string {
  const either = names.map((name) => name.replaceAll("-", "[-_]")).join("|");
  return `  http-request del-header ^(${either})$ -m reg`;
}
