// Rows of the difficult app whose clients come over TLS.
import { difficultApp } from "./difficult/suite.js";

await difficultApp("test-difficult-tls", "self-signed", 0, { part: 1, of: 2 });
