/**
 * Rules on requests that would open a tunnel to the app, in which nothing is asked about any more. An upgrade to HTTP/2
 * in the clear is one for further requests, past every rule (h2c smuggling); servers answer it with HTTP/1.1 where it
 * is not offered. So is one to TLS; of a list of both HAProxy itself takes h2c away, and leaves the rest. CONNECT
 * without a path asks a forward proxy, which this is not; WebSockets over HTTP/2 have one.
 */
export const tunnelRules = [
  '  http-request return status 405 content-type text/plain string "This is no forward proxy.\\n" if { method CONNECT } !{ path -m found }',
  "  http-request del-header Upgrade if { req.fhdr(upgrade) -m sub -i h2c tls/ }",
  "  http-request del-header HTTP2-Settings",
];
