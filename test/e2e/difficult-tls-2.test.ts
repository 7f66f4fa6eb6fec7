// Rows of the difficult app whose clients come over TLS.
import { difficultApp } from "./difficult/suite.js";

await difficultApp("test-difficult-tls-2", "self-signed", 0, { part: 2, of: 2 });
