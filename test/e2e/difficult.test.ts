// Whatever an app does, what serves goes on serving until its successor has been seen to serve.
import { difficultApp } from "./difficult/suite.js";

await difficultApp("test-difficult", "off", 1, { part: 1, of: 2 });
